/* Any bytes as a bundle. What is read has safe names, each once, and is checked against its manifest. */
#include "bundle/bundle_check.h"
#include "bundle/bundle_read.h"
#include "tests/fuzz/fuzz.h"

static void
check_members(const struct members *m)
{
	for (size_t i = 0; i < m->n; i++) {
		const char *path = m->items[i].path;

		demand(path[0] != '\0' && path[0] != '/' && strstr(path, "..") == NULL, "a name that climbs");
		demand(strpbrk(path, "\r\n\x1b") == NULL, "a name that is no line");
		demand(members_find(m, path) == &m->items[i], "a name twice");
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *a = arena_new();
	char *text = exact(data, len);
	struct bundle b;
	struct err e;

	if (bundle_read_bytes(a, text, len, &b, &e)) {
		check_members(&b.members);
		bundle_check(a, &b);
		demand(b.state == BS_INTACT || b.why[0] != '\0', "no reason");
	} else {
		demand_message(&e);
	}
	free(text);
	arena_free(a);
	return 0;
}
