/* Any text as the manifest of a bundle of two files. It vouches for them only if it has their digests. */
#include "base/text.h"
#include "bundle/bundle_check.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *a = arena_new();
	struct member items[] = {{.path = "README.txt", .data = "read me\n", .len = 8},
	    {.path = "facts/a.ndjson", .data = "{}\n", .len = 3},
	    {.path = "manifest.json", .data = arena_strndup(a, (const char *)data, len), .len = len}};
	struct bundle b = {.top = "top", .members = {items, nitems(items), nitems(items)}};
	char digest[65];

	bundle_check(a, &b);
	sha256_hex(items[1].data, items[1].len, digest);
	if (b.state == BS_INTACT)
		demand(memmem(data, len, digest, 64) != NULL, "intact without the digest of its file");
	else
		demand(b.why[0] != '\0' && strpbrk(b.why, "\r\n") == NULL, "no reason");
	arena_free(a);
	return 0;
}
