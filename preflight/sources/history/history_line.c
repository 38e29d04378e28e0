/*
 * Writes and reads a line of a history: a JSON object with the number of its form and a member for each column.
 * Times are texts, so that people can read the file.
 */
#include "sources/history/history_line.h"

#include "base/json.h"
#include "base/text.h"

static bool
read_cell(const json_t *j, enum col_type type, struct cell *out)
{
	int64_t us;

	*out = (struct cell){.kind = CELL_NULL};
	if (json_is_null(j))
		return true;
	if (type == T_INTEGER && json_is_integer(j))
		*out = cell_int(json_integer_value(j));
	else if (type == T_TEXT && json_is_string(j))
		*out = cell_text(json_string_value(j));
	else if (type == T_TIME && json_is_string(j) && text_time_read(json_string_value(j), &us))
		*out = cell_int(us);
	return out->kind != CELL_NULL;
}

bool
history_line_read(const json_t *j, const struct fact *f, struct cell cells[HISTORY_COLUMNS])
{
	if (!json_is_object(j) || json_integer_value(json_object_get(j, "form")) != HISTORY_FORM ||
	    f->n_columns > HISTORY_COLUMNS)
		return false;
	for (size_t i = 0; i < f->n_columns; i++) {
		const json_t *member = json_object_get(j, f->columns[i].name);

		if (member == NULL || !read_cell(member, f->columns[i].type, &cells[i]))
			return false;
	}
	return true;
}

static json_t *
cell_json(const struct cell *c, enum col_type type)
{
	char time[TIME_TEXT];

	if (c->kind == CELL_NULL)
		return json_null();
	if (c->kind == CELL_TEXT)
		return json_string(c->s);
	return type == T_TIME ? json_string(text_time(c->i, time)) : json_integer(c->i);
}

char *
history_line_write(const struct fact *f, const struct cell *cells)
{
	CLEANUP(json_drop) json_t *j = json_pack("{s:i}", "form", HISTORY_FORM);

	for (size_t i = 0; i < f->n_columns; i++)
		(void)json_object_set_new(j, f->columns[i].name, cell_json(&cells[i], f->columns[i].type));
	return json_dumps(j, JSON_COMPACT | JSON_ENSURE_ASCII);
}
