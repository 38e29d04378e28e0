/*
 * What is set in gitlab.rb, in the files that it names, in Docker's environment and in what the last reconfigure
 * resolved, and the operating system's name. What a text of Ruby sets is ruby_settings.c's to tell.
 */
#include "sources/host/host_settings.h"

#include <glob.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/yaml.h"
#include "sources/host/ruby_settings.h"

#define DEPTH_MAX 4  /* gitaly.configuration.git.bin_path */
#define FILES_MAX 20 /* that name each other with from_file */

/* What one table keeps of the files. */
enum keeps { KEEPS_SETTINGS, KEEPS_LINES };

/* Behind the name of a setting that is {}, which some releases count as set and others do not. */
#define EMPTY " (empty)"

/* A setting by its name; a value is kept only of those that the declaration names, because secrets are among them. */
struct setting {
	char key[RUBY_KEY_MAX + sizeof EMPTY]; /* "gitaly.storage", "git_data_dirs" */
	char value[RUBY_VALUE_MAX];
	const char *state; /* or, of a line, its kind */
	const char *path;
	char line[16];
};

struct settings_reading {
	struct host_reading *rd;
	enum keeps keeps;
	const struct ynode *values; /* settings whose values are kept, or NULL */
	const char *path;           /* of the file that is read */
	unsigned n_files;
	bool broken; /* the rows are ended */
	struct err e;
};

static const char *
setting_value(const void *arg, const char *column)
{
	const struct setting *s = arg;

	if (strcmp(column, "key") == 0 || strcmp(column, "what") == 0)
		return s->key;
	if (strcmp(column, "value") == 0)
		return s->value;
	if (strcmp(column, "state") == 0 || strcmp(column, "kind") == 0)
		return s->state;
	return strcmp(column, "path") == 0 ? s->path : s->line;
}

static bool
keeps_value(const struct ynode *values, const char *key)
{
	for (size_t i = 0; values != NULL && values->kind == Y_LIST && i < values->n; i++)
		if (values->items[i]->kind == Y_SCALAR && strcmp(values->items[i]->text, key) == 0)
			return true;
	return false;
}

static bool
add_setting(struct settings_reading *sr, const struct ruby_finding *f)
{
	static const char *const states[] = {"set", "unread", "maybe_nil", "conditional"};
	struct setting s = {.path = sr->path, .state = states[f->state]};
	size_t n = strlen(f->key);
	/* To switch off a service that is gone is allowed for some, so that is told: "unicorn.enable (off)". */
	bool off = f->off && n > 7 && strcmp(f->key + n - 7, ".enable") == 0;

	if (sr->keeps != KEEPS_SETTINGS)
		return true;
	(void)snprintf(s.line, sizeof s.line, "%u", f->line);
	(void)snprintf(s.key, sizeof s.key, "%s%s", f->key, f->empty ? EMPTY : off ? " (off)" : "");
	if (keeps_value(sr->values, f->key))
		memcpy(s.value, f->value, sizeof s.value);
	return host_add_row(sr->rd, setting_value, &s, &sr->e);
}

static bool
add_line(struct settings_reading *sr, const char *kind, const char *what, unsigned line)
{
	struct setting s = {.path = sr->path, .state = kind};

	if (sr->keeps != KEEPS_LINES)
		return true;
	(void)snprintf(s.line, sizeof s.line, "%u", line);
	(void)snprintf(s.key, sizeof s.key, "%s", what);
	return host_add_row(sr->rd, setting_value, &s, &sr->e);
}

static bool take_ruby(struct settings_reading *sr, const char *path, bool conditional);

/* A file that another one names; one that is not there could hold anything. */
static bool
take_named(struct settings_reading *sr, const struct ruby_finding *f)
{
	const char *path = arena_strdup(sr->rd->source->arena, f->key), *by = sr->path;
	char what[300];
	bool ok;

	if (path[0] == '/' && sr->n_files < FILES_MAX && host_read_file(sr->rd, path) == FOUND) {
		sr->n_files++;
		ok = take_ruby(sr, path, f->state == RV_CONDITIONAL);
		sr->path = by;
		return ok;
	}
	(void)snprintf(what, sizeof what, "from_file: %s is not there or cannot be read", path);
	return add_line(sr, "not_understood", what, f->line);
}

