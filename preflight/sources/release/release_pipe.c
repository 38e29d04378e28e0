/*
 * The plain pipes of a release: file, part, entry. What is packed is in release_unpack.c.
 */
#include "sources/release/release_pipe.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PIECE ((size_t)256 << 10)
#define TELL ((int64_t)1 << 20) /* bytes between two calls of `progress` */

static bool
fetch(struct release_pipe *p)
{
	if (!release_goes_on(p->rd) || !p->fetch(p))
		return false;
	if (p->sha != NULL)
		sha256_add(p->sha, p->p, p->n);
	return true;
}

bool
pipe_peek(struct release_pipe *p)
{
	return p->n > 0 || fetch(p);
}

bool
pipe_next(struct release_pipe *p, const void **piece, size_t *n)
{
	if (!pipe_peek(p))
		return false;
	*piece = p->p;
	*n = p->n;
	p->n = 0;
	return true;
}

bool
pipe_exact(struct release_pipe *p, void *out, size_t len)
{
	unsigned char *to = out;

	while (len > 0) {
		size_t n;

		if (!pipe_peek(p))
			return false;
		if (p->n == 0)
			return release_fail(p->rd, "it is cut: it ends before its announced size");
		n = p->n < len ? p->n : len;
		memcpy(to, p->p, n);
		p->p += n;
		p->n -= n;
		to += n;
		len -= n;
	}
	return true;
}

bool
pipe_drain(struct release_pipe *p)
{
	const void *piece;
	size_t n = 1;

	while (n > 0)
		if (!pipe_next(p, &piece, &n))
			return false;
	return true;
}

static void
show(struct file_pipe *f)
{
	struct release_artefact *out = f->pipe.rd->out;

	if (!f->shows || out->progress == NULL || f->done - f->told < TELL)
		return;
	f->told = f->done;
	out->progress(out->progress_arg, f->done, f->size);
}

static bool
file_fetch(struct release_pipe *p)
{
	struct file_pipe *f = (struct file_pipe *)p;
	ssize_t n;

	do
		n = read(f->fd, f->buffer, PIECE);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return release_fail(p->rd, "it cannot be read: %s", strerror(errno));
	p->p = f->buffer;
	p->n = (size_t)n;
	f->done += n;
	show(f);
	return true;
}

void
file_pipe_begin(struct file_pipe *f, struct release_reading *rd, int fd, int64_t size)
{
	*f = (struct file_pipe){
	    .pipe = {.fetch = file_fetch, .rd = rd}, .fd = fd, .size = size, .buffer = xcalloc(PIECE, 1)};
}

void
file_pipe_end(struct file_pipe *f)
{
	free_ptr(&f->buffer);
}

static bool
part_fetch(struct release_pipe *p)
{
	struct part_pipe *part = (struct part_pipe *)p;
	struct release_pipe *from = part->from;

	p->n = 0;
	if (part->left == 0)
		return true;
	if (!pipe_peek(from))
		return false;
	if (from->n == 0)
		return part->left < 0 || release_fail(p->rd, "it is cut: it ends before its announced size");
	p->p = from->p;
	p->n = part->left < 0 || (int64_t)from->n < part->left ? from->n : (size_t)part->left;
	from->p += p->n;
	from->n -= p->n;
	part->left -= part->left > 0 ? (int64_t)p->n : 0;
	return true;
}

void
part_pipe_begin(struct part_pipe *part, struct release_pipe *from, int64_t len)
{
	*part = (struct part_pipe){.pipe = {.fetch = part_fetch, .rd = from->rd}, .from = from, .left = len};
}

static bool
entry_fetch(struct release_pipe *p)
{
	struct entry_pipe *entry = (struct entry_pipe *)p;
	const void *piece = NULL;
	la_int64_t at = 0;
	int rc;

	p->n = 0;
	do
		rc = archive_read_data_block(entry->in, &piece, &p->n, &at);
	while (rc == ARCHIVE_OK && p->n == 0);
	p->p = piece;
	if (rc == ARCHIVE_EOF) {
		p->n = 0;
		return true;
	}
	if (rc != ARCHIVE_OK)
		return release_damaged(p->rd, entry->in);
	if (at != entry->at)
		return release_fail(p->rd, "it contains a file with holes");
	entry->at += (int64_t)p->n;
	return true;
}

void
entry_pipe_begin(struct entry_pipe *entry, struct release_reading *rd, struct archive *in)
{
	*entry = (struct entry_pipe){.pipe = {.fetch = entry_fetch, .rd = rd}, .in = in};
}

static la_ssize_t
give_piece(struct archive *a, void *data, const void **piece)
{
	size_t n;

	if (pipe_next(data, piece, &n))
		return (la_ssize_t)n;
	archive_set_error(a, EIO, "the input failed");
	return ARCHIVE_FATAL;
}

struct archive *
pipe_archive(struct release_reading *rd)
{
	struct archive *a = archive_read_new();

	if (a == NULL)
		(void)release_fail(rd, "libarchive cannot be started");
	return a;
}

bool
pipe_archive_open(struct archive *a, struct release_pipe *from)
{
	return archive_read_open(a, from, NULL, give_piece, NULL) == ARCHIVE_OK || release_damaged(from->rd, a);
}

bool
release_damaged(struct release_reading *rd, struct archive *a)
{
	const char *why = archive_error_string(a);

	if (!rd->failed && why != NULL && strstr(why, "Unrecognized archive format") != NULL) {
		rd->unknown_format = true;
		return release_fail(rd, "it contains data of an unknown format: something else, encrypted or damaged");
	}
	return release_unsafe(rd, "it is cut or damaged", why != NULL ? why : "unexpected end");
}
