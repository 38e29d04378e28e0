/*
 * The search for known errors in a log. Most of the text passes needles_find() only; around a hit the lines are
 * unwrapped and the expressions of the rules are tried. What an error means is in the rules.
 */
#include "sources/host/log_scan.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/needles.h"
#include "base/text.h"
#include "sources/host/log_lines.h"
#include "sources/host/log_text.h"
#include "sources/host/ruby_hash.h"

#define BLOCK_BYTES ((size_t)1024 * 1024)
#define BEHIND ((size_t)64 * 1024) /* kept of what was searched, for the migration that was running */
#define AHEAD ((size_t)16 * 1024)  /* read beyond a hit before it is looked at */
#define LONG_LINE ((size_t)100)    /* bytes; a longer one may be many lines with escaped line breaks */
#define DECODE_BYTES ((size_t)16 * 1024)
#define WINDOW_LINES 60
#define GROUPS_MAX 10
#define FIELD_MAX 500
#define SEEN_MAX 4096
#define NEEDLE_SHORTEST 14 /* bytes: shorter words make the search slow */

const char *const log_field_name[LF_N] = {"kind", "database", "migration", "migration_name", "job_class_name",
    "table_name", "column_name", "job_arguments", "state", "constraint_name", "subject", "detail"};

enum { CONFIGURATION = LF_N, NO_FIELD, UNKNOWN_FIELD };

struct log_pattern {
	const char *kind, *words;
	bool any; /* the words are enough */
	regex_t re;
	int captures[GROUPS_MAX];
	size_t n_captures;
	size_t lines;
	size_t needle;      /* index of its words */
	int64_t done_until; /* offset in the text: before it everything belongs to a place that was counted */
};

/* A window that was looked at: the same again is only counted. */
struct seen {
	uint64_t hash;
	size_t error; /* index + 1; 0: it was none, SIZE_MAX: left out */
};

struct log_scan {
	struct arena *arena;
	struct log_prefixes prefixes;
	struct log_pattern *patterns;
	size_t n_patterns;
	const char **words; /* of the needles */
	size_t n_words;
	struct needles *needles;
	struct log_errors errors;
	struct arena *scratch; /* of the place that is looked at */
	struct seen *seen;
	struct log_text form;
	char *text; /* a piece of the log */
	size_t len;
	int64_t offset;  /* of text in the log */
	size_t searched; /* up to here no needle is left */
	int64_t lines;   /* before `counted` */
	size_t counted;  /* in text */
};

static const char *
cell(const struct rows *r, size_t row, const char *column)
{
	int c = fact_column_find(r->fact, column);

	return c >= 0 && r->items[row][c].kind == CELL_TEXT ? r->items[row][c].s : "";
}

static size_t
lines_of(const struct rows *r, size_t row)
{
	int c = fact_column_find(r->fact, "lines");
	int64_t n = c >= 0 && r->items[row][c].kind == CELL_INT ? r->items[row][c].i : 0;

	return n < 0 ? 0 : n > WINDOW_LINES ? WINDOW_LINES : (size_t)n;
}

/* What a blank of a pattern stands for. Where something cut a line in two, no blank may be left of it. */
#define BLANKS_OF_PREFIX "[[:space:]]+"
#define BLANKS_OF_ERROR "[[:space:]]*"

static bool
compile(regex_t *re, const char *pattern, const char *before, const char *blanks, char *why, size_t size)
{
	CLEANUP(buf_free) struct buf b;
	int rc;

	buf_init(&b, 8192);
	buf_add(&b, before);
	for (const char *p = pattern; *p != '\0'; p++)
		if (*p == ' ' && (p == pattern || p[-1] != '['))
			buf_add(&b, blanks);
		else
			buf_addc(&b, *p);
	rc = regcomp(re, b.p, REG_EXTENDED);
	if (rc != 0)
		(void)regerror(rc, re, why, size);
	return rc == 0;
}

static int
field_of(const char *name)
{
	for (int i = 0; i < LF_N; i++)
		if (strcmp(log_field_name[i], name) == 0)
			return i;
	if (strcmp(name, "configuration") == 0)
		return CONFIGURATION;
	return strcmp(name, "-") == 0 ? NO_FIELD : UNKNOWN_FIELD;
}

