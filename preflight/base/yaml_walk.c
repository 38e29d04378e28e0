/*
 * Visits the values of a YAML file of any kind (Helm values, GitLab's own files) without building a tree. Less
 * strict than yaml.c, because others wrote these files; it keeps no value.
 */
#include "base/yaml_walk.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <yaml.h> /* of libyaml; base/yaml.h is found by -iquote only */

#define MAX_DEPTH 32
#define MAX_PATH 200 /* bytes of a path; no declaration has a longer one */

struct level {
	bool map, has_key; /* of a map: its next node is a value */
	size_t len;        /* of the path that leads here */
};

struct event_walk {
	char path[MAX_PATH];
	size_t len;
	struct level open[MAX_DEPTH];
	size_t depth;
	yaml_visit *visit;
	void *arg;
};

static struct level *
top_of(struct event_walk *w)
{
	return w->depth > 0 ? &w->open[w->depth - 1] : NULL;
}

static void
add_word(struct event_walk *w, const char *word)
{
	int n = snprintf(w->path + w->len, sizeof w->path - w->len, "%s%s", w->len > 0 ? "." : "", word);

	if (n < 0 || (size_t)n >= sizeof w->path - w->len)
		(void)snprintf(w->path, sizeof w->path, "?");
	w->len = strlen(w->path);
}

/* A value ended: the path leads to the map again. */
static void
end_value(struct event_walk *w)
{
	struct level *top = top_of(w);

	if (top == NULL)
		return;
	top->has_key = false;
	w->len = top->len;
	w->path[w->len] = '\0';
}

static bool
take_key(struct event_walk *w, struct level *top, const yaml_event_t *ev, struct err *e)
{
	const char *key = ev->type == YAML_SCALAR_EVENT ? (const char *)ev->data.scalar.value : NULL;

	if (key == NULL)
		return fail(e, NOWHERE, "line %zu: a key that is not one word", ev->start_mark.line + 1);
	add_word(w, key);
	top->has_key = true;
	return true;
}

static bool
open_level(struct event_walk *w, bool map, const yaml_event_t *ev, struct err *e)
{
	if (w->depth == MAX_DEPTH)
		return fail(e, NOWHERE, "line %zu: too deep", ev->start_mark.line + 1);
	w->open[w->depth++] = (struct level){.map = map, .len = w->len};
	return true;
}

static bool
take_node(struct event_walk *w, const yaml_event_t *ev, struct err *e)
{
	struct level *top = top_of(w);

	if (top != NULL && top->map && !top->has_key)
		return take_key(w, top, ev, e);
	if (top != NULL && !top->map)
		add_word(w, "[]");
	if (ev->type == YAML_SCALAR_EVENT) {
		w->visit(w->arg, w->path, (const char *)ev->data.scalar.value,
		    ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE);
	} else if (ev->type != YAML_ALIAS_EVENT) {
		w->visit(w->arg, w->path, NULL, false);
		return open_level(w, ev->type == YAML_MAPPING_START_EVENT, ev, e);
	}
	end_value(w);
	return true;
}

static bool
take_event(struct event_walk *w, const yaml_event_t *ev, struct err *e)
{
	if (ev->type == YAML_SEQUENCE_END_EVENT || ev->type == YAML_MAPPING_END_EVENT) {
		assert(w->depth > 0); /* libyaml ends only what it began */
		w->depth--;
		end_value(w);
		return true;
	}
	if (ev->type == YAML_SCALAR_EVENT || ev->type == YAML_ALIAS_EVENT || ev->type == YAML_SEQUENCE_START_EVENT ||
	    ev->type == YAML_MAPPING_START_EVENT)
		return take_node(w, ev, e);
	return true;
}

static void
parser_drop(yaml_parser_t *p)
{
	yaml_parser_delete(p);
}

bool
yaml_walk(const char *text, size_t len, yaml_visit *visit, void *arg, struct err *e)
{
	CLEANUP(parser_drop) yaml_parser_t parser;
	const void *bytes = text;
	struct event_walk w = {.visit = visit, .arg = arg};
	yaml_event_t ev;

	if (yaml_parser_initialize(&parser) == 0)
		return fail(e, NOWHERE, "out of memory");
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, bytes, len);
	for (bool end = false, ok = true; !end;) {
		if (yaml_parser_parse(&parser, &ev) == 0)
			return fail(e, NOWHERE, "line %zu: not YAML: %s", parser.problem_mark.line + 1,
			    parser.problem != NULL ? parser.problem : "out of memory");
		end = ev.type == YAML_DOCUMENT_END_EVENT || ev.type == YAML_STREAM_END_EVENT;
		ok = take_event(&w, &ev, e);
		yaml_event_delete(&ev);
		if (!ok)
			return false;
	}
	return true;
}
