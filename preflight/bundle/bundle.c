/*
 * Makes an archive from files in memory: adds the manifest and the checksums, then packs a tar.gz or zip. The last
 * step of `check` and `collect`; publish.c puts the bytes in place, bundle_read.c reads them back.
 */
#include "bundle/bundle.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "bundle/bundle_limits.h"
#include "base/text.h"
#include "bundle/archives.h"
#include "bundle/bundle_zip.h"

#define TEXT_MAX ((size_t)64 * 1024) /* of one value in the manifest */
#define SHOWN 120                    /* bytes of a path in a message */

const struct member *
members_find(const struct members *m, const char *path)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->items[i].path, path) == 0)
			return &m->items[i];
	return NULL;
}

const char *
member_sha256(struct arena *a, struct member *m)
{
	char hex[65];

	if (m->sha256 == NULL) {
		sha256_hex(m->data, m->len, hex);
		m->sha256 = arena_strdup(a, hex);
	}
	return m->sha256;
}

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcasecmp(s + n - m, end) == 0;
}

/* Names of files that are no bundle; an instance may be called gitlab.example.com, so that not every dot counts. */
static const char *const other_files[] = {".html", ".htm", ".json", ".md", ".xml", ".txt", ".pdf", ".yml", ".yaml",
    ".ndjson", ".csv", ".log", ".tar", ".gz", ".bz2", ".tbz2", ".xz", ".txz", ".zst", ".tzst", ".7z", ".rar"};

bool
bundle_form_of(const char *path, enum bundle_form *form, struct err *e)
{
	*form = BF_DIRECTORY;
	if (ends_in(path, ".tar.gz") || ends_in(path, ".tgz"))
		*form = BF_TAR_GZ;
	else if (ends_in(path, ".zip"))
		*form = BF_ZIP;
	for (size_t i = 0; *form == BF_DIRECTORY && i < nitems(other_files); i++)
		if (ends_in(path, other_files[i]))
			return fail(e, NOWHERE,
			    "cannot write %s: a bundle is a .tar.gz, .tgz or .zip archive, or a directory; "
			    "--format NAME=FILE writes one format to a file",
			    path);
	return true;
}

static size_t
total_bytes(const struct members *m)
{
	size_t total = 0;

	for (size_t i = 0; i < m->n; i++)
		total += m->items[i].len;
	return total;
}

/* Better no bundle than one that its own reader refuses. */
static bool
check_members(const struct members *m, struct err *e)
{
	for (size_t i = 0; i < m->n; i++) {
		const char *path = m->items[i].path;
		char shown[SHOWN];

		text_clean_into(shown, sizeof shown, path);
		if (!bundle_path_ok(path) || bundle_is_voucher(path))
			return fail(e, NOWHERE,
			    "a bundle cannot contain a file called %s: name it with letters, "
			    "digits and ._-+ only, at most %zu folders deep",
			    shown, BUNDLE_DEPTH_MAX);
		if (m->items[i].len > BUNDLE_FILE_MAX)
			return fail(e, NOWHERE, "%s has %zu bytes: a file of a bundle may have %zu", shown,
			    m->items[i].len, BUNDLE_FILE_MAX);
		for (size_t k = 0; k < i; k++)
			if (bundle_paths_clash(m->items[k].path, path))
				return fail(e, NOWHERE, "a bundle cannot contain both %.*s and %s", SHOWN,
				    m->items[k].path, shown);
	}
	if (m->n + 3 > BUNDLE_ENTRIES_MAX || total_bytes(m) > BUNDLE_MAX - MANIFEST_MAX)
		return fail(e, NOWHERE,
		    "a bundle cannot contain %zu files with %zu bytes: at most %zu, and "
		    "%zu MiB",
		    m->n, total_bytes(m), BUNDLE_ENTRIES_MAX - 3, (BUNDLE_MAX - MANIFEST_MAX) >> 20);
	return true;
}

/* A command line may hold bytes that are no UTF-8, which jansson would drop in silence. */
static void
set_text(struct arena *a, json_t *o, const char *name, const char *text)
{
	if (text != NULL)
		(void)json_object_set_new(o, name, json_string(text_clean(a, text, strlen(text), TEXT_MAX)));
}

/* An object that joins `o` under `name` and may be filled afterwards. */
static json_t *
set_object(json_t *o, const char *name)
{
	json_t *inner = json_object();

	(void)json_object_set_new(o, name, inner);
	return inner;
}

