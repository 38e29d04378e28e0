/*
 * Settings out of Ruby's tokens. Every place where something is assigned counts, wherever it stands in a statement:
 * name['a']['b'] =, name(...), name '...', and the pairs of a hash. What the settings are named by must be literal;
 * whatever else could reach them (eval, a method that changes its receiver, an alias) is not understood. An
 * assignment inside a condition, loop, block or method may never run: it is conditional.
 */
#include "sources/host/ruby_settings.h"

#include <stdio.h>
#include <string.h>

#include "sources/host/ruby_conditions.h"
#include "sources/host/ruby_values.h"

#define PASSES_MAX 10000             /* texts with code inside */
#define LOOKS_MIN ((size_t)20000000) /* at tokens, of a whole text; more are made to take time */
#define LOOKS_EACH 200

/* ---- targets ---- */

/* "a['x'] = b['y'] = {}": what is set in one of them is set in both. */
static bool
is_chained(const struct ruby_reader *r, size_t value)
{
	size_t first = ruby_skip_newlines(r, value);

	if (ruby_behind_chained(r, first) != first)
		return true;
	return r->i >= 2 && ruby_assigns(ruby_at(r, r->i - 2));
}

static void
assign(struct ruby_reader *r, struct ruby_finding *f, size_t value)
{
	r->shared = is_chained(r, value);
	f->kind = RS_SETTING;
	r->at_best = ruby_is_conditional(r) || ruby_has_modifier(r, value) ? RV_CONDITIONAL : RV_LITERAL;
	ruby_set(r, value, *f, 0);
}

/* Methods that only read their receiver. */
static bool
only_reads(const struct ruby_token *t)
{
	static const char *const words[] = {"to_s", "to_i", "to_f", "to_a", "to_h", "to_sym", "to_json", "to_yaml",
	    "split", "strip", "chomp", "lines", "chars", "downcase", "upcase", "capitalize", "join", "map", "collect",
	    "select", "reject", "first", "last", "fetch", "dig", "match", "merge", "gsub", "sub", "tr", "length",
	    "size", "count", "each", "each_pair", "each_with_index", "each_with_object", "times", "upto", "keys",
	    "values", "sort", "uniq", "compact", "flatten", "reduce", "sum", "min", "max", "freeze", "dup", "clone",
	    "inspect", "then", "read", "stdout", "exitstatus", "chr", "succ", "zip", "reverse", "find",
	    /* and those that only remove something */
	    "delete", "clear"};

	return t->kind != RT_PUNCT &&
	    ((t->len > 0 && t->s[t->len - 1] == '?') || ruby_is_among(t, words, nitems(words)));
}

/* Whether an argument begins here, behind the name of a method. */
static bool
begins_argument(const struct ruby_token *t)
{
	static const char *const keywords[] = {"if", "unless", "while", "until", "and", "or", "then", "do", "rescue",
	    "end", "in", "else", "elsif", "when"};

	if (!t->space_before)
		return false;
	if (t->kind == RT_PUNCT)
		return ruby_is(t, "[") || ruby_is(t, "->") || ruby_is(t, "(");
	return t->kind != RT_NEWLINE && t->kind != RT_END &&
	    !(t->kind == RT_NAME && ruby_is_among(t, keywords, nitems(keywords)));
}

/* "a['x'], b = 1, 2": an assignment stands further on in the statement. */
static bool
is_one_of_several(const struct ruby_reader *r, size_t i)
{
	size_t stop = i + RUBY_LOOK_AHEAD < r->n ? i + RUBY_LOOK_AHEAD : r->n - 1;

	while (i < stop && ruby_at(r, i)->kind != RT_NEWLINE && !ruby_is(ruby_at(r, i), "]") &&
	    !ruby_is(ruby_at(r, i), "}")) {
		if (ruby_is(ruby_at(r, i), "="))
			return true;
		if (ruby_is(ruby_at(r, i), ")") && !ruby_is(ruby_at(r, i + 1), ",") && !ruby_is(ruby_at(r, i + 1), "="))
			return false;
		i = ruby_is(ruby_at(r, i), "(") || ruby_is(ruby_at(r, i), "[") || ruby_is(ruby_at(r, i), "{")
		    ? ruby_behind_bracket(r, i)
		    : i + 1;
	}
	return false;
}

