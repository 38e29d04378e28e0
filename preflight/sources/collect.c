/*
 * The table of the kinds of source, and the threads that run the sources of a run side by side until a deadline.
 * What a kind may call while it runs is in source.c.
 */
#include "sources/collect.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "sources/sql_tree.h"

/* How long a source may take to notice the deadline before its thread is left behind. */
#define GRACE_US 2000000
/* How long whoever watches is shown nothing new. */
#define LOOK_US 200000

/* A new kind: a file that ends with its `struct source_kind`, and one row here. */
#define KINDS(ROW) \
	ROW(postgres) \
	ROW(redis) \
	ROW(host) \
	ROW(release) \
	ROW(search) \
	ROW(api) \
	ROW(history)

#define DECLARE(name) extern const struct source_kind source_##name;
KINDS(DECLARE)

#define POINT(name) &source_##name,
static const struct source_kind *const kinds[] = {KINDS(POINT)};

const struct source_kind *
source_kind_find(const char *name)
{
	for (size_t i = 0; i < nitems(kinds); i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

const char *
source_part(const struct source *s, struct arena *a)
{
	const struct source_kind *kind = source_kind_find(s->kind);

	assert(kind != NULL); /* the loader of rules refuses a source of an unknown kind */
	return kind->part != NULL ? kind->part(s, a) : s->part;
}

const char *
source_found(const char *name, struct arena *a)
{
	const struct source_kind *kind = source_kind_find(name);

	return kind != NULL && kind->find != NULL ? kind->find(a) : NULL;
}

struct job {
	struct sources *all;
	size_t i;
};

static int64_t
deadline_of(const struct sources *all, size_t i)
{
	const struct source *s = all->items[i];

	return s->limit_us > 0 ? all->begun_us + s->limit_us : all->run.deadline_us;
}

static void *
source_thread(void *arg)
{
	struct job *j = arg;
	struct source *s = j->all->items[j->i];
	const struct source_kind *kind = source_kind_find(s->kind);
	int64_t begun = clock_mono_us();
	struct run own = j->all->run;

	own.deadline_us = deadline_of(j->all, j->i);
	assert(kind != NULL); /* the loader of rules refuses a source of an unknown kind */
	if (s->fault != NULL)
		source_end_all(s, PS_UNREADABLE, "%s", s->fault);
	else
		kind->collect(&own, j->all, s);
	s->duration_us = clock_mono_us() - begun;
	sources_settle(j->all, j->i, true);
	free(j);
	return NULL;
}

/* The latest deadline of the sources that did not end yet, 0: all ended; shows whoever watches how far they are. */
static int64_t
last_deadline(struct sources *all, const struct collect_watch *watch)
{
	CLEANUP(free_ptr) bool *ended = xcalloc(all->n + 1, sizeof *ended);
	int64_t last = 0;

	(void)pthread_mutex_lock(&all->lock);
	for (size_t i = 0; i < all->n; i++) {
		ended[i] = all->ended[i];
		if (!ended[i] && deadline_of(all, i) > last)
			last = deadline_of(all, i);
	}
	(void)pthread_mutex_unlock(&all->lock);
	if (watch != NULL)
		watch->look(watch->arg, all->items, ended, all->n);
	return last;
}

/* The signals that ask us to stop, as readable descriptor. */
static int
signals_open(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGINT);
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, set, NULL);
	return signalfd(-1, set, SFD_CLOEXEC);
}

/* Tells every source to stop; from here on a second signal ends the process. */
static int
interrupted(struct sources *all, int signal_fd, const sigset_t *set)
{
	struct signalfd_siginfo info;
	uint64_t one = 1;
	ssize_t sent;

	if (read(signal_fd, &info, sizeof info) != (ssize_t)sizeof info)
		return 0;
	(void)pthread_sigmask(SIG_UNBLOCK, set, NULL);
	sent = write(all->run.stop_fd, &one, sizeof one);
	(void)sent; /* if it fails, the deadline ends the sources */
	return (int)info.ssi_signo;
}

