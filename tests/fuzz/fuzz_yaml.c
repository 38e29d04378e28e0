/*
 * Any bytes as a rule file. What is read must be a tree of bounded depth whose nodes stand in the
 * file where they say; what is refused must have a fault in the file.
 */
#include "base/yaml.h"
#include "base/yaml_walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
demand(bool ok, const char *what, struct loc at)
{
	if (ok)
		return;
	(void)fprintf(stderr, "%u:%u: %s\n", at.line, at.col, what);
	abort();
}

/* The byte at a line and column, or NUL at the end of the file. */
static char
byte_at(const struct yfile *f, struct loc at)
{
	unsigned line = 1, col = 1;

	for (size_t i = 0; i < f->len; i++) {
		if (((unsigned char)f->text[i] & 0xC0) == 0x80)
			continue;
		if (line == at.line && col == at.col)
			return f->text[i];
		col = f->text[i] == '\n' ? 1 : col + 1;
		line += f->text[i] == '\n' ? 1 : 0;
	}
	demand(line == at.line && col == at.col, "outside of the file", at);
	return '\0';
}

/* Large scalars are sampled: each look walks through the file. */
static void
check_scalar(const struct ynode *s)
{
	size_t stride = s->len * s->file->len / 1000000 + 1;

	demand(s->text[s->len] == '\0' && strlen(s->text) == s->len, "a NUL in a scalar", s->at);
	(void)byte_at(s->file, yaml_loc_at(s, s->len));
	for (size_t i = 0; i < s->len; i += stride) {
		char c = s->text[i], there = byte_at(s->file, yaml_loc_at(s, i));
		bool inside = ((unsigned char)c & 0xC0) == 0x80, blank = c == ' ' || c == '\n';

		if (s->style == YS_LITERAL && !inside)
			demand(there == c || (c == '\n' && (there == '\r' || there == '\0')),
			    "another byte of the literal", s->at);
		if (s->style == YS_PLAIN && !inside && !blank)
			demand(there == c, "another byte of the plain scalar", s->at);
	}
}

static void
check_node(const struct ynode *node, const struct yfile *f, unsigned depth)
{
	demand(node->file == f && node->at.line > 0, "a node without a place", node->at);
	demand(depth <= 17, "too deep", node->at);
	switch (node->kind) {
	case Y_SCALAR:
		check_scalar(node);
		return;
	case Y_LIST:
	case Y_MAP:
		break;
	}
	(void)byte_at(f, node->at);
	for (size_t i = 0; i < node->n; i++) {
		check_node(node->items[i], f, depth + 1);
		if (node->kind == Y_LIST)
			continue;
		demand(node->keys[i]->kind == Y_SCALAR, "a key that is no scalar", node->at);
		check_node(node->keys[i], f, depth + 1);
		if (node->n < 1000)
			demand(yaml_get(node, node->keys[i]->text) == node->items[i], "a key that is there twice",
			    node->keys[i]->at);
	}
}

static void
look_at(void *arg, const char *path, const char *text, bool plain)
{
	(void)plain;
	*(size_t *)arg += strlen(path) + (text != NULL ? strlen(text) : 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	char *copy = xcalloc(len, 1); /* exactly as long, so that ASan sees a byte more */
	struct yfile f = {"fuzz.yml", copy, len};
	struct faults faults = {0};
	struct ynode *root;
	size_t seen = 0;
	struct err e;

	if (len > 0)
		memcpy(copy, data, len);
	root = yaml_parse(a, &f, &faults);
	demand((root == NULL) == (faults.n > 0), "neither a tree nor a fault, or both", NOWHERE);
	for (size_t i = 0; i < faults.n; i++)
		if (faults.items[i].at.line > 0)
			(void)byte_at(&f, faults.items[i].at);
	if (root != NULL)
		check_node(root, &f, 1);
	/* What is passed over can only take faults away. */
	demand(root == NULL || yaml_parse_without(a, &f, "tests", &faults) != NULL, "a fault of what is passed over",
	    NOWHERE);
	/* Who takes more files takes these too; only the depth may differ. */
	demand(yaml_walk(copy, len, look_at, &seen, &e) || root == NULL, "a fault where there is none", NOWHERE);
	faults_free(&faults);
	free(copy);
	return 0;
}