/* roles 'a', 'b': the value is a list. */
static void
call_with_several(struct ruby_reader *r, struct ruby_finding *f, size_t i)
{
	f->kind = RS_SETTING;
	f->state = ruby_is_conditional(r) || ruby_has_modifier(r, i) ? RV_CONDITIONAL : RV_LITERAL;
	while (ruby_is_text(ruby_at(r, i))) {
		ruby_add_word(f->value, sizeof f->value, ruby_at(r, i)->s, ruby_at(r, i)->len);
		if (ruby_ends_value(ruby_at(r, i + 1)) && !ruby_is(ruby_at(r, i + 1), ","))
			break;
		i = ruby_skip_newlines(r, i + 2);
	}
	if (!ruby_is_text(ruby_at(r, i)))
		f->state = ruby_worse(f->state, RV_UNREAD);
	ruby_report(r, f);
}

/* A call with arguments, the name of a setting: git_data_dirs({...}), external_url '...'. */
static void
call(struct ruby_reader *r, struct ruby_finding *f, size_t i)
{
	bool bracket = ruby_is(ruby_at(r, i), "(");
	size_t first = ruby_skip_newlines(r, i + bracket), value;
	struct ruby_finding probe = *f;

	if (bracket && ruby_is(ruby_at(r, first), ")"))
		return;
	r->shared = false;
	if (!ruby_take_pair_key(r, first, &probe, &value)) {
		if (ruby_is_text(ruby_at(r, first)) && ruby_is(ruby_at(r, ruby_skip_newlines(r, first + 1)), ","))
			call_with_several(r, f, first);
		else
			assign(r, f, first);
		return;
	}
	r->at_best = ruby_is_conditional(r) || ruby_has_modifier(r, i) ? RV_CONDITIONAL : RV_LITERAL;
	f->kind = RS_SETTING;
	f->state = ruby_worse(r->at_best, ruby_take_pairs(r, first, f, !bracket, 0) ? RV_LITERAL : RV_UNREAD);
	ruby_report(r, f);
}

/* What is behind a name that may be a setting: `f` has its key, `i` is behind it. */
static void
take_target(struct ruby_reader *r, struct ruby_finding *f, size_t i)
{
	struct ruby_finding whole = *f;
	bool exact;
	size_t end = ruby_take_index(r, i, f, &exact);
	const struct ruby_token *t = ruby_at(r, end), *method = ruby_at(r, ruby_skip_newlines(r, end + 1));

	r->i = i;
	if (end > i && (ruby_assigns(t) || (ruby_is(t, ",") && is_one_of_several(r, end)))) {
		r->taken = end - 1;
		if (exact)
			assign(r, f, end + 1);
		else
			ruby_not_understood(r, f->line, "%.100s[...]: the name of the setting is computed", whole.key);
	} else if (ruby_is_dot(t) && !only_reads(method)) {
		ruby_not_understood(
		    r, t->line, "%.100s.%.*s", f->key, (int)(method->len < 60 ? method->len : 60), method->s);
	} else if ((ruby_is(ruby_at(r, i), "(") && !ruby_at(r, i)->space_before) || begins_argument(ruby_at(r, i))) {
		call(r, &whole, i);
	}
}

/* Functions of Ruby that nobody takes for a setting. */
static bool
is_plain_function(const struct ruby_token *t)
{
	static const char *const words[] = {"puts", "print", "p", "pp", "raise", "warn", "fail", "format", "sprintf",
	    "Integer", "String", "Array", "lambda", "proc", "loop", "sleep", "exit", "abort", "system", "exec", "rand",
	    "catch", "throw", "return", "yield", "defined?", "not", "super", "break", "next", "redo", "retry", "open"};

	return ruby_is_among(t, words, nitems(words));
}

static bool
is_keyword(const struct ruby_token *t)
{
	static const char *const words[] = {"nil", "true", "false", "if", "unless", "while", "until", "case", "when",
	    "in", "then", "else", "elsif", "end", "do", "begin", "rescue", "ensure", "and", "or", "not", "for", "def",
	    "__FILE__", "__method__", "__dir__", "__LINE__"};

	return t->kind == RT_NAME && ruby_is_among(t, words, nitems(words));
}

static bool
is_same(const struct ruby_token *a, const struct ruby_token *b)
{
	return a->len == b->len && memcmp(a->s, b->s, a->len) == 0;
}

