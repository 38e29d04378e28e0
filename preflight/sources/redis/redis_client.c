/*
 * One connection to Redis: sends commands from a fixed list of reading commands and parses replies while they
 * arrive. Logging in is in redis_login.c, what to read in redis_tables.c.
 */
#include "sources/redis/redis_client.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/redis/redis_error.h"
#include "base/text.h"

#define ANSWER_US 10000000 /* to the end of one answer */
#define VALUE_MAX ((size_t)16 * 1024 * 1024)
#define ELEMENTS_MAX ((size_t)100000)
#define OUT_MAX ((size_t)1024 * 1024)
#define DEPTH_MAX 2 /* SSCAN: a list in a list */

enum shape { SH_STATUS, SH_NUMBER, SH_TEXT, SH_LIST, SH_NESTED };

static const struct command {
	const char *word;
	enum shape shape; /* of its answer; anything else makes no sense */
} commands[] = {
    [RC_AUTH] = {"AUTH", SH_STATUS},
    [RC_SELECT] = {"SELECT", SH_STATUS},
    [RC_PING] = {"PING", SH_STATUS},
    [RC_INFO] = {"INFO", SH_TEXT},
    [RC_TIME] = {"TIME", SH_LIST},
    [RC_TYPE] = {"TYPE", SH_STATUS},
    [RC_EXISTS] = {"EXISTS", SH_NUMBER},
    [RC_SCAN] = {"SCAN", SH_NESTED},
    [RC_SCARD] = {"SCARD", SH_NUMBER},
    [RC_SSCAN] = {"SSCAN", SH_NESTED},
    [RC_LLEN] = {"LLEN", SH_NUMBER},
    [RC_LRANGE] = {"LRANGE", SH_LIST},
    [RC_LINDEX] = {"LINDEX", SH_TEXT},
    [RC_ZCARD] = {"ZCARD", SH_NUMBER},
    [RC_ZCOUNT] = {"ZCOUNT", SH_NUMBER},
    [RC_ZRANGE] = {"ZRANGE", SH_LIST},
    [RC_ZRANGEBYSCORE] = {"ZRANGEBYSCORE", SH_LIST},
    [RC_ZREVRANGEBYSCORE] = {"ZREVRANGEBYSCORE", SH_LIST},
    [RC_HGETALL] = {"HGETALL", SH_LIST},
    [RC_HMGET] = {"HMGET", SH_LIST},
    [RC_SENTINEL] = {"SENTINEL", SH_LIST},
};

struct redis_request {
	enum redis_command command;
	char key[200]; /* first argument, for messages and for TYPE */
};

struct redis {
	struct stream *stream;
	const struct run *run;
	redisReader *reader;
	char *chunk;
	struct buf out;
	struct redis_request asked[REDIS_BATCH];
	size_t n_asked, n_answered;
	int64_t requests, bytes;
	enum part_status dead; /* PS_COMPLETE: alive */
	struct err dead_of;

	/* the answer that is arriving */
	redis_sink *sink;
	void *arg;
	size_t elements;
	char refusal[256];    /* Redis' own error; empty: none */
	const char *nonsense; /* what is wrong with the answer, or NULL */
};

static void *
nonsense(struct redis *c, const char *what)
{
	c->nonsense = what;
	return NULL; /* hiredis stops */
}

/* Is a value of this kind at this depth what the command answers? */
static bool
fits(const struct redis *c, int type, unsigned depth)
{
	enum shape shape = commands[c->asked[c->n_answered].command].shape;

	switch (shape) {
	case SH_STATUS:
		return depth == 0 && type == REDIS_REPLY_STATUS;
	case SH_NUMBER:
		return depth == 0 && type == REDIS_REPLY_INTEGER;
	case SH_TEXT:
		return depth == 0 && (type == REDIS_REPLY_STRING || type == REDIS_REPLY_NIL);
	case SH_LIST:
		return depth == 0 ? type == REDIS_REPLY_ARRAY
				  : depth == 1 && (type == REDIS_REPLY_STRING || type == REDIS_REPLY_NIL);
	case SH_NESTED:
		break;
	}
	return depth == 0 ? type == REDIS_REPLY_ARRAY
			  : type == REDIS_REPLY_STRING || (depth == 1 && type == REDIS_REPLY_ARRAY);
}

