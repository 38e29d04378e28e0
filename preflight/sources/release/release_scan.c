/*
 * Scans one migration for words: what it names, which helpers it calls with which plain arguments, whether it changes
 * rows and whether it does so on GitLab.com only. Knows GitLab's migration helpers by their names and nothing of what a
 * word means for an upgrade.
 */
#include "sources/release/release_scan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/ruby_lex.h"

#define CONSTANTS_DEEP 4 /* constants that name constants */
#define ARGUMENTS_MAX 16

struct scan {
	struct arena *arena;
	struct ruby_token *t; /* without `down`; ends in RT_END */
	size_t n;
	bool unclear;    /* it could not be taken apart */
	bool conditions; /* something in it depends on a condition */
	struct scanned *out;
};

/* ---- Tokens ---- */

static char *
token_text(const struct scan *s, size_t i)
{
	return arena_strndup(s->arena, s->t[i].s, s->t[i].len);
}

static bool
token_is(const struct scan *s, size_t i, const char *word)
{
	return i < s->n && ruby_is(&s->t[i], word);
}

static bool
is_label(const struct scan *s, size_t i, const char *word)
{
	return i < s->n && s->t[i].kind == RT_LABEL && s->t[i].len == strlen(word) &&
	    memcmp(s->t[i].s, word, s->t[i].len) == 0;
}

static bool
ends_with(const struct ruby_token *t, const char *word)
{
	size_t n = strlen(word);

	return t->len >= n && memcmp(t->s + t->len - n, word, n) == 0;
}

