/*
 * Parses the JSON of one Sidekiq job. A scanner handles plain jobs without allocating; everything unusual goes to
 * jansson, whose result counts.
 */
#include "sources/redis/redis_job.h"
#include "base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 63
#define DEPTH_MAX 64                     /* of nesting in a plain job; jansson's own limit is 2048 */
#define KEYS_MAX 48                      /* of one map in a plain job */
#define INTEGER_DIGITS 18                /* fit into int64_t whatever they are */
#define MILLISECONDS_FROM 1e11           /* Sidekiq 8 writes milliseconds */
#define TIME_MAX_US 253402300799999999.0 /* the end of the year 9999 */

bool
redis_number(const char *s, size_t len, double *out)
{
	char text[NUMBER_MAX + 1], *end;

	if (len == 0 || len > NUMBER_MAX)
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	*out = strtod(text, &end);
	return end == text + len && !isnan(*out);
}

int64_t
redis_time(double t)
{
	double us = t * (t > MILLISECONDS_FROM ? 1e3 : 1e6);

	return us > TIME_MAX_US ? (int64_t)TIME_MAX_US : us > 0 ? (int64_t)llround(us) : 0;
}

struct json_span {
	const char *s; /* NULL: not there, or of another type */
	size_t n;
};

/* What both readers find on the way. */
struct job_fields {
	struct json_span class, name, id;
	struct json_span enqueued, created, number;
	bool compressed;
};

struct json_scan {
	const char *p, *end;
};

/* The keys of one map. jansson refuses a key that comes twice, so neither is the job plain then. */
struct key_set {
	uint64_t hashes; /* a bit for each: most keys are new at the first glance */
	size_t n;
	struct json_span items[KEYS_MAX];
};

/* clang-format off: a table by rows of 16. */
/* Bytes that stand for themselves inside of a JSON string. */
static const bool is_plain[256] = {
#define Y true
#define N false
    [0x20] = Y,
    Y,
    N,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y, /* without " */
    [0x30] = Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    [0x40] = Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    [0x50] = Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    N,
    Y,
    Y,
    Y, /* without the backslash */
    [0x60] = Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    [0x70] = Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
    Y,
#undef Y
#undef N
};
/* clang-format on */

