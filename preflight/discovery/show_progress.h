/* What the person who waits for a collection sees of it, on stderr. */
#ifndef SHOW_PROGRESS_H
#define SHOW_PROGRESS_H

#include <signal.h>

#include "sources/collect.h"

struct shown_source;
struct progress_shown {
	bool terminal;              /* lines are rewritten in place */
	size_t width, lines;        /* columns of the terminal; lines that are drawn now */
	struct shown_source *items; /* one for each source */
	size_t n;
	int64_t begun, files_at; /* files_at: when the log last told of large files */
};

/*
 * Begins: on a terminal one line for each source is rewritten while it is read, elsewhere each source that ended
 * gets one line where the log shows everything. `n`: the number of sources. The watch lives as long as `out`.
 */
struct collect_watch progress_begin(struct progress_shown *out, size_t n);
/* Takes the rewritten lines away and frees what progress_begin() made. */
void progress_end(struct progress_shown *);
/* The line of the log about a source that ended. */
void progress_log(const struct source *);

/*
 * Holds the signals that end a run, from before the first collection on: between two looks they wait until
 * progress_pause asks, so that a report is still written. `before` is for pthread_sigmask(SIG_SETMASK).
 */
void progress_hold_signals(sigset_t *before);
/*
 * Waits so long; on a terminal a line counts down to `what` (NULL: no line). Returns the signal that ends the run, or
 * 0. Those signals must be held, or one of them ends the program there.
 */
int progress_pause(int64_t us, const char *what);

#endif