/* Where the line of a token begins, if nothing but blanks is before it; else NULL. */
static const char *
first_of_line(const char *text, const struct ruby_token *t)
{
	const char *p = t->s;

	while (p > text && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	return p == text || p[-1] == '\n' ? p : NULL;
}

/* The number of the token behind the method that begins at `def`: its `end` is in the column of its `def`. */
static size_t
behind_method(const struct ruby_tokens *all, const char *text, size_t def)
{
	const char *line = first_of_line(text, &all->items[def]);

	for (size_t i = def + 1; i < all->n && all->items[i].line == all->items[def].line; i++)
		if (ruby_is(&all->items[i], "end") || ruby_is(&all->items[i], "="))
			while (i < all->n && all->items[i].line == all->items[def].line)
				if (++i == all->n || all->items[i].line != all->items[def].line)
					return i;
	for (size_t i = def + 1; line != NULL && i < all->n; i++) {
		const char *other = first_of_line(text, &all->items[i]);

		if (other != NULL && ruby_is(&all->items[i], "end") &&
		    all->items[i].s - other == all->items[def].s - line)
			return i + 1;
	}
	return 0;
}

/* All tokens but those of `down`. */
static void
take_tokens(struct scan *s, const char *text, size_t len)
{
	struct ruby_tokens all = ruby_lex(s->arena, text, len, 1);

	s->unclear = all.fault != NULL;
	s->t = arena_alloc(s->arena, (all.n + 1) * sizeof *s->t);
	for (size_t i = 0; i < all.n; i++) {
		if (ruby_is(&all.items[i], "def") && i + 1 < all.n && ruby_is(&all.items[i + 1], "down")) {
			size_t behind = behind_method(&all, text, i);

			s->unclear = s->unclear || behind == 0;
			if (behind > 0) {
				i = behind - 1;
				continue;
			}
		}
		s->t[s->n++] = all.items[i];
	}
}

/* ---- Values ---- */

/* The number of the value that a constant of this file is set to; 0: none. */
static size_t
constant_value(const struct scan *s, const struct ruby_token *name)
{
	for (size_t i = 0; i + 2 < s->n; i++)
		if (s->t[i].kind == RT_CONST && s->t[i].len == name->len &&
		    memcmp(s->t[i].s, name->s, name->len) == 0 && token_is(s, i + 1, "=") &&
		    (i == 0 || !token_is(s, i - 1, "::")))
			return i + 2;
	return 0;
}

/* A symbol, a plain text, or a constant that is one; NULL: something else. */
static const char *
literal(const struct scan *s, size_t i, int deep)
{
	size_t value;

	if (i >= s->n || deep > CONSTANTS_DEEP)
		return NULL;
	if ((s->t[i].kind == RT_SYMBOL || s->t[i].kind == RT_STRING) && s->t[i].exact)
		return token_text(s, i);
	if (s->t[i].kind != RT_CONST || token_is(s, i + 1, "::"))
		return NULL;
	value = constant_value(s, &s->t[i]);
	return value > 0 ? literal(s, value, deep + 1) : NULL;
}

static const char *
joined(const struct scan *s, const char *before, const char *word)
{
	return before == NULL ? word : arena_printf(s->arena, "%s,%s", before, word);
}

/* "a,b" of a literal, a list of them, %i[a b], or a constant that is one of these; NULL: something else. */
static const char *
literals(const struct scan *s, size_t i, int deep)
{
	const char *out = literal(s, i, deep), *one;
	size_t value;

	if (out != NULL || i >= s->n || deep > CONSTANTS_DEEP)
		return out;
	if (s->t[i].kind == RT_WORDS) {
		char *words = token_text(s, i), *rest;

		for (char *w = strtok_r(words, " \t\r\n", &rest); w != NULL; w = strtok_r(NULL, " \t\r\n", &rest))
			out = joined(s, out, w);
		return out;
	}
	if (s->t[i].kind == RT_CONST) {
		value = constant_value(s, &s->t[i]);
		return value > 0 ? literals(s, value, deep + 1) : NULL;
	}
	if (!token_is(s, i, "["))
		return NULL;
	for (i++; i < s->n && !token_is(s, i, "]"); i++) {
		if (token_is(s, i, ",") || s->t[i].kind == RT_NEWLINE)
			continue;
		one = literal(s, i, deep);
		if (one == NULL)
			return NULL;
		out = joined(s, out, one);
	}
	return out;
}

struct argument {
	const char *label; /* or NULL */
	size_t at, end;    /* tokens of its value */
};

struct arguments {
	struct argument items[ARGUMENTS_MAX];
	size_t n;
	size_t end; /* the token behind the call */
};

static bool
opens(const struct scan *s, size_t i)
{
	return token_is(s, i, "(") || token_is(s, i, "[") || token_is(s, i, "{");
}

static bool
closes(const struct scan *s, size_t i)
{
	return token_is(s, i, ")") || token_is(s, i, "]") || token_is(s, i, "}");
}

/* A call without parentheses ends with its line, unless that ends in a comma or a label, and before a block or a condition. */
static bool
ends_call(const struct scan *s, size_t i)
{
	if (s->t[i].kind == RT_NEWLINE)
		return !token_is(s, i - 1, ",") && s->t[i - 1].kind != RT_LABEL;
	return s->t[i].kind == RT_END || token_is(s, i, "do") || token_is(s, i, "if") || token_is(s, i, "unless") ||
	    token_is(s, i, "end");
}

static void
push_argument(const struct scan *s, struct arguments *out, size_t from, size_t to)
{
	struct argument a = {.at = from, .end = to};

	while (a.at < to && s->t[a.at].kind == RT_NEWLINE)
		a.at++;
	if (a.at >= to || out->n == ARGUMENTS_MAX)
		return;
	if (s->t[a.at].kind == RT_LABEL) {
		a.label = token_text(s, a.at);
		a.at++;
		while (a.at < to && s->t[a.at].kind == RT_NEWLINE)
			a.at++;
	}
	out->items[out->n++] = a;
}

/* Arguments of the call whose name is token `name`. */
static struct arguments
arguments_of(const struct scan *s, size_t name)
{
	struct arguments out = {0};
	bool parens = token_is(s, name + 1, "(") && !s->t[name + 1].space_before;
	size_t i = name + 1 + parens, from = i;
	int depth = 0;

	for (; i < s->n; i++) {
		if (depth == 0 && (parens ? token_is(s, i, ")") : ends_call(s, i)))
			break;
		if (s->t[i].kind == RT_END)
			break;
		depth += opens(s, i) - closes(s, i);
		if (depth == 0 && token_is(s, i, ",")) {
			push_argument(s, &out, from, i);
			from = i + 1;
		}
	}
	push_argument(s, &out, from, i);
	out.end = i + parens;
	return out;
}

static const struct argument *
labelled(const struct arguments *args, const char *label)
{
	for (size_t i = 0; i < args->n; i++)
		if (args->items[i].label != NULL && strcmp(args->items[i].label, label) == 0)
			return &args->items[i];
	return NULL;
}

/* The n-th argument without a label. */
static const struct argument *
positional(const struct arguments *args, size_t n)
{
	for (size_t i = 0; i < args->n; i++)
		if (args->items[i].label == NULL && n-- == 0)
			return &args->items[i];
	return NULL;
}

static const char *
value_of(const struct scan *s, const struct argument *a, bool list)
{
	if (a == NULL)
		return NULL;
	return list ? literals(s, a->at, 0) : literal(s, a->at, 0);
}

/* ---- Helpers that change the structure ---- */

/*
 * `takes`: the arguments without a label: t table, n name of the object, c columns, + the rest are columns, o another
 * table, x something else.
 */
static const struct helper {
	const char *name, *action, *kind, *takes;
	bool guarded; /* it looks first whether the object is there */
} helpers[] = {
    {"create_table", "create", "table", "t", false},
    {"drop_table", "remove", "table", "t", false},
    {"rename_table", "remove", "table", "t", false},
    {"add_column", "create", "column", "tn", false},
    {"add_reference", "create", "column", "to", false},
    {"remove_column", "remove", "column", "tn", false},
    {"remove_columns", "remove", "column", "t+", false},
    {"rename_column", "remove", "column", "tn", false},
    {"change_column", "change", "column", "tn", false},
    {"change_column_default", "change", "column", "tn", false},
    {"change_column_null", "change", "not_null", "tn", false},
    {"change_column_type_concurrently", "change", "column", "tn", false},
    {"add_foreign_key", "create", "foreign_key", "to", false},
    {"add_concurrent_foreign_key", "create", "foreign_key", "to", true},
    {"add_concurrent_partitioned_foreign_key", "create", "foreign_key", "to", true},
    {"remove_foreign_key", "remove", "foreign_key", "to", false},
    {"remove_foreign_key_if_exists", "remove", "foreign_key", "to", true},
    {"remove_partitioned_foreign_key", "remove", "foreign_key", "to", true},
    {"validate_foreign_key", "validate", "foreign_key", "tc", false},
    {"add_index", "create", "index", "tc", false},
    {"add_concurrent_index", "create", "index", "tc", true},
    {"add_concurrent_partitioned_index", "create", "index", "tcn", true},
    {"remove_index", "remove", "index", "tc", false},
    {"rename_index", "remove", "index", "tn", false},
    {"remove_concurrent_index", "remove", "index", "tc", true},
    {"remove_concurrent_index_by_name", "remove", "index", "tn", true},
    {"remove_concurrent_partitioned_index_by_name", "remove", "index", "tn", true},
    {"add_check_constraint", "create", "check", "txn", true},
    {"remove_check_constraint", "remove", "check", "tn", true},
    {"validate_check_constraint", "validate", "check", "tn", false},
    {"add_not_null_constraint", "create", "not_null", "tn", true},
    {"remove_not_null_constraint", "remove", "not_null", "tn", true},
    {"validate_not_null_constraint", "validate", "not_null", "tn", false},
    {"add_multi_column_not_null_constraint", "create", "check", "t+", true},
    {"remove_multi_column_not_null_constraint", "remove", "check", "t+", true},
    {"validate_multi_column_not_null_constraint", "validate", "check", "t+", false},
    {"add_text_limit", "create", "check", "tc", true},
    {"remove_text_limit", "remove", "check", "tc", true},
    {"validate_text_limit", "validate", "check", "tc", false},
    {"drop_constraint", "remove", "constraint", "tn", false},
    {"rename_constraint", "remove", "constraint", "tn", false},
};

static const struct helper *
helper_named(const struct ruby_token *t)
{
	for (size_t i = 0; i < nitems(helpers); i++)
		if (strlen(helpers[i].name) == t->len && memcmp(helpers[i].name, t->s, t->len) == 0)
			return &helpers[i];
	return NULL;
}

/* A name that is called, and not a method of something else or one that is defined here. */
static bool
is_call(const struct scan *s, size_t i)
{
	return s->t[i].kind == RT_NAME &&
	    (i == 0 || !(token_is(s, i - 1, ".") || token_is(s, i - 1, "&.") || token_is(s, i - 1, "def")));
}

static const char *
guarded(const struct scan *s, const struct helper *h, const struct arguments *args)
{
	static const char *const labels[] = {"if_exists", "if_not_exists"};
	bool asks = false;

	for (size_t i = 0; i < nitems(labels); i++) {
		const struct argument *a = labelled(args, labels[i]);

		if (a != NULL && token_is(s, a->at, "true"))
			return "yes";
	}
	if (h->guarded)
		return "yes";
	if (token_is(s, args->end, "if") || token_is(s, args->end, "unless"))
		for (size_t i = args->end; i < s->n && s->t[i].kind != RT_NEWLINE && s->t[i].kind != RT_END; i++)
			asks = asks || ends_with(&s->t[i], "_exists?") || ends_with(&s->t[i], "exist?");
	return asks ? "yes" : s->conditions || s->unclear ? "not_understood" : "no";
}

static void
take_positional(const struct scan *s, const struct helper *h, const struct arguments *args, struct scanned_call *c)
{
	for (size_t i = 0; h->takes[i] != '\0'; i++) {
		const struct argument *a = positional(args, i);

		switch (h->takes[i]) {
		case 't':
			c->table = value_of(s, a, false);
			break;
		case 'n':
			c->name = value_of(s, a, false);
			break;
		case 'c':
			c->columns = value_of(s, a, true);
			break;
		case 'o':
			c->other = value_of(s, a, false);
			break;
		case '+':
			for (size_t k = i; (a = positional(args, k)) != NULL; k++)
				c->columns = value_of(s, a, true) != NULL ? joined(s, c->columns, value_of(s, a, true))
									  : c->columns;
			break;
		default:
			break;
		}
	}
}

static void
take_call(struct scan *s, size_t i, const struct helper *h)
{
	struct arguments args = arguments_of(s, i);
	struct scanned_call c = {.call = h->name, .action = h->action, .kind = h->kind, .line = s->t[i].line};

	take_positional(s, h, &args, &c);
	if (strcmp(h->kind, "column") != 0 && labelled(&args, "name") != NULL)
		c.name = value_of(s, labelled(&args, "name"), false);
	if (labelled(&args, "constraint_name") != NULL)
		c.name = value_of(s, labelled(&args, "constraint_name"), false);
	if (labelled(&args, "column") != NULL)
		c.columns = value_of(s, labelled(&args, "column"), true);
	if (strcmp(h->name, "add_reference") == 0 && c.other != NULL) {
		c.name = arena_printf(s->arena, "%s_id", c.other);
		c.other = NULL;
	}
	c.guarded = guarded(s, h, &args);
	if (c.table == NULL)
		c.name = c.columns = c.other = NULL;
	ARENA_PUSH(s->arena, &s->out->calls, c);
}

/* ---- Batched background migrations ---- */

#define CONVERSION "CopyColumnUsingBackgroundMigrationJob"

/* job: it is always this one, over the rows of `primary_key` */
static const struct batch_helper {
	const char *name, *call, *job;
} batch_helpers[] = {
    {"queue_batched_background_migration", "queue", NULL},
    {"ensure_batched_background_migration_is_finished", "finalize", NULL},
    {"finalize_batched_background_migration", "finalize", NULL},
    {"finalize_background_migration", "finalize", NULL},
    {"backfill_conversion_of_integer_to_bigint", "queue", CONVERSION},
    {"ensure_backfill_conversion_of_integer_to_bigint_is_finished", "finalize", CONVERSION},
    {"revert_backfill_conversion_of_integer_to_bigint", "delete", CONVERSION},
    {"delete_batched_background_migration", "delete", NULL},
};

/* The argument of this label, else the n-th without a label. */
static const char *
argument_text(const struct scan *s, const struct arguments *args, const char *label, size_t n)
{
	const struct argument *a = labelled(args, label);

	return value_of(s, a != NULL ? a : positional(args, n), false);
}

static void
take_conversion(struct scan *s, const struct batch_helper *h, const struct arguments *args)
{
	const struct argument *key = labelled(args, "primary_key");

	ARENA_PUSH(s->arena, &s->out->batches,
	    ((struct scanned_batch){.call = h->call,
		.job = h->job,
		.table = value_of(s, positional(args, 0), false),
		.column = key != NULL ? value_of(s, key, false) : "id"}));
}

static void
take_batch(struct scan *s, size_t i, const struct batch_helper *h)
{
	struct arguments args = arguments_of(s, i);

	if (h->job != NULL) {
		take_conversion(s, h, &args);
		return;
	}
	ARENA_PUSH(s->arena, &s->out->batches,
	    ((struct scanned_batch){.call = h->call,
		.job = argument_text(s, &args, "job_class_name", 0),
		.table = argument_text(s, &args, "table_name", 1),
		.column = argument_text(s, &args, "column_name", 2)}));
}

static void
take_calls(struct scan *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct helper *h;

		if (!is_call(s, i))
			continue;
		h = helper_named(&s->t[i]);
		if (h != NULL)
			take_call(s, i, h);
		for (size_t k = 0; k < nitems(batch_helpers); k++)
			if (token_is(s, i, batch_helpers[k].name))
				take_batch(s, i, &batch_helpers[k]);
	}
}

