/*
 * The format nagios: one line of a monitoring plugin, with performance data. The exit code stays that of preflight;
 * packaging/nagios/check_preflight turns it into that of a plugin. Decides nothing.
 */
#include "reports/chapters.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

#define LINE_MAX_BYTES ((size_t)400)

/* A verdict that waits needs nobody now, and one that is unknown needs somebody. */
static const char *const service_state[] = {
    [G_GO] = "OK",
    [G_GO_WITH_WARNINGS] = "WARNING",
    [G_WAIT] = "WARNING",
    [G_UNDETERMINED] = "UNKNOWN",
    [G_NO_GO] = "CRITICAL",
};

/* In the text a bar would begin the performance data. */
static const char *
without_bars(struct arena *a, const char *text)
{
	char *copy = arena_strdup(a, ascii_line(a, text_clean(a, text, strlen(text), LINE_MAX_BYTES)));

	for (char *p = strchr(copy, '|'); p != NULL; p = strchr(p, '|'))
		*p = '/';
	return copy;
}

static bool
ends_sentence(const char *text)
{
	return text[0] != '\0' && strchr(".!?", text[strlen(text) - 1]) != NULL;
}

static const char *
added(struct arena *a, const char *text, const char *title, const char *command)
{
	return arena_printf(a, "%s%s %s: %s", text, ends_sentence(text) ? "" : ".", title, command);
}

/* 'name'=value;warn;crit;min */
static void
performance(FILE *f, const struct report *r)
{
	const struct tally *t = &r->gate.tally;
	int64_t from, to;

	(void)fprintf(f, "blockers=%zu;;0;0 waiting=%zu;0;;0 unknown=%zu;;;0 warnings=%zu;0;;0", t->blockers,
	    t->waiting, t->unknown, t->warnings);
	(void)fprintf(
	    f, " accepted=%zu;;;0 passed=%zu;;;0 not_checked=%zu;;;0", t->accepted, t->passed, t->not_checked);
	if (text_time_read(r->started_at, &from) && text_time_read(r->finished_at, &to) && to >= from)
		(void)fprintf(
		    f, " duration=%" PRId64 ".%03" PRId64 "s;;;0", (to - from) / 1000000, (to - from) / 1000 % 1000);
}

static bool
nagios_render(FILE *f, const struct report *r, const struct render_style *style, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const struct gate_result *g = &r->gate;
	const char *text = arena_printf(
	    a, "%s%s%s -> %s: %s", r->label, is_given(r->label) ? " " : "", g->from, g->to, g->headline);

	(void)style;
	if (g->n_upgrade > 0 && g->upgrade->n_steps == 1 && g->upgrade->steps[0].command != NULL)
		text = added(a, text, "Upgrade", g->upgrade->steps[0].command);
	if (is_given(g->next_command))
		text = added(a, text, g->next_title, g->next_command);
	(void)fprintf(
	    f, "PREFLIGHT %s - %s %s | ", service_state[g->decision], gate_title[g->decision], without_bars(a, text));
	performance(f, r);
	(void)fputc('\n', f);
	return stream_end(f, "the line", e);
}

const struct format format_nagios = {"nagios", NULL, NULL, nagios_render};
