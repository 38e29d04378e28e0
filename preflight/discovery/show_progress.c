/*
 * Progress of a collection on stderr. It reads only what sources/collect.h allows while a source's thread is at
 * work; it has no effect on the collected data.
 */
#include "discovery/show_progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

#define FIRST_US 200000 /* a collection that takes less shows nothing */
#define FILES_US 5000000
#define SILENT_US 2000000 /* from here on the time is told */

struct shown_source {
	const char *reading; /* last seen, and since when */
	int64_t since;
	bool logged;
};

void
progress_log(const struct source *s)
{
	if (s->withdrawn)
		log_info("%s: not contacted: %s", s->id, s->reason);
	else
		log_info("%s: %s%s%s (%lld ms)", s->id, part_status_word[s->status], s->reason[0] != '\0' ? ": " : "",
		    s->reason, (long long)(s->duration_us / 1000));
}

static void
take_away(struct progress_shown *p)
{
	if (p->lines > 0)
		(void)fprintf(stderr, "\033[%zuA\033[J", p->lines);
	p->lines = 0;
}

/* One line, no longer than the terminal is wide: a longer one would wrap and could not be taken away. */
static void
put_line(struct progress_shown *p, const char *id, const char *what, int64_t since)
{
	char raw[400], clean[400];
	int64_t s = (clock_mono_us() - since) / 1000000;
	int n = snprintf(raw, sizeof raw, "  %-14s %s", id, what);

	if (since > 0 && s * 1000000 >= SILENT_US && n > 0 && (size_t)n < sizeof raw)
		(void)snprintf(raw + n, sizeof raw - (size_t)n, ", for %lld s", (long long)s);
	text_clean_into(clean, sizeof clean, raw);
	(void)fprintf(stderr, "%.*s\n", (int)p->width - 1, clean);
	p->lines++;
}

static void
show_source(struct progress_shown *p, struct shown_source *shown, const struct source *s, bool ended)
{
	const char *reading = s->reading;
	char what[300];

	if (ended) {
		(void)snprintf(what, sizeof what, "%s%s%.200s",
		    s->withdrawn ? "not contacted" : part_status_word[s->status], s->reason[0] != '\0' ? ": " : "",
		    s->reason);
		put_line(p, s->id, what, 0);
		return;
	}
	if (reading != shown->reading || shown->since == 0)
		*shown = (struct shown_source){.reading = reading, .since = clock_mono_us(), .logged = shown->logged};
	if (s->size > 0)
		(void)snprintf(
		    what, sizeof what, "%lld of %lld MiB", (long long)(s->done >> 20), (long long)(s->size >> 20));
	else if (reading != NULL)
		(void)snprintf(what, sizeof what, "reads %.100s", reading);
	else
		(void)snprintf(what, sizeof what, "connects");
	put_line(p, s->id, what, shown->since);
}

/* How far each large file is, where lines stay. */
static void
log_files(struct progress_shown *p, struct source *const *items, const bool *ended, size_t n)
{
	if (p->terminal || clock_mono_us() < p->files_at + FILES_US)
		return;
	p->files_at = clock_mono_us();
	for (size_t i = 0; i < n; i++)
		if (!ended[i] && items[i]->size > 0)
			log_info("%s: %lld of %lld MiB", items[i]->id, (long long)(items[i]->done >> 20),
			    (long long)(items[i]->size >> 20));
}

static void
look(void *arg, struct source *const *items, const bool *ended, size_t n)
{
	struct progress_shown *p = arg;

	take_away(p);
	for (size_t i = 0; i < n && i < p->n; i++)
		if (ended[i] && !p->items[i].logged) {
			p->items[i].logged = true;
			progress_log(items[i]);
		}
	log_files(p, items, ended, n);
	for (size_t i = 0; p->terminal && clock_mono_us() - p->begun >= FIRST_US && i < n && i < p->n; i++)
		show_source(p, &p->items[i], items[i], ended[i]);
	(void)fflush(stderr);
}

struct collect_watch
progress_begin(struct progress_shown *out, size_t n)
{
	const char *term = getenv("TERM");
	struct winsize size;

	*out = (struct progress_shown){.n = n, .begun = clock_mono_us(), .files_at = clock_mono_us(), .width = 80};
	out->items = xcalloc(n + 1, sizeof *out->items);
	out->terminal = log_level >= 0 && isatty(STDERR_FILENO) == 1 && term != NULL && strcmp(term, "dumb") != 0;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
		out->width = size.ws_col;
	return (struct collect_watch){.look = look, .arg = out};
}

void
progress_end(struct progress_shown *p)
{
	take_away(p);
	free(p->items);
	p->items = NULL;
}

static void
ending_signals(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGINT);
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGHUP);
}

void
progress_hold_signals(sigset_t *before)
{
	sigset_t set;

	ending_signals(&set);
	(void)pthread_sigmask(SIG_BLOCK, &set, before);
}

int
progress_pause(int64_t us, const char *what)
{
	bool terminal = what != NULL && log_level >= 0 && isatty(STDERR_FILENO) == 1;
	int64_t end = clock_mono_us() + us, left;
	sigset_t set;
	int got = 0;

	ending_signals(&set);
	while (got <= 0 && (left = end - clock_mono_us()) > 0) {
		const struct timespec second = {
		    .tv_sec = left >= 1000000 ? 1 : 0, .tv_nsec = left >= 1000000 ? 0 : (long)left * 1000};

		if (terminal)
			(void)fprintf(stderr, "\r  %s in %lld s\033[K", what, (long long)(left / 1000000));
		got = sigtimedwait(&set, NULL, &second);
	}
	if (terminal)
		(void)fputs("\r\033[K", stderr);
	return got > 0 ? got : 0;
}
