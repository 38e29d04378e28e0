/* Who set an option, and how a wrong request is refused. */
#include "discovery/options.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

int
usage_error(const char *fmt, ...)
{
	char msg[900];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	log_error("%s", msg);
	return EXIT_USAGE;
}

static void
print_error(const struct err *e)
{
	char text[sizeof e->msg + 256];

	err_text(e, text, sizeof text);
	log_error("%s", text);
}

int
complain(const struct err *e)
{
	print_error(e);
	return EXIT_USAGE;
}

int
complain_about(const char *what, struct err *e)
{
	err_within(e, what);
	return complain(e);
}

int
complain_internal(const struct err *e)
{
	print_error(e);
	return EXIT_INTERNAL;
}

const char *
option_origin(const struct options *out, const char *name, size_t i)
{
	for (size_t k = 0; k < out->said.n; k++)
		if (strcmp(out->said.items[k].name, name) == 0 && i-- == 0)
			return out->said.items[k].by;
	return name;
}
