/*
 * Prints the sources of a run as a file for --config. Never prints a password: it prints a comment about where to
 * put it.
 */
#include "discovery/print_config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/yaml_write.h"

static void
print_text(FILE *f, const char *key, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	(void)fprintf(f, "%s: ", key);
	yaml_write_text(f, value);
}

/* The absolute name of a file: the configuration may be put into another directory. */
static void
print_file(FILE *f, const char *key, const char *path)
{
	char space[PATH_MAX];

	print_text(f, key, path != NULL && realpath(path, space) != NULL ? space : path);
}

/* A socket is there for this host only. */
static bool
is_socket(const struct source *s)
{
	return strstr(s->endpoint, "host='/") != NULL || strstr(s->endpoint, "host=/") != NULL ||
	    strncmp(s->endpoint, "unix:", 5) == 0;
}

static void
print_kind(FILE *f, const char *kind, const struct source *items, size_t n, const char *where)
{
	bool begun = false, none = true;

	for (size_t i = 0; i < n; i++) {
		const struct source *s = &items[i];

		if (strcmp(s->kind, kind) != 0)
			continue;
		none = false;
		if (s->fault != NULL) {
			(void)fprintf(f, "# %s cannot be taken from there: %s\n", s->id, s->fault);
			continue;
		}
		if (!begun)
			(void)fprintf(f, "%s:\n", kind);
		begun = true;
		(void)fprintf(f, "  # from %s\n", s->origin_text);
		if (is_socket(s))
			(void)fputs("  # a socket of this host: elsewhere name its host and port\n", f);
		if (s->password != NULL || s->sentinel_password != NULL)
			(void)fprintf(f, "  # its password is not in here: %s\n", where);
		(void)fprintf(f, "  %s: ", s->part);
		yaml_write_text(f, s->endpoint);
	}
	if (none)
		(void)fprintf(f, "# %s: nothing was given or found\n", kind);
}

/* Where the settings name the cluster only the reading knows it. */
static const char *
search_url(const struct options *o, const struct report *r)
{
	for (size_t i = 0; i < r->n_sources; i++)
		if (o->search == NULL && strcmp(r->sources[i].id, "search") == 0 &&
		    strncmp(r->sources[i].endpoint, "http", 4) == 0)
			return r->sources[i].endpoint;
	return o->search;
}

void
print_config_file(const struct options *o, const struct source *items, size_t n, const struct report *r, FILE *f)
{
	static const char *const kinds[][2] = {{"postgres", "give it through PGPASSFILE or PGPASSWORD"},
	    {"redis", "give it in the file that redis-password-file names, or through PREFLIGHT_REDIS_PASSWORD"}};

	(void)fputs("# For preflight check --config FILE. It never contains passwords or tokens.\n", f);
	print_text(f, "from", strcmp(r->current_version, "unknown") != 0 ? r->current_version : o->from);
	print_text(f, "install-method", strcmp(r->install_method, "unknown") != 0 ? r->install_method : NULL);
	for (size_t i = 0; i < nitems(kinds); i++)
		print_kind(f, kinds[i][0], items, n, kinds[i][1]);
	print_file(f, "redis-password-file", o->redis_password_file);
	print_file(f, "sentinel-password-file", o->sentinel_password_file);
	print_text(f, "search", search_url(o, r));
	print_text(f, "search-user", o->search_user);
	print_file(f, "search-password-file", o->search_password_file);
	print_file(f, "search-api-key-file", o->search_api_key_file);
	print_file(f, "search-ca", o->search_ca);
	print_file(f, "search-cert", o->search_cert);
	print_file(f, "search-key", o->search_key);
	print_text(f, "search-aws-region", o->search_aws_region);
	print_text(f, "gitlab", o->gitlab);
	print_file(f, "gitlab-token-file", o->gitlab_token_file);
	print_file(f, "gitlab-ca", o->gitlab_ca);
	print_file(f, "root", o->root);
}
