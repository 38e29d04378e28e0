/* Lines on stderr: "preflight: ...". stdout carries answers only. Text must be clean and one line. */
#ifndef LOG_H
#define LOG_H

#include "base/base.h"

extern int log_level; /* -1: errors only, 0: warnings too, 1: everything */

void log_error(const char *, ...) PRINTF(1, 2);
void log_warning(const char *, ...) PRINTF(1, 2);
void log_info(const char *, ...) PRINTF(1, 2);

#endif
