/* Compares a report with --expect-*. A row for each option; whether the report is true is checked by cmd_verify.c. */
#include "commands/verify_expect.h"

#include <string.h>

#include "base/text.h"
#include "base/version.h"

#define DIGEST_LEAST 12 /* digits of a digest that name a rule set */

enum expected_kind { EX_TEXT, EX_VERSION, EX_RULES };

struct expectation {
	const char *what, *option, *given, *found;
	enum expected_kind kind;
};
#define N_EXPECTED 6

/* The report may be NULL: then nothing is found. */
static void
expectations(const struct options *o, const struct report *r, struct expectation out[N_EXPECTED])
{
	const struct expectation all[N_EXPECTED] = {
	    {"verdict", "--expect-gate", o->expect_gate, r != NULL ? gate_word[r->gate.decision] : "", EX_TEXT},
	    {"label", "--expect-label", o->expect_label, r != NULL ? r->label : "", EX_TEXT},
	    {"change", "--expect-change", o->expect_change, r != NULL ? r->change : "", EX_TEXT},
	    {"installed version", "--expect-from", o->expect_from, r != NULL ? r->gate.from : "", EX_VERSION},
	    {"target version", "--expect-to", o->expect_to, r != NULL ? r->gate.to : "", EX_VERSION},
	    {"rule set", "--expect-rules", o->expect_rules, r != NULL ? r->rules_version : "", EX_RULES},
	};

	memcpy(out, all, sizeof all);
}

static bool
is_gate_word(const char *word)
{
	for (size_t i = 0; i <= G_NO_GO; i++)
		if (strcmp(gate_word[i], word) == 0)
			return true;
	return false;
}

bool
expectations_check(const struct options *o, struct err *e)
{
	struct expectation all[N_EXPECTED];

	expectations(o, NULL, all);
	if (o->expect_gate != NULL && !is_gate_word(o->expect_gate))
		return fail(e, NOWHERE, "--expect-gate %s is none of go, go_with_warnings, wait, undetermined, no_go",
		    o->expect_gate);
	for (size_t i = 0; i < N_EXPECTED; i++) {
		struct version v;

		if (all[i].kind != EX_VERSION || all[i].given == NULL)
			continue;
		if (!version_parse(all[i].given, &v, e)) {
			err_prefix(e, "%s", all[i].option);
			return false;
		}
		if (v.parts != 3)
			return fail(
			    e, NOWHERE, "%s %s: give all three numbers, as in 14.2.7", all[i].option, all[i].given);
	}
	return true;
}

bool
expectations_given(const struct options *o)
{
	struct expectation all[N_EXPECTED];
	bool any = false;

	expectations(o, NULL, all);
	for (size_t i = 0; i < N_EXPECTED; i++)
		any = any || all[i].given != NULL;
	return any;
}

static bool
is_met(const struct expectation *x, const struct report *r)
{
	struct version a, b;
	struct err e;

	switch (x->kind) {
	case EX_VERSION:
		return version_parse(x->given, &a, &e) && version_parse(x->found, &b, &e) && a.key == b.key;
	case EX_RULES:
		return strcmp(x->given, x->found) == 0 ||
		    (strlen(x->given) >= DIGEST_LEAST && strncmp(r->rules_digest, x->given, strlen(x->given)) == 0);
	case EX_TEXT:
		break;
	}
	return strcmp(x->given, x->found) == 0;
}

void
expectations_compare(
    const struct options *o, const struct report *r, struct arena *a, struct texts *met, struct texts *unmet)
{
	struct expectation all[N_EXPECTED];

	expectations(o, r, all);
	for (size_t i = 0; i < N_EXPECTED; i++) {
		const struct expectation *x = &all[i];
		const char *given;

		if (x->given == NULL)
			continue;
		given = text_clean(a, x->given, strlen(x->given), 200);
		if (is_met(x, r))
			ARENA_PUSH(a, met, arena_printf(a, "%s %s", x->what, given));
		else
			ARENA_PUSH(a, unmet,
			    arena_printf(a, "the %s is %s, but %s requires %s", x->what,
				x->found[0] != '\0' ? x->found : "not given", x->option, given));
	}
}
