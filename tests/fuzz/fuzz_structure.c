/* Any text as the SQL of a structure: its statements lie inside of it, in order, and parse or are refused. */
#include "tests/fuzz/fuzz.h"
#include "sources/sql_tree.h"

struct place {
	const char *begin, *last, *end;
};

static void
look(void *arg, const char *statement, size_t len)
{
	struct place *p = arg;
	CLEANUP(sql_tree_drop) json_t *tree = NULL;
	struct err e = {0};

	demand(statement >= p->last && statement + len <= p->end, "a statement outside of the text");
	p->last = statement + len;
	tree = sql_tree_parse(statement, len, &e);
	if (tree == NULL)
		demand_message(&e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *a = arena_new();
	char *text = arena_strndup(a, (const char *)data, len);
	struct place p = {text, text, text + len};
	struct err e = {0};

	if (sql_tree_fault() == NULL && !sql_split(text, look, &p, &e))
		demand_message(&e);
	arena_free(a);
	return 0;
}
