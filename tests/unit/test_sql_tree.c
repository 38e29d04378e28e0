/* Short forms of SQL: equal for equal meaning, different for different constants, and never a crash. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sources/sql_tree.h"

#include <cmocka.h>

struct pair {
	const char *a, *b; /* b NULL: a is not understood */
	bool equal;
};

static void
compare(const char *(*form)(struct arena *, const char *, struct err *), const struct pair *pairs, size_t n)
{
	struct arena *a = arena_new();
	struct err e;

	for (size_t i = 0; i < n; i++) {
		const char *x = form(a, pairs[i].a, &e), *y = pairs[i].b != NULL ? form(a, pairs[i].b, &e) : NULL;

		if (pairs[i].b == NULL) {
			assert_null(x);
			continue;
		}
		assert_non_null(x);
		assert_non_null(y);
		if ((strcmp(x, y) == 0) != pairs[i].equal)
			print_error("%s\n%s\n%s\n%s\n", pairs[i].a, x, pairs[i].b, y);
		assert_int_equal(strcmp(x, y) == 0, pairs[i].equal);
	}
	arena_free(a);
}

static const char *
constraint(struct arena *a, const char *text, struct err *e)
{
	bool valid;

	return sql_short_constraint(a, text, &valid, e);
}

static void
constraints(void **state)
{
	static const struct pair pairs[] = {
	    {"CHECK ((a IS NOT NULL))", "CHECK (a IS NOT NULL)", true},
	    {"CHECK (char_length(a) <= 255)", "CHECK ((char_length(a) <= 255)) NOT VALID", true},
	    {"CHECK (char_length(a) <= 255)", "CHECK (char_length(a) <= 72)", false},
	    {"CHECK (num_nonnulls(a, b) = 1)", "CHECK (num_nonnulls(a, b) = 2)", false},
	    {"CHECK (a > '-1'::integer)", "CHECK (a > -1)", false},
	    {"CHECK (a > 0)", "CHECK (a > -1)", false},
	    {"CHECK (a > -2)", "CHECK (a > -1)", false},
	    {"CHECK (a > - 2)", "CHECK (a > -2)", true},
	    {"CHECK (a)", "CHECK (b)", false},
	    {"CHECK (a = true)", "CHECK (a = false)", false},
	    {"CHECK (a = true)", "CHECK (a = \"true\")", false},
	    {"CHECK (a = 'x')", "CHECK (a = x)", false},
	    {"CHECK (a = ANY (ARRAY['x'::text]))", "CHECK (a = ANY (ARRAY['x'::character varying]::text[]))", true},
	    {"CHECK (a = ANY (ARRAY['x'::text]))", "CHECK (a = ANY (ARRAY['y'::text]))", false},
	    {"CHECK (pg_catalog.btrim(a) <> '')", "CHECK (btrim(a) <> '')", true},
	    {"CHECK (a::date > b)", "CHECK (a > b)", false},
	    {"CHECK (a IS TRUE)", "CHECK (a IS NOT TRUE)", false},
	    {"CHECK (a AND b)", "CHECK (a OR b)", false},
	    {"FOREIGN KEY (a) REFERENCES public.t(id)", "FOREIGN KEY (a) REFERENCES t(id) NOT VALID", true},
	    {"FOREIGN KEY (a) REFERENCES t(id)", "FOREIGN KEY (a) REFERENCES t(id) ON DELETE CASCADE", false},
	    {"FOREIGN KEY (a) REFERENCES t(id)", "FOREIGN KEY (a) REFERENCES other.t(id)", false},
	    {"FOREIGN KEY (a) REFERENCES t(id)", "FOREIGN KEY (b) REFERENCES t(id)", false},
	    {"PRIMARY KEY (a, b)", "PRIMARY KEY (b, a)", false},
	    {"UNIQUE (a)", "PRIMARY KEY (a)", false},
	    {"UNIQUE (a)", "UNIQUE NULLS NOT DISTINCT (a)", false},
	    {"CHECK (", NULL, false},
	    {"CHECK (a); DROP TABLE t", NULL, false},
	};

	(void)state;
	compare(constraint, pairs, sizeof pairs / sizeof *pairs);
}

