/* The short form of a definition that the server printed: what a column of a fact with a `form` holds. */
#ifndef PG_FORM_H
#define PG_FORM_H

#include "facts/fact.h"

/* Types repeat: these are turned once. */
struct form_memo {
	struct texts printed, form;
};

/* NULL: the text is not understood. In memory of the arena, like the memo. */
const char *form_text(enum col_form, const char *text, struct form_memo *, struct arena *);

#endif
