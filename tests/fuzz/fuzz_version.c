/*
 * Any text as a version and as a range. A version that is read must survive being written and read
 * again; a range that is refused must hold nobody.
 */
#include "base/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
demand(bool ok, const char *what, const char *text)
{
	if (ok)
		return;
	(void)fprintf(stderr, "%s: \"%s\"\n", what, text);
	abort();
}

static void
check_message(const struct err *e, const char *text)
{
	demand(e->msg[0] != '\0' && strlen(e->msg) < sizeof e->msg, "no message", text);
	for (const char *p = e->msg; *p != '\0'; p++)
		demand((unsigned char)*p >= 0x20 && *p != 0x7F, "a control character", text);
}

static void
check_version(const char *text)
{
	char written[VERSION_TEXT], minor[VERSION_TEXT], range[VERSION_TEXT + 2];
	struct version v, again;
	struct err e;

	if (!version_parse(text, &v, &e)) {
		check_message(&e, text);
		return;
	}
	demand(v.parts >= 1 && v.parts <= 3, "how many numbers", text);
	demand(v.key >= 0 && v.key <= 9999999995, "out of range", text);
	demand(v.key % 10 == (version_is_pre(v.key) ? 0 : 5), "neither release nor pre", text);
	demand(version_parse(version_text(v.key, written), &again, &e) && again.key == v.key,
	    "another version when it is written", text);
	demand(version_parse(version_minor_text(v.key, minor), &again, &e) && again.key == version_minor(v.key),
	    "another minor when it is written", text);
	(void)snprintf(range, sizeof range, "=%s", written);
	demand(version_in(v.key, range), "not equal to itself", text);
	(void)snprintf(range, sizeof range, "=%s", minor);
	demand(version_in(v.key, range), "not of its minor", text);
	(void)snprintf(range, sizeof range, "<%s", written);
	demand(version_range_check(range, &e), "no range", text);
	demand(!version_in(v.key, range), "less than itself", text);
}

static void
check_range(const char *text)
{
	struct err e;
	bool good = version_range_check(text, &e);

	if (!good)
		check_message(&e, text);
	for (int64_t k = 0; k < 10000000000; k += 499999995)
		demand(good || !version_in(k, text), "a refused range holds somebody", text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = xcalloc(len + 1, 1);

	if (len > 0)
		memcpy(text, data, len);
	check_version(text);
	check_range(text);
	free(text);
	return 0;
}
