/*
 * Makes the list of sources of a run from options and discovery, in the order in which the rules declare them, and
 * finds the rule files. Contacts nothing; read_live.c does.
 */
#include "discovery/name_sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "discovery/name_http_sources.h"
#include "discovery/discover.h"
#include "discovery/history.h"
#include "sources/redis/redis_url.h"
#include "sources/host/source_host.h"
#include "sources/release/release_places.h"
#include "sources/postgres/pg_conninfo.h"

#define REDIS_PASSWORD "PREFLIGHT_REDIS_PASSWORD"

struct sources_list {
	struct source *items;
	size_t n, cap;
};

/*
 * Splits "NAME=REST" where the rule set has a source KIND:NAME; otherwise all of it belongs to the
 * first source of the kind. A conninfo has '=' of its own, so the name decides.
 */
static const struct source_decl *
split_name(const struct ruleset *set, const char *kind, const char *word, const char **rest)
{
	const struct source_decl *first = NULL;

	*rest = word;
	for (size_t i = 0; i < set->sources.n; i++) {
		const struct source_decl *s = &set->sources.items[i];
		size_t n = strlen(s->part);

		if (strcmp(s->kind, kind) != 0)
			continue;
		if (first == NULL)
			first = s;
		if (strncmp(word, s->part, n) == 0 && word[n] == '=') {
			*rest = word + n + 1;
			return s;
		}
	}
	return first;
}

static bool
add_source(struct sources_list *list, const struct source_decl *decl, const char *origin, const char *endpoint,
    struct arena *a, struct err *e)
{
	struct source s = {
	    .id = decl->id, .kind = decl->kind, .part = decl->part, .origin_text = origin, .endpoint = endpoint};

	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i].id, decl->id) == 0)
			return fail(e, NOWHERE, "%s is specified twice: use each NAME once", decl->id);
	ARENA_PUSH(a, list, s);
	return true;
}

static bool
add_postgres(
    const struct options *o, const struct ruleset *set, struct sources_list *list, struct arena *a, struct err *e)
{
	for (size_t i = 0; i < o->postgres.n; i++) {
		const char *conninfo, *by = option_origin(o, "postgres", i);
		const struct source_decl *d = split_name(set, "postgres", o->postgres.items[i], &conninfo);

		if (d == NULL)
			return fail(e, NOWHERE, "the rules declare no source of kind postgres");
		if (!pg_check_conninfo(conninfo, by, e) || !add_source(list, d, by, conninfo, a, e))
			return false;
	}
	return true;
}

/* GitLab's files may name the Sentinels and not their password. */
static void
set_sentinel_login(const struct options *o, struct source *s)
{
	s->sentinel_password_file = o->sentinel_password_file;
	s->sentinel_password_env = "PREFLIGHT_SENTINEL_PASSWORD";
}

static bool
add_redis(const struct options *o, const struct ruleset *set, struct sources_list *list, struct arena *a, struct err *e)
{
	for (size_t i = 0; i < o->redis.n; i++) {
		const char *url, *by = option_origin(o, "redis", i);
		const struct source_decl *d = split_name(set, "redis", o->redis.items[i], &url);
		struct redis_url parsed;

		if (d == NULL)
			return fail(e, NOWHERE, "the rules declare no source of kind redis");
		if (!redis_url_parse(a, url, &parsed, e)) {
			err_prefix(e, "%s", by);
			return false;
		}
		/* Clients take it for the password, so it may be one; it is not repeated. */
		if (parsed.user != NULL && o->redis_password_file == NULL && getenv(REDIS_PASSWORD) == NULL)
			return fail(e, NOWHERE,
			    "%s: a user name before the @, and no password: give it with --redis-password-file FILE or "
			    "through %s, and leave the word before the @ out if it is the password",
			    by, REDIS_PASSWORD);
		if (!add_source(list, d, by, url, a, e))
			return false;
		list->items[list->n - 1].password_file = o->redis_password_file;
		list->items[list->n - 1].password_env = REDIS_PASSWORD;
		set_sentinel_login(o, &list->items[list->n - 1]);
	}
	return true;
}

