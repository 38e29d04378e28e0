/*
 * Reads a bundle into memory (tar.gz, zip or directory) with limits on size, number and names, because anybody may
 * have made it. Writes nothing to disk and does not interpret the files.
 */
#include "bundle/bundle_read.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "bundle/bundle_limits.h"
#include "base/text.h"
#include "bundle/archives.h"
#include "bundle/bundle_check.h"
#include "bundle/bundle_zip.h"

#define SHOWN 120               /* bytes of a foreign name in a message */
#define TAR_END ((int64_t)1024) /* zero bytes, at least, that end a tar archive */
#define GZIP_END 8              /* CRC-32 and length, at the end of a gzip stream */

struct archive_reading {
	struct arena *arena;
	struct bundle *out;
	size_t entries, bytes; /* seen so far; the second as announced, which is checked */
	size_t packed;         /* bytes of the archive, or 0 for a directory */
	struct texts folders;  /* below the top folder */
};

/*
 * A gzip stream while libarchive unpacks it, which looks neither at the check sum nor at the length
 * nor at what follows the end of the tar archive inside.
 */
struct unpacking {
	struct archive *gzip;
	uint32_t crc;
	int64_t len;   /* unpacked so far */
	int64_t solid; /* up to here; then only zero bytes */
};

static void
fd_drop(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static bool
unsafe(struct err *e, const char *what, const char *name)
{
	char shown[SHOWN];

	text_clean_into(shown, sizeof shown, name != NULL ? name : "(not readable)");
	return fail(e, NOWHERE, "%s: %s", what, shown);
}

static bool
damaged(struct archive *in, struct err *e)
{
	const char *why = archive_error_string(in);

	return unsafe(e, "the archive is cut or damaged", why != NULL ? why : "unexpected end");
}

/* Before anything of it is read: there is room for the file, and its name is a new one. */
static bool
admit(struct archive_reading *rd, const char *path, int64_t len, struct err *e)
{
	const struct members *m = &rd->out->members;

	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->items[i].path, path) == 0)
			return fail(e, NOWHERE, "it contains two files called %s", path);
		else if (bundle_paths_clash(m->items[i].path, path))
			return fail(e, NOWHERE, "it contains both %s and %s: not every file system can",
			    m->items[i].path, path);
	if (len < 0 || (uint64_t)len > BUNDLE_FILE_MAX)
		return fail(e, NOWHERE, "%s is larger than %zu MiB", path, BUNDLE_FILE_MAX >> 20);
	rd->bytes += (size_t)len;
	if (rd->bytes > BUNDLE_MAX)
		return fail(e, NOWHERE, "its files are larger than %zu MiB together", BUNDLE_MAX >> 20);
	if (rd->packed > 0 && !bundle_ratio_ok(rd->bytes, rd->packed))
		return fail(e, NOWHERE, "it would unpack to more than %zu times its size", BUNDLE_RATIO_MAX);
	return true;
}

static bool
count_entry(struct archive_reading *rd, struct err *e)
{
	return ++rd->entries <= BUNDLE_ENTRIES_MAX ||
	    fail(e, NOWHERE, "it contains more than %zu entries", BUNDLE_ENTRIES_MAX);
}

static void
add_member(struct archive_reading *rd, const char *path, const char *data, size_t len)
{
	struct member m = {.path = arena_strdup(rd->arena, path), .data = data, .len = len};

	ARENA_PUSH(rd->arena, &rd->out->members, m);
}

/* Exactly as many bytes as the entry announced. */
static bool
read_data(struct archive_reading *rd, struct archive *in, const char *path, size_t len, struct err *e)
{
	char *data = arena_alloc(rd->arena, len + 1), more;
	size_t got = 0;
	la_ssize_t n = 1;

	while (got < len && n > 0) {
		n = archive_read_data(in, data + got, len - got);
		if (n < 0)
			return damaged(in, e);
		got += (size_t)n;
	}
	n = archive_read_data(in, &more, 1);
	if (n < 0)
		return damaged(in, e);
	if (got != len || n != 0)
		return unsafe(e, "the archive is cut or damaged: a file has another size than announced", path);
	add_member(rd, path, data, len);
	return true;
}

