/*
 * One look at the catalogue for all constraints to come: their tables, what these have already, how large they are,
 * what the role may read, and what the statistics say. Only names are looked up; no row of a table is read.
 */
#include "sources/postgres/pg_look.h"

#include <stdlib.h>

#define ARRAY_MAX ((size_t)256 * 1024) /* of one parameter */

/* The size of a locked table cannot be had: PostgreSQL would wait for the lock. */
#define SIZES(oid) \
	"(WITH RECURSIVE p (id) AS (SELECT " oid " UNION ALL SELECT h.inhrelid FROM p JOIN pg_inherits AS h" \
	" ON h.inhparent = p.id)" \
	" SELECT sum(z.bytes)::bigint AS bytes, bool_or(z.locked) AS locked," \
	" CASE WHEN bool_and(z.reltuples > 0 OR z.bytes = 0) THEN sum(z.reltuples)::bigint END AS tuples" \
	" FROM (SELECT l.reltuples, p.id IN (SELECT k.relation FROM locked AS k) AS locked," \
	" CASE WHEN p.id IN (SELECT k.relation FROM locked AS k) THEN NULL ELSE pg_relation_size(p.id) END AS bytes" \
	" FROM p JOIN pg_class AS l ON l.oid = p.id WHERE l.relkind = 'r') AS z)"
#define COLUMNS(oid, list) \
	"(SELECT count(*) AS present, bool_and(a.attnotnull) AS not_null," \
	" bool_and(has_column_privilege(" oid ", a.attnum, 'SELECT')) AS readable, min(a.attnum) AS first" \
	" FROM pg_attribute AS a WHERE a.attrelid = " oid " AND a.attname::text = ANY (string_to_array(" list \
	", ','))" \
	" AND a.attnum > 0 AND NOT a.attisdropped)"

const char look_query[] =
    "WITH locked AS (SELECT b.relation FROM pg_locks AS b WHERE b.mode = 'AccessExclusiveLock'"
    " AND b.relation IS NOT NULL AND b.pid <> pg_backend_pid()"
    " AND b.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))"
    " SELECT c.oid IS NOT NULL, COALESCE(k.convalidated, u.indisvalid), cc.present, cc.not_null,"
    " cc.readable AND has_schema_privilege(n.oid, 'USAGE'), cs.bytes, cs.tuples, y.attname, x.usable,"
    " (s.nulls * 1000000)::bigint, (extract(epoch FROM greatest(pg_stat_get_last_analyze_time(c.oid),"
    " pg_stat_get_last_autoanalyze_time(c.oid))) * 1000000)::bigint,"
    " r.oid IS NOT NULL, rc.present, rc.readable, rs.bytes, rs.tuples, COALESCE(cs.locked, false) OR COALESCE(rs.locked, false)"
    " FROM ROWS FROM (unnest($1::text[]), unnest($2::text[]), unnest($3::text[]), unnest($4::text[]),"
    " unnest($5::text[]), unnest($6::text[])) WITH ORDINALITY AS w (tab, con, cols, ref, refcols, sch, place)"
    " LEFT JOIN pg_namespace n ON n.nspname = w.sch LEFT JOIN pg_namespace o ON o.nspname = 'public'"
    " LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.tab AND c.relkind IN ('r', 'p')"
    " LEFT JOIN pg_class r ON r.relnamespace = o.oid AND r.relname = w.ref AND r.relkind IN ('r', 'p')"
    " LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.conname = w.con"
    " LEFT JOIN pg_class uc ON uc.relnamespace = n.oid AND uc.relname = w.con"
    " LEFT JOIN pg_index u ON u.indexrelid = uc.oid AND u.indrelid = c.oid"
    " LEFT JOIN LATERAL " COLUMNS("c.oid",
	"w.cols") " AS cc ON true"
		  " LEFT JOIN LATERAL " COLUMNS("r.oid",
		      "w.refcols") " AS rc ON true"
				   " LEFT JOIN LATERAL " SIZES(
				       "c.oid") " AS cs ON true"
						" LEFT JOIN LATERAL " SIZES(
						    "r.oid") " AS rs ON true"
							     " LEFT JOIN LATERAL (SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
							     " AND a.attnum = i.indkey[0] WHERE i.indrelid = c.oid AND i.indisprimary AND i.indisvalid"
							     " AND has_column_privilege(c.oid, a.attnum, 'SELECT')) AS y ON true"
							     " LEFT JOIN LATERAL (SELECT true AS usable FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid"
							     " JOIN pg_am m ON m.oid = ic.relam AND m.amname = 'btree'"
							     " WHERE i.indrelid = c.oid AND i.indisvalid AND i.indisready AND cc.present = 1"
							     " AND (i.indkey[0] = cc.first AND i.indpred IS NULL"
							     " OR pg_get_expr(i.indpred, i.indrelid) = '(' || quote_ident(w.cols) || ' IS NULL)') LIMIT 1) AS x ON true"
							     " LEFT JOIN LATERAL (SELECT max(t.null_frac) AS nulls FROM pg_stats AS t WHERE t.schemaname = w.sch"
							     " AND t.tablename = w.tab AND t.attname::text = ANY (string_to_array(w.cols, ','))) AS s ON true"
							     " ORDER BY w.place";

