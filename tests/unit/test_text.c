#include "base/text.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include <cmocka.h>

#define ROUNDS 20000

static uint32_t
any(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void
leaves_honest_text_alone(void **state)
{
	static const char *const honest[] = {
	    "",
	    "a",
	    "CopyColumnUsingBackgroundMigrationJob",
	    "[[\"id\"],[\"id_to_bigint\"]]",
	    "Gr\xC3\xB6\xC3\x9F"
	    "e",
	    "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E",
	    "\xF0\x9F\xA6\x8A",
	    "\xED\x9F\xBF",
	    "\xEE\x80\x80",
	    "\xEF\xBF\xBD",
	    "\xF4\x8F\xBF\xBD",
	    "\xC2\xA0",
	    "a  b",
	    "<U+0041>",
	    "\\x41",
	    "&<>\"'`$!",
	    "\xD7\xA9\xD7\x9C",
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < nitems(honest); i++)
		assert_string_equal(text_clean(a, honest[i], strlen(honest[i]), 1000), honest[i]);
	arena_free(a);
}

static void
shows_hostile_text(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *shown;
	} hostile[] = {
#define ROW(text, shown) {text, sizeof(text) - 1, shown}
	    ROW("\x1B[2J", "<U+001B>[2J"),
	    ROW("\x1B]52;c;aGk=\x07", "<U+001B>]52;c;aGk=<U+0007>"),
	    ROW("\x1B]8;;http://x\x1B\\y", "<U+001B>]8;;http://x<U+001B>\\y"),
	    ROW("\x1B]0;title\x9C", "<U+001B>]0;title\\x9C"),
	    ROW("a\0b", "a<U+0000>b"),
	    ROW("a\nb\r\n\tc", "a<U+000A>b<U+000D><U+000A><U+0009>c"),
	    ROW("a\b\x7F", "a<U+0008><U+007F>"),
	    ROW("\xC2\x9B"
		"31m",
		"<U+009B>31m"),
	    ROW("\xC2\x85", "<U+0085>"),
	    ROW("\x9B"
		"31m",
		"\\x9B31m"),
	    ROW("user\xE2\x80\xAEgnp", "user<U+202E>gnp"),
	    ROW("\xE2\x81\xA6x\xE2\x81\xA9", "<U+2066>x<U+2069>"),
	    ROW("\xD8\x9C\xE2\x80\x8E\xE2\x80\x8F", "<U+061C><U+200E><U+200F>"),
	    ROW("a\xE2\x80\x8B"
		"b\xE2\x80\x8D"
		"c",
		"a<U+200B>b<U+200D>c"),
	    ROW("\xEF\xBB\xBF"
		"a",
		"<U+FEFF>a"),
	    ROW("\xE2\x80\xA8\xE2\x80\xA9", "<U+2028><U+2029>"),
	    ROW("\xF3\xA0\x81\x81\xF3\xA0\x81\xBF", "<U+E0041><U+E007F>"),
	    ROW("\xC2\xAD\xCD\x8F\xE3\x85\xA4", "<U+00AD><U+034F><U+3164>"),
	    ROW("a\xEF\xB8\x8F", "a<U+FE0F>"),
	    ROW("\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xB7\x90", "<U+FFFE><U+FFFF><U+FDD0>"),
	    ROW("\xF4\x8F\xBF\xBF", "<U+10FFFF>"),
	    ROW("\xFF\xFE", "\\xFF\\xFE"),
	    ROW("\xC3(", "\\xC3("),
	    ROW("\xE2\x82", "\\xE2\\x82"),
	    ROW("\xE2\x82"
		"a",
		"\\xE2\\x82a"),
	    ROW("a\xF0\x9F\xA6", "a\\xF0\\x9F\\xA6"),
	    ROW("\x80\xBF", "\\x80\\xBF"),
	    ROW("\xC0\xAF", "\\xC0\\xAF"),
	    ROW("\xC1\xBF", "\\xC1\\xBF"),
	    ROW("\xE0\x80\xAF", "\\xE0\\x80\\xAF"),
	    ROW("\xF0\x80\x80\xAF", "\\xF0\\x80\\x80\\xAF"),
	    ROW("\xED\xA0\x80", "\\xED\\xA0\\x80"),
	    ROW("\xED\xBF\xBF", "\\xED\\xBF\\xBF"),
	    ROW("\xED\xA0\xBD\xED\xB8\x80", "\\xED\\xA0\\xBD\\xED\\xB8\\x80"),
	    ROW("\xF4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"),
	    ROW("\xF5\x80\x80\x80", "\\xF5\\x80\\x80\\x80"),
	    ROW("\xF8\x88\x80\x80\x80", "\\xF8\\x88\\x80\\x80\\x80"),
#undef ROW
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < nitems(hostile); i++)
		assert_string_equal(text_clean(a, hostile[i].text, hostile[i].len, 1000), hostile[i].shown);
	arena_free(a);
}

