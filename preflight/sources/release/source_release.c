/*
 * The kind of source `release`: what a release of GitLab contains about its own upgrade. Part target is the release to
 * be installed, part installed the tree that is installed. Reads one artefact once, writes nothing to disk.
 */
#include "sources/release/release_rows.h"

#include <stdio.h>

static void
collect(const struct run *run, struct sources *all, struct source *s)
{
	(void)run;
	(void)all;
	(void)snprintf(s->shown, sizeof s->shown, "%.190s", s->endpoint);
	source_end_all(s, PS_NOT_COLLECTED, "not requested");
}

static void
describe(const struct source *s, FILE *f)
{
	(void)fprintf(f, "  reads %s once, and runs nothing of it\n", s->endpoint);
}

const struct source_kind source_release = {
    .name = "release",
    .part_column = "part",
    .readers = release_readers,
    .collect = collect,
    .describe = describe,
};