/* Whether a name is made between `from` and `end`: between the bars of a block, or by an assignment. */
static bool
is_made_within(const struct ruby_reader *r, size_t from, size_t end, const struct ruby_token *t)
{
	bool bars = false;

	for (size_t i = from + 1; i < end; i++) {
		const struct ruby_token *before = ruby_at(r, i - 1);

		if (ruby_is(ruby_at(r, i), "|") && (bars || ruby_is(before, "{") || ruby_is(before, "do")))
			bars = !bars;
		else if ((bars && is_same(ruby_at(r, i), t)) || (ruby_is(ruby_at(r, i), "=") && is_same(before, t)))
			return true;
	}
	return false;
}

/* "{ x: }" stands for "{ x: x }". */
static bool
is_shorthand(const struct ruby_reader *r, size_t i)
{
	const struct ruby_token *next = ruby_at(r, ruby_skip_newlines(r, i + 1));

	return ruby_is(next, ",") || ruby_is(next, "}") || ruby_is(next, ")");
}

/* Whether the token is, or may return, a setting: what changes it would change the setting. */
static bool
names_setting(const struct ruby_reader *r, size_t i)
{
	const struct ruby_token *t = ruby_at(r, i);
	const struct ruby_local *local = ruby_find_local(r, t);

	if (t->kind == RT_LABEL && is_shorthand(r, i))
		return local == NULL || !local->harmless;
	if (t->kind != RT_NAME && t->kind != RT_CONST && t->kind != RT_VARIABLE)
		return false;
	if (i > 0 && ruby_is_dot(ruby_at(r, i - 1)))
		return ruby_is(t, "instance_eval") || ruby_is(t, "send") || ruby_is(t, "public_send");
	if (local != NULL)
		return !local->harmless;
	return t->kind == RT_NAME ? !is_keyword(t) && !is_plain_function(t) : ruby_is(t, "Gitlab");
}

/* `given`: a bracket with names that a caller gives a value, or `from`. */
static bool
may_name_setting(const struct ruby_reader *r, size_t given, size_t from, size_t end)
{
	for (size_t i = from; i < end; i++) {
		bool is_given = false;

		if (!names_setting(r, i) || is_made_within(r, from, end, ruby_at(r, i)))
			continue;
		for (size_t k = given; k < from; k++)
			is_given = is_given || is_same(ruby_at(r, k), ruby_at(r, i));
		if (!is_given)
			return true;
	}
	return false;
}

static bool
holds_literals(const struct ruby_reader *r, size_t from)
{
	return !may_name_setting(r, from, from, ruby_behind_expression(r, from));
}

/* name = ...: a local variable, which hides a setting of the same name from here on; or @x, $x, X. */
static bool
take_local(struct ruby_reader *r, const struct ruby_token *t)
{
	if (!ruby_is(ruby_at(r, r->i + 1), "=") && !ruby_is(ruby_at(r, r->i + 1), "||="))
		return false;
	ruby_add_local_at(r, t, t->kind == RT_NAME ? r->depth : 0, holds_literals(r, ruby_skip_newlines(r, r->i + 2)));
	r->i += 2;
	return true;
}

/* "a, b = ...": each name that stands alone, up to the last, which take_local() takes. */
static void
take_several(struct ruby_reader *r)
{
	size_t value = r->i;
	bool harmless;

	while (!ruby_is(ruby_at(r, value), "="))
		value++;
	harmless = holds_literals(r, ruby_skip_newlines(r, value + 1));
	for (size_t i = r->i; i < value; i++)
		if (ruby_at(r, i)->kind == RT_NAME &&
		    (ruby_is(ruby_at(r, i + 1), ",") || ruby_is(ruby_at(r, i + 1), ")")) &&
		    (i == r->i || ruby_is(ruby_at(r, i - 1), ",") || ruby_is(ruby_at(r, i - 1), "*") ||
			ruby_is(ruby_at(r, i - 1), "(")))
			ruby_add_local(r, ruby_at(r, i), harmless);
}