static json_t *
files_json(struct arena *a, struct members *m)
{
	json_t *files = json_array();

	for (size_t i = 0; i < m->n; i++) {
		json_t *file = json_object();

		set_text(a, file, "path", m->items[i].path);
		(void)json_object_set_new(file, "bytes", json_integer((json_int_t)m->items[i].len));
		set_text(a, file, "sha256", member_sha256(a, &m->items[i]));
		(void)json_array_append_new(files, file);
	}
	return files;
}

static json_t *
manifest_json(struct arena *a, struct members *m, const struct manifest *about)
{
	json_t *o = json_object(), *part = set_object(o, "schema");

	set_text(a, part, "id", MANIFEST_SCHEMA);
	set_text(a, part, "version", "1.0");
	set_text(a, o, "run_id", about->run_id);
	part = set_object(o, "tool");
	set_text(a, part, "name", "preflight");
	set_text(a, part, "version", about->tool_version);
	if (about->rules_version != NULL || about->rules_digest != NULL) {
		part = set_object(o, "rules");
		set_text(a, part, "version", about->rules_version);
		set_text(a, part, "digest", about->rules_digest);
	}
	if (about->decision != NULL) {
		part = set_object(o, "verdict");
		set_text(a, part, "decision", about->decision);
		(void)json_object_set_new(part, "exit_code", json_integer(about->exit_code));
		set_text(a, part, "from", about->from);
		set_text(a, part, "to", about->to);
	}
	if (about->process != NULL) {
		part = set_object(o, "process");
		for (const char *const *p = about->process; *p != NULL; p += 2)
			set_text(a, part, p[0], p[1]);
	}
	(void)json_object_set_new(o, "files", files_json(a, m));
	return o;
}

/* Takes the text over into the arena. */
static void
add_text(struct arena *a, struct members *m, const char *path, struct buf *text)
{
	struct member file = {.path = path, .data = arena_strndup(a, text->p, text->len), .len = text->len};

	ARENA_PUSH(a, m, file);
	bundle_sort(m);
	buf_free(text);
}

void
bundle_sums(struct arena *a, struct members *m)
{
	struct buf text;

	bundle_sort(m);
	buf_init(&text, BUNDLE_ENTRIES_MAX * (BUNDLE_NAME_MAX + 68));
	for (size_t i = 0; i < m->n; i++)
		buf_printf(&text, "%s  %s\n", member_sha256(a, &m->items[i]), m->items[i].path);
	add_text(a, m, "SHA256SUMS", &text);
}

bool
bundle_seal(struct arena *a, struct members *m, const struct manifest *about, struct err *e)
{
	CLEANUP(free_ptr) char *json = NULL;
	struct buf text;
	json_t *o;

	if (!check_members(m, e))
		return false;
	bundle_sort(m);
	o = manifest_json(a, m, about);
	json = json_dumps(o, JSON_INDENT(2));
	json_decref(o);
	if (json == NULL || strlen(json) >= MANIFEST_MAX)
		return fail(e, NOWHERE, "the bundle's manifest is larger than it may be");
	buf_init(&text, MANIFEST_MAX);
	buf_printf(&text, "%s\n", json);
	add_text(a, m, "manifest.json", &text);
	bundle_sums(a, m);
	return true;
}

static la_ssize_t
append(struct archive *out, void *data, const void *p, size_t n)
{
	struct buf *b = data;

	buf_addn(b, p, n);
	if (!b->over)
		return (la_ssize_t)n;
	archive_set_error(out, EFBIG, "the archive is larger than %zu MiB", BUNDLE_MAX >> 20);
	return -1;
}

/* Nothing of this machine or moment: the level is named, the gzip header has no time. */
static bool
open_archive(struct archive *out, enum bundle_form form, const char *options, struct buf *b)
{
	if (form == BF_ZIP ? archive_write_set_format_zip(out) != ARCHIVE_OK
			   : archive_write_set_format_pax_restricted(out) != ARCHIVE_OK ||
		    archive_write_add_filter_gzip(out) != ARCHIVE_OK ||
		    archive_write_set_filter_option(out, "gzip", "timestamp", NULL) != ARCHIVE_OK)
		return false;
	return archive_write_set_options(out, options) == ARCHIVE_OK &&
	    archive_write_set_bytes_in_last_block(out, 1) == ARCHIVE_OK &&
	    archive_write_open(out, b, NULL, append, NULL) == ARCHIVE_OK;
}

