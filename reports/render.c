/* The table of formats. A new one is a file that ends with its `struct format`, and one row here. */
#include "reports/render.h"

#include <string.h>

/* In the order of --help and of a bundle's README; those without a file are not in the bundle. */
#define FORMATS(ROW) \
	ROW(text) \
	ROW(quiet) \
	ROW(html) \
	ROW(json) \
	ROW(markdown) \
	ROW(junit) \
	ROW(dotenv) \
	ROW(annotations) \
	ROW(openmetrics) \
	ROW(nagios) \
	ROW(readme)

#define DECLARE(name) extern const struct format format_##name;
FORMATS(DECLARE)

#define POINT(name) &format_##name,
const struct format *const formats[] = {FORMATS(POINT) NULL};

const struct format *
format_find(const char *name)
{
	for (const struct format *const *f = formats; *f != NULL; f++)
		if (strcmp((*f)->name, name) == 0)
			return *f;
	return NULL;
}
