/*
 * Unpacks gzip, xz and zstd with libarchive, and adds what libarchive does not do: a limit for the window that is
 * checked before memory is taken, a limit for what comes out, and gzip's check sum. Only filters that are libraries
 * are allowed: libarchive would start programs for some others.
 */
#include "sources/release/release_pipe.h"

#include <string.h>
#include <zlib.h>

#include "bundle/archives.h"

#define XZ_HEAD 64 /* bytes; a header of a block has 12 to 24 */

/* One number of xz: seven bits a byte. */
static bool
xz_number(const unsigned char *p, size_t n, size_t *at, uint64_t *out)
{
	*out = 0;
	for (unsigned shift = 0; *at < n && shift < 63; shift += 7) {
		*out |= (uint64_t)(p[*at] & 0x7f) << shift;
		if ((p[(*at)++] & 0x80) == 0)
			return true;
	}
	return false;
}

static int64_t
lzma2_window(unsigned char bits)
{
	return bits > 38 ? INT64_MAX : (int64_t)(2 | (bits & 1)) << (bits / 2 + 11);
}

/* Of the first block, once its header is there whole. */
static int64_t
xz_window(const unsigned char *p, size_t n)
{
	size_t at = 14;
	uint64_t id, len, skip;

	if (n < 13 || n < 12 + ((size_t)p[12] + 1) * 4)
		return n < XZ_HEAD ? 0 : -1;
	if (p[12] == 0) /* no block at all */
		return 1;
	if (((p[13] & 0x40) != 0 && !xz_number(p, n, &at, &skip)) ||
	    ((p[13] & 0x80) != 0 && !xz_number(p, n, &at, &skip)))
		return -1;
	for (int i = 0; i <= (p[13] & 3); i++) {
		if (!xz_number(p, n, &at, &id) || !xz_number(p, n, &at, &len) || len > n || at + len > n)
			return -1;
		if (id == 0x21 && len == 1)
			return lzma2_window(p[at]);
		at += len;
	}
	return -1;
}

/* Of the first frame. */
static int64_t
zstd_window(const unsigned char *p, size_t n)
{
	static const unsigned dictionary[] = {0, 1, 2, 4}, size_bytes[] = {1, 2, 4, 8};
	size_t at = 5, bytes = n > 4 ? size_bytes[p[4] >> 6] : 0;
	uint64_t size = 0;

	if (n > 5 && (p[4] & 0x20) == 0) {
		int64_t base = (int64_t)1 << (10 + (p[5] >> 3));

		return base + base / 8 * (p[5] & 7);
	}
	at += n > 4 ? dictionary[p[4] & 3] : 0;
	if (n < at + bytes || n < 6)
		return 0;
	for (size_t i = 0; i < bytes; i++)
		size |= (uint64_t)p[at + i] << 8 * i;
	size += bytes == 2 ? 256 : 0;
	return size > INT64_MAX ? INT64_MAX : size > 0 ? (int64_t)size : 1;
}

int64_t
release_window(const unsigned char *p, size_t n)
{
	static const unsigned char xz[] = {0xfd, '7', 'z', 'X', 'Z', 0}, zstd[] = {0x28, 0xb5, 0x2f, 0xfd};

	if (n >= sizeof xz && memcmp(p, xz, sizeof xz) == 0)
		return xz_window(p, n);
	if (n >= sizeof zstd && memcmp(p, zstd, sizeof zstd) == 0)
		return zstd_window(p, n);
	return 0;
}

/* Before the decompressor gets the bytes that make it take memory. */
static bool
check_head(struct unpack_pipe *u, const unsigned char *p, size_t n)
{
	size_t add = sizeof u->head - u->n_head < n ? sizeof u->head - u->n_head : n;
	int64_t window;

	if (add > 0) /* at the end of the data there is no pointer either */
		memcpy(u->head + u->n_head, p, add);
	u->n_head += add;
	window = u->checked ? 0 : release_window(u->head, u->n_head);
	u->checked = u->checked || window != 0;
	if (window > RELEASE_WINDOW_MAX)
		return release_fail(u->pipe.rd,
		    "unpacking it needs a window of more than %lld MiB (zstd --long, or a very large xz dictionary): "
		    "pack it again without",
		    (long long)(RELEASE_WINDOW_MAX >> 20));
	return window >= 0 || release_fail(u->pipe.rd, "it is cut or damaged: it begins like xz, but is not");
}

