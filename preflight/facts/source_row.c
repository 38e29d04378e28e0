/* Rows of the table `source` as a struct, and back; its columns are declared in fact.c. */
#include "facts/source_row.h"

static struct cell
text(const char *s)
{
	return cell_text(s != NULL ? s : "");
}

bool
source_row_add(struct rows *r, const struct source_row *s, struct err *e)
{
	const struct cell cells[SC_N] = {
	    [SC_ID] = text(s->id),
	    [SC_KIND] = text(s->kind),
	    [SC_REQUESTED] = cell_int(s->requested),
	    [SC_ORIGIN] = text(s->origin),
	    [SC_STATUS] = text(part_status_word[s->status]),
	    [SC_REASON] = text(s->reason),
	    [SC_ENDPOINT] = text(s->endpoint),
	    [SC_VERSION] = text(s->version),
	    [SC_TLS] = text(s->tls),
	    [SC_PRIVILEGE] = text(s->privilege),
	    [SC_STARTED_AT] = cell_time(s->started_at),
	    [SC_DURATION_US] = cell_int(s->duration_us),
	    [SC_REQUESTS] = cell_int(s->requests),
	    [SC_BYTES] = cell_int(s->bytes),
	    [SC_NODE] = text(s->node),
	};

	return rows_add(r, cells, e);
}

struct source_row
source_row_at(const struct rows *r, size_t i)
{
	const struct cell *c = r->items[i];
	struct source_row s = {.id = c[SC_ID].s,
	    .kind = c[SC_KIND].s,
	    .requested = c[SC_REQUESTED].i != 0,
	    .origin = c[SC_ORIGIN].s,
	    .reason = c[SC_REASON].s,
	    .endpoint = c[SC_ENDPOINT].s,
	    .version = c[SC_VERSION].s,
	    .tls = c[SC_TLS].s,
	    .privilege = c[SC_PRIVILEGE].s,
	    .started_at = c[SC_STARTED_AT].i,
	    .duration_us = c[SC_DURATION_US].i,
	    .requests = c[SC_REQUESTS].i,
	    .bytes = c[SC_BYTES].i,
	    .node = c[SC_NODE].s};

	if (!part_status_of(c[SC_STATUS].s, &s.status))
		s.status = PS_ERROR;
	return s;
}