static void
indexes(void **state)
{
	static const struct pair pairs[] = {
	    {"CREATE UNIQUE INDEX i ON public.t USING btree (a)", "CREATE UNIQUE INDEX i ON t (a)", true},
	    {"CREATE UNIQUE INDEX i ON t (a)", "CREATE INDEX i ON t (a)", false},
	    {"CREATE UNIQUE INDEX i ON t (a)", "CREATE UNIQUE INDEX i ON t (a) WHERE b", false},
	    {"CREATE UNIQUE INDEX i ON t (a)", "CREATE UNIQUE INDEX i ON t (a DESC)", false},
	    {"CREATE UNIQUE INDEX i ON t (lower((a)::text))", "CREATE UNIQUE INDEX i ON t (lower(a))", true},
	    {"CREATE UNIQUE INDEX i ON t (a) INCLUDE (b)", "CREATE UNIQUE INDEX i ON t (a, b)", false},
	};

	(void)state;
	compare(sql_short_index, pairs, sizeof pairs / sizeof *pairs);
}

static void
types(void **state)
{
	static const struct pair pairs[] = {
	    {"character varying(255)", "varchar(255)", true},
	    {"varchar(255)", "varchar(72)", false},
	    {"bigint", "int8", true},
	    {"timestamp without time zone", "timestamp", true},
	    {"timestamp with time zone", "timestamp", false},
	    {"text[]", "text", false},
	    {"bigint[]", "int8[]", true},
	};

	(void)state;
	compare(sql_short_type, pairs, sizeof pairs / sizeof *pairs);
}

/* In a thread, as sources call it. */
static void *
nest(void *arg)
{
	static const struct {
		const char *open, *middle, *close;
	} shapes[] = {{"1+", "1", ""}, {"(", "1", ")"}, {"NOT ", "true", ""}, {"abs(", "1", ")"}, {"-", "1", ""},
	    {"", "1", "::int"}, {"ARRAY[", "1", "]"}, {"CASE WHEN ", "true", " THEN 1 END"}};
	static const size_t depths[] = {900, 4500, 9000, 23000, 100000};
	struct arena *a = arena_new();
	struct err e;

	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		for (size_t d = 0; d < sizeof depths / sizeof *depths; d++) {
			struct buf b;

			buf_init(&b, (size_t)16 << 20);
			for (size_t k = 0; k < depths[d]; k++)
				buf_add(&b, shapes[i].open);
			buf_add(&b, shapes[i].middle);
			for (size_t k = 0; k < depths[d]; k++)
				buf_add(&b, shapes[i].close);
			(void)sql_short_expression(a, b.p, &e);
			buf_free(&b);
		}
	arena_free(a);
	return arg;
}

static void
depth(void **state)
{
	pthread_attr_t attr;
	pthread_t t;

	(void)state;
	assert_int_equal(pthread_attr_init(&attr), 0);
	assert_int_equal(pthread_attr_setstacksize(&attr, SQL_STACK), 0);
	assert_int_equal(pthread_create(&t, &attr, nest, NULL), 0);
	assert_int_equal(pthread_join(t, NULL), 0);
	(void)pthread_attr_destroy(&attr);
}

static void
count(void *arg, const char *statement, size_t len)
{
	(void)len;
	assert_true(strncmp(statement, "SELECT", 6) == 0);
	++*(int *)arg;
}

static void
splits(void **state)
{
	char dump[] = "-- a comment\n\\restrict x'y\n\nSELECT 1;\n-- another; one\nSELECT 'a;b' ;\n\\unrestrict x\n";
	char broken[] = "SELECT 'x", open[] = "SELECT 1; SELECT (2", last[] = "SELECT 1; SELECT 2";
	struct err e;
	int n = 0;

	(void)state;
	assert_true(sql_split(dump, count, &n, &e));
	assert_int_equal(n, 2);
	assert_false(sql_split(broken, count, &n, &e));
	assert_false(sql_split(open, count, &n, &e));
	n = 0;
	assert_true(sql_split(last, count, &n, &e));
	assert_int_equal(n, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(constraints),
	    cmocka_unit_test(indexes),
	    cmocka_unit_test(types),
	    cmocka_unit_test(splits),
	    cmocka_unit_test(depth),
	};

	if (sql_tree_fault() != NULL) {
		print_message("1..0 # SKIP %s\n", sql_tree_fault());
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
