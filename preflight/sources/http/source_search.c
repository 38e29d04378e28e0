/*
 * The kind of source `search`: version, health, aliases and migrations of an Elasticsearch or OpenSearch cluster.
 * Its URL may come from the database; logins never go to such a URL.
 */
#include <stdio.h>
#include <string.h>

#include "sources/http/http.h"
#include "sources/http/json_read.h"
#include "base/text.h"

#define DOCUMENTS 1000           /* what GitLab itself asks for */
#define ENVIRONMENT "production" /* of Rails: part of every index's name */

static const char *const cluster_columns[] = {
    "distribution", "version", "cluster", "health", "data_nodes", "unassigned_shards", NULL};
static const char *const migration_columns[] = {"version", "name", "completed", "halted", "failed", "attempts",
    "remaining", "message", "started_at", "completed_at", NULL};
static const char *const alias_columns[] = {"alias", "index_name", NULL};

struct search_reading {
	struct source *source;
	struct http *http;
	char distribution[64], version[64], cluster[200];
	char urls[600], url[600], prefix[100]; /* all that the settings name; the one in use */
};

/*
 * `cluster`: the root document and the health, one row. `migrations`: the documents of GitLab's
 * index of search migrations. `aliases`: aliases of GitLab's indexes.
 */
static const struct reader readers[] = {
    {"cluster", cluster_columns, NULL},
    {"migrations", migration_columns, NULL},
    {"aliases", alias_columns, NULL},
    {NULL, NULL, NULL},
};

/* ---- Whether this instance uses search, and where it is ---- */

static const struct cell *
cell_of(const struct rows *r, size_t row, const char *column)
{
	int i = fact_column_find(r->fact, column);

	return i >= 0 ? &r->items[row][i] : NULL;
}

static bool
is_true(const struct rows *r, const char *column)
{
	const struct cell *c = cell_of(r, 0, column);

	return c != NULL && c->kind == CELL_INT && c->i != 0;
}

static void
copy_text(const struct rows *r, const char *column, char *out, size_t size)
{
	const struct cell *c = cell_of(r, 0, column);

	if (c != NULL && c->kind == CELL_TEXT && c->s[0] != '\0')
		(void)snprintf(out, size, "%s", c->s);
}

static bool
is_community_edition(const struct run *run, struct sources *all)
{
	const struct rows *r = sources_await(all, run, "gitlab_version", NULL);

	for (size_t i = 0; r != NULL && r->status == PS_COMPLETE && i < r->n; i++) {
		const struct cell *c = cell_of(r, i, "edition");

		if (c != NULL && c->kind == CELL_TEXT && strcmp(c->s, "ce") == 0)
			return true;
	}
	return false;
}

/*
 * NULL: the cluster is to be asked, at rd->urls. Otherwise why not; that is decided by what main says,
 * and a URL that somebody gave is asked where main says nothing.
 */
static const char *
why_not(struct search_reading *rd, const struct run *run, struct sources *all)
{
	const struct rows *r = sources_await(all, run, "search_setting", "main");
	bool known = r != NULL && r->status == PS_COMPLETE && r->n == 1;

	if (known && !is_true(r, "indexing") && !is_true(r, "searching"))
		return "advanced search is switched off";
	if (known && !is_true(r, "licensed"))
		return "there is no licence, so advanced search is not used";
	if (is_community_edition(run, all))
		return "the Community Edition has no advanced search";
	if (known) {
		copy_text(r, "url", rd->urls, sizeof rd->urls);
		copy_text(r, "prefix", rd->prefix, sizeof rd->prefix);
	}
	if (rd->source->endpoint != NULL)
		(void)snprintf(rd->urls, sizeof rd->urls, "%s", rd->source->endpoint);
	return known || rd->source->endpoint != NULL ? NULL : "the settings could not be read";
}

/* ---- Reading ---- */

static enum part_status
unexpected(const char *what, struct err *e)
{
	(void)fail(e, NOWHERE, "the response is not from Elasticsearch or OpenSearch: it has no %s", what);
	return PS_UNREADABLE;
}

