/* Any text as a file of decision entries. A fault leaves nothing to use; an entry names somebody and a reason. */
#include "tests/fuzz/fuzz.h"
#include "verdict/decisions.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *a = arena_new();
	struct decision_entries entries = {0};
	struct faults faults = {0};

	decisions_read(a, "decisions.yml", arena_strndup(a, (const char *)data, len), len, &entries, &faults);
	for (size_t i = 0; i < faults.n; i++)
		demand_message(&faults.items[i]);
	for (size_t i = 0; faults.n == 0 && i < entries.n; i++) {
		const struct decision_entry *d = &entries.items[i];

		demand(d->justification != NULL && d->justification[0] != '\0', "no reason");
		demand(d->approver != NULL && d->approver[0] != '\0', "nobody");
		demand(d->rule != NULL || d->key != NULL || d->notes_read != NULL, "about nothing");
	}
	faults_free(&faults);
	arena_free(a);
	return 0;
}
