/*
 * Reads a release's artefact and prints what came of it, for release_tree.t and the benchmark:
 * release_tree [-t MILLISECONDS] [-r] ARTEFACT; -r refuses the release when its control file is there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/text.h"
#include "sources/release/release_tree.h"

struct seen {
	bool refuse;
	int64_t told;
};

static void
progress(void *arg, int64_t done, int64_t size)
{
	struct seen *s = arg;

	s->told = done <= size ? done : -1;
}

static bool
take(void *arg, const struct release_file *f, struct err *e)
{
	struct seen *s = arg;
	char digest[65];

	if (s->refuse && strcmp(f->path, "@control/control") == 0)
		return fail(e, NOWHERE, "refused by its version");
	sha256_hex(f->data, f->len, digest);
	(void)printf("file %s %zu %s\n", f->path, f->len, digest);
	return f->data[f->len] == '\0';
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_new();
	struct seen seen = {0};
	struct release_artefact out = {.progress = progress, .progress_arg = &seen};
	struct run run = {.deadline_us = clock_mono_us() + (int64_t)3600 * 1000000, .stop_fd = -1};
	struct rusage usage;
	struct err e;
	int option;
	bool ok;

	while ((option = getopt(argc, argv, "rt:")) != -1) {
		if (option == 't')
			run.deadline_us = clock_mono_us() + atoll(optarg) * 1000;
		seen.refuse = seen.refuse || option == 'r';
	}
	if (optind + 1 != argc)
		return 2;
	ok = release_read(a, argv[optind], &run, take, &seen, &out, &e);
	(void)printf("release kind=%s package=%s version=%s edition=%s complete=%d digest=%s\n", out.kind, out.package,
	    out.version, out.edition, out.complete, out.digest);
	(void)getrusage(RUSAGE_SELF, &usage);
	(void)printf("memory %ld\nprogress %lld\n", usage.ru_maxrss, (long long)seen.told);
	if (!ok)
		(void)fprintf(stderr, "%s\n", e.msg);
	arena_free(a);
	return ok ? 0 : 1;
}