static enum part_status
read_root(struct search_reading *rd, struct err *e)
{
	CLEANUP(json_drop) json_t *root = NULL;
	enum part_status ps = http_get(rd->http, "/", &root, e);
	const json_t *version = json_object_get(root, "version");
	const char *number = json_string_value(json_object_get(version, "number"));
	const char *name = json_string_value(json_object_get(version, "distribution"));
	char raw[400];

	if (ps != PS_COMPLETE)
		return ps;
	if (number == NULL)
		return unexpected("version.number", e);
	text_clean_into(rd->distribution, sizeof rd->distribution, name != NULL ? name : "elasticsearch");
	text_clean_into(rd->version, sizeof rd->version, number);
	name = json_string_value(json_object_get(root, "cluster_name"));
	text_clean_into(rd->cluster, sizeof rd->cluster, name != NULL ? name : "");
	(void)snprintf(raw, sizeof raw, "%s %s on %.150s",
	    strcmp(rd->distribution, "opensearch") == 0 ? "OpenSearch" : "Elasticsearch", rd->version, rd->url);
	text_clean_into(rd->source->shown, sizeof rd->source->shown, raw);
	(void)snprintf(rd->source->version, sizeof rd->source->version, "%s", rd->version);
	return PS_COMPLETE;
}

static void
read_cluster(struct search_reading *rd, struct rows *rows)
{
	CLEANUP(json_drop) json_t *health = NULL;
	struct err e;
	enum part_status ps = http_get(rd->http, "/_cluster/health", &health, &e);
	const char *status = json_string_value(json_object_get(health, "status"));
	struct named_cell cells[] = {{"distribution", json_read_text(rd->distribution)},
	    {"version", json_read_version(rd->version)}, {"cluster", json_read_text(rd->cluster)},
	    {"health", json_read_text(status)},
	    {"data_nodes", json_read_integer(json_object_get(health, "number_of_data_nodes"))},
	    {"unassigned_shards", json_read_integer(json_object_get(health, "unassigned_shards"))}};

	if (ps == PS_COMPLETE && status == NULL)
		ps = unexpected("status of the cluster", &e);
	if (ps != PS_COMPLETE)
		rows_end(rows, ps, "%s", e.msg);
	else if (json_read_row(rows, cells, nitems(cells), &e))
		rows_end(rows, PS_COMPLETE, "%s", "");
	else
		rows_end(rows, PS_UNREADABLE, "%s", e.msg);
}

static bool
add_migration(struct rows *rows, const json_t *hit, struct err *e)
{
	const char *id = json_string_value(json_object_get(hit, "_id"));
	const json_t *doc = json_object_get(hit, "_source"), *state = json_object_get(doc, "state");
	const json_t *remaining = json_object_get(state, "documents_remaining");
	struct named_cell cells[] = {{"version", json_read_text(id)},
	    {"name", json_read_text(json_string_value(json_object_get(doc, "name")))},
	    {"completed", json_read_bool(json_object_get(doc, "completed"))},
	    {"halted", json_read_bool(json_object_get(state, "halted"))},
	    {"failed", json_read_bool(json_object_get(state, "failed"))},
	    {"attempts", json_read_integer(json_object_get(state, "previous_attempts"))},
	    {"remaining", json_read_integer(remaining != NULL ? remaining : json_object_get(state, "remaining_count"))},
	    {"message", json_read_text(json_string_value(json_object_get(state, "message")))},
	    {"started_at", json_read_time(json_object_get(doc, "started_at"))},
	    {"completed_at", json_read_time(json_object_get(doc, "completed_at"))}};

	if (id == NULL || !json_is_object(doc))
		return fail(e, NOWHERE, "a document of the migrations index has no _id or no _source");
	return json_read_row(rows, cells, nitems(cells), e);
}

/* A number, or {"value": N, "relation": "eq"} since version 7. */
static int64_t
total_hits(const json_t *hits)
{
	const json_t *total = json_object_get(hits, "total");
	const json_t *value = json_is_object(total) ? json_object_get(total, "value") : total;

	return json_is_integer(value) ? json_integer_value(value) : -1;
}