static const char *
read_captures(const char *captures, struct log_pattern *p, struct arena *a)
{
	char *copy = arena_strdup(a, captures), *rest = NULL;

	for (char *w = strtok_r(copy, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest)) {
		int field = field_of(w);

		if (field == UNKNOWN_FIELD || p->n_captures == GROUPS_MAX)
			return arena_printf(a, "captures: there is no field \"%s\"", w);
		p->captures[p->n_captures++] = field;
	}
	return NULL;
}

/* NULL, or what is wrong with the row. */
static const char *
read_pattern(const struct rows *r, size_t row, struct log_pattern *p, struct arena *a)
{
	const char *pattern = cell(r, row, "pattern");
	const char *fault;
	size_t groups = 0;
	char why[200];

	*p = (struct log_pattern){
	    .kind = cell(r, row, "kind"), .words = cell(r, row, "words"), .lines = lines_of(r, row)};
	p->any = pattern[0] == '\0';
	if (strlen(p->words) < NEEDLE_SHORTEST)
		return arena_printf(a, "kind %s: words must have at least %d bytes", p->kind, NEEDLE_SHORTEST);
	fault = read_captures(cell(r, row, "captures"), p, a);
	if (fault != NULL)
		return arena_printf(a, "kind %s: %s", p->kind, fault);
	if (!p->any && !compile(&p->re, pattern, "", BLANKS_OF_ERROR, why, sizeof why))
		return arena_printf(a, "kind %s: pattern: %s", p->kind, why);
	for (size_t i = 0; i < p->n_captures; i++)
		groups += p->captures[i] != CONFIGURATION;
	if (groups <= (p->any ? 0 : p->re.re_nsub))
		return NULL;
	if (!p->any)
		regfree(&p->re);
	return arena_printf(a, "kind %s: captures names more fields than the pattern has groups", p->kind);
}

static bool
is_prefix(const struct rows *r, size_t row)
{
	return strcmp(cell(r, row, "kind"), "prefix") == 0;
}

static const char *
prefix_fault(const struct rows *r, size_t row, struct arena *a)
{
	regex_t re;
	char why[200];

	if (!compile(&re, cell(r, row, "pattern"), "^", BLANKS_OF_PREFIX, why, sizeof why))
		return arena_printf(a, "prefix: pattern: %s", why);
	why[0] = regexec(&re, "", 0, NULL, 0) == 0 ? '1' : '0';
	regfree(&re);
	return why[0] == '1' ? "prefix: the pattern matches an empty line" : NULL;
}

const char *
log_patterns_fault(const struct rows *r, struct arena *a)
{
	static const char *const columns[] = {"kind", "words", "pattern", "captures", "lines"};
	const char *fault = NULL;

	for (size_t i = 0; i < nitems(columns); i++)
		if (fact_column_find(r->fact, columns[i]) < 0)
			return arena_printf(a, "its data table has no column %s", columns[i]);
	if (r->n > NEEDLES_MAX)
		return arena_printf(a, "more than %d patterns", NEEDLES_MAX);
	for (size_t i = 0; i < r->n && fault == NULL; i++) {
		struct log_pattern p;

		fault = is_prefix(r, i) ? prefix_fault(r, i, a) : read_pattern(r, i, &p, a);
		if (fault == NULL && !is_prefix(r, i) && !p.any)
			regfree(&p.re);
	}
	return fault;
}

static size_t
needle_of(struct log_scan *s, const char *words)
{
	for (size_t i = 0; i < s->n_words; i++)
		if (strcmp(s->words[i], words) == 0)
			return i;
	s->words[s->n_words] = words;
	return s->n_words++;
}

