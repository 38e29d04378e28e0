#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "facts/sql_place.h"

/* In the statement '^' is in front of the place, and is not a part of it. */
static void
names_are_found_as_whole_words(void **state)
{
	static const char *const cases[][2] = {
	    {"no such table: owner", "SELECT m.database AS owner_id FROM m JOIN ^owner ON 1"},
	    {"no such table: owner", "SELECT m.owner, 'owner', my_owner FROM m -- owner\n, ^owner"},
	    {"no such table: owner", "SELECT owner.x FROM ^owner"},
	    {"no such table: main.owner", "SELECT 1 /* FROM owner */ FROM ^owner"},
	    {"no such table: owner", "SELECT a FROM b from_owner JOIN\n\t^OWNER"},
	    {"no such column: id", "SELECT identity, grid, a_id, 'id', ^id FROM m"},
	    {"no such column: t.id", "SELECT s.id, xt.id, id, t.^id FROM t"},
	    {"not authorized", "^SELECT 1"},
	    {"", "^SELECT x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char sql[200];
		size_t n = 0, expected = 0;

		for (const char *p = cases[i][1]; *p != '\0'; p++)
			if (*p == '^')
				expected = n;
			else
				sql[n++] = *p;
		sql[n] = '\0';
		assert_int_equal(sql_place(sql, cases[i][0]), expected);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(names_are_found_as_whole_words)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
