/* Errors in the newest logs of a node. */
#ifndef HOST_LOGS_H
#define HOST_LOGS_H

#include "sources/host/host_rows.h"
#include "sources/host/log_scan.h"

/* Fills and ends the rows: the errors in the newest file of each pattern of params.paths. */
void host_read_logs(struct host_reading *);
/*
 * Adds the errors of one log as rows; `changed_at`: microseconds UTC, 0: not known. False: a row does not fit the
 * declaration.
 */
bool
host_add_log_errors(struct rows *, const struct log_errors *, const char *path, int64_t changed_at, struct err *) MUST;
/*
 * Feeds a file to a scan. False: it cannot be read; `e` says why. `deadline_us`: monotonic, 0: none; when it has
 * passed, the reading ends with false too.
 */
bool log_scan_file(struct log_scan *, int fd, const char *name, int64_t deadline_us, struct err *) MUST;
/* The newest regular file that a pattern matches, in memory of the arena; NULL: none. */
const char *newest_file(struct arena *, const char *pattern, int64_t *changed_at);

#endif
