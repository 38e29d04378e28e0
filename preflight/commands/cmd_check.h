/* The steps of `check`, for the commands that take them: once, or again and again. */
#ifndef CMD_CHECK_H
#define CMD_CHECK_H

#include "bundle/publish.h"
#include "commands/signing.h"
#include "discovery/take_facts.h"
#include "verdict/assess.h"

/* One request: its options, inputs, rules and sources. The caller sets the first three members. */
struct check {
	const struct options *o;
	struct arena *a;
	const char *command; /* its name, for messages */
	struct inputs inputs;
	struct ruleset *set;
	struct taken_facts taken;
	struct signing signing;
	struct out *attached; /* of --attach, or NULL */
};

/* Reads the request and the rules, and names the sources; contacts nothing. EXIT_GO, or the exit code after a message. */
int check_open(struct check *);
/* Takes the facts, in memory of the arena: for each call once. */
bool check_read(struct check *, struct arena *, struct err *) MUST;
/* Decides. The assessment is dropped by the caller, also after false. */
bool check_assess(struct check *, struct assessment *, struct err *) MUST;
/* Writes the bundle and the formats of an assessment: the exit code. */
int check_publish(struct check *, const struct assessment *, struct arena *, struct out *);
void check_drop(struct check *);

#endif