struct log_scan *
log_scan_new(const struct rows *r)
{
	struct arena *a = arena_new();
	struct log_scan *s = arena_alloc(a, sizeof *s);
	char why[200];

	s->arena = a;
	s->scratch = arena_new();
	s->patterns = arena_alloc(a, (r->n + 1) * sizeof *s->patterns);
	s->prefixes.items = arena_alloc(a, (r->n + 1) * sizeof *s->prefixes.items);
	s->words = arena_alloc(a, (r->n + 1) * sizeof *s->words);
	for (size_t i = 0; i < r->n; i++)
		if (is_prefix(r, i))
			s->prefixes.n += compile(&s->prefixes.items[s->prefixes.n], cell(r, i, "pattern"), "^",
			    BLANKS_OF_PREFIX, why, sizeof why);
		else if (read_pattern(r, i, &s->patterns[s->n_patterns], a) == NULL) {
			s->patterns[s->n_patterns].needle = needle_of(s, s->patterns[s->n_patterns].words);
			s->n_patterns++;
		}
	s->needles = needles_new(a, s->words, s->n_words);
	s->seen = arena_alloc(a, SEEN_MAX * sizeof *s->seen);
	s->text = arena_alloc(a, BLOCK_BYTES + 1);
	return s;
}

/* ---- around a hit ---- */

/* The lines of an error, unwrapped and joined by line breaks. */
struct window {
	struct buf text;
	size_t starts[WINDOW_LINES + 2]; /* of each of its lines in the text of the scan */
	size_t ends[WINDOW_LINES + 2];   /* in the window: behind each line */
	size_t n;
};

/* Whether a line begins at `at` behind an escaped line break, as in a log that is one text of a JSON object. */
static bool
is_behind_escape(const struct log_scan *s, size_t at)
{
	return at >= 2 && at < s->len && s->text[at - 1] == 'n' && s->text[at - 2] == '\\' && s->text[at] != '"';
}

static size_t
line_start(const struct log_scan *s, size_t at)
{
	const char *p = memrchr(s->text, '\n', at);
	size_t start = p != NULL ? (size_t)(p - s->text) + 1 : 0, escape = at;

	if (at - start <= LONG_LINE)
		return start;
	start = at - start > AHEAD ? at - AHEAD : start;
	while (escape > start + 1 && !is_behind_escape(s, escape))
		escape--;
	return is_behind_escape(s, escape) ? escape : start;
}

/* The place of the line break, or of the last byte of an escaped one. */
static size_t
line_end(const struct log_scan *s, size_t at)
{
	const char *p = memchr(s->text + at, '\n', s->len - at);
	size_t end = p != NULL ? (size_t)(p - s->text) : s->len;

	if (end - at <= LONG_LINE)
		return end;
	for (size_t i = at + 2; i < end; i++)
		if (is_behind_escape(s, i))
			return i - 1;
	return end;
}

/* The text of the line from `from` to `end`, which line_start and line_end found. */
static void
unwrap(const struct log_scan *s, size_t from, size_t end, struct buf *out)
{
	bool escaped = is_behind_escape(s, from);
	size_t len = end - from - (end > from && end < s->len && s->text[end] == 'n');

	log_line_unwrap(&s->prefixes, s->text + from, len, escaped, out);
}

static void
open_window(const struct log_scan *s, size_t from, size_t lines, struct window *w)
{
	size_t at = from;

	*w = (struct window){.n = 0};
	buf_init(&w->text, AHEAD);
	while (w->n <= lines && at < s->len && !w->text.over) {
		size_t end = line_end(s, at);

		if (w->n > 0)
			buf_addc(&w->text, '\n');
		w->starts[w->n] = at;
		unwrap(s, at, end, &w->text);
		w->ends[w->n++] = w->text.len;
		at = end + 1;
	}
}

/* No name has a line break: where there is one, something cut it in two. */
static const char *
take_text(struct arena *a, const char *s, size_t len)
{
	char *whole = arena_strndup(a, s, len);
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		if (s[i] != '\n')
			whole[n++] = s[i];
	return text_clean(a, whole, n, FIELD_MAX);
}

/* *p at a line "main: == 20240604064938 Name: migrating": its parts, if it is one. */
static bool
progress_line(const char *p, struct arena *a, struct log_error *e)
{
	const char *eq = strstr(p, "== "), *digits, *name;
	size_t n;

	if (eq == NULL || eq - p > 20)
		return false;
	digits = eq + 3;
	n = strspn(digits, "0123456789");
	name = digits + n + 1;
	if (n != 14 || digits[14] != ' ')
		return false;
	if (strstr(name, ": migrating") == NULL && strstr(name, ": reverting") == NULL)
		return false;
	e->fields[LF_MIGRATION] = take_text(a, digits, 14);
	e->fields[LF_MIGRATION_NAME] = take_text(a, name, strcspn(name, ": \n"));
	if (eq > p)
		e->fields[LF_DATABASE] = take_text(a, p, strspn(p, "abcdefghijklmnopqrstuvwxyz_"));
	return true;
}

