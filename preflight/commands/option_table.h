/* The table of options, for what reads it: the command line, the environment, a file, --help. */
#ifndef OPTION_TABLE_H
#define OPTION_TABLE_H

#include "discovery/options.h"

enum option_kind { OK_FLAG, OK_TEXT, OK_LIST };

enum {
	CMD_CHECK = 1,
	CMD_COLLECT = 2,
	CMD_PLAN = 4,
	CMD_REPORT = 8,
	CMD_VERIFY = 16,
	CMD_RULES = 32,
	CMD_FACTS = 64,
	CMD_SOURCES = 128,
	CMD_WAIT = 256,
	CMD_EXPLAIN = 512,
	CMD_ACCEPT = 1024,
	ONCE = 2048 /* for a command line only: no setting */
};

struct option {
	char letter; /* 0: has none */
	const char *name, *argument;
	const char *help; /* NULL: the names of the formats, from the table of formats */
	enum option_kind kind;
	size_t field;      /* offset in struct options */
	unsigned commands; /* CMD_* that take it */
};
extern const struct option option_table[];
extern const size_t n_options;

/* Sets an option, or adds to a list. `by`: who sets it, for messages. A flag's value is not looked at. */
void option_set(const struct option *, const char *value, const char *by, struct options *, struct arena *);

#endif
