/*
 * Any bytes as a report.json, as preflight report takes it from anybody. What is read is written in every format without
 * a fault, and as JSON it is the same once more; what is refused has one line of reason.
 */
#include "reports/json_read.h"
#include "reports/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
demand(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "%s\n", what);
	abort();
}

/* The document, or NULL where the format cannot express the report; to be freed. */
static char *
rendered(const struct format *format, const struct report *r, size_t *len)
{
	static const struct render_style style = {.width = 100, .verbosity = 1, .formats = formats};
	struct err e = {.msg = ""};
	char *text = NULL;
	FILE *f = open_memstream(&text, len);
	bool ok;

	demand(f != NULL, "no memory");
	ok = format->render(f, r, &style, &e);
	demand(fclose(f) == 0, "no memory");
	if (ok)
		return text;
	demand(e.msg[0] != '\0', "no reason");
	free(text);
	return NULL;
}

static void
check_again(struct arena *a, const char *json, size_t len)
{
	struct err e = {.msg = ""};
	const struct report *again = report_read(a, json, len, &e);
	size_t again_len = 0;
	char *same;

	demand(again != NULL, e.msg);
	same = rendered(format_find("json"), again, &again_len);
	demand(same != NULL && again_len == len && memcmp(same, json, len) == 0, "another report once more");
	free(same);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *a = arena_new();
	struct err e = {.msg = ""};
	const struct report *r = report_read(a, (const char *)data, len, &e);

	if (r == NULL)
		demand(e.msg[0] != '\0' && strpbrk(e.msg, "\r\n") == NULL, "no line");
	for (const struct format *const *f = formats; r != NULL && *f != NULL; f++) {
		size_t n = 0;
		char *text = rendered(*f, r, &n);

		if (text != NULL && strcmp((*f)->name, "json") == 0)
			check_again(a, text, n);
		free(text);
	}
	arena_free(a);
	return 0;
}