/* The migration that was running: the last one before the error that began, if none has ended since. */
static void
running_migration(struct log_scan *s, size_t before, struct log_error *e)
{
	static const char word[] = ": migrat";
	const char *text = s->text, *hit = NULL;
	CLEANUP(buf_free) struct buf line = {0};
	size_t from = 0, start;

	for (const char *p; (p = memmem(text + from, before - from, word, sizeof word - 1)) != NULL; hit = p)
		from = (size_t)(p - text) + 1;
	if (hit == NULL)
		return;
	start = line_start(s, (size_t)(hit - text));
	buf_init(&line, 1024);
	unwrap(s, start, line_end(s, start), &line);
	(void)progress_line(line.p, s->scratch, e);
}

/* db/post_migrate/20230830084959_validate_push_rules.rb in the frames behind the error. */
static void
migration_of_frame(struct log_scan *s, size_t from, struct log_error *e)
{
	size_t room = s->len - from < AHEAD ? s->len - from : AHEAD;
	const char *p = s->text + from, *end = p + room;

	while ((p = memmem(p, (size_t)(end - p), "migrate/", 8)) != NULL) {
		const char *digits = p + 8;
		size_t n = 0, name = 15;

		while (digits + n < end && digits[n] >= '0' && digits[n] <= '9')
			n++;
		while (digits + name < end && (isalnum((unsigned char)digits[name]) || digits[name] == '_'))
			name++;
		if (n == 14 && digits + 15 < end && digits[14] == '_') {
			e->fields[LF_MIGRATION] = take_text(s->scratch, digits, 14);
			e->fields[LF_MIGRATION_NAME] = take_text(s->scratch, digits + 15, name - 15);
			return;
		}
		p = digits;
	}
}

static void
without_breaks(const char *text, struct buf *out)
{
	buf_init(out, AHEAD);
	for (const char *p = text; *p != '\0'; p++)
		if (*p != '\n')
			buf_addc(out, *p);
}

static void
take_configuration(const struct log_scan *s, const char *text, const char *behind, struct log_error *e)
{
	CLEANUP(buf_free) struct buf hash = {0}, all = {0};
	struct log_configuration c;

	without_breaks(behind, &hash);
	without_breaks(text, &all);
	if (!ruby_configuration(s->scratch, hash.p, &c) && !rake_configuration(s->scratch, all.p, &c))
		return;
	e->fields[LF_CLASS] = c.job_class_name;
	e->fields[LF_TABLE] = c.table_name;
	e->fields[LF_COLUMN] = c.column_name;
	e->fields[LF_ARGUMENTS] = c.job_arguments;
	if (c.database[0] != '\0')
		e->fields[LF_DATABASE] = c.database;
}

/* Whether the text has the error; its fields from the groups. *end: behind the match. */
static bool
match(const struct log_scan *s, const struct log_pattern *p, const char *text, struct log_error *e, size_t *end)
{
	regmatch_t m[GROUPS_MAX + 1];
	size_t group = 1;

	if (p->any) {
		*end = 0;
		return true;
	}
	if (regexec(&p->re, text, nitems(m), m, 0) != 0)
		return false;
	*end = (size_t)m[0].rm_eo;
	for (size_t i = 0; i < p->n_captures; i++) {
		int field = p->captures[i];

		if (field == CONFIGURATION) {
			take_configuration(s, text, text + *end, e);
			continue;
		}
		if (field < LF_N && m[group].rm_so >= 0)
			e->fields[field] = take_text(
			    s->scratch, text + m[group].rm_so, (size_t)(m[group].rm_eo - m[group].rm_so));
		group++;
	}
	return true;
}

static bool
wants_configuration(const struct log_pattern *p)
{
	for (size_t i = 0; i < p->n_captures; i++)
		if (p->captures[i] == CONFIGURATION)
			return true;
	return false;
}

static void
clear_error(const struct log_pattern *p, struct log_error *e)
{
	*e = (struct log_error){.times = 1};
	for (size_t i = 0; i < LF_N; i++)
		e->fields[i] = "";
	e->fields[LF_KIND] = p->kind;
}

