/*
 * Reads all waiting jobs: the schedule, retry and dead sets and every queue, once for all tables. Counting is
 * redis_tally.c's.
 */
#include "sources/redis/sidekiq_jobs.h"

#include "sources/redis/redis_walk.h"
#include "sources/redis/redis_list.h"

static struct tally_set *
add_set(struct arena *a, struct sidekiq_jobs *out, const struct key_layout *l, const char *place, const char *queue,
    const char *key)
{
	struct tally_set *set = arena_alloc(a, sizeof *set);

	*set = (struct tally_set){.layout = l->word, .place = place, .queue = queue, .key = key};
	ARENA_PUSH(a, &out->sets, set);
	return set;
}

static enum part_status
read_queues(struct redis *c, struct arena *a, const struct sidekiq_names *more, struct sidekiq_jobs *out, struct err *e)
{
	struct sidekiq_queues queues = {0};
	enum part_status ps = sidekiq_read_queues(c, a, more, false, &queues, e);

	for (size_t i = 0; i < queues.n && ps == PS_COMPLETE; i++) {
		const struct sidekiq_queue *q = &queues.items[i];

		if (q->jobs > 0)
			ps = redis_walk_list(c, out->tally, add_set(a, out, q->layout, "queue", q->name, q->key), e);
	}
	return ps;
}

enum part_status
sidekiq_read_jobs(struct redis *c, struct arena *a, const struct redis_workers *workers,
    const struct sidekiq_names *more, struct sidekiq_jobs *out, struct err *e)
{
	static const char *const places[] = {"schedule", "retry", "dead"};
	enum part_status ps = PS_COMPLETE;

	out->tally = tally_new(a, workers);
	for (size_t p = 0; p < nitems(places); p++)
		for (size_t i = 0; i < LAYOUTS && ps == PS_COMPLETE; i++) {
			const struct key_layout *l = &sidekiq_layouts[i];

			ps = redis_walk_sorted(c, out->tally,
			    add_set(a, out, l, places[p], "", arena_printf(a, "%s%s", l->prefix, places[p])), e);
		}
	return ps == PS_COMPLETE ? read_queues(c, a, more, out, e) : ps;
}
