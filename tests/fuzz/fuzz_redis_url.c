/* Any text as the address of a Redis: what is refused has one line that shows no password. */
#include "tests/fuzz/fuzz.h"
#include "sources/redis/redis_url.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *a = arena_new();
	const char *url = arena_printf(a, "redis://user:canary@%.*s", (int)len, (const char *)data);
	struct redis_url u;
	struct err e = {0};

	if (!redis_url_parse(a, url, &u, &e)) {
		demand_message(&e);
		demand(strstr(e.msg, "canary") == NULL, "the message shows the password");
	}
	if (!redis_url_parse(a, arena_strndup(a, (const char *)data, len), &u, &e))
		demand_message(&e);
	arena_free(a);
	return 0;
}
