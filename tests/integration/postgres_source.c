/*
 * Reads declared facts from real PostgreSQL servers and prints what became of them, for
 * postgres_source.t: postgres_source [-t MILLISECONDS] FACT[,FACT...] NAME=CONNINFO...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sources/collect.h"

#define COLUMNS(c) .columns = (c), .n_columns = nitems(c)
#define VARIANTS(v) .variants = (v), .n_variants = nitems(v)
#define USES(...) .uses = (const char *const[]){__VA_ARGS__}, .n_uses = nitems(((const char *const[]){__VA_ARGS__}))
#define PARTS .parts = main_ci, .n_parts = 2
#define ONE_NUMBER COLUMNS(number)
#define QUERY(name, text) \
	{ \
		.table = (name), PARTS, .max_rows = 10, ONE_NUMBER, \
		VARIANTS(((const struct fact_variant[]){{.query = (text)}})) \
	}

static const char *const main_ci[] = {"main", "ci"}, *const only_ci[] = {"ci"};

static const struct fact_column number[] = {{.name = "n", .type = T_INTEGER}};

static const struct fact_column feature[] = {
    {.name = "id", .type = T_INTEGER},
    {.name = "key", .type = T_TEXT},
    {.name = "created_at", .type = T_TIME},
};

static const struct fact_column feature_id[] = {{.name = "id", .type = T_INTEGER}};

static const struct fact_column feature_word[] = {
    {.name = "id", .type = T_INTEGER},
    {.name = "word", .type = T_TEXT, .sql = "upper(t.key) -- a comment"},
};

static const struct fact_column feature_later[] = {
    {.name = "id", .type = T_INTEGER},
    {.name = "started_at", .type = T_TIME, .null = true, .has_since = true, .since = 140100005},
    {.name = "note", .type = T_TEXT, .null = true, .has_since = true, .since = 140100005},
    {.name = "held", .type = T_BOOL, .null = true, .has_since = true, .since = 140100005},
};

static const struct fact_column feature_lacks[] = {
    {.name = "id", .type = T_INTEGER},
    {.name = "nothing", .type = T_TEXT, .null = true},
};

static const struct fact_column feature_wrong[] = {{.name = "key", .type = T_INTEGER}};
static const struct fact_column feature_bool[] = {{.name = "id", .type = T_BOOL}};
static const struct fact_column words[] = {{.name = "word", .type = T_TEXT}};

static const struct fact_column every_type[] = {
    {.name = "small", .type = T_INTEGER},
    {.name = "big", .type = T_INTEGER},
    {.name = "name", .type = T_TEXT, .null = true},
    {.name = "json", .type = T_TEXT},
    {.name = "zoned", .type = T_TIME, .null = true},
    {.name = "plain", .type = T_TIME},
    {.name = "yes", .type = T_BOOL},
    {.name = "release", .type = T_VERSION},
};

static const struct fact_column setting[] = {
    {.name = "name", .type = T_TEXT},
    {.name = "value", .type = T_TEXT},
};

static const struct fact facts[] = {
    {.table = "features", PARTS, .from = "public.features", .max_rows = 100, COLUMNS(feature)},
    {.table = "few",
	PARTS,
	.from = "public.features",
	.where = "t.id > 1 -- not all",
	.max_rows = 100,
	COLUMNS(feature)},
    {.table = "ids", PARTS, .from = "public.features", .max_rows = 100, COLUMNS(feature_id)},
    {.table = "words", PARTS, .from = "public.features", .max_rows = 100, COLUMNS(feature_word)},
    {.table = "types", PARTS, .from = "public.every_type", .max_rows = 100, COLUMNS(every_type)},
    {.table = "later", PARTS, .from = "public.features", .max_rows = 100, COLUMNS(feature_later)},
    {.table = "lacks", PARTS, .from = "public.features", .max_rows = 100, COLUMNS(feature_lacks)},
    {.table = "wrong", PARTS, .from = "public.features", .max_rows = 100, COLUMNS(feature_wrong)},
    {.table = "no_bool", PARTS, .from = "public.features", .max_rows = 100, COLUMNS(feature_bool)},
    {.table = "nowhere", PARTS, .from = "public.nowhere", .max_rows = 100, ONE_NUMBER},
    {.table = "secret", PARTS, .from = "public.secret", .max_rows = 100, ONE_NUMBER},
    {.table = "hidden", PARTS, .from = "hidden.place", .max_rows = 100, ONE_NUMBER},
    {.table = "granted", PARTS, .from = "public.granted", .max_rows = 100, COLUMNS(feature_id)},
    {.table = "granted_all", PARTS, .from = "public.granted", .max_rows = 100, COLUMNS(feature)},
    {.table = "granted_word", PARTS, .from = "public.granted", .max_rows = 100, COLUMNS(feature_word)},
    {.table = "rls", PARTS, .from = "public.rls", .max_rows = 100, ONE_NUMBER},
    {.table = "rls_policy", PARTS, .from = "public.rls_policy", .max_rows = 100, ONE_NUMBER},
    {.table = "a_view", PARTS, .from = "public.a_view", .max_rows = 100, ONE_NUMBER},
    {.table = "a_copy", PARTS, .from = "public.a_copy", .max_rows = 100, ONE_NUMBER},
    {.table = "far_away", PARTS, .from = "public.far_away", .max_rows = 100, ONE_NUMBER},
    {.table = "parted", PARTS, .from = "public.parted", .max_rows = 100, ONE_NUMBER},
    {.table = "many", PARTS, .from = "public.many", .max_rows = 1000, ONE_NUMBER},
    {.table = "all_of_many", PARTS, .from = "public.many", .max_rows = 5000, ONE_NUMBER},
    {.table = "min_rows", PARTS, .from = "public.features", .min_rows = 3, .max_rows = 100, COLUMNS(feature)},
    {.table = "wide", PARTS, .from = "public.wide", .max_rows = 100, COLUMNS(words)},
    {.table = "ci_only", .parts = only_ci, .n_parts = 1, .from = "public.features", .max_rows = 100, COLUMNS(feature)},
    {.table = "catalog",
	PARTS,
	.max_rows = 10,
	COLUMNS(words),
	VARIANTS(((const struct fact_variant[]){{.query = "SELECT relname AS word FROM pg_catalog.pg_stat_user_tables\n"
							  "WHERE relname = 'features'",
	    USES("pg_catalog.pg_stat_user_tables.relname")}}))},
    {.table = "choice",
	PARTS,
	.max_rows = 10,
	COLUMNS(words),
	VARIANTS(
	    ((const struct fact_variant[]){{.query = "SELECT 'invalid index' AS word", .index = "public.invalid_index"},
		{.query = "SELECT 'no column' AS word", .has = "public.features.nothing"},
		{.query = "SELECT 'index' AS word FROM public.features WHERE id = 1",
		    .index = "public.features_pkey",
		    .has = "public.features.id",
		    USES("public.features.id")},
		{.query = "SELECT 'anything' AS word"}}))},
    {.table = "no_choice",
	PARTS,
	.max_rows = 10,
	COLUMNS(words),
	VARIANTS(((const struct fact_variant[]){{.query = "SELECT 'x' AS word", .index = "public.no_such_index"}}))},
    {.table = "uses_nothing",
	PARTS,
	.max_rows = 10,
	ONE_NUMBER,
	VARIANTS(((const struct fact_variant[]){
	    {.query = "SELECT nothing AS n FROM public.features", USES("public.features.nothing")}}))},
    {.table = "settings",
	PARTS,
	.max_rows = 100,
	COLUMNS(setting),
	VARIANTS(((const struct fact_variant[]){
	    {.query = "SELECT name, setting AS value FROM pg_catalog.pg_settings WHERE name IN\n"
		      "('search_path', 'statement_timeout', 'lock_timeout', 'row_security', 'TimeZone',\n"
		      "'idle_in_transaction_session_timeout', 'DateStyle', 'IntervalStyle', 'jit',\n"
		      "'extra_float_digits', 'bytea_output', 'max_parallel_workers_per_gather',\n"
		      "'transaction_read_only', 'transaction_isolation', 'client_encoding')",
		USES("pg_catalog.pg_settings.name", "pg_catalog.pg_settings.setting")}}))},
    QUERY("counted", "SELECT count(*) AS n FROM public.many"),
    QUERY("sleep", "SELECT length(pg_sleep(60)::text) AS n"),
    QUERY("sleep_more", "SELECT length(pg_sleep(50)::text) AS n"),
    QUERY("sleep_most", "SELECT length(pg_sleep(40)::text) AS n"),
    QUERY("awake", "SELECT length(set_config('statement_timeout', '0', true) || pg_sleep(60)::text) AS n"),
    QUERY("endless", "SELECT generate_series(1, 100000000) AS n"),
    {.table = "vast",
	PARTS,
	.max_rows = 10,
	COLUMNS(words),
	VARIANTS(((const struct fact_variant[]){
	    {.query =
		    "SELECT repeat('x', CASE g WHEN 1 THEN 300000000 ELSE 3 END) AS word FROM generate_series(1, 2) AS g"}}))},
    QUERY("two", "SELECT 1 AS n; SELECT 2 AS n"),
    QUERY("set", "SET statement_timeout = 0"),
    QUERY("copy", "COPY (SELECT 1) TO PROGRAM 'cat'"),
    QUERY("do", "DO 'BEGIN DELETE FROM public.features; END'"),
    QUERY("call", "CALL public.anything()"),
    QUERY("semicolon", "SELECT 1 AS n;"),
    QUERY("commit", "COMMIT"),
    QUERY("insert", "INSERT INTO public.features VALUES (99, 'x', now()) RETURNING id AS n"),
    QUERY("with_insert",
	"WITH i AS (INSERT INTO public.features VALUES (99, 'x', now())\n"
	"RETURNING id) SELECT id AS n FROM i"),
    QUERY("next_value", "SELECT nextval('public.counter') AS n"),
    QUERY("writable", "SELECT length(set_config('transaction_read_only', 'off', true)) AS n"),
    QUERY("closing", "SELECT 1 AS n) AS q; DELETE FROM public.features; SELECT (1"),
    QUERY("unqualified", "SELECT id AS n FROM features"),
    QUERY("undeclared", "SELECT 1 AS other"),
    QUERY("fraction", "SELECT 1 / (id - 1) AS n FROM public.features"),
};

static const struct fact *
find_fact(const char *name)
{
	for (size_t i = 0; i < nitems(facts); i++)
		if (strcmp(facts[i].table, name) == 0)
			return &facts[i];
	(void)fprintf(stderr, "postgres_source: there is no fact \"%s\"\n", name);
	exit(2);
}

static struct source *
prepare(struct arena *a, char *list, const char *word)
{
	const char *equals = strchr(word, '=');
	struct source *s = arena_alloc(a, sizeof *s);
	char *names, *name, *rest;

	if (equals == NULL) {
		(void)fprintf(stderr, "postgres_source: %s is not NAME=CONNINFO\n", word);
		exit(2);
	}
	s->arena = a;
	s->kind = "postgres";
	s->part = arena_strndup(a, word, (size_t)(equals - word));
	s->id = arena_printf(a, "postgres:%s", s->part);
	s->endpoint = equals + 1;
	s->status = PS_NOT_COLLECTED;
	s->rows = arena_alloc(a, nitems(facts) * sizeof *s->rows);
	names = arena_strdup(a, list);
	for (name = strtok_r(names, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest)) {
		const struct fact *f = find_fact(name);

		for (size_t i = 0; i < f->n_parts; i++)
			if (strcmp(f->parts[i], s->part) == 0)
				s->rows[s->n_rows++] = rows_new(f, s->part);
	}
	return s;
}

static void
print_rows(const struct rows *r)
{
	(void)printf("part %s %s %s rows=%zu read=%s missing=", r->fact->table, r->part, part_status_word[r->status],
	    r->n, r->read_at > 0 ? "yes" : "no");
	for (size_t i = 0; i < r->n_missing; i++)
		(void)printf("%s%s", i > 0 ? "," : "", r->missing[i]);
	(void)printf(" reason=%s\n", r->reason);
	for (size_t i = 0; i < r->n && i < 20; i++) {
		(void)printf("row %s %s ", r->fact->table, r->part);
		for (size_t c = 0; c < r->fact->n_columns; c++) {
			const struct cell *cell = &r->items[i][c];

			(void)printf("%s", c > 0 ? "|" : "");
			if (cell->kind == CELL_INT)
				(void)printf("%lld", (long long)cell->i);
			else
				(void)printf("%.100s", cell->kind == CELL_TEXT ? cell->s : "NULL");
		}
		(void)printf("\n");
	}
}

static void
print_source(const struct source *s)
{
	(void)printf("source %s %s reason=%s\n", s->id, part_status_word[s->status], s->reason);
	(void)printf("shown %s %s\n", s->id, s->shown);
	(void)printf("is %s version=%s tls=%s privilege=%s\n", s->id, s->version, s->tls, s->privilege);
	(void)printf("identity %s %s\n", s->id, s->identity);
	(void)printf("cost %s requests=%lld bytes=%s\n", s->id, (long long)s->requests,
	    s->bytes > 0 && s->bytes < 200000 ? "some"
		: s->bytes > 0                ? "many"
					      : "none");
	for (size_t i = 0; i < s->n_rows; i++)
		print_rows(s->rows[i]);
}

int
main(int argc, char **argv)
{
	struct source *items[8], *prepared[8];
	int64_t timeout = 30000;
	int option, n = 0, interrupted;

	while ((option = getopt(argc, argv, "t:")) == 't')
		timeout = atoll(optarg);
	if (option != -1 || argc - optind < 2 || argc - optind > 9) {
		(void)fprintf(stderr, "usage: postgres_source [-t MS] FACT[,FACT...] NAME=CONNINFO...\n");
		return 2;
	}
	/* Each thread fills an arena of its own: no two may share one. */
	for (int i = optind + 1; i < argc; i++, n++)
		items[n] = prepared[n] = prepare(arena_new(), argv[optind], argv[i]);
	interrupted = collect_sources(items, (size_t)n, NULL, timeout * 1000, false, NULL);
	for (int i = 0; i < n; i++) {
		if (items[i] == NULL) {
			(void)printf("left behind %s\n", argv[optind + 1 + i]);
			continue;
		}
		print_source(items[i]);
		for (size_t k = 0; k < items[i]->n_rows; k++)
			rows_free(prepared[i]->rows[k]);
		arena_free(prepared[i]->arena);
	}
	(void)printf("interrupted %d\n", interrupted);
	return 0;
}
