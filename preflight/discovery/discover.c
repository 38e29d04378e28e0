/*
 * Finds PostgreSQL and Redis in GitLab's own YAML files below a root directory. Produces sources for
 * name_sources.c; contacts nothing, and passwords stay in memory.
 */
#include "discovery/discover.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"

#define FILE_MAX ((size_t)256 * 1024)
#define TEXT_MAX ((size_t)8 * 1024)

/* Where each way of installing GitLab keeps these files, and whose connections the database trusts. */
static const struct key_layout {
	const char *config, *owner;
} layouts[] = {
    {"/var/opt/gitlab/gitlab-rails/etc", "/var/opt/gitlab/gitlab-rails"},
    {"/srv/gitlab/config", NULL},
    {"/home/git/gitlab/config", "/home/git/gitlab"},
};

struct finding_out {
	const struct ruleset *set;
	const char *root; /* "" for / */
	const struct key_layout *layout;
	struct arena *arena;
	struct discovered out;
};

static struct source *
add(struct finding_out *d, const char *kind, const char *part, const char *path)
{
	const char *id = arena_printf(d->arena, "%s:%s", kind, part);
	const struct source_decl *decl = ruleset_source(d->set, id);
	struct source s = {.discovered = true, .endpoint = ""};

	if (decl == NULL)
		return NULL;
	for (size_t i = 0; i < d->out.n; i++)
		if (strcmp(d->out.items[i].id, id) == 0)
			return NULL;
	s.id = decl->id;
	s.kind = decl->kind;
	s.part = decl->part;
	s.origin_text = path;
	ARENA_PUSH(d->arena, &d->out, s);
	return &d->out.items[d->out.n - 1];
}

static void
add_fault(struct finding_out *d, const char *kind, const char *part, const char *path, const char *why)
{
	struct source *s = add(d, kind, part, path);

	if (s != NULL)
		s->fault = why;
}

static unsigned
line_of(const char *text, const char *at)
{
	unsigned line = 1;

	for (const char *p = text; p < at; p++)
		line += *p == '\n';
	return line;
}

/* The map below `production`; NULL with *why, or NULL without one: there is no such file. */
static const struct ynode *
production(struct finding_out *d, const char *path, const char **why)
{
	struct yfile *f = arena_alloc(d->arena, sizeof *f);
	const char *full = arena_printf(d->arena, "%s%s", d->root, path), *erb;
	struct faults faults = {0};
	const struct ynode *all;
	struct err e;

	*why = NULL;
	if (access(full, F_OK) != 0)
		return NULL;
	f->path = full;
	if (!file_read(d->arena, full, FILE_MAX, &f->text, &f->len, &e)) {
		*why = arena_printf(d->arena, "%s %s: run as root", path, e.msg);
		return NULL;
	}
	erb = strstr(f->text, "<%");
	if (erb != NULL) {
		*why = arena_printf(d->arena,
		    "%s contains embedded Ruby in line %u, which is not executed: "
		    "specify the source yourself",
		    path, line_of(f->text, erb));
		return NULL;
	}
	/* Rails' samples share settings among the other sections with anchors. */
	all = yaml_parse_only(d->arena, f, "production", &faults);
	if (faults.n > 0)
		*why = arena_printf(d->arena, "%s:%u: %s", path, faults.items[0].at.line, faults.items[0].msg);
	else if (all == NULL || all->kind != Y_MAP || yaml_get(all, "production") == NULL)
		*why = arena_printf(d->arena, "%s has no section production", path);
	faults_free(&faults);
	return *why == NULL ? yaml_get(all, "production") : NULL;
}

/* "" where it is missing, empty or null. */
static const char *
word(const struct ynode *map, const char *key)
{
	const struct ynode *v = map->kind == Y_MAP ? yaml_get(map, key) : NULL;

	if (v == NULL || v->kind != Y_SCALAR ||
	    (v->style == YS_PLAIN && (strcmp(v->text, "null") == 0 || strcmp(v->text, "~") == 0)))
		return "";
	return v->text;
}

static void
add_param(struct buf *b, const char *key, const char *value)
{
	if (value[0] == '\0')
		return;
	buf_printf(b, "%s%s='", b->len > 0 ? " " : "", key);
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '\'' || *p == '\\')
			buf_addc(b, '\\');
		buf_addc(b, *p);
	}
	buf_addc(b, '\'');
}

static const char *
conninfo(struct finding_out *d, const struct ynode *m)
{
	static const struct {
		const char *theirs, *ours;
	} keys[] = {{"host", "host"}, {"port", "port"}, {"database", "dbname"}, {"username", "user"},
	    {"sslrootcert", "sslrootcert"}, {"sslca", "sslrootcert"}, {"sslcert", "sslcert"}, {"sslkey", "sslkey"}};
	const char *text;
	struct buf b;

	buf_init(&b, TEXT_MAX);
	for (size_t i = 0; i < nitems(keys); i++)
		add_param(&b, keys[i].ours, word(m, keys[i].theirs));
	/* GitLab's own choice, and libpq's where GitLab makes none. */
	add_param(&b, "sslmode", word(m, "sslmode")[0] != '\0' ? word(m, "sslmode") : "prefer");
	text = arena_strdup(d->arena, b.p);
	buf_free(&b);
	return text;
}