static struct redis *
client_of(const redisReadTask *task)
{
	return task->privdata;
}

static void *
take(const redisReadTask *task, struct redis_value v)
{
	struct redis *c = client_of(task);

	for (const redisReadTask *up = task->parent; up != NULL && v.depth <= DEPTH_MAX; up = up->parent)
		v.depth++;
	if (!fits(c, task->type, v.depth))
		return nonsense(c, "a reply of the wrong type");
	if (++c->elements > ELEMENTS_MAX)
		return nonsense(c, "a reply of more than 100,000 elements");
	v.index = (size_t)task->idx;
	if (c->sink != NULL)
		c->sink(c->arg, &v);
	return c; /* anything but NULL: there is nothing to keep */
}

static void *
take_string(const redisReadTask *task, char *s, size_t len)
{
	struct redis *c = client_of(task);

	if (task->type != REDIS_REPLY_ERROR)
		return take(task, (struct redis_value){.s = s, .len = len});
	if (task->parent != NULL)
		return nonsense(c, "an error inside a reply");
	(void)snprintf(c->refusal, sizeof c->refusal, "%.*s", len < 200 ? (int)len : 200, s);
	return c;
}

static void *
take_integer(const redisReadTask *task, long long number)
{
	return take(task, (struct redis_value){.number = number});
}

static void *
take_nil(const redisReadTask *task)
{
	struct redis *c = client_of(task);

	/* A Sentinel's answer about a primary that it does not know: no elements. */
	if (task->parent == NULL && c->asked[c->n_answered].command == RC_SENTINEL)
		return c;
	if (task->type == REDIS_REPLY_ARRAY)
		return nonsense(c, "a list that is nil");
	return take(task, (struct redis_value){0});
}

#if HIREDIS_MAJOR >= 1
typedef size_t element_count;
#else
typedef int element_count; /* not checked by hiredis: may be negative */
#endif

static void *
take_array(const redisReadTask *task, element_count n)
{
	struct redis *c = client_of(task);
	unsigned depth = 0;

	for (const redisReadTask *up = task->parent; up != NULL && depth <= DEPTH_MAX; up = up->parent)
		depth++;
	if (!fits(c, task->type, depth))
		return nonsense(c, "a reply of the wrong type");
	if ((long long)n < 0 || (unsigned long long)n > ELEMENTS_MAX)
		return nonsense(c, "a reply of more than 100,000 elements");
	return c;
}

static void
forget(void *object)
{
	(void)object;
}

/* Named fields: 1.x has more of them, in between. */
static redisReplyObjectFunctions functions = {
    .createString = take_string,
    .createArray = take_array,
    .createInteger = take_integer,
    .createNil = take_nil,
    .freeObject = forget,
};

static void
redis_drop(struct redis **c)
{
	redis_close(*c);
}

enum part_status
redis_open(struct redis **out, const struct run *run, const struct redis_url *url, struct err *e)
{
	CLEANUP(redis_drop) struct redis *c = xcalloc(1, sizeof *c);
	const struct endpoint to = {
	    .socket = url->socket, .host = url->host, .port = url->port, .tls = url->tls, .files = url->files};
	enum part_status ps;

	c->run = run;
	c->dead = PS_COMPLETE;
	c->chunk = xcalloc(1, STREAM_CHUNK);
	buf_init(&c->out, OUT_MAX);
	c->reader = redisReaderCreateWithFunctions(&functions);
	if (c->reader == NULL) {
		(void)fail(e, NOWHERE, "hiredis is out of memory");
		return PS_ERROR;
	}
	c->reader->privdata = c;
	c->reader->maxbuf = 0; /* keep the buffer between answers */
	ps = stream_open(&c->stream, run, &to, e);
	if (ps == PS_COMPLETE)
		*out = steal(&c);
	return ps;
}

void
redis_close(struct redis *c)
{
	if (c == NULL)
		return;
	stream_close(c->stream);
	if (c->reader != NULL)
		redisReaderFree(c->reader);
	buf_free(&c->out);
	free(c->chunk);
	free(c);
}

int64_t
redis_requests(const struct redis *c)
{
	return c->requests;
}

int64_t
redis_bytes(const struct redis *c)
{
	return c->bytes;
}

