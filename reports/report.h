/*
 * The report: every word and number that any format shows, decided before a format is asked.
 * Formats do not count, sort or word. All of it lives in one arena and is const for them.
 */
#ifndef REPORT_H
#define REPORT_H

#include "base/base.h"
#include "reports/words.h"

/* A name and a value; `value` is never NULL here. */
struct field {
	const char *name, *value;
};

struct remedy_step {
	const char *text;
	const char *command; /* complete line to paste, or NULL */
	bool optional;       /* another way, or a look: not needed to clear the finding */
	bool last;           /* only after everything else that is to do */
};
struct remedy {
	const char *install_method; /* linux_package, docker, helm, self_compiled, sameersbn, any */
	const char *install_title;  /* "Linux package" */
	const struct remedy_step *steps;
	size_t n_steps;
};

struct reference {
	const char *title, *url;
};

struct progress {
	bool known; /* done, total and tenths mean something */
	int64_t done, total;
	int64_t tenths;    /* percent times ten */
	const char *state; /* "moving", "in line", "stalled"; or NULL */
	const char *eta;   /* words, or NULL */
};

/* The violating row as the rule returned it. */
struct evidence {
	const struct field *fields;
	size_t n;
};

/* What a person decided about findings, or about upgrade notes. Texts are "" where not given. */
struct decision {
	const char *kind; /* accepted, confirmed */
	const char *rule, *key, *notes_read, *target;
	const char *justification, *approver, *ticket, *expires;
	const char *state;  /* applied, unused, expired, refused, other_target */
	const char *reason; /* of any state but applied */
	size_t n_findings;  /* that it concerns */
	bool broad;         /* it names no key, and concerns several */
};

struct finding {
	char key[33];
	char anchor[15];       /* "f-" and 12 digits */
	const char *rule;      /* id */
	const char *rule_file; /* "steps/14-2.yml" */
	enum status status;
	enum severity severity;
	enum effect effect;
	const char *title;        /* of the rule */
	const char *message;      /* about this finding */
	const char *why;          /* what breaks if it is ignored; or NULL */
	const char *subject_name; /* what it is about, short; or "" */
	const struct field *subject;
	size_t n_subject;
	struct progress progress;
	bool has_progress;
	bool cured; /* the hop itself clears it */
	struct evidence evidence;
	const struct remedy *remedies; /* the instance's own install method first */
	size_t n_remedies;
	const struct reference *refs;
	size_t n_refs;
	const struct decision *decision; /* or NULL */
	const char *decidable;           /* what a person may do about it: "accepted" or "confirmed"; or NULL */
	const char *cause;               /* of an unknown: "redis:queues unreachable"; or NULL */
	size_t row;                      /* of the rule's answer: people read them in the order of its query */
	size_t more;                     /* rows of the rule that it stands for beside its own */
};

struct state_count {
	const char *word;
	size_t n;
};

/*
 * Findings of a group in the same state with the same fix. The fix is one for all of them: a step's command has a line
 * for each finding that differs.
 */
struct group_part {
	const char *state; /* "failed"; or NULL */
	const struct finding *const *items;
	size_t n;
	const struct remedy *remedies; /* the instance's own install method first */
	size_t n_remedies;
};

/* Findings that a person reads as one: those of one rule, or all unknowns of one cause. */
struct group {
	const char *word; /* "BLOCKER", "WAITING", "UNKNOWN", "WARNING", "NOTICE", "ERROR" */
	enum effect effect;
	enum status status;
	const char *rule;     /* id, or NULL where several rules share a cause */
	const char *headline; /* "11 batched background migrations are not finished" */
	const char *detail;   /* "4 rules depend on this: ...", the reason; or NULL */
	const char *why;      /* or NULL */
	const struct finding *const *items;
	size_t n;
	const struct state_count *states; /* "moving" 1, "in line" 10; may be empty */
	size_t n_states;
	const struct remedy *remedies; /* of the first finding, when all share it; else none */
	size_t n_remedies;
	const struct group_part *parts; /* all items, each in one part */
	size_t n_parts;
};

/* How many there are of each: findings, but causes of unknowns, and rules of the last three. */
struct tally {
	size_t blockers, waiting, unknown, warnings, notices, to_read, passed, not_checked, not_applicable;
	size_t accepted, confirmed; /* findings about which a person decided: in none of the others */
};

/* Rules that were not evaluated, because of one source that was not requested or was left out. */
struct unchecked {
	const char *cause; /* "release: give --release FILE", "host: left out (why)" */
	const struct finding *const *items;
	size_t n;
};

struct plan_step {
	const char *version; /* "14.0.12" */
	const char *kind;    /* current, required_stop, conditional_stop, target, intermediate */
	const char *state;   /* done, next, later, not_needed, undecided, unknown */
	const char *reason;  /* or "" */
};

