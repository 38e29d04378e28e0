/*
 * Keeps the history of unfinished work: one file for each instance, one line for each piece of work and look. Reading
 * it is the matter of sources/history; what counts as work is that of the rules (view `work`).
 */
#include "discovery/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "sources/history/history_line.h"

#define SPACING_US ((int64_t)300 * 1000000)
#define LOCK_TRIES 20
#define LOCK_PAUSE_US 100000

static const struct sql work_query = {
    .text = "SELECT w.read_at AS at, w.kind, w.name, w.remaining, w.due_at, v.version AS structure"
	    " FROM work AS w CROSS JOIN work_structure AS v ORDER BY w.kind, w.name"};

/* A label as part of a file name. */
static char *
file_word(struct arena *a, const char *label)
{
	char *word = arena_strdup(a, label != NULL && label[0] != '\0' ? label : "gitlab");

	for (char *c = word; *c != '\0'; c++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", *c) == NULL)
			*c = '-';
	return word;
}

bool
history_path(struct arena *a, const char *dir, const char *label, const char *endpoint, const char **out, struct err *e)
{
	char host[256] = "", digest[65];
	const char *store;
	struct stat st;

	if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode))
		return fail(e, NOWHERE, "%s is not a directory: create it first", dir);
	if (access(dir, W_OK | X_OK) != 0)
		return fail(e, NOWHERE, "%s: no file can be written there: %s", dir, strerror(errno));
	(void)gethostname(host, sizeof host - 1); /* a socket is one of this host */
	store = arena_printf(a, "%s\n%s", host, endpoint);
	sha256_hex(store, strlen(store), digest);
	*out = arena_printf(a, "%s/%s-%.12s.jsonl", dir, file_word(a, label), digest);
	return true;
}

static struct cell
result_cell(const struct result *r, size_t row, const char *column, enum col_type type)
{
	int c = result_column(r, column);

	if (c < 0 || result_text(r, row, c) == NULL)
		return (struct cell){.kind = CELL_NULL};
	return type == T_TEXT ? cell_text(result_text(r, row, c))
			      : cell_int(r->numbers[row * r->n_columns + (size_t)c]);
}

struct rows *
history_rows(const struct instance *inst, const char *look)
{
	const struct fact *f = fact_find(&inst->set->facts, "sample");
	struct cell cells[HISTORY_COLUMNS];
	struct result result;
	struct rows *r;
	struct err e;

	if (f == NULL || f->n_columns > HISTORY_COLUMNS)
		return NULL;
	if (!sqldb_query(inst->db, &work_query, inst->arena, &result, &e)) {
		log_warning("unfinished work cannot be kept: %s", e.msg);
		return NULL;
	}
	r = rows_new(f, look);
	for (size_t i = 0; i < result.n; i++) {
		for (size_t c = 0; c < f->n_columns; c++)
			cells[c] = result_cell(&result, i, f->columns[c].name, f->columns[c].type);
		if (!rows_add(r, cells, &e)) {
			rows_end(r, PS_ERROR, "%s", e.msg);
			return r;
		}
	}
	rows_end(r, PS_COMPLETE, "%s", "");
	return r;
}

/* Whether the file has a look that is less than five minutes old. */
static bool
is_too_soon(const struct instance *inst, const struct fact *f)
{
	const struct rows *earlier = snapshot_find(inst->snapshot, f, "earlier");
	int at = fact_column_find(f, "at");

	for (size_t i = 0; earlier != NULL && at >= 0 && i < earlier->n; i++) {
		int64_t age = inst->newest - earlier->items[i][at].i;

		if (age >= 0 && age < SPACING_US)
			return true;
	}
	return false;
}

/* The file, locked; whoever holds it writes a few lines. -1: not within two seconds, with errno. */
static int
open_locked(const char *path)
{
	struct stat mine, there;
	int fd = -1;

	for (int i = 0; i < LOCK_TRIES; i++) {
		fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0)
			return -1;
		/* It may have been replaced since it was opened. */
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &mine) == 0 && stat(path, &there) == 0 &&
		    mine.st_ino == there.st_ino && mine.st_dev == there.st_dev)
			return fd;
		(void)close(fd);
		(void)usleep(LOCK_PAUSE_US);
	}
	errno = EWOULDBLOCK;
	return -1;
}

/* Leaves the newer half of the lines in a new file of the same name. */
static bool
shorten(const char *path, struct arena *a, struct err *e)
{
	const char *text, *from, *new = arena_printf(a, "%s.new", path);
	size_t len;
	FILE *f;
	bool ok;

	if (!file_read(a, path, 2 * HISTORY_MAX, &text, &len, e))
		return false;
	from = memchr(text + len / 2, '\n', len - len / 2);
	from = from != NULL ? from + 1 : text + len;
	f = fopen(new, "we");
	if (f == NULL)
		return fail(e, NOWHERE, "%s: %s", new, strerror(errno));
	ok = fchmod(fileno(f), 0600) == 0 &&
	    fwrite(from, 1, (size_t)(text + len - from), f) == (size_t)(text + len - from);
	ok = fclose(f) == 0 && ok;
	if (ok && rename(new, path) == 0)
		return true;
	(void)unlink(new);
	return fail(e, NOWHERE, "%s cannot be written", new);
}

/* After a line that was torn by a full disk or a crash the next one begins on its own. */
static bool
ends_in_line(int fd, off_t size)
{
	char last;

	return size == 0 || (pread(fd, &last, 1, size - 1) == 1 && last == '\n');
}

static bool
write_lines(const char *path, const struct buf *lines, struct arena *a, struct err *e)
{
	struct stat st;
	int fd = open_locked(path);
	bool ok;

	if (fd < 0)
		return fail(e, NOWHERE, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) == 0 && (size_t)st.st_size + lines->len > HISTORY_MAX) {
		ok = shorten(path, a, e);
		(void)close(fd);
		if (!ok)
			return false;
		fd = open_locked(path);
	}
	ok = fd >= 0 && fstat(fd, &st) == 0 && (ends_in_line(fd, st.st_size) || write(fd, "\n", 1) == 1) &&
	    write(fd, lines->p, lines->len) == (ssize_t)lines->len;
	if (fd >= 0)
		(void)close(fd);
	return ok || fail(e, NOWHERE, "%s cannot be written whole: %s", path, strerror(errno));
}

static void
append(const char *path, const struct instance *inst)
{
	struct rows *r = history_rows(inst, "earlier");
	struct buf lines;
	struct err e;

	if (r == NULL)
		return;
	buf_init(&lines, HISTORY_MAX / 2);
	for (size_t i = 0; i < r->n; i++) {
		CLEANUP(free_ptr) char *line = history_line_write(r->fact, r->items[i]);

		buf_printf(&lines, "%s\n", line != NULL ? line : "");
	}
	if (lines.len > 0 && !lines.over && !is_too_soon(inst, r->fact) && !write_lines(path, &lines, inst->arena, &e))
		log_warning("--history: %s", e.msg);
	buf_free(&lines);
	rows_free(r);
}

void
history_keep(const struct source *sources, size_t n, const struct instance *inst)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(sources[i].id, HISTORY_SOURCE) == 0)
			append(sources[i].endpoint, inst);
}
