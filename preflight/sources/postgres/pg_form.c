/* Turns texts of the catalogue into short forms on their way into a row (source_postgres.c). Compares nothing. */
#include "sources/postgres/pg_form.h"

#include <string.h>

#include "sources/sql_tree.h"

#define MEMO_MAX 100

static const char *
type_text(const char *text, struct form_memo *m, struct arena *a)
{
	const char *form;
	struct err e;

	for (size_t i = 0; i < m->printed.n; i++)
		if (strcmp(m->printed.items[i], text) == 0)
			return m->form.items[i];
	form = sql_short_type(a, text, &e);
	if (m->printed.n < MEMO_MAX) {
		ARENA_PUSH(a, &m->printed, arena_strdup(a, text));
		ARENA_PUSH(a, &m->form, form);
	}
	return form;
}

const char *
form_text(enum col_form form, const char *text, struct form_memo *m, struct arena *a)
{
	struct err e;
	bool valid;

	switch (form) {
	case FORM_CONSTRAINT:
		return sql_short_constraint(a, text, &valid, &e);
	case FORM_INDEX:
		return sql_short_index(a, text, &e);
	case FORM_TYPE:
		return type_text(text, m, a);
	case FORM_AS_IT_IS:
		break;
	}
	return text;
}