/* ---- Rows ---- */

static bool
has_sql(const char *text, const char *word)
{
	for (const char *p = text; (p = strcasestr(p, word)) != NULL; p++)
		if (p == text || !(isalnum((unsigned char)p[-1]) || p[-1] == '_'))
			return true;
	return false;
}

/* What the function of a trigger does, it does later. */
static bool
sql_changes_rows(const char *text)
{
	const char *update = text;
	bool sets = false;

	if (has_sql(text, "RETURNS TRIGGER") || has_sql(text, "CREATE TRIGGER") || has_sql(text, "CREATE FUNCTION") ||
	    has_sql(text, "CREATE OR REPLACE"))
		return false;
	while (!sets && (update = strcasestr(update, "UPDATE ")) != NULL) {
		sets = strcasestr(update, "SET ") != NULL && (update == text || !isalnum((unsigned char)update[-1]));
		update++;
	}
	return sets || has_sql(text, "INSERT INTO") || has_sql(text, "DELETE FROM") || has_sql(text, "TRUNCATE ");
}

static const char *
text_of_token(const struct scan *s, size_t i)
{
	if (s->t[i].body != NULL)
		return arena_strndup(s->arena, s->t[i].body, s->t[i].body_len);
	return s->t[i].kind == RT_STRING ? token_text(s, i) : NULL;
}

