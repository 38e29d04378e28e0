/* Files of GitLab on this host, or below a directory that holds a copy of its tree. */
#ifndef SOURCE_HOST_H
#define SOURCE_HOST_H

#include "sources/source.h"

/* Whether any file that the host facts of the list look for exists below `root`. */
bool source_host_is_here(const char *root, const struct fact_list *);

#endif
