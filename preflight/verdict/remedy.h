/* The steps that clear a finding, with its own values, for each way of installing GitLab. */
#ifndef REMEDY_H
#define REMEDY_H

#include "verdict/instance.h"

struct hop {
	int64_t from, to;
};

/*
 * Expands a declared remedy; `decl` NULL gives none. The instance's own install method comes
 * first; one entry "any" where no step depends on it.
 */
void remedy_expand(const struct instance *, const struct remedy_decl *decl, struct hop, const struct field *fields,
    size_t n_fields, const struct remedy **out, size_t *n_out);
/* Whether the fields have the words that a `where:` requires. */
bool conditions_hold(const struct conditions *, const struct field *, size_t n);

#endif
