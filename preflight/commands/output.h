/* What a command leaves behind: the bundle, and formats on stdout or in files. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "commands/cli.h"
#include "commands/signing.h"
#include "bundle/publish.h"
#include "reports/render.h"

/* Whether every --format names a format, and at most one goes to stdout. */
bool output_check_formats(const struct options *, struct err *) MUST;
/*
 * Of a command with formats of its own, ended by NULL, the first one by default: which --format names. False, with the
 * list of them, for any other, several, or a file.
 */
bool
output_choose(const char *command, const struct options *, const char *const *names, size_t *chosen, struct err *) MUST;
/* What a check leaves behind, beside the facts. */
struct left_behind {
	const struct options *options;
	const struct ruleset *set;
	const struct inputs *inputs;
	const struct report *report;
	const struct signing *signing; /* NULL: as it would be without a signature */
	bool replay;                   /* the facts are those of bundles */
};
/* Adds every format, the rules and the inputs to the facts in `members`. */
bool output_files(struct arena *, const struct left_behind *, struct members *, struct err *) MUST;
/* What the manifest of a report says, without the process that made it. */
struct manifest output_manifest(const struct report *);
/* output_files, sealed, signed and written. */
bool output_bundle(struct arena *, const struct left_behind *, struct members *, struct out *, struct err *) MUST;
/* The requested formats; without one for stdout, the summary. `bundle`: its path, or NULL. */
bool output_formats(const struct options *, const struct report *, const char *bundle, struct err *) MUST;
/* The same, with a style of its own. */
bool output_render_as(struct arena *, const struct format *, const struct report *, const struct render_style *,
    struct member *, struct err *) MUST;
/* One format as text in memory of the arena. */
bool output_render(struct arena *, const char *format, const struct report *, struct member *, struct err *) MUST;
/* name, value, ..., NULL: who and what made this, for the manifest; NULL if time is pinned. Redacted: not who and where. */
const char *const *output_process(struct arena *, const struct options *, bool redacted, bool replay);

#endif
