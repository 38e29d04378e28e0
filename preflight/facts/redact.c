/*
 * Hides values of a snapshot. Runs between collection and evaluation, so that report, bundle and replay all follow from
 * what is left; whether the verdict is still the same is compared by the command.
 */
#include "facts/redact.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/scrub.h"

#define PREFIX "hidden-"
#define WORD_LEAST 3 /* bytes of a name that is looked for inside of other text */

struct named_value {
	const char *value, *name;
};
struct redacted {
	struct arena *arena;
	struct named_value *items; /* sorted by value */
	size_t n, cap;
};

bool
redaction_of(const char *word, enum redaction *out)
{
	*out = word == NULL ? RD_NONE : strcmp(word, "strict") == 0 ? RD_STRICT : RD_STANDARD;
	return word == NULL || *out == RD_STRICT || strcmp(word, "standard") == 0;
}

/* The number of hidden-N, or 0. */
static unsigned long
number_of(const char *value)
{
	size_t n = strlen(PREFIX);
	char *end;
	unsigned long number;

	if (strncmp(value, PREFIX, n) != 0 || !isdigit((unsigned char)value[n]))
		return 0;
	number = strtoul(value + n, &end, 10);
	return *end == '\0' ? number : 0;
}

/* What is the same on every instance: nothing, a switch, a number, a file of the package. */
static bool
is_common(const char *value)
{
	return value[0] == '\0' || strcmp(value, "true") == 0 || strcmp(value, "false") == 0 ||
	    strcmp(value, "local") == 0 || value[strspn(value, "0123456789")] == '\0' ||
	    (value[0] == '/' && is_common_path(value));
}

static void
note(struct redacted *r, const char *value)
{
	if (!is_common(value))
		ARENA_PUSH(r->arena, r, ((struct named_value){.value = arena_strdup(r->arena, value)}));
}

static int
by_value(const void *pa, const void *pb)
{
	const struct named_value *a = pa, *b = pb;

	return strcmp(a->value, b->value);
}

/* Each value once, in bytewise order: the numbers do not depend on the order in which sources answered. */
static void
give_names(struct redacted *r)
{
	unsigned long last = 0;
	size_t kept = 0;

	if (r->n > 1)
		qsort(r->items, r->n, sizeof *r->items, by_value);
	for (size_t i = 0; i < r->n; i++)
		if (kept == 0 || strcmp(r->items[kept - 1].value, r->items[i].value) != 0)
			r->items[kept++] = r->items[i];
	r->n = kept;
	for (size_t i = 0; i < r->n; i++)
		last = number_of(r->items[i].value) > last ? number_of(r->items[i].value) : last;
	for (size_t i = 0; i < r->n; i++)
		r->items[i].name = number_of(r->items[i].value) > 0 ? r->items[i].value
								    : arena_printf(r->arena, PREFIX "%lu", ++last);
}

static void
note_rows(struct redacted *r, const struct rows *rows)
{
	const struct fact *f = rows->fact;

	if (f->found_parts)
		note(r, rows->part);
	for (size_t c = 0; c < f->n_columns; c++)
		for (size_t i = 0; f->columns[c].class == CL_HOST && i < rows->n; i++)
			if (rows->items[i][c].kind == CELL_TEXT)
				note(r, rows->items[i][c].s);
}

const char *
redacted_name(const struct redacted *r, const char *value)
{
	const struct named_value key = {.value = value},
				 *found = r->n > 0 ? bsearch(&key, r->items, r->n, sizeof key, by_value) : NULL;

	return found != NULL ? found->name : value;
}

static bool
is_word_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

/* A whole word that is the value, or NULL. */
static const char *
find_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = text; (p = strstr(p, word)) != NULL; p++)
		if ((p == text || !is_word_byte(p[-1])) && !is_word_byte(p[n]))
			return p;
	return NULL;
}

/* Named values inside of it get their name; then forms count. */
static const char *
redacted_text(const struct redacted *r, const char *text)
{
	for (size_t i = 0; i < r->n; i++) {
		const char *value = r->items[i].value, *at = text, *found;

		if (strlen(value) < WORD_LEAST || number_of(value) > 0)
			continue;
		while ((found = find_word(at, value)) != NULL) {
			size_t before = (size_t)(found - text);

			text = arena_printf(
			    r->arena, "%.*s%s%s", (int)before, text, r->items[i].name, found + strlen(value));
			at = text + before + strlen(r->items[i].name);
		}
	}
	return text_scrub(r->arena, text);
}

static void
hide(const struct redacted *r, enum redaction level, const struct fact_column *c, struct cell *cell)
{
	static const struct cell nothing = {.kind = CELL_NULL};

	if (cell->kind != CELL_TEXT || c->class == CL_PUBLIC)
		return;
	if (c->class == CL_HOST)
		*cell = cell_text(redacted_name(r, cell->s));
	else if (c->class == CL_IDENTIFIER || (level == RD_STRICT && c->null))
		*cell = c->null ? nothing : cell_text("");
	else
		*cell = cell_text(redacted_text(r, cell->s));
}

static void
hide_rows(const struct redacted *r, enum redaction level, struct rows *rows)
{
	const struct fact *f = rows->fact;

	if (f->found_parts)
		rows->part = redacted_name(r, rows->part);
	for (size_t i = 0; i < rows->n; i++)
		for (size_t c = 0; c < f->n_columns; c++)
			hide(r, level, &f->columns[c], &rows->items[i][c]);
	if (rows->reason[0] != '\0') {
		const char *text = redacted_text(r, rows->reason);

		memcpy(rows->reason, text, strlen(text) + 1); /* at most 200 bytes and "..." */
	}
}

struct redacted *
redact_snapshot(struct snapshot *s, enum redaction level, const struct texts *more, struct arena *a)
{
	struct redacted *r = memset(arena_alloc(a, sizeof *r), 0, sizeof *r);

	r->arena = a;
	for (size_t i = 0; level != RD_NONE && i < s->n; i++)
		note_rows(r, s->items[i]);
	for (size_t i = 0; level != RD_NONE && i < more->n; i++)
		note(r, more->items[i]);
	give_names(r);
	for (size_t i = 0; level != RD_NONE && i < s->n; i++)
		hide_rows(r, level, s->items[i]);
	return r;
}
