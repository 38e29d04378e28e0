/*
 * The path from the current version to the target: stops that must not be skipped, those that only
 * some instances need, and detours. A stop lies between two versions if its minor does.
 */
#ifndef PLAN_H
#define PLAN_H

#include "verdict/instance.h"

enum step_kind { SK_CURRENT, SK_REQUIRED, SK_CONDITIONAL, SK_INTERMEDIATE, SK_TARGET };
extern const char *const step_kind_word[];
enum step_state { SS_DONE, SS_NEXT, SS_LATER, SS_NOT_NEEDED, SS_UNDECIDED };
extern const char *const step_state_word[];

struct step {
	int64_t version;
	enum step_kind kind;
	enum step_state state;
	const char *reason;
	const char *chart;    /* or NULL */
	bool undecided;       /* conditional, and its condition cannot be decided */
	const char *database; /* of a conditional one: whose rows the condition is about, or NULL */
};

struct plan {
	struct step *items;
	size_t n, cap;
	int64_t from, to;
	const char *requested; /* as given, or "" */
	size_t next;           /* index of the next step that is needed; 0: none */
	bool has_target;       /* some version was asked for or chosen */
};

/*
 * What `text` asks for: "14.2.7", the same in the Helm chart "chart-5.2.7", or "14.2", "14" and "latest", which mean the newest patch that
 * the rules list and do not warn of; or `from` (0: not known), where that release is one of these and newer.
 */
bool plan_resolve(const struct ruleset *, const char *text, int64_t from, int64_t *key, struct err *) MUST;
/* The newest good patch of the minor of `version`, or `version` itself. */
int64_t plan_latest_patch(const struct ruleset *, int64_t version);
/* Why a release should not be installed, or NULL. */
const char *plan_bad_release(const struct ruleset *, int64_t version);

/*
 * The path of an instance whose version is known (inst->has_version). `to` NULL: to the next stop.
 * Conditions of stops are evaluated on the instance; one that cannot be is undecided and stays.
 */
bool plan_build(const struct instance *, const char *to, struct plan *, struct err *) MUST;
/* Rows for the table path_step; the caller frees them. */
struct rows *plan_rows(const struct plan *);

#endif
