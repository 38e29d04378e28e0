/*
 * The rules of kind engine: what preflight finds by itself, without a query. C decides when, the rule file
 * holds the words. The list of ids is closed: a rule file can neither add an id nor make one milder.
 */
#ifndef ENGINE_RULES_H
#define ENGINE_RULES_H

#include "ruleset/ruleset.h"

struct engine_id {
	const char *id;
	enum severity least; /* a rule file must not declare less; it also holds where no rule is declared */
	bool of_source;      /* its remedy may name id, status and kind of a source; else subject and versions */
	bool by_version;     /* its findings have the id and a version: path.conditional-16.0 */
};
extern const struct engine_id engine_ids[];
extern const size_t n_engine_ids;

/* The row of an id, with or without its version; NULL: the engine has no such finding. */
const struct engine_id *engine_id_find(const char *id);
/* The names that a remedy of this id may use as {placeholders} and conditions. */
void engine_fields(const struct engine_id *, const char ***names, size_t *n);

/*
 * The rule of a finding's id: of exactly that id, else of the same id without its version. NULL: none is
 * declared, as in the rule set of an old bundle.
 */
const struct rule *ruleset_rule_of(const struct ruleset *, const char *id);
/* The declared severity, where it is not below the least one; blocker for an id that is in no list. */
enum severity engine_severity(const struct ruleset *, const char *id);
/* The declared remedy, else the remedy with the name of the id, else NULL. */
const struct remedy_decl *engine_remedy(const struct ruleset *, const char *id);

#endif
