/*
 * Goes through the entries of a tar or cpio archive, packed or not, and takes wanted files out of an installed tree.
 */
#include "sources/release/release_pipe.h"

#include <string.h>

#include "bundle/archives.h"

/* A name that libarchive cannot read is not ASCII, and so none that is wanted. */
static bool
visit_entry(struct release_reading *rd, struct archive *in, struct archive_entry *en, tree_visit *visit, void *arg)
{
	const char *given = archive_entry_pathname(en);
	char name[RELEASE_NAME_MAX];

	if (!release_count_entry(rd) || !release_goes_on(rd))
		return false;
	if (given == NULL)
		return true;
	if (!release_plain_name(given, name))
		return release_unsafe(rd, "it contains a file with an unsafe name", given);
	return visit(arg, in, en, name);
}

static bool
visit_all(struct release_reading *rd, struct archive *in, tree_visit *visit, void *arg)
{
	CLEANUP(archive_entry_drop) struct archive_entry *en = archive_entry_new2(in);
	int rc;

	if (en == NULL)
		return release_fail(rd, "there is no memory for an entry of the archive");
	/* A warning is about a name or an attribute; the entry is there. */
	while ((rc = archive_read_next_header2(in, en)) == ARCHIVE_OK || rc == ARCHIVE_WARN)
		if (!visit_entry(rd, in, en, visit, arg))
			return false;
	return rc == ARCHIVE_EOF || release_damaged(rd, in);
}

bool
release_walk(struct release_pipe *from, enum tree_format format, tree_visit *visit, void *arg)
{
	struct release_reading *rd = from->rd;
	CLEANUP(archive_drop) struct archive *in = pipe_archive(rd);
	CLEANUP(unpack_pipe_end) struct unpack_pipe unpacked;
	int rc;

	unpack_pipe_begin(&unpacked, from);
	if (in == NULL)
		return false;
	rc = format == TREE_TAR ? archive_read_support_format_tar(in) : archive_read_support_format_cpio(in);
	if (rc != ARCHIVE_OK || archive_read_support_format_empty(in) != ARCHIVE_OK)
		return release_fail(rd, "libarchive was built without tar or cpio");
	return pipe_archive_open(in, &unpacked.pipe) && visit_all(rd, in, visit, arg) && pipe_drain(&unpacked.pipe) &&
	    pipe_drain(from);
}

bool
release_entry_data(struct release_reading *rd, struct arena *a, struct archive *in, struct archive_entry *en,
    const char *name, char **data)
{
	size_t len = (size_t)archive_entry_size(en), got = 0;
	la_ssize_t n = 1;
	char more;

	if (archive_entry_sparse_count(en) > 0)
		return release_unsafe(rd, "it contains a file with holes", name);
	*data = arena_alloc(a, len + 1);
	while (got < len && n > 0) {
		n = archive_read_data(in, *data + got, len - got);
		got += n > 0 ? (size_t)n : 0;
	}
	if (n >= 0)
		n = archive_read_data(in, &more, 1);
	if (n < 0)
		return release_damaged(rd, in);
	return (got == len && n == 0) ||
	    release_unsafe(rd, "it is cut or damaged: a file has another size than announced", name);
}

static bool
give_entry(struct release_reading *rd, struct archive *in, struct archive_entry *en, const char *path)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	bool whole = !release_only_name(path);
	char *data = arena_strdup(a, "");

	if (whole && !release_entry_data(rd, a, in, en, path, &data))
		return false;
	return release_give(rd, path, data, whole ? (size_t)archive_entry_size(en) : 0);
}

bool
release_visit_installed(void *arg, struct archive *in, struct archive_entry *en, const char *name)
{
	struct release_reading *rd = arg;
	const char *path = release_path_of(name);
	bool linked = archive_entry_hardlink(en) != NULL;

	if (path == NULL && archive_entry_filetype(en) != AE_IFDIR && release_leads_to_wanted(name))
		return release_unsafe(rd, "it contains something else in place of a folder of GitLab", name);
	if (path == NULL || archive_entry_filetype(en) == AE_IFDIR)
		return true;
	if (linked || archive_entry_filetype(en) != AE_IFREG || !archive_entry_size_is_set(en))
		return release_unsafe(rd, "it contains a link or a device in place of a file of GitLab", path);
	return release_admit(rd, "", path, archive_entry_size(en)) && give_entry(rd, in, en, path);
}
