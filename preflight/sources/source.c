/*
 * What every kind of source calls while it reads: the one place that waits, and what one source may
 * learn of another. The threads, and the table of kinds, are in collect.c.
 */
#include "sources/source.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

enum wait_result
run_wait(const struct run *r, int fd, short events, int64_t until_us)
{
	struct pollfd p[] = {{.fd = fd, .events = events}, {.fd = r->stop_fd, .events = POLLIN}};
	int64_t end = until_us > 0 && until_us < r->deadline_us ? until_us : r->deadline_us;

	for (;;) {
		int64_t left = end - clock_mono_us();
		int n = poll(p, nitems(p), left > 0 ? (int)(left / 1000 + 1) : 0);

		if (n < 0 && errno != EINTR)
			return W_FAILED;
		if (n > 0 && p[1].revents != 0)
			return W_INTERRUPTED;
		if (n > 0)
			return W_READY;
		if (left <= 0)
			return W_TIMEOUT;
	}
}

const char *
wait_result_text(enum wait_result w)
{
	switch (w) {
	case W_READY:
		return "ready";
	case W_TIMEOUT:
		return "no answer in time";
	case W_INTERRUPTED:
		return "interrupted";
	case W_FAILED:
		break;
	}
	return "cannot wait for the connection";
}

static size_t
index_of(const struct sources *all, const struct source *s)
{
	size_t i = 0;

	while (i < all->n && all->items[i] != s)
		i++;
	return i;
}

void
sources_settle(struct sources *all, size_t i, bool ended)
{
	uint64_t one = 1;

	(void)pthread_mutex_lock(&all->lock);
	all->settled[i] = true;
	if (ended)
		all->ended[i] = true;
	(void)pthread_cond_broadcast(&all->changed);
	(void)pthread_mutex_unlock(&all->lock);
	if (ended && write(all->done_fd, &one, sizeof one) < 0)
		return; /* cannot overflow; the deadline would still end the wait */
}

static struct timespec
moment(int64_t us)
{
	return (struct timespec){.tv_sec = (time_t)(us / 1000000), .tv_nsec = (long)(us % 1000000) * 1000};
}

/* Waits, with the lock held, until source i is settled or the run's deadline has passed. */
static void
await_settled(struct sources *all, size_t i, const struct run *r)
{
	struct timespec end = moment(r->deadline_us);

	while (!all->settled[i])
		if (pthread_cond_timedwait(&all->changed, &all->lock, &end) != 0)
			return;
}

const char *
sources_same_store(struct sources *all, struct source *s, const struct run *r)
{
	size_t me = index_of(all, s);
	const char *same = NULL;

	sources_settle(all, me, false);
	(void)pthread_mutex_lock(&all->lock);
	for (size_t i = 0; i < me && same == NULL; i++) {
		struct source *other = all->items[i];

		if (strcmp(other->kind, s->kind) != 0)
			continue;
		await_settled(all, i, r);
		if (s->identity[0] != '\0' && strcmp(other->identity, s->identity) == 0)
			same = other->id;
	}
	(void)pthread_mutex_unlock(&all->lock);
	return same;
}

void
sources_tell(struct sources *all, struct source *s, size_t n)
{
	(void)pthread_mutex_lock(&all->lock);
	all->told[index_of(all, s)] = n;
	(void)pthread_cond_broadcast(&all->changed);
	(void)pthread_mutex_unlock(&all->lock);
}

/* With the lock held: waits until table k of source i is read, or that source ended; as long as that one may take. */
static bool
await_table(struct sources *all, size_t i, size_t k, const struct run *r)
{
	int64_t own = all->items[i]->limit_us > 0 ? all->begun_us + all->items[i]->limit_us : 0;
	struct timespec end = moment(own > r->deadline_us ? own : r->deadline_us);

	while (!all->ended[i] && all->told[i] <= k)
		if (pthread_cond_timedwait(&all->changed, &all->lock, &end) != 0)
			return false;
	return true;
}

static bool
is_table(const struct rows *r, const char *table, const char *part)
{
	return strcmp(r->fact->table, table) == 0 && (part == NULL || strcmp(r->part, part) == 0);
}

const struct rows *
sources_await(struct sources *all, const struct run *r, const char *table, const char *part)
{
	const struct rows *found = NULL;

	for (size_t i = 0; i < all->known.n && found == NULL; i++)
		if (is_table(all->known.items[i], table, part))
			found = all->known.items[i];
	(void)pthread_mutex_lock(&all->lock);
	for (size_t i = 0; i < all->n && found == NULL; i++)
		for (size_t k = 0; k < all->items[i]->n_rows; k++) {
			const struct rows *rows = all->items[i]->rows[k];

			if (is_table(rows, table, part) && await_table(all, i, k, r))
				found = rows;
		}
	(void)pthread_mutex_unlock(&all->lock);
	return found;
}

static bool
is_read_by_someone(const struct sources *all, const char *table, const char *part)
{
	for (size_t i = 0; i < all->n; i++)
		for (size_t k = 0; k < all->items[i]->n_rows; k++)
			if (is_table(all->items[i]->rows[k], table, part))
				return true;
	return false;
}

static enum part_status
await_part(struct sources *all, const struct run *run, const struct fact *f, const char *part, const char **what)
{
	enum part_status s = PS_COMPLETE;

	for (size_t i = 0; i < f->n_after && s == PS_COMPLETE; i++) {
		const struct rows *r = sources_await(all, run, f->after[i], part);

		*what = f->after[i];
		s = r != NULL ? r->status : is_read_by_someone(all, f->after[i], part) ? PS_TIMEOUT : PS_ABSENT;
	}
	return s;
}

/* While a source waits for one that has a limit of its own, it is not late. Returns that limit, or 0. */
static int64_t
lend_time(struct sources *all, struct source *s, const struct run *run)
{
	int64_t longest = 0;

	(void)pthread_mutex_lock(&all->lock);
	for (size_t i = 0; i < all->n; i++)
		if (all->items[i] != s && all->items[i]->limit_us > longest)
			longest = all->items[i]->limit_us;
	if (longest > 0)
		s->limit_us = longest + run->deadline_us - all->begun_us;
	(void)pthread_mutex_unlock(&all->lock);
	return longest;
}

enum part_status
sources_await_before(struct sources *all, struct source *s, struct run *run, const struct fact *f, const char **what)
{
	int64_t since = clock_mono_us(), lent = lend_time(all, s, run);
	enum part_status worst = PS_ABSENT;

	for (size_t i = 0; i < f->n_after_parts && worst != PS_COMPLETE; i++) {
		enum part_status status = await_part(all, run, f, f->after_parts[i], what);

		worst = worst == PS_ABSENT || status == PS_COMPLETE ? status : worst;
	}
	if (lent == 0)
		return worst;
	run->deadline_us += clock_mono_us() - since;
	(void)pthread_mutex_lock(&all->lock);
	s->limit_us = run->deadline_us - all->begun_us;
	(void)pthread_mutex_unlock(&all->lock);
	return worst;
}

void
source_end_all(struct source *s, enum part_status status, const char *reason, ...)
{
	char raw[sizeof s->reason];
	va_list ap;

	va_start(ap, reason);
	(void)vsnprintf(raw, sizeof raw, reason, ap);
	va_end(ap);
	for (size_t i = 0; i < s->n_rows; i++)
		if (s->rows[i]->status == PS_NOT_COLLECTED)
			rows_end(s->rows[i], status, "%s", raw);
	s->status = status;
	text_clean_into(s->reason, sizeof s->reason, raw);
}
