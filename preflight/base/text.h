/* Text from outside made harmless at the door, and numbers and times as people read them. */
#ifndef TEXT_H
#define TEXT_H

#include <stdio.h>

#include "base/base.h"

#define TIME_TEXT 32

/*
 * Valid UTF-8 that no terminal, log or browser obeys: control characters, DEL, C1, bidi controls,
 * zero-width and tag characters become <U+XXXX>, bytes that are no UTF-8 become \xNN. Cut at
 * `max` bytes of output (on a character boundary), then "..." is added. Lives in the arena.
 */
char *text_clean(struct arena *, const char *, size_t len, size_t max);
/* The same into a fixed field, always terminated: for error texts of servers. */
void text_clean_into(char *out, size_t size, const char *);

/* "2026-11-22T21:40:00Z" from microseconds UTC. `out` holds TIME_TEXT bytes; returned. */
char *text_time(int64_t us, char *out);
#define TIME_PEOPLE 32
/* "22 Nov 2026 21:40 UTC", for people; `out` holds TIME_PEOPLE bytes; returned. */
char *text_time_people(int64_t us, char *out);
/* "2026-11-22T23:12Z", with seconds or without, as microseconds UTC; false: no such time. */
bool text_time_read(const char *text, int64_t *us) MUST;
/* "2 days", "5 h", "40 s": one unit, rounded down; negative durations as "0 s". */
char *text_duration(int64_t us, char *out);
/* 1234567 as "1,234,567". `out` holds TIME_TEXT bytes; returned. */
char *text_count(int64_t n, char *out);
/* Compares as people sort names: digits as one number, so that "t2" comes before "t10". <0, 0 or >0. */
int text_natural(const char *a, size_t na, const char *b, size_t nb);

/*
 * One word for a POSIX shell, also safe in zsh: in single quotes unless it is plainly harmless.
 */
void text_shell_word(struct buf *, const char *);
/*
 * One argument inside rake's task[...]: rake splits at commas, takes \x for x and strips blanks at
 * both ends (Rake::Application#parse_task_string). False if it cannot pass (a line break).
 */
bool text_rake_argument(struct buf *, const char *) MUST;
/* Inside a single-quoted Ruby string. */
void text_ruby_string(struct buf *, const char *);

/* SHA-256 as 64 hex digits and NUL. */
void sha256_hex(const void *, size_t, char out[65]);
struct sha256; /* for what arrives in pieces */
struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *, const void *, size_t);
void sha256_end(struct sha256 *, char out[65]); /* frees it */

/* Words of [a-z][a-z0-9_]*: names of tables, columns, views. */
bool is_name(const char *);
/* 10s, 5min, 2h, 3d as microseconds; false: no such duration. */
bool read_duration(const char *text, int64_t *us);

/*
 * Prints words in lines of at most `width` columns, and a line break. The first line begins at `column`, where
 * the cursor is; further ones are indented. A word that is longer than a line stands alone.
 */
void text_print_wrapped(FILE *, const char *text, size_t column, size_t indent, size_t width);

#endif
