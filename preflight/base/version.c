/*
 * Parses version numbers and version ranges, and maps a version to the integer that rules compare. Which releases
 * exist is data in rules/path.yml, not here.
 */
#include "base/version.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define PART_MAX 999
#define WORD_MAX 63                 /* bytes of one version inside a range */
#define SHOWN 64                    /* bytes of foreign text in a message, NUL included */
#define MINOR_STEP ((int64_t)10000) /* from the key of one minor to that of the next */
#define MAJOR_STEP (1000 * MINOR_STEP)
#define LAST INT64_C(99) /* of the patches of a minor, and of the minors of a major, as far as edges go */

/* Keys from `least` up to, not including, `end`: a term, and an alternative of joined terms. */
struct version_span {
	int64_t least, end;
};
static const struct version_span everything = {INT64_MIN, INT64_MAX};

PRINTF(3, 4) static bool refuse(struct err *e, const char *text, const char *fmt, ...)
{
	char shown[SHOWN], why[SHOWN * 2];
	va_list ap;

	text_clean_into(shown, sizeof shown, text);
	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	return fail(e, NOWHERE,
	    "\"%s\" is not a version: %s; write it like 14.1.8, 14.10 or "
	    "17.10.0-ee",
	    shown, why);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
unexpected(struct err *e, const char *text, const char *rest)
{
	char shown[SHOWN];

	if (*rest == '\0')
		return refuse(e, text, "it ends where a number was expected");
	if (*rest == '\n' || *rest == '\r')
		return refuse(e, text, "a line break was not expected");
	text_clean_into(shown, SHOWN / 2, rest);
	return refuse(e, text, "\"%s\" was not expected", shown);
}

/* A leading zero is refused: 15.03 may mean 15.3, and GitLab writes none. */
static bool
read_part(const char *text, const char **p, int64_t *part, struct err *e)
{
	const char *first = *p;

	if (!is_digit(*first))
		return unexpected(e, text, first);
	for (*part = 0; is_digit(**p); (*p)++) {
		*part = *part * 10 + (**p - '0');
		if (*part > PART_MAX)
			return refuse(e, text, "each number is at most %d", PART_MAX);
	}
	if (*first == '0' && *p - first > 1)
		return refuse(e, text, "a number has a leading zero");
	return true;
}

/* Steps over one of the words that may stand behind the separators, or stays and returns NULL. */
static const char *
take_word(const char **p, const char *separators, const char *const *words, size_t n)
{
	if (**p == '\0' || strchr(separators, **p) == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(words[i]);

		if (strncmp(*p + 1, words[i], len) == 0) {
			*p += 1 + len;
			return words[i];
		}
	}
	return NULL;
}

/* "-rc42-ee", "+ee.0", "~rc42.ee.0", "-pre": first what is not released, then the edition. */
static bool
read_suffix(const char *text, const char *p, bool *pre, const char **edition, struct err *e)
{
	static const char *const early[] = {"pre", "rc"}, *const editions[] = {"ee", "ce"};
	const char *start = p, *word = take_word(&p, "-+~", early, nitems(early));

	*pre = word != NULL;
	if (word != NULL && strcmp(word, "rc") == 0)
		p += strspn(p, "0123456789");
	*edition = take_word(&p, word != NULL ? "-+~." : "-+~", editions, nitems(editions));
	if (*edition != NULL && p[0] == '.' && is_digit(p[1])) /* revision of the package */
		p += 1 + strspn(p + 1, "0123456789");
	return *p == '\0' ? true : unexpected(e, text, *edition == NULL && !*pre ? start : p);
}

bool
version_parse(const char *text, struct version *v, struct err *e)
{
	const char *p = text + (text[0] == 'v' ? 1 : 0);
	int64_t parts[3] = {0};
	bool pre;

	*v = (struct version){0};
	if (*text == '\0')
		return refuse(e, text, "it is empty");
	for (bool more = true; more; p += more ? 1 : 0) {
		if (!read_part(text, &p, &parts[v->parts++], e))
			return false;
		more = *p == '.' && v->parts < 3;
	}
	if (!read_suffix(text, p, &pre, &v->edition, e))
		return false;
	v->key = (parts[0] * 1000000 + parts[1] * 1000 + parts[2]) * 10 + (pre ? 0 : 5);
	return true;
}

char *
version_text(int64_t key, char *out)
{
	int64_t n = key / 10;

	(void)snprintf(out, VERSION_TEXT, "%lld.%lld.%lld%s", (long long)(n / 1000000), (long long)(n / 1000 % 1000),
	    (long long)(n % 1000), version_is_pre(key) ? "-pre" : "");
	return out;
}

char *
version_minor_text(int64_t key, char *out)
{
	int64_t n = key / 10000;

	(void)snprintf(out, VERSION_TEXT, "%lld.%lld", (long long)(n / 1000), (long long)(n % 1000));
	return out;
}

int64_t
version_minor(int64_t key)
{
	return key / MINOR_STEP * MINOR_STEP + 5;
}

int64_t
version_next_minor(int64_t key)
{
	return version_minor(key) + MINOR_STEP;
}

int64_t
version_major(int64_t key)
{
	return key / MAJOR_STEP;
}

bool
version_is_pre(int64_t key)
{
	return key % 10 == 0;
}

/* "=14.1" holds for all of 14.1 with its pre-releases, "=14" for all of 14. */
static struct version_span
equal_to(const struct version *v)
{
	int64_t whole = v->parts == 1 ? 1000 * MINOR_STEP : MINOR_STEP;

	if (v->parts == 3 || version_is_pre(v->key))
		return (struct version_span){v->key, v->key + 1};
	return (struct version_span){v->key - 5, v->key - 5 + whole};
}

static bool
span_of(const char *op, const struct version *v, struct version_span *out, struct err *e)
{
	*out = everything;
	if (strcmp(op, "=") == 0)
		*out = equal_to(v);
	else if (strcmp(op, ">=") == 0)
		out->least = v->key;
	else if (strcmp(op, "<") == 0)
		out->end = v->key;
	else if (v->parts < 3)
		return fail(e, NOWHERE,
		    "%s needs three numbers (14.1.8), because with two it is unclear "
		    "which patches are meant; or use >= or <",
		    op);
	else if (strcmp(op, ">") == 0)
		out->least = v->key + 1;
	else
		out->end = v->key + 1;
	return true;
}

static const char *
read_operator(const char **p)
{
	static const char *const operators[] = {">=", "<=", ">", "<", "="};

	for (size_t i = 0; i < nitems(operators); i++) {
		size_t len = strlen(operators[i]);

		if (strncmp(*p, operators[i], len) == 0) {
			*p += len + strspn(*p + len, " ");
			return operators[i];
		}
	}
	return NULL;
}

static bool
read_term(const char **p, struct version_span *out, struct err *e)
{
	char word[WORD_MAX + 1];
	const char *op = read_operator(p);
	size_t len = strcspn(*p, " ,|");
	struct version v;

	if (op == NULL)
		return fail(e, NOWHERE, "each term begins with >=, >, <, <= or =, as in \">=14.1 <15\"");
	if (len > WORD_MAX)
		return fail(e, NOWHERE, "a version of %zu bytes", len);
	memcpy(word, *p, len);
	word[len] = '\0';
	*p += len;
	if (!version_parse(word, &v, e))
		return false;
	if (v.edition != NULL)
		return fail(e, NOWHERE, "a range cannot ask for an edition (%s)", word);
	return span_of(op, &v, out, e);
}

/* Reads the terms up to "||" or the end; *p is then behind it, or NULL at the end. */
static bool
read_alternative(const char **p, struct version_span *both, struct err *e)
{
	const char *s = *p + strspn(*p, " ,");
	struct version_span term = everything;

	*both = everything;
	do {
		if (!read_term(&s, &term, e))
			return false;
		both->least = term.least > both->least ? term.least : both->least;
		both->end = term.end < both->end ? term.end : both->end;
		s += strspn(s, " ,");
	} while (*s != '\0' && strncmp(s, "||", 2) != 0);
	if (both->least >= both->end)
		return fail(e, NOWHERE, "no version is in it: its terms exclude each other");
	*p = *s == '\0' ? NULL : s + 2;
	return true;
}

/* The whole range is read even when an early alternative holds, so that a bad one never holds. */
static bool
read_range(const char *range, int64_t key, bool *in, struct err *e)
{
	struct version_span both;

	*in = false;
	for (const char *p = range; p != NULL;) {
		if (!read_alternative(&p, &both, e))
			return false;
		*in = *in || (key >= both.least && key < both.end);
	}
	return true;
}

bool
version_range_check(const char *range, struct err *e)
{
	char shown[SHOWN];
	bool in;

	if (read_range(range, 0, &in, e))
		return true;
	text_clean_into(shown, sizeof shown, range);
	err_prefix(e, "the range \"%s\"", shown);
	return false;
}

bool
version_in(int64_t key, const char *range)
{
	struct err e;
	bool in;

	return read_range(range, key, &in, &e) && in;
}

/* The first release that is this version or newer. */
static int64_t
release_from(int64_t key)
{
	return (key + 4) / 10 * 10 + 5;
}

int64_t
version_before(int64_t key)
{
	int64_t first = release_from(key), minor = version_minor(first);

	if (first > minor)
		return first - 10;
	minor -= minor % MAJOR_STEP == 5 ? MAJOR_STEP - LAST * MINOR_STEP : MINOR_STEP;
	return minor + LAST * 10;
}

int64_t
version_after(int64_t key)
{
	int64_t minor = version_minor(key);

	if (key - minor < LAST * 10)
		return release_from(key + 1);
	return minor / MINOR_STEP % 1000 < LAST ? minor + MINOR_STEP : minor / MAJOR_STEP * MAJOR_STEP + MAJOR_STEP + 5;
}

static size_t
add_edges(int64_t *out, size_t n, size_t cap, int64_t bound)
{
	const int64_t sides[] = {version_before(bound), release_from(bound)};

	for (size_t i = 0; i < nitems(sides) && n < cap; i++) {
		size_t k = 0;

		while (k < n && out[k] != sides[i])
			k++;
		out[k] = sides[i];
		n += k == n;
	}
	return n;
}

size_t
version_range_edges(const char *range, int64_t *out, size_t cap)
{
	struct version_span both;
	struct err e;
	size_t n = 0;

	for (const char *p = range; p != NULL;) {
		if (!read_alternative(&p, &both, &e))
			return 0;
		if (both.least != everything.least)
			n = add_edges(out, n, cap, both.least);
		if (both.end != everything.end)
			n = add_edges(out, n, cap, both.end);
	}
	return n;
}

const char *
version_copy(struct arena *a, int64_t key)
{
	char text[VERSION_TEXT];

	return arena_strdup(a, version_text(key, text));
}
