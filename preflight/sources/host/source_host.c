/*
 * The kind of source `host`: the table of its readers, and the versions that GitLab's files name. Reads files
 * below one root directory and executes nothing.
 */
#include "sources/host/source_host.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "sources/host/host_rows.h"
#include "base/text.h"
#include "sources/host/host_files.h"
#include "sources/host/host_logs.h"
#include "sources/host/host_settings.h"
#include "sources/host/host_yaml.h"

static const char *const version_columns[] = {"origin", "path", "version", "edition", "install_method", NULL};
static const char *const setting_columns[] = {"key", "value", "state", "path", "line", NULL};
static const char *const line_columns[] = {"kind", "what", "path", "line", NULL};
static const char *const os_columns[] = {"id", "version_id", "pretty", NULL};
static const char *const value_columns[] = {"key", "value", "path", NULL};
static const char *const yaml_params[] = {"files", "section", "keys", "set", NULL};
static const char *const listing_columns[] = {"path", "name", "bytes", "mode", "changed_at", "number", NULL};
static const char *const space_columns[] = {"path", "free_bytes", "total_bytes", NULL};
static const char *const libc_columns[] = {"version", NULL};
static const char *const processor_columns[] = {"flag", "present", NULL};
static const char *const log_columns[] = {"kind", "database", "migration", "migration_name", "job_class_name",
    "table_name", "column_name", "job_arguments", "state", "constraint_name", "subject", "detail", "path", "line",
    "times", "changed_at", NULL};
static const char *const file_params[] = {"files", NULL};
static const char *const setting_params[] = {"files", "values", NULL};
static const char *const path_params[] = {"paths", NULL};
static const char *const processor_params[] = {"paths", "flags", NULL};

/*
 * `versions`: each file of params.files that exists, and the version it names. An entry says origin,
 * path, install_method, and `json` where the version is a member of a JSON object and not the
 * file's first line; one with `beside` counts only where that file exists too. Of entries for the same
 * path, which stand together, the first that counts is taken.
 * `settings`: the names of the settings in gitlab.rb, with their lines, and in what the last
 * reconfigure resolved; a value only of those that params.values names.
 * `setting_lines`: lines of the same files that could set more than can be told, or are not ASCII.
 * `os_release`: the distribution and its release, by the first file of params.files that is there.
 * `yaml_values`: see host_yaml.c.
 * `listing`, `space`, `libc`, `processor`: see host_files.c. `log_errors`: see host_logs.c.
 */
static const struct reader readers[] = {
    {"versions", version_columns, file_params},
    {"settings", setting_columns, setting_params},
    {"setting_lines", line_columns, file_params},
    {"os_release", os_columns, file_params},
    {"yaml_values", value_columns, yaml_params},
    {"listing", listing_columns, path_params},
    {"space", space_columns, path_params},
    {"libc", libc_columns, path_params},
    {"processor", processor_columns, processor_params},
    {"log_errors", log_columns, path_params},
    {NULL, NULL, NULL},
};

struct version_found {
	const struct ynode *entry;
	char text[200];
};