static void
keep_tail(struct unpack_pipe *u, const unsigned char *p, size_t n)
{
	size_t keep = n < sizeof u->tail ? sizeof u->tail - n : 0;

	if (n == 0)
		return;
	memmove(u->tail, u->tail + sizeof u->tail - keep, keep);
	memcpy(u->tail + keep, p + n - (sizeof u->tail - keep), sizeof u->tail - keep);
}

static la_ssize_t
take_packed(struct archive *a, void *data, const void **piece)
{
	struct unpack_pipe *u = data;
	size_t n;

	if (!pipe_next(u->from, piece, &n) || !check_head(u, *piece, n)) {
		archive_set_error(a, -1, "the input failed");
		return ARCHIVE_FATAL;
	}
	keep_tail(u, *piece, n);
	u->taken += (int64_t)n;
	return (la_ssize_t)n;
}

static bool
start(struct unpack_pipe *u)
{
	struct archive *raw = u->raw = pipe_archive(u->pipe.rd);
	CLEANUP(archive_entry_drop) struct archive_entry *en = archive_entry_new2(raw);
	int rc;

	if (raw == NULL)
		return false;
	if (en == NULL)
		return release_fail(u->pipe.rd, "there is no memory for an entry of the archive");
	if (archive_read_support_filter_gzip(raw) != ARCHIVE_OK || archive_read_support_filter_xz(raw) != ARCHIVE_OK ||
	    archive_read_support_filter_zstd(raw) != ARCHIVE_OK || archive_read_support_format_raw(raw) != ARCHIVE_OK ||
	    archive_read_support_format_empty(raw) != ARCHIVE_OK)
		return release_fail(u->pipe.rd, "libarchive was built without gzip, xz or zstd");
	rc = archive_read_open(raw, u, NULL, take_packed, NULL);
	if (rc == ARCHIVE_OK)
		rc = archive_read_next_header2(raw, en);
	if (rc == ARCHIVE_EOF)
		u->ended = true;
	else if (rc != ARCHIVE_OK)
		return release_damaged(u->pipe.rd, raw);
	u->gzip = !u->from->verified && archive_filter_code(raw, 0) == ARCHIVE_FILTER_GZIP;
	return archive_filter_count(raw) <= 2 || release_fail(u->pipe.rd, "it contains data that are packed twice");
}

static uint32_t
le32(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The whole input was used, and gzip's own check sum is right. */
static bool
check_end(struct unpack_pipe *u)
{
	const void *piece;
	size_t n = 1;

	u->ended = true;
	while (n > 0) {
		if (!pipe_next(u->from, &piece, &n))
			return false;
		keep_tail(u, piece, n);
	}
	if (u->gzip && (le32(u->tail) != u->crc || le32(u->tail + 4) != u->len))
		return release_fail(u->pipe.rd, "it is cut or damaged: a check sum of gzip is wrong");
	return true;
}

static bool
unpack_fetch(struct release_pipe *p)
{
	struct unpack_pipe *u = (struct unpack_pipe *)p;
	const void *piece = NULL;
	la_int64_t at;
	int rc;

	p->n = 0;
	if (u->raw == NULL && !start(u))
		return false;
	if (u->ended)
		return true;
	do
		rc = archive_read_data_block(u->raw, &piece, &p->n, &at);
	while (rc == ARCHIVE_OK && p->n == 0);
	p->p = piece;
	if (rc == ARCHIVE_EOF) {
		p->n = 0;
		return check_end(u);
	}
	if (rc != ARCHIVE_OK)
		return release_damaged(p->rd, u->raw);
	u->crc = u->gzip ? (uint32_t)crc32_z(u->crc, piece, p->n) : 0;
	u->len += (uint32_t)p->n;
	return release_count_unpacked(p->rd, p->n);
}

void
unpack_pipe_begin(struct unpack_pipe *u, struct release_pipe *from)
{
	*u = (struct unpack_pipe){.pipe = {.fetch = unpack_fetch, .rd = from->rd}, .from = from};
}

void
unpack_pipe_end(struct unpack_pipe *u)
{
	if (u->raw != NULL)
		(void)archive_read_free(u->raw);
	u->raw = NULL;
}
