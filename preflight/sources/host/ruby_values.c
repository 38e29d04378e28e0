/*
 * What a setting is set to: literals, lists, the pairs of a hash (each a setting of its own), and whatever is none of
 * these.
 */
#include "sources/host/ruby_values.h"

#include <stdio.h>
#include <string.h>

#define HASH_MAX 8   /* levels of keys */
#define CHAIN_MAX 20 /* assignments of one value */

/* Behind the bracket that is open at `i`; the last token if it never closes. */
size_t
ruby_behind_bracket(const struct ruby_reader *r, size_t i)
{
	size_t depth = 0, stop = i + RUBY_LOOK_AHEAD < r->n ? i + RUBY_LOOK_AHEAD : r->n;

	for (; i < stop; i++) {
		const struct ruby_token *t = ruby_at(r, i);

		depth += ruby_is(t, "(") || ruby_is(t, "[") || ruby_is(t, "{");
		depth -= ruby_is(t, ")") || ruby_is(t, "]") || ruby_is(t, "}");
		if (depth == 0)
			return i + 1;
	}
	return r->n - 1;
}

/* What a value ends with: a line break, a bracket, a comma, a modifier. */
bool
ruby_ends_value(const struct ruby_token *t)
{
	static const char *const words[] = {
	    ")", "]", "}", ",", "if", "unless", "while", "until", "rescue", "end", "and", "or"};

	return t->kind == RT_END || t->kind == RT_NEWLINE || ruby_is_among(t, words, nitems(words));
}

void
ruby_add_word(char *out, size_t size, const char *s, size_t len)
{
	size_t n = strlen(out);

	(void)snprintf(out + n, size - n, "%s%.*s", n > 0 ? " " : "", (int)(len < size ? len : size), s);
}

/* The texts of a list of literals. False: something else is in it. */
static bool
take_list(const struct ruby_reader *r, size_t i, struct ruby_finding *f)
{
	size_t end = ruby_behind_bracket(r, i);

	for (i++; i + 1 < end; i++)
		if (ruby_is_text(ruby_at(r, i)) || ruby_at(r, i)->kind == RT_NUMBER)
			ruby_add_word(f->value, sizeof f->value, ruby_at(r, i)->s, ruby_at(r, i)->len);
		else if (ruby_at(r, i)->kind != RT_NEWLINE && !ruby_is(ruby_at(r, i), ","))
			return false;
	return ruby_ends_value(ruby_at(r, end));
}

/* ENV['X'] may be nil unless another value follows; what other classes return is taken for a value. */
static enum ruby_value
value_of_constant(const struct ruby_reader *r, size_t i)
{
	size_t end;

	if (!ruby_is(ruby_at(r, i), "ENV") || !ruby_is(ruby_at(r, i + 1), "["))
		return RV_UNREAD;
	end = ruby_behind_bracket(r, i + 1);
	if (ruby_is(ruby_at(r, end), "||") &&
	    (ruby_is_text(ruby_at(r, end + 1)) || ruby_at(r, end + 1)->kind == RT_NUMBER))
		return RV_UNREAD;
	return ruby_ends_value(ruby_at(r, end)) || ruby_is(ruby_at(r, end), "||") ? RV_MAYBE_NIL : RV_UNREAD;
}

/* A value that is one token. False: there is none. */
static bool
take_word(const struct ruby_token *t, struct ruby_finding *f)
{
	if (ruby_is(t, "nil"))
		return false;
	f->off = ruby_is(t, "false");
	if (t->exact && t->kind != RT_OTHER)
		(void)snprintf(f->value, sizeof f->value, "%.*s", (int)(t->len < 150 ? t->len : 150), t->s);
	if (!t->exact || t->kind == RT_OTHER)
		f->state = RV_UNREAD;
	return true;
}

static bool
is_word(const struct ruby_token *t)
{
	return t->kind == RT_STRING || t->kind == RT_SYMBOL || t->kind == RT_NUMBER || t->kind == RT_WORDS ||
	    t->kind == RT_OTHER || ruby_is(t, "nil") || ruby_is(t, "true") || ruby_is(t, "false");
}

/* An empty hash, which is a value for some packages only; an empty list is one for all. */
static bool
is_empty(const struct ruby_reader *r, size_t i)
{
	size_t next = ruby_skip_newlines(r, i + 1);

	return ruby_is(ruby_at(r, i), "{") && ruby_is(ruby_at(r, next), "}") && ruby_ends_value(ruby_at(r, next + 1));
}

/* Appends a level to a key. False: there is no room. */
bool
ruby_extend(char key[RUBY_KEY_MAX], const char *s, size_t len)
{
	size_t n = strlen(key);

	if (len == 0 || n + 1 + len >= RUBY_KEY_MAX)
		return false;
	(void)snprintf(key + n, RUBY_KEY_MAX - n, "%s%.*s", n > 0 ? "." : "", (int)len, s);
	return true;
}

/* [ 'a' ][:b] from `i` on, each one a level of the key; *exact: all are literal. Returns what follows. */
size_t
ruby_take_index(const struct ruby_reader *r, size_t i, struct ruby_finding *f, bool *exact)
{
	*exact = true;
	while (ruby_is(ruby_at(r, i), "[")) {
		size_t end = ruby_behind_bracket(r, i), k = ruby_skip_newlines(r, i + 1);

		*exact = *exact && ruby_is_text(ruby_at(r, k)) && ruby_skip_newlines(r, k + 1) == end - 1 &&
		    ruby_extend(f->key, ruby_at(r, k)->s, ruby_at(r, k)->len);
		i = end;
	}
	return i;
}
/* "a['x'] = b['y'] = 1": the value of both. */
size_t
ruby_behind_chained(const struct ruby_reader *r, size_t i)
{
	for (unsigned k = 0; k < CHAIN_MAX && ruby_at(r, i)->kind == RT_NAME; k++) {
		struct ruby_finding ignored = {0};
		bool exact;
		size_t end = ruby_take_index(r, i + 1, &ignored, &exact);

		if (end == i + 1 || !ruby_is(ruby_at(r, end), "="))
			return i;
		i = ruby_skip_newlines(r, end + 1);
	}
	return i;
}

