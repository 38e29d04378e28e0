/* Prints JSON for a terminal or a pipe. Called by whatever answers in JSON; builds and reads none. */
#include "base/json.h"

#include <stdlib.h>

bool
json_print(const json_t *v, size_t indent, FILE *f)
{
	char *text = json_dumps(v, JSON_INDENT(indent) | JSON_ENSURE_ASCII);

	/* DEL is ASCII, and only in strings. */
	for (const char *p = text; p != NULL && *p != '\0'; p++)
		if (*p == 0x7f)
			(void)fputs("\\u007f", f);
		else
			(void)putc(*p, f);
	(void)putc('\n', f);
	if (text == NULL)
		return false;
	free(text);
	return true;
}
