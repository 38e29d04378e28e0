/*
 * The kind of source `api`: GitLab's own REST API, one request for each reader. Only contacted when a person names
 * it with --gitlab.
 */
#include <stdio.h>
#include <string.h>

#include "sources/http/http.h"
#include "sources/http/json_read.h"
#include "base/text.h"
#include "base/version.h"

#define COLUMNS 8

/*
 * One question to GitLab's API for each reader. Columns are members of the answer by the same name,
 * or by the name beside them; a dot goes one object down.
 */
struct api_question {
	const char *reader, *path;
	const char *rows; /* the member that holds the list; NULL: the answer itself */
	const char *members[COLUMNS][2];
	bool checks;      /* every member that is a list is a check of that name */
	bool newest_only; /* GitLab answers with the newest 20 and no more */
	bool none;        /* GitLab answers null where there is none */
};

static const struct api_question questions[] = {
    {.reader = "version", .path = "/api/v4/version"},
    {.reader = "readiness", .path = "/-/readiness?all=1", .checks = true},
    {.reader = "pending_migrations",
	.path = "/api/v4/admin/migrations/pending?database=main",
	.rows = "pending_migrations"},
    {.reader = "search_migrations",
	.path = "/api/v4/admin/search/migrations",
	.members = {{"halted", "migration_state.halted"}, {"remaining", "migration_state.documents_remaining"}}},
    {.reader = "sites",
	.path = "/api/v4/geo_sites/status",
	.members = {{"site", "geo_node_id"}, {"lag_seconds", "db_replication_lag_seconds"}}},
    {.reader = "licence", .path = "/api/v4/license", .none = true},
    {.reader = "features", .path = "/api/v4/features"},
    {.reader = "batched_migrations",
	.path = "/api/v4/admin/batched_background_migrations?database=main",
	.newest_only = true},
};

static const char *const version_columns[] = {"version", "revision", "edition", NULL};
static const char *const readiness_columns[] = {"check", "status", "message", NULL};
static const char *const pending_columns[] = {"version", "name", NULL};
static const char *const search_columns[] = {
    "version", "name", "completed", "obsolete", "halted", "remaining", "started_at", "completed_at", NULL};
static const char *const site_columns[] = {"site", "health_status", "lag_seconds", "version", NULL};
static const char *const licence_columns[] = {"plan", "expired", "expires_at", NULL};
static const char *const feature_columns[] = {"name", "state", NULL};
static const char *const batched_columns[] = {"id", "job_class_name", "table_name", "column_name", "status", NULL};

static const struct reader readers[] = {
    {"version", version_columns, NULL},
    {"readiness", readiness_columns, NULL},
    {"pending_migrations", pending_columns, NULL},
    {"search_migrations", search_columns, NULL},
    {"sites", site_columns, NULL},
    {"licence", licence_columns, NULL},
    {"features", feature_columns, NULL},
    {"batched_migrations", batched_columns, NULL},
    {NULL, NULL, NULL},
};

static const char *
member_of(const struct api_question *q, const char *column)
{
	for (size_t i = 0; i < COLUMNS && q->members[i][0] != NULL; i++)
		if (strcmp(q->members[i][0], column) == 0)
			return q->members[i][1];
	return column;
}

static const json_t *
find_member(const json_t *object, const char *path)
{
	char first[100];
	size_t n = strcspn(path, ".");

	(void)snprintf(first, sizeof first, "%.*s", (int)n, path);
	object = json_object_get(object, first);
	return path[n] == '.' ? find_member(object, path + n + 1) : object;
}

/* "18.11.4-ee" says it at its end. */
static struct cell
edition_cell(const json_t *row)
{
	const char *text = json_string_value(json_object_get(row, "version"));
	struct version v = {0};
	struct err ignored;

	return json_read_text(text != NULL && version_parse(text, &v, &ignored) && v.edition != NULL ? v.edition : "");
}

static struct cell
cell_for(struct rows *r, const struct fact_column *c, const json_t *j)
{
	const char *s = json_string_value(j);
	struct cell cell = {.kind = CELL_NULL};
	struct err ignored;

	switch (c->type) {
	case T_INTEGER:
		return json_read_integer(j);
	case T_BOOL:
		return json_read_bool(j);
	case T_TIME:
		return json_read_time(j);
	case T_VERSION:
		return s != NULL && cell_from_text(c, s, &cell, &ignored) ? cell : (struct cell){.kind = CELL_NULL};
	case T_TEXT:
		break;
	}
	if (json_is_integer(j))
		s = arena_printf(r->arena, "%lld", (long long)json_integer_value(j));
	return json_read_text(s);
}

static bool
add_object(struct rows *r, const struct api_question *q, const json_t *row, struct err *e)
{
	const struct fact *f = r->fact;
	struct named_cell cells[COLUMNS];

	for (size_t i = 0; i < f->n_columns && i < COLUMNS; i++) {
		const struct fact_column *c = &f->columns[i];

		cells[i].column = c->name;
		cells[i].cell = strcmp(c->name, "edition") == 0
		    ? edition_cell(row)
		    : cell_for(r, c, find_member(row, member_of(q, c->name)));
	}
	return json_read_row(r, cells, f->n_columns < COLUMNS ? f->n_columns : COLUMNS, e);
}