static bool
take_finding(void *arg, const struct ruby_finding *f)
{
	struct settings_reading *sr = arg;

	switch (f->kind) {
	case RS_SETTING:
		return add_setting(sr, f);
	case RS_FILE:
		return take_named(sr, f);
	case RS_NOT_UNDERSTOOD:
		return add_line(sr, "not_understood", f->key, f->line);
	case RS_NOT_ASCII:
		return add_line(sr, "not_ascii", "", f->line);
	}
	return true;
}

/* The text that was read last. */
static bool
take_ruby(struct settings_reading *sr, const char *path, bool conditional)
{
	sr->path = path;
	return ruby_settings(sr->rd->text, sr->rd->len, conditional, take_finding, sr);
}

static bool
is_empty(const json_t *v)
{
	return json_is_object(v) && json_object_size(v) == 0;
}

/* Inner levels are named with dots; the level that only groups, gitlab or monitoring, is left out. */
static bool
take_object(struct settings_reading *sr, const char *prefix, const json_t *o, int depth)
{
	struct setting s = {.path = sr->path, .state = "set", .line = "0"};
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)o, name, v)
	{
		bool groups = depth == 0 && (strcmp(name, "gitlab") == 0 || strcmp(name, "monitoring") == 0);
		const char *text = json_is_string(v) ? json_string_value(v) : "";

		if (json_is_null(v) || (is_empty(v) && (depth == 0 || prefix[0] == '\0')) ||
		    snprintf(s.key, RUBY_KEY_MAX, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", groups ? "" : name) >=
			RUBY_KEY_MAX)
			continue;
		for (char *p = s.key; *p != '\0'; p++)
			*p = *p == '-' ? '_' : *p;
		if (is_empty(v))
			(void)snprintf(s.key + strlen(s.key), sizeof s.key - strlen(s.key), EMPTY);
		(void)snprintf(s.value, sizeof s.value, "%.150s", keeps_value(sr->values, s.key) ? text : "");
		if (!groups && !host_add_row(sr->rd, setting_value, &s, &sr->e))
			return false;
		if (json_is_object(v) && depth < DEPTH_MAX &&
		    !take_object(sr, groups ? "" : s.key, v, groups ? 1 : depth + 1))
			return false;
	}
	return true;
}

static bool
take_node(struct settings_reading *sr, const char *path)
{
	json_error_t je;
	json_t *all;
	const json_t *normal;
	bool ok;

	if (sr->keeps != KEEPS_SETTINGS)
		return true;
	sr->path = path;
	all = json_loadb(sr->rd->text, sr->rd->len, 0, &je);
	normal = json_object_get(all, "normal");
	ok = json_is_object(normal)
	    ? take_object(sr, "", normal, 0)
	    : fail(&sr->e, NOWHERE,
		  "it has no object \"normal\"; the package stops on it (\"Malformed configuration JSON\"): run \"sudo gitlab-ctl reconfigure\" first");
	json_decref(all);
	return ok;
}

/*
 * The settings that Docker's environment gives to GitLab, from that of the container's first process. Who may not
 * look at it, or shares only the container's volumes, sees none of them: it is no fault on other hosts.
 */
static bool
take_environment(struct settings_reading *sr, const char *path)
{
	static const char name[] = "GITLAB_OMNIBUS_CONFIG=";
	const char *end;

	if (host_read_file(sr->rd, path) != FOUND)
		return true;
	end = sr->rd->text + sr->rd->len;
	for (char *p = sr->rd->text; p < end; p += strlen(p) + 1)
		if (strncmp(p, name, sizeof name - 1) == 0) {
			sr->rd->text = p + sizeof name - 1;
			sr->rd->len = strlen(sr->rd->text);
			return take_ruby(sr, "GITLAB_OMNIBUS_CONFIG", false);
		}
	return true;
}

static bool
take_file(struct settings_reading *sr, const char *path, const char *format)
{
	if (strcmp(format, "environment") == 0)
		return take_environment(sr, path);
	switch (host_read_file(sr->rd, path)) {
	case NO_FILE:
		return true;
	case BROKEN:
		rows_end(sr->rd->rows, PS_UNREADABLE, "%s is there and cannot be read: run as root", path);
		sr->broken = true;
		return false;
	case FOUND:
		break;
	}
	return strcmp(format, "node") == 0 ? take_node(sr, path) : take_ruby(sr, path, false);
}

static void
glob_drop(glob_t *g)
{
	globfree(g);
}

