/*
 * Where the reader of settings is in a text: looking at tokens, blocks that are open, names that hide settings.
 */
#include "sources/host/ruby_reading.h"

#include <stdio.h>
#include <string.h>

bool
ruby_is_among(const struct ruby_token *t, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ruby_is(t, words[i]))
			return true;
	return false;
}

static bool
never_runs(const struct ruby_reader *r)
{
	for (size_t i = 0; i < r->depth; i++)
		if (r->nest[i].runs == RR_NEVER)
			return true;
	return r->i < r->never_before;
}

void
ruby_report(struct ruby_reader *r, struct ruby_finding *f)
{
	r->ok = r->ok && (never_runs(r) || r->visit(r->arg, f));
}

void
ruby_not_understood(struct ruby_reader *r, unsigned line, const char *fmt, ...)
{
	struct ruby_finding f = {.kind = RS_NOT_UNDERSTOOD, .line = line};
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(f.key, sizeof f.key, fmt, ap);
	va_end(ap);
	ruby_report(r, &f);
}

void
ruby_fault(struct ruby_reader *r, unsigned line, const char *fmt, ...)
{
	struct ruby_finding f = {.kind = RS_NOT_UNDERSTOOD, .line = line};
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(f.key, sizeof f.key, fmt, ap);
	va_end(ap);
	r->ok = r->ok && r->visit(r->arg, &f);
}

const struct ruby_token *
ruby_at(const struct ruby_reader *r, size_t i)
{
	++*r->looks;
	return &r->t[i < r->n ? i : r->n - 1];
}

size_t
ruby_skip_newlines(const struct ruby_reader *r, size_t i)
{
	while (i < r->n && r->t[i].kind == RT_NEWLINE)
		i++;
	return i;
}

bool
ruby_is_text(const struct ruby_token *t)
{
	return (t->kind == RT_STRING || t->kind == RT_SYMBOL || t->kind == RT_LABEL) && t->exact;
}

bool
ruby_assigns(const struct ruby_token *t)
{
	static const char *const ops[] = {
	    "=", "||=", "&&=", "+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "**=", "<<=", ">>=", "<<"};

	return t->kind == RT_PUNCT && ruby_is_among(t, ops, nitems(ops));
}

bool
ruby_is_dot(const struct ruby_token *t)
{
	return ruby_is(t, ".") || ruby_is(t, "&.") || ruby_is(t, "::");
}

/* ---- nesting ---- */

bool
ruby_is_conditional(const struct ruby_reader *r)
{
	for (size_t i = 0; i < r->depth; i++)
		if (r->nest[i].runs != RR_ALWAYS)
			return true;
	return r->conditional || r->stmt_conditional;
}

void
ruby_open_block(struct ruby_reader *r, char open, enum ruby_runs runs)
{
	if (r->depth == RUBY_NEST_MAX) {
		ruby_fault(r, ruby_at(r, r->i)->line, "more than %d blocks inside each other", RUBY_NEST_MAX);
		r->i = r->n;
		return;
	}
	r->nest[r->depth++] = (struct ruby_block){.open = open, .runs = runs};
}

static void
drop_inner_locals(struct ruby_reader *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n_locals; i++)
		if (r->locals[i].depth <= r->depth)
			r->locals[kept++] = r->locals[i];
	r->n_locals = kept;
}

void
ruby_close_block(struct ruby_reader *r, char open)
{
	if (r->depth == 0 || r->nest[r->depth - 1].open != open) {
		ruby_fault(r, ruby_at(r, r->i)->line, "this is not Ruby: %.*s closes nothing",
		    (int)ruby_at(r, r->i)->len, ruby_at(r, r->i)->s);
		r->i = r->n;
		return;
	}
	r->depth--;
	drop_inner_locals(r);
}

const struct ruby_local *
ruby_find_local(const struct ruby_reader *r, const struct ruby_token *t)
{
	for (size_t i = r->n_locals; i > 0; i--)
		if (r->locals[i - 1].len == t->len && memcmp(r->locals[i - 1].s, t->s, t->len) == 0)
			return &r->locals[i - 1];
	return NULL;
}

void
ruby_add_local_at(struct ruby_reader *r, const struct ruby_token *t, size_t depth, bool harmless)
{
	struct ruby_local *known = (struct ruby_local *)(uintptr_t)ruby_find_local(r, t);

	if (known != NULL)
		known->harmless = known->harmless && harmless;
	else if (r->n_locals < RUBY_LOCALS_MAX)
		r->locals[r->n_locals++] = (struct ruby_local){t->s, t->len, depth, harmless};
	else
		ruby_not_understood(r, t->line, "more than %d local variables", RUBY_LOCALS_MAX);
}

void
ruby_add_local(struct ruby_reader *r, const struct ruby_token *t, bool harmless)
{
	ruby_add_local_at(r, t, r->depth, harmless);
}

/* Names between here and `stop` are other names for what a caller gives. Returns where `stop` is. */
size_t
ruby_add_parameters(struct ruby_reader *r, size_t i, const char *stop)
{
	for (; i < r->n && !ruby_is(ruby_at(r, i), stop) && ruby_at(r, i)->kind != RT_NEWLINE; i++)
		if (ruby_at(r, i)->kind == RT_NAME && ruby_is(ruby_at(r, i + 1), "["))
			ruby_not_understood(r, ruby_at(r, i)->line, "%.*s[...] is given what is not read",
			    (int)(ruby_at(r, i)->len < 60 ? ruby_at(r, i)->len : 60), ruby_at(r, i)->s);
		else if (ruby_at(r, i)->kind == RT_NAME || ruby_at(r, i)->kind == RT_LABEL)
			ruby_add_local(r, ruby_at(r, i), false);
	return i;
}

/* The same of "->(a, b) {" and "-> a do". */
size_t
ruby_add_lambda_parameters(struct ruby_reader *r, size_t i)
{
	for (; i < r->n && !ruby_is(ruby_at(r, i), "{") && !ruby_is(ruby_at(r, i), "do") &&
	     ruby_at(r, i)->kind != RT_NEWLINE;
	     i++)
		if (ruby_at(r, i)->kind == RT_NAME || ruby_at(r, i)->kind == RT_LABEL)
			ruby_add_local(r, ruby_at(r, i), false);
	return i;
}