/* With its line breaks, then without them: a word that was cut is whole again. */
static bool
match_window(
    const struct log_scan *s, const struct log_pattern *p, const struct window *w, struct log_error *e, size_t *end)
{
	CLEANUP(buf_free) struct buf joined = {0};
	bool found;

	clear_error(p, e);
	found = match(s, p, w->text.p, e, end);
	if (found && (!wants_configuration(p) || e->fields[LF_CLASS][0] != '\0'))
		return true;
	without_breaks(w->text.p, &joined);
	if (match(s, p, joined.p, e, end)) {
		*end = 0;
		return true;
	}
	return found;
}

/* One error, seen once with its migration and once without, is one. Names of migrations have two spellings. */
static bool
same_error(const struct log_error *a, const struct log_error *b)
{
	for (int i = 0; i < LF_N; i++) {
		bool open = i == LF_DATABASE || i == LF_MIGRATION;

		if (i == LF_MIGRATION_NAME || (open && (a->fields[i][0] == '\0' || b->fields[i][0] == '\0')))
			continue;
		if (strcmp(a->fields[i], b->fields[i]) != 0)
			return false;
	}
	return true;
}

/* Its index + 1; SIZE_MAX: it was left out. */
static size_t
add_error(struct log_scan *s, const struct log_error *e)
{
	struct log_error new;

	for (size_t i = 0; i < s->errors.n; i++) {
		struct log_error *old = &s->errors.items[i];

		if (!same_error(old, e))
			continue;
		for (int f = LF_DATABASE; f <= LF_MIGRATION_NAME; f++)
			if (old->fields[f][0] == '\0')
				old->fields[f] = arena_strdup(s->arena, e->fields[f]);
		old->times++;
		return i + 1;
	}
	if (s->errors.n == LOG_ERRORS_MAX) {
		s->errors.left_out++;
		return SIZE_MAX;
	}
	new = *e;
	for (int f = 0; f < LF_N; f++)
		new.fields[f] = arena_strdup(s->arena, e->fields[f]);
	ARENA_PUSH(s->arena, &s->errors, new);
	return s->errors.n;
}

static size_t
newlines(const char *p, size_t n)
{
	size_t lines = 0;

	/* Blocks of a fixed size: the compiler takes many bytes at once. */
	for (; n >= 128; p += 128, n -= 128) {
		unsigned char in_block = 0;

		for (int i = 0; i < 128; i++)
			in_block = (unsigned char)(in_block + (p[i] == '\n'));
		lines += in_block;
	}
	for (size_t i = 0; i < n; i++)
		lines += p[i] == '\n';
	return lines;
}

static int64_t
line_number(struct log_scan *s, size_t at)
{
	s->lines += (int64_t)newlines(s->text + s->counted, at - s->counted);
	s->counted = at;
	return s->lines + 1;
}

static uint64_t
window_hash(const struct log_pattern *p, const struct window *w)
{
	uint64_t h = 14695981039346656037U ^ p->needle;

	for (size_t i = 0; i < w->text.len; i++)
		h = (h ^ (unsigned char)w->text.p[i]) * 1099511628211U;
	return h | 1;
}

static void
window_drop(struct window *w)
{
	buf_free(&w->text);
}

/* The last place that belongs to the match: what follows may be another one. */
static int64_t
match_ends(const struct log_scan *s, const struct window *w, size_t end)
{
	size_t line = 0;

	while (line + 1 < w->n && w->ends[line] < end)
		line++;
	return s->offset + (int64_t)(w->n > 0 ? line_end(s, w->starts[line]) : 0);
}

/* Up to here the text belongs to this place, for every pattern of the kind. */
static void
place_ends(struct log_scan *s, const char *kind, int64_t until)
{
	for (size_t i = 0; i < s->n_patterns; i++)
		if (strcmp(s->patterns[i].kind, kind) == 0 && s->patterns[i].done_until < until)
			s->patterns[i].done_until = until;
}

