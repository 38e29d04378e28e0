/*
 * One collection of a live instance: prepares the rows of every declared table, runs the sources, and turns what
 * they filled into files of facts. Evaluates nothing.
 */
#include "discovery/read_live.h"

#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "discovery/observe.h"
#include "discovery/options.h"
#include "discovery/show_progress.h"
#include "facts/snapshot.h"
#include "facts/source_row.h"
#include "base/version.h"

#define TIMEOUT_US ((int64_t)120 * 1000000)
#define RELEASE_US ((int64_t)600 * 1000000)
#define TIMEOUT_FULL_US ((int64_t)3600 * 1000000)

bool
live_limits_of(const struct options *o, struct live_limits *out, struct err *e)
{
	bool full = o->depth != NULL && strcmp(o->depth, "full") == 0;

	*out = (struct live_limits){
	    .command = o->argv, .full = full, .timeout_us = full ? TIMEOUT_FULL_US : TIMEOUT_US};
	if (o->depth != NULL && !out->full && strcmp(o->depth, "normal") != 0)
		return fail(e, NOWHERE, "--depth %s: choose normal or full", o->depth);
	out->release_us = o->timeout == NULL && out->timeout_us < RELEASE_US ? RELEASE_US : 0;
	if (o->observe != NULL && (!read_duration(o->observe, &out->observe_us) || out->observe_us <= 0))
		return fail(e, NOWHERE, "--observe %s: write it as 60s or 5min", o->observe);
	if (o->timeout != NULL && (!read_duration(o->timeout, &out->timeout_us) || out->timeout_us <= 0))
		return fail(e, NOWHERE, "--timeout %s: write it as 90s or 5min", o->timeout);
	return true;
}

/* The person, also behind sudo. */
static const char *
operator_name(void)
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *pw;

	if (sudo != NULL && sudo[0] != '\0')
		return sudo;
	pw = getpwuid(getuid());
	return pw != NULL ? pw->pw_name : "";
}

/* Where and how it was run; nothing of both where outputs must be equal on any machine. */
static void
add_run(struct snapshot *s, int64_t started, int64_t finished, int signal, const char *command)
{
	struct rows *r = rows_new(&run_fact, "run");
	bool pinned = getenv("SOURCE_DATE_EPOCH") != NULL;
	char host[256] = "";
	struct cell cells[] = {cell_int(started), cell_int(finished), cell_text(operator_name()),
	    cell_text(PREFLIGHT_VERSION), cell_int(signal != 0), cell_text(host),
	    cell_text(pinned || command == NULL ? "" : command)};
	struct err e;

	if (!pinned)
		(void)gethostname(host, sizeof host - 1);

	if (rows_add(r, cells, &e))
		rows_end(r, PS_COMPLETE, "%s", "");
	else
		rows_end(r, PS_ERROR, "%s", e.msg);
	snapshot_put(s, r);
}

static void
add_source_row(struct rows *r, const struct source_decl *d, const struct source *s, bool skipped)
{
	struct source_row row = {.id = d->id, .kind = d->kind, .status = PS_NOT_CONFIGURED};
	struct err e;

	if (skipped)
		row.status = PS_DISABLED;
	else if (s == NULL && d->need == SN_OPTIONAL)
		row.status = PS_NOT_COLLECTED;
	if (s != NULL)
		row = (struct source_row){.id = d->id,
		    .kind = d->kind,
		    .requested = true,
		    .origin = s->origin_text,
		    .status = s->status,
		    .reason = s->reason,
		    .endpoint = s->shown,
		    .version = s->version,
		    .tls = s->tls,
		    .privilege = s->privilege,
		    .started_at = s->started_at,
		    .duration_us = s->duration_us,
		    .requests = s->requests,
		    .bytes = s->bytes,
		    .node = d->by_node ? s->part : ""};
	if (!source_row_add(r, &row, &e))
		rows_end(r, PS_ERROR, "%s", e.msg);
}

