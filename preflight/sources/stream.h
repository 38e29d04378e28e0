/*
 * Bytes to an endpoint and back: a Unix socket, TCP, or TLS with a verified certificate. One path
 * for all three, through libcurl; waiting happens in run_wait only.
 */
#ifndef STREAM_H
#define STREAM_H

#include "sources/collect.h"

/* Of the authority that signed the server's certificate, also as a directory, and of our own; NULL: none. */
struct tls_files {
	const char *ca, *ca_dir, *cert, *key;
};

struct endpoint {
	const char *socket; /* path of a Unix socket; NULL: host and port */
	const char *host;   /* name or address, IPv6 without brackets */
	unsigned port;
	bool tls; /* the certificate must be good for `host` */
	struct tls_files files;
};

struct stream;

/*
 * All return PS_COMPLETE, or why not, with the text in `e`. Times are monotonic microseconds; the
 * run's own deadline counts in any case. After a failure only stream_close makes sense.
 */
enum part_status stream_open(struct stream **, const struct run *, const struct endpoint *, struct err *) MUST;
enum part_status stream_send(struct stream *, const void *, size_t, int64_t until_us, struct err *) MUST;
/* Waits for at least one byte and takes what is there, at most `size`. */
enum part_status stream_receive(struct stream *, void *, size_t size, int64_t until_us, size_t *got, struct err *) MUST;
/* Prepares libcurl for this process, once, whoever asks first. */
void stream_library_begin(void);
void stream_close(struct stream *); /* NULL is fine */

/* More than this is never received at once. */
#define STREAM_CHUNK ((size_t)256 * 1024)

#endif
