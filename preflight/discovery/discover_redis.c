/*
 * Redis as GitLab's own files configure it, in GitLab's order: redis.yml, the file of the instance, resque.yml. Turns
 * each form that GitLab's wrapper takes into a URL and passwords; what it cannot express is a fault with its place.
 */
#include "discovery/discover_redis.h"

#include <string.h>

#include "sources/redis/redis_url.h"

static int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c != '\0' ? strchr(digits, c | 0x20) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* A part of a URL, with its %XX as bytes. */
static const char *
url_decoded(struct finding_out *d, const char *s, size_t n)
{
	char *out = arena_alloc(d->arena, n + 1);
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		bool code = s[i] == '%' && n - i > 2 && hex_digit(s[i + 1]) >= 0 && hex_digit(s[i + 2]) >= 0;

		out[len++] = code ? (char)(hex_digit(s[i + 1]) * 16 + hex_digit(s[i + 2])) : s[i];
		i += code ? 2 : 0;
	}
	out[len] = '\0';
	return out;
}

/* Takes user and password out of SCHEME://USER:PASSWORD@REST, so that the rest can be shown. */
static const char *
without_login(struct finding_out *d, const char *url, struct source *s)
{
	const char *begin = strstr(url, "://"), *at, *colon, *user;

	if (begin == NULL)
		return url;
	begin += 3;
	at = strrchr(begin, '@');
	if (at == NULL)
		return url;
	colon = memchr(begin, ':', (size_t)(at - begin));
	user = arena_strndup(d->arena, begin, (size_t)((colon != NULL ? colon : at) - begin));
	if (colon != NULL)
		s->password = url_decoded(d, colon + 1, (size_t)(at - colon - 1));
	return arena_printf(d->arena, "%.*s%s%s%s", (int)(begin - url), url, user, user[0] != '\0' ? "@" : "", at + 1);
}

/* One instance while it is read. */
struct redis_entry {
	struct finding_out *d;
	const char *path;
	const struct ynode *m; /* a map, or the URL itself */
	const char *url, *user, *db, *primary;
	bool tls, sentinel_tls;
	const char *query; /* ca=FILE&..., behind the database */
	const char *fault;
	struct source *s;
};

static bool
refuse(struct redis_entry *r, const struct ynode *at, const char *text)
{
	r->fault = found_at(r->d, r->path, at, arena_printf(r->d->arena, "%s: specify this Redis with --redis", text));
	return false;
}

static bool
is_true(const struct ynode *map, const char *key)
{
	return strcmp(found_word(map, key), "true") == 0;
}

/* What GitLab takes from elsewhere, or what no URL can express. */
static bool
is_supported(struct redis_entry *r)
{
	static const struct {
		const char *key, *why;
	} keys[] = {{"config_command", "GitLab takes the password from config_command, which is not run"},
	    {"cluster", "a Redis Cluster is not supported"},
	    {"sentinel_username", "a user name for Sentinels is not supported"}};

	for (size_t i = 0; i < nitems(keys); i++) {
		const struct ynode *v = yaml_get(r->m, keys[i].key);

		if (v != NULL && (v->kind == Y_SCALAR ? found_word(r->m, keys[i].key)[0] != '\0' : v->n > 0))
			return refuse(r, v, keys[i].why);
	}
	return true;
}

static void
add_query(struct redis_entry *r, const char *name, const char *value)
{
	if (value[0] != '\0')
		r->query = arena_printf(
		    r->d->arena, "%s%s%s=%s", r->query, r->query[0] != '\0' ? "&" : "", name, value);
}

/* ssl_params: {ca_path, ca_file, cert_file, key_file}; `prefix` is "" or "sentinel_". */
static bool
add_files(struct redis_entry *r, const struct ynode *map, const char *prefix)
{
	static const char *const keys[][2] = {{"ca_path", "ca_dir"}, {"ca_file", "ca"}, {"cert_file", "cert"},
	    {"cert", "cert"}, {"key_file", "key"}, {"key", "key"}};
	const struct ynode *params = yaml_get(map, "ssl_params");

	if (params == NULL || params->kind != Y_MAP)
		return true;
	for (size_t i = 0; i < nitems(keys); i++) {
		const char *file = found_path(r->d, found_word(params, keys[i][0]));

		if (strpbrk(file, "&?# \t\n") != NULL)
			return refuse(r, params, "a file name with a blank, & or ? is not supported");
		add_query(r, arena_printf(r->d->arena, "%s%s", prefix, keys[i][1]), file);
	}
	return true;
}