static void
cuts_between_characters(void **state)
{
	const char *text = "a\xC3\xBC\xF0\x9F\xA6\x8A\x1B"
			   "b"; /* 1, 2, 4, 8 and 1 bytes */
	static const char *const cut[] = {
	    "...",
	    "a...",
	    "a...",
	    "a\xC3\xBC...",
	    "a\xC3\xBC...",
	    "a\xC3\xBC...",
	    "a\xC3\xBC...",
	    "a\xC3\xBC\xF0\x9F\xA6\x8A...",
	    "a\xC3\xBC\xF0\x9F\xA6\x8A...",
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t max = 0; max < nitems(cut); max++)
		assert_string_equal(text_clean(a, text, strlen(text), max), cut[max]);
	assert_string_equal(text_clean(a, text, strlen(text), 15), "a\xC3\xBC\xF0\x9F\xA6\x8A<U+001B>...");
	assert_string_equal(text_clean(a, text, strlen(text), 16), "a\xC3\xBC\xF0\x9F\xA6\x8A<U+001B>b");
	assert_string_equal(text_clean(a, "abc", 3, 3), "abc");
	assert_string_equal(text_clean(a, "", 0, 0), "");
	assert_string_equal(text_clean(a, "abc", 2, SIZE_MAX), "ab");
	arena_free(a);
}

/* Every code point passes or is shown by its number; no control character passes. */
static void
knows_every_code_point(void **state)
{
	struct arena *a = arena_new();
	unsigned shown = 0;
	char bytes[8], token[16];

	(void)state;
	for (uint32_t c = 0; c <= 0x10FFFF; c++) {
		mbstate_t mb = {0};
		size_t n = c >= 0xD800 && c < 0xE000 ? 0 : wcrtomb(bytes, (wchar_t)c, &mb);
		const char *got;

		if (n == 0 || n == (size_t)-1)
			continue;
		if (arena_bytes(a) > 1000000) {
			arena_free(a);
			a = arena_new();
		}
		got = text_clean(a, bytes, n, 100);
		(void)snprintf(token, sizeof token, "<U+%04X>", (unsigned)c);
		if (strcmp(got, token) == 0) {
			shown++;
			assert_false(c >= 0x20 && c < 0x7F);
		} else if (strlen(got) != n || memcmp(got, bytes, n) != 0) {
			fail_msg("expected U+%04X itself or %s, got \"%s\"", (unsigned)c, token, got);
		} else if (iswcntrl((wint_t)c)) {
			fail_msg("U+%04X is a control character and passed", (unsigned)c);
		}
	}
	/* U+E0000 to U+E0FFF, controls, noncharacters, and the single ones of the table */
	assert_int_equal(shown, 4096 + 65 + 66 + 83);
	arena_free(a);
}