static void
skip_blank(struct json_scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

static bool
next_is(struct json_scan *s, char c)
{
	skip_blank(s);
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* Whether eight bytes all stand for themselves: none above 0x7F or below 0x20, no quote, no backslash. */
static bool
are_plain(const char *p)
{
	const uint64_t ones = 0x0101010101010101, high = 0x8080808080808080;
	uint64_t x, quote, backslash;

	memcpy(&x, p, sizeof x);
	quote = x ^ ones * '"';
	backslash = x ^ ones * '\\';
	return ((x | (x - ones * 0x20) | (quote - ones) | (backslash - ones)) & high) == 0;
}

/* Behind the opening quote. */
static bool
rest_of_string(struct json_scan *s, struct json_span *out)
{
	const char *p = s->p;

	while (s->end - p >= 8 && are_plain(p))
		p += 8;
	while (p < s->end && is_plain[(unsigned char)*p])
		p++;
	if (p == s->end || *p != '"')
		return false;
	*out = (struct json_span){s->p, (size_t)(p - s->p)};
	s->p = p + 1;
	return true;
}

static size_t
digits(struct json_scan *s)
{
	const char *p = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return (size_t)(s->p - p);
}

/* An integer or decimal fraction; anything rarer (an exponent, a huge integer) is jansson's. */
static bool
number(struct json_scan *s, struct json_span *out, bool *integer)
{
	const char *begin = s->p;
	size_t n;

	s->p += *s->p == '-';
	n = digits(s);
	if (n == 0 || n > INTEGER_DIGITS || (n > 1 && s->p[-(ptrdiff_t)n] == '0'))
		return false;
	*integer = s->p == s->end || *s->p != '.';
	if (!*integer) {
		s->p++;
		if (digits(s) == 0)
			return false;
	}
	*out = (struct json_span){begin, (size_t)(s->p - begin)};
	return out->n <= NUMBER_MAX && (s->p == s->end || (*s->p != 'e' && *s->p != 'E'));
}

static bool
word(struct json_scan *s, const char *text, size_t n)
{
	if ((size_t)(s->end - s->p) < n || memcmp(s->p, text, n) != 0)
		return false;
	s->p += n;
	return true;
}

static bool
key_is_new(struct key_set *set, struct json_span key)
{
	size_t ends = key.n > 0 ? (size_t)key.s[0] * 3 + (size_t)key.s[key.n - 1] * 5 : 0;
	uint64_t bit = (uint64_t)1 << (key.n * 7 + ends) % 64;

	for (size_t i = 0; (set->hashes & bit) != 0 && i < set->n; i++)
		if (set->items[i].n == key.n && memcmp(set->items[i].s, key.s, key.n) == 0)
			return false;
	if (set->n == KEYS_MAX)
		return false;
	set->hashes |= bit;
	set->items[set->n++] = key;
	return true;
}

static bool
next_key(struct json_scan *s, struct key_set *set, struct json_span *key)
{
	return next_is(s, '"') && rest_of_string(s, key) && key_is_new(set, *key) && next_is(s, ':');
}

static bool value(struct json_scan *, unsigned depth);

/* Behind the opening bracket, up to behind the closing one. */
static bool
rest_of_list(struct json_scan *s, unsigned depth)
{
	if (next_is(s, ']'))
		return true;
	do {
		if (!value(s, depth + 1))
			return false;
	} while (next_is(s, ','));
	return next_is(s, ']');
}

static bool
rest_of_map(struct json_scan *s, unsigned depth)
{
	struct json_span key;
	struct key_set set;

	if (next_is(s, '}'))
		return true;
	set.hashes = set.n = 0;
	do {
		if (!next_key(s, &set, &key) || !value(s, depth + 1))
			return false;
	} while (next_is(s, ','));
	return next_is(s, '}');
}

static bool
value(struct json_scan *s, unsigned depth)
{
	struct json_span span;
	bool integer;

	skip_blank(s);
	if (s->p == s->end || depth > DEPTH_MAX)
		return false;
	switch (*s->p) {
	case '"':
		s->p++;
		return rest_of_string(s, &span);
	case '[':
		s->p++;
		return rest_of_list(s, depth);
	case '{':
		s->p++;
		return rest_of_map(s, depth);
	case 't':
		return word(s, "true", 4);
	case 'f':
		return word(s, "false", 5);
	case 'n':
		return word(s, "null", 4);
	default:
		return number(s, &span, &integer);
	}
}

/* A value of any type; its text where it is a string. */
static bool
string_or_other(struct json_scan *s, struct json_span *out)
{
	if (next_is(s, '"'))
		return rest_of_string(s, out);
	return value(s, 1);
}

static bool
is_digit_or_minus(const struct json_scan *s)
{
	return s->p < s->end && (*s->p == '-' || (*s->p >= '0' && *s->p <= '9'));
}

static bool
number_or_other(struct json_scan *s, struct json_span *out, bool integers_only)
{
	struct json_span span;
	bool integer;

	skip_blank(s);
	if (!is_digit_or_minus(s))
		return value(s, 1);
	if (!number(s, &span, &integer))
		return false;
	if (integer || !integers_only)
		*out = span;
	return true;
}

static bool
arguments(struct json_scan *s, struct job_fields *f)
{
	if (!next_is(s, '['))
		return value(s, 1);
	if (next_is(s, ']'))
		return true;
	if (!string_or_other(s, &f->name))
		return false;
	if (next_is(s, ',')) {
		if (!number_or_other(s, &f->number, true))
			return false;
		while (next_is(s, ','))
			if (!value(s, 2))
				return false;
	}
	return next_is(s, ']');
}

static bool
compressed(struct json_scan *s, struct job_fields *f)
{
	skip_blank(s);
	f->compressed = s->p < s->end && *s->p == 't';
	return value(s, 1);
}

enum key { KEY_CLASS, KEY_ARGS, KEY_ID, KEY_ENQUEUED, KEY_CREATED, KEY_COMPRESSED, KEY_OTHER };

static const struct {
	const char *text;
	size_t n;
} keys[] = {
    [KEY_CLASS] = {"class", 5},
    [KEY_ARGS] = {"args", 4},
    [KEY_ID] = {"jid", 3},
    [KEY_ENQUEUED] = {"enqueued_at", 11},
    [KEY_CREATED] = {"created_at", 10},
    [KEY_COMPRESSED] = {"compressed", 10},
};

static enum key
key_of(struct json_span text)
{
	size_t i = 0;

	while (i < nitems(keys) && (keys[i].n != text.n || memcmp(keys[i].text, text.s, text.n) != 0))
		i++;
	return (enum key)i;
}

static bool
member(struct json_scan *s, struct key_set *set, struct job_fields *f)
{
	struct json_span text;

	if (!next_key(s, set, &text))
		return false;
	switch (key_of(text)) {
	case KEY_CLASS:
		return string_or_other(s, &f->class);
	case KEY_ARGS:
		return arguments(s, f);
	case KEY_ID:
		return string_or_other(s, &f->id);
	case KEY_ENQUEUED:
		return number_or_other(s, &f->enqueued, false);
	case KEY_CREATED:
		return number_or_other(s, &f->created, false);
	case KEY_COMPRESSED:
		return compressed(s, f);
	case KEY_OTHER:
		break;
	}
	return value(s, 1);
}

/* False: not plain, or no JSON at all. */
static bool
scan(struct json_scan *s, struct job_fields *f)
{
	struct key_set set;

	if (!next_is(s, '{'))
		return false;
	set.hashes = set.n = 0;
	do {
		if (!member(s, &set, f))
			return false;
	} while (next_is(s, ','));
	if (!next_is(s, '}'))
		return false;
	skip_blank(s);
	return s->p == s->end && f->class.s != NULL;
}

static bool
copy(char *out, size_t max, struct json_span text)
{
	if (text.s == NULL || text.n > max)
		return false;
	memcpy(out, text.s, text.n);
	out[text.n] = '\0';
	return true;
}

static int64_t
time_of(struct json_span text)
{
	double t;

	return text.s != NULL && redis_number(text.s, text.n, &t) ? redis_time(t) : 0;
}

/* Ruby's name of a class from the top: ::X is X. */
static struct json_span
bare(struct json_span name)
{
	if (name.n >= 2 && memcmp(name.s, "::", 2) == 0)
		return (struct json_span){name.s + 2, name.n - 2};
	return name;
}

static enum job_kind
kind_of(const struct redis_workers *w, struct json_span class, size_t *worker)
{
	*worker = 0;
	if (w == NULL)
		return JOB_OURS;
	class = bare(class);
	for (size_t i = 0; i < w->n; i++)
		if (strncmp(w->items[i], class.s, class.n) == 0 && w->items[i][class.n] == '\0') {
			*worker = i;
			return JOB_OURS;
		}
	return JOB_OTHER;
}

static void
take_name(struct redis_job *job, struct json_span name)
{
	job->has_name = !job->compressed && copy(job->name, JOB_NAME_MAX, bare(name));
}

static void
from_scan(const struct job_fields *f, struct redis_job *job)
{
	char text[INTEGER_DIGITS + 2];

	job->compressed = f->compressed;
	if (f->name.s != NULL)
		take_name(job, f->name);
	job->has_number = !f->compressed && copy(text, sizeof text - 1, f->number);
	if (job->has_number)
		job->number = strtoll(text, NULL, 10);
	job->at = time_of(f->enqueued);
	if (job->at == 0)
		job->at = time_of(f->created);
	(void)copy(job->id, JOB_ID_MAX, f->id);
}

static struct json_span
json_span(const json_t *v)
{
	return (struct json_span){json_string_value(v), json_string_length(v)};
}

static int64_t
json_time(const json_t *v)
{
	return json_is_number(v) ? redis_time(json_number_value(v)) : 0;
}

/* Any JSON: escapes, other scripts, numbers that only fit as floating point. */
static void
parse_slowly(const struct redis_workers *w, const char *s, size_t len, struct redis_job *job)
{
	CLEANUP(json_drop) json_t *o = json_loadb(s, len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *args, *class;
	struct json_span name;

	if (o == NULL)
		o = json_loadb(s, len, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
	class = json_object_get(o, "class");
	job->kind = JOB_UNREADABLE;
	if (!json_is_string(class))
		return;
	job->kind = kind_of(w, json_span(class), &job->worker);
	if (job->kind != JOB_OURS)
		return;
	args = json_object_get(o, "args");
	job->compressed = json_is_true(json_object_get(o, "compressed"));
	name = json_span(json_array_get(args, 0));
	if (name.s != NULL)
		take_name(job, name);
	job->has_number = !job->compressed && json_is_integer(json_array_get(args, 1));
	if (job->has_number)
		job->number = json_integer_value(json_array_get(args, 1));
	job->at = json_time(json_object_get(o, "enqueued_at"));
	if (job->at == 0)
		job->at = json_time(json_object_get(o, "created_at"));
	(void)copy(job->id, JOB_ID_MAX, json_span(json_object_get(o, "jid")));
}

void
redis_job_parse(const struct redis_workers *w, const char *s, size_t len, struct redis_job *job)
{
	struct json_scan at = {s, s + len};
	struct job_fields f = {0};

	job->kind = JOB_OTHER;
	job->compressed = job->has_name = job->has_number = false;
	job->at = job->number = 0;
	job->id[0] = job->name[0] = '\0';
	if (!scan(&at, &f)) {
		parse_slowly(w, s, len, job);
		return;
	}
	job->kind = kind_of(w, f.class, &job->worker);
	if (job->kind == JOB_OURS)
		from_scan(&f, job);
}
