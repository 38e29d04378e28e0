/*
 * Errors as values: one error with its place, and the list of faults that loading rules collects. Whoever fails
 * fills the caller's struct err; printing it is left to the commands.
 */
#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Messages quote what strangers wrote: a terminal must obey none of it. Lists keep their line breaks. */
PRINTF(2, 0)
static void
set_message(struct err *e, const char *fmt, va_list ap)
{
	char raw[sizeof e->msg];

	(void)vsnprintf(raw, sizeof raw, fmt, ap);
	text_clean_into(e->msg, sizeof e->msg, raw);
}

bool
fail(struct err *e, struct loc at, const char *fmt, ...)
{
	va_list ap;

	e->at = at;
	va_start(ap, fmt);
	set_message(e, fmt, ap);
	va_end(ap);
	return false;
}

void
err_text(const struct err *e, char *out, size_t size)
{
	int n;

	if (e->at.file == NULL)
		n = snprintf(out, size, "%s", e->msg);
	else if (e->at.line == 0)
		n = snprintf(out, size, "%s: %s", e->at.file, e->msg);
	else
		n = snprintf(out, size, "%s:%u:%u: %s", e->at.file, e->at.line, e->at.col, e->msg);
	if (n < 0)
		out[0] = '\0';
}

void
err_prefix(struct err *e, const char *fmt, ...)
{
	char before[sizeof e->msg], was[sizeof e->msg];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(before, sizeof before, fmt, ap);
	va_end(ap);
	memcpy(was, e->msg, sizeof was);
	if (snprintf(e->msg, sizeof e->msg, "%s: %s", before, was) < 0)
		e->msg[0] = '\0';
}

void
err_within(struct err *e, const char *what)
{
	char was[sizeof e->msg + 256];

	err_text(e, was, sizeof was);
	(void)fail(e, NOWHERE, "%s: %s", what, was);
}

void
faults_add(struct faults *f, struct loc at, const char *fmt, ...)
{
	struct err *e;
	va_list ap;

	if (f->n == f->cap) {
		f->cap = f->cap > 0 ? f->cap * 2 : 8;
		f->items = xrealloc(f->items, f->cap, sizeof *f->items);
	}
	e = &f->items[f->n++];
	e->at = at;
	e->at.file = at.file != NULL ? xstrdup(at.file) : NULL;
	va_start(ap, fmt);
	set_message(e, fmt, ap);
	va_end(ap);
}

void
faults_free(struct faults *f)
{
	for (size_t i = 0; i < f->n; i++)
		free_ptr(&f->items[i].at.file);
	free(f->items);
	*f = (struct faults){0};
}

static int
by_place(const void *pa, const void *pb)
{
	const struct err *a = pa, *b = pb;
	int c = strcmp(a->at.file != NULL ? a->at.file : "", b->at.file != NULL ? b->at.file : "");

	if (c != 0)
		return c;
	if (a->at.line != b->at.line)
		return a->at.line < b->at.line ? -1 : 1;
	if (a->at.col != b->at.col)
		return a->at.col < b->at.col ? -1 : 1;
	return strcmp(a->msg, b->msg);
}

void
faults_print(struct faults *f)
{
	char line[sizeof f->items->msg + 256], clean[sizeof line];

	if (f->n > 1)
		qsort(f->items, f->n, sizeof *f->items, by_place);
	for (size_t i = 0; i < f->n; i++) {
		err_text(&f->items[i], line, sizeof line);
		text_clean_into(clean, sizeof clean, line); /* the name of a file may hold anything */
		(void)fprintf(stderr, "%s\n", clean);
	}
}

/* Edits (insert, delete, replace, swap neighbours) from a to b; words longer than 62 never match. */
static size_t
distance(const char *a, const char *b)
{
	size_t d[64][64], la = strlen(a), lb = strlen(b);

	if (la > 62 || lb > 62)
		return SIZE_MAX;
	for (size_t i = 0; i <= la; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= lb; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= la; i++)
		for (size_t j = 1; j <= lb; j++) {
			size_t best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	return d[la][lb];
}

const char *
closest(const char *word, const char *const *words, size_t n)
{
	const char *found = NULL;
	size_t best = strlen(word) / 3 + 1;

	for (size_t i = 0; i < n; i++) {
		size_t d = distance(word, words[i]);

		if (d <= best && (found == NULL || d < best)) {
			best = d;
			found = words[i];
		}
	}
	return found;
}
