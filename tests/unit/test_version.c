#include "base/version.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int64_t
key(const char *text)
{
	struct version v;
	struct err e;

	if (!version_parse(text, &v, &e))
		fail_msg("expected \"%s\" to be a version: %s", text, e.msg);
	return v.key;
}

static void
reads_versions(void **state)
{
	static const struct {
		const char *text;
		int64_t key;
		int parts;
		const char *edition;
	} good[] = {
	    {"14.10.0", 140100005, 3, NULL},
	    {"14.10", 140100005, 2, NULL},
	    {"18", 180000005, 1, NULL},
	    {"0", 5, 1, NULL},
	    {"0.0.0", 5, 3, NULL},
	    {"999.999.999", 9999999995, 3, NULL},
	    {"14.0.5", 140000055, 3, NULL},
	    {"14.1.8-ee", 140010085, 3, "ee"},
	    {"v17.1.0", 170010005, 3, NULL},
	    {"v17.1.0-ee", 170010005, 3, "ee"},
	    {"17.10.0-rc42-ee", 170100000, 3, "ee"},
	    {"17.10.0-rc42", 170100000, 3, NULL},
	    {"17.10.0+rc42.ee.0", 170100000, 3, "ee"},
	    {"17.10.0~rc42.ce.0", 170100000, 3, "ce"},
	    {"17.10.0-pre", 170100000, 3, NULL},
	    {"17.10.0-pre-ee", 170100000, 3, "ee"},
	    {"15.11.13+ee.0", 150110135, 3, "ee"},
	    {"15.11.13-ee.0", 150110135, 3, "ee"},
	    {"14.0.5-ce.0", 140000055, 3, "ce"},
	    {"14.0.5-ce.12", 140000055, 3, "ce"},
	    {"14.1-ee", 140010005, 2, "ee"},
	};

	(void)state;
	for (size_t i = 0; i < nitems(good); i++) {
		struct version v;
		struct err e;

		if (!version_parse(good[i].text, &v, &e))
			fail_msg("expected \"%s\" to be a version: %s", good[i].text, e.msg);
		if (v.key != good[i].key || v.parts != good[i].parts)
			fail_msg("%s: expected key %lld of %d parts, got %lld of %d", good[i].text,
			    (long long)good[i].key, good[i].parts, (long long)v.key, v.parts);
		if (good[i].edition == NULL)
			assert_null(v.edition);
		else
			assert_string_equal(v.edition, good[i].edition);
	}
}