/* Of a pattern the newest name, which is the last. NULL: there is none. */
static const char *
last_path(const struct source *source, const char *pattern)
{
	const char *root = strcmp(source->endpoint, "/") == 0 ? "" : source->endpoint;
	CLEANUP(glob_drop) glob_t g = {0};
	char full[4096];

	if (strchr(pattern, '*') == NULL)
		return pattern;
	if (snprintf(full, sizeof full, "%s%s", root, pattern) >= (int)sizeof full || glob(full, 0, NULL, &g) != 0 ||
	    g.gl_pathc == 0)
		return NULL;
	return arena_strdup(source->arena, g.gl_pathv[g.gl_pathc - 1] + strlen(root));
}

static void
read_files(struct host_reading *rd, enum keeps keeps)
{
	const struct ynode *params = rd->rows->fact->params;
	const struct ynode *files = params != NULL ? yaml_get(params, "files") : NULL;
	struct settings_reading sr = {
	    .rd = rd, .keeps = keeps, .values = params != NULL ? yaml_get(params, "values") : NULL};

	if (files == NULL || files->kind != Y_LIST) {
		rows_end(rd->rows, PS_ERROR, "params.files of %s must be a list", rd->rows->fact->table);
		return;
	}
	rd->rows->read_at = clock_wall_us();
	for (size_t i = 0; i < files->n; i++) {
		const char *pattern = host_entry_text(files->items[i], "path");
		const char *format = host_entry_text(files->items[i], "format");
		const char *path = pattern != NULL ? last_path(rd->source, pattern) : NULL;

		if (path == NULL || format == NULL || take_file(&sr, path, format))
			continue;
		if (!sr.broken)
			rows_end(rd->rows, PS_UNREADABLE, "%s: %s", sr.path, sr.e.msg);
		return;
	}
	rows_end(rd->rows, PS_COMPLETE, "%s", "");
}

/* `settings`: entries of params.files say path (a pattern for nodes) and format: ruby, node or environment. */
void
host_read_settings(struct host_reading *rd)
{
	read_files(rd, KEEPS_SETTINGS);
}

void
host_read_setting_lines(struct host_reading *rd)
{
	read_files(rd, KEEPS_LINES);
}

struct os {
	char id[64], version_id[64], pretty[128];
};

static const char *
os_value(const void *arg, const char *column)
{
	const struct os *os = arg;

	return strcmp(column, "id") == 0 ? os->id : strcmp(column, "version_id") == 0 ? os->version_id : os->pretty;
}

/* NAME=value or NAME="value", as a shell would read it. */
static void
take_assignment(const char *p, size_t n, const char *name, char *out, size_t size)
{
	size_t k = strlen(name);

	if (n <= k || strncmp(p, name, k) != 0 || p[k] != '=')
		return;
	p += k + 1;
	n -= k + 1;
	if (n >= 2 && (*p == '"' || *p == '\'')) {
		p++;
		n -= 2;
	}
	(void)snprintf(out, size, "%.*s", (int)n, p);
}

void
host_read_os(struct host_reading *rd)
{
	const struct ynode *params = rd->rows->fact->params;
	const struct ynode *files = params != NULL ? yaml_get(params, "files") : NULL;
	enum found found = NO_FILE;
	struct os os = {0};
	struct err e;

	for (size_t i = 0; files != NULL && i < files->n && found == NO_FILE; i++)
		if (files->items[i]->kind == Y_SCALAR)
			found = host_read_file(rd, files->items[i]->text);
	rd->rows->read_at = clock_wall_us();
	if (found != FOUND) {
		rows_end(rd->rows, found == NO_FILE ? PS_COMPLETE : PS_UNREADABLE, "%s",
		    found == NO_FILE ? "" : "/etc/os-release cannot be read");
		return;
	}
	for (const char *p = rd->text; *p != '\0';) {
		size_t n = strcspn(p, "\n");

		take_assignment(p, n, "ID", os.id, sizeof os.id);
		take_assignment(p, n, "VERSION_ID", os.version_id, sizeof os.version_id);
		take_assignment(p, n, "PRETTY_NAME", os.pretty, sizeof os.pretty);
		p += n + (p[n] == '\n');
	}
	if (host_add_row(rd, os_value, &os, &e))
		rows_end(rd->rows, PS_COMPLETE, "%s", "");
	else
		rows_end(rd->rows, PS_UNREADABLE, "/etc/os-release: %s", e.msg);
}
