/*
 * Opens a release's artefact, finds its format by its first bytes, and hands what the formats find to the caller,
 * within limits: anybody may have made the file. How a format is built is in release_deb.c and its neighbours.
 */
#include "sources/release/release_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sources/release/release_pipe.h"

/* Whatever else was in it: this is a GitLab. */
static bool
conclude(struct release_reading *rd)
{
	ENTRY item = {.key = (char[]){"VERSION"}}, *found;

	if (hsearch_r(item, FIND, &found, &rd->names->seen) == 0)
		return release_fail(rd, "it contains no GitLab: there is no file VERSION in /%s, in /%s or in itself",
		    release_root(0), release_root(1));
	if (rd->out->edition[0] == '\0')
		rd->out->edition = rd->has_ee ? "ee" : "ce";
	rd->out->complete = true;
	return true;
}

/* tar, or what a tar may be packed with. */
static bool
may_be_tar(const struct release_pipe *in)
{
	static const unsigned char gzip[] = {0x1f, 0x8b}, xz[] = {0xfd, '7', 'z', 'X', 'Z', 0},
				   zstd[] = {0x28, 0xb5, 0x2f, 0xfd};

	return (in->n >= sizeof gzip && memcmp(in->p, gzip, sizeof gzip) == 0) ||
	    (in->n >= sizeof xz && memcmp(in->p, xz, sizeof xz) == 0) ||
	    (in->n >= sizeof zstd && memcmp(in->p, zstd, sizeof zstd) == 0) ||
	    (in->n >= 512 && memcmp(in->p + 257, "ustar", 5) == 0);
}

static bool
read_format(struct release_reading *rd, struct release_pipe *in)
{
	if (!pipe_peek(in))
		return false;
	if (in->n >= 8 && memcmp(in->p, "!<arch>\n", 8) == 0) {
		rd->out->kind = "deb";
		return release_read_deb(rd, in);
	}
	if (in->n >= 4 && memcmp(in->p, "\xed\xab\xee\xdb", 4) == 0) {
		rd->out->kind = "rpm";
		return release_read_rpm(rd, in);
	}
	if (may_be_tar(in)) {
		rd->out->kind = "image";
		return release_read_image(rd, in);
	}
	return release_fail(rd,
	    "it is neither a Debian package nor an RPM, a container image (docker save, OCI layout) or a directory");
}

static bool
read_file(struct release_reading *rd, int fd, int64_t size)
{
	CLEANUP(file_pipe_end) struct file_pipe file;
	bool ok;

	file_pipe_begin(&file, rd, fd, size);
	file.shows = true;
	file.pipe.sha = sha256_new();
	ok = read_format(rd, &file.pipe) && pipe_drain(&file.pipe);
	sha256_end(file.pipe.sha, rd->out->digest);
	return ok;
}

static bool
read_opened(struct release_reading *rd, int fd, const char *path)
{
	struct stat st;
	bool ok;

	if (fd < 0 || fstat(fd, &st) != 0)
		return release_fail(rd, "it cannot be opened: %s", strerror(errno));
	if (S_ISREG(st.st_mode))
		return read_file(rd, fd, st.st_size);
	if (!S_ISDIR(st.st_mode))
		return release_fail(rd, "it is neither a regular file nor a directory");
	if (faccessat(fd, "index.json", F_OK, 0) == 0 || faccessat(fd, "manifest.json", F_OK, 0) == 0) {
		rd->out->kind = "image";
		rd->listed = sha256_new();
		ok = release_read_image_dir(rd, fd);
	} else {
		rd->out->kind = "directory";
		rd->listed = sha256_new();
		ok = release_read_dir(rd, fd, path);
	}
	sha256_end(rd->listed, rd->out->digest);
	return ok;
}

bool
release_read(struct arena *a, const char *path, const struct run *run, release_take *take, void *arg,
    struct release_artefact *out, struct err *e)
{
	CLEANUP(arena_drop) struct arena *own = arena_new();
	struct release_names names = {0};
	struct release_reading rd = {
	    .arena = a, .own = own, .run = run, .take = take, .arg = arg, .out = out, .e = e, .names = &names};
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	bool ok;

	out->digest[0] = '\0';
	out->kind = out->package = out->version = out->edition = "";
	out->complete = false;
	if (hcreate_r(RELEASE_FILES_MAX * 3, &names.seen) == 0)
		ok = release_fail(&rd, "out of memory");
	else
		ok = read_opened(&rd, fd, path) && conclude(&rd);
	hdestroy_r(&names.seen);
	if (fd >= 0)
		(void)close(fd);
	if (!ok)
		out->digest[0] = '\0';
	return ok;
}