static void
refuses_what_is_no_version(void **state)
{
	static const struct {
		const char *text, *words;
	} bad[] = {
	    {"", "it is empty"},
	    {" ", "\" \" was not expected"},
	    {"14.1O", "\"14.1O\" is not a version: \"O\" was not expected"},
	    {"l4.1", "\"l4.1\" was not expected"},
	    {"14.", "it ends where a number was expected"},
	    {".14", "\".14\" was not expected"},
	    {"14..1", "\".1\" was not expected"},
	    {"v", "it ends where a number was expected"},
	    {"vv1", "\"v1\" was not expected"},
	    {"V14.1", "\"V14.1\" was not expected"},
	    {"14.1.8.1", "\".1\" was not expected"},
	    {"14.1000", "each number is at most 999"},
	    {"1000", "each number is at most 999"},
	    {"1234567890123456789012345678901234567890", "each number is at most 999"},
	    {"14.1.1234567890123456789012345678901234567890", "each number is at most 999"},
	    {"0000000000000000000000000000000000000014", "leading zero"},
	    {"14.01.0", "leading zero"},
	    {"14.00", "leading zero"},
	    {"-14.1", "\"-14.1\" was not expected"},
	    {"+14", "\"+14\" was not expected"},
	    {"14.-1", "\"-1\" was not expected"},
	    {"14,1", "\",1\" was not expected"},
	    {"14.1 ", "\" \" was not expected"},
	    {" 14.1", "\" 14.1\" was not expected"},
	    {"14.1\n", "a line break was not expected"},
	    {"14.1.x", "\"x\" was not expected"},
	    {"14.1.8-", "\"-\" was not expected"},
	    {"14.1.8-eex", "\"x\" was not expected"},
	    {"14.1.8ee", "\"ee\" was not expected"},
	    {"14.1.8.ee", "\".ee\" was not expected"},
	    {"14.1.8-EE", "\"-EE\" was not expected"},
	    {"14.1.8-ee-ce", "\"-ce\" was not expected"},
	    {"14.1.8-ee.", "\".\" was not expected"},
	    {"14.1.8-ee.0.1", "\".1\" was not expected"},
	    {"14.1.8-0", "\"-0\" was not expected"},
	    {"17.10.0-prefix", "\"fix\" was not expected"},
	    {"17.10.0-ee-rc1", "\"-rc1\" was not expected"},
	    {"17.10.0-beta1", "\"-beta1\" was not expected"},
	    {"0x10", "\"x10\" was not expected"},
	    {"1e3", "\"e3\" was not expected"},
	    {"latest", "\"latest\" was not expected"},
	    {"\xD9\xA1\xD9\xA4", "was not expected"},
	    {"\x1B[2J14", "\"<U+001B>[2J14\" is not a version"},
	};

	(void)state;
	for (size_t i = 0; i < nitems(bad); i++) {
		struct version v;
		struct err e;

		if (version_parse(bad[i].text, &v, &e))
			fail_msg("expected \"%s\" to be refused, got %lld", bad[i].text, (long long)v.key);
		if (strstr(e.msg, bad[i].words) == NULL)
			fail_msg("\"%s\": expected \"%s\" in: %s", bad[i].text, bad[i].words, e.msg);
		if (strstr(e.msg, "write it like 14.1.8") == NULL)
			fail_msg("\"%s\": expected an example in: %s", bad[i].text, e.msg);
		assert_null(e.at.file);
	}
}

static void
refuses_a_long_text_with_a_short_message(void **state)
{
	char text[100000];
	struct version v;
	struct err e;

	(void)state;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	assert_false(version_parse(text, &v, &e));
	assert_true(strlen(e.msg) < 300);
	assert_non_null(strstr(e.msg, "write it like"));
}

static void
orders_versions(void **state)
{
	static const char *const ascending[] = {
	    "0.0.1",
	    "8.17.8",
	    "9.0.0",
	    "13.12.15",
	    "14.0.0-pre",
	    "14.0.0",
	    "14.0.12",
	    "14.1.0-rc1",
	    "14.1",
	    "14.1.8-ee",
	    "14.2.0",
	    "14.9.5",
	    "14.10.0-rc42-ee",
	    "14.10.0",
	    "14.10.5",
	    "15",
	    "15.0.1",
	    "15.11.13+ee.0",
	    "16.0.0-pre",
	    "16",
	    "17.1.0",
	    "17.11.7",
	    "18.0.0",
	    "18.5.2",
	    "100.0.0",
	    "999.999.999",
	};

	(void)state;
	for (size_t i = 0; i < nitems(ascending); i++)
		for (size_t j = 0; j < nitems(ascending); j++)
			if ((key(ascending[i]) < key(ascending[j])) != (i < j))
				fail_msg("expected %s %s %s", ascending[i], i < j ? "<" : ">=", ascending[j]);
	assert_int_equal(key("14.10"), key("v14.10.0-ee.0"));
	assert_int_equal(key("14.10.0-pre"), key("14.10.0-rc1-ce"));
}

static void
writes_versions(void **state)
{
	static const char *const same[] = {
	    "0.0.0",
	    "14.10.0",
	    "14.1.8",
	    "9.5.10",
	    "17.10.0-pre",
	    "18.0.0",
	    "999.999.999",
	};
	char out[VERSION_TEXT];

	(void)state;
	for (size_t i = 0; i < nitems(same); i++)
		assert_string_equal(version_text(key(same[i]), out), same[i]);
	assert_string_equal(version_text(key("17.10.0-rc42-ee"), out), "17.10.0-pre");
	assert_string_equal(version_text(key("14"), out), "14.0.0");
	assert_string_equal(version_minor_text(key("14.10.5"), out), "14.10");
	assert_string_equal(version_minor_text(key("18.0.0-pre"), out), "18.0");
	assert_ptr_equal(version_text(INT64_MAX, out), out);
	assert_ptr_equal(version_text(INT64_MIN, out), out);
	for (int64_t n = 0; n < 1000000000; n += 999983) { /* all digits in turn */
		assert_int_equal(key(version_text(n * 10 + 5, out)), n * 10 + 5);
		assert_int_equal(key(version_text(n * 10, out)), n * 10);
	}
}

