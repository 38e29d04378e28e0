/* Any text as the log of an upgrade, in two pieces: the search ends, within its limits, and each text is clean. */
#include "tests/fuzz/fuzz.h"
#include "ruleset/ruleset_load.h"
#include "sources/host/log_scan.h"

static const struct rows *patterns;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct faults faults;
	struct ruleset *set = ruleset_load("rules", &(struct texts){0}, false, &faults);

	(void)argc;
	(void)argv;
	demand(set != NULL, "the rules: run this in the top directory");
	patterns = fact_find(&set->facts, "log_error")->over;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct log_scan *s = log_scan_new(patterns);
	size_t at = len > 0 ? data[0] * len / 256 : 0;
	const struct log_errors *found;

	log_scan_feed(s, (const char *)data, at);
	log_scan_feed(s, (const char *)data + at, len - at);
	found = log_scan_end(s);
	demand(found->n <= LOG_ERRORS_MAX, "more errors than allowed");
	for (size_t i = 0; i < found->n; i++)
		for (size_t f = 0; f < LF_N; f++)
			demand(found->items[i].fields[f] != NULL, "a field is NULL");
	log_scan_free(s);
	return 0;
}
