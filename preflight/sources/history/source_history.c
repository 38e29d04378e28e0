/*
 * The kind of source `history`: what was left of unfinished work at earlier looks. Part earlier is the file that
 * earlier runs wrote (see discovery/history.c); part observed is the first look of the same run, which
 * discovery/observe.c keeps without a source. Reads one small file, and writes nothing.
 */
#include "sources/source.h"

#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "sources/history/history_line.h"

static const char *const columns[] = {"at", "kind", "name", "remaining", "due_at", "structure", NULL};
static const struct reader readers[] = {{"samples", columns, NULL}, {NULL, NULL, NULL}};

/* Lines that are no whole line of a history: how many, and the number of the first. */
struct skipped {
	size_t n, first;
};

/* False: the table takes no more rows, and has its status. */
static bool
add_line(struct rows *r, const char *line, size_t len, size_t number, struct skipped *skipped)
{
	CLEANUP(json_drop) json_t *j = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	struct cell cells[HISTORY_COLUMNS];
	struct err e;

	if (history_line_read(j, r->fact, cells) && rows_add(r, cells, &e))
		return true;
	if (r->status == PS_TRUNCATED)
		return false;
	if (skipped->n++ == 0)
		skipped->first = number;
	return true;
}

static void
add_lines(struct rows *r, const char *text, size_t len, struct skipped *skipped)
{
	const char *end = text + len;
	size_t number = 0;

	for (const char *line = text; line < end;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t n = (size_t)((stop != NULL ? stop : end) - line);

		number++;
		if (n > 0 && !add_line(r, line, n, number, skipped))
			return;
		line += n + 1;
	}
	rows_end(r, PS_COMPLETE, "%s", "");
}

/* Before the first run there is no file: nothing was seen earlier. */
static bool
read_file(struct source *s, const char **text, size_t *len, struct err *e)
{
	*text = "";
	*len = 0;
	return access(s->endpoint, F_OK) != 0 || file_read(s->arena, s->endpoint, HISTORY_MAX, text, len, e);
}

static void
collect(const struct run *run, struct sources *all, struct source *s)
{
	struct skipped skipped = {0};
	const char *text, *shown;
	size_t len;
	struct err e;

	(void)run;
	(void)all;
	text_clean_into(s->shown, sizeof s->shown, s->endpoint);
	if (!read_file(s, &text, &len, &e)) {
		source_end_all(s, PS_UNREADABLE, "%s", e.msg);
		return;
	}
	s->bytes = (int64_t)len;
	for (size_t i = 0; i < s->n_rows; i++) {
		s->rows[i]->read_at = clock_wall_us();
		add_lines(s->rows[i], text, len, &skipped);
	}
	if (skipped.n > 0) {
		shown = arena_printf(s->arena, "%zu of its lines skipped, as line %zu is none of a history; %s",
		    skipped.n, skipped.first, s->endpoint);
		text_clean_into(s->shown, sizeof s->shown, shown);
	}
	s->status = s->n_rows > 0 ? s->rows[0]->status : PS_COMPLETE;
}

static void
describe(const struct source *s, FILE *f)
{
	(void)fprintf(f, "  reads %s, if it exists, and appends the unfinished work of this run\n", s->endpoint);
}

const struct source_kind source_history = {
    .name = "history",
    .part_column = "part",
    .readers = readers,
    .collect = collect,
    .describe = describe,
};