/* Sentinels talk TLS where their own entries, or the instance's key ssl, say so; they are all alike. */
static bool
take_sentinels(struct redis_entry *r, const struct ynode *list, const char **hosts)
{
	*hosts = "";
	for (size_t i = 0; i < list->n; i++) {
		const struct ynode *one = list->items[i];
		const char *port = found_word(one, "port"), *host = found_word(one, "host");
		const char *ssl = found_word(one, "ssl"), *password = found_word(one, "password");
		bool tls = ssl[0] != '\0' ? strcmp(ssl, "true") == 0 : is_true(r->m, "ssl");

		if (host[0] == '\0')
			return refuse(r, one, "a Sentinel without a host");
		if (i > 0 && tls != r->sentinel_tls)
			return refuse(r, one, "Sentinels of which some use TLS and some do not are not supported");
		r->sentinel_tls = tls;
		if (password[0] != '\0')
			r->s->sentinel_password = password;
		*hosts = arena_printf(r->d->arena, strchr(host, ':') != NULL ? "%s%s[%s]:%s" : "%s%s%s:%s", *hosts,
		    i > 0 ? "," : "", host, port[0] != '\0' ? port : "26379");
	}
	if (found_word(r->m, "sentinel_password")[0] != '\0')
		r->s->sentinel_password = found_word(r->m, "sentinel_password");
	return add_files(r, list->items[0], "sentinel_");
}

/* The number behind the host, or of ?db=. */
static const char *
db_of(const struct redis_entry *r, const char *rest)
{
	const char *query = strstr(rest, "db="), *slash = strchr(rest, '/');

	if (r->db[0] != '\0')
		return r->db;
	if (query != NULL)
		return arena_strndup(r->d->arena, query + 3, strcspn(query + 3, "&"));
	return slash != NULL ? arena_strndup(r->d->arena, slash + 1, strcspn(slash + 1, "?")) : "";
}

/* scheme://user@host:port/db?files */
static const char *
put_together(struct redis_entry *r, const char *scheme, const char *hosts, const char *name, const char *db)
{
	const char *at = r->user[0] != '\0' ? "@" : "";

	if (db[0] != '\0' && strcmp(db, "0") != 0)
		add_query(r, "db", db);
	return arena_printf(r->d->arena, "%s://%s%s%s%s%s%s%s", scheme, r->user, at, hosts, name[0] != '\0' ? "/" : "",
	    name, r->query[0] != '\0' ? "?" : "", r->query);
}

/* host: and port: in place of a URL, as redis-rb takes them too. */
static const char *
url_of(const struct redis_entry *r)
{
	const char *url = r->m->kind == Y_SCALAR ? r->m->text : found_word(r->m, "url");
	const char *host = found_word(r->m, "host"), *port = found_word(r->m, "port"), *path = found_word(r->m, "path");

	if (url[0] != '\0')
		return url;
	if (path[0] != '\0')
		return arena_printf(r->d->arena, "unix:%s", path);
	if (host[0] == '\0')
		return "";
	return arena_printf(r->d->arena, strchr(host, ':') != NULL ? "redis://[%s]%s%s" : "redis://%s%s%s", host,
	    port[0] != '\0' ? ":" : "", port);
}

/* User and password: those of the URL, unless they are keys of their own. A word alone before the @ is a password. */
static void
take_login(struct redis_entry *r)
{
	const char *begin, *at;

	r->url = without_login(r->d, r->url, r->s);
	if (found_word(r->m, "password")[0] != '\0')
		r->s->password = found_word(r->m, "password");
	r->user = found_word(r->m, "username");
	begin = strstr(r->url, "://");
	at = begin != NULL ? strrchr(begin, '@') : NULL;
	if (at == NULL)
		return;
	if (r->s->password == NULL)
		r->s->password = url_decoded(r->d, begin + 3, (size_t)(at - begin - 3));
	else if (r->user[0] == '\0')
		r->user = arena_strndup(r->d->arena, begin + 3, (size_t)(at - begin - 3));
	r->url = arena_printf(r->d->arena, "%.*s%s", (int)(begin + 3 - r->url), r->url, at + 1);
}

static bool
set_endpoint(struct redis_entry *r)
{
	const struct ynode *sentinels = r->m->kind == Y_MAP ? yaml_get(r->m, "sentinels") : NULL;
	const char *rest, *hosts, *db;

	take_login(r);
	if (strncmp(r->url, "unix:", 5) == 0) {
		bool has_db = r->db[0] != '\0' && strstr(r->url, "?db=") == NULL;

		r->s->endpoint = arena_printf(r->d->arena, "%s%s%s", r->url, has_db ? "?db=" : "", has_db ? r->db : "");
		return true;
	}
	r->tls = strncmp(r->url, "rediss:", 7) == 0 || is_true(r->m, "ssl");
	rest = strstr(r->url, "://");
	if (rest == NULL)
		return refuse(r, r->m, "this is not a Redis URL");
	rest += 3;
	db = db_of(r, rest);
	if (r->tls && !add_files(r, r->m, ""))
		return false;
	if (sentinels != NULL && sentinels->kind == Y_MAP)
		return refuse(r, sentinels, "sentinels is not a list");
	if (sentinels == NULL || sentinels->kind != Y_LIST || sentinels->n == 0) {
		r->s->endpoint = put_together(r, r->tls ? "rediss" : "redis",
		    arena_strndup(r->d->arena, rest, strcspn(rest, "/?")), strcmp(db, "0") != 0 ? db : "", "");
		return true;
	}
	/* With Sentinels the host in the URL is what they call the primary. */
	if (!take_sentinels(r, sentinels, &hosts))
		return false;
	if (r->sentinel_tls != r->tls)
		add_query(r, "sentinel_tls", r->sentinel_tls ? "yes" : "no");
	r->s->endpoint = put_together(r, r->tls ? "rediss+sentinel" : "redis+sentinel", hosts,
	    arena_strndup(r->d->arena, rest, strcspn(rest, ":/?")), db);
	return true;
}