void
redis_put(struct redis *c, enum redis_command command, const char *const *args)
{
	const char *words[REDIS_BATCH + 8] = {commands[command].word};
	struct redis_request *q;
	char *text = NULL;
	long long len = 0; /* int up to hiredis 1.0 */
	int n = 1;

	while (args != NULL && args[n - 1] != NULL && n < (int)nitems(words)) {
		words[n] = args[n - 1];
		n++;
	}
	if (c->n_asked == nitems(c->asked)) { /* of those that were answered nothing is needed */
		c->n_asked -= c->n_answered;
		memmove(c->asked, c->asked + c->n_answered, c->n_asked * sizeof *c->asked);
		c->n_answered = 0;
	}
	if (c->n_asked == nitems(c->asked) || (args != NULL && args[n - 1] != NULL) ||
	    (len = redisFormatCommandArgv(&text, n, words, NULL)) < 0) {
		c->dead = PS_ERROR;
		(void)fail(&c->dead_of, NOWHERE, "internal error: request batch too large");
		return;
	}
	q = &c->asked[c->n_asked++];
	q->command = command;
	text_clean_into(q->key, sizeof q->key, n > 1 && command != RC_AUTH ? words[1] : "");
	buf_addn(&c->out, text, (size_t)len);
	explicit_bzero(text, (size_t)len); /* AUTH */
	redisFreeCommand(text);
	c->requests++;
}

static enum part_status
die(struct redis *c, enum part_status ps, const struct err *of, struct err *e)
{
	c->dead = ps;
	c->dead_of = *of;
	*e = *of;
	return ps;
}

/* A wait that failed, in terms of the command that was sent. */
static enum part_status
no_answer(struct redis *c, enum part_status ps, int64_t until_us, struct err *e)
{
	const char *word = commands[c->asked[c->n_answered].command].word;
	struct err why = *e;

	if (ps == PS_TIMEOUT && clock_mono_us() >= c->run->deadline_us)
		(void)fail(&why, NOWHERE, "--timeout expired before a reply to %s", word);
	else if (ps == PS_TIMEOUT && clock_mono_us() >= until_us)
		(void)fail(&why, NOWHERE, "no answer to %s within %d s", word, ANSWER_US / 1000000);
	else if (ps != PS_TIMEOUT)
		err_prefix(&why, "no answer to %s", word);
	return die(c, ps, &why, e);
}

static enum part_status
bad_answer(struct redis *c, const char *what, struct err *e)
{
	struct err why;
	char clean[200];

	text_clean_into(clean, sizeof clean, what);
	(void)fail(&why, NOWHERE, "the reply to %s is not from Redis: %s",
	    commands[c->asked[c->n_answered].command].word, clean);
	return die(c, PS_UNREADABLE, &why, e);
}

/* The length of a value that has begun to arrive; 0: none. hiredis would wait for all of it. */
static size_t
announced(const redisReader *r)
{
	size_t n = 0, i = r->pos;

	while (i < r->len && r->buf[i] >= '0' && r->buf[i] <= '9' && n <= VALUE_MAX)
		n = n * 10 + (size_t)(r->buf[i++] - '0');
	return n > VALUE_MAX || (i < r->len && r->buf[i] == '\r') ? n : 0;
}

/* Reads one answer to its end. */
static enum part_status
receive(struct redis *c, struct err *e)
{
	int64_t until = clock_mono_us() + ANSWER_US;
	void *whole = NULL;

	for (;;) {
		enum part_status ps;
		size_t got;

		if (redisReaderGetReply(c->reader, &whole) != REDIS_OK || c->nonsense != NULL)
			return bad_answer(c, c->nonsense != NULL ? c->nonsense : c->reader->errstr, e);
		if (whole != NULL)
			return PS_COMPLETE;
		if (announced(c->reader) > VALUE_MAX || c->reader->len - c->reader->pos > VALUE_MAX + 64)
			return bad_answer(c, "a value of more than 16 MiB", e);
		ps = stream_receive(c->stream, c->chunk, STREAM_CHUNK, until, &got, e);
		if (ps != PS_COMPLETE)
			return no_answer(c, ps, until, e);
		c->bytes += (int64_t)got;
		if (redisReaderFeed(c->reader, c->chunk, got) != REDIS_OK)
			return bad_answer(c, c->reader->errstr, e);
	}
}