static bool
add_host(const struct options *o, const struct ruleset *set, struct sources_list *list, struct arena *a, struct err *e)
{
	const struct source_decl *d = ruleset_source(set, "host");
	struct stat st;

	if (d == NULL || (o->root == NULL && (o->no_discover || !source_host_is_here("/", &set->facts))))
		return true;
	if (o->root != NULL && (stat(o->root, &st) != 0 || !S_ISDIR(st.st_mode)))
		return fail(e, NOWHERE, "%s: %s is not a directory", option_origin(o, "root", 0), o->root);
	if (!add_source(list, d, o->root != NULL ? option_origin(o, "root", 0) : "GitLab's files on this host",
		o->root != NULL ? o->root : "/", a, e))
		return false;
	if (o->root == NULL)
		list->items[list->n - 1].discovered = true;
	return true;
}

/* "19", "19.5" and "19.5.3" name 19.5.3; "latest" is decided later. */
static bool
may_be(const char *version, const char *to)
{
	size_t n = strspn(to, "0123456789.");

	return to[n] != '\0' ||
	    (strncmp(version, to, n) == 0 && (version[n] == '\0' || version[n] == '.' || version[n] == '-'));
}

bool
named_release(const struct options *o, struct arena *a, const char **path, const char **version, struct err *e)
{
	const char *by = option_origin(o, "release", 0);

	*path = o->release;
	*version = NULL;
	if (o->release == NULL)
		return true;
	if (strcmp(o->release, "auto") == 0 && !release_in_cache(a, o->root, o->to, path, e))
		return false;
	if (!release_peek(a, *path, version, e)) {
		err_prefix(e, "%s: %s is not a release of GitLab that can be read", by, *path);
		return false;
	}
	if (o->to != NULL && !o->next && (*version)[0] != '\0' && !may_be(*version, o->to))
		return fail(e, NOWHERE,
		    "%s: %s is GitLab %s, and the target is %s: name the release that is to be installed", by, *path,
		    *version, o->to);
	return true;
}

/*
 * The release to be installed, where it was requested, and then also the one that is installed: alone it says nothing.
 */
static bool
add_release(
    const struct options *o, const struct ruleset *set, struct sources_list *list, struct arena *a, struct err *e)
{
	const struct source_decl *target = ruleset_source(set, "release"), *installed;
	const char *tree = NULL, *path, *version;

	installed = ruleset_source(set, "release:installed");
	if (!named_release(o, a, &path, &version, e))
		return false;
	if (path != NULL && target != NULL && !add_source(list, target, option_origin(o, "release", 0), path, a, e))
		return false;
	if (installed != NULL &&
	    (o->release != NULL || o->installed || (o->only != NULL && strcmp(o->only, installed->id) == 0)) &&
	    (o->root != NULL || !o->no_discover))
		tree = release_installed(a, o->root);
	if (tree == NULL)
		return true;
	if (!add_source(list, installed, "GitLab's files on this host", tree, a, e))
		return false;
	list->items[list->n - 1].discovered = true;
	return true;
}

/*
 * What GitLab's own files name, where the command line names nothing of that kind. A kind that it
 * names is named whole: half of each would be neither.
 */
static void
add_discovered(const struct options *o, const struct ruleset *set, struct sources_list *list, struct arena *a)
{
	const struct discovered d = discover(set, o->root != NULL ? o->root : "/", a);

	for (size_t i = 0; i < d.n; i++) {
		bool postgres = strcmp(d.items[i].kind, "postgres") == 0;

		if ((postgres ? o->postgres.n : o->redis.n) > 0)
			continue;
		ARENA_PUSH(a, list, d.items[i]);
		if (!postgres)
			set_sentinel_login(o, &list->items[list->n - 1]);
	}
}