static int64_t
number(const PGresult *r, int row, int column)
{
	return PQgetisnull(r, row, column) ? -1 : strtoll(PQgetvalue(r, row, column), NULL, 10);
}

static bool
truth(const PGresult *r, int row, int column)
{
	return PQgetvalue(r, row, column)[0] == 't';
}

static const char *
copied(const PGresult *r, int row, int column, struct arena *a)
{
	return PQgetisnull(r, row, column) ? NULL : arena_strdup(a, PQgetvalue(r, row, column));
}

static void
take_look(struct asked *q, const PGresult *r, int row, struct arena *a)
{
	q->exists = truth(r, row, 0);
	q->done = truth(r, row, 1);
	q->columns = (size_t)number(r, row, 2);
	q->not_null = truth(r, row, 3);
	q->readable = truth(r, row, 4);
	q->bytes = number(r, row, 5);
	q->tuples = number(r, row, 6);
	q->key = copied(r, row, 7, a);
	q->indexed = truth(r, row, 8) && q->c.kind == CK_NOT_NULL;
	q->nulls = copied(r, row, 9, a);
	q->analysed_at = copied(r, row, 10, a);
	q->ref_exists = truth(r, row, 11);
	q->ref_columns = (size_t)number(r, row, 12);
	q->ref_readable = truth(r, row, 13);
	q->ref_bytes = number(r, row, 14);
	q->ref_tuples = number(r, row, 15);
	q->locked = truth(r, row, 16);
}

/* One array for each parameter of the query. */
static void
add_lists(const struct asked_list *list, struct buf *arrays, struct arena *a)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct constraint *c = &list->items[i].c;

		pg_array_add(&arrays[0], c->table);
		pg_array_add(&arrays[1], c->name);
		pg_array_add(&arrays[2], constraint_list(&c->columns, a));
		pg_array_add(&arrays[3], c->referenced);
		pg_array_add(&arrays[4], constraint_list(&c->referenced_columns, a));
		pg_array_add(&arrays[5], c->schema != NULL ? c->schema : "public");
	}
	for (size_t i = 0; i < 6; i++)
		buf_add(&arrays[i], arrays[i].len == 0 ? "{}" : "}");
}

bool
look_at_tables(struct pg *p, struct asked_list *list, struct arena *a, struct pg_fault *f)
{
	CLEANUP(pg_result_drop) PGresult *r = NULL;
	struct buf arrays[6];
	const char *params[6];
	bool ok;

	for (size_t i = 0; i < nitems(arrays); i++)
		buf_init(&arrays[i], ARRAY_MAX);
	add_lists(list, arrays, a);
	for (size_t i = 0; i < nitems(arrays); i++) {
		params[i] = arena_strdup(a, arrays[i].p);
		buf_free(&arrays[i]);
	}
	ok = pg_exec(p, look_query, params, nitems(params), &r, f);
	if (ok && (size_t)PQntuples(r) != list->n)
		return pg_fail(f, PS_ERROR, "the catalogue holds a relation twice");
	for (size_t i = 0; ok && i < list->n; i++)
		take_look(&list->items[i], r, (int)i, a);
	return ok;
}
