/* Any text made harmless: valid UTF-8 without anything that a terminal obeys, and cleaning it again changes nothing. */
#include "base/text.h"
#include "tests/fuzz/fuzz.h"

#define MAX 4096

/* One character; 0 at the end. Aborts where it is no UTF-8. */
static unsigned
next(const unsigned char **p)
{
	static const unsigned least[] = {0, 0x80, 0x800, 0x10000};
	unsigned c = **p, more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;

	demand(c < 0x80 || (c >= 0xc2 && c < 0xf5), "no first byte");
	c = more == 0 ? c : c & (0x3fU >> more);
	(*p)++;
	for (unsigned i = 0; i < more; i++, (*p)++) {
		demand((**p & 0xc0) == 0x80, "cut inside of a character");
		c = c << 6 | (**p & 0x3fU);
	}
	demand(c >= least[more] && c < 0x110000 && (c < 0xd800 || c > 0xdfff), "no character");
	return c;
}

static bool
is_obeyed(unsigned c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
	    (c >= 0xe0000 && c <= 0xe007f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *a = arena_new();
	char *text = exact(data, len);
	const char *clean = text_clean(a, text, len, MAX);

	demand(strlen(clean) <= MAX + 3, "longer than allowed");
	for (const unsigned char *p = (const unsigned char *)clean; *p != '\0';)
		demand(!is_obeyed(next(&p)), "a character that something obeys");
	demand(strcmp(text_clean(a, clean, strlen(clean), (size_t)2 * MAX), clean) == 0, "not clean yet");
	free(text);
	arena_free(a);
	return 0;
}
