/*
 * Prints what a new release brings as rows of rule files, for a person to read and to commit. The facts are those of the
 * source `release`; the statements below run where rules' SQL runs. Decides nothing about an instance.
 */
#include "commands/rules_import.h"

#include <stdio.h>
#include <string.h>

#include "base/buf_stream.h"
#include "base/log.h"
#include "base/version.h"
#include "base/yaml_write.h"
#include "discovery/name_sources.h"
#include "discovery/read_live.h"
#include "facts/snapshot.h"
#include "verdict/instance.h"

/* Migrations of the releases between; those that do nothing on an instance of one's own are not among them. */
#define STEP \
	"step AS (SELECT m.version, m.milestone, m.ordinal, m.phase, m.changes_rows, m.gitlab_schema" \
	"  FROM release_migration AS m JOIN hop AS h ON m.milestone > h.from_version AND m.milestone <= h.to_version" \
	" WHERE m.part = 'target' AND m.structure = 'gitlab' AND m.guard <> 'gitlab_com')"

/* Constraints that a migration of these names, on tables and columns that were there before. */
#define COMING \
	"made AS (SELECT c.table_name, CASE c.kind WHEN 'column' THEN c.name END AS column_name" \
	"  FROM release_migration_call AS c JOIN step AS s ON s.version = c.version" \
	" WHERE c.part = 'target' AND c.action = 'create' AND c.kind IN ('table', 'column') AND c.table_name IS NOT NULL)," \
	"wanted AS (SELECT k.table_name, k.name, k.kind, k.columns, k.other_table, k.other_columns, k.definition, k.expression" \
	"  FROM structure_constraint AS k" \
	" WHERE k.part = 'target' AND k.structure = 'gitlab' AND k.schema_name = 'public' AND k.valid = 1" \
	"   AND k.kind IN ('check', 'foreign_key', 'unique')" \
	" UNION ALL SELECT i.table_name, i.name, 'unique', i.columns, NULL, NULL, i.definition, NULL" \
	"  FROM structure_index AS i" \
	" WHERE i.part = 'target' AND i.structure = 'gitlab' AND i.schema_name = 'public' AND i.is_unique = 1)," \
	"coming AS (SELECT w.*, max(s.ordinal) AS ordinal" \
	"  FROM wanted AS w" \
	"  JOIN release_migration_name AS n ON n.name = w.name AND n.table_name = w.table_name" \
	"  JOIN step AS s ON s.version = n.version" \
	" WHERE n.part = 'target' AND n.structure = 'gitlab' AND n.kind IN ('constraint', 'index')" \
	"   AND NOT EXISTS (SELECT 1 FROM made AS m WHERE m.table_name = w.table_name" \
	"                      AND (m.column_name IS NULL OR instr(',' || w.columns || ',', ',' || m.column_name || ',') > 0))" \
	"   AND EXISTS (SELECT 1 FROM release_migration_call AS c WHERE c.part = 'target' AND c.version = s.version" \
	"                  AND c.action IN ('create', 'validate', 'change') AND c.table_name = w.table_name)" \
	" GROUP BY w.table_name, w.name)"

#define CURES \
	"cure AS (SELECT k.table_name, k.name, 'rows' AS kind, s.milestone, s.version, NULL AS job_class_name," \
	"       max(coalesce(instr(',' || k.columns || ',', ',' || o.name || ',') > 0, 0)) AS sure" \
	"  FROM coming AS k" \
	"  JOIN release_migration_name AS n ON n.table_name = k.table_name AND n.kind = 'table'" \
	"  JOIN step AS s ON s.version = n.version" \
	"  LEFT JOIN release_migration_name AS o ON o.version = n.version AND o.part = 'target' AND o.kind = 'column'" \
	"   AND o.table_name = k.table_name" \
	" WHERE n.part = 'target' AND n.structure = 'gitlab' AND s.ordinal < k.ordinal AND s.changes_rows = 'yes'" \
	" GROUP BY k.table_name, k.name, s.version" \
	" UNION ALL" \
	" SELECT DISTINCT k.table_name, k.name, b.call, s.milestone, s.version, b.job_class_name, 1" \
	"  FROM coming AS k" \
	"  JOIN release_batched_call AS b ON b.table_name = k.table_name" \
	"  JOIN step AS s ON s.version = b.version" \
	" WHERE b.part = 'target' AND b.call IN ('queue', 'finalize') AND s.ordinal < k.ordinal)"

