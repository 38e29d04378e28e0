/*
 * What all formats of a release share: limits, errors, and the way of a file to the caller. Nothing here knows how a
 * format is built.
 */
#include "sources/release/release_reading.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/version.h"

#define SHOWN 120 /* bytes of a foreign name in a message */

bool
release_fail(struct release_reading *rd, const char *format, ...)
{
	va_list ap;

	if (rd->failed)
		return false;
	rd->failed = true;
	rd->e->at = NOWHERE;
	va_start(ap, format);
	(void)vsnprintf(rd->e->msg, sizeof rd->e->msg, format, ap);
	va_end(ap);
	return false;
}

bool
release_unsafe(struct release_reading *rd, const char *what, const char *name)
{
	char shown[SHOWN];

	text_clean_into(shown, sizeof shown, name);
	return release_fail(rd, "%s: %s", what, shown);
}

bool
release_goes_on(struct release_reading *rd)
{
	struct pollfd stop = {.fd = rd->run->stop_fd, .events = POLLIN};

	if (poll(&stop, 1, 0) > 0)
		return release_fail(rd, "interrupted before it was read whole");
	return clock_mono_us() < rd->run->deadline_us ||
	    release_fail(rd, "the time limit expired before it was read whole: allow more with --timeout");
}

bool
release_count_entry(struct release_reading *rd)
{
	return ++rd->entries <= RELEASE_ENTRIES_MAX ||
	    release_fail(rd, "it contains more than %zu entries", RELEASE_ENTRIES_MAX);
}

bool
release_count_unpacked(struct release_reading *rd, size_t n)
{
	rd->unpacked += (int64_t)n;
	return rd->unpacked <= RELEASE_UNPACKED_MAX ||
	    release_fail(rd, "it unpacks to more than %lld GiB", (long long)(RELEASE_UNPACKED_MAX >> 30));
}

bool
release_admit(struct release_reading *rd, const char *scope, const char *path, int64_t len)
{
	ENTRY item = {.key = arena_printf(rd->own, "%s%s", scope, path)}, *found;

	if (len < 0 || len > RELEASE_FILE_MAX)
		return release_fail(rd, "%s is larger than %lld MiB", path, (long long)(RELEASE_FILE_MAX >> 20));
	if (++rd->files > RELEASE_FILES_MAX)
		return release_fail(rd,
		    "it contains more than %zu migrations, dictionaries and other files of interest",
		    RELEASE_FILES_MAX);
	if (hsearch_r(item, FIND, &found, &rd->names->seen) != 0)
		return release_unsafe(rd, "it contains two files with the same name", path);
	return hsearch_r(item, ENTER, &found, &rd->names->seen) != 0 || release_fail(rd, "out of room for names");
}

/* "19.5.3-ee" as "19.5.3"; a pre-release keeps its mark. */
static bool
set_version(struct release_reading *rd, const char *text, const char **out)
{
	struct version v;
	struct err why;
	char shown[VERSION_TEXT];

	if (!version_parse(text, &v, &why))
		return release_unsafe(rd, "its version is not one of GitLab", text);
	*out = arena_strdup(rd->arena, version_text(v.key, shown));
	if (v.edition != NULL)
		rd->out->edition = strcmp(v.edition, "ee") == 0 ? "ee" : "ce";
	return true;
}

/* Pre-releases are written in several ways: only the numbers are compared. */
static bool
take_version_file(struct release_reading *rd, const char *data, size_t len)
{
	char *text = arena_strndup(rd->own, data, len);
	const char *given = "", *package = rd->out->version;
	size_t n;

	text[strcspn(text, "\r\n")] = '\0';
	if (!set_version(rd, text, &given))
		return false;
	n = strspn(given, "0123456789.");
	if (package[0] != '\0' && (strncmp(given, package, n) != 0 || strspn(package, "0123456789.") != n))
		return release_fail(rd, "its file VERSION names %s, the package %s", given, package);
	rd->out->version = given;
	return true;
}

bool
release_give(struct release_reading *rd, const char *path, const char *data, size_t len)
{
	struct release_file file = {path, data, len};

	rd->has_ee = rd->has_ee || strncmp(path, "ee/", 3) == 0;
	if (strcmp(path, "VERSION") == 0 && !take_version_file(rd, data, len))
		return false;
	if (rd->listed != NULL) {
		sha256_add(rd->listed, path, strlen(path) + 1);
		sha256_add(rd->listed, &(uint64_t){len}, sizeof(uint64_t));
		sha256_add(rd->listed, data, len);
	}
	if (rd->take(rd->arg, &file, rd->e))
		return true;
	rd->failed = true;
	return false;
}

bool
release_is_package(struct release_reading *rd, const char *name, const char *version)
{
	if (strcmp(name, "gitlab-ee") != 0 && strcmp(name, "gitlab-ce") != 0)
		return release_unsafe(rd, "it is a package of something other than gitlab-ee or gitlab-ce", name);
	rd->out->package = arena_strdup(rd->arena, name);
	if (!set_version(rd, version, &rd->out->version))
		return false;
	rd->out->edition = strcmp(name, "gitlab-ee") == 0 ? "ee" : "ce";
	return true;
}
