/*
 * Any text as a signature and as a public key. What verifies for one content must not verify for another, and what is
 * refused has one line of reason.
 */
#include "base/minisign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PUBLIC "RWQICOjx0xjOZzAbebs+0AXRPk07u/Rz7BnDWtdLAZVPu+AAI+5TtVqA"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
demand(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "%s\n", what);
	abort();
}

static void
check_message(const struct err *e)
{
	demand(e->msg[0] != '\0' && strpbrk(e->msg, "\r\n") == NULL, "no line");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *a = arena_new();
	char *text = arena_strndup(a, (const char *)data, len), id[MINISIGN_ID];
	struct minisign_public key, any;
	const char *comment;
	struct err e;

	demand(minisign_public_read(PUBLIC, &key, &e), "the key");
	if (minisign_verify(a, &key, text, len, "GO\n", 3, &comment, &e)) {
		demand(minisign_claimed_id(text, len, id, &e) && strcmp(id, "67CE18D3F1E80808") == 0, "another key");
		demand(!minisign_verify(a, &key, text, len, "NO\n", 3, &comment, &e), "any content");
	}
	check_message(&e);
	if (len < 100 && strchr(text, '/') == NULL && !minisign_public_read(text, &any, &e))
		demand(e.msg[0] != '\0', "no reason");
	arena_free(a);
	return 0;
}