static void
check_clean(struct arena *a, const char *raw, size_t len, size_t max)
{
	const char *whole = text_clean(a, raw, len, SIZE_MAX), *part = text_clean(a, raw, len, max);
	size_t n = strlen(part);

	if (mbstowcs(NULL, whole, 0) == (size_t)-1 || mbstowcs(NULL, part, 0) == (size_t)-1)
		fail_msg("no UTF-8: \"%s\" or \"%s\"", whole, part);
	for (const char *p = whole; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7F || strncmp(p, "\xE2\x80\xAE", 3) == 0)
			fail_msg("a control character in \"%s\"", whole);
	assert_string_equal(text_clean(a, whole, strlen(whole), SIZE_MAX), whole);
	if (strcmp(part, whole) == 0) {
		assert_true(n <= max);
		return;
	}
	assert_true(n <= max + 3 && n >= 3);
	assert_string_equal(part + n - 3, "...");
	assert_memory_equal(part, whole, n - 3);
	assert_true(n - 3 + strlen("<U+10FFFF>") > max); /* as much as fits */
}

static void
cleans_random_bytes(void **state)
{
	static const char *const bits[] = {
	    "\x1B",
	    "\xE2\x80\xAE",
	    "\xED\xA0\x80",
	    "\xC3\xBC",
	    "\xF0\x9F\xA6\x8A",
	    "a",
	    "\xC2",
	    "\xE2\x80",
	    "\n",
	    "\xF3\xA0\x80\x81",
	    "\xFF",
	    "<U+",
	    "\\x",
	    " ",
	};
	uint32_t seed = 4711;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct arena *a = arena_new();
		char raw[64];
		size_t len = 0;

		for (uint32_t n = any(&seed) % 12; n > 0; n--) {
			const char *bit = bits[any(&seed) % nitems(bits)];

			if (any(&seed) % 4 == 0) {
				raw[len++] = (char)any(&seed);
			} else {
				memcpy(raw + len, bit, strlen(bit));
				len += strlen(bit);
			}
		}
		check_clean(a, raw, len, any(&seed) % 70);
		arena_free(a);
	}
}

static void
cleans_into_a_field(void **state)
{
	static const struct {
		size_t size;
		const char *text, *shown;
	} cases[] = {
	    {20, "FATAL:  no\n", "FATAL:  no"},
	    {20, "a\r\n\n", "a"},
	    {30, "a\nb\n", "a<U+000A>b"},
	    {30, "a b ", "a b "},
	    {30, "\n\r\n", ""},
	    {9, "\x1B", "<U+001B>"},
	    {9, "\x1Bx", "..."},
	    {10, "\x1Bx", "<U+001B>x"},
	    {12, "\x1Bwxyz", "<U+001B>..."},
	    {6, "abcde", "abcde"},
	    {6, "abcdef", "ab..."},
	    {6,
		"ab\xC3\xBC"
		"f",
		"ab\xC3\xBC"
		"f"},
	    {6, "a\xC3\xBC\xC3\xBC", "a\xC3\xBC\xC3\xBC"},
	    {6,
		"a\xC3\xBC\xC3\xBC"
		"f",
		"a..."},
	    {5, "abcdef", "a..."},
	    {4, "abcdef", "..."},
	    {3, "abcdef", "ab"},
	    {2, "abcdef", "a"},
	    {2, "\xC3\xBC", ""},
	    {1, "abcdef", ""},
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		memset(out, 'X', sizeof out);
		text_clean_into(out, cases[i].size, cases[i].text);
		assert_string_equal(out, cases[i].shown);
		assert_int_equal(out[cases[i].size], 'X');
	}
	out[0] = 'X';
	text_clean_into(out, 0, "a");
	assert_int_equal(out[0], 'X');
}