/* Every entry is below one folder, and `path` is the rest. */
static bool
skip_top(struct archive_reading *rd, const char **path, struct err *e)
{
	size_t n = strcspn(*path, "/");

	if (rd->out->top[0] == '\0')
		rd->out->top = arena_strndup(rd->arena, *path, n);
	if (strlen(rd->out->top) != n || strncmp(rd->out->top, *path, n) != 0)
		return unsafe(e, "it contains more than one top folder: the second is", *path);
	*path += n + ((*path)[n] == '/' ? 1 : 0);
	return true;
}

/* The name without the slash that ends a folder's, or NULL. */
static const char *
safe_name(struct archive_reading *rd, struct archive_entry *en, struct err *e)
{
	const char *given = archive_entry_pathname(en), *path = given, *inside;
	size_t n = given != NULL ? strlen(given) : 0;

	if (n > 1 && given[n - 1] == '/' && archive_entry_filetype(en) == AE_IFDIR)
		path = arena_strndup(rd->arena, given, n - 1);
	inside = n > 0 ? strchr(path, '/') : NULL;
	if (n > 0 && inside == NULL && bundle_path_ok(path))
		return path;
	if (inside != NULL && inside > path && bundle_path_ok(inside + 1) &&
	    bundle_path_ok(arena_strndup(rd->arena, path, (size_t)(inside - path))))
		return path;
	(void)unsafe(e, "it contains a file with an unsafe name", given);
	return NULL;
}

static bool
read_entry(struct archive_reading *rd, struct archive *in, struct archive_entry *en, struct err *e)
{
	const char *path = safe_name(rd, en, e);

	if (path == NULL)
		return false;
	if (archive_entry_hardlink(en) != NULL || archive_entry_symlink(en) != NULL ||
	    (archive_entry_filetype(en) != AE_IFREG && archive_entry_filetype(en) != AE_IFDIR))
		return unsafe(e, "it contains something that is neither a file nor a folder", path);
	if (archive_entry_sparse_count(en) > 0 || !archive_entry_size_is_set(en))
		return unsafe(e, "it contains a file with holes or without a size", path);
	if (!skip_top(rd, &path, e))
		return false;
	if (archive_entry_filetype(en) == AE_IFDIR) {
		if (path[0] != '\0')
			ARENA_PUSH(rd->arena, &rd->folders, arena_strdup(rd->arena, path));
		return true;
	}
	if (path[0] == '\0')
		return unsafe(e, "it contains a file outside of a top folder", rd->out->top);
	return admit(rd, path, archive_entry_size(en), e) && read_data(rd, in, path, (size_t)archive_entry_size(en), e);
}

static bool
read_entries(struct archive_reading *rd, struct archive *in, struct err *e)
{
	CLEANUP(archive_entry_drop) struct archive_entry *en = archive_entry_new2(in);
	int rc;

	if (en == NULL)
		return fail(e, NOWHERE, "there is no memory for an entry of the archive");
	while ((rc = archive_read_next_header2(in, en)) == ARCHIVE_OK)
		if (!count_entry(rd, e) || !read_entry(rd, in, en, e))
			return false;
	if (rc != ARCHIVE_EOF)
		return damaged(in, e);
	return rd->out->members.n > 0 || fail(e, NOWHERE, "it contains no file");
}

static bool
read_zip(struct archive_reading *rd, unsigned char *p, struct err *e)
{
	CLEANUP(archive_drop) struct archive *in = archive_read_new();

	rd->out->form = BF_ZIP;
	if (!zip_walk(p, rd->packed, -1, e))
		return false;
	if (in == NULL || archive_read_support_format_zip_seekable(in) != ARCHIVE_OK ||
	    archive_read_open_memory(in, p, rd->packed) != ARCHIVE_OK)
		return fail(e, NOWHERE, "libarchive cannot read a zip archive");
	return read_entries(rd, in, e);
}

/* A piece of the tar archive, for the reader of that. */
static la_ssize_t
unpack(struct archive *in, void *data, const void **piece)
{
	struct unpacking *u = data;
	const unsigned char *p;
	la_int64_t at;
	size_t n = 0;

	while (n == 0) {
		int rc = archive_read_data_block(u->gzip, piece, &n, &at);

		if (rc == ARCHIVE_EOF)
			return 0;
		if (rc != ARCHIVE_OK) {
			archive_set_error(in, EIO, "%s", archive_error_string(u->gzip));
			return ARCHIVE_FATAL;
		}
	}
	p = *piece;
	u->crc = (uint32_t)crc32_z(u->crc, p, n);
	for (size_t i = n; i > 0; i--)
		if (p[i - 1] != 0) {
			u->solid = u->len + (int64_t)i;
			break;
		}
	u->len += (int64_t)n;
	if (u->len <= (int64_t)BUNDLE_MAX * 2)
		return (la_ssize_t)n;
	archive_set_error(in, EFBIG, "it unpacks to more than %zu MiB", BUNDLE_MAX * 2 >> 20);
	return ARCHIVE_FATAL;
}

