/*
 * Look-ups in a loaded rule set: rules, remedies, sources, install methods. Loading is in ruleset_load.c and the
 * ruleset_*.c beside it.
 */
#include "ruleset/ruleset.h"

#include <string.h>

#include "base/version.h"

void
ruleset_free(struct ruleset *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->tables.n; i++)
		rows_free(set->tables.items[i].rows);
	arena_free(set->arena);
}

const struct rule *
ruleset_rule(const struct ruleset *set, const char *id)
{
	for (size_t i = 0; i < set->rules.n; i++) {
		const struct rule *r = &set->rules.items[i];

		if (strcmp(r->id, id) == 0)
			return r;
		for (size_t k = 0; k < r->aliases.n; k++)
			if (strcmp(r->aliases.items[k], id) == 0)
				return r;
	}
	return NULL;
}

const struct remedy_decl *
ruleset_remedy(const struct ruleset *set, const char *name)
{
	for (size_t i = 0; i < set->remedies.n; i++)
		if (strcmp(set->remedies.items[i].name, name) == 0)
			return &set->remedies.items[i];
	return NULL;
}

const struct source_decl *
ruleset_source(const struct ruleset *set, const char *id)
{
	for (size_t i = 0; i < set->sources.n; i++)
		if (strcmp(set->sources.items[i].id, id) == 0)
			return &set->sources.items[i];
	return NULL;
}

const struct source_decl *
ruleset_source_of(const struct ruleset *set, const struct fact *f, const char *part)
{
	for (size_t i = 0; i < set->sources.n; i++)
		if (strcmp(set->sources.items[i].kind, f->source) == 0 && strcmp(set->sources.items[i].part, part) == 0)
			return &set->sources.items[i];
	return NULL;
}

const struct install_method *
ruleset_method(const struct ruleset *set, const char *name)
{
	for (size_t i = 0; i < set->methods.n; i++)
		if (strcmp(set->methods.items[i].name, name) == 0)
			return &set->methods.items[i];
	return NULL;
}

static bool
names(const struct texts *methods, const char *name)
{
	for (size_t i = 0; name != NULL && i < methods->n; i++)
		if (strcmp(methods->items[i], name) == 0)
			return true;
	return false;
}

bool
step_is_for(const struct step_decl *s, const struct install_method *m)
{
	if (s->methods.n == 0)
		return true;
	if (m == NULL)
		return false;
	return names(&s->methods, m->name) || (s->shell == NULL && names(&s->methods, m->variant_of));
}

const char *
ruleset_known(const struct ruleset *set, struct arena *a)
{
	char from[VERSION_TEXT], to[VERSION_TEXT];

	return arena_printf(
	    a, "%s to %s", version_minor_text(set->known_from, from), version_minor_text(set->known_through, to));
}

bool
hop_in_range(const struct hop_range *r, int64_t from, int64_t to)
{
	bool patch = version_minor(from) == version_minor(to);

	if ((r->hop == HOP_MINOR && patch) || (r->hop == HOP_PATCH && !patch))
		return false;
	return (r->from == NULL || version_in(from, r->from)) && (r->to == NULL || version_in(to, r->to));
}

bool
rule_applies(const struct rule *r, int64_t from, int64_t to)
{
	if (r->phase == PH_NEVER || !hop_in_range(&r->applies, from, to))
		return false;
	return from == to ? r->phase == PH_AFTER || r->applies.hop == HOP_ANY : r->phase == PH_BEFORE;
}

void
ruleset_drop(struct ruleset **set)
{
	ruleset_free(*set);
}
