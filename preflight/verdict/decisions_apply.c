/*
 * Matches decision entries with findings. An accepted finding stays a finding: it only does less to the gate, and only
 * where its rule permits that. What is missing, still running or broken cannot be accepted, whatever a file says.
 */
#include "verdict/decisions_apply.h"

#include <string.h>

#include "base/text.h"
#include "base/version.h"
#include "ruleset/engine_rules.h"

enum state { DS_UNUSED, DS_APPLIED, DS_EXPIRED, DS_REFUSED, DS_OTHER_TARGET };
static const char *const state_word[] = {"unused", "applied", "expired", "refused", "other_target"};

static bool
is(const struct decision *d, enum state s)
{
	return strcmp(d->state, state_word[s]) == 0;
}

static const char *
or_empty(const char *s)
{
	return s != NULL ? s : "";
}

/* An entry for 16.7 is for each patch of it. */
static bool
is_for(const struct decision_entry *e, struct hop hop)
{
	return e->target == NULL || e->target_key == hop.to ||
	    (e->target_parts < 3 && version_minor(e->target_key) == version_minor(hop.to));
}

void
decisions_begin(const struct instance *inst, struct hop hop, struct decided *out)
{
	const struct decision_entries *all = &inst->inputs->decisions;

	*out = (struct decided){.entries = all->items, .n = all->n};
	out->items = arena_alloc(inst->arena, (all->n + 1) * sizeof *out->items);
	for (size_t i = 0; i < all->n; i++) {
		const struct decision_entry *e = &all->items[i];
		enum state state = !is_for(e, hop)       ? DS_OTHER_TARGET
		    : e->expires_at <= inst->finished_at ? DS_EXPIRED
							 : DS_UNUSED;

		out->items[i] = (struct decision){.kind = e->confirmed ? "confirmed" : "accepted",
		    .rule = or_empty(e->rule),
		    .key = or_empty(e->key),
		    .notes_read = or_empty(e->notes_read),
		    .target = or_empty(e->target),
		    .justification = e->justification,
		    .approver = e->line == 0 ? inst->operator_name : e->approver,
		    .ticket = e->line == 0 ? or_empty(inst->inputs->change) : e->ticket,
		    .expires = or_empty(e->expires),
		    .state = state_word[state],
		    .reason = ""};
	}
}

static void
apply(struct decision *d)
{
	d->state = state_word[DS_APPLIED];
	d->reason = "";
	d->n_findings++;
}

const struct decision *
decisions_of_notes(struct decided *all, int64_t minor)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->entries[i].notes_read != NULL && all->entries[i].notes_minor == minor &&
		    (is(&all->items[i], DS_UNUSED) || is(&all->items[i], DS_APPLIED))) {
			apply(&all->items[i]);
			return &all->items[i];
		}
	return NULL;
}

static bool
is_named(const struct rule *r, const char *name)
{
	if (strcmp(r->id, name) == 0)
		return true;
	for (size_t i = 0; i < r->aliases.n; i++)
		if (strcmp(r->aliases.items[i], name) == 0)
			return true;
	return false;
}

static bool
concerns(const struct decision_entry *e, const struct rule *r, const struct finding *f)
{
	if (e->notes_read != NULL || (e->key != NULL && strcmp(e->key, f->key) != 0))
		return false;
	return e->rule == NULL || strcmp(e->rule, f->rule) == 0 || (r != NULL && is_named(r, e->rule));
}

const char *
decision_forbidden(const struct decision_entry *e, const struct rule *r, const struct finding *f)
{
	if (e->confirmed)
		return f->status == ST_MANUAL ? NULL : "only what a person does or reads can be confirmed";
	if (r == NULL || r->kind == RK_ENGINE || !r->acceptable)
		return "findings of this rule cannot be accepted";
	if (f->status == ST_WAITING)
		return "work that is running cannot be accepted: it finishes by itself";
	if (f->status == ST_ERROR)
		return "a rule that failed cannot be accepted";
	if (f->status == ST_MANUAL)
		return "a chore is confirmed, not accepted";
	if (f->status == ST_UNKNOWN && e->key == NULL)
		return "what is unknown can be accepted only one by one, with its key";
	return NULL;
}