static bool
take_version(const struct host_reading *rd, const char *member, struct version_found *v)
{
	json_error_t je;
	json_t *all;
	const char *s;

	if (member == NULL) {
		(void)snprintf(v->text, sizeof v->text, "%.*s",
		    (int)(strcspn(rd->text, "\r\n") < 190 ? strcspn(rd->text, "\r\n") : 190), rd->text);
		return v->text[0] != '\0';
	}
	all = json_loadb(rd->text, rd->len, 0, &je);
	s = json_string_value(json_object_get(all, member));
	(void)snprintf(v->text, sizeof v->text, "%.190s", s != NULL ? s : "");
	json_decref(all);
	return v->text[0] != '\0';
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

static const char *
version_value(const void *arg, const char *column)
{
	const struct version_found *v = arg;

	if (strcmp(column, "version") == 0)
		return v->text;
	return strcmp(column, "edition") == 0 ? edition_of(v->text) : host_entry_text(v->entry, column);
}

static void
read_versions(struct host_reading *rd)
{
	const struct ynode *params = rd->rows->fact->params;
	const struct ynode *files = params != NULL ? yaml_get(params, "files") : NULL;
	const char *taken = "";
	struct err e;

	if (files == NULL || files->kind != Y_LIST) {
		rows_end(rd->rows, PS_ERROR, "params.files of %s must be a list", rd->rows->fact->table);
		return;
	}
	rd->rows->read_at = clock_wall_us();
	for (size_t i = 0; i < files->n; i++) {
		struct version_found v = {.entry = files->items[i]};
		const char *path = host_entry_text(v.entry, "path"), *beside = host_entry_text(v.entry, "beside");
		enum found found;

		if (path != NULL && strcmp(path, taken) == 0)
			continue;
		if (beside != NULL && host_read_file(rd, beside) != FOUND)
			continue;
		found = path != NULL ? host_read_file(rd, path) : BROKEN;
		if (found == NO_FILE)
			continue;
		if (found == BROKEN || !take_version(rd, host_entry_text(v.entry, "json"), &v)) {
			rows_end(rd->rows, PS_UNREADABLE,
			    "%s exists, but has no version that can be "
			    "read",
			    path != NULL ? path : "a file without a path");
			return;
		}
		if (!host_add_row(rd, version_value, &v, &e)) {
			rows_end(rd->rows, PS_UNREADABLE, "%s: %s", path, e.msg);
			return;
		}
		taken = path;
	}
	if (rd->rows->n > 0)
		rows_end(rd->rows, PS_COMPLETE, "%s", "");
	else
		rows_end(rd->rows, PS_ABSENT, "none of GitLab's version files is below %s", rd->source->endpoint);
}

static void
collect(const struct run *run, struct sources *all, struct source *s)
{
	void (*const read[])(struct host_reading *) = {read_versions, host_read_settings, host_read_setting_lines,
	    host_read_os, host_read_yaml, host_read_listing, host_read_space, host_read_libc, host_read_processor,
	    host_read_logs};
	struct host_reading rd = {.source = s, .deadline_us = run->deadline_us};

	(void)all;
	(void)snprintf(s->shown, sizeof s->shown, "files below %.150s", s->endpoint);
	s->status = PS_COMPLETE;
	for (size_t i = 0; i < s->n_rows; i++) {
		size_t k = 0;

		while (readers[k].name != NULL && strcmp(readers[k].name, s->rows[i]->fact->from) != 0)
			k++;
		rd.rows = s->rows[i];
		s->reading = s->rows[i]->fact->table;
		read[k](&rd);
		if (rd.rows->status != PS_COMPLETE) {
			s->status = rd.rows->status;
			text_clean_into(s->reason, sizeof s->reason, rd.rows->reason);
		}
	}
}

/* What `hostname` prints here; of files from elsewhere the first line of their own /etc/hostname. */
static const char *
node_name(const struct source *s, struct arena *a)
{
	char name[256] = "";
	const char *text = name;
	struct err e;
	size_t len;

	if (strcmp(s->endpoint, "/") == 0)
		(void)gethostname(name, sizeof name - 1);
	else if (!file_read(a, arena_printf(a, "%s/etc/hostname", s->endpoint), 4096, &text, &len, &e))
		text = "";
	text += strspn(text, " \t");
	len = strcspn(text, " \t\r\n#");
	return len > 0 ? text_clean(a, text, len, 255) : s->part;
}

/* Every path that the declarations name. */
static void
print_paths(const struct ynode *n, const char *root, FILE *f)
{
	if (n->kind == Y_SCALAR && n->text[0] == '/')
		(void)fprintf(f, "  reads %s%s\n", root, n->text);
	for (size_t i = 0; n->kind != Y_SCALAR && i < n->n; i++)
		print_paths(n->items[i], root, f);
}

static void
describe(const struct source *s, FILE *f)
{
	const char *root = strcmp(s->endpoint, "/") == 0 ? "" : s->endpoint;

	for (size_t i = 0; i < s->n_rows; i++)
		if (s->rows[i]->fact->params != NULL)
			print_paths(s->rows[i]->fact->params, root, f);
	(void)fputs("  of files with settings the names are kept, and only the values that the rules name\n", f);
}

const struct source_kind source_host = {
    .name = "host",
    .part_column = "node",
    .readers = readers,
    .collect = collect,
    .describe = describe,
    .part = node_name,
    .over_reader = "log_errors",
    .over_fault = log_patterns_fault,
};

bool
source_host_is_here(const char *root, const struct fact_list *facts)
{
	char full[4096];

	for (size_t i = 0; i < facts->n; i++) {
		const struct fact *f = &facts->items[i];
		const struct ynode *files = strcmp(f->source, "host") == 0 && f->params != NULL &&
			strcmp(f->from, readers[0].name) == 0
		    ? yaml_get(f->params, "files")
		    : NULL;

		for (size_t k = 0; files != NULL && k < files->n; k++) {
			const char *path = host_entry_text(files->items[k], "path");

			if (path != NULL &&
			    snprintf(full, sizeof full, "%s%s", strcmp(root, "/") == 0 ? "" : root, path) <
				(int)sizeof full &&
			    access(full, F_OK) == 0)
				return true;
		}
	}
	return false;
}
