/* The sources over HTTP that options name. */
#ifndef NAME_HTTP_SOURCES_H
#define NAME_HTTP_SOURCES_H

#include "discovery/options.h"
#include "sources/source.h"

/*
 * Fills endpoint, login and origin of the search cluster. False with `e` where options contradict
 * each other. `*used`: it is to be asked; also where nobody named it, since GitLab's settings may
 * (no endpoint then), unless options forbid looking or say that this edition has none.
 */
bool name_search(const struct options *, struct arena *, struct source *, bool *used, struct err *) MUST;
/* The same for GitLab's API, which is used only where it is named. */
bool name_gitlab(const struct options *, struct arena *, struct source *, bool *used, struct err *) MUST;

#endif