static const struct source *
find(struct source *const *items, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (items[i] != NULL && !items[i]->withdrawn && strcmp(items[i]->id, id) == 0)
			return items[i];
	return NULL;
}

static void
add_sources(struct snapshot *snapshot, const struct ruleset *set, struct source *const *items, size_t n,
    const struct left_outs *skip)
{
	struct rows *r = rows_new(&source_fact, "run");

	for (size_t i = 0; i < set->sources.n; i++) {
		const struct source_decl *d = &set->sources.items[i];

		add_source_row(r, d, find(items, n, d->id), is_left_out(skip, d->id));
	}
	if (r->status == PS_NOT_COLLECTED)
		rows_end(r, PS_COMPLETE, "%s", "");
	snapshot_put(snapshot, r);
}

static bool
is_of(const struct fact *f, size_t part, const struct source *s)
{
	return strcmp(f->source, s->kind) == 0 && (f->found_parts || strcmp(f->parts[part], s->part) == 0);
}

static void
add_stops(struct source *s, const struct ruleset *set)
{
	int64_t *stops = arena_alloc(s->arena, (set->stops.n + 1) * sizeof *stops);

	for (size_t i = 0; i < set->stops.n; i++)
		if (!set->stops.items[i].conditional)
			stops[s->n_stops++] = set->stops.items[i].version;
	s->stops = stops;
}

/* What waits for another source comes last, so that nothing else of this one does. */
static void
add_rows(struct source *s, const struct ruleset *set, int64_t installed, const bool *only, bool waiting)
{
	for (size_t i = 0; i < set->facts.n; i++) {
		const struct fact *f = &set->facts.items[i];

		for (size_t p = 0; p < f->n_parts && (only == NULL || only[i]); p++)
			if ((f->n_after > 0) == waiting && is_of(f, p, s) && fact_is_asked(f, installed))
				s->rows[s->n_rows++] = rows_new(f, s->part);
	}
}

/* The heap's copy of a source: a thread that is left behind keeps it. `only`: of each fact whether it is read, or NULL. */
static struct source *
prepare(const struct ruleset *set, const struct source *given, int64_t installed, const bool *only)
{
	struct source *s = xcalloc(1, sizeof *s);

	*s = *given;
	s->arena = arena_new();
	s->status = PS_NOT_COLLECTED;
	s->installed = installed;
	s->rows = xcalloc(set->facts.n + 1, sizeof *s->rows);
	add_rows(s, set, installed, only, false);
	add_rows(s, set, installed, only, true);
	return s;
}

/* In the place of a source whose thread did not end in time. */
static struct source *
replacement(const struct ruleset *set, const struct source *given, int64_t installed, const bool *only, int signal)
{
	struct source *s = prepare(set, given, installed, only);

	source_end_all(
	    s, PS_TIMEOUT, "%s", signal != 0 ? "interrupted" : "no complete answer before --timeout expired");
	return s;
}

static void
add_not_asked(struct snapshot *snapshot, const struct ruleset *set, const struct source *s, int64_t installed)
{
	for (size_t i = 0; i < set->facts.n; i++) {
		const struct fact *f = &set->facts.items[i];

		for (size_t p = 0; p < f->n_parts; p++) {
			struct rows *r;

			if (!is_of(f, p, s) || fact_is_asked(f, installed))
				continue;
			r = rows_new(f, s->part);
			rows_end(r, PS_DISABLED, "read only where GitLab %s is installed", f->asked);
			snapshot_add(snapshot, r);
		}
	}
}

static void
take_rows(struct snapshot *snapshot, struct source *s)
{
	if (s->withdrawn) {
		for (size_t i = 0; i < s->n_rows; i++)
			rows_free(s->rows[i]);
		return;
	}
	source_end_all(s, s->status != PS_NOT_COLLECTED ? s->status : PS_ERROR, "%s", s->reason);
	for (size_t i = 0; i < s->n_rows; i++)
		snapshot_put(snapshot, s->rows[i]);
}