/* The value that begins at `i`, with the settings inside of it. False: it is none. */
static bool
take_value(struct ruby_reader *r, size_t i, struct ruby_finding *f, unsigned depth)
{
	const struct ruby_token *t = ruby_at(r, i = ruby_behind_chained(r, ruby_skip_newlines(r, i)));

	f->empty = is_empty(r, i) && !r->shared;
	if (f->empty)
		return strchr(f->key, '.') != NULL;
	if (is_word(t) && ruby_ends_value(ruby_at(r, i + 1)))
		return take_word(t, f);
	if (ruby_is(t, "{")) {
		f->state = ruby_take_pairs(r, i + 1, f, false, depth) &&
			ruby_ends_value(ruby_at(r, ruby_behind_bracket(r, i))) && !r->shared
		    ? RV_LITERAL
		    : RV_UNREAD;
		return true;
	}
	if (ruby_is(t, "["))
		f->state = take_list(r, i, f) ? RV_LITERAL : RV_UNREAD;
	else if (t->kind == RT_CONST)
		f->state = value_of_constant(r, i);
	else if (t->kind == RT_PUNCT || t->kind == RT_NAME || ruby_is(t, "nil"))
		f->state = ruby_is(t, "-") && ruby_at(r, i + 1)->kind == RT_NUMBER ? RV_LITERAL : RV_MAYBE_NIL;
	else
		f->state = RV_UNREAD;
	return true;
}

enum ruby_value
ruby_worse(enum ruby_value a, enum ruby_value b)
{
	return a > b ? a : b;
}

/* Reports a setting whose value begins at `i`. */
void
ruby_set(struct ruby_reader *r, size_t i, struct ruby_finding f, unsigned depth)
{
	f.state = RV_LITERAL;
	f.value[0] = '\0';
	f.off = f.empty = false;
	if (!take_value(r, i, &f, depth))
		return;
	f.state = ruby_worse(r->at_best, f.state);
	ruby_report(r, &f);
}

/* Whether a line break behind this token ends the statement. */
bool
ruby_may_end(const struct ruby_token *t)
{
	if (t->kind == RT_LABEL)
		return false;
	return t->kind != RT_PUNCT || ruby_is(t, ")") || ruby_is(t, "]") || ruby_is(t, "}");
}

/* To behind the comma, or before the bracket or line break that ends a pair. */
static size_t
behind_pair(const struct ruby_reader *r, size_t i)
{
	size_t stop = i + RUBY_LOOK_AHEAD < r->n ? i + RUBY_LOOK_AHEAD : r->n - 1;

	while (
	    i < stop && !ruby_is(ruby_at(r, i), ",") && !ruby_is(ruby_at(r, i), "}") && !ruby_is(ruby_at(r, i), ")")) {
		const struct ruby_token *t = ruby_at(r, i);

		if (t->kind == RT_NEWLINE && ruby_may_end(ruby_at(r, i - 1)))
			return i;
		i = ruby_is(t, "(") || ruby_is(t, "[") || ruby_is(t, "{") ? ruby_behind_bracket(r, i) : i + 1;
	}
	return i + ruby_is(ruby_at(r, i), ",");
}

/* The key of a pair; *value is where its value begins. False: it is none that is literal. */
bool
ruby_take_pair_key(const struct ruby_reader *r, size_t i, struct ruby_finding *f, size_t *value)
{
	const struct ruby_token *t = ruby_at(r, i);
	bool arrow = ruby_is(ruby_at(r, i + 1), "=>");

	*value = t->kind == RT_LABEL ? i + 1 : i + 2;
	return ruby_is_text(t) && (t->kind == RT_LABEL || arrow) && ruby_extend(f->key, t->s, t->len);
}

static bool
ends_pairs(const struct ruby_token *t, bool bare)
{
	return ruby_is(t, "}") || ruby_is(t, ")") ||
	    (bare && (t->kind == RT_NEWLINE || t->kind == RT_END || ruby_ends_value(t)));
}

/*
 * The pairs of a hash, to its end; `bare`: arguments without a bracket. False: a key is not literal, so that others
 * may be in it.
 */
bool
ruby_take_pairs(struct ruby_reader *r, size_t i, struct ruby_finding *f, bool bare, unsigned depth)
{
	size_t stop = i + RUBY_LOOK_AHEAD < r->n ? i + RUBY_LOOK_AHEAD : r->n - 1;
	bool all = depth < HASH_MAX, more = true;

	i = ruby_skip_newlines(r, i);
	while (more && r->ok && i < stop && !ends_pairs(ruby_at(r, i), false)) {
		struct ruby_finding inner = *f;
		size_t value;

		inner.line = ruby_at(r, i)->line;
		if (depth < HASH_MAX && ruby_take_pair_key(r, i, &inner, &value))
			ruby_set(r, value, inner, depth + 1);
		else
			all = false;
		i = behind_pair(r, i);
		more = ruby_is(ruby_at(r, i - 1), ",");
		if (more || !bare)
			i = ruby_skip_newlines(r, i);
	}
	return all && ends_pairs(ruby_at(r, i), bare);
}