static enum part_status
next_answer(struct redis *c, redis_sink *sink, void *arg, struct err *e)
{
	enum part_status ps;

	c->sink = sink;
	c->arg = arg;
	c->elements = 0;
	c->refusal[0] = '\0';
	c->nonsense = NULL;
	ps = receive(c, e);
	if (ps == PS_COMPLETE && ++c->n_answered == c->n_asked)
		c->n_asked = c->n_answered = 0;
	return ps;
}

static enum part_status
flush(struct redis *c, struct err *e)
{
	int64_t until = clock_mono_us() + ANSWER_US;
	enum part_status ps;

	if (c->out.len == 0)
		return PS_COMPLETE;
	ps = c->out.over ? PS_ERROR : stream_send(c->stream, c->out.p, c->out.len, until, e);
	explicit_bzero(c->out.p, c->out.len);
	buf_reset(&c->out);
	return ps == PS_COMPLETE ? ps : no_answer(c, ps, until, e);
}

/* What a key that has the wrong type is, so that the message can say it. */
static enum part_status
wrong_type(struct redis *c, const struct redis_request *q, struct err *e)
{
	struct redis_items type = {0};
	CLEANUP(arena_drop) struct arena *a = arena_new();
	enum part_status ps;

	redis_put(c, RC_TYPE, REDIS_ARGS(q->key));
	ps = redis_get_items(c, a, &type, e);
	if (c->dead != PS_COMPLETE)
		return ps;
	(void)fail(e, NOWHERE,
	    "the key %s is of type %s, which is not what Sidekiq stores there: %s "
	    "does not work on it",
	    q->key, type.n > 0 ? type.items[0].s : "unknown", commands[q->command].word);
	return PS_UNREADABLE;
}

static enum part_status
refused(struct redis *c, const struct redis_request *q, struct err *e)
{
	char refusal[sizeof c->refusal];

	memcpy(refusal, c->refusal, sizeof refusal);
	while (c->n_asked > 0) {
		enum part_status ps = next_answer(c, NULL, NULL, e);

		if (ps != PS_COMPLETE)
			return ps;
	}
	if (strncmp(refusal, "WRONGTYPE", 9) == 0)
		return wrong_type(c, q, e);
	return redis_error_explain(refusal, commands[q->command].word, q->key, e);
}

enum part_status
redis_get(struct redis *c, redis_sink *sink, void *arg, struct err *e)
{
	enum part_status ps = c->dead;
	struct redis_request q;

	*e = c->dead_of;
	if (ps == PS_COMPLETE)
		ps = flush(c, e);
	if (ps != PS_COMPLETE)
		return ps;
	q = c->asked[c->n_answered];
	ps = next_answer(c, sink, arg, e);
	if (ps != PS_COMPLETE || c->refusal[0] == '\0')
		return ps;
	return refused(c, &q, e);
}

void
redis_forget(struct redis *c)
{
	struct err e;
	enum part_status ps = c->dead == PS_COMPLETE ? flush(c, &e) : c->dead;

	while (ps == PS_COMPLETE && c->n_asked > 0)
		ps = next_answer(c, NULL, NULL, &e);
}

struct collecting {
	struct arena *arena;
	struct redis_items *out;
};

static void
collect_item(void *arg, const struct redis_value *v)
{
	struct collecting *k = arg;
	struct redis_item item = {.len = v->len};

	if (v->s != NULL)
		item.s = arena_strndup(k->arena, v->s, v->len);
	ARENA_PUSH(k->arena, k->out, item);
}

enum part_status
redis_get_items(struct redis *c, struct arena *a, struct redis_items *out, struct err *e)
{
	struct collecting k = {a, out};

	return redis_get(c, collect_item, &k, e);
}

static void
keep_number(void *arg, const struct redis_value *v)
{
	int64_t *number = arg;

	*number = v->number;
}

enum part_status
redis_get_number(struct redis *c, int64_t *out, struct err *e)
{
	*out = 0;
	return redis_get(c, keep_number, out, e);
}

enum part_status
redis_auth(struct redis *c, const char *user, const char *password, struct err *e)
{
	enum part_status ps;

	redis_put(c, RC_AUTH, user != NULL ? REDIS_ARGS(user, password) : REDIS_ARGS(password));
	ps = redis_get(c, NULL, NULL, e);
	if (ps == PS_UNREADABLE && c->dead == PS_COMPLETE && redis_error_is_no_password(c->refusal))
		return PS_COMPLETE;
	return ps;
}
