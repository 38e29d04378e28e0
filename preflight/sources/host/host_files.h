/* Readers of what files and file systems there are; each fills and ends the rows. */
#ifndef HOST_FILES_H
#define HOST_FILES_H

#include "sources/host/host_rows.h"

void host_read_listing(struct host_reading *);
void host_read_space(struct host_reading *);
void host_read_libc(struct host_reading *);
void host_read_processor(struct host_reading *);

#endif