/* What is behind a variable: an index, a method. */
static void
use_local(struct ruby_reader *r, const struct ruby_token *t, bool harmless)
{
	struct ruby_finding ignored = {0};
	bool exact;
	size_t end = ruby_take_index(r, r->i + 1, &ignored, &exact);
	bool indexed = end > r->i + 1,
	     method = ruby_is_dot(ruby_at(r, end)) && !only_reads(ruby_at(r, ruby_skip_newlines(r, end + 1)));

	/* The bracket of a harmless index may be assigned to. */
	r->taken = end - 1;
	r->harmless = ruby_is_dot(ruby_at(r, end)) ? end : r->harmless;
	if (!harmless && ((indexed && ruby_assigns(ruby_at(r, end))) || method))
		ruby_not_understood(r, t->line, "%.*s, a variable, is changed: what it stands for is not read",
		    (int)(t->len < 60 ? t->len : 60), t->s);
	else if (harmless && (ruby_assigns(ruby_at(r, end)) || method) && !holds_literals(r, end + 1))
		ruby_add_local(r, t, false);
	r->i++;
}

/* ---- functions that could do anything ---- */

static void
take_from_file(struct ruby_reader *r, const struct ruby_token *t)
{
	size_t i = r->i + 1;
	struct ruby_finding f = {.kind = RS_FILE, .line = t->line};

	i = ruby_skip_newlines(r, i + ruby_is(ruby_at(r, i), "("));
	if (!ruby_is_text(ruby_at(r, i)) || !(ruby_ends_value(ruby_at(r, i + 1))) ||
	    ruby_at(r, i)->len >= sizeof f.key || ruby_at(r, i)->len == 0) {
		ruby_not_understood(r, t->line, "from_file: the name of the file is computed");
		return;
	}
	(void)snprintf(f.key, sizeof f.key, "%.*s", (int)ruby_at(r, i)->len, ruby_at(r, i)->s);
	f.state = ruby_is_conditional(r) || ruby_has_modifier(r, r->i + 1) ? RV_CONDITIONAL : RV_LITERAL;
	ruby_report(r, &f);
}

/* Libraries of Ruby itself set nothing. */
static bool
requires_library(const struct ruby_reader *r)
{
	static const char *const names[] = {"json", "yaml", "erb", "base64", "digest", "openssl", "securerandom",
	    "socket", "uri", "net/http", "time", "date", "fileutils", "pathname", "set", "resolv", "ipaddr", "open3",
	    "etc", "tempfile", "shellwords", "English"};
	const struct ruby_token *t = ruby_at(r, r->i + 1 + ruby_is(ruby_at(r, r->i + 1), "("));

	for (size_t i = 0; i < nitems(names); i++)
		if (ruby_is_text(t) && strlen(names[i]) == t->len && memcmp(names[i], t->s, t->len) == 0)
			return true;
	return false;
}

/* Code that is elsewhere, or a target that is computed. */
static bool
take_opaque(struct ruby_reader *r, const struct ruby_token *t, bool of_other)
{
	static const char *const anywhere[] = {"eval", "instance_eval", "class_eval", "module_eval", "instance_exec",
	    "class_exec", "send", "public_send", "__send__", "instance_variable_set", "instance_variable_get",
	    "define_singleton_method", "define_method", "singleton_class", "instance_method", "to_proc"};
	static const char *const alone[] = {"load", "require_relative", "autoload", "method", "binding", "include",
	    "extend", "alias", "undef",
	    /* of the object that holds the settings */
	    "configuration", "restore", "reset", "internal_set", "config_context", "configurable", "default"};
	bool changes = t->kind == RT_NAME && t->len > 1 && t->s[t->len - 1] == '!';

	if (!of_other && ruby_is(t, "require")) {
		if (!requires_library(r))
			ruby_not_understood(r, t->line, "require: other code is loaded");
		return true;
	}
	if (!ruby_is_among(t, anywhere, nitems(anywhere)) &&
	    (of_other || (!changes && !ruby_is_among(t, alone, nitems(alone)))))
		return false;
	ruby_not_understood(r, t->line, "%.*s: the code that it runs is not read", (int)t->len, t->s);
	return true;
}

/* ---- keywords ---- */

/* "x if y": the keyword does not open a block. */
static bool
is_modifier(const struct ruby_reader *r)
{
	const struct ruby_token *t = r->i > 0 ? ruby_at(r, r->i - 1) : NULL;
	static const char *const openers[] = {
	    "then", "else", "do", "begin", "ensure", "and", "or", "not", "elsif", "when"};

	if (r->begins || t == NULL || t->kind == RT_NEWLINE || t->kind == RT_LABEL)
		return false;
	if (t->kind == RT_PUNCT)
		return ruby_is(t, ")") || ruby_is(t, "]") || ruby_is(t, "}");
	return !(t->kind == RT_NAME && ruby_is_among(t, openers, nitems(openers)));
}

