#include "base/log.h"

#include <stdio.h>

int log_level;

PRINTF(2, 0)
static void
line(const char *kind, const char *fmt, va_list ap)
{
	(void)fprintf(stderr, "preflight: %s", kind);
	(void)vfprintf(stderr, fmt, ap);
	(void)fputc('\n', stderr);
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("", fmt, ap);
	va_end(ap);
}

void
log_warning(const char *fmt, ...)
{
	va_list ap;

	if (log_level < 0)
		return;
	va_start(ap, fmt);
	line("warning: ", fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	if (log_level < 1)
		return;
	va_start(ap, fmt);
	line("", fmt, ap);
	va_end(ap);
}
