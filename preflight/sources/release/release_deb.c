/*
 * A Debian package: an ar archive of debian-binary, control.tar and data.tar. ar is read here, because libarchive
 * takes as much memory as its table of names claims to need.
 */
#include "sources/release/release_pipe.h"

#include <stdlib.h>
#include <string.h>

#define CONTROL_MAX ((int64_t)1 << 20) /* bytes of control and preinst */

struct ar_member {
	char name[17];
	int64_t size;
};

/* False at the end as well: then nothing failed. */
static bool
next_member(struct release_reading *rd, struct release_pipe *in, struct ar_member *m)
{
	char head[61] = "", *end;

	if (!pipe_peek(in) || in->n == 0 || !pipe_exact(in, head, 60))
		return false;
	if (memcmp(head + 58, "`\n", 2) != 0)
		return release_fail(rd, "it is cut or damaged: a member of the package has no header");
	memcpy(m->name, head, 16);
	m->name[16] = '\0';
	m->name[strcspn(m->name, " /")] = '\0';
	head[58] = '\0';
	m->size = strtoll(head + 48, &end, 10);
	/* Of a package of a gigabyte and more the size fills its field. */
	if (end == head + 48 || (*end != ' ' && *end != '\0') || m->size < 0)
		return release_fail(rd, "it is cut or damaged: a member of the package has no size");
	return true;
}

static const char *
field(struct arena *a, const char *control, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = control; line != NULL && *line != '\0';) {
		const char *next = strchr(line, '\n');

		if (strncmp(line, name, n) == 0 && line[n] == ':') {
			line += n + 1 + strspn(line + n + 1, " \t");
			return arena_strndup(a, line, strcspn(line, " \t\r\n"));
		}
		line = next != NULL ? next + 1 : NULL;
	}
	return "";
}

static bool
visit_control(void *arg, struct archive *in, struct archive_entry *en, const char *name)
{
	struct release_reading *rd = arg;
	bool control = strcmp(name, "control") == 0;
	const char *path = control ? "@control/control" : "@control/preinst";
	char *data;

	if (!control && strcmp(name, "preinst") != 0)
		return true;
	if (archive_entry_filetype(en) != AE_IFREG || archive_entry_hardlink(en) != NULL ||
	    !archive_entry_size_is_set(en) || archive_entry_size(en) > CONTROL_MAX)
		return release_unsafe(rd, "its control part contains something unusual", name);
	if (!release_admit(rd, "", path, archive_entry_size(en)) ||
	    !release_entry_data(rd, rd->own, in, en, name, &data))
		return false;
	if (control && !release_is_package(rd, field(rd->own, data, "Package"), field(rd->own, data, "Version")))
		return false;
	return release_give(rd, path, data, (size_t)archive_entry_size(en));
}

static bool
is_tar(const struct ar_member *m, const char *name)
{
	size_t n = strlen(name);

	return strncmp(m->name, name, n) == 0 && (m->name[n] == '\0' || m->name[n] == '.');
}

/* `stage`: how many of the three members were read. Others may follow, like a signature. */
static bool
read_member(struct release_reading *rd, struct part_pipe *part, const struct ar_member *m, int *stage)
{
	char format[2];

	if (*stage == 0 && strcmp(m->name, "debian-binary") == 0) {
		++*stage;
		return pipe_exact(&part->pipe, format, 2) &&
		    (memcmp(format, "2.", 2) == 0 || release_fail(rd, "it is a Debian package of an unknown format"));
	}
	if (*stage == 1 && is_tar(m, "control.tar")) {
		++*stage;
		if (!release_walk(&part->pipe, TREE_TAR, visit_control, rd))
			return false;
		return rd->out->package[0] != '\0' || release_fail(rd, "it is a Debian package without a control file");
	}
	if (*stage == 2 && is_tar(m, "data.tar")) {
		++*stage;
		return release_walk(&part->pipe, TREE_TAR, release_visit_installed, rd);
	}
	return *stage == 3 || m->name[0] == '_' ||
	    release_unsafe(rd, "it is not a Debian package: unexpected member", m->name);
}

bool
release_read_deb(struct release_reading *rd, struct release_pipe *in)
{
	struct ar_member m = {0};
	int stage = 0;
	char magic[8], pad;

	if (!pipe_exact(in, magic, sizeof magic))
		return false;
	while (next_member(rd, in, &m)) {
		struct part_pipe part;

		part_pipe_begin(&part, in, m.size);
		if (!read_member(rd, &part, &m, &stage) || !pipe_drain(&part.pipe))
			return false;
		if (m.size % 2 != 0 && (!pipe_peek(in) || (in->n > 0 && !pipe_exact(in, &pad, 1))))
			return false;
	}
	return !rd->failed && (stage == 3 || release_fail(rd, "it is cut: the package ends before its data"));
}
