/*
 * The reader `log_errors`: known errors in the newest logs of db:migrate and reconfigure. Only what the patterns of
 * the rules capture is kept, never a line of a log.
 */
#include "sources/host/host_logs.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define PIECE ((size_t)256 * 1024)

struct placed_error {
	const struct log_error *error;
	const char *path;
	int64_t changed_at;
};

static struct cell
placed_cell(const struct placed_error *p, const char *column)
{
	for (int i = 0; i < LF_N; i++)
		if (strcmp(log_field_name[i], column) == 0)
			return cell_text(p->error->fields[i]);
	if (strcmp(column, "path") == 0)
		return cell_text(p->path);
	if (strcmp(column, "changed_at") == 0)
		return cell_time(p->changed_at);
	return cell_int(strcmp(column, "line") == 0 ? p->error->line : p->error->times);
}

bool
host_add_log_errors(
    struct rows *r, const struct log_errors *errors, const char *path, int64_t changed_at, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct cell *cells = arena_alloc(a, (r->fact->n_columns + 1) * sizeof *cells);

	for (size_t i = 0; i < errors->n; i++) {
		const struct placed_error p = {&errors->items[i], path, changed_at};

		for (size_t c = 0; c < r->fact->n_columns; c++)
			cells[c] = placed_cell(&p, r->fact->columns[c].name);
		if (!rows_add(r, cells, e))
			return false;
	}
	return true;
}

bool
log_scan_file(struct log_scan *s, int fd, const char *name, int64_t deadline_us, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	char *piece = arena_alloc(a, PIECE);
	ssize_t n;

	while ((n = read(fd, piece, PIECE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(e, NOWHERE, "cannot read %.300s: %s", name, strerror(errno));
		log_scan_feed(s, piece, (size_t)n);
		if (deadline_us > 0 && clock_mono_us() > deadline_us)
			return fail(e, NOWHERE, "%.300s is too large to be read before --timeout expired", name);
	}
	return true;
}

const char *
newest_file(struct arena *a, const char *pattern, int64_t *changed_at)
{
	const char *newest = NULL;
	struct stat st;
	glob_t g = {0};

	*changed_at = 0;
	if (glob(pattern, 0, NULL, &g) == 0)
		for (size_t i = 0; i < g.gl_pathc; i++) {
			int64_t at;

			if (stat(g.gl_pathv[i], &st) != 0 || !S_ISREG(st.st_mode))
				continue;
			at = (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
			if (newest == NULL || at >= *changed_at) {
				newest = arena_strdup(a, g.gl_pathv[i]);
				*changed_at = at;
			}
		}
	globfree(&g);
	return newest;
}

/* The newest log of one pattern; false: the rows are ended. */
static bool
read_newest(struct host_reading *rd, const char *pattern)
{
	CLEANUP(log_scan_drop) struct log_scan *s = NULL;
	const char *root = strcmp(rd->source->endpoint, "/") == 0 ? "" : rd->source->endpoint;
	struct arena *a = rd->source->arena;
	int64_t changed_at;
	const char *path = newest_file(a, arena_printf(a, "%s%s", root, pattern), &changed_at);
	struct err e;
	bool ok;
	int fd;

	if (path == NULL)
		return true;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		rows_end(rd->rows, PS_UNREADABLE, "%s exists and cannot be read: run as root", path + strlen(root));
		return false;
	}
	s = log_scan_new(rd->rows->fact->over);
	ok = log_scan_file(s, fd, path + strlen(root), rd->deadline_us, &e);
	(void)close(fd);
	ok = ok && host_add_log_errors(rd->rows, log_scan_end(s), path + strlen(root), changed_at, &e);
	if (!ok && rd->rows->status != PS_TRUNCATED)
		rows_end(rd->rows, PS_UNREADABLE, "%s", e.msg);
	return ok;
}

void
host_read_logs(struct host_reading *rd)
{
	const struct ynode *params = rd->rows->fact->params;
	const struct ynode *paths = params != NULL ? yaml_get(params, "paths") : NULL;

	if (paths == NULL || paths->kind != Y_LIST) {
		rows_end(rd->rows, PS_ERROR, "params.paths of %s must be a list", rd->rows->fact->table);
		return;
	}
	rd->rows->read_at = clock_wall_us();
	for (size_t i = 0; i < paths->n; i++)
		if (paths->items[i]->kind == Y_SCALAR && !read_newest(rd, paths->items[i]->text))
			return;
	rows_end(rd->rows, PS_COMPLETE, "%s", "");
}
