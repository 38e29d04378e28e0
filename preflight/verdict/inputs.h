/*
 * What a person decided about the question, beside the snapshot and the rules. Stored in a bundle
 * as inputs.json; a replay takes from there what its command line does not specify.
 */
#ifndef INPUTS_H
#define INPUTS_H

#include "base/err.h"
#include "ruleset/ruleset.h"
#include "verdict/decisions.h"

struct left_out { /* --without SOURCE=REASON */
	const char *source, *reason;
};
struct left_outs {
	struct left_out *items;
	size_t n, cap;
};

/* The reason for which a source is left out, or NULL. */
const char *why_left_out(const struct left_outs *, const char *id);
bool is_left_out(const struct left_outs *, const char *id);

struct inputs {
	const char *from; /* as given, or NULL */
	const char *to;   /* as given: 14.2.7, 14.2, 14, latest; or NULL */
	bool next;        /* gate the next hop on the path to `to` */
	bool after;       /* gate the installed version: is the upgrade to it over? */
	bool exit_on_warnings;
	bool require_tls;
	bool required_only; /* unfinished migrations that only later releases need do not block */
	const char *install_method, *label, *change; /* or NULL */
	struct left_outs without;
	struct texts require;
	struct texts nodes; /* whose files must have been read; empty: the nodes were not specified */
	struct texts path;  /* stops of --path, "15.11"; empty: those of the rules */
	/* Of rules that came as one file: the id of the key that signed it, or RULES_UNSIGNED; else NULL. */
	const char *rules_file;
	const char *redaction;   /* "standard", "strict" or NULL: what facts and inputs have lost, see facts/redact.h */
	struct texts notes_read; /* releases whose upgrade notes a person has read, "19.6" */
	/* The file of decision entries, as it goes into the bundle; NULL: none. */
	const char *decisions_text;
	size_t decisions_len;
	struct decision_entries decisions; /* of the file and of notes_read */
};

/* Reads the entries of decisions_text, if `in` has none yet, from this text. `name` is for messages. */
bool
inputs_decisions(struct inputs *, const char *name, const char *text, size_t len, struct arena *, struct err *) MUST;
/* Adds the entries of notes_read, once everything else is known. */
bool inputs_notes(struct inputs *, struct arena *, struct err *) MUST;

/* The same of a collection, which has no verdict: only `from`. */
#define COLLECT_INPUTS "collect.json"

/* inputs.json, in memory of the arena. */
const char *inputs_write(const struct inputs *, struct arena *);
/* Fills what is still unset in `in` from the text of an inputs.json. */
bool inputs_merge(struct inputs *in, const char *text, size_t len, struct arena *, struct err *) MUST;
/* "standard" or "strict"; NULL leaves it. The stricter one stays. */
bool inputs_redaction(struct inputs *, const char *word, struct err *) MUST;
/* "NAME[,NAME...]" */
bool inputs_nodes(struct inputs *, const char *word, struct arena *, struct err *) MUST;
/* The installed version, which needs all three numbers; NULL leaves it open. `text` must outlive the inputs. */
bool inputs_from(struct inputs *, const char *text, struct err *) MUST;
/* "SOURCE=REASON"; both are needed. */
bool inputs_without(struct inputs *, const char *word, struct arena *, struct err *) MUST;

/* Reads GitLab's own config/upgrade_path.yml: a list of stops with major and minor. */
bool inputs_path(struct inputs *, const char *file, struct arena *, struct err *) MUST;

#endif