static void
release(struct source *s)
{
	arena_free(s->arena);
	free(s->rows);
	free(s);
}

/* One reading: its sources as they are given, and their copies; the last of them is free for the first look. */
struct live_run {
	const struct ruleset *set;
	struct source *given;
	size_t n;
	const struct left_outs *skip;
	int64_t installed;
	const struct live_limits *limits;
	struct source **items; /* n + 1 */
	struct snapshot *snapshot;
	int64_t started, begun;
	int signal;
};

/* Reads `n` prepared sources, which are copies of `given`, side by side. */
static void
look(struct live_run *r, struct source **items, const struct source *const *given, size_t n, const bool *only)
{
	struct progress_shown shown;
	struct collect_watch watch = progress_begin(&shown, n);

	r->signal = collect_sources(items, n, &r->limits->known, r->limits->timeout_us, r->limits->full, &watch);
	progress_end(&shown);
	for (size_t i = 0; i < n; i++)
		if (items[i] == NULL) {
			items[i] = replacement(r->set, given[i], r->installed, only, r->signal);
			progress_log(items[i]);
		}
}

/* The tables about the reading itself. */
static void
put_frame(struct live_run *r)
{
	add_run(r->snapshot, r->started, r->started + clock_mono_us() - r->begun, r->signal, r->limits->command);
	add_sources(r->snapshot, r->set, r->items, r->n + 1, r->skip);
}

static void
look_first(struct live_run *r)
{
	CLEANUP(free_ptr) const struct source **given = xcalloc(r->n + 1, sizeof *given);

	for (size_t i = 0; i < r->n; i++) {
		given[i] = &r->given[i];
		r->items[i] = prepare(r->set, given[i], r->installed, NULL);
		if (strcmp(r->items[i]->kind, "release") == 0)
			r->items[i]->limit_us = r->limits->release_us;
		if (r->limits->to_next_stop)
			add_stops(r->items[i], r->set);
	}
	look(r, r->items, given, r->n, NULL);
	for (size_t i = 0; i < r->n; i++) {
		take_rows(r->snapshot, r->items[i]);
		if (!r->items[i]->withdrawn)
			add_not_asked(r->snapshot, r->set, r->items[i], r->installed);
	}
	put_frame(r);
}

/* The first look at unfinished work becomes a source of its own. */
static void
keep_first_look(struct live_run *r, struct rows *work, const struct source_decl *d)
{
	struct source *s = xcalloc(1, sizeof *s);

	*s = (struct source){.id = d->id,
	    .kind = d->kind,
	    .part = d->part,
	    .origin_text = "--observe",
	    .arena = arena_new(),
	    .status = PS_COMPLETE,
	    .started_at = r->started};
	(void)snprintf(s->shown, sizeof s->shown, "this run, %lld s before the second look",
	    (long long)(r->limits->observe_us / 1000000));
	r->items[r->n] = s;
	snapshot_put(r->snapshot, work);
}

/* What the second look cost, and how it ended. */
static void
add_to_first(struct source *first, const struct source *s)
{
	first->started_at = s->started_at;
	first->duration_us += s->duration_us;
	first->requests += s->requests;
	first->bytes += s->bytes;
	if (s->status == PS_COMPLETE)
		return;
	first->status = s->status;
	memcpy(first->reason, s->reason, sizeof first->reason);
}

