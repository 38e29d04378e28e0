/* Reads the file of --expect. Nothing is looked up here: cmd_fleet.c compares the list with bundles. */
#include "commands/fleet_expect.h"

#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"

#define EXPECT_MAX ((size_t)1 << 20)

static bool
take_age(const struct ynode *n, int64_t *out, struct err *e)
{
	return (n->kind == Y_SCALAR && read_duration(n->text, out)) ||
	    fail(e, n->at, "max-age is a duration, such as 24h or 7d");
}

/* A word, or a map with a label. */
static bool
take_instance(struct arena *a, const struct ynode *n, int64_t max_age_us, struct expected_fleet *f, struct err *e)
{
	const struct ynode *label = n->kind == Y_MAP ? yaml_get(n, "label") : n;
	struct expected_instance x = {.max_age_us = max_age_us};

	if (label == NULL || label->kind != Y_SCALAR || label->len == 0)
		return fail(e, n->at, "an instance is a label, or a map with a label");
	for (size_t i = 0; n->kind == Y_MAP && i < n->n; i++) {
		if (strcmp(n->keys[i]->text, "max-age") == 0 && !take_age(n->items[i], &x.max_age_us, e))
			return false;
		if (strcmp(n->keys[i]->text, "max-age") != 0 && strcmp(n->keys[i]->text, "label") != 0)
			return fail(e, n->keys[i]->at, "an instance has no \"%s\": it has label and max-age",
			    text_clean(a, n->keys[i]->text, n->keys[i]->len, 60));
	}
	x.label = label->text;
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->items[i].label, x.label) == 0)
			return fail(e, label->at, "duplicate instance %s", text_clean(a, x.label, label->len, 60));
	ARENA_PUSH(a, f, x);
	return true;
}

static bool
take_fleet(struct arena *a, const struct ynode *root, int64_t max_age_us, struct expected_fleet *f, struct err *e)
{
	const struct ynode *list = root->kind == Y_MAP ? yaml_get(root, "instances") : NULL;
	const struct ynode *age = root->kind == Y_MAP ? yaml_get(root, "max-age") : NULL;

	if (list == NULL || list->kind != Y_LIST || list->n == 0)
		return fail(e, root->at, "the fleet needs a list of instances: instances: [shop-eu, shop-us]");
	for (size_t i = 0; i < root->n; i++)
		if (root->items[i] != list && root->items[i] != age)
			return fail(e, root->keys[i]->at, "a fleet has no \"%s\": it has max-age and instances",
			    text_clean(a, root->keys[i]->text, root->keys[i]->len, 60));
	if (age != NULL && !take_age(age, &max_age_us, e))
		return false;
	for (size_t i = 0; i < list->n; i++)
		if (!take_instance(a, list->items[i], max_age_us, f, e))
			return false;
	return true;
}

bool
fleet_expect(struct arena *a, const char *path, int64_t max_age_us, struct expected_fleet *out, struct err *e)
{
	struct yfile *f = arena_alloc(a, sizeof *f);
	struct faults faults = {0};
	const struct ynode *root;

	*f = (struct yfile){.path = path};
	*out = (struct expected_fleet){0};
	if (!file_read(a, path, EXPECT_MAX, &f->text, &f->len, e))
		return false;
	root = yaml_parse(a, f, &faults);
	if (root == NULL) {
		*e = faults.items[0];
		e->at.file = path;
	}
	faults_free(&faults);
	return root != NULL && take_fleet(a, root, max_age_us, out, e);
}
