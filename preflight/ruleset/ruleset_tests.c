/*
 * Reads the tests of a rule, and merges what several of them share: an entry `each` in the list of tests holds keys
 * that the tests after it have too. Runs nothing: verdict/ruletest.c does.
 */
#include "ruleset/ruleset_tests.h"

#include <string.h>

#include "base/version.h"

static bool
read_hop(struct loader *l, const struct ynode *node, struct rule_test *t)
{
	static const struct field_spec fields[] = {
	    {"from", FK_VERSION, offsetof(struct rule_test, from), false, NULL},
	    {"to", FK_VERSION, offsetof(struct rule_test, to), false, NULL},
	    {"required_only", FK_BOOL, offsetof(struct rule_test, required_only), false, NULL},
	    {"after", FK_BOOL, offsetof(struct rule_test, after), false, NULL},
	    {"install_method", FK_LINE, offsetof(struct rule_test, install_method), false, NULL},
	};

	return node == NULL || read_map(l, node, "hop", fields, nitems(fields), t);
}

static bool
read_expect(struct loader *l, const struct ynode *node, struct rule_test *t)
{
	static const char *const statuses[] = {
	    "pass", "fail", "waiting", "unknown", "error", "manual", "not_applicable", "skipped", NULL};
	static const char *const effects[] = {"blocks", "waits", "warns", "none", NULL};
	static const struct field_spec fields[] = {
	    {"status", FK_WORD, offsetof(struct rule_test, status), true, statuses},
	    {"findings", FK_COUNT, offsetof(struct rule_test, findings), false, NULL},
	    {"message", FK_TEXT, offsetof(struct rule_test, message), false, NULL},
	    {"state", FK_LINE, offsetof(struct rule_test, state), false, NULL},
	    {"eta", FK_LINE, offsetof(struct rule_test, eta), false, NULL},
	    {"fix", FK_LINE, offsetof(struct rule_test, fix), false, NULL},
	    {"effect", FK_WORD, offsetof(struct rule_test, effect), false, effects},
	};

	if (node->kind == Y_SCALAR)
		return read_scalar(l, node, &fields[0], &t->status);
	t->has_findings = yaml_get(node, "findings") != NULL;
	t->has_effect = yaml_get(node, "effect") != NULL;
	return read_map(l, node, "expect", fields, nitems(fields), t);
}

/* The rows that the test has of a table, or NULL. */
static struct given **
find_given(struct givens *all, const char *table)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->items[i]->table->text, table) == 0)
			return &all->items[i];
	return NULL;
}

static void
remove_given(struct givens *all, struct given **g)
{
	size_t after = (size_t)(&all->items[all->n] - g) - 1;

	memmove(g, g + 1, after * sizeof *g);
	all->n--;
}

/* Rows of a table take the place of those of `each`; an empty list leaves none, as if `each` had not given any. */
static bool
read_given(struct loader *l, const struct ynode *map, struct givens *out)
{
	if (map == NULL)
		return true;
	if (map->kind != Y_MAP) {
		faults_add(l->faults, map->at, "given must be a map of tables and their rows");
		return false;
	}
	for (size_t i = 0; i < map->n; i++) {
		struct given *g = arena_alloc(l->arena, sizeof *g), **other = find_given(out, map->keys[i]->text);

		/* `fact` is found once all files are read: it may be declared in a later one. */
		*g = (struct given){.table = map->keys[i], .rows = map->items[i]};
		if (other == NULL)
			ARENA_PUSH(l->arena, out, g);
		else if (g->rows->kind == Y_LIST && g->rows->n == 0)
			remove_given(out, other);
		else
			*other = g;
	}
	return true;
}

struct raw_test {
	const char *name;
	const struct ynode *hop, *given, *expect;
	const struct ynode *unknown, *null_ok; /* lists of words */
};