bool
decision_is_open(const struct finding *f)
{
	return f->status == ST_FAIL || f->status == ST_UNKNOWN || f->status == ST_ERROR || f->status == ST_WAITING ||
	    f->status == ST_MANUAL;
}

static void
apply_to(const struct instance *inst, struct decided *all, struct finding *f)
{
	const struct rule *r = ruleset_rule_of(inst->set, f->rule);

	for (size_t i = 0; i < all->n && f->decision == NULL; i++) {
		const struct decision_entry *e = &all->entries[i];
		struct decision *d = &all->items[i];
		const char *why;

		if (is(d, DS_EXPIRED) || is(d, DS_OTHER_TARGET) || !concerns(e, r, f))
			continue;
		why = decision_forbidden(e, r, f);
		if (why == NULL) {
			apply(d);
			f->decision = d;
		} else if (!is(d, DS_APPLIED)) {
			d->state = state_word[DS_REFUSED];
			d->reason = why;
		}
	}
}

/* What an entry of its own could do. */
static const char *
decidable(const struct instance *inst, const struct finding *f)
{
	const struct decision_entry entry = {.confirmed = f->status == ST_MANUAL, .rule = f->rule, .key = f->key};

	if (!decision_is_open(f) || decision_forbidden(&entry, ruleset_rule_of(inst->set, f->rule), f) != NULL)
		return NULL;
	return entry.confirmed ? "confirmed" : "accepted";
}

void
decisions_apply(const struct instance *inst, struct decided *all, struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		findings->items[i].decidable = decidable(inst, &findings->items[i]);
	for (size_t i = 0; i < findings->n; i++)
		if (decision_is_open(&findings->items[i]) && findings->items[i].decision == NULL)
			apply_to(inst, all, &findings->items[i]);
	for (size_t i = 0; i < all->n; i++) {
		const struct decision_entry *e = &all->entries[i];
		struct decision *d = &all->items[i];

		d->broad = e->key == NULL && e->notes_read == NULL && d->n_findings > 1;
		if (is(d, DS_UNUSED))
			d->reason = e->notes_read != NULL ? "this upgrade step does not depend on it"
			    : e->key != NULL              ? "there is no such finding"
							  : "this rule has no open finding";
		if (is(d, DS_EXPIRED))
			d->reason = arena_printf(inst->arena, "it ended %s", e->expires);
		if (is(d, DS_OTHER_TARGET))
			d->reason = "it is for another target";
	}
}

static const char *
about(struct arena *a, const struct decision *d)
{
	if (d->notes_read[0] != '\0')
		return arena_printf(a, "the upgrade notes of %s", d->notes_read);
	if (d->rule[0] == '\0')
		return arena_printf(a, "finding %.12s", d->key);
	return d->key[0] == '\0' ? d->rule : arena_printf(a, "%s, finding %.12s", d->rule, d->key);
}

struct decision_remarks
decisions_remarks(const struct instance *inst, const struct decided *all)
{
	struct decision_remarks out = {0};
	struct arena *a = inst->arena;

	for (size_t i = 0; i < all->n; i++) {
		const struct decision *d = &all->items[i];
		struct decision_remark m = {.subject = all->entries[i].line > 0
			? arena_printf(a, "line %u", all->entries[i].line)
			: arena_printf(a, "--notes-read %s", d->notes_read)};

		if (is(d, DS_EXPIRED))
			m.id = "decision.expired";
		else if (is(d, DS_REFUSED))
			m.id = "decision.refused";
		else if (is(d, DS_UNUSED))
			m.id = "decision.unused";
		else if (d->broad)
			m.id = "decision.broad";
		if (m.id == NULL)
			continue;
		m.message = arena_printf(a, "%s entry about %s (%s): %s", d->kind[0] == 'a' ? "Accepted" : "Confirmed",
		    about(a, d), m.subject,
		    d->broad ? arena_printf(a, "it names no key and covers %zu findings", d->n_findings) : d->reason);
		ARENA_PUSH(a, &out, m);
	}
	return out;
}

enum effect
decision_effect(const struct finding *f, enum effect open)
{
	if (f->decision == NULL)
		return open;
	if (f->status == ST_MANUAL)
		return EF_NONE;
	return open == EF_BLOCKS ? EF_WARNS : EF_NONE;
}
