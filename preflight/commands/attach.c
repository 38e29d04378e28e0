/*
 * Writes the attachment: what a person reads, without the facts and rules of the bundle. Change tools limit the size of
 * attachments, and it is read by people who have no preflight.
 */
#include "commands/attach.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "commands/output.h"
#include "reports/render.h"

#define ATTACH_MAX ((size_t)2 << 20) /* bytes of the zip */

/* What is left out first where it would be too large; the last one stays. */
static const struct {
	const char *name;
	size_t first;
} attached[] = {{"html", 1}, {"json", 0}, {"markdown", 2}};

bool
attach_open(const struct options *o, struct out **out, struct err *e)
{
	enum bundle_form form = BF_DIRECTORY;

	*out = NULL;
	if (o->attach == NULL)
		return true;
	if (!bundle_form_of(o->attach, &form, e) || form != BF_ZIP)
		return fail(e, NOWHERE, "--attach %s: the attachment is a .zip file", o->attach);
	if (o->out != NULL && strcmp(o->attach, o->out) == 0)
		return fail(e, NOWHERE, "--attach and --out are both %s: name two files", o->out);
	if (out_open(o->attach, out, e))
		return true;
	err_within(e, "--attach");
	return false;
}

bool
attach_begin(struct out *out, struct err *e)
{
	return out == NULL || out_begin(out, e);
}

/* The files but the first `left_out` to go, with a README of just these. */
static bool
attached_files(struct arena *a, const struct report *r, size_t left_out, struct members *m, struct err *e)
{
	const struct format **kept = arena_alloc(a, (nitems(attached) + 2) * sizeof *kept);
	const struct render_style style = {.width = 100, .formats = kept, .alone = true};
	struct member file;
	size_t n = 0;

	for (size_t i = 0; i < nitems(attached); i++)
		if (attached[i].first >= left_out)
			kept[n++] = format_find(attached[i].name);
	kept[n] = format_find("readme");
	kept[n + 1] = NULL;
	for (size_t i = 0; i <= n; i++) {
		if (!output_render_as(a, kept[i], r, &style, &file, e))
			return false;
		ARENA_PUSH(a, m, file);
	}
	bundle_sums(a, m);
	return true;
}

static bool
fits(const struct report *r, const struct members *m, int64_t time_s, bool *small, struct err *e)
{
	struct buf zip;
	bool ok;

	buf_init(&zip, (size_t)256 << 20);
	ok = bundle_pack(&zip, BF_ZIP, BE_SMALL, r->bundle_name, m, time_s, e);
	*small = zip.len <= ATTACH_MAX;
	buf_free(&zip);
	return ok;
}

bool
attach_write(struct out *out, const struct report *r, struct err *e)
{
	int64_t at = 0;
	bool small = false;

	if (out == NULL)
		return true;
	if (!text_time_read(r->finished_at, &at))
		at = 0;
	for (size_t left_out = 0; left_out < nitems(attached); left_out++) {
		CLEANUP(arena_drop) struct arena *a = arena_new();
		struct members m = {0};

		if (!attached_files(a, r, left_out, &m, e) || !fits(r, &m, at / 1000000, &small, e))
			return false;
		if (small)
			return out_commit(out, r->bundle_name, &m, at / 1000000, e);
		for (size_t i = 0; i < nitems(attached); i++)
			if (attached[i].first == left_out)
				log_warning("--attach: without %s, because the attachment would be larger than %zu MB",
				    format_find(attached[i].name)->file, ATTACH_MAX >> 20);
	}
	return fail(e, NOWHERE, "--attach: the report is larger than %zu MB in every format", ATTACH_MAX >> 20);
}
