/*
 * Lines on stderr for the person who runs the program. Verdicts and data go to stdout or into files elsewhere,
 * never through here.
 */
#include "base/log.h"

#include <stdio.h>

#include "base/text.h"

#define LINE_MAX_BYTES 4096

int log_level;

PRINTF(2, 0)
static void
line(const char *kind, const char *fmt, va_list ap)
{
	char raw[LINE_MAX_BYTES], clean[LINE_MAX_BYTES];

	(void)vsnprintf(raw, sizeof raw, fmt, ap);
	text_clean_into(clean, sizeof clean, raw);
	(void)fprintf(stderr, "preflight: %s%s\n", kind, clean);
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
