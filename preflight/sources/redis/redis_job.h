/*
 * A job as Sidekiq stores it: one JSON object. A million of them are looked at in one run, so plain
 * ones are read by a scanner that allocates nothing; jansson has the last word on all others.
 */
#ifndef REDIS_JOB_H
#define REDIS_JOB_H

#include "base/base.h"

/* The classes of jobs that a table needs. */
struct redis_workers {
	const char **items;
	size_t n, cap;
};

enum job_kind {
	JOB_OTHER, /* of a class that no table needs */
	JOB_OURS,
	JOB_UNREADABLE, /* cut, not UTF-8, `class` missing or twice: it could be any job */
};

#define JOB_NAME_MAX 255
#define JOB_ID_MAX 63

struct redis_job {
	enum job_kind kind;
	/* of JOB_OURS only */
	size_t worker;   /* index into the workers */
	bool compressed; /* GitLab packed the arguments: they are not known */
	bool has_name;
	char name[JOB_NAME_MAX + 1]; /* first argument where it is text, without a leading :: */
	bool has_number;
	int64_t number;          /* second argument where it is an integer */
	int64_t at;              /* enqueued_at, else created_at, microseconds; 0: neither */
	char id[JOB_ID_MAX + 1]; /* jid; empty: none */
};

/* Without workers (NULL) a job of any class is JOB_OURS. */
void redis_job_parse(const struct redis_workers *, const char *, size_t len, struct redis_job *);

/* A number as Redis prints scores and Sidekiq times: 1795362487.61, 1.79e+9, inf. */
bool redis_number(const char *, size_t len, double *) MUST;
/* Seconds, or milliseconds where seconds would be thousands of years away, as microseconds. */
int64_t redis_time(double);

#endif
