/*
 * Searches many fixed words in one pass (the method of Wu and Manber): three bytes at a time decide how far the search
 * may jump, so most of the text is never looked at. Knows nothing of what the words mean.
 */
#include "base/needles.h"

#include <string.h>

#define TABLE ((size_t)1 << 15)
#define BLOCK 3
#define LANES 4
#define LANE ((size_t)4096)
#define NEEDLE_LONGEST 200

struct needles {
	const char *const *words;
	size_t *lengths, *next; /* next: the word after it with the same last block, n: none */
	size_t n, shortest;
	uint16_t first[TABLE]; /* of the words whose first `shortest` bytes end in this block: index + 1 */
	uint8_t shift[TABLE];
};

static inline size_t
block(const char *p)
{
	const unsigned char *c = (const unsigned char *)p;
	uint32_t v = c[0] | (uint32_t)c[1] << 8 | (uint32_t)c[2] << 16;

	return (v * 2654435761U) >> 17;
}

struct needles *
needles_new(struct arena *a, const char *const *words, size_t n)
{
	struct needles *d = arena_alloc(a, sizeof *d);

	d->words = words;
	d->n = n < NEEDLES_MAX ? n : NEEDLES_MAX;
	d->lengths = arena_alloc(a, (n + 1) * sizeof *d->lengths);
	d->next = arena_alloc(a, (n + 1) * sizeof *d->next);
	d->shortest = NEEDLE_LONGEST;
	for (size_t i = 0; i < d->n; i++) {
		d->lengths[i] = strlen(words[i]);
		if (d->lengths[i] < d->shortest)
			d->shortest = d->lengths[i];
	}
	memset(d->shift, (int)(d->shortest - BLOCK + 1), sizeof d->shift);
	for (size_t i = d->n; i-- > 0;) {
		for (size_t end = BLOCK; end <= d->shortest; end++) {
			size_t h = block(words[i] + end - BLOCK), far = d->shortest - end;

			if (far < d->shift[h])
				d->shift[h] = (uint8_t)far;
		}
		d->next[i] = d->first[block(words[i] + d->shortest - BLOCK)];
		d->first[block(words[i] + d->shortest - BLOCK)] = (uint16_t)(i + 1);
	}
	return d;
}

/* Whether a word begins where this block says that one may. */
static bool
is_word_at(const struct needles *d, const char *text, size_t len, size_t start, size_t h, size_t *which)
{
	for (size_t i = d->first[h]; i > 0; i = d->next[i - 1])
		if (d->lengths[i - 1] <= len - start && memcmp(text + start, d->words[i - 1], d->lengths[i - 1]) == 0) {
			*which = i - 1;
			return true;
		}
	return false;
}

/* One step of a lane: how far it may jump; 0: a word begins there. */
static inline size_t
step(const struct needles *d, const char *text, size_t len, size_t at)
{
	size_t h = block(text + at), far = d->shift[h], which;

	if (__builtin_expect(far == 0, 0))
		far = !is_word_at(d, text, len, at + BLOCK - d->shortest, h, &which);
	return far;
}

/*
 * Whether no word begins in the LANES * LANE bytes from `from` on. Several places are looked at in turn, because the
 * processor would wait for each single one.
 */
static bool
is_clear(const struct needles *d, const char *text, size_t len, size_t from)
{
	size_t at[LANES], end[LANES], far;

	for (size_t i = 0; i < LANES; i++) {
		at[i] = from + i * LANE + d->shortest - BLOCK;
		end[i] = at[i] + LANE;
	}
	while (at[0] < end[0] && at[1] < end[1] && at[2] < end[2] && at[3] < end[3])
		for (size_t i = 0; i < LANES; i++) {
			far = step(d, text, len, at[i]);
			if (far == 0)
				return false;
			at[i] += far;
		}
	for (size_t i = 0; i < LANES; i++)
		for (; at[i] < end[i]; at[i] += far) {
			far = step(d, text, len, at[i]);
			if (far == 0)
				return false;
		}
	return true;
}

/* The same for one place after the other, until `until`. */
static size_t
find_before(const struct needles *d, const char *text, size_t len, size_t from, size_t until, size_t *which)
{
	size_t at = from + d->shortest - BLOCK, last = until + d->shortest - BLOCK;

	while (at < last && at + BLOCK <= len) {
		size_t h = block(text + at), far = d->shift[h];

		if (far == 0 && is_word_at(d, text, len, at + BLOCK - d->shortest, h, which))
			return at + BLOCK - d->shortest;
		at += far > 0 ? far : 1;
	}
	return until;
}

size_t
needles_find(const struct needles *d, const char *text, size_t len, size_t from, size_t *which)
{
	while (from < len) {
		bool room = len - from > LANES * LANE + NEEDLE_LONGEST;
		size_t until = room ? from + LANES * LANE : len;
		size_t hit = room && is_clear(d, text, len, from) ? until
								  : find_before(d, text, len, from, until, which);

		if (hit < until)
			return hit;
		from = until;
	}
	return len;
}
