/*
 * Finds mistakes in the SQL of rules that SQLite accepts silently, such as a version compared as text. Reports
 * places for lint.c; it does not parse SQL.
 */
#include "ruleset/lint_words.h"

#include <ctype.h>
#include <string.h>

#include "base/version.h"

#define NESTING 64

/* One pass over the tokens; `calls` holds the word before each open parenthesis. */
struct word_scan {
	const struct sql *sql;
	struct faults *faults;
	const char *p;
	const char *word; /* the identifier just read */
	size_t word_len;
	struct {
		const char *name;
		size_t len;
	} calls[NESTING];
	size_t depth;
};

static struct loc
place(const struct word_scan *s, const char *at)
{
	return yaml_loc_at(s->sql->node, (size_t)(at - s->sql->text));
}

static bool
inside(const struct word_scan *s, const char *function)
{
	size_t n = strlen(function);

	return s->depth > 0 && s->depth <= NESTING && s->calls[s->depth - 1].len == n &&
	    strncmp(s->calls[s->depth - 1].name, function, n) == 0;
}

/* 14.1 or 14.1.8: digits, a dot, digits. */
static bool
looks_like_version(const char *p, size_t n)
{
	size_t digits = 0;

	while (digits < n && isdigit((unsigned char)p[digits]))
		digits++;
	return digits > 0 && digits + 1 < n && p[digits] == '.' && isdigit((unsigned char)p[digits + 1]);
}

static void
check_literal(struct word_scan *s, const char *at, const char *text, size_t n)
{
	char copy[200];
	struct version v;
	struct err e;

	if (n >= sizeof copy)
		return;
	memcpy(copy, text, n);
	copy[n] = '\0';
	if (inside(s, "version") && *at != '\'') {
		faults_add(s->faults, place(s, at), "write the version in quotes: version('%s')", copy);
	} else if (inside(s, "version")) {
		if (!version_parse(copy, &v, &e))
			faults_add(s->faults, place(s, at), "%s", e.msg);
	} else if (inside(s, "version_in")) {
		if (!version_range_check(copy, &e))
			faults_add(s->faults, place(s, at), "%s", e.msg);
	} else if (looks_like_version(text, n)) {
		faults_add(
		    s->faults, place(s, at), "%s compares as text or as a fraction: write version('%s')", copy, copy);
	}
}

static void
skip_quoted(struct word_scan *s)
{
	const char *begin = s->p, quote = *s->p++;

	while (*s->p != '\0' && (*s->p != quote || s->p[1] == quote))
		s->p += *s->p == quote ? 2 : 1;
	if (quote == '\'')
		check_literal(s, begin, begin + 1, (size_t)(s->p - begin - 1));
	if (*s->p != '\0')
		s->p++;
}

static void
skip_number(struct word_scan *s)
{
	const char *begin = s->p;

	while (isalnum((unsigned char)*s->p) || *s->p == '.' || *s->p == '_')
		s->p++;
	check_literal(s, begin, begin, (size_t)(s->p - begin));
}

static void
read_word(struct word_scan *s)
{
	s->word = s->p;
	while (isalnum((unsigned char)*s->p) || *s->p == '_')
		s->p++;
	s->word_len = (size_t)(s->p - s->word);
	if (s->word_len == 12 && strncasecmp(s->word, "MATERIALIZED", 12) == 0)
		faults_add(s->faults, place(s, s->word), "MATERIALIZED needs SQLite 3.35; 3.34 must do");
}

static void
read_symbol(struct word_scan *s)
{
	if (*s->p == '(') {
		if (s->depth < NESTING) {
			s->calls[s->depth].name = s->word != NULL ? s->word : "";
			s->calls[s->depth].len = s->word != NULL ? s->word_len : 0;
		}
		s->depth++;
	} else if (*s->p == ')' && s->depth > 0) {
		s->depth--;
	} else if (s->p[0] == '-' && s->p[1] == '>') {
		faults_add(s->faults, place(s, s->p), "-> needs SQLite 3.38: use json_extract()");
		s->p++;
	}
	if (*s->p != ' ' && *s->p != '\n' && *s->p != '\t')
		s->word = NULL;
	s->p++;
}

static bool
skip_comment(struct word_scan *s)
{
	const char *end;

	if (s->p[0] == '-' && s->p[1] == '-') {
		s->p += strcspn(s->p, "\n");
		return true;
	}
	if (s->p[0] == '/' && s->p[1] == '*') {
		end = strstr(s->p + 2, "*/");
		s->p = end != NULL ? end + 2 : s->p + strlen(s->p);
		return true;
	}
	return false;
}

void
lint_sql_words(const struct sql *sql, struct faults *faults)
{
	struct word_scan s = {.sql = sql, .faults = faults, .p = sql->text};

	while (*s.p != '\0') {
		if (skip_comment(&s))
			continue;
		if (*s.p == '\'' || *s.p == '"' || *s.p == '`')
			skip_quoted(&s);
		else if (isdigit((unsigned char)*s.p))
			skip_number(&s);
		else if (isalpha((unsigned char)*s.p) || *s.p == '_')
			read_word(&s);
		else
			read_symbol(&s);
	}
}
