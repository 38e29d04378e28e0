/* A stream into a buf: when memory runs out the program ends there, as everywhere else, and no text is missing. */
#include "base/buf_stream.h"

#include <errno.h>

static ssize_t
append(void *cookie, const char *text, size_t n)
{
	struct buf *b = cookie;

	buf_addn(b, text, n);
	if (!b->over)
		return (ssize_t)n;
	errno = EFBIG;
	return 0; /* a cookie's word for failure */
}

FILE *
buf_stream(struct buf *b)
{
	return fopencookie(b, "w", (cookie_io_functions_t){.write = append});
}
