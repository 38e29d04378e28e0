/*
 * One collection of a live instance: prepares the rows of every declared table, runs the sources, and turns what
 * they filled into files of facts. Evaluates nothing.
 */
#include "discovery/read_live.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
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
	out->command = o->argv;
	out->full = o->depth != NULL && strcmp(o->depth, "full") == 0;
	out->timeout_us = out->full ? TIMEOUT_FULL_US : TIMEOUT_US;
	if (o->depth != NULL && !out->full && strcmp(o->depth, "normal") != 0)
		return fail(e, NOWHERE, "--depth %s: choose normal or full", o->depth);
	out->release_us = o->timeout == NULL && out->timeout_us < RELEASE_US ? RELEASE_US : 0;
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
	snapshot_add(s, r);
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
	snapshot_add(snapshot, r);
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
add_rows(struct source *s, const struct ruleset *set, int64_t installed, bool waiting)
{
	for (size_t i = 0; i < set->facts.n; i++) {
		const struct fact *f = &set->facts.items[i];

		for (size_t p = 0; p < f->n_parts; p++)
			if ((f->n_after > 0) == waiting && is_of(f, p, s) && fact_is_asked(f, installed))
				s->rows[s->n_rows++] = rows_new(f, s->part);
	}
}

/* The heap's copy of a source: a thread that is left behind keeps it. */
static struct source *
prepare(const struct ruleset *set, const struct source *given, int64_t installed)
{
	struct source *s = xcalloc(1, sizeof *s);

	*s = *given;
	s->arena = arena_new();
	s->status = PS_NOT_COLLECTED;
	s->installed = installed;
	s->rows = xcalloc(set->facts.n + 1, sizeof *s->rows);
	add_rows(s, set, installed, false);
	add_rows(s, set, installed, true);
	return s;
}

/* In the place of a source whose thread did not end in time. */
static struct source *
replacement(const struct ruleset *set, const struct source *given, int64_t installed, int signal)
{
	struct source *s = prepare(set, given, installed);

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
		snapshot_add(snapshot, s->rows[i]);
}

static void
release(struct source *s)
{
	arena_free(s->arena);
	free(s->rows);
	free(s);
}

void
read_live(const struct ruleset *set, struct source *sources, size_t n, const struct left_outs *skip, int64_t installed,
    struct live_limits limits, struct arena *a, struct live_reading *out)
{
	struct source **items = xcalloc(n + 1, sizeof *items);
	struct snapshot *snapshot = snapshot_new();
	int64_t started = clock_wall_us(), begun = clock_mono_us();
	struct progress_shown shown;
	struct collect_watch watch;

	*out = (struct live_reading){.required_complete = true, .asked_complete = true};
	for (size_t i = 0; i < n; i++) {
		items[i] = prepare(set, &sources[i], installed);
		if (strcmp(items[i]->kind, "release") == 0)
			items[i]->limit_us = limits.release_us;
		if (limits.to_next_stop)
			add_stops(items[i], set);
	}
	watch = progress_begin(&shown, n);
	out->signal = collect_sources(items, n, &limits.known, limits.timeout_us, limits.full, &watch);
	progress_end(&shown);
	add_run(snapshot, started, started + clock_mono_us() - begun, out->signal, limits.command);
	for (size_t i = 0; i < n; i++) {
		if (items[i] == NULL) {
			items[i] = replacement(set, &sources[i], installed, out->signal);
			progress_log(items[i]);
		}
		take_rows(snapshot, items[i]);
		if (!items[i]->withdrawn)
			add_not_asked(snapshot, set, items[i], installed);
	}
	add_sources(snapshot, set, items, n, skip);
	for (size_t i = 0; i < set->sources.n; i++) {
		const struct source *s = find(items, n, set->sources.items[i].id);

		if (set->sources.items[i].need == SN_REQUIRED && (s == NULL || s->status != PS_COMPLETE))
			out->required_complete = false;
		if (s != NULL && (set->sources.items[i].need == SN_REQUIRED || !s->discovered) &&
		    s->status != PS_COMPLETE)
			out->asked_complete = false;
	}
	snapshot_write(snapshot, a, &out->facts);
	for (size_t i = 0; i < n; i++)
		release(items[i]);
	free(items);
	snapshot_free(snapshot);
}

void
describe_live(const struct ruleset *set, const struct source *sources, size_t n, int64_t installed, FILE *f)
{
	if (n == 0)
		(void)fputs("No source was given or found: nothing would be read.\n", f);
	for (size_t i = 0; i < n; i++) {
		struct source *s = prepare(set, &sources[i], installed);

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
