/*
 * The entry point: sets up the process (signals, file mode, no dump, memory for JSON) and calls cli_main. Kept apart so
 * that tests link everything else.
 */
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/log.h"
#include "commands/cli.h"

/* jansson must not answer NULL for "no memory" where we would read "no value". */
static void *
json_memory(size_t n)
{
	return xrealloc(NULL, n, 1);
}

/*
 * A dump of this process, or a debugger of another, would have the passwords. libcurl would write the keys of each
 * connection to a file that the environment names.
 */
static void
keep_secrets_in_memory(void)
{
	static const struct rlimit none = {0, 0};

	(void)unsetenv("SSLKEYLOGFILE");
	(void)setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* which looks at the process to find leaks */
	(void)prctl(PR_SET_DUMPABLE, 0);
#endif
}

/*
 * Whether all of the output is out. A command that ends with EXIT_INTERNAL has said what it could not write; a
 * reader that has seen enough, as head has, wants no line.
 */
static bool
flush_stdout(int rc)
{
	errno = 0;
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return true;
	if (rc != EXIT_INTERNAL && errno != EPIPE)
		log_error("cannot write to stdout: %s", errno != 0 ? strerror(errno) : "an earlier write failed");
	return false;
}

int
main(int argc, char **argv)
{
	int rc;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a limit of the file size is then an error of write() */
	(void)umask(077);
	keep_secrets_in_memory();
	json_set_alloc_funcs(json_memory, free);
	rc = cli_main(argc, argv);
	if (!flush_stdout(rc))
		return rc == EXIT_USAGE ? rc : EXIT_INTERNAL;
	return rc;
}
