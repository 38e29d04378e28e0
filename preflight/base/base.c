/*
 * Memory that lives as long as its owner (arena), text that grows to a stated maximum (buf), and the clocks. Every
 * other file builds on this one. It reports no errors: when memory runs out, the program ends here.
 */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

/* Blocks double: many an arena holds little, and there are hundreds of them. */
#define ARENA_BLOCK_MIN ((size_t)512)
#define ARENA_BLOCK_MAX ((size_t)16 * 1024)

struct block {
	struct block *next;
	size_t used, size;
	max_align_t data[];
};

struct owned {
	struct owned *next;
	void *p;
};

struct arena {
	struct block *blocks; /* the newest, which has room, first */
	struct owned *owned;  /* in the blocks */
	size_t bytes;
	size_t block; /* of the newest, in bytes; 0 before the first */
};

static void (*volatile last_act)(void);

void
at_abort(void (*act)(void))
{
	last_act = act;
}

_Noreturn void
give_up(const char *msg)
{
	ssize_t written = write(STDERR_FILENO, msg, strlen(msg)); /* a stream may want memory, or its lock */

	(void)written;
	if (last_act != NULL)
		last_act();
	_exit(1);
}

_Noreturn void
out_of_memory(void)
{
	give_up("preflight: out of memory: no verdict\n");
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n > 0 ? n : 1, size > 0 ? size : 1);

	if (p == NULL)
		out_of_memory();
	return p;
}

void *
xrealloc(void *old, size_t n, size_t size)
{
	void *p = reallocarray(old, n > 0 ? n : 1, size);

	if (p == NULL)
		out_of_memory();
	return p;
}

char *
xstrdup(const char *s)
{
	char *p = strdup(s);

	if (p == NULL)
		out_of_memory();
	return p;
}

void
free_ptr(void *pp)
{
	void *p;

	memcpy(&p, pp, sizeof p);
	free(p);
}

struct arena *
arena_new(void)
{
	return xcalloc(1, sizeof(struct arena));
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	for (const struct owned *o = a->owned; o != NULL; o = o->next)
		free(o->p);
	for (struct block *b = a->blocks, *next; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

void
arena_drop(struct arena **a)
{
	arena_free(*a);
}

/*
 * AddressSanitizer sees only whole blocks. Told of what is handed out, and with a gap behind each piece, it also sees
 * who reads or writes past a piece.
 */
#ifdef __SANITIZE_ADDRESS__
#define ARENA_GAP 16
#define CLOSE(p, n) __asan_poison_memory_region(p, n)
#define OPEN(p, n) __asan_unpoison_memory_region(p, n)
#else
#define ARENA_GAP 0
#define CLOSE(p, n) ((void)(p), (void)(n))
#define OPEN(p, n) ((void)(p), (void)(n))
#endif

/* One that is filled by what it is made for goes behind the newest, whose room is still of use. */
static struct block *
add_block(struct arena *a, size_t need)
{
	size_t usual = a->block == 0 ? ARENA_BLOCK_MIN : a->block < ARENA_BLOCK_MAX ? a->block * 2 : a->block;
	size_t size = need > usual ? need : usual;
	struct block *b = xcalloc(1, sizeof *b + size), *newest = a->blocks;

	a->block = usual;
	b->size = size;
	if (need > usual && newest != NULL) {
		b->next = newest->next;
		newest->next = b;
	} else {
		b->next = newest;
		a->blocks = b;
	}
	CLOSE(b->data, size);
	return b;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	struct block *b = a->blocks;
	size_t need = (n + 15) / 16 * 16 + ARENA_GAP; /* nothing here is aligned wider */
	void *p;

	if (need < n)
		out_of_memory();
	if (b == NULL || b->size - b->used < need)
		b = add_block(a, need);
	p = (char *)b->data + b->used;
	OPEN(p, n);
	b->used += need;
	a->bytes += need;
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	memcpy(p, s, n);
	return p;
}

void
arena_own(struct arena *a, void *p)
{
	struct owned *o = arena_alloc(a, sizeof *o);

	*o = (struct owned){a->owned, p};
	a->owned = o;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *p;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		out_of_memory();
	p = arena_alloc(a, (size_t)n + 1);
	(void)vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

size_t
arena_bytes(const struct arena *a)
{
	return a->bytes;
}

void *
arena_grow(struct arena *a, const void *old, size_t size, size_t *cap)
{
	size_t more = *cap > 0 ? *cap * 2 : 8;
	void *p = arena_alloc(a, more * size);

	if (*cap > 0)
		memcpy(p, old, *cap * size);
	*cap = more;
	return p;
}

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
	b->cap = max < 255 ? max + 1 : 256;
	b->p = xcalloc(1, b->cap);
}

void
buf_free(struct buf *b)
{
	free(b->p);
	b->p = NULL;
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->over = false;
	b->p[0] = '\0';
}

void
buf_addn(struct buf *b, const char *s, size_t n)
{
	if (n > b->max - b->len) {
		n = b->max - b->len;
		b->over = true;
	}
	while (b->len + n + 1 > b->cap) {
		b->cap *= 2;
		b->p = xrealloc(b->p, b->cap, 1);
	}
	if (n > 0)
		memcpy(b->p + b->len, s, n);
	b->len += n;
	b->p[b->len] = '\0';
}

void
buf_add(struct buf *b, const char *s)
{
	buf_addn(b, s, strlen(s));
}

void
buf_addc(struct buf *b, char c)
{
	buf_addn(b, &c, 1);
}

void
buf_add_name(struct buf *b, const char *name)
{
	buf_addc(b, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"')
			buf_addc(b, '"');
		buf_addc(b, *name);
	}
	buf_addc(b, '"');
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	CLEANUP(free_ptr) char *s = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0) {
		s = NULL;
		out_of_memory();
	}
	buf_addn(b, s, (size_t)n);
}

int64_t
clock_mono_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
clock_wall_us(void)
{
	const char *pinned = getenv("SOURCE_DATE_EPOCH");
	struct timespec t;
	char *end;

	if (pinned != NULL && pinned[0] != '\0') {
		long long s = strtoll(pinned, &end, 10);

		if (*end == '\0' && s >= 0 && s < 253402300800)
			return (int64_t)s * 1000000;
	}
	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

bool
texts_has(const struct texts *list, const char *word)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i], word) == 0)
			return true;
	return false;
}

int
by_text(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}
