/*
 * Whether a statement runs. Only conditions that are literal are decided here: true, false and nil, with ! or
 * brackets around them. Every other one is "maybe". Does not look at what a statement sets.
 */
#include "sources/host/ruby_conditions.h"

#include "sources/host/ruby_values.h"

static const char *const modifiers[] = {"if", "unless", "while", "until"};

static bool
is_modifier_word(const struct ruby_token *t)
{
	return t->kind == RT_NAME && ruby_is_among(t, modifiers, nitems(modifiers));
}

/* By how much this token changes the depth of brackets and blocks; "x if y" opens none. */
static int
nests(const struct ruby_reader *r, size_t i)
{
	static const char *const opening[] = {"(", "[", "{", "do", "begin", "case", "def", "class", "module"},
				 *const closing[] = {")", "]", "}", "end"};
	const struct ruby_token *t = ruby_at(r, i), *before = ruby_at(r, i > 0 ? i - 1 : 0);

	if (i > 0 && ruby_is_dot(before))
		return 0;
	if (is_modifier_word(t))
		return before->kind == RT_NEWLINE || (before->kind == RT_PUNCT && !ruby_may_end(before));
	return ruby_is_among(t, opening, nitems(opening)) - ruby_is_among(t, closing, nitems(closing));
}

size_t
ruby_behind_expression(const struct ruby_reader *r, size_t i)
{
	size_t from = i, stop = i + RUBY_LOOK_AHEAD < r->n ? i + RUBY_LOOK_AHEAD : r->n - 1;
	int depth = 0;

	for (; i < stop; i++) {
		int by = nests(r, i);

		if (depth + by < 0 || (depth == 0 && by == 0 && i > from && is_modifier_word(ruby_at(r, i))))
			return i;
		if (depth == 0 && ruby_at(r, i)->kind == RT_NEWLINE && i > from && ruby_may_end(ruby_at(r, i - 1)))
			return i;
		depth += by;
	}
	return i;
}

/* What a literal condition from `i` on is; *known: it is literal, and nothing is joined to it. */
static bool
literal_condition(const struct ruby_reader *r, size_t i, bool *known)
{
	static const char *const ends[] = {"then", "do", ")", "}", "end"};
	bool negated = false, value;
	unsigned open = 0;

	for (; ruby_is(ruby_at(r, i), "(") || ruby_is(ruby_at(r, i), "!") || ruby_is(ruby_at(r, i), "not"); i++) {
		open += ruby_is(ruby_at(r, i), "(");
		negated = negated != !ruby_is(ruby_at(r, i), "(");
	}
	value = ruby_is(ruby_at(r, i), "true");
	*known = value || ruby_is(ruby_at(r, i), "false") || ruby_is(ruby_at(r, i), "nil");
	for (i++; open > 0 && ruby_is(ruby_at(r, i), ")"); i++)
		open--;
	*known = *known && open == 0 &&
	    (ruby_at(r, i)->kind == RT_NEWLINE || ruby_at(r, i)->kind == RT_END ||
		ruby_is_among(ruby_at(r, i), ends, nitems(ends)));
	return value != negated;
}

enum ruby_runs
ruby_condition(const struct ruby_reader *r, size_t i)
{
	const struct ruby_token *t = ruby_at(r, i);
	bool loop = ruby_is(t, "while") || ruby_is(t, "until"), known, value = literal_condition(r, i + 1, &known);

	if (ruby_is(t, "unless") || ruby_is(t, "until"))
		value = !value;
	return !known || (loop && value) ? RR_MAYBE : value ? RR_ALWAYS : RR_NEVER;
}

bool
ruby_has_modifier(const struct ruby_reader *r, size_t i)
{
	size_t stop = i + RUBY_LOOK_AHEAD < r->n ? i + RUBY_LOOK_AHEAD : r->n - 1;

	i = ruby_skip_newlines(r, i);
	while (i < stop && ruby_at(r, i)->kind != RT_NEWLINE && !ruby_is(ruby_at(r, i), ")") &&
	    !ruby_is(ruby_at(r, i), "}")) {
		const struct ruby_token *t = ruby_at(r, i);

		if (is_modifier_word(t))
			return ruby_condition(r, i) != RR_ALWAYS;
		i = ruby_is(t, "(") || ruby_is(t, "[") || ruby_is(t, "{") ? ruby_behind_bracket(r, i) : i + 1;
	}
	return false;
}

/* A loop as a modifier may run its block once: "begin ... end while false". */
void
ruby_skip_never(struct ruby_reader *r)
{
	size_t end;

	if (r->i < r->never_before)
		return;
	end = ruby_behind_expression(r, r->i);
	if ((ruby_is(ruby_at(r, end), "if") || ruby_is(ruby_at(r, end), "unless")) && end > r->i &&
	    ruby_condition(r, end) == RR_NEVER)
		r->never_before = end;
}

void
ruby_next_part(struct ruby_reader *r, const struct ruby_token *word)
{
	struct ruby_block *b;

	if (r->depth == 0 || r->nest[r->depth - 1].open != 'k')
		return;
	b = &r->nest[r->depth - 1];
	b->ran = b->ran || b->runs == RR_ALWAYS;
	b->possible = b->possible || b->runs == RR_MAYBE;
	if (b->branches && b->ran)
		b->runs = RR_NEVER;
	else
		b->runs = b->branches && !b->possible && ruby_is(word, "else") ? RR_ALWAYS : RR_MAYBE;
}
