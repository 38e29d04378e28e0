/*
 * A rule set: everything that the files below rules/ declare, resolved and checked. It lives in one
 * arena and never changes after loading.
 */
#ifndef RULESET_H
#define RULESET_H

#include "bundle/bundle.h"
#include "facts/fact.h"
#include "reports/report.h"
#include "facts/rows.h"
#include "base/yaml.h"

/* `where:`: result columns and the words they must have for something to apply. */
struct condition {
	const char *column;
	struct texts values;
};
struct conditions {
	struct condition *items;
	size_t n, cap;
};

/* Where a rule does not name it: any hop that changes the version. `any` holds in the after-check too. */
enum hop_kind { HOP_ANY, HOP_MINOR, HOP_PATCH, HOP_UNSAID };
/* For which hops something holds; NULL ranges hold for all. */
struct hop_range {
	const char *from, *to; /* ranges of version.h */
	enum hop_kind hop;
};

struct cure {
	struct hop_range hop;
	const char *says; /* behind the message of the finding */
	struct conditions where;
};
struct cures {
	struct cure *items;
	size_t n, cap;
};

/* A word from a message or command with {placeholders}; see message.h. */
struct step_decl {
	const char *text;
	const char *shell; /* a shell line; values are quoted as shell words */
	const char *rake;  /* task; its arguments are in rake_args */
	struct texts rake_args;
	const char *runner; /* Ruby for gitlab-rails runner */
	const char *sql;    /* a statement for the field `database`; its values stand as they are */
	struct hop_range when;
	struct conditions where;
	struct texts methods; /* install methods; empty: all */
	bool optional;        /* another way, or a look: left out of the list of actions */
	bool last;            /* in the list of actions behind everything else */
	struct loc at;
};
struct step_decls {
	struct step_decl *items;
	size_t n, cap;
};

struct remedy_decl {
	const char *name;
	struct step_decls steps;
	struct loc at;
};
struct remedy_decls {
	struct remedy_decl *items;
	size_t n, cap;
};

struct install_method {
	const char *name;          /* linux_package */
	const char *title;         /* "Linux package" */
	const char *variant_of;    /* the method whose steps it has too, or NULL: see step_is_for() */
	const char *setup;         /* line that sets what the commands use, or NULL */
	const char *rake, *runner; /* command lines with {} for the quoted word */
	const char *sql, *sql_of;  /* the same for a statement: of main, and of {database}; or NULL */
	struct loc at;
};
struct install_methods {
	struct install_method *items;
	size_t n, cap;
};

struct refs {
	struct reference *items;
	size_t n, cap;
};

struct given { /* rows of one table in a rule test */
	const struct ynode *table;
	const struct fact *fact;
	const struct ynode *rows;
	bool checked; /* by ruleset_resolve.c: several tests may have the same */
};
struct givens {
	struct given **items;
	size_t n, cap;
};

struct rule_test {
	const char *name;
	int64_t from, to; /* version keys of the hop */
	bool required_only, after;
	const char *install_method; /* as an operator would give it, or NULL */
	struct givens given;
	struct texts unknown; /* tables that cannot be read */
	struct texts null_ok; /* columns whose NULL may make findings vanish */
	enum status status;
	bool has_findings;
	size_t findings;
	const char *message; /* that one finding must have, or NULL */
	const char *state;   /* value of column `state` that one finding must have, or NULL */
	const char *eta;     /* text that the column `eta` of one finding must hold; "none": of no finding; or NULL */
	const char *fix;     /* text or command that one step of one finding's remedy must hold, or NULL */
	bool has_effect;
	enum effect effect;
	struct loc at;
};
struct rule_tests {
	struct rule_test *items; /* with what the entry `each` before them has */
	size_t n, cap;
	struct givens shared; /* of all entries `each`, also what every test replaces */
};

/* Fact tables that a statement needs: inferred, see lint.c. */
struct fact_refs {
	const struct fact **items;
	size_t n, cap;
};

enum rule_kind { RK_SQL, RK_VERSION, RK_MANUAL, RK_ENGINE };
/* never: preflight itself makes the findings, see engine_rules.h */
enum rule_phase { PH_BEFORE, PH_AFTER, PH_NEVER };
enum confidence { CF_DOCUMENTED, CF_SOURCE, CF_UNVERIFIED };

struct rule {
	const char *id, *title, *headline; /* headline: of several findings, with {n} */
	const char *expects;               /* what is true when the rule passes; or NULL */
	const char *file, *pack;           /* "steps/14-2.yml"; pack NULL: shipped */
	enum rule_kind kind;
	enum rule_phase phase;
	enum severity severity;
	enum confidence confidence;
	struct hop_range applies;
	struct hop_range when;     /* kind version: violated where both ranges hold */
	struct sql query;          /* sql: violations; manual: concerns, which may be missing */
	struct reach reach;        /* of the query */
	const char *key, *message; /* templates; engine: none */
	struct loc key_at, message_at;
	const char *why, *note, *source_of_fact;
	const char *remedy; /* name; NULL: engine, without one */
	const struct remedy_decl *remedy_decl;
	struct refs refs;
	struct texts aliases;
	struct cures cures;
	bool whole;
	bool acceptable, confirm;
	struct rule_tests tests;
	const struct fact **needs; /* inferred: without them it does not prepare */
	size_t n_needs;
	/* Inferred too: it prepares without them only because a view that reads them has a fallback. */
	struct fact_refs covered;
	struct loc at, remedy_at;
};
struct rules {
	struct rule *items;
	size_t n, cap;
};

