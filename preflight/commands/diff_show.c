/* Prints what compare.c found: as text, and as the object of --format json. Decides nothing. */
#include "commands/diff_show.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "reports/chapters.h"

#define SCHEMA_ID "urn:preflight:schema:diff:1"
#define LINES_MOST 20 /* of a list, unless --verbose */
#define WIDTH 100
#define TEXT_AT 15

static const char *const heading[DF_N] = {
    [DF_NEW] = "New",
    [DF_CHANGED] = "Changed",
    [DF_UNSEEN] = "No longer checked",
    [DF_CLEARED] = "Cleared",
    [DF_UNCHANGED] = "Unchanged",
};

static const struct finding *
latest(const struct difference *d)
{
	return d->after != NULL ? d->after : d->before;
}

static void
show_line(struct arena *a, const struct difference *d)
{
	const struct finding *f = latest(d);
	char *word = arena_strdup(a, finding_word(a, f));

	for (char *p = word; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	(void)printf("  %-11s  ", word);
	text_print_wrapped(stdout, one_line(a, f->message), TEXT_AT, TEXT_AT, WIDTH);
	(void)printf("%*s%s  %s\n", TEXT_AT, "", f->rule, f->anchor);
	if (d->what[0] == '\0')
		return;
	(void)printf("%*s", TEXT_AT, "");
	text_print_wrapped(stdout, one_line(a, d->what), TEXT_AT, TEXT_AT, WIDTH);
}

static void
show_kind(struct arena *a, const struct report_diff *c, enum difference_kind kind, bool all)
{
	size_t shown = 0;

	if (c->count[kind] == 0)
		return;
	(void)printf("\n%s (%zu)\n", heading[kind], c->count[kind]);
	for (size_t i = 0; i < c->n; i++) {
		if (c->items[i].kind != kind)
			continue;
		if (shown == LINES_MOST && !all) {
			(void)printf("  and %zu more: --verbose or --format json\n", c->count[kind] - shown);
			return;
		}
		show_line(a, &c->items[i]);
		shown++;
	}
}

static void
show_report(struct arena *a, const char *which, const struct report *r)
{
	char people[TIME_PEOPLE];
	int64_t at;

	(void)printf("%-5s %s  (%s)\n", which, one_line(a, r->title),
	    text_time_read(r->finished_at, &at) ? text_time_people(at, people) : "time unknown");
}

static const char *
answer(const struct report_diff *c)
{
	if (c->worse)
		return "WORSE";
	return c->before->gate.decision == c->after->gate.decision &&
		c->count[DF_CHANGED] + c->count[DF_CLEARED] + c->count[DF_NEW] + c->count[DF_UNSEEN] == 0
	    ? "UNCHANGED"
	    : "NO WORSE";
}

void
diff_show_text(const struct report_diff *c, int exit_code, int verbosity)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const char *last;

	if (verbosity >= 0) {
		show_report(a, "Old", c->before);
		show_report(a, "New", c->after);
		for (size_t i = 0; i < c->n_notes; i++)
			(void)printf("  %s\n", one_line(a, c->notes[i]));
		for (size_t kind = 0; kind < DF_N; kind++)
			if (kind != DF_UNCHANGED || verbosity > 0)
				show_kind(a, c, (enum difference_kind)kind, verbosity > 0);
		(void)putchar('\n');
	}
	last = arena_printf(a, "%s: %s -> %s: %zu new, %zu changed, %zu no longer checked, %zu cleared, %zu unchanged",
	    answer(c), gate_title[c->before->gate.decision], gate_title[c->after->gate.decision], c->count[DF_NEW],
	    c->count[DF_CHANGED], c->count[DF_UNSEEN], c->count[DF_CLEARED], c->count[DF_UNCHANGED]);
	text_print_wrapped(stdout, last, 0, 7, WIDTH);
	(void)printf("%*sexit %d\n", WIDTH - 7, "", exit_code);
}

/* Texts of a report are valid UTF-8: json_read.c took them from JSON. */
static json_t *
report_json(const struct report *r)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s}, s:s}", "run_id", r->run_id, "finished_at",
	    r->finished_at, "label", r->label, "decision", gate_word[r->gate.decision], "from", r->gate.from, "to",
	    r->gate.to, "rules", "version", r->rules_version, "digest", r->rules_digest, "tool", r->tool_version);
}

static json_t *
state_json(const struct finding *f)
{
	return f == NULL ? json_null()
			 : json_pack("{s:s, s:s, s:s}", "status", status_word[f->status], "effect",
			       effect_word[f->effect], "message", f->message);
}

static json_t *
difference_json(const struct difference *d)
{
	const struct finding *f = latest(d);

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:o, s:o}", "key", f->key, "anchor", f->anchor, "rule",
	    f->rule, "title", f->title, "what", d->what, "worse", d->worse, "other_rules", d->other_rules, "old",
	    state_json(d->before), "new", state_json(d->after));
}

bool
diff_show_json(const struct report_diff *c, int exit_code, struct err *e)
{
	CLEANUP(json_drop)
	json_t *o = json_pack("{s:{s:s, s:s}, s:b, s:i, s:b, s:o, s:o, s:[], s:{}}", "schema", "id", SCHEMA_ID,
	    "version", "1.0", "worse", c->worse, "exit_code", exit_code, "other_rules", c->other_rules, "old",
	    report_json(c->before), "new", report_json(c->after), "notes", "findings");
	json_t *lists = json_object_get(o, "findings");
	bool ok = o != NULL;

	for (size_t i = 0; ok && i < c->n_notes; i++)
		ok = json_array_append_new(json_object_get(o, "notes"), json_string(c->notes[i])) == 0;
	for (size_t kind = 0; ok && kind < DF_N; kind++)
		ok = json_object_set_new(lists, difference_word[kind], json_array()) == 0;
	for (size_t i = 0; ok && i < c->n; i++)
		ok = json_array_append_new(
			 json_object_get(lists, difference_word[c->items[i].kind]), difference_json(&c->items[i])) == 0;
	if (!ok || !json_print(o, 2, stdout))
		return fail(e, NOWHERE, "the comparison cannot be written as JSON");
	return true;
}