static uint32_t
le32(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Nothing but zero bytes follows the last entry, and one gzip stream, whole, is all there is. */
static bool
check_end(struct unpacking *u, struct archive *in, const unsigned char *p, size_t len, struct err *e)
{
	int64_t end = archive_filter_bytes(in, 0);
	const void *piece;
	la_ssize_t n;

	while ((n = unpack(in, u, &piece)) > 0)
		;
	if (n < 0)
		return damaged(in, e);
	if (archive_filter_bytes(u->gzip, -1) != (la_int64_t)len || u->solid + TAR_END > end)
		return fail(e, NOWHERE,
		    "the archive is cut or damaged: something follows its end, or the "
		    "end is missing");
	if (le32(p + len - GZIP_END) != u->crc || le32(p + len - 4) != (uint32_t)u->len)
		return fail(e, NOWHERE, "the archive is cut or damaged: its check sum is wrong");
	return true;
}

static bool
read_tar_gz(struct archive_reading *rd, const unsigned char *p, struct err *e)
{
	CLEANUP(archive_drop) struct archive *gzip = archive_read_new();
	CLEANUP(archive_drop) struct archive *in = archive_read_new();
	CLEANUP(archive_entry_drop) struct archive_entry *en = archive_entry_new2(gzip);
	struct unpacking u = {.gzip = gzip};

	rd->out->form = BF_TAR_GZ;
	if (gzip == NULL || en == NULL || archive_read_support_filter_gzip(gzip) != ARCHIVE_OK ||
	    archive_read_support_format_raw(gzip) != ARCHIVE_OK || in == NULL ||
	    archive_read_support_format_tar(in) != ARCHIVE_OK)
		return fail(e, NOWHERE, "libarchive cannot read a tar.gz archive");
	if (archive_read_open_memory(gzip, p, rd->packed) != ARCHIVE_OK ||
	    archive_read_next_header2(gzip, en) != ARCHIVE_OK)
		return damaged(gzip, e);
	if (archive_read_open(in, &u, NULL, unpack, NULL) != ARCHIVE_OK)
		return damaged(in, e);
	return read_entries(rd, in, e) && check_end(&u, in, p, rd->packed, e);
}

/* `len` bytes and then the end of the file: it is not being written to. */
static bool
read_whole(int fd, char *p, size_t len)
{
	size_t got = 0;
	ssize_t n = 1;
	char more;

	while (got < len && (n > 0 || errno == EINTR)) {
		n = read(fd, p + got, len - got);
		got += n > 0 ? (size_t)n : 0;
		if (n == 0)
			return false;
	}
	return got == len && read(fd, &more, 1) == 0;
}

static bool
read_bytes(struct archive_reading *rd, char *p, size_t size, struct err *e)
{
	rd->packed = size;
	if (size > 2 && memcmp(p, "\x1f\x8b\x08", 3) == 0)
		return read_tar_gz(rd, (unsigned char *)p, e);
	if (size > 3 && memcmp(p, "PK\x03\x04", 4) == 0)
		return read_zip(rd, (unsigned char *)p, e);
	return fail(e, NOWHERE, "it is neither a tar.gz nor a zip archive");
}

static bool
read_archive(struct archive_reading *rd, int fd, int64_t size, struct err *e)
{
	CLEANUP(free_ptr) char *p = NULL;

	if ((uint64_t)size > BUNDLE_MAX)
		return fail(e, NOWHERE, "it is larger than %zu MiB", BUNDLE_MAX >> 20);
	p = xcalloc((size_t)size + 1, 1);
	if (!read_whole(fd, p, (size_t)size))
		return fail(e, NOWHERE, "it cannot be read, or changed meanwhile");
	return read_bytes(rd, p, (size_t)size, e);
}

static bool read_directory(struct archive_reading *, int dir, const char *prefix, struct err *);

/* Looked at before it is opened: opening a device or a pipe can have effects. */
static bool
read_name(struct archive_reading *rd, int dir, const char *name, const char *path, struct err *e)
{
	CLEANUP(fd_drop) int fd = -1;
	struct stat st;
	char *data;

	if (!bundle_path_ok(path))
		return unsafe(e, "it contains a file with an unsafe name, or too deep", path);
	if (!count_entry(rd, e))
		return false;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return unsafe(e, "it contains something that is neither a file nor a folder", path);
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		return fail(e, NOWHERE, "%s cannot be opened: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode)) {
		ARENA_PUSH(rd->arena, &rd->folders, path);
		return read_directory(rd, fd, arena_printf(rd->arena, "%s/", path), e);
	}
	if (!S_ISREG(st.st_mode))
		return unsafe(e, "it contains something that is neither a file nor a folder", path);
	if (!admit(rd, path, st.st_size, e))
		return false;
	data = arena_alloc(rd->arena, (size_t)st.st_size + 1);
	if (!read_whole(fd, data, (size_t)st.st_size))
		return fail(e, NOWHERE, "%s cannot be read, or changed meanwhile", path);
	add_member(rd, path, data, (size_t)st.st_size);
	return true;
}

static bool
read_directory(struct archive_reading *rd, int dir, const char *prefix, struct err *e)
{
	int own = fcntl(dir, F_DUPFD_CLOEXEC, 0); /* closedir() closes it */
	DIR *d = own >= 0 ? fdopendir(own) : NULL;
	struct dirent *en;
	bool ok = true;

	if (d == NULL) {
		fd_drop(&own);
		return fail(e, NOWHERE, "its folder \"%s\" cannot be read: %s", prefix, strerror(errno));
	}
	for (errno = 0; ok && (en = readdir(d)) != NULL; errno = 0)
		if (strcmp(en->d_name, ".") != 0 && strcmp(en->d_name, "..") != 0)
			ok = read_name(
			    rd, dirfd(d), en->d_name, arena_printf(rd->arena, "%s%s", prefix, en->d_name), e);
	if (ok && errno != 0)
		ok = fail(e, NOWHERE, "its folder \"%s\" cannot be read: %s", prefix, strerror(errno));
	(void)closedir(d);
	return ok;
}

static bool
is_folder_of(const char *folder, const struct members *m)
{
	size_t n = strlen(folder);

	for (size_t i = 0; i < m->n; i++)
		if (strncmp(m->items[i].path, folder, n) == 0 && m->items[i].path[n] == '/')
			return true;
	return false;
}

/* No digest vouches for the name of a folder, except in the path of a file. */
static bool
check_folders(const struct archive_reading *rd, struct err *e)
{
	for (size_t i = 0; i < rd->folders.n; i++)
		if (!is_folder_of(rd->folders.items[i], &rd->out->members))
			return fail(e, NOWHERE, "it contains a folder without files: %s", rd->folders.items[i]);
	return true;
}

static bool
finish(struct arena *a, struct bundle *out, bool ok)
{
	if (!ok) {
		*out = (struct bundle){.form = BF_DIRECTORY, .top = ""};
		return false;
	}
	bundle_sort(&out->members);
	bundle_check(a, out);
	return true;
}

bool
bundle_read(struct arena *a, const char *path, struct bundle *out, struct err *e)
{
	CLEANUP(fd_drop) int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct archive_reading rd = {.arena = a, .out = out};
	struct stat st;
	bool ok;

	*out = (struct bundle){.form = BF_DIRECTORY, .top = ""};
	if (fd < 0 || fstat(fd, &st) != 0)
		return fail(e, NOWHERE, "it cannot be opened: %s",
		    errno == ELOOP ? "it is a symbolic link: name the file itself" : strerror(errno));
	if (S_ISDIR(st.st_mode))
		ok = read_directory(&rd, fd, "", e);
	else if (S_ISREG(st.st_mode))
		ok = read_archive(&rd, fd, st.st_size, e);
	else
		ok = fail(e, NOWHERE, "it is neither a regular file nor a directory");
	return finish(a, out, ok && check_folders(&rd, e));
}

bool
bundle_read_bytes(struct arena *a, const char *data, size_t len, struct bundle *out, struct err *e)
{
	struct archive_reading rd = {.arena = a, .out = out};
	CLEANUP(free_ptr) char *copy = xcalloc(len + 1, 1);

	*out = (struct bundle){.form = BF_DIRECTORY, .top = ""};
	memcpy(copy, data, len);
	return finish(a, out, read_bytes(&rd, copy, len, e) && check_folders(&rd, e));
}
