/*
 * The format openmetrics: gauges for the textfile collector of node_exporter, in the part of the text that both
 * Prometheus and OpenMetrics read. No time stamps: the collector refuses a file that has any. What is unknown has no
 * sample, never a 0. Decides nothing.
 */
#include "reports/chapters.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

#define LABEL_MAX ((size_t)128)
#define WORK_MAX 50 /* series of single items */
#define BATCHED_MIGRATIONS "bbm.unfinished"

struct metrics {
	FILE *f;
	struct arena *a;
	const char *hop; /* label, from and to, as labels */
};

static void
metric(const struct metrics *m, const char *name, const char *help)
{
	(void)fprintf(m->f, "# HELP preflight_%s %s\n# TYPE preflight_%s gauge\n", name, help, name);
}

/* "name=\"value\"". */
static const char *
label(struct arena *a, const char *name, const char *value)
{
	const char *s = one_line(a, text_clean(a, value, strlen(value), LABEL_MAX)), *out;
	struct buf b;

	buf_init(&b, 4 * LABEL_MAX);
	for (; *s != '\0'; s++) {
		if (strchr("\\\"", *s) != NULL)
			buf_addc(&b, '\\');
		buf_addc(&b, *s);
	}
	out = arena_printf(a, "%s=\"%s\"", name, b.p);
	buf_free(&b);
	return out;
}

/* A sample of the hop; `more` are labels of its own, or NULL. */
static void
sample(const struct metrics *m, const char *name, const char *more, const char *value)
{
	(void)fprintf(
	    m->f, "preflight_%s{%s%s%s} %s\n", name, m->hop, more != NULL ? "," : "", more != NULL ? more : "", value);
}

static void
count(const struct metrics *m, const char *name, const char *more, size_t n)
{
	sample(m, name, more, arena_printf(m->a, "%zu", n));
}

static void
decision(const struct metrics *m, const struct gate_result *g)
{
	metric(m, "decision", "1 for the decision on this upgrade step, 0 for the others.");
	for (int d = G_GO; d <= G_NO_GO; d++)
		count(m, "decision", label(m->a, "decision", gate_word[d]), d == (int)g->decision);
	metric(m, "exit_code", "Exit code of the check.");
	count(m, "exit_code", NULL, (size_t)g->exit_code);
}

static void
counts(const struct metrics *m, const struct tally *t)
{
	const struct {
		const char *kind;
		size_t n;
	} findings[] = {{"blocker", t->blockers}, {"waiting", t->waiting}, {"unknown", t->unknown},
	    {"warning", t->warnings}, {"notice", t->notices}, {"needs_reading", t->to_read}, {"accepted", t->accepted},
	    {"confirmed", t->confirmed}},
	  rules[] = {{"passed", t->passed}, {"not_checked", t->not_checked}, {"not_applicable", t->not_applicable}};

	metric(m, "findings", "Findings by what they do to the decision; causes of what is unknown.");
	for (size_t i = 0; i < nitems(findings); i++)
		count(m, "findings", label(m->a, "kind", findings[i].kind), findings[i].n);
	metric(m, "rules", "Rules without a finding.");
	for (size_t i = 0; i < nitems(rules); i++)
		count(m, "rules", label(m->a, "result", rules[i].kind), rules[i].n);
}

/* How many are left, where that is known. */
static bool
migrations_left(const struct gate_result *g, size_t *left)
{
	bool known = false;

	*left = 0;
	for (size_t i = 0; i < g->n_findings; i++) {
		const struct finding *f = g->findings[i];

		if (strcmp(f->rule, BATCHED_MIGRATIONS) != 0 || f->status == ST_NOT_APPLICABLE)
			continue;
		if (f->status == ST_UNKNOWN || f->status == ST_ERROR || f->status == ST_SKIPPED)
			return false;
		known = true;
		*left += f->status == ST_PASS ? 0 : 1 + f->more;
	}
	return known;
}

