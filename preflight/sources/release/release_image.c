/*
 * A container image, as `docker save` and OCI layouts hold it. The list of layers may come last, so what each layer
 * holds of interest is kept until all is read. release_layers.c decides the order and what remains.
 */
#include "sources/release/release_image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sources/release/release_dir.h"

#define BLOBS "blobs/sha256/"

static bool
hold(struct image *im, size_t n)
{
	im->held += n;
	return im->held <= RELEASE_HELD_MAX ||
	    release_fail(im->rd, "the files of GitLab in all layers of the image are larger than %zu MiB",
		RELEASE_HELD_MAX >> 20);
}

static bool
ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), e = strlen(end);

	return n >= e && strcmp(name + n - e, end) == 0;
}

struct layer {
	struct image *im;
	struct changes *changes;
	char scope[32];
};

static bool
add_change(struct layer *l, enum change_kind kind, const char *name)
{
	struct arena *a = l->im->rd->own;
	struct change c = {.kind = kind, .name = arena_strdup(a, name), .data = ""};

	c.path = release_path_of(c.name); /* points into it */
	ARENA_PUSH(a, l->changes, c);
	return hold(l->im, strlen(name) + sizeof c) &&
	    (l->changes->n <= RELEASE_FILES_MAX ||
		release_fail(l->im->rd, "a layer of the image has too many entries"));
}

/* `.wh.NAME` removes NAME, `.wh..wh..opq` all that the layers before have in its folder. */
static bool
add_whiteout(struct layer *l, const char *name, const char *base)
{
	char target[RELEASE_NAME_MAX];
	size_t n = (size_t)(base - name);

	memcpy(target, name, n);
	if (strcmp(base, ".wh..wh..opq") == 0) {
		target[n > 0 ? n - 1 : 0] = '\0';
		return !release_leads_to_wanted(target) || add_change(l, CHANGE_OPAQUE, target);
	}
	base += strlen(".wh.");
	memcpy(target + n, base, strlen(base) + 1);
	if (!release_leads_to_wanted(target) && release_path_of(target) == NULL)
		return true;
	return add_change(l, CHANGE_GONE, target);
}

static bool
add_wanted(struct layer *l, struct archive *in, struct archive_entry *en, const char *name)
{
	struct release_reading *rd = l->im->rd;
	struct change *c;
	char *data;

	if (archive_entry_filetype(en) != AE_IFREG || archive_entry_hardlink(en) != NULL ||
	    !archive_entry_size_is_set(en))
		return add_change(l, CHANGE_OTHER, name);
	if (!release_admit(rd, l->scope, release_path_of(name), archive_entry_size(en)) ||
	    !add_change(l, CHANGE_FILE, name))
		return false;
	c = &l->changes->items[l->changes->n - 1];
	if (release_only_name(c->path))
		return true;
	c->len = (size_t)archive_entry_size(en);
	if (!hold(l->im, c->len) || !release_entry_data(rd, rd->own, in, en, c->path, &data))
		return false;
	c->data = data;
	return true;
}

static bool
visit_layer(void *arg, struct archive *in, struct archive_entry *en, const char *name)
{
	struct layer *l = arg;
	const char *slash = strrchr(name, '/'), *base = slash != NULL ? slash + 1 : name;
	bool folder = archive_entry_filetype(en) == AE_IFDIR, wanted = release_path_of(name) != NULL;

	if (strncmp(base, ".wh.", 4) == 0)
		return add_whiteout(l, name, base);
	if (folder ? wanted : release_leads_to_wanted(name))
		return add_change(l, CHANGE_GONE, name);
	return folder || !wanted || add_wanted(l, in, en, name);
}

/* What is no archive matters only if it is named as a layer. */
static bool
read_layer(struct image *im, struct image_member *m, struct release_pipe *in)
{
	struct release_reading *rd = im->rd;
	struct layer l = {.im = im, .changes = &m->changes};

	(void)snprintf(l.scope, sizeof l.scope, "%zu/", im->members.n);
	if (release_walk(in, TREE_TAR, visit_layer, &l))
		return true;
	if (!rd->unknown_format)
		return false;
	rd->unknown_format = rd->failed = false;
	m->unreadable = true;
	return pipe_drain(in);
}

static bool
read_json(struct image *im, struct image_member *m, struct release_pipe *in)
{
	CLEANUP(buf_free) struct buf text;
	const void *piece;
	size_t n = 1;

	buf_init(&text, IMAGE_JSON_MAX);
	while (n > 0) {
		if (!pipe_next(in, &piece, &n))
			return false;
		buf_addn(&text, piece, n);
	}
	m->unreadable = text.over;
	m->json = text.over ? NULL : arena_strndup(im->rd->own, text.p, text.len);
	return text.over || hold(im, text.len);
}

static bool
read_member(struct image *im, struct image_member *m, struct release_pipe *in)
{
	bool layer = ends_in(m->name, ".tar");

	if (!pipe_peek(in))
		return false;
	if (!layer && in->n > 0 && (in->p[0] == '{' || in->p[0] == '['))
		return read_json(im, m, in);
	if (layer || strncmp(m->name, BLOBS, strlen(BLOBS)) == 0)
		return read_layer(im, m, in);
	m->unreadable = true;
	return pipe_drain(in);
}

