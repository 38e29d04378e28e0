/*
 * The kind of source `release`: what a release of GitLab contains about its own upgrade. Part target is the release to
 * be installed, part installed the tree that is installed. Reads one artefact once, runs nothing of it, writes nothing
 * to disk.
 */
#include "sources/release/release_kept.h"

#include <stdatomic.h>
#include <stdio.h>

#include "base/text.h"
#include "sources/sql_tree.h"

static void
progress(void *arg, int64_t done, int64_t size)
{
	struct source *s = arg;

	atomic_store(&s->size, size);
	atomic_store(&s->done, done);
}

/* False: there are no facts, and the tables have not ended. */
static bool
read_facts(struct source *s, const struct run *run, struct release_artefact *artefact, struct err *e)
{
	struct release_found found = {.arena = s->arena, .source = s, .artefact = artefact};
	struct release_objects objects = {0};

	bool ok = release_read(s->arena, s->endpoint, run, release_keep, &found, artefact, e);

	if (ok) {
		release_kept_sort(&found);
		release_fill_package(&found);
		release_fill_docs(&found);
		release_fill_structure(&found, &objects);
	}
	release_kept_shrink(&found);
	if (ok)
		release_fill_migrations(&found, &objects);
	return ok;
}

static void
collect(const struct run *run, struct sources *all, struct source *s)
{
	struct release_artefact artefact = {.progress = progress, .progress_arg = s};
	struct err e;

	(void)all;
	text_clean_into(s->shown, sizeof s->shown, s->endpoint);
	if (sql_tree_fault() != NULL) {
		source_end_all(s, PS_UNREADABLE, "%s", sql_tree_fault());
		return;
	}
	for (size_t i = 0; i < s->n_rows; i++)
		s->rows[i]->read_at = clock_wall_us();
	if (!read_facts(s, run, &artefact, &e)) {
		source_end_all(s, clock_mono_us() < run->deadline_us ? PS_UNREADABLE : PS_TIMEOUT, "%s", e.msg);
		return;
	}
	(void)snprintf(s->version, sizeof s->version, "%s", artefact.version);
	s->bytes = atomic_load(&s->done);
	s->status = PS_COMPLETE;
	for (size_t i = 0; i < s->n_rows; i++)
		if (s->rows[i]->status != PS_COMPLETE && s->rows[i]->status != PS_ABSENT) {
			s->status = s->rows[i]->status;
			text_clean_into(s->reason, sizeof s->reason, s->rows[i]->reason);
		}
}

static void
describe(const struct source *s, FILE *f)
{
	(void)fprintf(f, "  reads %s once, writes nothing to disk and runs nothing of it\n", s->endpoint);
}

const struct source_kind source_release = {
    .name = "release",
    .part_column = "part",
    .readers = release_readers,
    .collect = collect,
    .describe = describe,
};
