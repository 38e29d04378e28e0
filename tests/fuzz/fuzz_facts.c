/* Any text as the facts of one table. What is read is written again and read again without a change. */
#include "facts/snapshot.h"
#include "tests/fuzz/fuzz.h"

static const struct fact_column columns[] = {
    {.name = "id", .type = T_INTEGER},
    {.name = "name", .type = T_TEXT, .null = true},
    {.name = "moving", .type = T_BOOL},
    {.name = "at", .type = T_TIME, .null = true},
};
static struct fact thing[] = {{.table = "thing",
    .source = "postgres",
    .part_column = "database",
    .columns = columns,
    .n_columns = nitems(columns),
    .max_rows = 100}};
static const struct fact_list declared = {thing, 1, 1};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *a = arena_new();
	struct member file = {
	    .path = "facts/thing.ndjson", .data = arena_strndup(a, (const char *)data, len), .len = len};
	const struct members members = {&file, 1, 1};
	struct members first = {0}, second = {0};
	struct snapshot *s = snapshot_new(), *again = snapshot_new();
	struct err e;

	if (!snapshot_read(s, &declared, &members, a, &e)) {
		demand_message(&e);
	} else {
		snapshot_write(s, a, &first);
		demand(snapshot_read(again, &declared, &first, a, &e), "what was written is not read");
		snapshot_write(again, a, &second);
		demand(first.n == second.n, "another number of files");
		for (size_t i = 0; i < first.n; i++)
			demand(first.items[i].len == second.items[i].len &&
				memcmp(first.items[i].data, second.items[i].data, first.items[i].len) == 0,
			    "another text");
	}
	snapshot_free(s);
	snapshot_free(again);
	arena_free(a);
	return 0;
}
