/* Text of a log as bytes that the search for errors can read: one byte for each character that matters. */
#ifndef LOG_TEXT_H
#define LOG_TEXT_H

#include "base/base.h"

/* Begin with zeros. */
struct log_text {
	enum {
		LOG_TEXT_UNKNOWN,
		LOG_TEXT_BYTES,
		LOG_TEXT_UTF16LE,
		LOG_TEXT_UTF16BE
	} form;                /* by the first four bytes */
	unsigned char held[4]; /* the beginning of a character */
	size_t n_held;
};

/* Whether the next piece is plain already, and decoding it would copy it only. */
bool log_text_is_plain(const struct log_text *, const char *, size_t);
/*
 * Decodes a piece into `out`, which has room for n + 4 bytes; returns how many came out. UTF-16, with a byte order mark
 * or without, becomes ASCII with ? for the rest; in other text, blanks and quotation marks of typography become
 * plain ones, and everything else stays. Line breaks stay.
 */
size_t log_text_decode(struct log_text *, const char *, size_t n, char *out);
/* After the last piece; `out` has room for 4 bytes. */
size_t log_text_end(struct log_text *, char *out);
/* The plain character for a blank or a quotation mark of typography; 0: it is none. */
char log_text_plain(unsigned code);

#endif
