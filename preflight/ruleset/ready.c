/*
 * Writes and reads the prepared form of the shipped rules. Reader and writer use the same lists in the same order; the
 * digest at the start of the bytes shows that the lists are the same.
 */
#include "ruleset/ready.h"

#include <stdlib.h>
#include <string.h>

#define DIGEST_LEN 64

struct ready_reader {
	const unsigned char *p;
	struct arena *arena;
	const struct yfile *file;
	unsigned line; /* of the node before: a node has the distance */
};

static void
put_number(struct buf *b, size_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_addc(b, (char)(v | 0x80));
	buf_addc(b, (char)v);
}

static size_t
take_number(struct ready_reader *r)
{
	size_t v = 0;
	unsigned shift = 0;

	for (; (*r->p & 0x80) != 0; shift += 7)
		v |= (size_t)(*r->p++ & 0x7F) << shift;
	return v | (size_t)*r->p++ << shift;
}

static void
put_text(struct buf *b, const char *text, size_t len)
{
	put_number(b, len);
	buf_addn(b, text, len);
	buf_addc(b, '\0');
}

static const char *
take_text(struct ready_reader *r, size_t *len)
{
	const char *text;

	*len = take_number(r);
	text = (const char *)r->p;
	r->p += *len + 1;
	return text;
}

static void
put_node(struct buf *b, const struct ynode *node, unsigned *line)
{
	buf_addc(b, (char)((unsigned)node->kind | (unsigned)node->style << 2));
	put_number(b, node->at.line - *line);
	put_number(b, node->at.col);
	*line = node->at.line;
	if (node->kind == Y_SCALAR) {
		put_text(b, node->text, node->len);
		return;
	}
	put_number(b, node->n);
	for (size_t i = 0; i < node->n; i++) {
		if (node->kind == Y_MAP)
			put_node(b, node->keys[i], line);
		put_node(b, node->items[i], line);
	}
}

static struct ynode *
take_node(struct ready_reader *r)
{
	struct ynode *node = arena_alloc(r->arena, sizeof *node);
	unsigned head = *r->p++;

	node->kind = (enum ykind)(head & 3);
	node->style = (enum ystyle)(head >> 2);
	node->file = r->file;
	r->line += (unsigned)take_number(r);
	node->at = (struct loc){r->file->path, r->line, (unsigned)take_number(r)};
	if (node->kind == Y_SCALAR) {
		node->text = take_text(r, &node->len);
		return node;
	}
	node->n = take_number(r);
	node->items = arena_alloc(r->arena, node->n * sizeof *node->items);
	node->keys = node->kind == Y_MAP ? arena_alloc(r->arena, node->n * sizeof *node->keys) : NULL;
	for (size_t i = 0; i < node->n; i++) {
		if (node->keys != NULL)
			node->keys[i] = take_node(r);
		node->items[i] = take_node(r);
	}
	return node;
}

static void
put_flags(struct buf *b, const bool *flags, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addc(b, flags[i] ? 1 : 0);
}

static bool *
take_flags(struct ready_reader *r, size_t n)
{
	bool *flags = arena_alloc(r->arena, n + 1);

	for (size_t i = 0; i < n; i++)
		flags[i] = *r->p++ != 0;
	return flags;
}

static void
put_reach(struct buf *b, const struct ruleset *set, const struct reach *reach)
{
	put_flags(b, reach->facts, set->facts.n);
	put_flags(b, reach->views, set->views.n);
	put_flags(b, reach->tables, set->tables.n);
	put_flags(b, (const bool[]){reach->hop, reach->path_steps}, 2);
}

static struct reach
take_reach(struct ready_reader *r, const struct ruleset *set)
{
	struct reach reach;

	reach.facts = take_flags(r, set->facts.n);
	reach.views = take_flags(r, set->views.n);
	reach.tables = take_flags(r, set->tables.n);
	reach.hop = *r->p++ != 0;
	reach.path_steps = *r->p++ != 0;
	return reach;
}

static void
put_facts(struct buf *b, const struct ruleset *set, const struct fact *const *facts, size_t n)
{
	put_number(b, n);
	for (size_t i = 0; i < n; i++)
		put_number(b, (size_t)(facts[i] - set->facts.items));
}

static struct fact_refs
take_facts(struct ready_reader *r, const struct ruleset *set)
{
	struct fact_refs refs = {.n = take_number(r)};

	refs.cap = refs.n;
	refs.items = arena_alloc(r->arena, (refs.n + 1) * sizeof *refs.items);
	for (size_t i = 0; i < refs.n; i++)
		refs.items[i] = &set->facts.items[take_number(r)];
	return refs;
}

