/*
 * The state of one reading of a text in Ruby, and how its parts look at tokens, blocks and names. Nothing here knows
 * what a setting is.
 */
#ifndef RUBY_READING_H
#define RUBY_READING_H

#include "base/ruby_lex.h"
#include "sources/host/ruby_settings.h"

#define RUBY_NEST_MAX 100     /* brackets and blocks inside each other */
#define RUBY_LOCALS_MAX 200   /* names that stand for something else */
#define RUBY_LOOK_AHEAD 20000 /* tokens of a statement that are looked at from one place */

/* Whether what is inside of a block runs. */
enum ruby_runs { RR_ALWAYS, RR_MAYBE, RR_NEVER };

struct ruby_block {
	char open; /* ( [ { or k for a keyword */
	enum ruby_runs runs;
	bool branches;      /* of if and unless: another part runs only if none before it did */
	bool ran, possible; /* a part before this one runs, or may run */
	bool loop;          /* its `do` belongs to it */
};

struct ruby_local {
	const char *s;
	size_t len;
	size_t depth;  /* of the block that it lives in; 0 of methods, constants, @x and $x */
	bool harmless; /* nothing that it was given names a setting */
};

struct ruby_reader {
	const struct ruby_token *t;
	size_t n, i;
	size_t *looks; /* at tokens so far */
	struct ruby_block nest[RUBY_NEST_MAX];
	size_t depth;
	struct ruby_local locals[RUBY_LOCALS_MAX];
	size_t n_locals;
	bool begins;             /* a statement begins at the token */
	bool begins_next;        /* one begins at the token behind it */
	enum ruby_value at_best; /* of what the statement sets */
	bool shared;             /* a hash that the statement sets has another name, too */
	bool conditional;        /* the text as a whole */
	bool stmt_conditional;
	bool ok;             /* no visit ended the reading */
	size_t never_before; /* what is before this token never runs */
	size_t taken;        /* a bracket that closes here was an index that is dealt with */
	size_t harmless;     /* a dot here is behind what is no setting */
	ruby_visit *visit;
	void *arg;
};

/*
 * Hands a finding to the caller of ruby_settings(), unless it is in what never runs; nothing more is reported once that
 * one said so.
 */
void ruby_report(struct ruby_reader *, struct ruby_finding *);
/* Reports, with a text of at most RUBY_KEY_MAX bytes, what cannot be told. */
void ruby_not_understood(struct ruby_reader *, unsigned line, const char *fmt, ...) PRINTF(3, 4);
/* The same of a fault of the whole text, wherever it is. */
void ruby_fault(struct ruby_reader *, unsigned line, const char *fmt, ...) PRINTF(3, 4);

/* Token i, or the last one. Counted: the looks of a whole text are limited. */
const struct ruby_token *ruby_at(const struct ruby_reader *, size_t i);
size_t ruby_skip_newlines(const struct ruby_reader *, size_t i);
bool ruby_is_among(const struct ruby_token *, const char *const *words, size_t n);
bool ruby_is_text(const struct ruby_token *); /* a literal without code inside */
bool ruby_assigns(const struct ruby_token *); /* =, ||=, << and the like */
bool ruby_is_dot(const struct ruby_token *);  /* ., &. or :: */

/* Whether the statement may not run: inside of a condition, loop, block or method. */
bool ruby_is_conditional(const struct ruby_reader *);
/* A block or bracket begins, or ends, at the token. Too many, or one that closes nothing, end the reading. */
void ruby_open_block(struct ruby_reader *, char open, enum ruby_runs);
void ruby_close_block(struct ruby_reader *, char open);

/* What the token stands for here, or NULL. A name that is given something again is harmless only if that is, too. */
const struct ruby_local *ruby_find_local(const struct ruby_reader *, const struct ruby_token *);
void ruby_add_local(struct ruby_reader *, const struct ruby_token *, bool harmless);
void ruby_add_local_at(struct ruby_reader *, const struct ruby_token *, size_t depth, bool harmless);
/* Names between here and `stop` are other names for what a caller gives. Returns where `stop` is. */
size_t ruby_add_parameters(struct ruby_reader *, size_t i, const char *stop);
/* The same of "->(a, b) {" and "-> a do". */
size_t ruby_add_lambda_parameters(struct ruby_reader *, size_t i);

#endif