/* The tables that the view `work` reads, of the sources that were read whole; their rows take the place of the first. */
static void
read_again(struct live_run *r, const bool *only)
{
	CLEANUP(free_ptr) const struct source **given = xcalloc(r->n + 1, sizeof *given);
	CLEANUP(free_ptr) struct source **first = xcalloc(r->n + 1, sizeof(struct source *));
	CLEANUP(free_ptr) struct source **items = xcalloc(r->n + 1, sizeof(struct source *));
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		if (r->items[i]->withdrawn || r->items[i]->status != PS_COMPLETE)
			continue;
		items[n] = prepare(r->set, &r->given[i], r->installed, only);
		if (items[n]->n_rows == 0) {
			release(items[n]);
			continue;
		}
		given[n] = &r->given[i];
		first[n++] = r->items[i];
	}
	look(r, items, given, n, only);
	for (size_t i = 0; i < n; i++) {
		take_rows(r->snapshot, items[i]);
		add_to_first(first[i], items[i]);
		release(items[i]);
	}
}

static void
look_again(struct live_run *r)
{
	const struct source_decl *d = ruleset_source(r->set, OBSERVED_SOURCE);
	const bool *only = observed_facts(r->set);
	struct rows *work;

	if (d == NULL || only == NULL)
		return;
	work = observed_work(r->set, r->snapshot, r->limits->inputs);
	if (work == NULL)
		return;
	keep_first_look(r, work, d);
	r->signal = progress_pause(r->limits->observe_us, "second look at queues and locks");
	if (r->signal == 0)
		read_again(r, only);
	put_frame(r);
}

static void
note_completeness(const struct live_run *r, struct live_reading *out)
{
	for (size_t i = 0; i < r->set->sources.n; i++) {
		const struct source_decl *d = &r->set->sources.items[i];
		const struct source *s = find(r->items, r->n, d->id);

		if (d->need == SN_REQUIRED && (s == NULL || s->status != PS_COMPLETE))
			out->required_complete = false;
		if (s != NULL && (d->need == SN_REQUIRED || !s->discovered) && s->status != PS_COMPLETE)
			out->asked_complete = false;
	}
}

void
read_live(const struct ruleset *set, struct source *sources, size_t n, const struct left_outs *skip, int64_t installed,
    struct live_limits limits, struct arena *a, struct live_reading *out)
{
	struct live_run r = {.set = set,
	    .given = sources,
	    .n = n,
	    .skip = skip,
	    .installed = installed,
	    .limits = &limits,
	    .items = xcalloc(n + 1, sizeof *r.items),
	    .snapshot = snapshot_new(),
	    .started = clock_wall_us(),
	    .begun = clock_mono_us()};
	sigset_t before;

	*out = (struct live_reading){.required_complete = true, .asked_complete = true};
	(void)pthread_sigmask(SIG_BLOCK, NULL, &before);
	if (limits.observe_us > 0)
		progress_hold_signals(&before);
	look_first(&r);
	if (limits.observe_us > 0 && r.signal == 0)
		look_again(&r);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	out->signal = r.signal;
	note_completeness(&r, out);
	snapshot_write(r.snapshot, a, &out->facts);
	for (size_t i = 0; i <= n; i++)
		if (r.items[i] != NULL)
			release(r.items[i]);
	free(r.items);
	snapshot_free(r.snapshot);
}

void
describe_live(const struct ruleset *set, const struct source *sources, size_t n, int64_t installed, FILE *f)
{
	if (n == 0)
		(void)fputs("No source was given or found: nothing would be read.\n", f);
	for (size_t i = 0; i < n; i++) {
		struct source *s = prepare(set, &sources[i], installed, NULL);

		(void)fprintf(f, "%s== %s, from %s\n", i > 0 ? "\n" : "", s->id, s->origin_text);
		if (s->fault != NULL)
			(void)fprintf(f, "  would not be contacted: %s\n", s->fault);
		else
			source_kind_find(s->kind)->describe(s, f);
		for (size_t k = 0; k < s->n_rows; k++)
			rows_free(s->rows[k]);
		release(s);
	}
}

int64_t
installed_key(const char *from)
{
	struct version v;
	struct err ignored;

	return from != NULL && version_parse(from, &v, &ignored) ? v.key : 0;
}