static bool
is_word_of(const struct ruby_token *t, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strlen(*words) == t->len && memcmp(*words, t->s, t->len) == 0)
			return true;
	return false;
}

/* Words that remove rows are also those by which a batched migration is taken out of GitLab's own table. */
static const char *
changes_rows(const struct scan *s)
{
	static const char *const removes[] = {"delete_all", "destroy", "destroy!", "destroy_all", "delete", NULL};
	static const char *const changes[] = {"update_all", "update_column_in_batches", "insert_all", "insert_all!",
	    "upsert_all", "truncate_tables!", "truncate_tables", "update_columns", "update_column", NULL};
	static const char *const methods[] = {"update", "update!", NULL};
	bool yes = false, removed = false, queues = false, unclear = s->unclear;

	for (size_t i = 0; i < s->n; i++) {
		const struct ruby_token *t = &s->t[i];
		bool method = i > 0 && (token_is(s, i - 1, ".") || token_is(s, i - 1, "&."));
		const char *text = text_of_token(s, i);

		if (text != NULL)
			yes = yes || sql_changes_rows(text);
		if (t->kind != RT_NAME || token_is(s, i - 1, "def"))
			continue;
		yes = yes || is_word_of(t, changes) || (method && is_word_of(t, methods));
		removed = removed || (method && is_word_of(t, removes));
		queues = queues || token_is(s, i, "queue_batched_background_migration");
		unclear = unclear || (method && (token_is(s, i, "perform") || token_is(s, i, "constantize")));
		if (token_is(s, i, "execute") && is_call(s, i)) {
			struct arguments args = arguments_of(s, i);
			const struct argument *a = positional(&args, 0);

			unclear = unclear ||
			    (a != NULL && text_of_token(s, a->at) == NULL && literal(s, a->at, 0) == NULL &&
				(s->t[a->at].kind != RT_CONST || constant_value(s, &s->t[a->at]) == 0));
		}
	}
	if (queues)
		return yes || unclear ? "not_understood" : "no";
	return yes || removed ? "yes" : unclear ? "not_understood" : "no";
}