/* The name of a blob is its digest. */
static bool
read_checked(struct image *im, struct image_member *m, struct release_pipe *in)
{
	char got[65];
	bool ok;

	if (strncmp(m->name, BLOBS, strlen(BLOBS)) != 0)
		return read_member(im, m, in);
	in->sha = sha256_new();
	in->verified = true;
	ok = read_member(im, m, in);
	sha256_end(in->sha, got);
	in->sha = NULL;
	return ok &&
	    (strcmp(got, m->name + strlen(BLOBS)) == 0 ||
		release_unsafe(im->rd,
		    "it is cut or damaged: a part of the image does not have the digest that is its name", m->name));
}

static bool
add_member(struct image *im, struct image_member *m)
{
	for (size_t i = 0; i < im->members.n; i++)
		if (strcmp(im->members.items[i].name, m->name) == 0)
			return release_unsafe(im->rd, "it contains two files with the same name", m->name);
	if (im->members.n >= IMAGE_MEMBERS_MAX)
		return release_fail(im->rd, "the image consists of more than %zu files", IMAGE_MEMBERS_MAX);
	ARENA_PUSH(im->rd->own, &im->members, *m);
	return true;
}

bool
image_add(struct image *im, const char *name, struct release_pipe *in)
{
	struct image_member m = {.name = arena_strdup(im->rd->own, name)};

	return read_checked(im, &m, in) && add_member(im, &m);
}

/* "../abc/layer.tar" beside "def/layer.tar" is "abc/layer.tar"; NULL: elsewhere. */
static const char *
link_target(struct arena *a, const char *name, const char *target, bool beside)
{
	char plain[RELEASE_NAME_MAX];
	const char *slash = beside ? strrchr(name, '/') : NULL;
	size_t n = slash != NULL ? (size_t)(slash - name) : 0;

	while (n > 0 && strncmp(target, "../", 3) == 0) {
		target += 3;
		while (n > 0 && name[n - 1] != '/')
			n--;
		n -= n > 0 ? 1 : 0;
	}
	target = n > 0 ? arena_printf(a, "%.*s/%s", (int)n, name, target) : target;
	return release_plain_name(target, plain) ? arena_strdup(a, plain) : NULL;
}

bool
image_add_link(struct image *im, const char *name, const char *target, bool beside)
{
	struct arena *a = im->rd->own;
	struct image_member m = {.name = arena_strdup(a, name), .alias = link_target(a, name, target, beside)};

	if (m.alias == NULL)
		return release_unsafe(im->rd, "it contains a link that leads out of it", name);
	return add_member(im, &m);
}

static bool
visit_outer(void *arg, struct archive *in, struct archive_entry *en, const char *name)
{
	struct image *im = arg;
	struct entry_pipe data;

	if (archive_entry_hardlink(en) != NULL)
		return image_add_link(im, name, archive_entry_hardlink(en), false);
	if (archive_entry_symlink(en) != NULL)
		return image_add_link(im, name, archive_entry_symlink(en), true);
	if (archive_entry_filetype(en) == AE_IFDIR)
		return true;
	if (archive_entry_filetype(en) != AE_IFREG)
		return release_unsafe(im->rd, "it contains something that is neither a file nor a folder", name);
	entry_pipe_begin(&data, im->rd, in);
	return image_add(im, name, &data.pipe);
}

static bool
finish(struct image *im)
{
	struct texts layers = {0};

	return image_layers(im, &layers) && image_give(im, &layers);
}

bool
release_read_image(struct release_reading *rd, struct release_pipe *in)
{
	struct image im = {.rd = rd};

	return release_walk(in, TREE_TAR, visit_outer, &im) && finish(&im);
}

static bool
add_file(struct image *im, int dir, const char *base, const char *name)
{
	CLEANUP(release_fd_drop) int fd = -1;
	CLEANUP(file_pipe_end) struct file_pipe file = {.buffer = NULL};
	struct stat st;

	if (!release_open_file(im->rd, dir, base, name, &fd, &st))
		return false;
	file_pipe_begin(&file, im->rd, fd, st.st_size);
	return image_add(im, name, &file.pipe);
}

static bool add_folder(struct image *, int dir, const char *prefix, int depth);

static bool
add_name(struct image *im, int dir, const char *base, const char *name, int depth)
{
	CLEANUP(release_fd_drop) int sub = -1;
	char target[RELEASE_NAME_MAX];
	struct stat st;
	ssize_t n;

	if (!release_count_entry(im->rd) || fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return release_unsafe(im->rd, "it contains a file that cannot be looked at", name);
	if (S_ISREG(st.st_mode))
		return add_file(im, dir, base, name);
	if (S_ISLNK(st.st_mode)) {
		n = readlinkat(dir, base, target, sizeof target - 1);
		target[n > 0 ? n : 0] = '\0';
		return image_add_link(im, name, target, true);
	}
	if (!S_ISDIR(st.st_mode) || depth == 0)
		return release_unsafe(im->rd, "it contains something that does not belong into an image", name);
	sub = openat(dir, base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (sub < 0)
		return release_fail(im->rd, "%s cannot be opened: %s", name, strerror(errno));
	return add_folder(im, sub, arena_printf(im->rd->own, "%s/", name), depth - 1);
}

static bool
add_folder(struct image *im, int dir, const char *prefix, int depth)
{
	struct texts names = {0};

	if (!release_list(im->rd, dir, prefix, &names))
		return false;
	for (size_t i = 0; i < names.n; i++)
		if (!add_name(
			im, dir, names.items[i], arena_printf(im->rd->own, "%s%s", prefix, names.items[i]), depth))
			return false;
	return true;
}

bool
release_read_image_dir(struct release_reading *rd, int dir)
{
	struct image im = {.rd = rd};

	return add_folder(&im, dir, "", 2) && finish(&im);
}