struct source_line {
	const char *id, *kind, *status, *version, *reason; /* "" where unknown */
	const char *endpoint, *origin, *tls, *privilege;
	bool needless; /* nothing says that this instance has it */
	int64_t duration_ms;
	const char *node; /* whose files; "" where it is not read node by node */
};

struct fact_line {
	const char *table, *database, *status, *reason;
	int64_t rows;
};

struct reason {
	const char *code; /* blocking_failure, waiting, blocking_unknown, rule_error, ... */
	const char *message;
	const char *finding; /* key, or NULL */
};

/* What the rules do about the upgrade notes that GitLab published for a hop. */
struct open_note {
	const char *version, *note, *why;
};
/* A published note, and what is done about it. */
struct note_line {
	const char *version, *note;
	const char *state; /* checked, to_read, not_applicable, not_checked, not_covered */
	const char *rules; /* ids that check it; or "" */
	const char *why;   /* what to do, or why it is not applicable or not covered; or "" */
};
struct notes_coverage {
	size_t total, checked, to_read, not_applicable;
	const struct note_line *notes; /* in the order of the releases */
	size_t n_notes;
	const struct open_note *open; /* not covered, and why */
	size_t n_open;
	const char *text; /* "3 of 5 published upgrade notes ... are checked"; "" without notes */
};

/* One thing to do, for all findings that need it: what, the commands, and the keys of the findings. */
struct action {
	const char *text;
	const char *const *commands;
	size_t n_commands;
	const char *const *findings;
	size_t n_findings;
};

/* One hop and what was decided about it. */
struct gate_result {
	enum gate decision;
	const char *from, *to;       /* versions; "unknown" where not readable */
	const char *const *excluded; /* sources left out: "host: no node access from CI" */
	size_t n_excluded;
	int exit_code;
	const char *headline; /* one sentence */
	const struct reason *reasons;
	size_t n_reasons;
	/* What clears all that blocks or waits, in this order, each once, for the own install method; none with a GO. */
	const struct action *actions;
	size_t n_actions;
	/* The commands that upgrade, own install method first; none without a GO. */
	const struct remedy *upgrade;
	size_t n_upgrade;
	/* What to run next: "After the fixes, check again", "preflight check --to 16.7.10"; "" where there is nothing. */
	const char *next_title, *next_command;
	const char *permission;  /* "Upgrading prod from 16.3.9 to 16.7.10 was allowed at ..."; "" for no GO */
	const char *valid_until; /* time */
	size_t by_status[ST_N];  /* rules, each once, by their worst finding */
	size_t total;            /* rules of the hop */
	const char *counts;      /* "1 blocker, 4 unknown (1 cause), 61 passed, 7 not applicable" */
	const struct finding *const *findings;
	size_t n_findings;
	const struct decision *decisions; /* all entries, in their order */
	size_t n_decisions;
	const struct group *groups; /* everything but pass, not applicable and skipped */
	size_t n_groups;
	struct tally tally;
	const struct unchecked *unchecked;
	size_t n_unchecked;
	struct notes_coverage coverage;
};

struct report {
	const char *tool_version;
	const char *rules_version, *rules_digest, *rules_origin;
	/* Of rules that came as one file: the id of the minisign key that signed it, or "unsigned"; else NULL. */
	const char *rules_signature;
	const char *rules_known; /* "GitLab 14.0 to 14.3" */
	const char *run_id, *started_at, *finished_at;
	bool complete;
	const char *label, *change, *operator_name; /* "" where not given */
	const char *host, *command;                 /* where and how the data was collected; "" where not recorded */
	const char *current_version;                /* "unknown" where not readable */
	const char *package_version, *reconfigured_version, *schema_version, *serving_version; /* or "" */
	const char *requested, *resolved;
	const char *install_method, *install_title, *edition; /* edition: ee, ce, unknown */
	const struct plan_step *steps;
	size_t n_steps;
	const char *plan_next; /* version, or "" */
	struct gate_result gate;
	bool has_next;
	struct gate_result next; /* of the next hop, when it is not the one asked for */
	const struct source_line *sources;
	size_t n_sources;
	const struct fact_line *facts;
	size_t n_facts;
	const char *nodes; /* "files of 2 of 3 nodes (not those of rails-3)"; "" for the one node of an instance */
	const char
	    *not_read; /* "Not checked: host (4 rules about backups, disk space: run preflight on the node)."; or "" */
	const char *way_back;    /* what a restore would start from; "" where the rules do not tell */
	const char *title;       /* "NO-GO  prod  14.1.8 -> 14.2.7" */
	const char *bundle_name; /* top folder of the bundle */
};

#endif