/* ---- Guards ---- */

/* Gitlab.com?, Gitlab.staging? and so on: true only where GitLab runs its own service. */
static bool
is_saas(const struct scan *s, size_t i)
{
	static const char *const words[] = {"com?", "com_except_jh?", "staging?", "org?", "org_or_com?", "jh?",
	    "dev_or_test_env?", "com_but_not_canary?", "canary?", NULL};

	return token_is(s, i, "Gitlab") && token_is(s, i + 1, ".") && i + 2 < s->n && is_word_of(&s->t[i + 2], words);
}

/* The number of the token behind such a call, with or without :: before it; 0: there is none. */
static size_t
behind_saas(const struct scan *s, size_t i)
{
	i += token_is(s, i, "::");
	return is_saas(s, i) ? i + 3 : 0;
}

static bool
ends_line(const struct scan *s, size_t i)
{
	return i >= s->n || s->t[i].kind == RT_NEWLINE || s->t[i].kind == RT_END;
}

/* Whether the line from here on is such calls joined by ||: it is false elsewhere, and true there. */
static bool
saas_only(const struct scan *s, size_t i)
{
	while ((i = behind_saas(s, i)) > 0 && !ends_line(s, i))
		if (!token_is(s, i++, "||"))
			return false;
	return i > 0;
}

