/* Any text as a migration of a release: the scan ends, and never says that nothing changes rows where it lost its way. */
#include "tests/fuzz/fuzz.h"
#include "sources/release/release_scan.h"

static bool
is_one_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const changes[] = {"yes", "no", "not_understood"},
				 *const guards[] = {"none", "gitlab_com", "not_understood"};
	struct arena *a = arena_new();
	char *text = exact(data, len);
	struct scanned s = {0};

	release_scan(a, text, len, &s);
	demand(is_one_of(s.changes_rows, changes, nitems(changes)), "changes_rows");
	demand(is_one_of(s.guard, guards, nitems(guards)), "guard");
	free(text);
	arena_free(a);
	return 0;
}