static void
begin_statement(struct ruby_reader *r)
{
	r->begins_next = true;
	r->stmt_conditional = false;
}

static void
take_do(struct ruby_reader *r)
{
	for (size_t i = r->depth; i > 0 && r->nest[i - 1].open == 'k'; i--)
		if (r->nest[i - 1].loop) {
			r->nest[i - 1].loop = false;
			begin_statement(r);
			return;
		}
	ruby_open_block(r, 'k', RR_MAYBE);
	if (ruby_is(ruby_at(r, r->i + 1), "|"))
		r->i = ruby_add_parameters(r, r->i + 2, "|");
	begin_statement(r);
}

/* A method of the file: what it returns may be a setting. */
static void
take_def(struct ruby_reader *r)
{
	size_t i = r->i + 1, name = i, end;
	bool endless;

	while (i < r->n &&
	    (ruby_at(r, i)->kind == RT_NAME || ruby_at(r, i)->kind == RT_CONST || ruby_is_dot(ruby_at(r, i))) &&
	    !(ruby_at(r, i)->space_before && i > r->i + 1))
		name = i++;
	end = ruby_is(ruby_at(r, i), "(") ? ruby_behind_bracket(r, i) : i;
	endless = ruby_is(ruby_at(r, end), "="); /* "def x = y" */
	ruby_add_local_at(
	    r, ruby_at(r, name), 0, !may_name_setting(r, i, end, ruby_behind_expression(r, endless ? end + 1 : r->i)));
	if (endless)
		r->stmt_conditional = true;
	else
		ruby_open_block(r, 'k', RR_MAYBE);
	if (end > i)
		r->i = ruby_add_parameters(r, i + 1, ")");
	else
		r->i = endless ? end : ruby_add_parameters(r, i, "\n") - 1;
}

/* The parts of a block: what is there runs or does not. */
static bool
take_part(struct ruby_reader *r, const struct ruby_token *t)
{
	static const char *const words[] = {"else", "elsif", "when", "rescue", "ensure", "then"};

	if (!ruby_is_among(t, words, nitems(words)))
		return false;
	if (ruby_is(t, "rescue") && !r->begins)
		return true;
	if (!ruby_is(t, "then"))
		ruby_next_part(r, t);
	begin_statement(r);
	return true;
}

static bool
take_opener(struct ruby_reader *r, const struct ruby_token *t)
{
	static const char *const conditions[] = {"if", "unless", "case"}, *const loops[] = {"while", "until", "for"},
				 *const scopes[] = {"class", "module"};
	bool loop = ruby_is_among(t, loops, nitems(loops));

	if (loop || ruby_is_among(t, conditions, nitems(conditions))) {
		if (is_modifier(r) && !ruby_is(t, "case") && !ruby_is(t, "for"))
			return true;
		ruby_open_block(r, 'k', ruby_is(t, "case") || ruby_is(t, "for") ? RR_MAYBE : ruby_condition(r, r->i));
		if (r->depth > 0) {
			r->nest[r->depth - 1].loop = loop;
			r->nest[r->depth - 1].branches = ruby_is(t, "if") || ruby_is(t, "unless");
		}
		if (ruby_is(t, "for"))
			r->i = ruby_add_parameters(r, r->i + 1, "in");
		return true;
	}
	if (!ruby_is(t, "begin") && !ruby_is_among(t, scopes, nitems(scopes)))
		return false;
	ruby_open_block(r, 'k', ruby_is(t, "begin") ? RR_ALWAYS : RR_MAYBE);
	begin_statement(r);
	return true;
}

/* "in x", "in { a: x, b: }": each name of the pattern is another name for a part of what is matched. */
static void
take_pattern(struct ruby_reader *r, size_t i)
{
	static const char *const ends[] = {"then", "if", "unless", "and", "or"};
	size_t stop = i + RUBY_LOOK_AHEAD < r->n ? i + RUBY_LOOK_AHEAD : r->n - 1;

	for (; i < stop && !ruby_is_among(ruby_at(r, i), ends, nitems(ends)); i++) {
		const struct ruby_token *t = ruby_at(r, i);

		if (t->kind == RT_NEWLINE && ruby_may_end(ruby_at(r, i - 1)))
			return;
		if ((t->kind == RT_NAME && !is_keyword(t) && !ruby_is_dot(ruby_at(r, i + 1))) ||
		    (t->kind == RT_LABEL && (is_shorthand(r, i) || ruby_at(r, i + 1)->kind == RT_NEWLINE)))
			ruby_add_local(r, t, false);
	}
}

