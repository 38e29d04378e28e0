/* Frees libarchive's handles. */
#include "bundle/archives.h"

void
archive_drop(struct archive **a)
{
	if (*a != NULL)
		(void)archive_free(*a);
}

void
archive_entry_drop(struct archive_entry **en)
{
	if (*en != NULL)
		archive_entry_free(*en);
}
