/* The page of many instances as JSON, for other programs. */
#include "reports/fleet.h"

#include "base/json.h"
#include "base/text.h"
#include "reports/chapters.h"

#define SCHEMA_ID "urn:preflight:schema:fleet:1"

static json_t *
text(const char *s)
{
	return is_given(s) ? json_string(s) : json_null();
}

static json_t *
time_json(int64_t us)
{
	char out[TIME_TEXT];

	return us > 0 ? json_string(text_time(us, out)) : json_null();
}

static json_t *
row_json(const struct fleet *f, const struct fleet_row *r)
{
	return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "label", text(r->label), "state", fleet_state_word[r->state], "why", text(r->why), "bundle", text(r->path),
	    "decision", r->has_verdict ? json_string(gate_word[r->decision]) : json_null(), "exit_code",
	    r->has_verdict ? json_integer(r->exit_code) : json_null(), "version", text(r->version), "next",
	    text(r->next), "chart", text(r->chart), "blocker", text(r->blocker), "more_blockers", (json_int_t)r->more,
	    "headline", text(r->headline), "eta", text(r->eta), "collected_at", time_json(r->at), "age_s",
	    r->at > 0 ? json_integer((json_int_t)((f->at - r->at) / 1000000)) : json_null(), "since",
	    time_json(r->since), "made_with",
	    r->has_verdict ? json_pack("{s:s, s:s}", "rules", r->rules, "tool", r->tool) : json_null());
}

bool
fleet_json(FILE *out, const struct fleet *f, struct err *e)
{
	CLEANUP(json_drop)
	json_t *o = json_pack("{s:{s:s, s:s}, s:o, s:s, s:i, s:I, s:I, s:[], s:[]}", "schema", "id", SCHEMA_ID,
	    "version", "1.0", "at", time_json(f->at), "headline", f->headline, "exit_code", f->exit_code, "expected",
	    (json_int_t)f->expected, "problems", (json_int_t)f->n_problems, "notes", "instances");
	bool ok = o != NULL;

	for (size_t i = 0; ok && i < f->n_notes; i++)
		ok = json_array_append_new(json_object_get(o, "notes"), json_string(f->notes[i])) == 0;
	for (size_t i = 0; ok && i < f->n; i++)
		ok = json_array_append_new(json_object_get(o, "instances"), row_json(f, &f->rows[i])) == 0;
	if (!ok || !json_print(o, 2, out))
		return fail(e, NOWHERE, "the fleet cannot be written as JSON");
	return stream_end(out, "fleet.json", e);
}
