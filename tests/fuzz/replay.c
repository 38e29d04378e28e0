/* Feeds files to a fuzz target, where there is no fuzzer: replay FILE... */
#include "base/base.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX ((size_t)4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
__attribute__((weak)) int LLVMFuzzerInitialize(int *, char ***);

static bool
replay(const char *path, uint8_t *data)
{
	FILE *f = fopen(path, "rb");
	size_t len;
	bool ok;

	if (f == NULL) {
		(void)fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
		return false;
	}
	len = fread(data, 1, INPUT_MAX, f);
	ok = ferror(f) == 0;
	(void)fclose(f);
	if (!ok) {
		(void)fprintf(stderr, "replay: %s: it cannot be read\n", path);
		return false;
	}
	(void)printf("%s\n", path);
	(void)fflush(stdout); /* after an abort, the last name is the input's */
	return LLVMFuzzerTestOneInput(data, len) == 0;
}

int
main(int argc, char **argv)
{
	uint8_t *data = xcalloc(INPUT_MAX, 1);
	bool ok = argc > 1;

	if (LLVMFuzzerInitialize != NULL)
		ok = LLVMFuzzerInitialize(&argc, &argv) == 0 && ok;
	for (int i = 1; i < argc; i++)
		ok = replay(argv[i], data) && ok;
	free(data);
	return ok ? 0 : 1;
}
