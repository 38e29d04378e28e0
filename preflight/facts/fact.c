/*
 * What all declarations of fact tables share: words, look-ups, and the tables of the engine itself.
 * The tables of rule files are declared by ruleset_facts.c; nothing here reads a rule file.
 */
#include "facts/fact.h"

#include <string.h>

#include "base/version.h"

const char *const col_type_word[] = {
    [T_INTEGER] = "integer",
    [T_TEXT] = "text",
    [T_TIME] = "time",
    [T_BOOL] = "bool",
    [T_VERSION] = "version",
};

const struct fact run_fact = {
    .table = "run",
    .about = "The run itself: when, by whom, and whether it was cut short.",
    .source = "run",
    .max_rows = 1,
    .columns =
	(const struct fact_column[]){
	    {.name = "started_at", .type = T_TIME},
	    {.name = "finished_at", .type = T_TIME},
	    {.name = "operator", .type = T_TEXT, .class = CL_IDENTIFIER},
	    {.name = "tool_version", .type = T_TEXT},
	    {.name = "interrupted", .type = T_BOOL},
	    {.name = "host", .type = T_TEXT, .null = true, .class = CL_HOST},
	    {.name = "command", .type = T_TEXT, .null = true, .class = CL_IDENTIFIER},
	},
    .n_columns = 7,
};

const struct fact source_fact = {
    .table = "source",
    .about = "Every source that the rules declare, files once for each node: who requested it, and the result.",
    .source = "run",
    .max_rows = 1000,
    .columns =
	(const struct fact_column[SC_N]){
	    [SC_ID] = {.name = "id", .type = T_TEXT},
	    [SC_KIND] = {.name = "kind", .type = T_TEXT},
	    [SC_REQUESTED] = {.name = "requested", .type = T_BOOL},
	    [SC_ORIGIN] = {.name = "origin", .type = T_TEXT, .class = CL_FREE_TEXT},
	    [SC_STATUS] = {.name = "status", .type = T_TEXT},
	    [SC_REASON] = {.name = "reason", .type = T_TEXT, .class = CL_FREE_TEXT},
	    [SC_ENDPOINT] = {.name = "endpoint", .type = T_TEXT, .class = CL_HOST},
	    [SC_VERSION] = {.name = "version", .type = T_TEXT},
	    [SC_TLS] = {.name = "tls", .type = T_TEXT},
	    [SC_PRIVILEGE] = {.name = "privilege", .type = T_TEXT},
	    [SC_STARTED_AT] = {.name = "started_at", .type = T_TIME, .null = true},
	    [SC_DURATION_US] = {.name = "duration_us", .type = T_INTEGER},
	    [SC_REQUESTS] = {.name = "requests", .type = T_INTEGER},
	    [SC_BYTES] = {.name = "bytes", .type = T_INTEGER},
	    [SC_NODE] = {.name = "node", .type = T_TEXT, .class = CL_HOST},
	},
    .n_columns = SC_N,
};

const struct fact given_fact = {
    .table = "given",
    .about = "What the operator specified about the instance: one row, empty or 0 where nothing was specified.",
    .source = "plan",
    .max_rows = 1,
    .columns =
	(const struct fact_column[]){
	    {.name = "edition", .type = T_TEXT},
	    {.name = "install_method", .type = T_TEXT},
	    {.name = "nodes", .type = T_INTEGER},
	},
    .n_columns = 3,
};

const struct fact hop_fact = {
    .table = "hop",
    .about = "The upgrade step that is evaluated: one row.",
    .source = "plan",
    .max_rows = 1,
    .columns =
	(const struct fact_column[]){
	    {.name = "from_version", .type = T_VERSION},
	    {.name = "to_version", .type = T_VERSION},
	    {.name = "minor", .type = T_BOOL},
	    {.name = "required_only", .type = T_BOOL},
	    {.name = "install_method", .type = T_TEXT},
	    {.name = "is_after", .type = T_BOOL},
	},
    .n_columns = 6,
};

const struct fact path_step_fact = {
    .table = "path_step",
    .about = "The steps of the path from the current version to the target.",
    .source = "plan",
    .max_rows = 1000,
    .columns =
	(const struct fact_column[]){
	    {.name = "version", .type = T_VERSION},
	    {.name = "kind", .type = T_TEXT},
	    {.name = "state", .type = T_TEXT},
	},
    .n_columns = 3,
};

int
fact_column_find(const struct fact *f, const char *name)
{
	for (size_t i = 0; i < f->n_columns; i++)
		if (strcmp(f->columns[i].name, name) == 0)
			return (int)i;
	return -1;
}

bool
fact_takes_rows(const struct fact *f)
{
	return f->over != NULL || (f->n_after > 0 && f->n_variants == 0);
}

bool
fact_is_asked(const struct fact *f, int64_t installed)
{
	return f->asked == NULL || installed == 0 || version_in(installed, f->asked);
}

const struct fact *
fact_find(const struct fact_list *all, const char *table)
{
	if (strcmp(table, run_fact.table) == 0)
		return &run_fact;
	if (strcmp(table, source_fact.table) == 0)
		return &source_fact;
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->items[i].table, table) == 0)
			return &all->items[i];
	return NULL;
}
