/* GitLab's YAML files as trees, and sources out of them: what discover.c and discover_redis.c share. */
#include "discovery/discover_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define FILE_MAX ((size_t)256 * 1024)

struct source *
found_source(struct finding_out *d, const char *kind, const char *part, const char *path)
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

void
found_fault(struct finding_out *d, const char *kind, const char *part, const char *path, const char *why)
{
	struct source *s = found_source(d, kind, part, path);

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

/* Its text, or NULL with *why, or NULL without one: there is no such file. */
/* Whether there is no such file. One behind a directory that may not be searched could be there. */
static bool
is_absent(const char *full)
{
	return access(full, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

static const struct yfile *
read_yaml(struct finding_out *d, const char *path, const char **why)
{
	struct yfile *f = arena_alloc(d->arena, sizeof *f);
	const char *full = arena_printf(d->arena, "%s%s", d->root, path), *erb;
	struct err e;

	*why = NULL;
	if (is_absent(full))
		return NULL;
	f->path = path;
	if (!file_read(d->arena, full, FILE_MAX, &f->text, &f->len, &e)) {
		*why = arena_printf(d->arena, "%s %s: run as root", path, e.msg);
		return NULL;
	}
	erb = strstr(f->text, "<%");
	if (erb == NULL)
		return f;
	*why = arena_printf(d->arena,
	    "%s contains embedded Ruby in line %u, which is not executed: "
	    "specify the source yourself",
	    path, line_of(f->text, erb));
	return NULL;
}

const struct ynode *
found_production(struct finding_out *d, const char *path, const char **why)
{
	const struct yfile *f = read_yaml(d, path, why);
	const struct ynode *all;
	struct err e;

	if (f == NULL)
		return NULL;
	all = yaml_parse_foreign(d->arena, f, &e);
	if (all == NULL)
		*why = arena_printf(d->arena, "%s:%u: %s", path, e.at.line, e.msg);
	else if (all->kind != Y_MAP || yaml_get(all, "production") == NULL)
		*why = arena_printf(d->arena, "%s has no section production", path);
	return *why == NULL ? yaml_get(all, "production") : NULL;
}

const struct ynode *
found_optional(struct finding_out *d, const char *path, const char **why)
{
	const struct yfile *f = read_yaml(d, path, why);
	const struct ynode *all;
	struct err e;

	if (f == NULL || f->text[strspn(f->text, " \t\r\n")] == '\0')
		return NULL;
	all = yaml_parse_foreign(d->arena, f, &e);
	if (all == NULL && strstr(e.msg, "it is empty") == NULL)
		*why = arena_printf(d->arena, "%s:%u: %s", path, e.at.line, e.msg);
	else if (all != NULL && all->kind != Y_MAP && !found_is_null(all))
		*why = arena_printf(d->arena, "%s contains no sections, such as production", path);
	return all != NULL && all->kind == Y_MAP ? yaml_get(all, "production") : NULL;
}

const char *
found_variable(struct finding_out *d, const char *name, const char **why)
{
	const char *full = arena_printf(d->arena, "%s/opt/gitlab/etc/gitlab-rails/env/%s", d->root, name), *value;
	const char *text;
	size_t len;
	struct err e;

	*why = NULL;
	if (!is_absent(full)) {
		if (file_read(d->arena, full, FILE_MAX, &text, &len, &e))
			return arena_strndup(d->arena, text, strcspn(text, "\n"));
		*why = arena_printf(d->arena, "the variable %s: %s: run as root", name, e.msg);
		return "";
	}
	value = d->root[0] == '\0' ? getenv(name) : NULL;
	return value != NULL ? arena_strdup(d->arena, value) : "";
}

bool
found_is_null(const struct ynode *v)
{
	return v->kind == Y_SCALAR && v->style == YS_PLAIN &&
	    (v->text[0] == '\0' || strcmp(v->text, "null") == 0 || strcmp(v->text, "~") == 0);
}

const char *
found_word(const struct ynode *map, const char *key)
{
	const struct ynode *v = map->kind == Y_MAP ? yaml_get(map, key) : NULL;

	return v == NULL || v->kind != Y_SCALAR || found_is_null(v) ? "" : v->text;
}

const char *
found_path(const struct finding_out *d, const char *path)
{
	const char *below = arena_printf(d->arena, "%s%s", d->root, path);

	return path[0] == '/' && access(below, F_OK) == 0 ? below : path;
}

const char *
found_at(const struct finding_out *d, const char *path, const struct ynode *n, const char *text)
{
	return arena_printf(d->arena, "%s:%u: %s", path, n->at.line, text);
}