static void
writes_times(void **state)
{
	static const struct {
		int64_t us;
		const char *text;
	} times[] = {
	    {0, "1970-01-01T00:00:00Z"},
	    {999999, "1970-01-01T00:00:00Z"},
	    {-1, "1969-12-31T23:59:59Z"},
	    {-1000000, "1969-12-31T23:59:59Z"},
	    {-1000001, "1969-12-31T23:59:58Z"},
	    {951782399999999, "2000-02-28T23:59:59Z"},
	    {951782400000000, "2000-02-29T00:00:00Z"},
	    {1795383600000000, "2026-11-22T21:40:00Z"},
	    {-62135596800000000, "0001-01-01T00:00:00Z"},
	    {253402300799000000, "9999-12-31T23:59:59Z"},
	    {INT64_MAX, "294247-01-10T04:00:54Z"},
	    {INT64_MIN, "-290308-12-21T19:59:05Z"},
	};
	char out[TIME_TEXT];

	(void)state;
	for (size_t i = 0; i < nitems(times); i++)
		assert_string_equal(text_time(times[i].us, out), times[i].text);
}

static void
writes_durations_and_counts(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} spans[] = {
	    {0, "0 s"},
	    {1, "1 s"},
	    {40, "40 s"},
	    {59, "59 s"},
	    {60, "1 min"},
	    {119, "1 min"},
	    {120, "2 min"},
	    {3599, "59 min"},
	    {3600, "1 h"},
	    {18000, "5 h"},
	    {86399, "23 h"},
	    {86400, "1 day"},
	    {172799, "1 day"},
	    {172800, "2 days"},
	    {86400000, "1000 days"},
	    {-5, "0 s"},
	};
	static const struct {
		int64_t n;
		const char *text;
	} counts[] = {
	    {0, "0"},
	    {7, "7"},
	    {999, "999"},
	    {1000, "1,000"},
	    {-999, "-999"},
	    {-1000, "-1,000"},
	    {1234567, "1,234,567"},
	    {100000, "100,000"},
	    {-100000, "-100,000"},
	    {INT64_MAX, "9,223,372,036,854,775,807"},
	    {INT64_MIN, "-9,223,372,036,854,775,808"},
	};
	char out[TIME_TEXT];

	(void)state;
	for (size_t i = 0; i < nitems(spans); i++)
		assert_string_equal(text_duration(spans[i].seconds * 1000000, out), spans[i].text);
	assert_string_equal(text_duration(999999, out), "0 s");
	assert_string_equal(text_duration(1999999, out), "1 s");
	assert_string_equal(text_duration(INT64_MIN, out), "0 s");
	assert_string_equal(text_duration(INT64_MAX, out), "106751991 days");
	for (size_t i = 0; i < nitems(counts); i++)
		assert_string_equal(text_count(counts[i].n, out), counts[i].text);
}

static void
quotes_shell_words(void **state)
{
	static const char *const words[][2] = {
	    {"gitlab-rake", "gitlab-rake"},
	    {"/var/opt/gitlab", "/var/opt/gitlab"},
	    {"a=b", "a=b"},
	    {"--name=value", "--name=value"},
	    {"gitlab-ee=14.1.8-ee.0", "gitlab-ee=14.1.8-ee.0"},
	    {"user@host:1,2+3%", "user@host:1,2+3%"},
	    {"", "''"},
	    {"=ls", "'=ls'"},
	    {"a==ls", "'a==ls'"},
	    {"a:=ls", "'a:=ls'"},
	    {"~", "'~'"},
	    {"a=~", "'a=~'"},
	    {"a b", "'a b'"},
	    {"it's", "'it'\\''s'"},
	    {"''", "''\\'''\\'''"},
	    {"!x", "'!x'"},
	    {"$x`y`\\z", "'$x`y`\\z'"},
	    {"[a]", "'[a]'"},
	    {"a*", "'a*'"},
	    {"#a", "'#a'"},
	    {"a^b", "'a^b'"},
	    {"{a,b}", "'{a,b}'"},
	    {"\xC3\xBC", "'\xC3\xBC'"},
	};
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	for (size_t i = 0; i < nitems(words); i++) {
		buf_reset(&b);
		text_shell_word(&b, words[i][0]);
		assert_string_equal(b.p, words[i][1]);
	}
	buf_free(&b);
}

