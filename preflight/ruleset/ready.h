/*
 * The shipped rules, made ready when the program is built: the trees of their files without libyaml, and what lint.c
 * finds out by preparing each statement. Used only where the digest of the rule files is the one they were made from;
 * any other rule set is parsed and checked as it comes.
 *
 * The bytes: the digest, the sections of all files in order of their paths, then what was inferred. A file has their
 * number, and for each one its key, its length in bytes and its tree. Numbers have 7 bits to a byte, low bits first; a
 * text has its length before it and a NUL behind it, so that nodes point into the bytes.
 */
#ifndef READY_H
#define READY_H

#include "ruleset/ruleset.h"

/* Linked into the program only; elsewhere (tests, the tool that writes it) there is none, and its address is NULL. */
struct ready_rules {
	const unsigned char *bytes;
	size_t len;
};
extern const struct ready_rules ready_rules __attribute__((weak));

/* Writes the bytes for a rule set that was loaded whole, without tests. */
void ready_write(const struct ruleset *, struct buf *);

/* If these are the files that the program was built with, finds the sections of each one; else false. */
bool ready_files(struct ruleset *, size_t *rest) MUST;
/* The tree of one section, in `tree`, or NULL. Not all of them at once: they take more memory than the rules. */
const struct ynode *ready_section(const struct rule_file *, const char *key, struct arena *tree);
/* Once all sections have been read as rules: what lint_ruleset would find out. `rest` is from ready_files. */
void ready_infer(struct ruleset *, size_t rest);

#endif
