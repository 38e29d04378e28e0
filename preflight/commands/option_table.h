/*
 * The table of options, for what reads it: the command line, the environment, a file, help, manual and completion.
 * A row without its group and its values is refused by the compiler.
 */
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
	ONCE = 2048, /* for a command line only: no setting */
	CMD_HELP = 4096,
	CMD_DIFF = 8192,
	CMD_FLEET = 16384
};

/* Under which heading help and manual show an option, in this order. */
enum option_group {
	OG_STEP,
	OG_SOURCES,
	OG_LOGINS,
	OG_COLLECTION,
	OG_REQUIRED,
	OG_DECISION,
	OG_VERIFY,
	OG_RULES,
	OG_OUTPUT,
	OG_GENERAL,
	N_GROUPS
};

/* Possible values of an option, or of an argument of a command: for completion. */
enum values_kind {
	OV_NOTHING,
	OV_TEXT,
	OV_FILE,
	OV_DIRECTORY,
	OV_WORDS,
	OV_FORMAT,
	OV_RULE,
	OV_RULE_OR_FILE,
	OV_TABLE,
	OV_COMMAND
};

struct values {
	enum values_kind kind;
	const char *words; /* of OV_WORDS, with a blank between two; a word that ends with = is a name before a value */
};
#define NOTHING \
	{ \
		OV_NOTHING, NULL \
	}
#define TEXT \
	{ \
		OV_TEXT, NULL \
	}
#define FILES \
	{ \
		OV_FILE, NULL \
	}
#define DIRECTORIES \
	{ \
		OV_DIRECTORY, NULL \
	}
#define WORDS(list) \
	{ \
		OV_WORDS, list \
	}
#define FORMATS \
	{ \
		OV_FORMAT, NULL \
	} /* of a report, from the table of formats */
#define RULE_IDS \
	{ \
		OV_RULE, NULL \
	}
#define RULE_IDS_OR_FILES \
	{ \
		OV_RULE_OR_FILE, NULL \
	}
#define TABLE_NAMES \
	{ \
		OV_TABLE, NULL \
	}
#define COMMAND_NAMES \
	{ \
		OV_COMMAND, NULL \
	}

struct option {
	char letter; /* 0: has none */
	const char *name, *argument;
	const char *help; /* NULL: the names of the formats, from the table of formats */
	enum option_kind kind;
	size_t field;      /* offset in struct options */
	unsigned commands; /* CMD_* that take it */
	enum option_group group;
	const char *by_default; /* what applies where it is not set, or NULL */
	struct values values;
};
extern const struct option option_table[];
extern const size_t n_options;
extern const char *const option_groups[N_GROUPS]; /* the headings */

/* A variable that is no option: what it is for, and the commands that read it. */
struct variable {
	const char *name, *about;
	unsigned commands;
};
extern const struct variable variables[]; /* ended by a name of NULL */

/* The text of its help, in the arena where it is composed. */
const char *option_about(const struct option *, struct arena *);
/* PREFLIGHT_TO, in the arena; NULL where the environment cannot set it. */
const char *option_variable(const struct option *, struct arena *);

/* Sets an option, or adds to a list. `by`: who sets it, for messages. A flag's value is not looked at. */
void option_set(const struct option *, const char *value, const char *by, struct options *, struct arena *);

#endif
