/* Whether the files of a bundle are what its facts, rules and inputs give. */
#ifndef VERIFY_FILES_H
#define VERIFY_FILES_H

#include "commands/opened.h"
#include "discovery/options.h"

/*
 * After opened_recompute: the stored decision is the one that follows, every file is one that a check writes, and each is
 * made again and compared. Files of another version of the program cannot be made again: their paths are added to
 * `unchecked`. False: `e` names the first file that differs.
 */
bool
verify_files(const struct options *, const struct opened *, struct arena *, struct texts *unchecked, struct err *) MUST;
/*
 * The same of facts without a verdict, as `collect` writes them: in the form that `today`, the rules of this program,
 * gives them. `unchecked`: the files that other rules or another version of the program may have written otherwise.
 */
bool verify_collected_files(const struct options *, const struct opened *, const struct ruleset *today, struct arena *,
    struct texts *unchecked, struct err *) MUST;

#endif
