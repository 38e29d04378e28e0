/* Any text as inputs.json. What is read is written again and read again without a change. */
#include "tests/fuzz/fuzz.h"
#include "verdict/inputs.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *a = arena_new();
	struct inputs in = {0}, again = {0};
	struct err e;
	const char *first;

	if (!inputs_merge(&in, arena_strndup(a, (const char *)data, len), len, a, &e)) {
		demand_message(&e);
	} else {
		first = inputs_write(&in, a);
		demand(inputs_merge(&again, first, strlen(first), a, &e), "what was written is not read");
		demand(strcmp(inputs_write(&again, a), first) == 0, "another text");
	}
	arena_free(a);
	return 0;
}
