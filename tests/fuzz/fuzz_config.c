/* Any bytes as a file of --config: it ends with a defined exit code, and what is refused sets no command going. */
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "commands/option_layers.h"
#include "commands/option_table.h"

/* A file of memory that is read by its name. */
static int
memory_file(const uint8_t *data, size_t len)
{
	int fd = memfd_create("config", MFD_CLOEXEC);

	demand(fd >= 0 && write(fd, data, len) == (ssize_t)len, "no memory file");
	return fd;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *a = arena_new();
	int fd = memory_file(data, len), code;
	struct options o = {.config = arena_printf(a, "/proc/self/fd/%d", fd)};

	code = options_from_file(CMD_CHECK, &o, a);
	demand(code == EXIT_GO || code == EXIT_USAGE, "another exit code");
	(void)close(fd);
	arena_free(a);
	return 0;
}
