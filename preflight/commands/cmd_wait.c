/*
 * `preflight wait`: check again and again, until the verdict is no longer WAIT. Each round is a whole check with
 * connections of its own, so nothing stays open on the servers while it sleeps, and what it leaves behind is the
 * bundle of the last round. What moved between two rounds is told on stderr.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "commands/attach.h"
#include "commands/cmd_check.h"
#include "commands/output.h"
#include "commands/show_waiting.h"
#include "discovery/show_progress.h"

#define INTERVAL_US ((int64_t)60 * 1000000)
#define DEADLINE_US ((int64_t)24 * 3600 * 1000000)
/* So many rounds in a row without a decision: the servers are not just restarting. */
#define UNDETERMINED_MAX 3

struct round {
	struct arena *arena;
	struct assessment an;
};

struct waiting {
	struct check check;
	int64_t interval_us, end_us; /* end: monotonic */
	int undetermined;            /* rounds in a row */
	struct round now;
	struct shown_waiting shown;
};

static void
round_drop(struct round *r)
{
	assessment_drop(&r->an);
	arena_free(r->arena);
	*r = (struct round){0};
}

static void
waiting_drop(struct waiting *w)
{
	round_drop(&w->now);
	shown_waiting_drop(&w->shown);
	check_drop(&w->check);
}

static bool
read_times(struct waiting *w, struct err *e)
{
	const struct options *o = w->check.o;
	int64_t deadline = DEADLINE_US;

	w->interval_us = INTERVAL_US;
	if (o->interval != NULL && (!read_duration(o->interval, &w->interval_us) || w->interval_us <= 0))
		return fail(e, NOWHERE, "--interval %s: write it as 90s or 5min", o->interval);
	if (o->deadline != NULL && (!read_duration(o->deadline, &deadline) || deadline <= 0))
		return fail(e, NOWHERE, "--deadline %s: write it as 90min, 12h or 2d", o->deadline);
	w->end_us = clock_mono_us() + deadline;
	return true;
}

/* A round of its own arena: memory does not grow with their number. */
static bool
look(struct waiting *w, struct err *e)
{
	round_drop(&w->now);
	w->now.arena = arena_new();
	return check_read(&w->check, w->now.arena, e) && check_assess(&w->check, &w->now.an, e);
}

static bool
has_effect(const struct gate_result *g, enum effect effect)
{
	for (size_t i = 0; i < g->n_findings; i++)
		if (g->findings[i]->effect == effect)
			return true;
	return false;
}

/* Work that will not end by itself: nobody should wait for it. */
static bool
has_failed_work(const struct gate_result *g)
{
	for (size_t i = 0; i < g->n_findings; i++)
		if (g->findings[i]->has_progress && g->findings[i]->effect == EF_BLOCKS)
			return true;
	return false;
}

/*
 * Whether another round can change the answer. After an upgrade that stopped half-way hop.unfinished blocks until
 * the migrations are run again; until they can succeed, the work that they wait for is what counts.
 */
static bool
goes_on(struct waiting *w)
{
	const struct gate_result *g = &w->now.an.report->gate;

	w->undetermined = g->decision == G_UNDETERMINED ? w->undetermined + 1 : 0;
	if (w->check.taken.signal != 0)
		return false;
	if (g->decision == G_UNDETERMINED)
		return w->undetermined < UNDETERMINED_MAX;
	if (w->check.inputs.after)
		return has_effect(g, EF_WAITS) && !has_failed_work(g);
	return g->decision == G_WAIT;
}

/* Until the next round, or a signal that ends the run. */
static int
sleep_until_next(const struct waiting *w)
{
	int64_t left = w->end_us - clock_mono_us();

	return progress_pause(left < w->interval_us ? left : w->interval_us, NULL);
}

static bool
rounds(struct waiting *w, struct err *e)
{
	sigset_t before;

	progress_hold_signals(&before);
	while (look(w, e)) {
		bool more = goes_on(w);

		shown_waiting_tell(&w->shown, w->now.an.report);
		if (!more)
			return true;
		if (clock_mono_us() >= w->end_us) {
			log_warning("--deadline is over, and there is still work to wait for");
			return true;
		}
		w->check.taken.signal = sleep_until_next(w);
		if (w->check.taken.signal != 0)
			return true;
	}
	return false;
}

int
cmd_wait(const struct options *o, struct arena *a)
{
	CLEANUP(waiting_drop) struct waiting w = {.check = {.o = o, .a = a, .command = "wait"}};
	CLEANUP(out_drop) struct out *out = NULL;
	struct err e;
	int rc;

	if (!read_times(&w, &e))
		return complain(&e);
	rc = check_open(&w.check);
	if (rc != EXIT_GO)
		return rc;
	/* Removes an older bundle before the first round: its GO must not be used while this command waits. */
	if (!out_open(o->out, &out, &e) || !out_begin(out, &e) || !attach_begin(w.check.attached, &e) ||
	    !rounds(&w, &e))
		return complain(&e);
	return check_publish(&w.check, &w.now.an, w.now.arena, out);
}