/* Whether the line from here on needs such a call to be true, with others behind or before &&: it is false elsewhere. */
static bool
saas_needed(const struct scan *s, size_t i)
{
	bool first = true, needed = false;

	for (int depth = 0; !ends_line(s, i); i++) {
		size_t behind = first && depth == 0 ? behind_saas(s, i) : 0;

		needed = needed || (behind > 0 && (ends_line(s, behind) || token_is(s, behind, "&&")));
		depth += opens(s, i) - closes(s, i);
		if (depth == 0 && (token_is(s, i, "||") || token_is(s, i, "or") || token_is(s, i, "?")))
			return false;
		first = token_is(s, i, "&&");
	}
	return needed;
}

/* A method of this file whose only line is such a condition: `def should_run?` */
static bool
is_saas_method(const struct scan *s, size_t name, bool unless)
{
	for (size_t i = 0; i + 3 < s->n; i++) {
		size_t end = i + 3;

		if (!token_is(s, i, "def") || s->t[i + 1].len != s->t[name].len ||
		    memcmp(s->t[i + 1].s, s->t[name].s, s->t[name].len) != 0 || s->t[i + 2].kind != RT_NEWLINE)
			continue;
		while (!ends_line(s, end))
			end++;
		return (saas_only(s, i + 3) || (unless && saas_needed(s, i + 3))) && token_is(s, end + 1, "end");
	}
	return false;
}