/* Sources that their kind finds on this machine by itself. */
static bool
add_found(const struct ruleset *set, struct sources_list *list, struct arena *a, struct err *e)
{
	for (size_t i = 0; i < set->sources.n; i++) {
		const char *endpoint = source_found(set->sources.items[i].kind, a);

		if (endpoint == NULL)
			continue;
		if (!add_source(list, &set->sources.items[i], "this machine", endpoint, a, e))
			return false;
		list->items[list->n - 1].discovered = true;
	}
	return true;
}

/* Sources over HTTP: one each, if the rules declare it. */
static bool
add_http(const struct options *o, const struct ruleset *set, struct sources_list *list, struct arena *a, struct err *e)
{
	static const struct {
		const char *id;
		bool (*read)(const struct options *, struct arena *, struct source *, bool *, struct err *);
	} kinds[] = {{"search", name_search}, {"api", name_gitlab}};

	for (size_t i = 0; i < nitems(kinds); i++) {
		const struct source_decl *d = ruleset_source(set, kinds[i].id);
		struct source s = {0};
		bool used;

		if (!kinds[i].read(o, a, &s, &used, e))
			return false;
		if (d == NULL || !used)
			continue;
		s.id = d->id;
		s.kind = d->kind;
		s.part = d->part;
		ARENA_PUSH(a, list, s);
	}
	return true;
}

/* Earlier runs against the same main database wrote the file; without that database there is nothing to compare. */
static bool
add_history(
    const struct options *o, const struct ruleset *set, struct sources_list *list, struct arena *a, struct err *e)
{
	const struct source_decl *d = ruleset_source(set, HISTORY_SOURCE);
	const char *by = option_origin(o, "history", 0), *path;

	if (o->history == NULL)
		return true;
	if (d == NULL)
		return fail(e, NOWHERE, "%s: the rules declare no source %s", by, HISTORY_SOURCE);
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i].id, "postgres:main") == 0)
			return history_path(a, o->history, o->label, list->items[i].endpoint, &path, e)
			    ? add_source(list, d, by, path, a, e)
			    : (err_prefix(e, "%s", by), false);
	return fail(e, NOWHERE, "%s: this run reads no database main: leave %s out, or specify the database", by, by);
}

bool
name_sources(const struct options *o, const struct ruleset *set, const struct left_outs *skip, struct arena *a,
    struct source **out, size_t *n_out, struct err *e)
{
	struct sources_list all = {0}, kept = {0};

	for (size_t i = 0; i < skip->n; i++)
		if (ruleset_source(set, skip->items[i].source) == NULL)
			return fail(e, NOWHERE, "--without: there is no source %s", skip->items[i].source);
	if (o->only != NULL && ruleset_source(set, o->only) == NULL)
		return fail(e, NOWHERE, "--only: there is no source %s", o->only);
	if (!add_postgres(o, set, &all, a, e) || !add_redis(o, set, &all, a, e) || !add_http(o, set, &all, a, e) ||
	    !add_host(o, set, &all, a, e) || !add_release(o, set, &all, a, e))
		return false;
	if (!o->no_discover && !add_found(set, &all, a, e))
		return false;
	if (!o->no_discover)
		add_discovered(o, set, &all, a);
	if (!add_history(o, set, &all, a, e))
		return false;
	for (size_t d = 0; d < set->sources.n; d++)
		for (size_t i = 0; i < all.n; i++) {
			struct source *s = &all.items[i];

			if (strcmp(s->id, set->sources.items[d].id) != 0 || is_left_out(skip, s->id) ||
			    (o->only != NULL && strcmp(o->only, s->id) != 0))
				continue;
			s->part = source_part(s, a);
			ARENA_PUSH(a, &kept, *s);
		}
	*out = kept.items;
	*n_out = kept.n;
	return true;
}