/* What the list of a test is: its own, else that of `each`, which is in *out. */
static bool
read_words(struct loader *l, const struct ynode *list, const char *what, struct texts *out)
{
	if (list == NULL)
		return true;
	*out = (struct texts){0};
	return read_texts(l, list, what, out);
}

static bool
read_state(struct loader *l, const struct raw_test *raw, struct rule_test *t)
{
	return read_hop(l, raw->hop, t) && read_given(l, raw->given, &t->given) &&
	    read_words(l, raw->unknown, "unknown", &t->unknown) && read_words(l, raw->null_ok, "null_ok", &t->null_ok);
}

static bool
read_each(struct loader *l, const struct ynode *entry, struct rule_test *each)
{
	static const struct field_spec outer[] = {{"each", FK_NODE, 0, true, NULL}};
	static const struct field_spec fields[] = {
	    {"hop", FK_NODE, offsetof(struct raw_test, hop), false, NULL},
	    {"given", FK_NODE, offsetof(struct raw_test, given), false, NULL},
	    {"unknown", FK_NODE, offsetof(struct raw_test, unknown), false, NULL},
	    {"null_ok", FK_NODE, offsetof(struct raw_test, null_ok), false, NULL},
	};
	struct raw_test raw = {0};
	const struct ynode *node;

	*each = (struct rule_test){0};
	return read_map(l, entry, "an entry each", outer, nitems(outer), &node) &&
	    read_map(l, node, "each", fields, nitems(fields), &raw) && read_state(l, &raw, each);
}

/* A test of its own, or with what `each` has. The list of tables is its own: it may become another. */
static struct rule_test
begin_test(struct loader *l, const struct rule_test *each)
{
	struct rule_test t = *each;

	t.given = (struct givens){0};
	for (size_t i = 0; i < each->given.n; i++)
		ARENA_PUSH(l->arena, &t.given, each->given.items[i]);
	return t;
}

static bool
read_test(struct loader *l, const struct ynode *node, const struct rule_test *each, struct rule_test *t)
{
	static const struct field_spec fields[] = {
	    {"name", FK_LINE, offsetof(struct raw_test, name), true, NULL},
	    {"hop", FK_NODE, offsetof(struct raw_test, hop), false, NULL},
	    {"given", FK_NODE, offsetof(struct raw_test, given), false, NULL},
	    {"unknown", FK_NODE, offsetof(struct raw_test, unknown), false, NULL},
	    {"null_ok", FK_NODE, offsetof(struct raw_test, null_ok), false, NULL},
	    {"expect", FK_NODE, offsetof(struct raw_test, expect), true, NULL},
	};
	struct raw_test raw = {0};

	if (!read_map(l, node, "a test", fields, nitems(fields), &raw))
		return false;
	*t = begin_test(l, each);
	t->name = raw.name;
	t->at = node->at;
	if (!read_state(l, &raw, t) || !read_expect(l, raw.expect, t))
		return false;
	if (t->from == 0 || t->to == 0)
		faults_add(l->faults, node->at,
		    "a test needs the keys \"from\" and \"to\" of hop, or an entry each before it that has them");
	return t->from != 0 && t->to != 0;
}

bool
read_tests(struct loader *l, const struct ynode *list, struct rule_tests *out)
{
	struct rule_test each = {0};
	bool ok = true;

	if (!read_is_list(l, list, "tests"))
		return false;
	for (size_t i = 0; i < list->n; i++) {
		struct rule_test t;

		if (list->items[i]->kind == Y_MAP && yaml_get(list->items[i], "each") != NULL) {
			ok = read_each(l, list->items[i], &each) && ok;
			for (size_t g = 0; g < each.given.n; g++)
				ARENA_PUSH(l->arena, &out->shared, each.given.items[g]);
		} else if (read_test(l, list->items[i], &each, &t)) {
			ARENA_PUSH(l->arena, out, t);
		} else {
			ok = false;
		}
	}
	return ok;
}
