/* Finds the place of an SQLite error by the name in its message. Reads words only; it is no parser. */
#include "facts/sql_place.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Behind what cannot hold a name: a comment or a string literal; NULL if none begins here. */
static const char *
behind_text(const char *p)
{
	const char *end;

	if (p[0] == '-' && p[1] == '-')
		return p + strcspn(p, "\n");
	if (p[0] == '/' && p[1] == '*') {
		end = strstr(p + 2, "*/");
		return end != NULL ? end + 2 : p + strlen(p);
	}
	if (p[0] != '\'')
		return NULL;
	end = strchr(p + 1, '\'');
	return end != NULL ? end + 1 : p + strlen(p);
}

struct word {
	const char *at;
	size_t len;
};

/* The next word at or after p; len 0 at the end of the statement. */
static struct word
next_word(const char *p)
{
	struct word w = {p, 0};

	while (*w.at != '\0' && !is_word(*w.at)) {
		const char *behind = behind_text(w.at);

		w.at = behind != NULL ? behind : w.at + 1;
	}
	while (is_word(w.at[w.len]))
		w.len++;
	return w;
}

static bool
is_same(struct word a, const char *b, size_t n)
{
	return a.len == n && strncasecmp(a.at, b, n) == 0;
}

/* The word in front of the last dot of the name "t.x" must be in front of that dot in the statement too. */
static bool
has_qualifier(const char *sql, struct word w, struct word qualifier)
{
	const char *at = w.at - sql > (ptrdiff_t)qualifier.len ? w.at - 1 - qualifier.len : NULL;

	if (qualifier.len == 0)
		return true;
	return at != NULL && w.at[-1] == '.' && strncasecmp(at, qualifier.at, qualifier.len) == 0 &&
	    (at == sql || !is_word(at[-1]));
}

/* The last name of the message, and what qualifies it. */
static struct word
last_name(const char *message, struct word *qualifier)
{
	const char *end = message + strlen(message);
	struct word name = {0};

	while (end > message && !is_word(end[-1]))
		end--;
	name.at = end;
	while (name.at > message && is_word(name.at[-1]))
		name.at--;
	name.len = (size_t)(end - name.at);
	*qualifier = (struct word){name.at, 0};
	if (name.at > message && name.at[-1] == '.')
		for (qualifier->at--; qualifier->at > message && is_word(qualifier->at[-1]); qualifier->at--)
			qualifier->len++;
	return name;
}

size_t
sql_place(const char *sql, const char *message)
{
	bool table = strstr(message, "no such table") != NULL;
	struct word qualifier, name = last_name(message, &qualifier), before = {0};
	const char *found = NULL;

	if (table)
		qualifier.len = 0; /* the schema, which the statement need not name */
	for (struct word w = next_word(sql); w.len > 0 && name.len > 0; w = next_word(w.at + w.len)) {
		bool here = is_same(w, name.at, name.len) && has_qualifier(sql, w, qualifier);

		if (here && (!table || is_same(before, "from", 4) || is_same(before, "join", 4)))
			return (size_t)(w.at - sql);
		if (here && found == NULL && (!table || w.at == sql || w.at[-1] != '.'))
			found = w.at;
		before = w;
	}
	return found != NULL ? (size_t)(found - sql) : 0;
}
