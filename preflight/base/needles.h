/* Many fixed words searched at once in large text, at a fraction of a pass for each word. */
#ifndef NEEDLES_H
#define NEEDLES_H

#include "base/base.h"

#define NEEDLE_MIN 8    /* bytes of the shortest word */
#define NEEDLES_MAX 250 /* words */

struct needles;
/* The words as they are, of NEEDLE_MIN to 200 bytes, at most NEEDLES_MAX of them. All lives in the arena. */
struct needles *needles_new(struct arena *, const char *const *words, size_t n);
/*
 * The first place at or after `from` where a word begins, or `len`; *which is its index. Of words that begin at one
 * place the first one of the list is meant.
 */
size_t needles_find(const struct needles *, const char *text, size_t len, size_t from, size_t *which);

#endif
