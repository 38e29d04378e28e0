/*
 * Finds the columns by which statements join, from their text: "a.x = b.y". One that is missed costs time, one
 * that is found in a comment costs an index; neither changes a result.
 */
#include "ruleset/join_columns.h"

#include <string.h>

#define NAME "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
#define BLANK " \t\r\n"

/* "a.x" at `p`: its column, and where it ends; NULL if there is no such thing. */
static const char *
column_at(struct arena *a, const char **p)
{
	size_t alias = strspn(*p, NAME), n;
	const char *column = *p + alias + 1;

	if (alias == 0 || (*p)[alias] != '.')
		return NULL;
	n = strspn(column, NAME);
	*p = column + n;
	return n > 0 ? arena_printf(a, "%.*s", (int)n, column) : NULL;
}

static bool
is_part_column(const struct ruleset *set, const char *name)
{
	for (size_t i = 0; i < set->facts.n; i++)
		if (set->facts.items[i].part_column != NULL && strcmp(set->facts.items[i].part_column, name) == 0)
			return true;
	return false;
}

static void
add(const struct ruleset *set, struct texts *out, const char *name)
{
	if (!texts_has(out, name) && !is_part_column(set, name))
		ARENA_PUSH(set->arena, out, name);
}

static void
scan(const struct ruleset *set, const char *text, struct texts *out)
{
	for (const char *p = text; p != NULL && *p != '\0';) {
		const char *left = column_at(set->arena, &p), *right;

		if (left == NULL) {
			p += strspn(p, NAME);
			p += strcspn(p, NAME);
			continue;
		}
		p += strspn(p, BLANK);
		if (*p != '=')
			continue;
		p += 1 + strspn(p + 1, BLANK);
		right = column_at(set->arena, &p);
		if (right == NULL)
			continue;
		add(set, out, left);
		add(set, out, right);
	}
}

struct texts
join_columns(const struct ruleset *set)
{
	struct texts out = {0};

	for (size_t i = 0; i < set->views.n; i++)
		scan(set, set->views.items[i].query.text, &out);
	for (size_t i = 0; i < set->rules.n; i++)
		scan(set, set->rules.items[i].query.text, &out);
	return out;
}