static void
work(const struct metrics *m, const struct gate_result *g)
{
	size_t left, shown = 0;

	metric(m, "batched_migrations_left", "Batched background migrations that are not finished.");
	if (migrations_left(g, &left))
		count(m, "batched_migrations_left", NULL, left);
	metric(m, "work_progress_ratio", "Done part of work that is not finished; 50 items at most.");
	for (size_t i = 0; i < g->n_findings && shown < WORK_MAX; i++) {
		const struct finding *f = g->findings[i];

		if (!f->has_progress || !f->progress.known)
			continue;
		shown++;
		sample(m, "work_progress_ratio",
		    arena_printf(m->a, "%s,%s,%s,%s", label(m->a, "rule", f->rule),
			label(m->a, "name", f->subject_name),
			label(m->a, "state", is_given(f->progress.state) ? f->progress.state : ""),
			label(m->a, "anchor", f->anchor)),
		    arena_printf(m->a, "%" PRId64 ".%03" PRId64, f->progress.tenths / 1000, f->progress.tenths % 1000));
	}
}

static bool
is_requested(const struct source_line *s)
{
	static const char *const not_requested[] = {"not_configured", "not_collected", "disabled"};

	for (size_t i = 0; i < nitems(not_requested); i++)
		if (strcmp(s->status, not_requested[i]) == 0)
			return false;
	return !s->needless;
}

/* One sample for each source, whatever number of nodes it is read on. */
static void
sources(const struct metrics *m, const struct report *r)
{
	metric(m, "source_up", "1 where everything that was requested of the source was read, else 0.");
	for (size_t i = 0; i < r->n_sources; i++) {
		const struct source_line *s = &r->sources[i];
		bool first = true, up = true;

		for (size_t k = 0; k < r->n_sources; k++) {
			if (strcmp(r->sources[k].id, s->id) != 0 || !is_requested(&r->sources[k]))
				continue;
			first = first && k >= i;
			up = up && strcmp(r->sources[k].status, "complete") == 0;
		}
		if (first && is_requested(s))
			count(m, "source_up", label(m->a, "source", s->id), up);
	}
}

static void
time_of(const struct metrics *m, const char *name, const char *help, const char *time)
{
	int64_t us;

	metric(m, name, help);
	if (is_given(time) && text_time_read(time, &us))
		sample(m, name, NULL, arena_printf(m->a, "%" PRId64, us / 1000000));
}

static void
run(const struct metrics *m, const struct report *r)
{
	const struct gate_result *g = &r->gate;

	time_of(m, "run_timestamp_seconds", "When the data was collected.", r->finished_at);
	time_of(m, "valid_until_timestamp_seconds", "When a GO ends; no sample without a GO.",
	    g->decision <= G_GO_WITH_WARNINGS ? g->valid_until : "");
	metric(m, "run_complete", "1 where the run was not interrupted.");
	count(m, "run_complete", NULL, r->complete);
	metric(m, "build_info", "Versions of the program and of its rules.");
	sample(m, "build_info",
	    arena_printf(m->a, "%s,%s,%s", label(m->a, "version", r->tool_version),
		label(m->a, "rules_version", r->rules_version), label(m->a, "rules_origin", r->rules_origin)),
	    "1");
}

static bool
openmetrics_render(FILE *f, const struct report *r, const struct render_style *style, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const struct metrics m = {f, a,
	    arena_printf(a, "%s,%s,%s", label(a, "label", r->label), label(a, "from", r->gate.from),
		label(a, "to", r->gate.to))};

	(void)style;
	decision(&m, &r->gate);
	counts(&m, &r->gate.tally);
	work(&m, &r->gate);
	sources(&m, r);
	run(&m, r);
	(void)fputs("# EOF\n", f);
	return stream_end(f, "the metrics", e);
}

const struct format format_openmetrics = {"openmetrics", NULL, NULL, openmetrics_render};