/* Whether the pattern was found at the hit; a window that was seen before is only counted. */
static bool
try_pattern(struct log_scan *s, struct log_pattern *p, size_t start, size_t hit)
{
	CLEANUP(window_drop) struct window w;
	struct log_error e;
	struct seen *seen;
	uint64_t hash;
	size_t end = 0;

	if (arena_bytes(s->scratch) > BLOCK_BYTES) {
		arena_free(s->scratch);
		s->scratch = arena_new();
	}
	open_window(s, start, p->lines, &w);
	hash = window_hash(p, &w);
	seen = &s->seen[hash % SEEN_MAX];
	if (seen->hash == hash && seen->error > 0 && seen->error <= s->errors.n) {
		s->errors.items[seen->error - 1].times++;
		place_ends(s, p->kind, s->offset + (int64_t)line_end(s, hit));
		return true;
	}
	if (!match_window(s, p, &w, &e, &end))
		return false;
	place_ends(s, p->kind, match_ends(s, &w, end));
	place_ends(s, p->kind, s->offset + (int64_t)line_end(s, hit));
	e.line = line_number(s, hit);
	running_migration(s, hit, &e);
	if (e.fields[LF_MIGRATION][0] == '\0')
		migration_of_frame(s, hit, &e);
	*seen = (struct seen){.hash = hash, .error = add_error(s, &e)};
	return true;
}

static void
look_at(struct log_scan *s, size_t needle, size_t hit)
{
	size_t start = line_start(s, hit);

	for (size_t i = 0; i < s->n_patterns; i++) {
		struct log_pattern *p = &s->patterns[i];
		size_t from = start;

		if (p->needle != needle)
			continue;
		if (s->offset + (int64_t)hit < p->done_until)
			return;
		/* The words may be the second half of a line that something cut in two. */
		if (try_pattern(s, p, from, hit))
			return;
		if (p->lines > 0 && start > 0 && try_pattern(s, p, line_start(s, start - 1), hit))
			return;
	}
}

/* Searches all but the last bytes, which may be the beginning of an error. */
static void
search(struct log_scan *s, size_t until)
{
	size_t needle;

	while (s->searched < until) {
		size_t hit = needles_find(s->needles, s->text, s->len, s->searched, &needle);

		if (hit >= until) {
			s->searched = until;
			return;
		}
		look_at(s, needle, hit);
		s->searched = hit + 1;
	}
}

/* Forgets what is behind, but for the last lines: the migration that is running is named there. */
static void
make_room(struct log_scan *s)
{
	size_t drop = s->searched > BEHIND ? s->searched - BEHIND : 0;

	if (drop > s->counted)
		(void)line_number(s, drop);
	memmove(s->text, s->text + drop, s->len - drop);
	s->len -= drop;
	s->searched -= drop;
	s->counted -= drop;
	s->offset += (int64_t)drop;
}

static void
add_plain(struct log_scan *s, const char *p, size_t n)
{
	while (n > 0) {
		size_t room = BLOCK_BYTES - s->len, take = n < room ? n : room;

		memcpy(s->text + s->len, p, take);
		s->len += take;
		p += take;
		n -= take;
		if (s->len < BLOCK_BYTES)
			continue;
		search(s, s->len - AHEAD);
		make_room(s);
	}
}

void
log_scan_feed(struct log_scan *s, const char *p, size_t n)
{
	char plain[DECODE_BYTES + 4];

	while (n > 0) {
		size_t take = n < DECODE_BYTES ? n : DECODE_BYTES;

		if (log_text_is_plain(&s->form, p, take))
			add_plain(s, p, take);
		else
			add_plain(s, plain, log_text_decode(&s->form, p, take, plain));
		p += take;
		n -= take;
	}
}

const struct log_errors *
log_scan_end(struct log_scan *s)
{
	char rest[4];

	add_plain(s, rest, log_text_end(&s->form, rest));
	search(s, s->len);
	return &s->errors;
}

int64_t
log_scan_lines(const struct log_scan *s)
{
	return s->lines + (int64_t)newlines(s->text + s->counted, s->len - s->counted);
}

void
log_scan_free(struct log_scan *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n_patterns; i++)
		if (!s->patterns[i].any)
			regfree(&s->patterns[i].re);
	for (size_t i = 0; i < s->prefixes.n; i++)
		regfree(&s->prefixes.items[i]);
	arena_free(s->scratch);
	arena_free(s->arena);
}

void
log_scan_drop(struct log_scan **s)
{
	log_scan_free(*s);
}
