/* Which paths and sizes a bundle may have, and the order of its files: the same for the writer and the reader. */
#include "bundle/bundle_limits.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+"

bool
bundle_path_ok(const char *path)
{
	size_t folders = 0;

	if (strlen(path) > BUNDLE_NAME_MAX)
		return false;
	for (const char *p = path;; p++) {
		size_t n = strspn(p, PLAIN);

		if (n == 0 || (n <= 2 && strncmp(p, "..", n) == 0))
			return false;
		p += n;
		if (*p == '\0')
			return folders <= BUNDLE_DEPTH_MAX;
		if (*p != '/')
			return false;
		folders++;
	}
}

bool
bundle_paths_clash(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b), n = na < nb ? na : nb;

	return strncasecmp(a, b, n) == 0 && (na == nb || (na > nb ? a : b)[n] == '/');
}

bool
bundle_is_voucher(const char *path)
{
	return strcmp(path, "manifest.json") == 0 || strcmp(path, "manifest.json.minisig") == 0 ||
	    strcmp(path, "SHA256SUMS") == 0;
}

bool
bundle_ratio_ok(size_t unpacked, size_t packed)
{
	return unpacked <= BUNDLE_RATIO_FROM || unpacked <= packed * BUNDLE_RATIO_MAX;
}

static int
by_path(const void *pa, const void *pb)
{
	const struct member *a = pa, *b = pb;

	return strcmp(a->path, b->path);
}

void
bundle_sort(struct members *m)
{
	if (m->n > 1)
		qsort(m->items, m->n, sizeof *m->items, by_path);
}
