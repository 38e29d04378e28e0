/* YAML of other programs, of which only a few values are needed. */
#ifndef YAML_WALK_H
#define YAML_WALK_H

#include "base/err.h"

/*
 * Files that are not ours, where only a few values are wanted: each value of the first document, with the
 * keys that lead to it ("production.backup.path"; "[]" for an entry of a list). `text` is that of a scalar,
 * and NULL where a map or list begins. Anchors are passed over, and an alias is no value.
 */
typedef void yaml_visit(void *arg, const char *path, const char *text, bool plain);
bool yaml_walk(const char *text, size_t len, yaml_visit *, void *arg, struct err *) MUST;

#endif