static void
quotes_rake_arguments(void **state)
{
	static const char *const values[][2] = {
	    {"id", "id"},
	    {"[[\"id\"],[\"id_to_bigint\"]]", "[[\"id\"]\\,[\"id_to_bigint\"]]"},
	    {"[null,\"up\"]", "[null\\,\"up\"]"},
	    {"a\\b", "a\\\\b"},
	    {"\\,", "\\\\\\,"},
	    {" a b ", "\\ a b\\ "},
	    {"  ", "\\ \\ "},
	    {" ", "\\ "},
	    {"", " "},
	    {"]", "]"},
	    {"\xC3\xBC", "\xC3\xBC"},
	};
	static const char *const impossible[] = {
	    "a\nb",
	    "\n",
	    "a\r",
	    "\t",
	    "\x1B",
	    "\x7F",
	    "\xC2\x9B",
	    "\xFF",
	    "a\xC3",
	};
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	for (size_t i = 0; i < nitems(values); i++) {
		buf_reset(&b);
		assert_true(text_rake_argument(&b, values[i][0]));
		assert_string_equal(b.p, values[i][1]);
	}
	buf_reset(&b);
	for (size_t i = 0; i < nitems(impossible); i++)
		assert_false(text_rake_argument(&b, impossible[i]));
	assert_string_equal(b.p, "");
	buf_free(&b);
}

static void
quotes_ruby_strings(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	text_ruby_string(&b, "it's #{x} \\n \"y\" \\");
	assert_string_equal(b.p, "it\\'s #{x} \\\\n \"y\" \\\\");
	buf_free(&b);
}

static void
computes_sha256(void **state)
{
	static const char *const known[][2] = {
	    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};
	struct sha256 *h = sha256_new();
	const char *million = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
	char out[65], a1000[1000];

	(void)state;
	for (size_t i = 0; i < nitems(known); i++) {
		sha256_hex(known[i][0], strlen(known[i][0]), out);
		assert_string_equal(out, known[i][1]);
	}
	memset(a1000, 'a', sizeof a1000);
	for (size_t i = 0; i < 1000; i++) { /* a million in uneven pieces */
		sha256_add(h, a1000, i);
		sha256_add(h, a1000, 0);
		sha256_add(h, a1000, 1000 - i);
	}
	sha256_end(h, out);
	assert_string_equal(out, million);
}

static void
sorts_numbers_in_names(void **state)
{
	static const char *const sorted[] = {
	    "", "a", "t", "t0", "t1", "t01", "t2", "t9", "t10", "t10a", "t10b2", "t10b11", "u"};

	(void)state;
	for (size_t i = 0; i < nitems(sorted); i++)
		for (size_t k = 0; k < nitems(sorted); k++) {
			int c = text_natural(sorted[i], strlen(sorted[i]), sorted[k], strlen(sorted[k]));

			if ((c > 0) - (c < 0) != (i > k) - (i < k))
				fail_msg("%s and %s: %d", sorted[i], sorted[k], c);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(leaves_honest_text_alone),
	    cmocka_unit_test(shows_hostile_text),
	    cmocka_unit_test(cuts_between_characters),
	    cmocka_unit_test(knows_every_code_point),
	    cmocka_unit_test(cleans_random_bytes),
	    cmocka_unit_test(cleans_into_a_field),
	    cmocka_unit_test(writes_times),
	    cmocka_unit_test(writes_durations_and_counts),
	    cmocka_unit_test(quotes_shell_words),
	    cmocka_unit_test(quotes_rake_arguments),
	    cmocka_unit_test(quotes_ruby_strings),
	    cmocka_unit_test(sorts_numbers_in_names),
	    cmocka_unit_test(computes_sha256),
	};

	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
		(void)puts("1..0 # SKIP no locale C.UTF-8 to compare with");
		return 0;
	}
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