/* What cannot be taken apart is not shown, because anything could be in it. */
static bool
is_readable(struct redis_entry *r)
{
	struct redis_url parsed;
	struct err e;

	return redis_url_parse(r->d->arena, r->s->endpoint, &parsed, &e) || refuse(r, r->m, e.msg);
}

/* False: it names no Redis. */
static bool
add_entry(struct finding_out *d, const char *part, const char *path, const struct ynode *m)
{
	struct redis_entry r = {.d = d, .path = path, .m = m, .query = "", .user = ""};

	if (m->kind == Y_LIST || (m->kind == Y_SCALAR && found_is_null(m)))
		return false;
	r.url = url_of(&r);
	r.db = found_word(m, "db");
	if (m->kind == Y_MAP && !is_supported(&r)) {
		found_fault(d, "redis", part, path, r.fault);
		return true;
	}
	r.s = r.url[0] != '\0' ? found_source(d, "redis", part, path) : NULL;
	if (r.s == NULL)
		return false;
	if (!set_endpoint(&r) || !is_readable(&r)) {
		r.s->fault = r.fault;
		r.s->endpoint = "";
	}
	return true;
}

/* A file for one instance, or for all. False: it is not there or names no Redis. */
static bool
add_file(struct finding_out *d, const char *part, const char *path, bool last)
{
	const char *why = NULL;
	const struct ynode *m = last ? found_production(d, path, &why) : found_optional(d, path, &why);

	if (why != NULL)
		found_fault(d, "redis", part, path, why);
	return why != NULL || (m != NULL && add_entry(d, part, path, m));
}

/* Further instances for Sidekiq's jobs: required, and not collected. */
static void
add_shards(struct finding_out *d, const char *path, const struct ynode *all)
{
	const char *names = "";
	const struct ynode *first = NULL;

	for (size_t i = 0; all->kind == Y_MAP && i < all->n; i++)
		if (strncmp(all->keys[i]->text, "queues_shard_", 13) == 0) {
			first = first != NULL ? first : all->keys[i];
			names = arena_printf(
			    d->arena, "%s%s%s", names, names[0] != '\0' ? ", " : "", all->keys[i]->text);
		}
	if (first != NULL)
		found_fault(d, "redis", "queues_shard", path,
		    found_at(d, path, first,
			arena_printf(d->arena, "further Redis of Sidekiq (%s), whose jobs are not collected", names)));
}

/* The file that GITLAB_REDIS_PART_CONFIG_FILE names; part "": GITLAB_REDIS_CONFIG_FILE, for all. */
static const char *
file_of_variable(struct finding_out *d, const char *part, const char **why)
{
	char *name = arena_printf(d->arena, "GITLAB_REDIS_%s%sCONFIG_FILE", part, part[0] != '\0' ? "_" : "");

	for (char *p = name; *p != '\0'; p++)
		*p = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
	return found_variable(d, name, why);
}

/* The same as add_file(), of the file that a variable names. */
static bool
add_file_of_variable(struct finding_out *d, const char *instance, const char *part)
{
	const char *why, *path = file_of_variable(d, part, &why);

	if (why == NULL)
		return path[0] != '\0' && add_file(d, instance, path, false);
	found_fault(d, "redis", instance, d->layout->config, why);
	return true;
}

/* Files for one instance, in GitLab's order; Sidekiq's instance falls back to those for all. */
static void
add_from_files(struct finding_out *d, const struct source_decl *s)
{
	const char *config = d->layout->config;
	bool found = add_file_of_variable(d, s->part, s->part) ||
	    add_file(d, s->part, arena_printf(d->arena, "%s/redis.%s.yml", config, s->part), false);

	if (found || s->need != SN_REQUIRED)
		return;
	if (!add_file_of_variable(d, s->part, ""))
		(void)add_file(d, s->part, arena_printf(d->arena, "%s/resque.yml", config), true);
}

void
discover_redis(struct finding_out *d)
{
	const char *why, *first = arena_printf(d->arena, "%s/redis.yml", d->layout->config);
	const struct ynode *all = found_optional(d, first, &why);

	if (all != NULL)
		add_shards(d, first, all);
	for (size_t i = 0; i < d->set->sources.n; i++) {
		const struct source_decl *s = &d->set->sources.items[i];
		const struct ynode *own = all != NULL && all->kind == Y_MAP ? yaml_get(all, s->part) : NULL;

		if (strcmp(s->kind, "redis") != 0)
			continue;
		if (why != NULL && s->need == SN_REQUIRED)
			found_fault(d, "redis", s->part, first, why);
		if (own == NULL || !add_entry(d, s->part, first, own))
			add_from_files(d, s);
	}
}
