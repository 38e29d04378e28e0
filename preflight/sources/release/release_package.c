/*
 * What a release is, and the oldest versions that the pre-installation script of its package accepts.
 */
#include "sources/release/release_kept.h"

#include <string.h>

static void
add_release(const struct release_found *found)
{
	const struct release_artefact *r = found->artefact;
	struct cell version = release_version_cell(r->version);

	release_add(found->source, RL_RELEASE,
	    (const struct cell[RELEASE_COLUMNS_MAX]){version, cell_text(r->edition[0] != '\0' ? r->edition : NULL),
		cell_text(r->kind), cell_text(r->package[0] != '\0' ? r->package : NULL), cell_text(r->digest)});
	release_end(found->source, RL_RELEASE, PS_COMPLETE, "%s", "");
}

/* ---- The pre-installation script of a package ---- */

/* What the script assigns to a variable at the beginning of a line, or NULL. */
static const char *
assigned(struct arena *a, const char *script, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = script; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
		line += strspn(line, "\n \t");
		if (strncmp(line, name, n) != 0 || line[n] != '=')
			continue;
		line += n + 1;
		line += strspn(line, "\"'");
		return arena_strndup(a, line, strcspn(line, "\"' \t;#\r\n"));
	}
	return NULL;
}

static void
add_floor(const struct release_found *found, const char *kind, const char *variable, const char *script)
{
	const char *text = script != NULL ? assigned(found->arena, script, variable) : NULL, *state, *reason = NULL;
	bool package = strcmp(found->artefact->kind, "deb") == 0 || strcmp(found->artefact->kind, "rpm") == 0;
	struct cell version = release_version_cell(text);

	if (!package) {
		state = "not_applicable";
		reason = arena_printf(found->arena, "only a package has a pre-installation script: this is the %s",
		    found->artefact->kind);
	} else if (script == NULL) {
		state = "none";
		reason = "the package has no pre-installation script";
	} else if (version.kind == CELL_NULL) {
		state = "not_understood";
		reason = arena_printf(found->arena, "its pre-installation script assigns no version to %s", variable);
	} else
		state = "enforced";
	release_add(found->source, RL_FLOORS,
	    (const struct cell[RELEASE_COLUMNS_MAX]){cell_text(kind), cell_text(state), version, cell_text(reason)});
}

void
release_fill_package(const struct release_found *found)
{
	const struct release_kept *preinst = release_kept_find(found, "@control/preinst");
	const char *script = preinst != NULL ? preinst->data : NULL;

	add_release(found);
	add_floor(found, "gitlab", "MIN_VERSION", script);
	add_floor(found, "postgresql", "PG_MIN_VERSION", script);
	release_end(found->source, RL_FLOORS, PS_COMPLETE, "%s", "");
}