/* `return unless Gitlab.com?`: nothing is done elsewhere. `return if Gitlab.com?`: nothing is done there only. */
static const char *
guard_at(const struct scan *s, size_t i)
{
	bool unless = token_is(s, i + 1, "unless");
	size_t name = i + 2;
	bool alone;

	if (!token_is(s, i, "return") || !(unless || token_is(s, i + 1, "if")))
		return NULL;
	alone = saas_only(s, name) || (unless && saas_needed(s, name));
	if (!alone && name + 1 < s->n && s->t[name].kind == RT_NAME && s->t[name + 1].kind == RT_NEWLINE)
		alone = is_saas_method(s, name, unless);
	return !alone ? NULL : unless ? "gitlab_com" : "none";
}

static const char *
guard(const struct scan *s)
{
	size_t calls = 0, understood = 0;
	const char *out = "none";

	for (size_t i = 0; i < s->n; i++) {
		const char *here = guard_at(s, i);

		calls += is_saas(s, i) || (token_is(s, i, "Saas") && token_is(s, i + 1, "."));
		if (here == NULL)
			continue;
		if (strcmp(here, "gitlab_com") == 0)
			out = here;
		for (size_t k = i; k < s->n && s->t[k].kind != RT_NEWLINE; k++)
			understood += is_saas(s, k);
		if (s->t[i + 2].kind == RT_NAME)
			understood = calls = SIZE_MAX / 2; /* the method's own body */
	}
	if (strcmp(out, "gitlab_com") == 0)
		return out;
	return calls > understood ? "not_understood" : out;
}

/* ---- Words ---- */

static void
add_word(struct scan *s, const char *p, size_t n)
{
	const char *word;

	if (n < 2 || n > 63 || isdigit((unsigned char)*p))
		return;
	word = arena_strndup(s->arena, p, n);
	if (!texts_has(&s->out->words, word))
		ARENA_PUSH(s->arena, &s->out->words, word);
}

static void
add_words(struct scan *s, const char *p, size_t len)
{
	static const char in_name[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	const char *end = p + len;

	while (p < end) {
		size_t n = 0;

		while (p + n < end && p[n] != '\0' && strchr(in_name, p[n]) != NULL)
			n++;
		add_word(s, p, n);
		p += n > 0 ? n : 1;
	}
}

static void
take_words(struct scan *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct ruby_token *t = &s->t[i];

		if (t->body != NULL)
			add_words(s, t->body, t->body_len);
		else if (t->kind == RT_SYMBOL || t->kind == RT_STRING || t->kind == RT_LABEL || t->kind == RT_WORDS)
			add_words(s, t->s, t->len);
		else if (t->kind == RT_CONST && !token_is(s, i + 1, "=") && !token_is(s, i - 1, "class")) {
			const char *word = token_text(s, i);

			if (!texts_has(&s->out->constants, word))
				ARENA_PUSH(s->arena, &s->out->constants, word);
		}
		s->conditions = s->conditions || token_is(s, i, "if") || token_is(s, i, "unless") ||
		    token_is(s, i, "case") || (t->kind == RT_NAME && ends_with(t, "exists?"));
	}
}

static void
take_head(struct scan *s)
{
	for (size_t i = 0; i + 2 < s->n; i++) {
		if (token_is(s, i, "milestone") && s->t[i + 1].kind == RT_STRING && s->out->milestone == NULL)
			s->out->milestone = token_text(s, i + 1);
		if (token_is(s, i, "restrict_gitlab_migration"))
			for (size_t k = i + 1; k + 1 < s->n && s->t[k].kind != RT_NEWLINE; k++)
				if (is_label(s, k, "gitlab_schema"))
					s->out->schema = literal(s, k + 1, 0);
	}
}

void
release_scan(struct arena *a, const char *text, size_t len, struct scanned *out)
{
	struct scan s = {.arena = a, .out = out};

	*out = (struct scanned){0};
	take_tokens(&s, text, len);
	take_head(&s);
	take_words(&s);
	take_calls(&s);
	out->changes_rows = changes_rows(&s);
	out->guard = s.unclear ? "not_understood" : guard(&s);
}