/* Columns of a result are keys of the row; NULL is left out. */
static const struct import {
	const char *file, *what, *query;
} imports[] = {
    {"path.yml", "stops, in path.stops: how conditional ones are decided is not in a release",
	"SELECT version_minor_text(r.version) AS version, 'required' AS kind,"
	"       coalesce(r.comment, 'stop of GitLab''s upgrade path') AS reason"
	"  FROM release_stop AS r JOIN hop AS h ON r.version > h.from_version"
	" WHERE r.part = 'target' ORDER BY r.version"},
    {"markers.yml", "two markers of each release, in schema_marker",
	"WITH " STEP ", edge AS (SELECT s.milestone, s.phase,"
	"       CASE s.phase WHEN 'regular' THEN min(s.ordinal) ELSE max(s.ordinal) END AS ordinal"
	"  FROM step AS s GROUP BY s.milestone, s.phase)"
	"SELECT version_minor_text(s.milestone) AS release, s.phase AS kind,"
	"       version_minor_text(coalesce((SELECT min(r.version) FROM release_stop AS r"
	"                                     WHERE r.part = 'target' AND r.version >= s.milestone), s.milestone)) AS stop,"
	"       s.version AS name"
	"  FROM step AS s JOIN edge AS e ON e.milestone = s.milestone AND e.phase = s.phase AND e.ordinal = s.ordinal"
	" WHERE NOT EXISTS (SELECT 1 FROM schema_marker AS w WHERE w.name = s.version)"
	" ORDER BY s.ordinal"},
    {"known.yml", "batched background migrations, in known_migration",
	"WITH " STEP ", done AS (SELECT b.job_class_name, b.finalized_by AS version"
	"  FROM release_batched_migration AS b WHERE b.part = 'target' AND b.finalized_by IS NOT NULL"
	" UNION SELECT c.job_class_name, c.version FROM release_batched_call AS c"
	" WHERE c.part = 'target' AND c.call = 'finalize' AND c.job_class_name IS NOT NULL"
	"   AND c.job_class_name <> 'CopyColumnUsingBackgroundMigrationJob'),"
	"named AS (SELECT d.job_class_name FROM done AS d JOIN step AS s ON s.version = d.version"
	" UNION SELECT b.job_class_name FROM release_batched_migration AS b JOIN step AS s ON s.version = b.queued_by"
	" WHERE b.part = 'target')"
	"SELECT 'batched' AS kind, n.job_class_name AS name,"
	"       (SELECT CASE WHEN m.gitlab_schema GLOB 'gitlab_ci*' THEN 'ci' WHEN m.gitlab_schema GLOB 'gitlab_sec*' THEN 'sec'"
	"                    WHEN m.gitlab_schema GLOB 'gitlab_main*' THEN 'main' END"
	"          FROM release_batched_migration AS b JOIN release_migration AS m ON m.version = b.queued_by AND m.part = 'target'"
	"         WHERE b.part = 'target' AND b.job_class_name = n.job_class_name) AS database,"
	"       (SELECT min(c.table_name) FROM release_batched_call AS c WHERE c.part = 'target' AND c.job_class_name = n.job_class_name) AS table_name,"
	"       (SELECT min(c.column_name) FROM release_batched_call AS c WHERE c.part = 'target' AND c.job_class_name = n.job_class_name) AS column_name,"
	"       (SELECT version_minor_text(min(b.milestone)) FROM release_batched_migration AS b"
	"         WHERE b.part = 'target' AND b.job_class_name = n.job_class_name) AS queued_in,"
	"       (SELECT version_minor_text(min(s.milestone)) FROM done AS d JOIN step AS s ON s.version = d.version"
	"         WHERE d.job_class_name = n.job_class_name) AS required_in"
	"  FROM named AS n"
	" WHERE NOT EXISTS (SELECT 1 FROM known_migration AS w WHERE w.kind = 'batched' AND w.name = n.job_class_name"
	"                      AND w.required_in IS NOT NULL)"
	" ORDER BY n.job_class_name"},
    {"known.yml", "advanced search migrations, in known_migration",
	"SELECT 'search' AS kind, s.name, s.version, version_minor_text(s.milestone) AS queued_in,"
	"       version_minor_text(s.obsolete_since) AS required_in"
	"  FROM release_search_migration AS s JOIN hop AS h"
	"    ON (s.milestone > h.from_version AND s.milestone <= h.to_version)"
	"    OR (s.obsolete_since > h.from_version AND s.obsolete_since <= h.to_version)"
	" WHERE s.part = 'target' AND NOT EXISTS (SELECT 1 FROM known_migration AS w WHERE w.kind = 'search'"
	"                                            AND w.version = s.version AND w.required_in IS s.obsolete_since)"
	" ORDER BY s.version"},
    {"coming.yml", "constraints to come, in coming_constraint",
	"WITH " STEP "," COMING "," CURES
	"SELECT version_minor_text(s.milestone) AS release, s.version AS migration, k.table_name, k.name,"
	"       CASE WHEN k.definition GLOB 'check(notnull(*' THEN 'not_null'"
	"            WHEN k.definition GLOB 'check(*(num_nonnulls(*' THEN 'num_nonnulls'"
	"            WHEN k.definition GLOB 'check(<=(char_length(*' THEN 'length' ELSE k.kind END AS kind,"
	"       k.columns,"
	"       CASE WHEN k.definition GLOB 'check(notnull(*' THEN NULL"
	"            WHEN k.definition GLOB 'check(*(num_nonnulls(*'"
	"            THEN rtrim(ltrim(substr(k.expression, instr(k.expression, ')') + 1), ' '), ')')"
	"            WHEN k.definition GLOB 'check(<=(char_length(*'"
	"            THEN rtrim(ltrim(substr(k.expression, instr(k.expression, '<=') + 2), ' '), ')')"
	"            ELSE k.expression END AS expression,"
	"       CASE WHEN k.other_table IS NOT NULL THEN k.other_table || '(' || k.other_columns || ')' END AS referenced,"
	"       CASE WHEN EXISTS (SELECT 1 FROM cure AS x WHERE x.table_name = k.table_name AND x.name = k.name) THEN 'migration'"
	"            ELSE 'none' END AS cured_by"
	"  FROM coming AS k JOIN step AS s ON s.ordinal = k.ordinal"
	" WHERE NOT EXISTS (SELECT 1 FROM coming_constraint AS w WHERE w.name = k.name AND w.table_name = k.table_name"
	"                      AND w.release = s.milestone)"
	" ORDER BY k.table_name, k.name"},
    {"coming.yml", "what changes their rows before, in coming_cure",
	"WITH " STEP "," COMING "," CURES
	"SELECT x.table_name, x.name, x.kind, version_minor_text(x.milestone) AS release, x.version AS migration,"
	"       x.job_class_name, CASE x.sure WHEN 0 THEN 'f' END AS sure"
	"  FROM cure AS x"
	" WHERE NOT EXISTS (SELECT 1 FROM coming_cure AS w WHERE w.name = x.name AND w.table_name = x.table_name"
	"                      AND w.migration = x.version)"
	" ORDER BY x.table_name, x.name, x.version"},
};

