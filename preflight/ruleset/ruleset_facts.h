/* The sections of rule files that declare what is collected: facts, views, tables, sources. */
#ifndef RULESET_FACTS_H
#define RULESET_FACTS_H

#include "ruleset/ruleset_read.h"

/* One top-level section each; faults go to the loader. */
void load_facts(struct loader *, const struct ynode *);
void load_views(struct loader *, const struct ynode *);
void load_tables(struct loader *, const struct ynode *);
void load_sources(struct loader *, const struct ynode *);

#endif
