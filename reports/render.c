#include "reports/render.h"

#include <string.h>

#include "reports/parts.h"

const struct format formats[] = {
	{"json",     "report.json", json_render},
	{"html",     "report.html", html_render},
	{"junit",    "junit.xml",   junit_render},
	{"markdown", "summary.md",  markdown_render},
	{"readme",   "README.txt",  readme_render},
	{"text",     NULL,          terminal_render},
	{"quiet",    NULL,          quiet_render},
	{NULL,       NULL,          NULL},
};

const struct format *
format_find(const char *name)
{
	for (const struct format *f = formats; f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}
