/*
 * The entry point: sets up the process (signals, file mode, memory for JSON) and calls cli_main. Kept apart so
 * that tests link everything else.
 */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "commands/cli.h"

/* jansson must not answer NULL for "no memory" where we would read "no value". */
static void *
json_memory(size_t n)
{
	return xrealloc(NULL, n, 1);
}

int
main(int argc, char **argv)
{
	int rc;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)umask(077);
	json_set_alloc_funcs(json_memory, free);
	rc = cli_main(argc, argv);
	if (fflush(stdout) != 0 || ferror(stdout))
		return rc == EXIT_USAGE ? rc : EXIT_INTERNAL;
	return rc;
}
