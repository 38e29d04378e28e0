/*
 * The tables of the kind release, and the door of their rows. What fills them is in release_facts.c; what a row means
 * is in rules/facts/release.yml.
 */
#include "sources/release/release_rows.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS(...) ((const char *const[]){__VA_ARGS__, NULL})

const struct reader release_readers[] = {
    [RL_RELEASE] = {"release", COLUMNS("version", "edition", "artefact", "package", "digest"), NULL},
    [RL_MIGRATIONS] = {"migrations",
	COLUMNS("structure", "version", "name", "phase", "milestone", "ordinal", "code", "changes_rows", "guard",
	    "gitlab_schema"),
	NULL},
    [RL_MIGRATION_NAMES] = {"migration_names", COLUMNS("structure", "version", "kind", "table_name", "name", "by"),
	NULL},
    [RL_MIGRATION_CALLS] = {"migration_calls",
	COLUMNS("structure", "version", "line", "call", "action", "kind", "table_name", "name", "columns",
	    "other_table", "guarded"),
	NULL},
    [RL_BATCHED_MIGRATIONS] = {"batched_migrations",
	COLUMNS("job_class_name", "milestone", "queued_by", "finalized_by", "gitlab_schema"), NULL},
    [RL_BATCHED_CALLS] = {"batched_calls", COLUMNS("version", "call", "job_class_name", "table_name", "column_name"),
	NULL},
    [RL_SEARCH_MIGRATIONS] = {"search_migrations",
	COLUMNS("version", "name", "milestone", "documented", "obsolete", "obsolete_since", "code"), NULL},
    [RL_STOPS] = {"stops", COLUMNS("version", "comment"), NULL},
    [RL_FLOORS] = {"floors", COLUMNS("kind", "state", "version", "reason"), NULL},
    [RL_DOCUMENTED_TABLES] = {"documented_tables", COLUMNS("kind", "table_name", "gitlab_schema", "milestone"), NULL},
    [RL_CONNECTIONS] = {"connections", COLUMNS("connection", "gitlab_schema", "locked"), NULL},
    [RL_BIGINT_COLUMNS] = {"bigint_columns", COLUMNS("table_name", "column_name"), NULL},
    [RL_TABLES] = {"tables",
	COLUMNS("structure", "schema_name", "table_name", "kind", "parent", "understood", "reason"), NULL},
    [RL_COLUMNS] = {"columns", COLUMNS("structure", "schema_name", "table_name", "name", "type", "not_null"), NULL},
    [RL_CONSTRAINTS] = {"constraints",
	COLUMNS("structure", "schema_name", "table_name", "name", "kind", "columns", "other_table", "other_columns",
	    "valid", "definition", "text", "expression"),
	NULL},
    [RL_INDEXES] = {"indexes",
	COLUMNS("structure", "schema_name", "table_name", "name", "is_unique", "columns", "definition", "text"), NULL},
    [RL_SEQUENCES] = {"sequences", COLUMNS("structure", "schema_name", "name", "table_name", "column_name"), NULL},
    [RL_EXTENSIONS] = {"extensions", COLUMNS("structure", "name"), NULL},
    [RL_N] = {NULL, NULL, NULL},
};

static struct rows *
rows_of(const struct source *s, enum release_table t)
{
	for (size_t i = 0; i < s->n_rows; i++)
		if (strcmp(s->rows[i]->fact->from, release_readers[t].name) == 0)
			return s->rows[i];
	return NULL;
}

void
release_add(const struct source *s, enum release_table t, const struct cell given[RELEASE_COLUMNS_MAX])
{
	struct rows *r = rows_of(s, t);
	struct cell cells[RELEASE_COLUMNS_MAX] = {0};
	struct err e;

	if (r == NULL || r->status != PS_NOT_COLLECTED)
		return;
	for (size_t i = 0; i < r->fact->n_columns; i++)
		for (size_t k = 0; release_readers[t].columns[k] != NULL; k++)
			if (strcmp(release_readers[t].columns[k], r->fact->columns[i].name) == 0)
				cells[i] = given[k];
	if (!rows_add(r, cells, &e) && r->status == PS_NOT_COLLECTED)
		rows_end(r, PS_UNREADABLE, "%s", e.msg);
}

void
release_end(const struct source *s, enum release_table t, enum part_status status, const char *format, ...)
{
	struct rows *r = rows_of(s, t);
	char reason[300];
	va_list ap;

	if (r == NULL || r->status != PS_NOT_COLLECTED)
		return;
	va_start(ap, format);
	(void)vsnprintf(reason, sizeof reason, format, ap);
	va_end(ap);
	rows_end(r, status, "%s", reason);
}