/* Whether the statement that the token is in began with "rescue". */
static bool
is_rescue(const struct ruby_reader *r)
{
	for (size_t i = r->i; i > 0 && r->i - i < RUBY_NEST_MAX && ruby_at(r, i)->kind != RT_NEWLINE; i--)
		if (ruby_is(ruby_at(r, i), "rescue"))
			return true;
	return false;
}

/* "x => y" that is no pair of a hash: y is another name for x, or the error of "rescue". */
static void
take_arrow(struct ruby_reader *r)
{
	const struct ruby_token *before = ruby_at(r, r->i > 0 ? r->i - 1 : 0), *name = ruby_at(r, r->i + 1);
	const struct ruby_block *in = r->depth > 0 ? &r->nest[r->depth - 1] : NULL;

	if (in != NULL && in->open != 'k' && !(in->open == '{' && in->runs == RR_MAYBE))
		return;
	if (!is_rescue(r)) {
		if (before->kind == RT_NAME || before->kind == RT_VARIABLE || before->kind == RT_CONST ||
		    ruby_is(before, "]") || ruby_is(before, ")"))
			take_pattern(r, r->i + 1);
	} else if (name->kind != RT_NAME || ruby_at(r, r->i + 2)->kind == RT_NEWLINE ||
	    ruby_is(ruby_at(r, r->i + 2), "then")) {
		ruby_add_local(r, name, name->kind == RT_NAME);
	} else {
		ruby_not_understood(r, name->line, "rescue: the error is given to what is not read");
	}
}

/* True: it was a keyword. */
static bool
take_keyword(struct ruby_reader *r, const struct ruby_token *t)
{
	static const char *const joins[] = {"and", "or", "not"},
				 *const values[] = {
				     "nil", "true", "false", "self", "__FILE__", "__method__", "__dir__"};

	if (ruby_is(t, "end"))
		ruby_close_block(r, 'k');
	else if (ruby_is(t, "do"))
		take_do(r);
	else if (ruby_is(t, "def"))
		take_def(r);
	else if (ruby_is_among(t, joins, nitems(joins)))
		r->stmt_conditional = true;
	else if (ruby_is(t, "in"))
		take_pattern(r, r->i + 1);
	else if (!take_part(r, t) && !take_opener(r, t) && !ruby_is_among(t, values, nitems(values)))
		return false;
	r->i++;
	return true;
}

/* ---- tokens ---- */

/* Gitlab.name = ..., self.name = ...: a setting as a whole. */
static bool
take_writer(struct ruby_reader *r, struct ruby_finding *f)
{
	if (r->i == 0 || !ruby_is_dot(ruby_at(r, r->i - 1)) || !ruby_assigns(ruby_at(r, r->i + 1)))
		return false;
	assign(r, f, r->i + 2);
	r->i += 2;
	return true;
}

static void
take_name(struct ruby_reader *r, const struct ruby_token *t)
{
	struct ruby_finding f = {.line = t->line};
	bool of_other = r->i > 0 && ruby_is_dot(ruby_at(r, r->i - 1));
	const struct ruby_local *local;

	if (take_keyword(r, t))
		return;
	(void)ruby_extend(f.key, t->s, t->len);
	if (take_writer(r, &f) || (!of_other && take_local(r, t)))
		return;
	if (r->begins && ruby_is(ruby_at(r, r->i + 1), ",") && is_one_of_several(r, r->i + 1))
		take_several(r);
	local = ruby_find_local(r, t);
	if (of_other && local != NULL && local->harmless)
		local = NULL;
	if (local == NULL && (take_opaque(r, t, false) || is_plain_function(t))) {
		r->i++;
	} else if (local == NULL && ruby_is(t, "from_file")) {
		take_from_file(r, t);
		r->i++;
	} else if (local != NULL || f.key[0] == '\0' || ruby_is(t, "it") || ruby_is(t, "_1")) {
		use_local(r, t, local != NULL ? local->harmless : f.key[0] == '\0');
	} else {
		take_target(r, &f, r->i + 1);
	}
}

