/*
 * A directory with a few files of a GitLab host, and one live reading of it: what collect does, without
 * a server. To be included before cmocka.h.
 */
#ifndef LIVE_FIXTURE_H
#define LIVE_FIXTURE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "discovery/name_rules.h"
#include "discovery/name_sources.h"
#include "discovery/read_live.h"
#include "facts/snapshot.h"

struct host {
	struct arena *arena;
	char root[32];
	struct ruleset *set;
	struct options options;
	struct live_reading live;
	struct snapshot *snapshot;
};

static inline _Noreturn void
host_broken(const char *what)
{
	(void)fprintf(stderr, "live_fixture.h: %s\n", what);
	exit(1);
}

static inline void
host_open(struct host *h)
{
	*h = (struct host){.arena = arena_new()};
	memcpy(h->root, "/tmp/pf-unit.XXXXXX", sizeof "/tmp/pf-unit.XXXXXX");
	if (mkdtemp(h->root) == NULL)
		host_broken("no directory below /tmp");
	h->options.rules_dir = "rules";
	h->options.root = h->root;
	h->options.no_discover = true;
	h->set = named_rules(&h->options, false, h->arena);
	if (h->set == NULL)
		host_broken("the shipped rules do not load");
}

static inline int
host_remove(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

static inline void
host_close(struct host *h)
{
	(void)nftw(h->root, host_remove, 16, FTW_DEPTH | FTW_PHYS);
	snapshot_free(h->snapshot);
	ruleset_free(h->set);
	arena_free(h->arena);
}

/* A file below the root, and the directories above it. */
static inline void
host_file(struct host *h, const char *path, const char *text)
{
	char *full = arena_printf(h->arena, "%s%s", h->root, path);
	FILE *f;

	for (char *p = strchr(full + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		(void)mkdir(full, 0755);
		*p = '/';
	}
	f = fopen(full, "w");
	if (f == NULL || fputs(text, f) == EOF || fclose(f) != 0)
		host_broken(full);
}

/* Reads every source that the options name, within five minutes. */
static inline void
host_read(struct host *h)
{
	struct left_outs nothing = {0};
	struct source *sources;
	size_t n;
	struct err e;

	if (!name_sources(&h->options, h->set, &nothing, h->arena, &sources, &n, &e))
		host_broken(e.msg);
	read_live(h->set, sources, n, &nothing, 0, (struct live_limits){.timeout_us = (int64_t)300 * 1000000}, h->arena,
	    &h->live);
	snapshot_free(h->snapshot);
	h->snapshot = snapshot_new();
	if (!snapshot_read(h->snapshot, &h->set->facts, &h->live.facts, h->arena, &e))
		host_broken(e.msg);
}

static inline const struct rows *
host_rows(const struct host *h, const char *table)
{
	for (size_t i = 0; i < h->snapshot->n; i++)
		if (strcmp(h->snapshot->items[i]->fact->table, table) == 0)
			return h->snapshot->items[i];
	host_broken(table);
}

/* "a,b;c,d": these columns of each row, in the order of the file. */
static inline const char *
host_cells(const struct host *h, const char *table, const char *const *columns)
{
	const struct rows *r = host_rows(h, table);
	const char *s = "";

	for (size_t i = 0; i < r->n; i++)
		for (size_t c = 0; columns[c] != NULL; c++) {
			const struct cell *cell = &r->items[i][fact_column_find(r->fact, columns[c])];
			const char *before = c > 0 ? "," : i > 0 ? ";" : "";

			if (cell->kind == CELL_INT)
				s = arena_printf(h->arena, "%s%s%lld", s, before, (long long)cell->i);
			else
				s = arena_printf(
				    h->arena, "%s%s%s", s, before, cell->kind == CELL_TEXT ? cell->s : "NULL");
		}
	return s;
}

#endif
