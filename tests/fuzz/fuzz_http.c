/*
 * Any text as the responses of a search cluster or of GitLab's API. The first line is "api", or the prefix of a search
 * cluster's indexes; each further one is the response to one request, an empty one a 404. Each table ends with a status
 * and, unless it is complete, a reason; a complete one has what its response lists. The functions of sources/http/http.h
 * are replaced here, so nothing is sent.
 */
#include "ruleset/ruleset_load.h"
#include "sources/http/http.h"
#include "tests/fuzz/fuzz.h"

#define URL "https://search.example"
#define TABLES 16

extern const struct source_kind source_api, source_search;

struct http {
	const char *next; /* the rest of the input */
	size_t requests;
	bool
	    lists[TABLES + 1]; /* of each request: the response can list something, or is the 404 of an empty listing */
};
static struct http server;

enum part_status
http_open(
    struct http **h, const struct run *run, const char *url, const struct http_login *login, bool found, struct err *e)
{
	(void)run;
	(void)login;
	(void)e;
	demand(strcmp(url, URL) == 0, "another URL");
	(void)found;
	*h = &server;
	return PS_COMPLETE;
}

void
http_close(struct http *h)
{
	(void)h;
}

void
http_drop(struct http **h)
{
	(void)h;
}

enum part_status
http_get(struct http *h, const char *path, json_t **out, struct err *e)
{
	size_t len = strcspn(h->next, "\n");
	const char *line = h->next;

	demand(path[0] == '/' && path[strcspn(path, " \r\n\t#\\")] == '\0', "a path that is none");
	h->next += line[len] != '\0' ? len + 1 : len;
	*out = json_loadb(line, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	if (h->requests < nitems(h->lists))
		h->lists[h->requests] = len == 0 || json_is_object(*out) || json_is_array(*out) ||
		    (json_is_null(*out) && strcmp(path, "/api/v4/license") == 0);
	h->requests++;
	if (*out != NULL)
		return PS_COMPLETE;
	(void)fail(e, NOWHERE, len == 0 ? "the server answers 404" : "the response is not JSON");
	return len == 0 ? PS_ABSENT : PS_UNREADABLE;
}

enum part_status
http_get_health(struct http *h, const char *path, json_t **out, struct err *e)
{
	return http_get(h, path, out, e);
}

bool
http_is_whole(const struct http *h, size_t n)
{
	return n != 20 || h->requests == 1;
}

int64_t
http_requests(const struct http *h)
{
	return (int64_t)h->requests;
}

int64_t
http_bytes(const struct http *h)
{
	return (int64_t)h->requests;
}

const char *
http_tls(const struct http *h)
{
	(void)h;
	return "verify-full";
}

bool
http_url_check(const char *url, struct err *e)
{
	(void)url;
	(void)e;
	return true;
}

/* The row of search_setting that names the indexes' prefix. */
static struct rows *
settings(const struct ruleset *set, const char *prefix)
{
	const struct fact *f = fact_find(&set->facts, "search_setting");
	struct cell cells[16] = {0};
	struct rows *r = rows_new(f, "main");
	struct err e;

	for (size_t i = 0; i < f->n_columns && i < nitems(cells); i++) {
		const char *name = f->columns[i].name;

		cells[i] = cell_int(1);
		if (f->columns[i].type == T_TEXT)
			cells[i] = cell_text(strcmp(name, "prefix") == 0 ? prefix : URL);
	}
	demand(rows_add(r, cells, &e), "the settings");
	rows_end(r, PS_COMPLETE, "%s", "");
	return r;
}

static void
check_rows(const struct rows *r)
{
	demand(r->status != PS_NOT_COLLECTED, "a table did not end");
	demand((r->status == PS_COMPLETE) == (r->reason[0] == '\0'), "a reason for what is complete, or none");
	demand(strpbrk(r->reason, "\r\n\x1b") == NULL, "a reason that is no line");
	demand(r->n <= r->fact->max_rows, "more rows than declared");
	demand(r->n == 0 || r->status == PS_COMPLETE || r->status == PS_TRUNCATED, "rows of what was not read");
	if (strcmp(r->fact->table, "search_cluster") == 0)
		demand(r->n == (r->status == PS_COMPLETE ? 1 : 0), "not one cluster");
}

/* All tables of the kind, as one source, in the order of their declarations. */
static void
collect_all(const struct source_kind *kind, const struct ruleset *set, const struct rows *known)
{
	struct rows *rows[TABLES];
	struct source s = {.id = kind->name, .endpoint = URL, .rows = rows};
	struct sources all = {.known = {&known, 1}, .lock = PTHREAD_MUTEX_INITIALIZER};
	const struct run run = {.deadline_us = clock_mono_us() + 5000000, .stop_fd = -1};

	for (size_t i = 0; i < set->facts.n && s.n_rows < TABLES; i++)
		if (strcmp(set->facts.items[i].source, kind->name) == 0)
			rows[s.n_rows++] = rows_new(&set->facts.items[i], "local");
	kind->collect(&run, &all, &s);
	demand(!s.withdrawn, "a cluster in use was left out");
	demand(strpbrk(s.shown, "\r\n\x1b") == NULL && strpbrk(s.version, "\r\n\x1b") == NULL, "control characters");
	for (size_t i = 0; i < s.n_rows; i++) {
		const size_t request = i + (kind == &source_search ? 1 : 0);

		check_rows(rows[i]);
		demand(rows[i]->status != PS_COMPLETE || request >= nitems(server.lists) || server.lists[request],
		    "a value that lists nothing was taken for an empty list");
		rows_free(rows[i]);
	}
}

static const struct ruleset *set;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct faults faults = {0};

	(void)argc;
	(void)argv;
	set = ruleset_load("rules", &(struct texts){0}, false, &faults);
	demand(set != NULL, "the rules: run this in the top directory");
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *a = arena_new();
	char *text = arena_strndup(a, (const char *)data, len), *end = text + strcspn(text, "\n");
	struct rows *known;
	bool api;

	server = (struct http){.next = *end != '\0' ? end + 1 : end};
	*end = '\0';
	api = strcmp(text, "api") == 0;
	known = settings(set, text);
	collect_all(api ? &source_api : &source_search, set, known);
	rows_free(known);
	arena_free(a);
	return 0;
}
