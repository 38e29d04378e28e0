/*
 * What every module needs: memory that lives as long as its owner, text that grows to a stated
 * maximum, and the three compiler extensions we allow ourselves.
 * Running out of memory ends the program here (exit 1), so no caller checks for it.
 */
#ifndef BASE_H
#define BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define nitems(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define MUST __attribute__((warn_unused_result))
#define CLEANUP(fn) __attribute__((cleanup(fn)))
/* Hands the pointer over and leaves NULL behind: the only way out of a CLEANUP variable. */
#define steal(pp) \
	__extension__({ \
		__typeof__(*(pp)) v_ = *(pp); \
		*(pp) = NULL; \
		v_; \
	})

void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
void free_ptr(void *pp); /* CLEANUP(free_ptr) char *s */
/* Ends the program at once with exit code 1: the line goes to stderr, then what at_abort gave is called. Any thread. */
_Noreturn void give_up(const char *line);
_Noreturn void out_of_memory(void); /* the same, for a library that had none */
void at_abort(void (*act)(void));   /* makes system calls only */

/* Memory freed all at once. One arena belongs to one thread. */
struct arena;
struct arena *arena_new(void);
void arena_free(struct arena *);           /* NULL is fine */
void arena_drop(struct arena **);          /* for CLEANUP */
void *arena_alloc(struct arena *, size_t); /* zeroed */
void arena_own(struct arena *, void *);    /* memory of malloc, freed with it: no copy of a large text */
char *arena_strdup(struct arena *, const char *);
char *arena_strndup(struct arena *, const char *, size_t);
char *arena_printf(struct arena *, const char *, ...) PRINTF(2, 3);
size_t arena_bytes(const struct arena *); /* handed out so far */

/* Appends to an array that lives in an arena; `v` is a struct with items, n and cap. */
#define ARENA_PUSH(a, v, item) \
	do { \
		if ((v)->n == (v)->cap) \
			(v)->items = arena_grow((a), (v)->items, sizeof *(v)->items, &(v)->cap); \
		(v)->items[(v)->n++] = (item); \
	} while (0)
void *arena_grow(struct arena *, const void *old, size_t size, size_t *cap);

/* Text that grows up to `max` bytes, then remembers that it did not fit. Always ends in NUL. */
struct buf {
	char *p;
	size_t len, cap, max;
	bool over; /* something was left out */
};
void buf_init(struct buf *, size_t max);
void buf_free(struct buf *);
void buf_reset(struct buf *);
void buf_addn(struct buf *, const char *, size_t);
void buf_add(struct buf *, const char *);
void buf_addc(struct buf *, char);
void buf_add_name(struct buf *, const char *); /* as SQL quotes a name */
void buf_printf(struct buf *, const char *, ...) PRINTF(2, 3);

int64_t clock_mono_us(void); /* for waiting and for durations */
int64_t clock_wall_us(void); /* microseconds since 1970, UTC; SOURCE_DATE_EPOCH wins */

/* A list of texts, in memory of an arena. */
struct texts {
	const char **items;
	size_t n, cap;
};
/* Whether the word is in the list. */
bool texts_has(const struct texts *, const char *word);
/* For qsort over const char *: bytewise. */
int by_text(const void *, const void *);

#endif
