/*
 * Any bytes as a bundle. What is read has safe names, each once, and is checked against its manifest. Bytes that are
 * neither gzip nor zip are taken for a tar file: its checksums are made to fit, and it is compressed, so that what is
 * behind both is reached.
 */
#include "bundle/bundle_check.h"
#include "bundle/bundle_read.h"
#include "tests/fuzz/fuzz.h"

#include <zlib.h>

#define BLOCK 512
#define END 1024 /* zeros at the end of a tar file */

/* The checksum of each header, from one to the next as their sizes tell. */
static void
fit_checksums(char *tar, size_t len)
{
	for (size_t at = 0; at + BLOCK <= len;) {
		char *header = tar + at, size[13] = "";
		unsigned long sum = 0, octal;

		memset(header + 148, ' ', 8);
		for (size_t i = 0; i < BLOCK; i++)
			sum += (unsigned char)header[i];
		if (sum == 8 * ' ')
			return;
		(void)snprintf(header + 148, 8, "%06lo", sum);
		memcpy(size, header + 124, 12);
		octal = strtoul(size, NULL, 8);
		if (octal > len)
			return;
		at += BLOCK + (octal + BLOCK - 1) / BLOCK * BLOCK;
	}
}

static char *
compressed(char *tar, size_t len, size_t *out_len)
{
	z_stream z = {.next_in = (unsigned char *)tar, .avail_in = (unsigned)len};
	char *out;

	demand(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib");
	*out_len = deflateBound(&z, len);
	out = xcalloc(*out_len, 1);
	z.next_out = (unsigned char *)out;
	z.avail_out = (unsigned)*out_len;
	demand(deflate(&z, Z_FINISH) == Z_STREAM_END, "zlib");
	*out_len = z.total_out;
	(void)deflateEnd(&z);
	return out;
}

/* The archive that the input is; the caller frees it. */
static char *
archive_of(const uint8_t *data, size_t len, size_t *out_len)
{
	size_t whole = (len + BLOCK - 1) / BLOCK * BLOCK + END;
	char *tar, *out;

	*out_len = len;
	if (len < BLOCK || (data[0] == 0x1f && data[1] == 0x8b) || memcmp(data, "PK", 2) == 0)
		return exact(data, len);
	tar = xcalloc(whole, 1);
	memcpy(tar, data, len);
	fit_checksums(tar, whole);
	out = compressed(tar, whole, out_len);
	free(tar);
	return out;
}

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
	size_t text_len;
	char *text = archive_of(data, len, &text_len);
	struct bundle b;
	struct err e;

	if (bundle_read_bytes(a, text, text_len, &b, &e)) {
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
