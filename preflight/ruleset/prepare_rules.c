/*
 * A program of the build, not installed: reads and checks the rules of a directory and writes them ready-made to
 * stdout. Faults of the rules end the build.
 */
#include <stdio.h>

#include "ruleset/ready.h"
#include "ruleset/ruleset_load.h"

#define READY_MAX ((size_t)16 * 1024 * 1024)

int
main(int argc, char **argv)
{
	struct faults faults = {0};
	CLEANUP(ruleset_drop) struct ruleset *set = NULL;
	CLEANUP(buf_free) struct buf b;
	bool written;

	buf_init(&b, READY_MAX);
	set = argc == 2 ? ruleset_load(argv[1], &(struct texts){0}, false, &faults) : NULL;
	faults_print(&faults);
	faults_free(&faults);
	if (set == NULL)
		return 1;
	ready_write(set, &b);
	written = !b.over && fwrite(b.p, 1, b.len, stdout) == b.len && fflush(stdout) == 0;
	return written ? 0 : 1;
}
