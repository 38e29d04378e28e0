/* What the run recorded of its sources. */
#ifndef INSTANCE_SOURCES_H
#define INSTANCE_SOURCES_H

#include "verdict/instance.h"

/*
 * Fills inst->sources from the fact table `source`: one for each declared source, and one for each node
 * that the snapshot holds where a kind finds its parts.
 */
void instance_read_sources(struct instance *);

/* Cells of rows by the name of their column. */
const char *instance_text(const struct rows *, size_t row, const char *column); /* "" for what is no text */
int64_t instance_number(const struct rows *, size_t row, const char *column);

/* Whether the files of this node were requested, present or not. */
bool instance_node_is_read(const struct instance *, const char *node);

#endif
