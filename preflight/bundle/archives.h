/* libarchive's handles, freed where their block ends (see CLEANUP). */
#ifndef ARCHIVES_H
#define ARCHIVES_H

#include <archive.h>
#include <archive_entry.h>

void archive_drop(struct archive **);
/*
 * Readers make their entry with archive_entry_new2() and call archive_read_next_header2(): archive_read_next_header()
 * makes one itself, and crashes where there is no memory for it.
 */
void archive_entry_drop(struct archive_entry **);

#endif
