/*
 * Which settings a text in the language of gitlab.rb makes, without executing it. Three answers: what is set, what is
 * not (it is not named), and what cannot be told (RS_NOT_UNDERSTOOD: the target of an assignment or the code that
 * runs is not in the text). A value that is no literal is no such case: the setting is set, its value is not read.
 * Pure: text in, findings out.
 */
#ifndef RUBY_SETTINGS_H
#define RUBY_SETTINGS_H

#include "base/base.h"

#define RUBY_KEY_MAX 200
#define RUBY_VALUE_MAX 200

enum ruby_finding_kind {
	RS_SETTING,
	RS_FILE,           /* from_file: `key` is the path */
	RS_NOT_UNDERSTOOD, /* `key` says what */
	RS_NOT_ASCII,      /* first byte outside of ASCII that is in no comment */
};

/* How far a setting is read, from best to worst. */
enum ruby_value {
	RV_LITERAL,     /* `value` holds a text, number or list of words; else "" */
	RV_UNREAD,      /* set, by an expression that is not nil */
	RV_MAYBE_NIL,   /* by an expression that may be nil, which counts as not set */
	RV_CONDITIONAL, /* whether the statement runs is decided elsewhere */
};

/* A key is "name" or "name.inner.inner", whatever brackets, symbols or hashes it is written with. */
struct ruby_finding {
	enum ruby_finding_kind kind;
	enum ruby_value state;
	bool off;   /* of a setting: the value is false */
	bool empty; /* of a setting: the value is {} */
	unsigned line;
	char key[RUBY_KEY_MAX];
	char value[RUBY_VALUE_MAX];
};

/* False ends the reading. */
typedef bool ruby_visit(void *arg, const struct ruby_finding *);

/*
 * Calls `visit` for each finding, except for what literally never runs ("if false"). nil is no value: the package counts
 * it as not set; {} is none of a whole family ("name"), and told of what is in one ("name.inner").
 * `conditional`: whether the text runs at all is decided elsewhere. False: a visit said so.
 */
bool ruby_settings(const char *text, size_t len, bool conditional, ruby_visit *visit, void *arg) MUST;

#endif
