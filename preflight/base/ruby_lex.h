/*
 * The lexical shape of Ruby, as far as it takes to tell code from comments and texts: nothing is executed, no
 * grammar is checked. Pure: text in, tokens out.
 */
#ifndef RUBY_LEX_H
#define RUBY_LEX_H

#include "base/base.h"

enum ruby_kind {
	RT_END,      /* of the text; always the last token */
	RT_NEWLINE,  /* a line break that ends a statement, or a semicolon */
	RT_NAME,     /* a keyword, method or local variable */
	RT_CONST,    /* begins with a capital */
	RT_VARIABLE, /* @x, @@x, $x */
	RT_NUMBER,
	RT_STRING,
	RT_SYMBOL, /* :x, :'x' */
	RT_LABEL,  /* x: and 'x': of a hash */
	RT_WORDS,  /* %w(), %i() */
	RT_OTHER,  /* heredoc, regular expression, output of a command: a value that is no plain text */
	RT_PUNCT,
};

struct ruby_token {
	enum ruby_kind kind;
	const char *s; /* name, number or operator; of a text what is between its quotes */
	size_t len;
	unsigned line;
	bool exact;        /* of a text: `s` is its value; no escape, no interpolation */
	bool space_before; /* blanks stand before it */
	const char *body;  /* of a heredoc its lines; or NULL */
	size_t body_len;
};

/* Code inside of a text: "#{...}". */
struct ruby_inner {
	const char *s;
	size_t len;
	unsigned line;
};

struct ruby_tokens {
	struct ruby_token *items;
	size_t n, cap;
	struct ruby_inners {
		struct ruby_inner *items;
		size_t n, cap;
	} inner;
	unsigned not_ascii;  /* first line with a byte outside of ASCII that is in no comment; 0: none */
	const char *fault;   /* why the text cannot be taken apart to its end, or NULL */
	unsigned fault_line; /* where that begins */
};

/* Tokens of `len` bytes whose first line has the number `line`. Texts point into `text`. */
struct ruby_tokens ruby_lex(struct arena *, const char *text, size_t len, unsigned line);
bool ruby_is(const struct ruby_token *, const char *word); /* a name or operator of this spelling */

#endif