/* {"db_check": [{"status": "ok"}, ...], ...}: a row for each entry that is not ok, else one that is. */
static bool
add_checks(struct rows *r, json_t *answer, struct err *e)
{
	const char *name;
	json_t *list;

	json_object_foreach(answer, name, list)
	{
		const json_t *worst = json_array_get(list, 0);

		for (size_t i = 0; i < json_array_size(list); i++) {
			const char *status = json_string_value(json_object_get(json_array_get(list, i), "status"));

			if (status == NULL || strcmp(status, "ok") != 0)
				worst = json_array_get(list, i);
		}
		if (worst == NULL)
			continue;
		struct named_cell cells[] = {{"check", json_read_text(name)},
		    {"status", json_read_text(json_string_value(json_object_get(worst, "status")))},
		    {"message", json_read_text(json_string_value(json_object_get(worst, "message")))}};

		if (!json_read_row(r, cells, nitems(cells), e))
			return false;
	}
	return true;
}

static bool
add_answer(struct rows *r, const struct api_question *q, json_t *answer, struct err *e)
{
	const json_t *all = q->rows != NULL ? json_object_get(answer, q->rows) : answer;
	bool ok = true;

	if (q->checks)
		return json_is_object(answer) ? add_checks(r, answer, e) : fail(e, NOWHERE, "it is no object");
	if (q->none && json_is_null(answer))
		return true;
	if (json_is_object(all))
		return add_object(r, q, all, e);
	if (!json_is_array(all))
		return fail(e, NOWHERE, "it is not a response of GitLab's API");
	for (size_t i = 0; i < json_array_size(all) && ok; i++)
		ok = add_object(r, q, json_array_get(all, i), e);
	return ok;
}

static void
read_one(struct http *h, const struct api_question *q, struct rows *r)
{
	CLEANUP(json_drop) json_t *answer = NULL;
	struct err e = {0};
	enum part_status ps = q->checks ? http_get_health(h, q->path, &answer, &e) : http_get(h, q->path, &answer, &e);

	if (ps == PS_COMPLETE && !add_answer(r, q, answer, &e)) {
		err_prefix(&e, "GET %s", q->path);
		ps = r->status == PS_TRUNCATED ? PS_TRUNCATED : PS_UNREADABLE;
	}
	if (ps == PS_COMPLETE && json_is_array(answer) && !http_is_whole(h, json_array_size(answer)))
		rows_end(r, PS_TRUNCATED, "GET %s: this is one page of a longer list", q->path);
	else if (ps == PS_COMPLETE && q->newest_only)
		rows_end(r, PS_TRUNCATED, "%s", "the API shows only the newest 20; the database has them all");
	else
		rows_end(r, ps, "%s", ps == PS_COMPLETE ? "" : e.msg);
}

/* The database has all rows; the API is used only where the database could not be read. */
static bool
main_has_it(struct sources *all, const struct run *run)
{
	const struct rows *r = sources_await(all, run, "batched_migration", "main");

	return r != NULL && r->status == PS_COMPLETE;
}

static void
read_tables(struct http *h, const struct run *run, struct sources *all, struct source *s)
{
	for (size_t i = 0; i < s->n_rows; i++) {
		struct rows *r = s->rows[i];
		int64_t begun = clock_mono_us();

		s->reading = r->fact->table;
		r->read_at = clock_wall_us();
		for (size_t k = 0; k < nitems(questions); k++) {
			const struct api_question *q = &questions[k];

			if (strcmp(q->reader, r->fact->from) != 0)
				continue;
			if (q->newest_only && main_has_it(all, run))
				rows_end(r, PS_DISABLED, "%s", "the database main was read");
			else
				read_one(h, q, r);
		}
		r->duration_us = clock_mono_us() - begun;
	}
}

/* Each response counts by itself: an older release, or another edition, lacks some of them. */
static void
sum_up(struct source *s)
{
	static const enum part_status none[] = {PS_COMPLETE, PS_ABSENT, PS_DISABLED, PS_TRUNCATED};

	s->status = PS_COMPLETE;
	for (size_t i = 0; i < s->n_rows && s->status == PS_COMPLETE; i++) {
		bool fine = false;

		for (size_t k = 0; k < nitems(none); k++)
			fine = fine || s->rows[i]->status == none[k];
		if (fine)
			continue;
		s->status = s->rows[i]->status;
		memcpy(s->reason, s->rows[i]->reason, sizeof s->reason);
	}
}

static void
collect(const struct run *run, struct sources *all, struct source *s)
{
	CLEANUP(http_drop) struct http *h = NULL;
	struct err e = {0};
	enum part_status ps = http_open(&h, run, s->endpoint, s->login, false, &e);

	text_clean_into(s->shown, sizeof s->shown, s->endpoint);
	if (ps != PS_COMPLETE) {
		source_end_all(s, ps, "%s", e.msg);
		return;
	}
	(void)snprintf(s->tls, sizeof s->tls, "%s", http_tls(h));
	read_tables(h, run, all, s);
	sum_up(s);
	s->requests = http_requests(h);
	s->bytes = http_bytes(h);
}

static void
describe(const struct source *s, FILE *f)
{
	(void)fprintf(f, "  connects to   %s\n", s->endpoint);
	for (size_t i = 0; i < s->n_rows; i++)
		for (size_t k = 0; k < nitems(questions); k++)
			if (strcmp(questions[k].reader, s->rows[i]->fact->from) == 0)
				(void)fprintf(f, "  GET %s\n", questions[k].path);
}

const struct source_kind source_api = {
    .name = "api",
    .part_column = "node",
    .readers = readers,
    .collect = collect,
    .describe = describe,
};
