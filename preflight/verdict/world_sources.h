/* What the run says of its sources, for world.c; nobody else needs it. */
#ifndef WORLD_SOURCES_H
#define WORLD_SOURCES_H

#include "verdict/world.h"

/*
 * Fills w->sources from the fact table `source`: one for each declared source, and one for each node
 * that the snapshot holds where a kind finds its parts.
 */
void world_read_sources(struct world *);

/* Cells of rows by the name of their column. */
const char *world_text(const struct rows *, size_t row, const char *column);  /* "" for what is no text */
int64_t world_number(const struct rows *, size_t row, const char *column);

#endif
