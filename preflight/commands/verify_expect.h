/* What the caller of verify expects a bundle to be about: --expect-*. */
#ifndef VERIFY_EXPECT_H
#define VERIFY_EXPECT_H

#include "base/err.h"
#include "discovery/options.h"
#include "reports/report.h"

/* Whether each expectation can be met at all: a verdict that exists, a whole version. */
bool expectations_check(const struct options *, struct err *) MUST;
/* Whether there is any. */
bool expectations_given(const struct options *);
/* Adds a sentence to `met` for each that the report meets, and to `unmet` for each that it does not. */
void expectations_compare(
    const struct options *, const struct report *, struct arena *, struct texts *met, struct texts *unmet);

#endif
