/* A stream into memory for what only writes to a FILE. open_memstream loses text silently when memory runs out. */
#ifndef BUF_STREAM_H
#define BUF_STREAM_H

#include <stdio.h>

#include "base/base.h"

/*
 * A stream for writing whose bytes are appended to `b`, which must outlive it. What exceeds b->max makes writing fail
 * (b->over). NULL: there is no memory for the stream. After fclose `b` has everything.
 */
FILE *buf_stream(struct buf *b) MUST;

#endif