/* A[...], A.b: only Gitlab['name'] and Gitlab.name are settings; ENV and others are not. */
static void
take_constant(struct ruby_reader *r, const struct ruby_token *t)
{
	struct ruby_finding f = {.line = t->line};
	bool exact;

	if (ruby_is(t, "Gitlab") && ruby_is(ruby_at(r, r->i + 1), "[")) {
		take_target(r, &f, r->i + 1);
		return;
	}
	if (take_local(r, t))
		return;
	if (ruby_find_local(r, t) != NULL) {
		use_local(r, t, ruby_find_local(r, t)->harmless);
		return;
	}
	if (ruby_is(t, "Gitlab") && ruby_is_dot(ruby_at(r, r->i + 1))) {
		r->i += 2; /* its method is a name */
		return;
	}
	if (ruby_is(t, "Kernel") && ruby_is_dot(ruby_at(r, r->i + 1)) &&
	    (ruby_is(ruby_at(r, r->i + 2), "load") || ruby_is(ruby_at(r, r->i + 2), "require")))
		ruby_not_understood(r, t->line, "Kernel.load: other code is loaded");
	if (ruby_is(t, "ENV"))
		r->taken = ruby_take_index(r, r->i + 1, &f, &exact) - 1;
	r->i++;
}

/* Methods that change the hash that they are called on, whatever expression it is. */
static bool
changes_hash(const struct ruby_token *t)
{
	static const char *const words[] = {"store", "merge!", "deep_merge!", "update", "replace"};

	return ruby_is_among(t, words, nitems(words));
}

/* .name: a method of something. */
static void
take_dot(struct ruby_reader *r)
{
	const struct ruby_token *before = ruby_at(r, r->i > 0 ? r->i - 1 : 0), *t;
	size_t i = ruby_skip_newlines(r, r->i + 1);

	t = ruby_at(r, i);
	if ((r->i > 0 && (ruby_is(before, "self") || ruby_is(before, "Gitlab"))) || t->kind != RT_NAME) {
		r->i++;
		return;
	}
	(void)take_opaque(r, t, true);
	if (r->i != r->harmless && before->kind != RT_CONST && changes_hash(t))
		ruby_not_understood(r, t->line, "%.*s: what it changes is not read", (int)t->len, t->s);
	if (ruby_is(ruby_at(r, i + 1), "=") && !ruby_find_local(r, before))
		ruby_not_understood(
		    r, t->line, "%.*s =: a method, what it sets is not read", (int)(t->len < 60 ? t->len : 60), t->s);
	r->i = i + 1;
}

/* A brace behind a name, a bracket or -> is a block; elsewhere it is a hash. */
static bool
is_block_brace(const struct ruby_reader *r)
{
	const struct ruby_token *t = r->i > 0 ? ruby_at(r, r->i - 1) : NULL;

	return t != NULL &&
	    ((t->kind == RT_NAME && !ruby_is(t, "return")) || t->kind == RT_CONST || ruby_is(t, ")") ||
		ruby_is(t, "->") || ruby_is(t, "|") || ruby_is(t, "]"));
}

static void
take_opening(struct ruby_reader *r, const struct ruby_token *t)
{
	bool block = ruby_is(t, "{") && is_block_brace(r);

	ruby_open_block(r, t->s[0], block ? RR_MAYBE : RR_ALWAYS);
	if (block && ruby_is(ruby_at(r, r->i + 1), "|"))
		r->i = ruby_add_parameters(r, r->i + 2, "|");
	r->begins_next = block || ruby_is(t, "(");
	r->i++;
}

static void
take_closing(struct ruby_reader *r, const struct ruby_token *t)
{
	size_t here = r->i;

	ruby_close_block(r, t->s[0] == ')' ? '(' : t->s[0] == ']' ? '[' : '{');
	if (r->i != here)
		return;
	if (ruby_is(t, "]") && ruby_assigns(ruby_at(r, here + 1)) && !ruby_is(ruby_at(r, here + 1), "<<") &&
	    r->taken != here)
		ruby_not_understood(r, t->line, "[...] =: what is assigned to is not read");
	r->i++;
}

