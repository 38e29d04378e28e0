/*
 * A job read by the scanner and by jansson: both must find the same. One member whose key has an
 * escape in front of the others makes the same job one for jansson. Each input is also tried with a
 * few thousand changes, so that there is something to compare where there is no fuzzer; with one, it is not.
 */
#include "sources/redis/redis_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANGES 5000
#ifdef __has_feature
#if __has_feature(coverage_sanitizer)
#undef CHANGES
#define CHANGES 0 /* libFuzzer makes better ones */
#endif
#endif
#define JOB_MAX 4096
#define ESCAPED "\"\\u0070reflight-of-the-fuzzer\":0"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct text {
	char s[JOB_MAX + 64];
	size_t n;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t
skip_blanks(const struct text *t, size_t i)
{
	while (i < t->n && is_blank(t->s[i]))
		i++;
	return i;
}

/* False: no object, which the scanner leaves to jansson. */
static bool
with_escape(const struct text *t, struct text *out)
{
	size_t open = skip_blanks(t, 0), next;
	int added;

	if (open == t->n || t->s[open] != '{')
		return false;
	next = skip_blanks(t, open + 1);
	memcpy(out->s, t->s, open + 1);
	added = snprintf(out->s + open + 1, 64, "%s%s", ESCAPED, next < t->n && t->s[next] == '}' ? "" : ",");
	memcpy(out->s + open + 1 + added, t->s + open + 1, t->n - open - 1);
	out->n = t->n + (size_t)added;
	return true;
}

static bool
same_job(const struct redis_job *a, const struct redis_job *b)
{
	if (a->kind != b->kind)
		return false;
	return a->kind != JOB_OURS ||
	    (a->worker == b->worker && a->compressed == b->compressed && a->has_name == b->has_name &&
		(!a->has_name || strcmp(a->name, b->name) == 0) && a->has_number == b->has_number &&
		(!a->has_number || a->number == b->number) && a->at == b->at && strcmp(a->id, b->id) == 0);
}

static void
compare(const struct redis_workers *w, const struct text *t)
{
	static struct text escaped;
	struct redis_job scanned, parsed;

	if (!with_escape(t, &escaped))
		return;
	/* Of its exact size: a look behind its end is seen. */
	char *copy = xcalloc(t->n, 1);

	memcpy(copy, t->s, t->n);
	redis_job_parse(w, copy, t->n, &scanned);
	free(copy);
	redis_job_parse(w, escaped.s, escaped.n, &parsed);
	if (same_job(&scanned, &parsed))
		return;
	(void)fprintf(stderr, "kind %d or %d: %.*s\n", (int)scanned.kind, (int)parsed.kind, (int)t->n, t->s);
	abort();
}

static uint64_t
draw(uint64_t *state, uint64_t below)
{
	*state = *state * 6364136223846793005U + 1442695040888963407U;
	return (*state >> 33) % below;
}

static void
replace(struct text *t, size_t at, size_t len, const char *by, size_t n)
{
	if (t->n - len + n > JOB_MAX)
		return;
	memmove(t->s + at + n, t->s + at + len, t->n - at - len);
	memcpy(t->s + at, by, n);
	t->n = t->n - len + n;
}

static void
change(struct text *t, uint64_t *state)
{
	static const char *const pieces[] = {"{", "}", "[", "]", ",", ":", "\"",
	    "\"class\":", "\"args\":", "\"jid\":", "\"enqueued_at\":", "\"created_at\":", "\"compressed\":true",
	    "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1}}", "\"a\":1,", "\"other\":[],", "null", "true", "false", "-0", "0",
	    "1.5", "1e3", "00", "123456789012345678", "9223372036854775807", "1795362487.61", "\\", "\\u0041", " ",
	    "\x7f", "\x01", "\xff", "\"\"", "::", "Worker"};
	char part[64];
	size_t at = (size_t)draw(state, t->n + 1), len = (size_t)draw(state, 24);
	const char *piece = pieces[draw(state, nitems(pieces))];

	len = len < t->n - at ? len : t->n - at;
	memcpy(part, t->s + at, len);
	switch (draw(state, 4)) {
	case 0:
		replace(t, at, 0, piece, strlen(piece));
		break;
	case 1:
		replace(t, at, len, piece, strlen(piece));
		break;
	case 2:
		replace(t, at, len, "", 0);
		break;
	default: /* the same once more somewhere else */
		replace(t, (size_t)draw(state, t->n + 1), 0, part, len);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *names[] = {"BackgroundMigrationWorker", "Worker"};
	const struct redis_workers some = {names, nitems(names), nitems(names)};
	static struct text input, changed;
	uint64_t state = len;

	input.n = len < JOB_MAX ? len : JOB_MAX;
	if (input.n > 0)
		memcpy(input.s, data, input.n);
	compare(&some, &input);
	compare(NULL, &input);
	for (int i = 0; i < CHANGES; i++) {
		changed = input;
		for (uint64_t n = 1 + draw(&state, 4); n > 0; n--)
			change(&changed, &state);
		compare(i % 2 == 0 ? &some : NULL, &changed);
	}
	return 0;
}
