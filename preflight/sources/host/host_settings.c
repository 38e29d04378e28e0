/*
 * Readers of the kind host for the names of settings in gitlab.rb and its relatives, and for the operating system.
 * Keeps names and lines, never values, because secrets are among them.
 */
#include "sources/host/host_rows.h"

#include <glob.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/yaml.h"

#define KEY_MAX 200
#define DEPTH_MAX 4 /* gitaly.configuration.git.bin_path */

/* A setting by its name; values are never kept, because secrets are among them. */
struct setting {
	char key[KEY_MAX]; /* "gitaly.storage", "git_data_dirs" */
	const char *path;
	char line[16];
};

static const char *
setting_value(const void *arg, const char *column)
{
	const struct setting *s = arg;

	return strcmp(column, "key") == 0 ? s->key : strcmp(column, "path") == 0 ? s->path : s->line;
}

static size_t
name_length(const char *p)
{
	return strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
}

/* gitaly['storage'] = ..., git_data_dirs(...), external_url '...': the name, with a dot for the bracket. */
static bool
ruby_name(const char *p, char key[KEY_MAX])
{
	size_t n, m;
	const char *q;

	p += strspn(p, " \t");
	n = name_length(p);
	if (n == 0 || n >= KEY_MAX / 2 || (*p >= '0' && *p <= '9'))
		return false;
	q = p + n;
	if (q[0] == '[' && (q[1] == '\'' || q[1] == '"' || q[1] == ':')) {
		m = name_length(q + 2);
		if (m == 0 || m >= KEY_MAX / 2)
			return false;
		(void)snprintf(key, KEY_MAX, "%.*s.%.*s", (int)n, p, (int)m, q + 2);
		return true;
	}
	/* A word alone could be any Ruby; one with an argument is a setting. */
	if (*q != '(' && !(*q == ' ' && (q[1] == '\'' || q[1] == '"' || q[1] == '[' || q[1] == '(')))
		return false;
	(void)snprintf(key, KEY_MAX, "%.*s", (int)n, p);
	return true;
}

/* GitLab counts nil and an empty hash as not set. */
static bool
has_no_value(const char *p, size_t len)
{
	const char *value = memchr(p, '=', len);
	char word[8] = "";

	if (value == NULL || sscanf(value + 1, " %7[^ \t\r\n#]", word) != 1)
		return false;
	return strcmp(word, "nil") == 0 || strcmp(word, "{}") == 0;
}

/* To switch off a service that is gone is allowed for some, so that is told: "unicorn.enable (off)". */
static void
mark_off(const char *p, size_t len, char key[KEY_MAX])
{
	const char *value = memchr(p, '=', len);
	size_t n = strlen(key);
	char word[8] = "";

	if (value != NULL && n > 7 && strcmp(key + n - 7, ".enable") == 0 && n + 7 < KEY_MAX &&
	    sscanf(value + 1, " %7[a-z]", word) == 1 && strcmp(word, "false") == 0)
		memcpy(key + n, " (off)", sizeof " (off)");
}

static bool
starts(const char *p, const char *word)
{
	return strncmp(p, word, strlen(word)) == 0;
}

static bool
has_high_byte(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)p[i] >= 0x80)
			return true;
	return false;
}

static bool
take_ruby(struct host_reading *rd, const char *path, struct err *e)
{
	struct setting s = {.path = path};
	unsigned line = 1;
	bool comment = false, ended = false;

	for (const char *p = rd->text; *p != '\0'; line++) {
		size_t n = strcspn(p, "\n");

		comment = starts(p, "=begin") || (comment && !starts(p, "=end"));
		ended = ended || starts(p, "__END__");

		(void)snprintf(s.line, sizeof s.line, "%u", line);
		if (path[0] == '/' && has_high_byte(p, n)) { /* of the file, it is Sidekiq that minds */
			(void)snprintf(s.key, sizeof s.key, "(not ASCII)");
			if (!host_add_row(rd, setting_value, &s, e))
				return false;
		}
		if (!comment && !ended && ruby_name(p, s.key) && !has_no_value(p, n)) {
			mark_off(p, n, s.key);
			if (!host_add_row(rd, setting_value, &s, e))
				return false;
		}
		p += n + (p[n] == '\n');
	}
	return true;
}

static bool
is_set(const json_t *v)
{
	return !json_is_null(v) && !(json_is_object(v) && json_object_size(v) == 0) &&
	    !(json_is_array(v) && json_array_size(v) == 0);
}

