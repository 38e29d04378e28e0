/*
 * Any bytes as a release: a package of Debian or Red Hat, or an image. It is refused in one line, or each file has a
 * name that stays inside.
 */
#include "tests/fuzz/fuzz.h"
#include "base/base.h"
#include "sources/release/release_tree.h"
#include "sources/source.h"

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

static bool
take(void *arg, const struct release_file *file, struct err *e)
{
	(void)arg;
	(void)e;
	demand(file->path[0] != '/' && strstr(file->path, "../") == NULL, "a name that climbs");
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *a = arena_new();
	int stop = eventfd(0, EFD_CLOEXEC), fd = memfd_create("release", MFD_CLOEXEC);
	const struct run run = {.deadline_us = clock_mono_us() + 5000000, .stop_fd = stop};
	struct release_artefact out = {0};
	struct err e = {0};

	demand(fd >= 0 && write(fd, data, len) == (ssize_t)len, "the file");
	if (!release_read(a, arena_printf(a, "/proc/self/fd/%d", fd), &run, take, NULL, &out, &e))
		demand_message(&e);
	(void)close(fd);
	(void)close(stop);
	arena_free(a);
	return 0;
}