static bool
is_same_database(const struct ynode *a, const struct ynode *b)
{
	static const char *const keys[] = {"host", "port", "database"};

	for (size_t i = 0; i < nitems(keys); i++)
		if (strcmp(word(a, keys[i]), word(b, keys[i])) != 0)
			return false;
	return true;
}

/* PostgreSQL on a socket believes the user of the process: as root, GitLab's own user must ask. */
static void
set_user(const struct finding_out *d, struct source *s, const char *host)
{
	struct stat st;

	if (geteuid() != 0 || d->root[0] != '\0' || host[0] != '/' || s->password != NULL || d->layout->owner == NULL ||
	    stat(d->layout->owner, &st) != 0 || st.st_uid == 0)
		return;
	s->acts_as = st.st_uid;
	s->origin_text = arena_printf(d->arena, "%s, as user %u", s->origin_text, (unsigned)st.st_uid);
}

static void
add_database(struct finding_out *d, const char *name, const struct ynode *m, const char *path)
{
	struct source *s = add(d, "postgres", name, path);
	const char *password = word(m, "password");

	if (s == NULL)
		return;
	s->endpoint = conninfo(d, m);
	if (password[0] != '\0')
		s->password = password;
	set_user(d, s, word(m, "host"));
}

static void
databases(struct finding_out *d)
{
	static const char *const names[] = {"main", "ci", "sec", "geo"};
	const char *path = arena_printf(d->arena, "%s/database.yml", d->layout->config), *why;
	const struct ynode *all = production(d, path, &why), *main;

	if (why != NULL)
		add_fault(d, "postgres", "main", path, why);
	if (all == NULL || all->kind != Y_MAP)
		return;
	main = yaml_get(all, "main");
	if (main == NULL || main->kind != Y_MAP) {
		add_database(d, "main", all, path);
		return;
	}
	for (size_t i = 0; i < nitems(names); i++) {
		const struct ynode *m = yaml_get(all, names[i]);

		/* Two connections to one database are one store. */
		if (m != NULL && m->kind == Y_MAP && (m == main || !is_same_database(m, main)))
			add_database(d, names[i], m, path);
	}
}

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

/* With Sentinels the host in the URL is what they call the primary. */
static const char *
with_sentinels(struct finding_out *d, const char *url, const struct ynode *list)
{
	const char *name = strstr(url, "://"), *hosts = "", *db;
	bool tls = strncmp(url, "rediss:", 7) == 0;
	size_t n;

	if (name == NULL || list == NULL || list->kind != Y_LIST || list->n == 0)
		return url;
	name += 3;
	n = strcspn(name, ":/?");
	db = strchr(name, '/');
	for (size_t i = 0; i < list->n; i++) {
		const char *port = word(list->items[i], "port");

		hosts = arena_printf(d->arena, "%s%s%s:%s", hosts, i > 0 ? "," : "", word(list->items[i], "host"),
		    port[0] != '\0' ? port : "26379");
	}
	return arena_printf(d->arena, "%s://%s/%.*s%s%s", tls ? "rediss+sentinel" : "redis+sentinel", hosts, (int)n,
	    name, db != NULL && db[1] != '\0' ? "?db=" : "", db != NULL ? db + 1 : "");
}

static bool
add_redis(struct finding_out *d, const char *part, const char *path)
{
	const char *why, *url;
	const struct ynode *m = production(d, path, &why), *sentinels;
	struct source *s;

	if (why != NULL)
		add_fault(d, "redis", part, path, why);
	if (m == NULL)
		return why != NULL;
	url = m->kind == Y_SCALAR ? m->text : word(m, "url");
	s = url[0] != '\0' ? add(d, "redis", part, path) : NULL;
	if (s == NULL)
		return false;
	url = without_login(d, url, s);
	sentinels = m->kind == Y_MAP ? yaml_get(m, "sentinels") : NULL;
	s->endpoint = with_sentinels(d, url, sentinels);
	/* They have one password, which stands at each. */
	if (sentinels != NULL && sentinels->kind == Y_LIST && sentinels->n > 0 &&
	    word(sentinels->items[0], "password")[0] != '\0')
		s->sentinel_password = word(sentinels->items[0], "password");
	return true;
}

static void
redises(struct finding_out *d)
{
	for (size_t i = 0; i < d->set->sources.n; i++) {
		const struct source_decl *s = &d->set->sources.items[i];

		/* Sidekiq's instance falls back to the file that holds for all. */
		if (strcmp(s->kind, "redis") == 0 &&
		    !add_redis(d, s->part, arena_printf(d->arena, "%s/redis.%s.yml", d->layout->config, s->part)) &&
		    s->need == SN_REQUIRED)
			(void)add_redis(d, s->part, arena_printf(d->arena, "%s/resque.yml", d->layout->config));
	}
}

struct discovered
discover(const struct ruleset *set, const char *root, struct arena *a)
{
	struct finding_out d = {.set = set, .root = strcmp(root, "/") == 0 ? "" : root, .arena = a};

	for (size_t i = 0; i < nitems(layouts) && d.layout == NULL; i++)
		if (access(arena_printf(a, "%s%s", d.root, layouts[i].config), F_OK) == 0)
			d.layout = &layouts[i];
	if (d.layout != NULL) {
		databases(&d);
		redises(&d);
	}
	return d.out;
}