/* A word stands as it is; what YAML could take for something else, or a version, is quoted. */
static void
print_value(const char *text)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	struct buf quoted;
	FILE *f;

	if (text[strspn(text, word)] == '\0' && text[strspn(text, "0123456789")] != '\0') {
		(void)fputs(text, stdout);
		return;
	}
	buf_init(&quoted, 10 * strlen(text) + 16);
	f = buf_stream(&quoted);
	if (f != NULL) {
		yaml_write_text(f, text);
		(void)fclose(f);
	}
	(void)printf("%.*s", (int)strcspn(quoted.p, "\n"), quoted.p);
	buf_free(&quoted);
}

/* A stop that the path has, perhaps announced, is none that the release brings. */
static bool
is_stop(const struct ruleset *set, const char *version)
{
	struct version v;
	struct err ignored;

	for (size_t i = 0; version_parse(version, &v, &ignored) && i < set->stops.n; i++)
		if (version_minor(set->stops.items[i].version) == v.key)
			return true;
	return false;
}

static void
print_rows(const struct ruleset *set, const struct result *r, bool stops)
{
	const char *indent = stops ? "    " : "      ";

	for (size_t i = 0; i < r->n; i++) {
		const char *before = "";

		if (stops && is_stop(set, result_text(r, i, 0)))
			continue;
		(void)printf("%s- {", indent);
		for (size_t k = 0; k < r->n_columns; k++) {
			const char *value = result_text(r, i, (int)k);

			if (value == NULL)
				continue;
			(void)printf("%s%s: ", before, r->names[k]);
			print_value(value);
			before = ", ";
		}
		(void)fputs("}\n", stdout);
	}
}