/* A member, or with NULL the top folder. */
static bool
add_entry(struct archive *out, const char *top, const struct member *m, int64_t time_s)
{
	CLEANUP(archive_entry_drop) struct archive_entry *en = archive_entry_new();
	CLEANUP(free_ptr) char *path = NULL;

	if (en == NULL || asprintf(&path, "%s/%s", top, m != NULL ? m->path : "") < 0)
		return false;
	archive_entry_set_pathname(en, path);
	archive_entry_set_filetype(en, m != NULL ? AE_IFREG : AE_IFDIR);
	archive_entry_set_perm(en, m != NULL ? 0644 : 0755);
	archive_entry_set_uid(en, 0);
	archive_entry_set_gid(en, 0);
	archive_entry_set_size(en, m != NULL ? (la_int64_t)m->len : 0);
	archive_entry_set_mtime(en, (time_t)time_s, 0);
	return archive_write_header(out, en) == ARCHIVE_OK &&
	    (m == NULL || m->len == 0 || archive_write_data(out, m->data, m->len) == (la_ssize_t)m->len);
}

static bool
pack(struct buf *b, enum bundle_form form, const char *options, const char *top, const struct members *m,
    int64_t time_s, struct err *e)
{
	CLEANUP(archive_drop) struct archive *out = archive_write_new();
	bool ok;

	if (out == NULL)
		return fail(e, NOWHERE, "the archive cannot be made");
	ok = open_archive(out, form, options, b) && add_entry(out, top, NULL, time_s);
	for (size_t i = 0; ok && i < m->n; i++)
		ok = add_entry(out, top, &m->items[i], time_s);
	if (!ok || archive_write_close(out) != ARCHIVE_OK)
		return fail(e, NOWHERE, "the archive cannot be made: %s",
		    archive_error_string(out) != NULL ? archive_error_string(out) : "out of memory");
	return form != BF_ZIP || zip_walk((unsigned char *)b->p, b->len, time_s > 0 ? time_s : 0, e);
}

const char *
write_trouble(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return "no permission to write there: choose another place with --out";
	case EROFS:
		return "the file system is read-only: choose another place with --out";
	case ENOSPC:
	case EDQUOT:
		return "no space is left: make room, or choose another place with --out";
	case EFBIG:
		return "it would be larger than a file may be here: choose another place with --out";
	case EBUSY:
	case EXDEV:
		return "it is a mount point: name something inside it with --out";
	case EPIPE:
		return "the program that reads it has ended";
	}
	return strerror(error);
}

static bool
write_all(int fd, const char *p, size_t n, struct err *e)
{
	while (n > 0) {
		struct pollfd slow = {.fd = fd, .events = POLLOUT};
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EAGAIN)
			(void)poll(&slow, 1, -1); /* somebody else's pipe, set not to wait */
		else if (done < 0 && errno != EINTR)
			return fail(e, NOWHERE, "%s", write_trouble(errno));
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
	return true;
}

/* Made in memory. What packs so well that the reader would take it for a bomb is stored as it is. */
bool
bundle_pack(struct buf *b, enum bundle_form form, enum bundle_effort effort, const char *top, const struct members *m,
    int64_t time_s, struct err *e)
{
	bool ok;

	if (!bundle_path_ok(top) || strchr(top, '/') != NULL)
		return fail(e, NOWHERE,
		    "the archive cannot be made: its top folder needs a plain name of "
		    "at most %zu letters, digits and ._-+",
		    BUNDLE_NAME_MAX);
	ok = pack(b, form, effort == BE_FAST ? "compression-level=2" : "compression-level=6", top, m, time_s, e);
	if (ok && !bundle_ratio_ok(total_bytes(m), b->len)) {
		buf_reset(b);
		ok = pack(b, form, "compression-level=0", top, m, time_s, e);
	}
	return ok;
}

bool
bundle_archive(int fd, enum bundle_form form, enum bundle_effort effort, const char *top, const struct members *m,
    int64_t time_s, struct err *e)
{
	struct buf b;
	bool ok;

	buf_init(&b, BUNDLE_MAX);
	ok = bundle_pack(&b, form, effort, top, m, time_s, e) && write_all(fd, b.p, b.len, e);
	buf_free(&b);
	return ok;
}
