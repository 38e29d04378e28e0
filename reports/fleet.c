/* The words that all formats of the page of many instances share. */
#include "reports/fleet.h"

#include "base/text.h"
#include "reports/chapters.h"

const char *const fleet_state_word[FS_N] = {
    [FS_MISSING] = "missing",
    [FS_UNREADABLE] = "unreadable",
    [FS_INCOMPLETE] = "incomplete",
    [FS_OLD] = "old",
    [FS_CURRENT] = "current",
    [FS_UNEXPECTED] = "unexpected",
};

const char *
fleet_word(const struct fleet_row *r)
{
	static const char *const words[FS_N] = {[FS_MISSING] = "MISSING",
	    [FS_UNREADABLE] = "UNREADABLE",
	    [FS_INCOMPLETE] = "INCOMPLETE",
	    [FS_OLD] = "OLD",
	    [FS_UNEXPECTED] = "NOT LISTED"};
	static const char *const verdicts[] = {"GO", "WARNINGS", "WAIT", "UNDETERMINED", "NO-GO"};

	return words[r->state] != NULL ? words[r->state] : verdicts[r->decision];
}

const char *
fleet_age(const struct fleet *f, const struct fleet_row *r, char *out)
{
	return r->at > 0 ? text_duration(f->at - r->at, out) : "";
}

const char *
fleet_reason(struct arena *a, const struct fleet_row *r)
{
	const char *what = r->headline;

	if (is_given(r->blocker))
		what = arena_printf(a, "%s: %s", r->blocker, r->headline);
	if (is_given(r->why) && r->has_verdict)
		what = arena_printf(a, "%s. The last verdict is %s: %s", r->why, gate_title[r->decision], what);
	else if (is_given(r->why))
		what = r->why;
	return what;
}
