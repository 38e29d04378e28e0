/* Any text as a YAML file of another program (database.yml, resque.yml): read in bounded memory, or refused. */
#include "base/yaml.h"
#include "tests/fuzz/fuzz.h"

static void
check_node(const struct ynode *n, unsigned depth)
{
	demand(depth <= 20, "too deep");
	demand(n->kind != Y_SCALAR || strlen(n->text) == n->len, "a text that ends early");
	for (size_t i = 0; n->kind != Y_SCALAR && i < n->n; i++) {
		check_node(n->items[i], depth + 1);
		if (n->kind == Y_MAP)
			demand(yaml_get(n, n->keys[i]->text) != NULL, "a key without a value");
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *a = arena_new();
	const struct yfile file = {"database.yml", arena_strndup(a, (const char *)data, len), len};
	const struct ynode *root;
	struct err e = {0};

	root = yaml_parse_foreign(a, &file, &e);
	if (root == NULL)
		demand_message(&e);
	else
		check_node(root, 0);
	arena_free(a);
	return 0;
}
