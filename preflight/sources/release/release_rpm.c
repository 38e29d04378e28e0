/*
 * An RPM: lead, signature header, header, payload. libarchive reads the payload only, so the headers are read here:
 * name, version, pre-installation script, and the digests of header and payload, which are checked.
 */
#include "sources/release/release_pipe.h"

#include <assert.h>
#include <string.h>

#define LEAD 96
#define HEADER_MAX ((size_t)32 << 20)
#define SIGNATURE_MAX ((size_t)1 << 20)

enum rpm_tag {
	SIGNATURE_SHA256 = 273,
	NAME = 1000,
	VERSION = 1001,
	RELEASE = 1002,
	PREIN = 1023,
	PAYLOAD_FORMAT = 1124,
	PAYLOAD_DIGEST = 5092,
	PAYLOAD_DIGEST_KIND = 5093,
};

struct rpm_header {
	unsigned char *p; /* the index, then the store; a NUL follows */
	uint32_t entries, store;
	char sha256[65];
};

static void
header_drop(struct rpm_header *h)
{
	free_ptr(&h->p);
}

static uint32_t
be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool
read_header(struct release_pipe *in, struct rpm_header *h, size_t max)
{
	static const unsigned char magic[] = {0x8e, 0xad, 0xe8};
	unsigned char head[16];
	struct sha256 *sha;
	size_t len;

	if (!pipe_exact(in, head, sizeof head))
		return false;
	if (memcmp(head, magic, sizeof magic) != 0)
		return release_fail(in->rd, "it is cut or damaged: the RPM has no header where one belongs");
	h->entries = be32(head + 8);
	h->store = be32(head + 12);
	len = (size_t)h->entries * 16 + h->store;
	if (len > max)
		return release_fail(in->rd, "a header of the RPM is larger than %zu MiB", max >> 20);
	h->p = xcalloc(len + 1, 1);
	if (!pipe_exact(in, h->p, len))
		return false;
	sha = sha256_new();
	sha256_add(sha, head, sizeof head);
	sha256_add(sha, h->p, len);
	sha256_end(sha, h->sha256);
	return true;
}

/* Where the value of a tag is, `size` bytes at least, or NULL; inside of the store, which a NUL follows. */
static const unsigned char *
value(const struct rpm_header *h, enum rpm_tag tag, uint32_t size)
{
	assert(h->p != NULL); /* read_header filled it */
	for (uint32_t i = 0; i < h->entries; i++) {
		const unsigned char *index = h->p + (size_t)i * 16;
		uint32_t at = be32(index + 8);

		if (be32(index) == (uint32_t)tag)
			return at < h->store && h->store - at >= size ? h->p + (size_t)h->entries * 16 + at : NULL;
	}
	return NULL;
}

static const char *
text(const struct rpm_header *h, enum rpm_tag tag)
{
	const unsigned char *v = value(h, tag, 1);

	return v != NULL ? (const char *)v : "";
}

static bool
skip_padding(struct release_pipe *in, const struct rpm_header *h)
{
	size_t over = ((size_t)h->entries * 16 + h->store) % 8;
	char pad[8];

	return over == 0 || pipe_exact(in, pad, 8 - over);
}

static bool
give_text(struct release_reading *rd, const char *path, const char *data)
{
	size_t len = strlen(data);

	return release_admit(rd, "", path, (int64_t)len) && release_give(rd, path, data, len);
}

static bool
give_control(struct release_reading *rd, const struct rpm_header *h)
{
	const char *name = text(h, NAME), *version = text(h, VERSION), *release = text(h, RELEASE);

	if (!release_is_package(rd, name, version))
		return false;
	if (!give_text(
		rd, "@control/control", arena_printf(rd->own, "Package: %s\nVersion: %s-%s\n", name, version, release)))
		return false;
	return text(h, PREIN)[0] == '\0' || give_text(rd, "@control/preinst", text(h, PREIN));
}

/* Before 4.14 rpm wrote no digest of the payload; kind 8 is SHA-256. */
static bool
read_payload(struct release_reading *rd, struct release_pipe *in, const struct rpm_header *h)
{
	const unsigned char *kind = value(h, PAYLOAD_DIGEST_KIND, 4);
	const char *wanted = kind != NULL && be32(kind) == 8 ? text(h, PAYLOAD_DIGEST) : "";
	struct part_pipe all;
	char got[65];
	bool ok;

	if (strcmp(text(h, PAYLOAD_FORMAT), "cpio") != 0)
		return release_unsafe(rd, "the RPM has a payload of an unknown format", text(h, PAYLOAD_FORMAT));
	part_pipe_begin(&all, in, -1);
	all.pipe.sha = wanted[0] != '\0' ? sha256_new() : NULL;
	all.pipe.verified = wanted[0] != '\0';
	ok = release_walk(&all.pipe, TREE_CPIO, release_visit_installed, rd);
	if (all.pipe.sha == NULL)
		return ok;
	sha256_end(all.pipe.sha, got);
	return ok &&
	    (strcmp(got, wanted) == 0 ||
		release_fail(rd, "it is cut or damaged: the digest of the RPM's payload is wrong"));
}

bool
release_read_rpm(struct release_reading *rd, struct release_pipe *in)
{
	CLEANUP(header_drop) struct rpm_header signature = {0}, header = {0};
	char lead[LEAD];
	const char *wanted;

	if (!pipe_exact(in, lead, LEAD) || !read_header(in, &signature, SIGNATURE_MAX) ||
	    !skip_padding(in, &signature) || !read_header(in, &header, HEADER_MAX))
		return false;
	wanted = text(&signature, SIGNATURE_SHA256);
	if (wanted[0] != '\0' && strcmp(wanted, header.sha256) != 0)
		return release_fail(rd, "it is cut or damaged: the digest of the RPM's header is wrong");
	return give_control(rd, &header) && read_payload(rd, in, &header);
}
