/*
 * Reads the section `path` of rule files: stops, latest and bad releases, detours. How a path is made from them is
 * in verdict/plan.c.
 */
#include "ruleset/ruleset_path.h"

#include <string.h>

#include "base/version.h"

struct raw_path {
	const char *rules, *dated;
	int64_t needs_preflight; /* see needs_newer_program in ruleset_load.c */
	int64_t known_from, known_through;
	const struct ynode *stops, *bad, *detours;
	struct texts latest;
};

static void
load_stop(struct loader *l, const struct ynode *node)
{
	static const char *const kinds[] = {"required", "conditional", NULL};
	struct raw {
		struct stop stop;
		int kind;
	} raw = {0};
	static const struct field_spec fields[] = {
	    {"version", FK_VERSION, offsetof(struct raw, stop.version), true, NULL},
	    {"kind", FK_WORD, offsetof(struct raw, kind), true, kinds},
	    {"reason", FK_LINE, offsetof(struct raw, stop.reason), true, NULL},
	    {"chart", FK_LINE, offsetof(struct raw, stop.chart), false, NULL},
	    {"condition", FK_SQL, offsetof(struct raw, stop.condition), false, NULL},
	};

	if (!read_map(l, node, "a stop", fields, nitems(fields), &raw))
		return;
	raw.stop.at = node->at;
	raw.stop.conditional = raw.kind == 1;
	raw.stop.version = version_minor(raw.stop.version);
	if (raw.stop.condition.text != NULL && !raw.stop.conditional)
		faults_add(l->faults, node->at, "only a conditional stop has a condition");
	for (size_t i = 0; i < l->set->stops.n; i++)
		if (l->set->stops.items[i].version == raw.stop.version) {
			faults_add(l->faults, node->at, "this stop is declared twice");
			return;
		}
	ARENA_PUSH(l->arena, &l->set->stops, raw.stop);
}

static void
load_bad(struct loader *l, const struct ynode *node)
{
	static const struct field_spec fields[] = {
	    {"range", FK_RANGE, offsetof(struct bad_release, range), true, NULL},
	    {"reason", FK_LINE, offsetof(struct bad_release, reason), true, NULL},
	};
	struct bad_release b = {0};

	if (read_map(l, node, "a bad release", fields, nitems(fields), &b))
		ARENA_PUSH(l->arena, &l->set->bad, b);
}

static void
load_detour(struct loader *l, const struct ynode *node)
{
	static const struct field_spec fields[] = {
	    {"from", FK_RANGE, offsetof(struct detour, from), true, NULL},
	    {"to", FK_RANGE, offsetof(struct detour, to), true, NULL},
	    {"via", FK_VERSION, offsetof(struct detour, via), true, NULL},
	    {"reason", FK_LINE, offsetof(struct detour, reason), true, NULL},
	};
	struct detour d = {0};

	if (read_map(l, node, "a detour", fields, nitems(fields), &d))
		ARENA_PUSH(l->arena, &l->set->detours, d);
}

static void
load_latest(struct loader *l, const struct ynode *node, const struct texts *words)
{
	for (size_t i = 0; i < words->n; i++) {
		struct version v;
		struct err e = {.msg = "write all three numbers"};

		if (!version_parse(words->items[i], &v, &e) || v.parts != 3)
			faults_add(l->faults, node->at, "latest: %s: %s", words->items[i], e.msg);
		else
			ARENA_PUSH(l->arena, &l->set->latest, v.key);
	}
}

static void
load_list(
    struct loader *l, const struct ynode *list, const char *what, void (*load)(struct loader *, const struct ynode *))
{
	if (list == NULL || !read_is_list(l, list, what))
		return;
	for (size_t i = 0; i < list->n; i++)
		load(l, list->items[i]);
}

void
load_path(struct loader *l, const struct ynode *map)
{
	static const struct field_spec fields[] = {
	    {"rules", FK_LINE, offsetof(struct raw_path, rules), false, NULL},
	    {"dated", FK_LINE, offsetof(struct raw_path, dated), false, NULL},
	    {"needs_preflight", FK_VERSION, offsetof(struct raw_path, needs_preflight), false, NULL},
	    {"known_from", FK_VERSION, offsetof(struct raw_path, known_from), false, NULL},
	    {"known_through", FK_VERSION, offsetof(struct raw_path, known_through), false, NULL},
	    {"stops", FK_NODE, offsetof(struct raw_path, stops), false, NULL},
	    {"latest", FK_TEXTS, offsetof(struct raw_path, latest), false, NULL},
	    {"bad", FK_NODE, offsetof(struct raw_path, bad), false, NULL},
	    {"detours", FK_NODE, offsetof(struct raw_path, detours), false, NULL},
	};
	struct raw_path raw = {0};

	if (!read_map(l, map, "path", fields, nitems(fields), &raw))
		return;
	if (raw.known_through > 0 && l->set->known_through > 0) {
		faults_add(l->faults, map->at, "known_through is given twice: a horizon is one value for all rules");
		return;
	}
	if (raw.known_through > 0) {
		l->set->version = raw.rules != NULL ? raw.rules : "";
		l->set->dated = raw.dated != NULL ? raw.dated : "";
		l->set->known_from = version_minor(raw.known_from);
		l->set->known_through = version_minor(raw.known_through);
	}
	load_list(l, raw.stops, "stops", load_stop);
	load_list(l, raw.bad, "bad", load_bad);
	load_list(l, raw.detours, "detours", load_detour);
	load_latest(l, map, &raw.latest);
}
