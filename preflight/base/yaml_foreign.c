/*
 * YAML as other programs write it: anchors, aliases and merge keys are resolved, tags ignored, and of a key that
 * comes twice the last one counts, as Ruby reads it. Gives the same tree as yaml.c, whose rules are stricter.
 */
#include "base/yaml.h"

#include <stdio.h>
#include <string.h>

#include <yaml.h> /* libyaml's: ours is found by -iquote only */

#define MAX_DEPTH 16
#define MAX_NODES 20000 /* of the tree: aliases of aliases multiply */

struct foreign {
	struct arena *arena;
	const struct yfile *file;
	yaml_document_t doc;
	size_t n_nodes;
	struct err *e;
};

static struct ynode *
refuse(struct foreign *f, unsigned line, const char *what)
{
	(void)fail(f->e, (struct loc){f->file->path, line, 0}, "%s", what);
	return NULL;
}

static struct ynode *
node_at(struct foreign *f, const yaml_node_t *from, enum ykind kind)
{
	struct ynode *n = arena_alloc(f->arena, sizeof *n);

	n->kind = kind;
	n->file = f->file;
	n->at = (struct loc){f->file->path, (unsigned)from->start_mark.line + 1, (unsigned)from->start_mark.column + 1};
	return n;
}

static struct ynode *convert(struct foreign *f, int index, unsigned depth);

static struct ynode *
convert_scalar(struct foreign *f, const yaml_node_t *from)
{
	struct ynode *n = node_at(f, from, Y_SCALAR);

	n->text = arena_strndup(f->arena, (const char *)from->data.scalar.value, from->data.scalar.length);
	n->len = strlen(n->text);
	n->style = from->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? YS_PLAIN : YS_QUOTED;
	return n;
}

static struct ynode *
convert_list(struct foreign *f, const yaml_node_t *from, unsigned depth)
{
	struct ynode *n = node_at(f, from, Y_LIST);
	size_t count = (size_t)(from->data.sequence.items.top - from->data.sequence.items.start);

	n->items = arena_alloc(f->arena, (count + 1) * sizeof(struct ynode *));
	for (size_t i = 0; i < count; i++)
		if ((n->items[n->n++] = convert(f, from->data.sequence.items.start[i], depth + 1)) == NULL)
			return NULL;
	return n;
}

/* `stays`: a key that is there already keeps its value. */
static void
put(struct foreign *f, struct ynode *map, struct ynode *key, struct ynode *value, bool stays)
{
	for (size_t i = 0; i < map->n; i++)
		if (strcmp(map->keys[i]->text, key->text) == 0) {
			if (!stays)
				map->items[i] = value;
			return;
		}
	if ((map->n & (map->n - 1)) == 0) { /* full at each power of two */
		struct ynode **keys = arena_alloc(f->arena, (map->n * 2 + 1) * sizeof(struct ynode *));
		struct ynode **items = arena_alloc(f->arena, (map->n * 2 + 1) * sizeof(struct ynode *));

		for (size_t i = 0; i < map->n; i++) {
			keys[i] = map->keys[i];
			items[i] = map->items[i];
		}
		map->keys = keys;
		map->items = items;
	}
	map->keys[map->n] = key;
	map->items[map->n++] = value;
}

/* <<: a map, or a list of maps of which the first counts most. */
static void
merge(struct foreign *f, struct ynode *map, const struct ynode *from)
{
	for (size_t i = 0; from->kind == Y_LIST && i < from->n; i++)
		if (from->items[i]->kind == Y_MAP)
			merge(f, map, from->items[i]);
	for (size_t i = 0; from->kind == Y_MAP && i < from->n; i++)
		put(f, map, from->keys[i], from->items[i], true);
}

static struct ynode *
convert_map(struct foreign *f, const yaml_node_t *from, unsigned depth)
{
	struct ynode *n = node_at(f, from, Y_MAP), *merged = NULL;

	for (const yaml_node_pair_t *p = from->data.mapping.pairs.start; p < from->data.mapping.pairs.top; p++) {
		struct ynode *key = convert(f, p->key, depth + 1), *value = convert(f, p->value, depth + 1);

		if (key == NULL || value == NULL)
			return NULL;
		if (key->kind != Y_SCALAR)
			return refuse(f, key->at.line, "a key that is not one word");
		if (strcmp(key->text, "<<") == 0 && key->style == YS_PLAIN)
			merged = value;
		else
			put(f, n, key, value, false);
	}
	if (merged != NULL)
		merge(f, n, merged);
	return n;
}

static struct ynode *
convert(struct foreign *f, int index, unsigned depth)
{
	const yaml_node_t *from = yaml_document_get_node(&f->doc, index);

	if (from == NULL)
		return refuse(f, 0, "not YAML");
	if (depth > MAX_DEPTH || ++f->n_nodes > MAX_NODES)
		return refuse(f, (unsigned)from->start_mark.line + 1, "too deep or too large, or an alias of itself");
	if (from->type == YAML_SCALAR_NODE)
		return convert_scalar(f, from);
	return from->type == YAML_SEQUENCE_NODE ? convert_list(f, from, depth) : convert_map(f, from, depth);
}

static void
parser_drop(yaml_parser_t *p)
{
	yaml_parser_delete(p);
}

struct ynode *
yaml_parse_foreign(struct arena *a, const struct yfile *file, struct err *e)
{
	CLEANUP(parser_drop) yaml_parser_t parser;
	struct foreign f = {.arena = a, .file = file, .e = e};
	const void *bytes = file->text;
	struct ynode *root = NULL;

	if (yaml_parser_initialize(&parser) == 0)
		return refuse(&f, 0, "out of memory");
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, bytes, file->len);
	if (yaml_parser_load(&parser, &f.doc) == 0)
		return refuse(&f, (unsigned)parser.problem_mark.line + 1,
		    arena_printf(a, "not YAML: %s", parser.problem != NULL ? parser.problem : "out of memory"));
	if (yaml_document_get_root_node(&f.doc) == NULL)
		(void)refuse(&f, 0, "it is empty");
	else
		root = convert(&f, 1, 1);
	yaml_document_delete(&f.doc);
	return root;
}
