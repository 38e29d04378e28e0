/* What a setting is set to, and what it is named by inside of brackets. Places are numbers of tokens. */
#ifndef RUBY_VALUES_H
#define RUBY_VALUES_H

#include "sources/host/ruby_reading.h"

/* Behind the bracket that is open at `i`; the last token if it never closes. */
size_t ruby_behind_bracket(const struct ruby_reader *, size_t i);
/* What a value ends with: a line break, a bracket, a comma, a modifier. */
bool ruby_ends_value(const struct ruby_token *);
/* Whether a line break behind this token ends the statement. */
bool ruby_may_end(const struct ruby_token *);

/* Appends a word to a list of words. What has no room is cut. */
void ruby_add_word(char *out, size_t size, const char *s, size_t len);
/* Appends a level to a key. False: there is no room. */
bool ruby_extend(char key[RUBY_KEY_MAX], const char *s, size_t len);
enum ruby_value ruby_worse(enum ruby_value, enum ruby_value);

/* [ 'a' ][:b] from `i` on, each one a level of the key; *exact: all are literal. Returns what follows. */
size_t ruby_take_index(const struct ruby_reader *, size_t i, struct ruby_finding *, bool *exact);
/* Behind the targets of "b['y'] = c['z'] = 1", which have the same value. */
size_t ruby_behind_chained(const struct ruby_reader *, size_t i);
/* The key of a pair; *value is where its value begins. False: it is none that is literal. */
bool ruby_take_pair_key(const struct ruby_reader *, size_t i, struct ruby_finding *, size_t *value);
/*
 * The pairs of a hash, to its end, each reported as a setting; `bare`: arguments without a bracket. False: a key is
 * not literal, so that others may be in it.
 */
bool ruby_take_pairs(struct ruby_reader *, size_t i, struct ruby_finding *, bool bare, unsigned depth);
/* Reports a setting whose value begins at `i`, and those inside of the value; nil is none, nor is {} of a whole family. */
void ruby_set(struct ruby_reader *, size_t i, struct ruby_finding, unsigned depth);

#endif
