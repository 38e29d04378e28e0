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
#include "discovery/discover_redis.h"
#include "sources/postgres/pg_conninfo.h"

#define TEXT_MAX ((size_t)8 * 1024)

static const struct file_layout layouts[] = {
    {"/var/opt/gitlab/gitlab-rails/etc", "/var/opt/gitlab/gitlab-rails"},
    {"/srv/gitlab/config", NULL},
    {"/home/git/gitlab/config", "/home/git/gitlab"},
};

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
	    {"hostaddr", "hostaddr"}, {"sslrootcert", "sslrootcert"}, {"sslca", "sslrootcert"}, {"sslcert", "sslcert"},
	    {"sslkey", "sslkey"}};
	const char *text;
	struct buf b;

	buf_init(&b, TEXT_MAX);
	for (size_t i = 0; i < nitems(keys); i++) {
		const char *value = found_word(m, keys[i].theirs);

		add_param(&b, keys[i].ours, strncmp(keys[i].ours, "ssl", 3) == 0 ? found_path(d, value) : value);
	}
	/* GitLab's own choice, and libpq's where GitLab makes none. */
	add_param(&b, "sslmode", found_word(m, "sslmode")[0] != '\0' ? found_word(m, "sslmode") : "prefer");
	text = arena_strdup(d->arena, b.p);
	buf_free(&b);
	return text;
}

static bool
is_same_database(const struct ynode *a, const struct ynode *b)
{
	static const char *const keys[] = {"host", "port", "database"};

	for (size_t i = 0; i < nitems(keys); i++)
		if (strcmp(found_word(a, keys[i]), found_word(b, keys[i])) != 0)
			return false;
	return true;
}

/* PostgreSQL on a socket trusts the user of the process: as root, GitLab's own user must connect. */
static void
set_user(const struct finding_out *d, struct source *s, const char *host)
{
	struct stat st;

	if (geteuid() != 0 || d->root[0] != '\0' || (host[0] != '/' && host[0] != '\0') || s->password != NULL ||
	    d->layout->owner == NULL || stat(d->layout->owner, &st) != 0 || st.st_uid == 0)
		return;
	s->acts_as = st.st_uid;
	s->origin_text = arena_printf(d->arena, "%s, as user %u", s->origin_text, (unsigned)st.st_uid);
}

/* Another place for the address, which would win over the keys that are read. */
static bool
is_elsewhere(struct finding_out *d, const char *name, const struct ynode *m, const char *path)
{
	static const char *const keys[] = {"url", "service"};

	for (size_t i = 0; i < nitems(keys); i++)
		if (found_word(m, keys[i])[0] != '\0') {
			found_fault(d, "postgres", name, path,
			    found_at(d, path, yaml_get(m, keys[i]),
				arena_printf(d->arena,
				    "the key %s is not supported: specify this database with --postgres", keys[i])));
			return true;
		}
	return false;
}

/* A value that may be a password in the wrong place. */
static bool
has_misplaced(struct finding_out *d, const char *name, const struct ynode *m, const char *path)
{
	static const char *const keys[][2] = {{"host", "host"}, {"hostaddr", "hostaddr"}, {"port", "port"},
	    {"database", "dbname"}, {"username", "user"}, {"sslmode", "sslmode"}, {"sslrootcert", "sslrootcert"},
	    {"sslca", "sslrootcert"}, {"sslcert", "sslcert"}, {"sslkey", "sslkey"}};

	for (size_t i = 0; i < nitems(keys); i++)
		if (pg_is_misplaced(keys[i][1], found_word(m, keys[i][0]))) {
			found_fault(d, "postgres", name, path,
			    found_at(d, path, yaml_get(m, keys[i][0]),
				arena_printf(d->arena,
				    "the value of %s is not valid; it is not shown, because it may contain a password",
				    keys[i][0])));
			return true;
		}
	return false;
}

static void
add_database(struct finding_out *d, const char *name, const struct ynode *m, const char *path)
{
	const char *password = found_word(m, "password");
	struct source *s;

	if (is_elsewhere(d, name, m, path) || has_misplaced(d, name, m, path))
		return;
	s = found_source(d, "postgres", name, path);
	if (s == NULL)
		return;
	s->endpoint = conninfo(d, m);
	if (password[0] != '\0')
		s->password = password;
	set_user(d, s, found_word(m, "host"));
}

/* Before 14.10 a Geo secondary has its tracking database in a file of its own. */
static void
add_old_geo(struct finding_out *d)
{
	const char *path = arena_printf(d->arena, "%s/database_geo.yml", d->layout->config), *why;
	const struct ynode *m = found_production(d, path, &why);

	if (why != NULL)
		found_fault(d, "postgres", "geo", path, why);
	else if (m != NULL && m->kind == Y_MAP)
		add_database(d, "geo", m, path);
}

static void
databases(struct finding_out *d)
{
	static const char *const names[] = {"main", "ci", "sec", "geo"};
	const char *path = arena_printf(d->arena, "%s/database.yml", d->layout->config), *why;
	const struct ynode *all = found_production(d, path, &why), *main;

	if (why != NULL)
		found_fault(d, "postgres", "main", path, why);
	if (all == NULL || all->kind != Y_MAP)
		return;
	if (yaml_get(all, "config_command") != NULL) {
		found_fault(d, "postgres", "main", path,
		    found_at(d, path, yaml_get(all, "config_command"),
			"GitLab takes the password from config_command, which is not run: use --postgres and PGPASSFILE"));
		return;
	}
	main = yaml_get(all, "main");
	if (main == NULL && found_word(all, "database")[0] == '\0' && found_word(all, "url")[0] == '\0') {
		found_fault(d, "postgres", "main", path,
		    found_at(d, path, all, "there is no connection main: specify it with --postgres"));
		return;
	}
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

/* The volumes of GitLab's container, with names from its documentation. */
static bool
is_docker_host(const struct finding_out *d)
{
	static const char *const here[] = {"/srv/gitlab/config", "/srv/gitlab/data", "/srv/gitlab/logs"},
				 *const elsewhere[] = {"/etc/gitlab", "/srv/gitlab/config/database.yml"};
	bool all = true;

	for (size_t i = 0; i < nitems(here); i++)
		all = all && access(arena_printf(d->arena, "%s%s", d->root, here[i]), F_OK) == 0;
	for (size_t i = 0; i < nitems(elsewhere); i++)
		all = all && access(arena_printf(d->arena, "%s%s", d->root, elsewhere[i]), F_OK) != 0;
	return all;
}

static void
add_docker_host(struct finding_out *d)
{
	static const char why[] =
	    "GitLab runs in a container, and this host has only its volumes (/srv/gitlab/config, data and "
	    "logs): run preflight with docker run --volumes-from GITLAB_CONTAINER --network "
	    "container:GITLAB_CONTAINER, see README.md, Containers";

	found_fault(d, "postgres", "main", "/srv/gitlab", why);
	found_fault(d, "redis", "queues", "/srv/gitlab", why);
}

struct discovered
discover(const struct ruleset *set, const char *root, struct arena *a)
{
	struct finding_out d = {.set = set, .root = strcmp(root, "/") == 0 ? "" : root, .arena = a};

	if (is_docker_host(&d)) {
		add_docker_host(&d);
		return d.out;
	}
	for (size_t i = 0; i < nitems(layouts) && d.layout == NULL; i++)
		if (access(arena_printf(a, "%s%s", d.root, layouts[i].config), F_OK) == 0)
			d.layout = &layouts[i];
	if (d.layout != NULL) {
		databases(&d);
		add_old_geo(&d);
		discover_redis(&d);
	}
	return d.out;
}
