/*
 * Bytes that arrive in pieces: a file, a part of it, what is packed in that. Each pipe draws from the one below when
 * it is drawn from, so that only a piece of each is in memory.
 */
#ifndef RELEASE_PIPE_H
#define RELEASE_PIPE_H

#include <archive.h>
#include <archive_entry.h>

#include "base/text.h"
#include "sources/release/release_reading.h"

struct release_pipe {
	/* Makes `p` and `n` the next piece; n 0: the end. False: the reading failed. */
	bool (*fetch)(struct release_pipe *);
	struct release_reading *rd;
	const unsigned char *p; /* what is left of the current piece */
	size_t n;
	struct sha256 *sha; /* of all that was fetched, or NULL */
	bool verified;      /* that sum is compared with a known one */
};

/* The next piece, consumed; n 0 at the end. */
bool pipe_next(struct release_pipe *, const void **piece, size_t *n) MUST;
/* At least one byte is in `p`, or the end is reached; nothing is consumed. */
bool pipe_peek(struct release_pipe *) MUST;
/* As many bytes, or it is cut. */
bool pipe_exact(struct release_pipe *, void *, size_t) MUST;
/* Reads the rest and forgets it. */
bool pipe_drain(struct release_pipe *) MUST;

/* A file; does not close it. Free it with file_pipe_end. */
struct file_pipe {
	struct release_pipe pipe;
	int fd;
	unsigned char *buffer;
	int64_t done, size, told;
	bool shows; /* it is the artefact itself: progress */
};
void file_pipe_begin(struct file_pipe *, struct release_reading *, int fd, int64_t size);
void file_pipe_end(struct file_pipe *);

/* The next `left` bytes of another; less than 0: all of it. */
struct part_pipe {
	struct release_pipe pipe, *from;
	int64_t left;
};
void part_pipe_begin(struct part_pipe *, struct release_pipe *from, int64_t len);

/* The data of the current entry of an archive. */
struct entry_pipe {
	struct release_pipe pipe;
	struct archive *in;
	int64_t at;
};
void entry_pipe_begin(struct entry_pipe *, struct release_reading *, struct archive *);

/* What another unpacks to, where that is gzip, xz or zstd; else the same bytes. */
struct unpack_pipe {
	struct release_pipe pipe, *from;
	struct archive *raw; /* NULL until the first fetch */
	unsigned char head[64], tail[8];
	size_t n_head;
	int64_t taken; /* of `from` */
	bool gzip, checked, ended;
	uint32_t crc;
	uint32_t len;
};
void unpack_pipe_begin(struct unpack_pipe *, struct release_pipe *from);
void unpack_pipe_end(struct unpack_pipe *);

/* Bytes that a decompressor of these data looks back. 0: not known yet, or not packed so; -1: unusual. */
int64_t release_window(const unsigned char *head, size_t n);

/* A libarchive reader over a pipe, without formats. */
struct archive *pipe_archive(struct release_reading *);
bool pipe_archive_open(struct archive *, struct release_pipe *) MUST;
/* Fails with libarchive's words, unless the pipe failed with better ones. */
bool release_damaged(struct release_reading *, struct archive *);

enum tree_format { TREE_TAR, TREE_CPIO };
/* `name` is plain. Whether to go on. */
typedef bool tree_visit(void *arg, struct archive *, struct archive_entry *, const char *name);
/* Unpacks, and visits every entry; then reads to the end of `from`. */
bool release_walk(struct release_pipe *from, enum tree_format, tree_visit *, void *arg) MUST;
/* The data of an entry, with NUL behind, in memory of the arena. */
bool release_entry_data(struct release_reading *, struct arena *, struct archive *, struct archive_entry *,
    const char *name, char **data) MUST;
/* A visit that gives each wanted file to the caller; `arg` is the reading. */
tree_visit release_visit_installed;

#endif
