/* Free text, such as a server's error, without what names a site, a person or a secret. */
#ifndef SCRUB_H
#define SCRUB_H

#include "base/base.h"

#define SCRUBBED "[hidden]"

/*
 * A copy in which every word that looks like an address, a host, an e-mail, a file outside of GitLab's own folders, or a
 * token is SCRUBBED, cut before the rows that PostgreSQL quotes and at 200 bytes. A second time changes nothing. It
 * recognises forms, and is no proof that nothing is left.
 */
const char *text_scrub(struct arena *, const char *);
/* Whether a path is in a folder of GitLab's own, which has the same name everywhere. */
bool is_common_path(const char *);

#endif
