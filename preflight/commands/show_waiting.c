/*
 * The lines of `wait`. Rates and times are those of the rounds themselves, said as such; what the report says of a
 * rate comes from the rows of the instance and stands in the bundle.
 */
#include "commands/show_waiting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

#define BAR 20

struct seen_work {
	char key[33];
	struct progress progress; /* its state is a copy */
	char *message;
	bool still; /* seen in this round too */
};

static bool
is_work(const struct finding *f)
{
	return f->status == ST_WAITING || (f->has_progress && f->status == ST_FAIL);
}

static struct seen_work *
seen(struct shown_waiting *w, const char *key)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->items[i].key, key) == 0)
			return &w->items[i];
	return NULL;
}

/* "[#####---------------]  25.3 %" */
static void
put_bar(struct buf *b, const struct progress *p)
{
	int full = (int)(p->tenths * BAR / 1000);

	buf_addc(b, '[');
	for (int i = 0; i < BAR; i++)
		buf_addc(b, i < full ? '#' : '-');
	buf_printf(b, "] %lld.%lld %%  ", (long long)(p->tenths / 10), (long long)(p->tenths % 10));
}

/* What a person would call news: a new state, another percent; the age of the last job is none. */
static bool
has_changed(const struct seen_work *before, const struct finding *f)
{
	if (!f->has_progress)
		return strcmp(before->message, f->message) != 0;
	return before->progress.tenths / 10 != f->progress.tenths / 10 ||
	    strcmp(before->progress.state, f->progress.state != NULL ? f->progress.state : "") != 0;
}

static void
put_rate(struct buf *b, const struct shown_waiting *w, const struct seen_work *before, const struct progress *p)
{
	int64_t us = clock_mono_us() - w->at;
	int64_t moved = before != NULL && p->known ? p->done - before->progress.done : 0;

	if (moved > 0 && us > 0)
		buf_printf(b, " (%lld per minute)", (long long)(moved * 60 / (us / 1000000 > 0 ? us / 1000000 : 1)));
	if (p->eta != NULL)
		buf_printf(b, "; %s", p->eta);
}

static void
tell_line(const char *time, const char *text)
{
	char clean[600];

	if (log_level < 0)
		return;
	text_clean_into(clean, sizeof clean, text);
	(void)fprintf(stderr, "%s  %s\n", time, clean);
}

static void
tell_finding(const struct shown_waiting *w, const struct seen_work *before, const struct finding *f, const char *time)
{
	struct buf b;

	buf_init(&b, 600);
	if (f->has_progress && f->progress.known && isatty(STDERR_FILENO) == 1)
		put_bar(&b, &f->progress);
	buf_add(&b, f->message);
	if (f->has_progress)
		put_rate(&b, w, before, &f->progress);
	tell_line(time, b.p);
	buf_free(&b);
}

static void
tell_finished(const struct shown_waiting *w, const char *time)
{
	for (size_t i = 0; i < w->n; i++)
		if (!w->items[i].still) {
			char line[600];

			(void)snprintf(line, sizeof line, "no longer open: %s", w->items[i].message);
			tell_line(time, line);
		}
}

static void
keep(struct shown_waiting *w, const struct gate_result *g)
{
	struct seen_work *items = xcalloc(g->n_findings + 1, sizeof *items);
	size_t n = 0;

	for (size_t i = 0; i < g->n_findings; i++) {
		const struct finding *f = g->findings[i];

		if (!is_work(f))
			continue;
		memcpy(items[n].key, f->key, sizeof items[n].key);
		items[n].progress = f->progress;
		items[n].progress.state = xstrdup(f->progress.state != NULL ? f->progress.state : "");
		items[n++].message = xstrdup(f->message);
	}
	shown_waiting_drop(w);
	w->items = items;
	w->n = n;
}

/* What moved, what is new, what is done. */
static void
tell_work(struct shown_waiting *w, const struct gate_result *g, const char *time)
{
	for (size_t i = 0; i < g->n_findings; i++) {
		const struct finding *f = g->findings[i];
		struct seen_work *before = seen(w, f->key);

		if (!is_work(f))
			continue;
		if (before != NULL)
			before->still = true;
		if (before == NULL || has_changed(before, f))
			tell_finding(w, before, f, time);
	}
	tell_finished(w, time);
	keep(w, g);
	w->at = clock_mono_us();
}

void
shown_waiting_tell(struct shown_waiting *w, const struct report *r)
{
	char time[TIME_TEXT];

	(void)text_time(clock_wall_us(), time);
	/* What could not be read in this round is not done. */
	if (r->gate.decision != G_UNDETERMINED)
		tell_work(w, &r->gate, time);
	if (!w->told || w->decision != r->gate.decision)
		tell_line(time, r->gate.headline);
	w->told = true;
	w->decision = r->gate.decision;
}

void
shown_waiting_drop(struct shown_waiting *w)
{
	for (size_t i = 0; i < w->n; i++) {
		free(w->items[i].message);
		free((char *)(uintptr_t)w->items[i].progress.state);
	}
	free(w->items);
	w->items = NULL;
	w->n = 0;
}
