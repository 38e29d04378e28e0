/* Whether a statement runs: conditions that are literal, around a statement and behind it. Places are numbers of tokens.
 */
#ifndef RUBY_CONDITIONS_H
#define RUBY_CONDITIONS_H

#include "sources/host/ruby_reading.h"

/* Where the expression that begins at `i` ends: a line break outside of brackets and blocks, or a modifier. */
size_t ruby_behind_expression(const struct ruby_reader *, size_t i);
/* Whether a condition is behind the statement's value: "x = 1 if y". One that is literally true is none. */
bool ruby_has_modifier(const struct ruby_reader *, size_t i);
/* Of what is behind if, unless, while or until at `i`. "if true" and "unless false" are no condition. */
enum ruby_runs ruby_condition(const struct ruby_reader *, size_t i);
/* The statement that begins here never runs, if "if false" or the like is behind it: nothing of it is reported. */
void ruby_skip_never(struct ruby_reader *);
/* Another part of the block that is open: else, elsif, when, rescue, ensure. */
void ruby_next_part(struct ruby_reader *, const struct ruby_token *word);

#endif