static bool
print_imports(struct instance *inst, int64_t from, int64_t to, struct err *e)
{
	char a[VERSION_TEXT], b[VERSION_TEXT];

	(void)printf(
	    "# Releases after %s, up to %s. Read each row before it is committed: words of migrations are no proof.\n",
	    version_minor_text(from, a), version_text(to, b));
	for (size_t i = 0; i < nitems(imports); i++) {
		const struct sql sql = {.text = imports[i].query};
		struct result r;

		if (!sqldb_query(inst->db, &sql, inst->arena, &r, e)) {
			err_prefix(e, "%s, %s", imports[i].file, imports[i].what);
			return false;
		}
		(void)printf("\n# %s: %s%s\n", imports[i].file, imports[i].what, r.n == 0 ? ": none" : "");
		print_rows(inst->set, &r, strcmp(imports[i].file, "path.yml") == 0);
	}
	return true;
}

/* The last release before this one that the rules cover. */
static int64_t
covered_before(const struct ruleset *set, int64_t to)
{
	int64_t minor = version_minor(to), before = minor - INT64_C(10000);

	if (set->known_through < minor)
		return set->known_through;
	/* 14.0 follows the last release of 13. */
	return minor % INT64_C(10000000) < 10000 ? minor - INT64_C(10000000) + 999 * INT64_C(10000) : before;
}

/* The facts of the release alone, as an instance of which nothing else is known. */
static bool
read_release(const struct options *o, const struct ruleset *set, struct snapshot *out, struct arena *a, struct err *e)
{
	static const struct left_outs nothing;
	struct options own = {
	    .release = o->release, .to = NULL, .only = "release", .no_discover = true, .said = o->said};
	struct live_limits limits;
	struct source *sources;
	struct live_reading live;
	size_t n;

	own.timeout = o->timeout;
	if (!live_limits_of(&own, &limits, e) || !name_sources(&own, set, &nothing, a, &sources, &n, e))
		return false;
	if (n != 1)
		return fail(e, NOWHERE, "the rules declare no source release");
	read_live(set, sources, n, &nothing, 0, limits, a, &live);
	return snapshot_read(out, &set->facts, &live.facts, a, e);
}

/* Its version; 0: it could not be read, and `e` has the reason. */
static int64_t
version_read(const struct ruleset *set, const struct snapshot *s, struct err *e)
{
	const struct fact *f = fact_find(&set->facts, "release");
	const struct rows *r = f != NULL ? snapshot_find(s, f, "target") : NULL;
	int at = f != NULL ? fact_column_find(f, "version") : -1;

	if (r != NULL && r->status == PS_COMPLETE && r->n == 1 && at >= 0 && r->items[0][at].kind == CELL_INT)
		return r->items[0][at].i;
	(void)fail(e, NOWHERE, "the release could not be read: %s", r != NULL ? r->reason : "no version");
	return 0;
}

int
rules_import(const struct options *o, const struct ruleset *set, struct arena *a)
{
	struct snapshot *s = snapshot_new();
	struct inputs inputs = {0};
	CLEANUP(instance_drop) struct instance *inst = NULL;
	struct err e;
	int64_t to = 0;
	bool ok = o->release != NULL
	    ? read_release(o, set, s, a, &e)
	    : fail(&e, NOWHERE, "rules import needs --release PATH: the release to take rows from");

	if (ok)
		to = version_read(set, s, &e);
	if (to > 0)
		inst = instance_new(a, set, s, &inputs, NULL, &e);
	ok = inst != NULL && instance_set_hop(inst, covered_before(set, to), to, NULL, &e) &&
	    print_imports(inst, covered_before(set, to), to, &e);
	instance_drop(&inst);
	inst = NULL;
	snapshot_free(s);
	return ok ? EXIT_GO : complain(&e);
}