enum source_need { SN_REQUIRED, SN_CONDITIONAL, SN_OPTIONAL };
struct source_decl {
	const char *id;          /* "postgres:main", "host" */
	const char *kind, *part; /* "postgres", "main"; host: "host", "local" */
	const char *title;       /* "PostgreSQL database main" */
	const char *covers;      /* what is unchecked without it: "backups, disk space"; or NULL */
	const char *request;     /* how to request it: "give --release FILE"; or NULL */
	enum source_need need;
	bool by_node;           /* read on each node of the instance */
	struct sql condition;   /* over facts; rows: the source is needed */
	struct fact_refs needs; /* of the condition */
	struct reach reach;     /* the same, at most */
	struct sql control;     /* over facts; rows: the store is not GitLab's, with column `reason` */
	struct loc at;
};
struct source_decls {
	struct source_decl *items;
	size_t n, cap;
};

struct stop {
	int64_t version; /* X.Y.0 */
	bool conditional;
	const char *reason;     /* why one must not skip it; for a conditional one: when */
	const char *chart;      /* Helm chart X.Y, or NULL */
	struct sql condition;   /* conditional: rows: the stop is needed; absent: undecidable */
	struct fact_refs needs; /* of the condition */
	struct reach reach;     /* the same, at most */
	struct loc at;
};
struct stops {
	struct stop *items;
	size_t n, cap;
};
/* A release that one must pass through, though it is no stop for everybody. */
struct detour {
	const char *from, *to; /* ranges: for which hops */
	int64_t via;
	const char *reason;
};
struct detours {
	struct detour *items;
	size_t n, cap;
};
struct bad_release {
	const char *range, *reason;
};
struct bad_releases {
	struct bad_release *items;
	size_t n, cap;
};
struct versions {
	int64_t *items;
	size_t n, cap;
};

/* A table whose rows are in the rule files: version floors, known migrations, schema markers. */
struct data_table {
	struct fact fact;
	struct rows *rows;
};
struct data_tables {
	struct data_table *items;
	size_t n, cap;
};
struct rule_file {
	struct member member;       /* path as in a bundle: "steps/14-2.yml", "packs/NAME/x.yml" */
	const char *shown;          /* path as messages show it */
	const struct ynode *root;   /* NULL where it was made ready */
	const unsigned char *ready; /* then: its sections, for ready_section() */
	const struct yfile *text;
};
struct rule_files {
	struct rule_file *items;
	size_t n, cap;
};

#define RULES_UNSIGNED "unsigned"

struct ruleset {
	struct arena *arena;
	struct rule_files files; /* as used, sorted by path */
	char digest[65];
	const char *origin; /* shipped, modified, third_party */
	/* Of a set that came as one file (--rules-file): the id of the key that signed it, or RULES_UNSIGNED; else NULL. */
	const char *file_signer;
	bool tests_left_out; /* the rules' tests were not read */
	const char *version; /* "2026.11" */
	const char *dated;
	int64_t known_from, known_through; /* minors: X.Y.0 */
	struct stops stops;
	struct versions latest; /* the newest patch known of each minor */
	struct bad_releases bad;
	struct detours detours;
	struct fact_list facts;
	struct views views;
	struct data_tables tables;
	struct rules rules;
	struct remedy_decls remedies;
	struct install_methods methods;
	struct source_decls sources;
	struct texts join_columns; /* by which large tables are indexed: see join_columns.h */
};

void ruleset_free(struct ruleset *);
void ruleset_drop(struct ruleset **);

const struct rule *ruleset_rule(const struct ruleset *, const char *id);
const struct remedy_decl *ruleset_remedy(const struct ruleset *, const char *name);
const struct source_decl *ruleset_source(const struct ruleset *, const char *id);
const struct source_decl *ruleset_source_of(const struct ruleset *, const struct fact *, const char *part);
const struct install_method *ruleset_method(const struct ruleset *, const char *name);
/*
 * Whether a step is for an installation of this method (NULL: not known). A variant has the steps of the method that it
 * varies too, but for lines of the shell, which are written for one method alone.
 */
bool step_is_for(const struct step_decl *, const struct install_method *);
/* "14.0 to 14.3" */
const char *ruleset_known(const struct ruleset *, struct arena *);

bool hop_in_range(const struct hop_range *, int64_t from, int64_t to);
/*
 * Whether a rule is evaluated for a hop. Where both versions are one, which is the after-check, those are the
 * rules of phase `after` and of `hop: any`.
 */
bool rule_applies(const struct rule *, int64_t from, int64_t to);

#endif