/* Whether every shard answered, in time: otherwise documents are missing from the answer. */
static enum part_status
check_answer(const json_t *answer, struct err *e)
{
	const json_t *hits = json_object_get(answer, "hits"), *list = json_object_get(hits, "hits");
	const json_t *failed = json_object_get(json_object_get(answer, "_shards"), "failed");

	if (!json_is_array(list) || total_hits(hits) < 0)
		return unexpected("hits", e);
	if (json_is_true(json_object_get(answer, "timed_out")) || !json_is_integer(failed) ||
	    json_integer_value(failed) != 0) {
		(void)fail(e, NOWHERE, "not every shard of the migrations index answered");
		return PS_UNREADABLE;
	}
	if (total_hits(hits) == (int64_t)json_array_size(list))
		return PS_COMPLETE;
	(void)fail(e, NOWHERE, "the migrations index holds %lld documents, of which %zu came",
	    (long long)total_hits(hits), json_array_size(list));
	return PS_TRUNCATED;
}

static enum part_status
read_documents(struct search_reading *rd, struct rows *rows, struct err *e)
{
	CLEANUP(json_drop) json_t *answer = NULL;
	const char *path = arena_printf(
	    rows->arena, "/%s-" ENVIRONMENT "-migrations/_search?size=%d&sort=_doc", rd->prefix, DOCUMENTS);
	enum part_status ps = http_get(rd->http, path, &answer, e);
	const json_t *list;

	if (ps == PS_ABSENT)
		(void)fail(e, NOWHERE,
		    "the index %s-" ENVIRONMENT "-migrations is missing, so no search migration "
		    "can run or be judged",
		    rd->prefix);
	if (ps == PS_COMPLETE)
		ps = check_answer(answer, e);
	if (ps != PS_COMPLETE)
		return ps;
	list = json_object_get(json_object_get(answer, "hits"), "hits");
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!add_migration(rows, json_array_get(list, i), e))
			return rows->status == PS_TRUNCATED ? PS_TRUNCATED : PS_UNREADABLE;
	return PS_COMPLETE;
}

static void
read_migrations(struct search_reading *rd, struct rows *rows)
{
	struct err e = {0};
	enum part_status ps = read_documents(rd, rows, &e);

	if (ps == PS_COMPLETE && rows->n + rows->left_out < rows->fact->min_rows)
		rows_end(rows, PS_ABSENT,
		    "the index %s-" ENVIRONMENT "-migrations is empty: GitLab fills it when it "
		    "makes it",
		    rd->prefix);
	else
		rows_end(rows, ps, "%s", ps == PS_COMPLETE ? "" : e.msg);
}

static bool
add_aliases(struct rows *rows, json_t *answer, struct err *e)
{
	const char *index, *alias;
	json_t *entry, *ignored;

	if (!json_is_object(answer))
		return fail(e, NOWHERE, "the response is not a list of aliases");
	json_object_foreach(answer, index, entry)
	{
		json_t *aliases = json_object_get(entry, "aliases");

		if (!json_is_object(aliases))
			return fail(e, NOWHERE, "an index in the list of aliases has no aliases");
		json_object_foreach(aliases, alias, ignored)
		{
			struct named_cell cells[] = {
			    {"alias", json_read_text(alias)}, {"index_name", json_read_text(index)}};

			if (!json_read_row(rows, cells, nitems(cells), e))
				return false;
		}
	}
	return true;
}

static void
read_aliases(struct search_reading *rd, struct rows *rows)
{
	CLEANUP(json_drop) json_t *answer = NULL;
	struct err e = {0};
	const char *path = arena_printf(rows->arena, "/_alias/%s-" ENVIRONMENT "*", rd->prefix);
	enum part_status ps = http_get(rd->http, path, &answer, &e);

	if (ps == PS_ABSENT) /* no alias of such a name: that is an answer */
		ps = PS_COMPLETE;
	else if (ps == PS_COMPLETE && !add_aliases(rows, answer, &e))
		ps = rows->status == PS_TRUNCATED ? PS_TRUNCATED : PS_UNREADABLE;
	rows_end(rows, ps, "%s", ps == PS_COMPLETE ? "" : e.msg);
}

