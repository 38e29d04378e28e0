/* What Markdown written elsewhere shares with the format markdown: escaping. */
#ifndef MARKDOWN_H
#define MARKDOWN_H

#include "base/base.h"

/*
 * Adds text that means itself, as one line. GitLab and GitHub look for references ("@all", "#1") in the rendered text,
 * where a backslash is gone, so an invisible blank behind the sign keeps the two apart.
 */
void markdown_text(struct buf *, struct arena *, const char *text);

#endif