/* Inner levels are named with dots; the level that only groups, gitlab or monitoring, is left out. */
static bool
take_object(struct host_reading *rd, const char *path, const char *prefix, const json_t *o, int depth, struct err *e)
{
	struct setting s = {.path = path, .line = "0"};
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)o, name, v)
	{
		bool groups = depth == 0 && (strcmp(name, "gitlab") == 0 || strcmp(name, "monitoring") == 0);

		if (!is_set(v) ||
		    snprintf(s.key, sizeof s.key, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", groups ? "" : name) >=
			(int)sizeof s.key)
			continue;
		for (char *p = s.key; *p != '\0'; p++)
			*p = *p == '-' ? '_' : *p;
		if (!groups && !host_add_row(rd, setting_value, &s, e))
			return false;
		if (json_is_object(v) && depth < DEPTH_MAX &&
		    !take_object(rd, path, groups ? "" : s.key, v, groups ? 1 : depth + 1, e))
			return false;
	}
	return true;
}

static bool
take_node(struct host_reading *rd, const char *path, struct err *e)
{
	json_error_t je;
	json_t *all = json_loadb(rd->text, rd->len, 0, &je);
	const json_t *normal = json_object_get(all, "normal");
	bool ok = json_is_object(normal) ? take_object(rd, path, "", normal, 0, e)
					 : fail(e, NOWHERE, "it has no object \"normal\"");

	json_decref(all);
	return ok;
}

/* Statements of Ruby may stand on one line; each gets one of its own. */
static void
break_statements(char *p)
{
	char quote = '\0';

	for (; *p != '\0'; p++)
		if (*p == '\n')
			quote = '\0';
		else if (quote != '\0')
			quote = *p == quote ? '\0' : quote;
		else if (*p == '#')
			p += strcspn(p, "\n") - 1;
		else if (*p == '\'' || *p == '"')
			quote = *p;
		else if (*p == ';')
			*p = '\n';
}

/*
 * The settings that Docker's environment gives to GitLab, from that of the container's first process. Who may not
 * look at it, or shares only the container's volumes, sees none of them: it is no fault on other hosts.
 */
static bool
take_environment(struct host_reading *rd, const char *path, struct err *e)
{
	static const char name[] = "GITLAB_OMNIBUS_CONFIG=";
	const char *end;

	if (host_read_file(rd, path) != FOUND)
		return true;
	end = rd->text + rd->len;
	for (char *p = rd->text; p < end; p += strlen(p) + 1)
		if (strncmp(p, name, sizeof name - 1) == 0) {
			rd->text = p + sizeof name - 1;
			rd->len = strlen(rd->text);
			break_statements(rd->text);
			return take_ruby(rd, "GITLAB_OMNIBUS_CONFIG", e);
		}
	return true;
}

/* False: the rows are ended. */
static bool
take_file(struct host_reading *rd, const char *path, bool node)
{
	struct err e;

	switch (host_read_file(rd, path)) {
	case NO_FILE:
		return true;
	case BROKEN:
		rows_end(rd->rows, PS_UNREADABLE, "%s is there and cannot be read: run as root", path);
		return false;
	case FOUND:
		break;
	}
	if (node ? take_node(rd, path, &e) : take_ruby(rd, path, &e))
		return true;
	rows_end(rd->rows, PS_UNREADABLE, "%s: %s", path, e.msg);
	return false;
}

static void
glob_drop(glob_t *g)
{
	globfree(g);
}

/* A pattern below the root; the newest name is the last. */
static bool
take_last(struct host_reading *rd, const char *pattern, bool node)
{
	const char *root = strcmp(rd->source->endpoint, "/") == 0 ? "" : rd->source->endpoint;
	CLEANUP(glob_drop) glob_t g = {0};
	char full[4096];

	if (snprintf(full, sizeof full, "%s%s", root, pattern) >= (int)sizeof full || glob(full, 0, NULL, &g) != 0 ||
	    g.gl_pathc == 0)
		return true;
	return take_file(rd, arena_strdup(rd->source->arena, g.gl_pathv[g.gl_pathc - 1] + strlen(root)), node);
}

/* `settings`: entries of params.files say path (a pattern for nodes) and format: ruby, node or environment. */
void
host_read_settings(struct host_reading *rd)
{
	const struct ynode *params = rd->rows->fact->params;
	const struct ynode *files = params != NULL ? yaml_get(params, "files") : NULL;

	if (files == NULL || files->kind != Y_LIST) {
		rows_end(rd->rows, PS_ERROR, "params.files of %s must be a list", rd->rows->fact->table);
		return;
	}
	rd->rows->read_at = clock_wall_us();
	for (size_t i = 0; i < files->n; i++) {
		const char *path = host_entry_text(files->items[i], "path");
		const char *format = host_entry_text(files->items[i], "format");
		bool node = format != NULL && strcmp(format, "node") == 0;
		struct err e;

		if (path != NULL && format != NULL && strcmp(format, "environment") == 0) {
			if (take_environment(rd, path, &e))
				continue;
			rows_end(rd->rows, PS_UNREADABLE, "GITLAB_OMNIBUS_CONFIG: %s", e.msg);
			return;
		}
		if (path != NULL && !take_last(rd, path, node))
			return;
	}
	rows_end(rd->rows, PS_COMPLETE, "%s", "");
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