static void
take_punct(struct ruby_reader *r, const struct ruby_token *t)
{
	static const char *const joins[] = {"&&", "||", "?"}, *const opening[] = {"(", "[", "{"},
				 *const closing[] = {")", "]", "}"};
	if (ruby_is_among(t, opening, nitems(opening))) {
		take_opening(r, t);
	} else if (ruby_is_among(t, closing, nitems(closing))) {
		take_closing(r, t);
	} else if (ruby_is_dot(t)) {
		take_dot(r);
	} else {
		if (ruby_is(t, "->"))
			r->i = ruby_add_lambda_parameters(r, r->i + 1) - 1;
		else if (ruby_is(t, "=>"))
			take_arrow(r);
		r->stmt_conditional = r->stmt_conditional || ruby_is_among(t, joins, nitems(joins));
		r->begins_next = r->begins && (ruby_is(t, "*") || ruby_is(t, "::"));
		r->i++;
	}
}

/* @x, $x */
static void
take_variable(struct ruby_reader *r, const struct ruby_token *t)
{
	const struct ruby_local *local;

	if (take_local(r, t))
		return;
	local = ruby_find_local(r, t);
	if (local != NULL) {
		use_local(r, t, local->harmless);
		return;
	}
	if (ruby_is(ruby_at(r, r->i + 1), "[") && ruby_assigns(ruby_at(r, ruby_behind_bracket(r, r->i + 1))))
		ruby_not_understood(
		    r, t->line, "%.*s[...]: what it stands for is not read", (int)(t->len < 60 ? t->len : 60), t->s);
	r->i++;
}

static void
take_token(struct ruby_reader *r)
{
	const struct ruby_token *t = ruby_at(r, r->i);

	r->begins = r->begins_next;
	r->begins_next = false;
	if (r->begins)
		ruby_skip_never(r);
	switch (t->kind) {
	case RT_NEWLINE:
		if (r->depth > 0)
			r->nest[r->depth - 1].loop = false;
		begin_statement(r);
		r->i++;
		return;
	case RT_PUNCT:
		take_punct(r, t);
		return;
	case RT_NAME:
		take_name(r, t);
		break;
	case RT_CONST:
		take_constant(r, t);
		break;
	case RT_VARIABLE:
		take_variable(r, t);
		break;
	case RT_END:
	case RT_NUMBER:
	case RT_STRING:
	case RT_SYMBOL:
	case RT_LABEL:
	case RT_WORDS:
	case RT_OTHER:
		r->i++;
		break;
	}
}

static void
read_tokens(struct ruby_reader *r, const struct ruby_tokens *all)
{
	r->t = all->items;
	r->n = all->n;
	r->i = r->depth = r->n_locals = r->never_before = 0;
	r->taken = r->harmless = SIZE_MAX;
	begin_statement(r);
	while (r->ok && r->i + 1 < r->n && *r->looks < LOOKS_MIN + r->n * LOOKS_EACH)
		take_token(r);
	if (r->ok && r->i + 1 < r->n)
		ruby_fault(r, ruby_at(r, r->i)->line, "the statement is too long");
	if (all->fault != NULL)
		ruby_fault(r, all->fault_line, "this is not Ruby: %s", all->fault);
	else if (r->ok && r->i < r->n && r->depth > 0)
		ruby_fault(r, ruby_at(r, r->n)->line, "this is not Ruby: a block or bracket has no end");
}

bool
ruby_settings(const char *text, size_t len, bool conditional, ruby_visit *visit, void *arg)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct ruby_tokens all = ruby_lex(a, text, len, 1);
	struct ruby_finding high = {.kind = RS_NOT_ASCII, .line = all.not_ascii};
	struct ruby_reader *r = arena_alloc(a, sizeof *r);
	size_t looks = 0;

	*r = (struct ruby_reader){.looks = &looks, .conditional = conditional, .ok = true, .visit = visit, .arg = arg};
	if (all.not_ascii > 0)
		ruby_report(r, &high);
	read_tokens(r, &all);
	/* What is in "#{...}" runs too. */
	for (size_t i = 0; i < all.inner.n && i < PASSES_MAX && r->ok; i++) {
		const struct ruby_inner *in = &all.inner.items[i];
		const struct ruby_tokens inner = ruby_lex(a, in->s, in->len, in->line);

		read_tokens(r, &inner);
	}
	return r->ok;
}
