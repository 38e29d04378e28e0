/*
 * Readers of the kind host for directory listings, free space, the C library and the processor. Only names and sizes
 * are read, no contents beyond the version of the C library and the flags of the processor.
 */
#include "sources/host/host_files.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/yaml.h"

#define NUMBER_MAX 20 /* bytes of a file that holds one number */

static const char *
root_of(const struct host_reading *rd)
{
	return strcmp(rd->source->endpoint, "/") == 0 ? "" : rd->source->endpoint;
}

static const struct ynode *
paths_of(struct host_reading *rd)
{
	const struct ynode *params = rd->rows->fact->params;
	const struct ynode *paths = params != NULL ? yaml_get(params, "paths") : NULL;

	if (paths != NULL && paths->kind == Y_LIST)
		return paths;
	rows_end(rd->rows, PS_ERROR, "params.paths of %s must be a list", rd->rows->fact->table);
	return NULL;
}

struct listed {
	const char *path; /* below the root */
	struct stat st;
	char text[32];               /* of the column that was requested last */
	char number[NUMBER_MAX + 2]; /* what the file holds, or empty */
};

static const char *
listed_value(const void *arg, const char *column)
{
	struct listed *l = (struct listed *)(uintptr_t)arg;
	const char *slash = strrchr(l->path, '/');

	if (strcmp(column, "path") == 0)
		return l->path;
	if (strcmp(column, "name") == 0)
		return slash != NULL ? slash + 1 : l->path;
	if (strcmp(column, "number") == 0)
		return l->number[0] != '\0' ? l->number : NULL;
	if (strcmp(column, "bytes") == 0)
		(void)snprintf(l->text, sizeof l->text, "%lld", (long long)l->st.st_size);
	else if (strcmp(column, "mode") == 0)
		(void)snprintf(l->text, sizeof l->text, "%u", (unsigned)(l->st.st_mode & 07777));
	else
		(void)snprintf(l->text, sizeof l->text, "%lld", (long long)l->st.st_mtime * 1000000);
	return l->text;
}

static bool
has_column(const struct fact *f, const char *name)
{
	for (size_t i = 0; i < f->n_columns; i++)
		if (strcmp(f->columns[i].name, name) == 0)
			return true;
	return false;
}

/* A file that holds one whole number; anything else stays empty. */
static void
take_number(struct listed *l, const char *full)
{
	int fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd >= 0 ? read(fd, l->number, NUMBER_MAX) : -1;
	size_t digits;

	if (fd >= 0)
		(void)close(fd);
	l->number[n > 0 ? n : 0] = '\0';
	digits = strspn(l->number, "0123456789");
	if (digits == 0 || digits > 9 || l->number[digits + strspn(l->number + digits, " \r\n")] != '\0')
		digits = 0;
	l->number[digits] = '\0';
}

/* False: the rows are ended. What is gone again since it was listed is not there. */
static bool
add_listed(struct host_reading *rd, const char *full, bool numbers)
{
	struct listed l = {.path = full + strlen(root_of(rd))};
	struct err e;

	if (stat(full, &l.st) != 0) {
		if (errno == ENOENT)
			return true;
		rows_end(rd->rows, PS_UNREADABLE, "%s is there and cannot be looked at: run as root", l.path);
		return false;
	}
	if (numbers && S_ISREG(l.st.st_mode))
		take_number(&l, full);
	if (host_add_row(rd, listed_value, &l, &e))
		return true;
	if (rd->rows->status != PS_TRUNCATED)
		rows_end(rd->rows, PS_UNREADABLE, "%s: %s", l.path, e.msg);
	return false;
}

static void
glob_drop(glob_t *g)
{
	globfree(g);
}

static int
stop_at_error(const char *path, int error)
{
	(void)path;
	return error != ENOENT && error != ENOTDIR;
}

/* `listing`: what matches the patterns of params.paths; no match is a result too. */
void
host_read_listing(struct host_reading *rd)
{
	const struct ynode *paths = paths_of(rd);
	bool numbers = has_column(rd->rows->fact, "number");

	rd->rows->read_at = clock_wall_us();
	for (size_t i = 0; paths != NULL && i < paths->n; i++) {
		CLEANUP(glob_drop) glob_t g = {0};
		char full[4096];
		int rc;

		if (paths->items[i]->kind != Y_SCALAR ||
		    snprintf(full, sizeof full, "%s%s", root_of(rd), paths->items[i]->text) >= (int)sizeof full)
			continue;
		rc = glob(full, GLOB_NOSORT, stop_at_error, &g);
		if (rc != 0 && rc != GLOB_NOMATCH) {
			rows_end(rd->rows, PS_UNREADABLE, "%s is there and cannot be read: run as root",
			    paths->items[i]->text);
			return;
		}
		for (size_t k = 0; k < g.gl_pathc; k++)
			if (!add_listed(rd, g.gl_pathv[k], numbers))
				return;
	}
	if (paths != NULL)
		rows_end(rd->rows, PS_COMPLETE, "%s", "");
}

struct space {
	const char *path;
	struct statvfs at;
	char text[32];
};

static const char *
space_value(const void *arg, const char *column)
{
	struct space *s = (struct space *)(uintptr_t)arg;
	bool all = strcmp(column, "total_bytes") == 0;

	if (strcmp(column, "path") == 0)
		return s->path;
	(void)snprintf(s->text, sizeof s->text, "%llu",
	    (unsigned long long)(all ? s->at.f_blocks : s->at.f_bavail) * (unsigned long long)s->at.f_frsize);
	return s->text;
}

