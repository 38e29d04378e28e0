#include "source_host.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"

#define FILE_MAX 1048576             /* version-manifest.json has some 100 KiB */

static const char *const version_columns[] = {"origin", "path", "version", "edition", "install_method",
    NULL};
static const char *const version_params[] = {"files", NULL};

/*
 * `versions`: each file of params.files that exists, and the version it names. An entry says origin,
 * path, install_method, and `json` where the version is a member of a JSON object and not the
 * file's first line.
 */
static const struct reader readers[] = {
	{"versions", version_columns, version_params},
	{NULL, NULL, NULL},
};

enum found { FOUND, NO_FILE, BROKEN };

struct reading {
	const struct source *source;
	struct rows *rows;
	char text[FILE_MAX + 1];
	size_t len;
	char version[200];
};

/* Whole file, never a device or a pipe that would keep us waiting. */
static enum found
read_file(struct reading *rd, const char *path)
{
	char full[4096];
	struct stat st;
	ssize_t n;
	int fd;

	if (snprintf(full, sizeof full, "%s%s", strcmp(rd->source->endpoint, "/") == 0 ? "" :
	    rd->source->endpoint, path) >= (int)sizeof full)
		return BROKEN;
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? NO_FILE : BROKEN;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		(void)close(fd);
		return BROKEN;
	}
	n = read(fd, rd->text, (size_t)st.st_size);
	(void)close(fd);
	rd->len = n > 0 ? (size_t)n : 0;
	rd->text[rd->len] = '\0';
	return n == st.st_size ? FOUND : BROKEN;
}

static const char *
entry_text(const struct ynode *entry, const char *key)
{
	const struct ynode *node = yaml_get(entry, key);

	return node != NULL && node->kind == Y_SCALAR ? node->text : NULL;
}

static bool
take_version(struct reading *rd, const char *member)
{
	json_error_t je;
	json_t *all;
	const char *s;

	if (member == NULL) {
		(void)snprintf(rd->version, sizeof rd->version, "%.*s",
		    (int)(strcspn(rd->text, "\r\n") < 190 ? strcspn(rd->text, "\r\n") : 190), rd->text);
		return rd->version[0] != '\0';
	}
	all = json_loadb(rd->text, rd->len, 0, &je);
	s = json_string_value(json_object_get(all, member));
	(void)snprintf(rd->version, sizeof rd->version, "%.190s", s != NULL ? s : "");
	json_decref(all);
	return rd->version[0] != '\0';
}

/* "14.1.8-ee", "14.1.8+ee.0": the edition that the version names, else what its package means. */
static const char *
edition_of(const char *version)
{
	size_t n = strcspn(version, "-+");

	if (version[n] == '\0')
		return "";
	return strstr(version + n, "ee") != NULL ? "ee" : strstr(version + n, "ce") != NULL ? "ce" : "";
}

static bool
add_row(struct reading *rd, const struct ynode *entry, struct err *e)
{
	const struct fact *f = rd->rows->fact;
	struct cell cells[nitems(version_columns)] = {0};

	for (size_t i = 0; i < f->n_columns; i++) {
		const char *name = f->columns[i].name;
		const char *text = strcmp(name, "version") == 0 ? rd->version :
		    strcmp(name, "edition") == 0 ? edition_of(rd->version) : entry_text(entry, name);

		if (!cell_from_text(&f->columns[i], text != NULL ? text : "", &cells[i], e))
			return false;
	}
	return rows_add(rd->rows, cells, e);
}

static void
read_versions(struct reading *rd)
{
	const struct ynode *params = rd->rows->fact->params;
	const struct ynode *files = params != NULL ? yaml_get(params, "files") : NULL;
	struct err e;

	if (files == NULL || files->kind != Y_LIST) {
		rows_end(rd->rows, PS_ERROR, "params.files of %s must be a list", rd->rows->fact->table);
		return;
	}
	rd->rows->read_at = clock_wall_us();
	for (size_t i = 0; i < files->n; i++) {
		const struct ynode *entry = files->items[i];
		const char *path = entry_text(entry, "path");
		enum found found = path != NULL ? read_file(rd, path) : BROKEN;

		if (found == NO_FILE)
			continue;
		if (found == BROKEN || !take_version(rd, entry_text(entry, "json"))) {
			rows_end(rd->rows, PS_UNREADABLE, "%s is there, but holds no version that can be "
			    "read", path != NULL ? path : "a file without a path");
			return;
		}
		if (!add_row(rd, entry, &e)) {
			rows_end(rd->rows, PS_UNREADABLE, "%s: %s", path, e.msg);
			return;
		}
	}
	if (rd->rows->n > 0)
		rows_end(rd->rows, PS_COMPLETE, "%s", "");
	else
		rows_end(rd->rows, PS_ABSENT, "none of GitLab's version files is below %s",
		    rd->source->endpoint);
}

static void
collect(const struct run *run, struct sources *all, struct source *s)
{
	struct reading *rd = arena_alloc(s->arena, sizeof *rd);

	(void)run;
	(void)all;
	*rd = (struct reading){.source = s};
	(void)snprintf(s->shown, sizeof s->shown, "files below %.150s", s->endpoint);
	s->status = PS_COMPLETE;
	for (size_t i = 0; i < s->n_rows; i++) {
		rd->rows = s->rows[i];
		read_versions(rd);
		if (rd->rows->status != PS_COMPLETE) {
			s->status = rd->rows->status;
			text_clean_into(s->reason, sizeof s->reason, rd->rows->reason);
		}
	}
}

const struct source_kind source_host = {"host", "node", readers, collect};

bool
source_host_is_here(const char *root, const struct ruleset *set)
{
	char full[4096];

	for (size_t i = 0; i < set->facts.n; i++) {
		const struct fact *f = &set->facts.items[i];
		const struct ynode *files = strcmp(f->source, "host") == 0 && f->params != NULL ?
		    yaml_get(f->params, "files") : NULL;

		for (size_t k = 0; files != NULL && k < files->n; k++) {
			const char *path = entry_text(files->items[k], "path");

			if (path != NULL && snprintf(full, sizeof full, "%s%s",
			    strcmp(root, "/") == 0 ? "" : root, path) < (int)sizeof full &&
			    access(full, F_OK) == 0)
				return true;
		}
	}
	return false;
}