/* Until all sources ended, or the deadlines of those that did not and the grace after them have passed. */
static int
await_all(struct sources *all, const struct collect_watch *watch)
{
	sigset_t set;
	int signal_fd = signals_open(&set), signal = 0;
	int64_t stop = INT64_MAX, end;

	while ((end = last_deadline(all, watch)) > 0) {
		struct pollfd p[] = {
		    {.fd = all->done_fd, .events = POLLIN}, {.fd = signal == 0 ? signal_fd : -1, .events = POLLIN}};
		int64_t left = (end + GRACE_US < stop ? end + GRACE_US : stop) - clock_mono_us();
		uint64_t count;

		if (left <= 0)
			break;
		if (poll(p, nitems(p), (int)((left < LOOK_US ? left : LOOK_US) / 1000 + 1)) < 0 && errno != EINTR)
			break;
		if (p[0].revents != 0 && read(all->done_fd, &count, sizeof count) < 0)
			break;
		if (p[1].revents != 0) {
			signal = interrupted(all, signal_fd, &set);
			stop = clock_mono_us() + GRACE_US;
		}
	}
	(void)close(signal_fd);
	return signal;
}

static void
start(struct sources *all, size_t i)
{
	struct job *j = xcalloc(1, sizeof *j);
	pthread_attr_t attr;

	*j = (struct job){.all = all, .i = i};
	all->items[i]->started_at = clock_wall_us();
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, SQL_STACK);
	all->started[i] = pthread_create(&all->threads[i], &attr, source_thread, j) == 0;
	(void)pthread_attr_destroy(&attr);
	if (all->started[i])
		return;
	free(j);
	source_end_all(all->items[i], PS_ERROR, "cannot start a thread for this source");
	sources_settle(all, i, true);
}

/* A thread that did not end is left behind; it may still look at `all`, which then stays. */
static void
finish(struct sources *all, struct source **items)
{
	bool *ended = xcalloc(all->n, sizeof *ended), left = false;

	(void)pthread_mutex_lock(&all->lock);
	if (all->n > 0)
		memcpy(ended, all->ended, all->n * sizeof *ended);
	(void)pthread_mutex_unlock(&all->lock);
	for (size_t i = 0; i < all->n; i++) {
		if (all->started[i] && ended[i])
			(void)pthread_join(all->threads[i], NULL);
		else if (all->started[i])
			(void)pthread_detach(all->threads[i]);
		left = left || !ended[i];
	}
	for (size_t i = 0; i < all->n; i++)
		if (!ended[i])
			items[i] = NULL;
	free(ended);
	if (left)
		return;
	(void)close(all->done_fd);
	(void)close(all->run.stop_fd);
	(void)pthread_cond_destroy(&all->changed);
	(void)pthread_mutex_destroy(&all->lock);
	free(all->items);
	free(all->settled);
	free(all->told);
	free(all->ended);
	free(all->threads);
	free(all->started);
	free(all);
}

int
collect_sources(struct source **items, size_t n, const struct known_rows *known, int64_t timeout_us, bool full,
    const struct collect_watch *watch)
{
	struct sources *all = xcalloc(1, sizeof *all);
	pthread_condattr_t attr;
	sigset_t set, before;
	int signal;

	all->items = xcalloc(n, sizeof *all->items);
	if (n > 0)
		memcpy(all->items, items, n * sizeof(struct source *));
	all->n = n;
	all->settled = xcalloc(n, sizeof *all->settled);
	all->ended = xcalloc(n, sizeof *all->ended);
	all->told = xcalloc(n, sizeof *all->told);
	all->threads = xcalloc(n, sizeof *all->threads);
	all->started = xcalloc(n, sizeof *all->started);
	all->done_fd = eventfd(0, EFD_CLOEXEC);
	all->known = known != NULL ? *known : (struct known_rows){0};
	all->run.full = full;
	all->begun_us = clock_mono_us();
	all->run.deadline_us = all->begun_us + timeout_us;
	all->run.stop_fd = eventfd(0, EFD_CLOEXEC);
	(void)pthread_mutex_init(&all->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&all->changed, &attr);
	(void)pthread_sigmask(SIG_BLOCK, NULL, &before);
	(void)close(signals_open(&set)); /* blocked before a thread can inherit the mask */
	for (size_t i = 0; i < n; i++)
		start(all, i);
	signal = await_all(all, watch);
	finish(all, items);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL); /* what arrives from here on ends the program */
	return signal;
}