/* `space`: of each directory of params.paths that exists, what its file system has and what of that is free. */
void
host_read_space(struct host_reading *rd)
{
	const struct ynode *paths = paths_of(rd);

	rd->rows->read_at = clock_wall_us();
	for (size_t i = 0; paths != NULL && i < paths->n; i++) {
		struct space s = {.path = paths->items[i]->kind == Y_SCALAR ? paths->items[i]->text : ""};
		char full[4096];
		struct err e;

		if (snprintf(full, sizeof full, "%s%s", root_of(rd), s.path) >= (int)sizeof full)
			continue;
		if (statvfs(full, &s.at) != 0 && (errno == ENOENT || errno == ENOTDIR))
			continue;
		if (s.at.f_frsize == 0) {
			rows_end(rd->rows, PS_UNREADABLE, "%s is there and cannot be looked at: run as root", s.path);
			return;
		}
		if (!host_add_row(rd, space_value, &s, &e)) {
			rows_end(rd->rows, PS_UNREADABLE, "%s: %s", s.path, e.msg);
			return;
		}
	}
	if (paths != NULL)
		rows_end(rd->rows, PS_COMPLETE, "%s", "");
}

static const char *
libc_value(const void *arg, const char *column)
{
	return strcmp(column, "version") == 0 ? arg : "";
}

/*
 * `libc`: the version of the C library of this host, which is not the one that this program brings with it. It
 * stands in the library as text: "GNU C Library (...) stable release version 2.36". No row where it is another.
 */
void
host_read_libc(struct host_reading *rd)
{
	static const char words[] = "release version ";
	const struct ynode *paths = paths_of(rd);
	enum found found = NO_FILE;
	char version[16] = "";
	const char *at;
	struct err e;

	rd->rows->read_at = clock_wall_us();
	for (size_t i = 0; paths != NULL && i < paths->n && found != FOUND; i++)
		if (paths->items[i]->kind == Y_SCALAR)
			found = host_read_file(rd, paths->items[i]->text);
	at = found == FOUND ? memmem(rd->text, rd->len, words, sizeof words - 1) : NULL;
	if (at != NULL)
		(void)snprintf(version, sizeof version, "%.*s", (int)strspn(at + sizeof words - 1, "0123456789."),
		    at + sizeof words - 1);
	while (version[0] != '\0' && version[strlen(version) - 1] == '.')
		version[strlen(version) - 1] = '\0';
	if (version[0] != '\0' && !host_add_row(rd, libc_value, version, &e))
		rows_end(rd->rows, PS_UNREADABLE, "the C library: %s", e.msg);
	else if (paths != NULL)
		rows_end(rd->rows, PS_COMPLETE, "%s", "");
}

struct processor_flag {
	const char *flag;
	bool present;
};

static const char *
processor_value(const void *arg, const char *column)
{
	const struct processor_flag *f = arg;

	return strcmp(column, "flag") == 0 ? f->flag : f->present ? "t" : "f";
}

/* The words behind "flags :" of the first processor, up to the end of the line; NULL: it has none, as on ARM. */
static const char *
processor_flags(struct host_reading *rd)
{
	char *line = rd->text, *end;

	while (line != NULL && (strncmp(line, "flags", 5) != 0 || line[5 + strspn(line + 5, " \t")] != ':')) {
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	end = line != NULL ? strchr(line, '\n') : NULL;
	if (end == NULL)
		return NULL;
	*end = '\0';
	return strchr(line, ':');
}

static bool
has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = text; (p = strstr(p, word)) != NULL; p += n)
		if (strchr(": \t", p[-1]) != NULL && strchr(" \t", p[n]) != NULL) /* also at the end */
			return true;
	return false;
}

/* False: the rows are ended. */
static bool
add_flags(struct host_reading *rd, const char *flags, const struct ynode *wanted)
{
	struct err e;

	for (size_t i = 0; i < wanted->n; i++) {
		const struct processor_flag f = {wanted->items[i]->text, has_word(flags, wanted->items[i]->text)};

		if (!host_add_row(rd, processor_value, &f, &e)) {
			rows_end(rd->rows, PS_UNREADABLE, "the processor: %s", e.msg);
			return false;
		}
	}
	return true;
}

/* `processor`: whether an x86 processor has each flag of params.flags. No row where it is another, or not told. */
void
host_read_processor(struct host_reading *rd)
{
	const struct ynode *paths = paths_of(rd);
	const struct ynode *wanted = paths != NULL ? yaml_get(rd->rows->fact->params, "flags") : NULL;
	enum found found = NO_FILE;
	const char *flags;

	rd->rows->read_at = clock_wall_us();
	for (size_t i = 0; paths != NULL && i < paths->n && found == NO_FILE; i++)
		if (paths->items[i]->kind == Y_SCALAR)
			found = host_read_file(rd, paths->items[i]->text);
	flags = found == FOUND ? processor_flags(rd) : NULL;
	if (found == BROKEN)
		rows_end(rd->rows, PS_UNREADABLE, "the description of the processor exists, but cannot be read");
	else if (paths != NULL && (flags == NULL || wanted == NULL || add_flags(rd, flags, wanted)))
		rows_end(rd->rows, PS_COMPLETE, "%s", "");
}
