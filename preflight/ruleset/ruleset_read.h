/*
 * Reading maps of rule files by a table of their keys: unknown keys are faults with a suggestion,
 * missing ones too, and every fault says where.
 */
#ifndef RULESET_READ_H
#define RULESET_READ_H

#include "ruleset/ruleset.h"

enum field_kind {
	FK_TEXT,     /* const char * */
	FK_LINE,     /* const char *, without line breaks */
	FK_SQL,      /* struct sql: written as a | block or plain */
	FK_BOOL,     /* bool: yes/no/true/false */
	FK_WORD,     /* int: index into `words` */
	FK_VERSION,  /* int64_t version key */
	FK_RANGE,    /* const char *, a range of version.h */
	FK_TEXTS,    /* struct texts: a list, or one word for a list of one */
	FK_COUNT,    /* size_t */
	FK_DURATION, /* int64_t microseconds: 10s, 5min, 2h, 3d */
	FK_NODE,     /* const struct ynode *: read by the caller */
};

struct field_spec {
	const char *key;
	enum field_kind kind;
	size_t offset;
	bool required;
	const char *const *words; /* FK_WORD, NULL-terminated */
};

struct loader {
	struct arena *arena;
	struct ruleset *set;
	struct faults *faults;
	const char *file; /* path below rules/ */
	const char *pack; /* or NULL */
	bool ready;       /* the files that were checked when the program was built */
};

/* Reads `map` into `out`. False if there was any fault. */
bool read_map(
    struct loader *, const struct ynode *map, const char *what, const struct field_spec *, size_t n, void *out) MUST;
/* Reads one value that is no list and no map, as the field says, into *at. False if there was a fault. */
bool read_scalar(struct loader *, const struct ynode *, const struct field_spec *, void *at) MUST;
/* False, with a fault, if the node is no list of maps. */
bool read_is_list(struct loader *, const struct ynode *, const char *what) MUST;
bool read_texts(struct loader *, const struct ynode *, const char *what, struct texts *) MUST;
/* `{from: RANGE, to: RANGE, hop: minor}`; NULL node: everything. */
bool read_hop_range(struct loader *, const struct ynode *, const char *what, struct hop_range *) MUST;
/* `{column: word, other: [word, word]}` */
bool read_conditions(struct loader *, const struct ynode *, struct conditions *) MUST;

#endif