static void
read_tables(struct search_reading *rd)
{
	static const struct {
		const char *name;
		void (*read)(struct search_reading *, struct rows *);
	} tables[] = {{"cluster", read_cluster}, {"migrations", read_migrations}, {"aliases", read_aliases}};
	struct source *s = rd->source;

	s->status = PS_COMPLETE;
	for (size_t i = 0; i < s->n_rows; i++) {
		struct rows *rows = s->rows[i];
		int64_t begun = clock_mono_us();

		s->reading = rows->fact->table;
		rows->read_at = clock_wall_us();
		for (size_t k = 0; k < nitems(tables); k++)
			if (strcmp(tables[k].name, rows->fact->from) == 0)
				tables[k].read(rd, rows);
		rows->duration_us = clock_mono_us() - begun;
		if (rows->status != PS_COMPLETE && s->status == PS_COMPLETE) {
			s->status = rows->status;
			memcpy(s->reason, rows->reason, sizeof s->reason);
		}
	}
}

/* An index name of ours goes into a path as it is, so it must be one. */
static bool
is_index_prefix(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-.")] == '\0' &&
	    text[0] != '-' && text[0] != '_' && text[0] != '.';
}

static enum part_status
ask_one(struct search_reading *rd, const struct run *run, struct err *e)
{
	struct source *s = rd->source;
	enum part_status ps;

	http_close(rd->http);
	rd->http = NULL;
	text_clean_into(s->shown, sizeof s->shown, rd->url);
	ps = http_open(&rd->http, run, rd->url, s->login, s->discovered, e);
	if (ps != PS_COMPLETE)
		return ps;
	(void)snprintf(s->tls, sizeof s->tls, "%s", http_tls(rd->http));
	return read_root(rd, e);
}

/* The settings may name several nodes of the cluster, separated by commas: the first that answers. */
static enum part_status
ask(struct search_reading *rd, const struct run *run, struct err *e)
{
	enum part_status ps = PS_NOT_CONFIGURED;
	const char *next = rd->urls + strspn(rd->urls, ", ");

	if (*next == '\0') {
		(void)fail(e, NOWHERE, "search is enabled, but the settings contain no URL: specify it with --search");
		return PS_NOT_CONFIGURED;
	}
	if (!is_index_prefix(rd->prefix)) {
		(void)fail(e, NOWHERE, "the prefix of GitLab's indexes in the settings is no name of an index");
		return PS_UNREADABLE;
	}
	do {
		size_t n = strcspn(next, ", ");

		(void)snprintf(rd->url, sizeof rd->url, "%.*s", (int)n, next);
		next += n + strspn(next + n, ", ");
		ps = ask_one(rd, run, e);
	} while ((ps == PS_UNREACHABLE || ps == PS_TIMEOUT) && *next != '\0' && clock_mono_us() < run->deadline_us);
	return ps;
}

static void
collect(const struct run *run, struct sources *all, struct source *s)
{
	struct search_reading rd = {.source = s, .prefix = "gitlab"};
	struct err e = {0};
	const char *why = why_not(&rd, run, all);
	enum part_status ps;

	if (why != NULL) {
		s->withdrawn = true;
		text_clean_into(s->reason, sizeof s->reason, why);
		return;
	}
	ps = ask(&rd, run, &e);
	if (ps == PS_COMPLETE)
		read_tables(&rd);
	else
		source_end_all(s, ps == PS_ABSENT ? PS_UNREADABLE : ps, "%s", e.msg);
	if (rd.http != NULL) {
		s->requests = http_requests(rd.http);
		s->bytes = http_bytes(rd.http);
	}
	http_close(rd.http);
}

static void
describe(const struct source *s, FILE *f)
{
	(void)fprintf(f, "  connects to   %s\n",
	    s->endpoint != NULL
		? s->endpoint
		: "the URL in GitLab's settings, without a login, and only where search is switched on and licensed");
	(void)fputs("  GET /\n  GET /_cluster/health\n  GET /PREFIX-" ENVIRONMENT "-migrations/_search\n"
		    "  GET /_alias/PREFIX-" ENVIRONMENT "*\n  PREFIX is that of GitLab's settings, gitlab by default\n",
	    f);
}

const struct source_kind source_search = {
    .name = "search",
    .part_column = "node",
    .readers = readers,
    .collect = collect,
    .describe = describe,
};