static void
knows_minors_and_pre_releases(void **state)
{
	(void)state;
	assert_int_equal(version_minor(key("14.10.5")), key("14.10.0"));
	assert_int_equal(version_minor(key("14.10.0-pre")), key("14.10.0"));
	assert_int_equal(version_minor(key("14.9.999")), key("14.9.0"));
	assert_int_not_equal(version_minor(key("14.1.0")), version_minor(key("14.10.0")));
	assert_true(version_is_pre(key("14.10.0-rc42-ee")));
	assert_false(version_is_pre(key("14.10.0")));
	assert_false(version_is_pre(key("14.10.10")));
}

static void
asks_ranges(void **state)
{
	static const struct {
		const char *range, *in, *out; /* versions, separated by blanks */
	} good[] = {
	    {">=14.1", "14.1.0 14.1.8 14.10.0 15.0.0", "14.0.12 14.1.0-pre 9.9.9"},
	    {"<14.0.5", "14.0.4 13.12.15 14.0.5-rc1", "14.0.5 14.1.0"},
	    {">=14.0 <14.0.5", "14.0.0 14.0.4", "13.12.15 14.0.5 14.1.0"},
	    {">=14.0,<14.0.5", "14.0.0 14.0.4", "13.12.15 14.0.5"},
	    {" >= 14.0 , < 14.0.5 ", "14.0.0 14.0.4", "13.12.15 14.0.5"},
	    {"=14.1", "14.1.0 14.1.8 14.1.999 14.1.0-pre", "14.0.12 14.10.0 14.2.0-pre 14.2.0"},
	    {"=14", "14.0.0 14.10.5 14.0.0-pre", "13.12.15 15.0.0-pre 15.0.0"},
	    {"=14.1.8", "14.1.8", "14.1.7 14.1.9 14.1.8-rc1"},
	    {"=14.1.0-pre", "14.1.0-rc1", "14.1.0 14.0.9"},
	    {"=14.1-pre", "14.1.0-rc1", "14.1.0 14.1.1"},
	    {">14.1.8", "14.1.9 14.2.0", "14.1.8 14.1.0"},
	    {"<=14.1.8", "14.1.8 14.1.0 13.0.0", "14.1.9 14.2.0"},
	    {"<14.0.5||>=15.0", "14.0.4 15.0.0", "14.0.5 14.10.0"},
	    {">=14.0 <14.0.5 || >=14.1 <14.1.2 || =15.0.1", "14.0.4 14.1.1 15.0.1", "14.0.5 14.1.2 15.0.0"},
	    {">=14.1 <15 >=14.5", "14.5.0 14.10.0", "14.4.5 15.0.0"},
	};

	(void)state;
	for (size_t i = 0; i < nitems(good); i++) {
		struct err e;
		char words[128], *save, *w;

		if (!version_range_check(good[i].range, &e))
			fail_msg("expected no fault: %s", e.msg);
		(void)snprintf(words, sizeof words, "%s", good[i].in);
		for (w = strtok_r(words, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
			if (!version_in(key(w), good[i].range))
				fail_msg("expected %s in \"%s\"", w, good[i].range);
		(void)snprintf(words, sizeof words, "%s", good[i].out);
		for (w = strtok_r(words, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
			if (version_in(key(w), good[i].range))
				fail_msg("expected %s not in \"%s\"", w, good[i].range);
	}
}

static void
finds_edges(void **state)
{
	static const struct {
		const char *range, *edges;
	} cases[] = {
	    {">=14.1 <15", " 14.0.99 14.1.0 14.99.99 15.0.0"},
	    {"<14.0.5", " 14.0.4 14.0.5"},
	    {">15.11.3", " 15.11.3 15.11.4"},
	    {"<=16.0.5", " 16.0.5 16.0.6"},
	    {"=14.1", " 14.0.99 14.1.0 14.1.99 14.2.0"},
	    {"=14", " 13.99.99 14.0.0 14.99.99 15.0.0"},
	    {"=15.0.0", " 14.99.99 15.0.0 15.0.1"},
	    {"<14.1 || >=14.1 <15", " 14.0.99 14.1.0 14.99.99 15.0.0"},
	    {"14.1", ""},
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		char got[200] = "", text[VERSION_TEXT];
		int64_t edges[8];
		size_t n = version_range_edges(cases[i].range, edges, nitems(edges));

		for (size_t k = 0; k < n; k++) {
			(void)strcat(got, " ");
			(void)strcat(got, version_text(edges[k], text));
		}
		assert_string_equal(got, cases[i].edges);
	}
	assert_int_equal(version_range_edges(">=14.1 <15", (int64_t[1]){0}, 1), 1);
	assert_int_equal(version_after(key("14.99.99")), key("15.0.0"));
	assert_int_equal(version_after(key("14.0.5-pre")), key("14.0.5"));
	assert_int_equal(version_before(key("14.0.0")), key("13.99.99"));
}

static void
refuses_ranges(void **state)
{
	static const struct {
		const char *range, *words;
	} bad[] = {
	    {"", "each term begins with"},
	    {" ", "each term begins with"},
	    {",", "each term begins with"},
	    {"14.1", "each term begins with"},
	    {"14.1 - 15", "each term begins with"},
	    {"~>14.1", "each term begins with"},
	    {"!=14.1", "each term begins with"},
	    {"==14.1", "\"=14.1\" is not a version"},
	    {">= ", "it is empty"},
	    {">=14.1 ||", "each term begins with"},
	    {"|| >=14.1", "each term begins with"},
	    {">=14.1 || || <13.0", "each term begins with"},
	    {">=14.1|<13.0", "each term begins with"},
	    {">=14.1 | <13.0", "each term begins with"},
	    {">=14.1<15", "\"<15\" was not expected"},
	    {"=>14.1", "\">14.1\" is not a version"},
	    {">14.1", "> needs three numbers"},
	    {"<=14.1", "<= needs three numbers"},
	    {">14", "> needs three numbers"},
	    {">=14.1O", "\"O\" was not expected"},
	    {">=14.1 <", "it is empty"},
	    {">=14.1 and <15", "each term begins with"},
	    {">=14.1.8-ee", "cannot ask for an edition (14.1.8-ee)"},
	    {">=15 <14", "exclude each other"},
	    {"=14.1 =14.2", "exclude each other"},
	    {">14.1.8 <=14.1.8", "exclude each other"},
	    {"=14.1.8 || >=15 <15.0.0", "exclude each other"},
	    {">=14.1 || >=x", "\"x\" was not expected"},
	    {">=14.1\n", "was not expected"},
	    {">=1234567890123456789012345678901234567890123456789012345678901234567890", "a version of 70 bytes"},
	};

	(void)state;
	for (size_t i = 0; i < nitems(bad); i++) {
		struct err e;

		if (version_range_check(bad[i].range, &e))
			fail_msg("expected \"%s\" to be refused", bad[i].range);
		if (strstr(e.msg, bad[i].words) == NULL || strncmp(e.msg, "the range \"", 11) != 0)
			fail_msg("\"%s\": expected the range and \"%s\" in: %s", bad[i].range, bad[i].words, e.msg);
		for (int64_t k = 0; k < 1000000000; k += 49999995)
			assert_false(version_in(k, bad[i].range));
	}
	assert_false(version_in(key("14.1.8"), ">=14.1 || >=x"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_versions),
	    cmocka_unit_test(refuses_what_is_no_version),
	    cmocka_unit_test(refuses_a_long_text_with_a_short_message),
	    cmocka_unit_test(orders_versions),
	    cmocka_unit_test(writes_versions),
	    cmocka_unit_test(knows_minors_and_pre_releases),
	    cmocka_unit_test(asks_ranges),
	    cmocka_unit_test(finds_edges),
	    cmocka_unit_test(refuses_ranges),
	};

	return cmocka_run_group_tests_name("version", tests, NULL, NULL);
}
