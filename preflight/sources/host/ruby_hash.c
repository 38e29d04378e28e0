/*
 * Reads what Ruby's `inspect` made of a small hash: it is turned into JSON token by token, and jansson reads that.
 * No Ruby is executed, and nothing beyond literals is understood.
 */
#include "sources/host/ruby_hash.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"

#define HASH_MAX 8192

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* A word with :: inside, as class names have it; p behind it. */
static const char *
word_end(const char *p)
{
	while (is_word(*p) || (p[0] == ':' && p[1] == ':' && isalpha((unsigned char)p[2])))
		p += is_word(*p) ? 1 : 2;
	return *p == '?' || *p == '!' ? p + 1 : p;
}

/* Text in double quotes, whose escapes are nearly those of JSON; NULL: it does not end. */
static const char *
add_string(struct buf *out, const char *p)
{
	buf_addc(out, '"');
	for (p++; *p != '"'; p++) {
		if (*p == '\0')
			return NULL;
		if (*p == '\\' && p[1] != '\0') {
			p++;
			if (strchr("\"\\nt", *p) != NULL)
				buf_addc(out, '\\');
		}
		buf_addc(out, *p);
	}
	buf_addc(out, '"');
	return p + 1;
}

static const char *
add_word(struct buf *out, const char *p)
{
	static const char *const literals[][2] = {{"nil", "null"}, {"true", "true"}, {"false", "false"}};
	const char *end = word_end(p);
	size_t n = (size_t)(end - p);

	for (size_t i = 0; i < nitems(literals); i++)
		if (strlen(literals[i][0]) == n && strncmp(literals[i][0], p, n) == 0 && *end != ':') {
			buf_add(out, literals[i][1]);
			return end;
		}
	buf_addc(out, '"');
	buf_addn(out, p, n);
	buf_addc(out, '"');
	return end;
}

/* One token; NULL: it is none that a literal has. */
static const char *
add_token(struct buf *out, const char *p)
{
	if (*p == '"')
		return add_string(out, p);
	if (p[0] == '=' && p[1] == '>') {
		buf_addc(out, ':');
		return p + 2;
	}
	if (p[0] == ':' && p[1] == '"')
		return add_string(out, p + 1);
	if (p[0] == ':' && (isalpha((unsigned char)p[1]) || p[1] == '_'))
		return add_word(out, p + 1);
	if (isalpha((unsigned char)*p) || *p == '_')
		return add_word(out, p);
	if (strchr("{}[],:-.0123456789", *p) == NULL)
		return NULL;
	buf_addc(out, *p);
	return p + 1;
}

/* The hash that begins at p, as JSON; false: it does not end. */
static bool
to_json(struct buf *out, const char *p)
{
	int depth = 0;

	while (p != NULL && *p != '\0') {
		if (isspace((unsigned char)*p)) {
			p++;
			continue;
		}
		depth += *p == '{' || *p == '[' ? 1 : *p == '}' || *p == ']' ? -1 : 0;
		p = add_token(out, p);
		if (depth == 0)
			return p != NULL && !out->over;
	}
	return false;
}

static const char *
text_of(struct arena *a, const json_t *all, const char *key)
{
	const char *s = json_string_value(json_object_get(all, key));

	return s != NULL ? arena_strdup(a, s) : NULL;
}

/* JSON without blanks, in memory of the arena. */
static const char *
compact(struct arena *a, const json_t *v)
{
	CLEANUP(free_ptr) char *s = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);

	return s != NULL ? arena_strdup(a, s) : "";
}

bool
ruby_configuration(struct arena *a, const char *text, struct log_configuration *c)
{
	CLEANUP(buf_free) struct buf out;
	CLEANUP(json_drop) json_t *all = NULL;
	const char *brace = strchr(text, '{');
	const json_t *arguments;

	buf_init(&out, HASH_MAX);
	if (brace == NULL || !to_json(&out, brace))
		return false;
	all = json_loadb(out.p, out.len, 0, NULL);
	arguments = json_object_get(all, "job_arguments");
	*c = (struct log_configuration){.job_class_name = text_of(a, all, "job_class_name"),
	    .table_name = text_of(a, all, "table_name"),
	    .column_name = text_of(a, all, "column_name"),
	    .database = ""};
	if (c->job_class_name == NULL || c->table_name == NULL || c->column_name == NULL || arguments == NULL)
		return false;
	c->job_arguments = compact(a, arguments);
	return true;
}

/* The next of rake's arguments: up to a comma, with \, for a comma; *p behind it. */
static const char *
rake_argument(struct arena *a, const char **p)
{
	const char *end = *p + strcspn(*p, ",]");
	const char *s = arena_strndup(a, *p, (size_t)(end - *p));

	*p = *end == ',' ? end + 1 : end;
	return s;
}

/* The last one, in single quotes or not: JSON with its commas escaped. */
static const char *
rake_json(struct arena *a, const char *p)
{
	CLEANUP(buf_free) struct buf out;
	CLEANUP(json_drop) json_t *v = NULL;

	buf_init(&out, HASH_MAX);
	for (p += *p == '\''; *p != '\0' && *p != '\''; p++)
		if (p[0] != '\\' || p[1] != ',')
			buf_addc(&out, *p);
	v = json_loadb(out.p, out.len, JSON_DISABLE_EOF_CHECK, NULL);
	return v != NULL ? compact(a, v) : NULL;
}

bool
rake_configuration(struct arena *a, const char *text, struct log_configuration *c)
{
	static const char task[] = "background_migrations:finalize";
	const char *p = strstr(text, task);

	if (p == NULL)
		return false;
	p += sizeof task - 1;
	*c = (struct log_configuration){.database = ""};
	if (*p == ':') {
		c->database = arena_strndup(a, p + 1, strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_"));
		p += 1 + strlen(c->database);
	}
	if (*p != '[')
		return false;
	p++;
	c->job_class_name = rake_argument(a, &p);
	c->table_name = rake_argument(a, &p);
	c->column_name = rake_argument(a, &p);
	c->job_arguments = rake_json(a, p);
	return c->job_class_name[0] != '\0' && c->table_name[0] != '\0' && c->column_name[0] != '\0' &&
	    c->job_arguments != NULL;
}