static void
put_inferred(struct buf *b, const struct ruleset *set)
{
	for (size_t i = 0; i < set->views.n; i++) {
		put_text(b, set->views.items[i].name, strlen(set->views.items[i].name));
		put_reach(b, set, &set->views.items[i].reach);
	}
	for (size_t i = 0; i < set->rules.n; i++) {
		const struct rule *rule = &set->rules.items[i];

		put_reach(b, set, &rule->reach);
		put_facts(b, set, rule->needs, rule->n_needs);
		put_facts(b, set, rule->covered.items, rule->covered.n);
	}
	for (size_t i = 0; i < set->stops.n; i++) {
		put_reach(b, set, &set->stops.items[i].reach);
		put_facts(b, set, set->stops.items[i].needs.items, set->stops.items[i].needs.n);
	}
	for (size_t i = 0; i < set->sources.n; i++) {
		put_reach(b, set, &set->sources.items[i].reach);
		put_facts(b, set, set->sources.items[i].needs.items, set->sources.items[i].needs.n);
	}
	put_number(b, set->join_columns.n);
	for (size_t i = 0; i < set->join_columns.n; i++)
		put_text(b, set->join_columns.items[i], strlen(set->join_columns.items[i]));
}

static void
put_file(struct buf *b, const struct ynode *root)
{
	put_number(b, root->n);
	for (size_t i = 0; i < root->n; i++) {
		CLEANUP(buf_free) struct buf tree;
		unsigned line = 0;

		buf_init(&tree, b->max);
		put_node(&tree, root->items[i], &line);
		put_text(b, root->keys[i]->text, root->keys[i]->len);
		put_number(b, tree.len);
		buf_addn(b, tree.p, tree.len);
	}
}

void
ready_write(const struct ruleset *set, struct buf *b)
{
	buf_addn(b, set->digest, DIGEST_LEN);
	for (size_t i = 0; i < set->files.n; i++)
		put_file(b, set->files.items[i].root);
	put_inferred(b, set);
}

bool
ready_files(struct ruleset *set, size_t *rest)
{
	struct ready_reader r = {0};
	size_t len;

	if (&ready_rules == NULL || memcmp(ready_rules.bytes, set->digest, DIGEST_LEN) != 0)
		return false;
	r.p = ready_rules.bytes + DIGEST_LEN;
	for (size_t i = 0; i < set->files.n; i++) {
		struct rule_file *f = &set->files.items[i];
		struct yfile *text = arena_alloc(set->arena, sizeof *text);

		*text = (struct yfile){.path = f->shown, .text = f->member.data, .len = f->member.len};
		f->text = text;
		f->ready = r.p;
		for (size_t n = take_number(&r); n > 0; n--) {
			(void)take_text(&r, &len);
			len = take_number(&r);
			r.p += len;
		}
	}
	*rest = (size_t)(r.p - ready_rules.bytes);
	return true;
}

const struct ynode *
ready_section(const struct rule_file *f, const char *key, struct arena *tree)
{
	struct ready_reader r = {.p = f->ready, .arena = tree, .file = f->text};

	for (size_t n = take_number(&r), len; n > 0; n--) {
		bool wanted = strcmp(take_text(&r, &len), key) == 0;

		len = take_number(&r);
		if (wanted)
			return take_node(&r);
		r.p += len;
	}
	return NULL;
}

/* Puts the view of that name, which is the i-th or a later one, at place i. */
static void
move_view(struct views *views, size_t i, const char *name)
{
	size_t at = i;
	struct view v;

	while (strcmp(views->items[at].name, name) != 0)
		at++;
	v = views->items[at];
	memmove(&views->items[i + 1], &views->items[i], (at - i) * sizeof v);
	views->items[i] = v;
}

void
ready_infer(struct ruleset *set, size_t rest)
{
	struct ready_reader r = {.p = ready_rules.bytes + rest, .arena = set->arena};
	size_t len, n;

	for (size_t i = 0; i < set->views.n; i++) {
		move_view(&set->views, i, take_text(&r, &len));
		set->views.items[i].reach = take_reach(&r, set);
	}
	for (size_t i = 0; i < set->rules.n; i++) {
		struct rule *rule = &set->rules.items[i];
		struct fact_refs needs;

		rule->reach = take_reach(&r, set);
		needs = take_facts(&r, set);
		rule->needs = needs.items;
		rule->n_needs = needs.n;
		rule->covered = take_facts(&r, set);
	}
	for (size_t i = 0; i < set->stops.n; i++) {
		set->stops.items[i].reach = take_reach(&r, set);
		set->stops.items[i].needs = take_facts(&r, set);
	}
	for (size_t i = 0; i < set->sources.n; i++) {
		set->sources.items[i].reach = take_reach(&r, set);
		set->sources.items[i].needs = take_facts(&r, set);
	}
	n = take_number(&r);
	for (size_t i = 0; i < n; i++)
		ARENA_PUSH(set->arena, &set->join_columns, take_text(&r, &len));
}
