/*
 * The kind of source `postgres`: checks that the database is GitLab's and recent enough, then reads one fact table
 * after another, each in its own read-only transaction.
 */
#include "sources/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/postgres/pg_constraints.h"
#include "sources/postgres/pg_form.h"
#include "sources/postgres/pg_probe.h"
#include "base/text.h"

#define LAG_MAX_US 60000000 /* of a standby, for its rows to count as what GitLab has now */

/* Type numbers of PostgreSQL's catalog; they never change. */
#define TYPE_BOOL 16
#define TYPE_INT8 20
#define TYPE_TEXT 25

/* What no other application's database has: see is_gitlab(). */
static const char *const control_columns[] = {
    "public.schema_migrations.version",
    "public.ar_internal_metadata.key",
};
static const char control_query[] =
    "SELECT EXISTS (SELECT 1 FROM public.schema_migrations WHERE version::text ~ '^[0-9]{14}$'),"
    " EXISTS (SELECT 1 FROM public.ar_internal_metadata WHERE key::text = 'environment')";

struct pg_reading {
	struct pg pg;
	struct run run; /* with a deadline that moves while something is waited for */
	struct sources *all;
	const struct catalog *catalog;
	size_t next;           /* table of the source; those before it have ended, but for: */
	size_t sent[PG_AHEAD]; /* those that the server reads, the oldest first */
	size_t n_sent;
	struct rows *rows;     /* the one whose rows arrive */
	struct form_memo memo; /* in the arena of the rows */
	struct pg_fault gone;  /* why there is no connection any more */
	bool standby;
	int64_t lag_us; /* of a standby; negative: not known */
};

/*
 * Everything happens in here. The transaction ends with `body`: nobody else is waited for while one
 * is open, and a failure in one does not poison the next.
 */
static bool
in_transaction(
    struct pg_reading *rd, const char *doing, bool (*body)(struct pg_reading *, struct pg_fault *), struct pg_fault *f)
{
	bool ok;

	rd->pg.doing = doing;
	pg_begin(&rd->pg, f);
	ok = body(rd, f);
	if (f->lost)
		rd->gone = *f;
	else if (!pg_rollback(&rd->pg, &rd->gone) && ok)
		return pg_fail(f, rd->gone.status, "%s", rd->gone.reason);
	return ok;
}

/* ---- Who is there, and who are we ---- */

/*
 * The same for every way into one running server, over TCP or a socket, for any role. The system
 * identifier would be wrong: a database that was split off as a physical copy keeps it, and the
 * oid, but contains other data from then on.
 */
static const char who_query[] = "SELECT current_database(), quote_ident(current_user), 'server started '"
				" || (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint"
				" || ', port ' || current_setting('port') || ', database ' || d.oid || ' ' || d.datname"
				" FROM pg_database AS d WHERE d.datname = current_database()";

/* From the most to the least that a role may do besides reading. */
static const char privilege_query[] =
    "SELECT CASE"
    " WHEN current_setting('is_superuser') = 'on' THEN 'superuser'"
    " WHEN pg_has_role(c.relowner, 'USAGE') THEN 'owner of GitLab''s tables'"
    " WHEN has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')"
    " THEN 'may write GitLab''s tables'"
    " ELSE coalesce((SELECT 'member of ' || min(rolname) FROM pg_roles WHERE rolname IN"
    " ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files',"
    " 'pg_write_all_data', 'pg_signal_backend', 'pg_checkpoint', 'pg_maintain')"
    " AND pg_has_role(oid, 'USAGE')), 'restricted') END"
    " FROM (SELECT) AS one LEFT JOIN (pg_class AS c JOIN pg_namespace AS n"
    " ON n.oid = c.relnamespace AND n.nspname = 'public')"
    " ON c.relname = 'schema_migrations'";

static bool
ask_who(struct pg_reading *rd, struct pg_fault *f)
{
	struct pg_step steps[] = {{.sql = who_query}, {.sql = privilege_query}};
	CLEANUP(pg_result_drop) PGresult *who = NULL, *may = NULL;
	struct pg *p = &rd->pg;
	struct source *s = p->source;

	if (!pg_run(p, steps, nitems(steps), f))
		return false;
	who = steps[0].result;
	may = steps[1].result;
	if (PQntuples(who) != 1 || PQntuples(may) != 1)
		return pg_fail(f, PS_UNREADABLE, "the server does not know its own database");
	text_clean_into(p->database, sizeof p->database, PQgetvalue(who, 0, 0));
	text_clean_into(p->role, sizeof p->role, PQgetvalue(who, 0, 1));
	text_clean_into(s->identity, sizeof s->identity, PQgetvalue(who, 0, 2));
	text_clean_into(s->privilege, sizeof s->privilege, PQgetvalue(may, 0, 0));
	return true;
}

/* ---- Whether this is GitLab's ---- */

static bool
has_control_columns(struct pg_reading *rd, struct pg_fault *f)
{
	struct pg *p = &rd->pg;
	char why[sizeof f->reason];

	if (!catalog_check(rd->catalog, p, control_columns, nitems(control_columns), f)) {
		(void)snprintf(why, sizeof why, "%s", f->reason);
		return f->status == PS_ABSENT &&
		    pg_fail(f, PS_ABSENT, "this does not look like a GitLab database: in %s %s", p->database, why);
	}
	return true;
}

static bool
is_gitlab(const struct pg *p, const PGresult *r, struct pg_fault *f)
{
	const char *missing = NULL;

	if (strcmp(PQgetvalue(r, 0, 0), "t") != 0)
		missing = "public.schema_migrations has no version of 14 digits";
	else if (strcmp(PQgetvalue(r, 0, 1), "t") != 0)
		missing = "public.ar_internal_metadata has no key \"environment\"";
	return missing == NULL ||
	    pg_fail(f, PS_ABSENT, "this does not look like a GitLab database: in %s %s", p->database, missing);
}

/* ---- Whether it is old ---- */

/*
 * How far a standby is behind: no row on a primary, NULL where it cannot be known. A primary that writes
 * nothing sends nothing, so the time of the last replay means something only while more is waiting; and
 * without a receiver nobody knows what is waiting.
 */
static const char lag_query[] =
    "SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM pg_stat_wal_receiver WHERE pid IS NOT NULL) THEN NULL"
    " WHEN pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn() THEN 0"
    " ELSE (extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000000)::bigint"
    " END WHERE pg_is_in_recovery()";

static void
take_lag(struct pg_reading *rd, const PGresult *r)
{
	struct source *s = rd->pg.source;
	char raw[sizeof s->shown + 64], behind[TIME_TEXT];

	rd->standby = PQntuples(r) == 1;
	rd->lag_us = rd->standby && !PQgetisnull(r, 0, 0) ? strtoll(PQgetvalue(r, 0, 0), NULL, 10) : -1;
	if (!rd->standby)
		return;
	(void)snprintf(raw, sizeof raw, "%s, a standby %s", s->shown,
	    rd->lag_us < 0        ? "that may be behind"
		: rd->lag_us == 0 ? "that is up to date"
				  : text_duration(rd->lag_us, behind));
	if (rd->lag_us > 0)
		(void)strncat(raw, " behind", sizeof raw - strlen(raw) - 1);
	text_clean_into(s->shown, sizeof s->shown, raw);
}

/* What the catalog and the server say without a table of GitLab's is taken from a late standby, too. */
static bool
is_too_old(const struct pg_reading *rd, struct rows *r)
{
	const struct fact *f = r->fact;
	char behind[TIME_TEXT];
	bool of_gitlab = f->from != NULL;

	for (size_t i = 0; i < f->n_variants; i++)
		of_gitlab = of_gitlab || f->variants[i].n_uses > 0;
	if (!rd->standby || !of_gitlab || (rd->lag_us >= 0 && rd->lag_us <= LAG_MAX_US))
		return false;
	if (rd->lag_us < 0)
		rows_end(r, PS_STALE,
		    "this is a standby, and how far it is behind is not known (is its link to "
		    "the primary down?): name the primary");
	else
		rows_end(r, PS_STALE, "this standby is %s behind its primary: name the primary",
		    text_duration(rd->lag_us, behind));
	return true;
}

static bool
look_around(struct pg_reading *rd, struct pg_fault *f)
{
	struct pg_step steps[] = {{.sql = control_query}, {.sql = lag_query}};
	CLEANUP(pg_result_drop) PGresult *control = NULL, *lag = NULL;

	if (!catalog_read(&rd->pg, control_columns, nitems(control_columns), rd->pg.source->arena, &rd->catalog, f) ||
	    !has_control_columns(rd, f) || !pg_run(&rd->pg, steps, nitems(steps), f))
		return false;
	control = steps[0].result;
	lag = steps[1].result;
	if (!is_gitlab(&rd->pg, control, f))
		return false;
	take_lag(rd, lag);
	return true;
}

/* ---- One table ---- */

static bool
check_types(const struct fact *fact, const PGresult *r, struct pg_fault *f)
{
	static const Oid type[] = {[T_INTEGER] = TYPE_INT8,
	    [T_TEXT] = TYPE_TEXT,
	    [T_TIME] = TYPE_INT8,
	    [T_BOOL] = TYPE_BOOL,
	    [T_VERSION] = TYPE_TEXT};

	for (size_t i = 0; i < fact->n_columns; i++)
		if (PQftype(r, (int)i) != type[fact->columns[i].type])
			return pg_fail(f, PS_ERROR, "column %s: the server's type is no %s", fact->columns[i].name,
			    col_type_word[fact->columns[i].type]);
	return true;
}

static bool
take_row(struct pg_reading *rd, const PGresult *r, int row, struct cell *cells, struct pg_fault *f)
{
	const struct fact *fact = rd->rows->fact;
	struct err e;

	if (!PQgetisnull(r, row, (int)fact->n_columns)) {
		rows_leave_out(rd->rows, (size_t)atoi(PQgetvalue(r, row, (int)fact->n_columns)));
		return true;
	}
	for (size_t i = 0; i < fact->n_columns; i++) {
		const struct fact_column *c = &fact->columns[i];
		const char *text = PQgetisnull(r, row, (int)i) ? NULL : PQgetvalue(r, row, (int)i);

		if (text != NULL && c->form != FORM_AS_IT_IS)
			text = form_text(c->form, text, &rd->memo, rd->rows->arena);
		if (!cell_from_text(c, text, &cells[i], &e))
			return pg_fail(f, PS_ERROR, "%s", e.msg);
	}
	return rows_add(rd->rows, cells, &e) || rd->rows->status == PS_TRUNCATED || pg_fail(f, PS_ERROR, "%s", e.msg);
}

static bool
take_rows(void *reading, const PGresult *r, struct pg_fault *f)
{
	struct pg_reading *rd = reading;
	struct cell *cells = xcalloc(rd->rows->fact->n_columns, sizeof *cells);
	bool ok = check_types(rd->rows->fact, r, f);

	for (int i = 0; ok && i < PQntuples(r) && rd->rows->status != PS_TRUNCATED; i++)
		ok = take_row(rd, r, i, cells, f);
	free(cells);
	return ok;
}

static void
end_rows(const struct pg_reading *rd)
{
	struct rows *r = rd->rows;

	if (r->status == PS_NOT_COLLECTED && r->n + r->left_out < r->fact->min_rows)
		rows_end(r, PS_ABSENT,
		    "%zu rows where GitLab has at least %zu: this is not the table "
		    "that we know",
		    r->n, r->fact->min_rows);
	else if (r->status == PS_NOT_COLLECTED)
		rows_end(r, PS_COMPLETE, "%s", "");
}

static bool
read_constraints(struct pg_reading *rd, struct pg_fault *f)
{
	bool ok = constraints_read(&rd->pg, rd->all, rd->rows, f);

	if (f->lost)
		rd->gone = *f;
	return ok;
}

/* Whether what it comes after was read; else it has ended. */
static bool
is_its_turn(struct pg_reading *rd, struct rows *r)
{
	const char *what = "";
	enum part_status s;

	if (r->fact->n_after == 0)
		return true;
	s = sources_await_before(rd->all, rd->pg.source, &rd->run, r->fact, &what);
	if (s == PS_ABSENT)
		rows_end(r, PS_DISABLED, "read only where %s is", what);
	else if (s != PS_COMPLETE)
		rows_end(r, s == PS_TIMEOUT ? s : PS_UNREADABLE, "%s was not read (%s)", what, part_status_word[s]);
	return s == PS_COMPLETE;
}

/* Not only names of a table and its columns. */
static bool
has_own_sql(const struct fact *f)
{
	bool own = f->from == NULL || f->where != NULL;

	for (size_t i = 0; i < f->n_columns; i++)
		own = own || f->columns[i].sql != NULL;
	return own;
}

/* SQL that others wrote runs only where it can do no more than read. */
static bool
is_trusted(struct pg_reading *rd, struct rows *r)
{
	const char *privilege = rd->pg.source->privilege;

	if (!r->fact->of_pack || !has_own_sql(r->fact) || strcmp(privilege, "restricted") == 0)
		return true;
	rows_end(
	    r, PS_DENIED, "SQL of a third-party fact is sent by a restricted role only, and this one is %s", privilege);
	return false;
}

/* `how` fills rd->rows, of which nothing but the end is left to say then. */
static void
read_fact(struct pg_reading *rd, struct rows *r, bool (*how)(struct pg_reading *, struct pg_fault *))
{
	struct pg_fault f = {0};
	int64_t begun = clock_mono_us();
	char doing[100];

	rd->rows = r;
	rd->pg.source->reading = r->fact->table;
	rd->memo = (struct form_memo){0};
	(void)snprintf(doing, sizeof doing, "reading %.80s", r->fact->table);
	rd->pg.doing = doing;
	if (!how(rd, &f))
		rows_end(r, f.status, "%s", f.reason);
	else
		end_rows(rd);
	if (f.not_granted && r->fact->from != NULL) /* for a column in `sql` or `where` */
		rows_end(r, PS_DENIED, "%s: GRANT SELECT ON %s TO %s", f.reason, r->fact->from, rd->pg.role);
	rd->pg.doing = "";
	r->duration_us = clock_mono_us() - begun;
}

/* Others may wait for a table that has ended. */
static void
tell(const struct pg_reading *rd)
{
	sources_tell(rd->all, rd->pg.source, rd->n_sent > 0 ? rd->sent[0] : rd->next);
}

static bool
take_read(struct pg_reading *rd, struct pg_fault *f)
{
	bool ok = pg_take_read(&rd->pg, take_rows, rd, f);

	rd->rows->read_at = rd->pg.read_at;
	if (f->lost)
		rd->gone = *f;
	return ok;
}

/* Until no more than `left` of those that were sent are still to come. */
static void
take_sent(struct pg_reading *rd, size_t left)
{
	while (rd->n_sent > left && !rd->gone.lost) {
		read_fact(rd, rd->pg.source->rows[rd->sent[0]], take_read);
		rd->n_sent--;
		memmove(rd->sent, rd->sent + 1, rd->n_sent * sizeof *rd->sent);
		tell(rd);
	}
}

static void
send_read(struct pg_reading *rd, struct rows *r)
{
	struct pg_fault f = {0};
	const char *declare;

	take_sent(rd, PG_AHEAD - 1);
	if (rd->gone.lost)
		return;
	if (!catalog_compose(rd->catalog, &rd->pg, r, &declare, &f)) {
		rows_end(r, f.status, "%s", f.reason);
	} else if (pg_send_read(&rd->pg, declare, &f)) {
		rd->sent[rd->n_sent++] = rd->next;
	} else {
		rows_end(r, f.status, "%s", f.reason);
		rd->gone = f;
	}
}

static void
read_next(struct pg_reading *rd)
{
	struct rows *r = rd->pg.source->rows[rd->next];

	if (r->status != PS_NOT_COLLECTED || is_too_old(rd, r) || !is_trusted(rd, r))
		return;
	if (r->fact->n_after > 0 || fact_takes_rows(r->fact))
		take_sent(rd, 0);
	if (rd->gone.lost || !is_its_turn(rd, r))
		return;
	if (fact_takes_rows(r->fact))
		read_fact(rd, r, read_constraints);
	else
		send_read(rd, r);
}

static void
read_tables(struct pg_reading *rd)
{
	for (rd->next = 0; rd->next < rd->pg.source->n_rows && !rd->gone.lost;) {
		read_next(rd);
		rd->next++;
		tell(rd);
	}
	take_sent(rd, 0);
}

/* ---- The source ---- */

static bool
has_part(const struct fact *f, const char *part)
{
	for (size_t i = 0; i < f->n_parts; i++)
		if (strcmp(f->parts[i], part) == 0)
			return true;
	return false;
}

/* Their rows are the other source's, unless the declaration never asks that one. */
static void
leave_to(const char *other, struct source *s)
{
	const char *colon = strchr(other, ':');

	for (size_t i = 0; i < s->n_rows; i++)
		if (colon != NULL && has_part(s->rows[i]->fact, colon + 1))
			rows_end(s->rows[i], PS_COMPLETE, "%s", "");
}

static size_t
unread(const struct source *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_rows; i++)
		n += s->rows[i]->status == PS_NOT_COLLECTED;
	return n;
}

/* What it comes after was not read, which is no fault of this source. */
static bool
waits_in_vain(const struct rows *r)
{
	return r->fact->n_after > 0 && (r->status == PS_UNREADABLE || r->status == PS_DISABLED);
}

/* A relation that this version does not have is no fault of the source. */
static void
sum_up(struct source *s)
{
	s->status = PS_COMPLETE;
	for (size_t i = 0; i < s->n_rows && s->status == PS_COMPLETE; i++) {
		const struct rows *r = s->rows[i];
		char raw[sizeof s->reason + sizeof r->reason];

		if (r->status == PS_COMPLETE || r->status == PS_ABSENT || waits_in_vain(r))
			continue;
		s->status = r->status;
		(void)snprintf(raw, sizeof raw, "%.200s: %s", r->fact->table, r->reason);
		text_clean_into(s->reason, sizeof s->reason, raw);
	}
}

static bool
read_all(struct pg_reading *rd, struct sources *all, struct pg_fault *f)
{
	struct source *s = rd->pg.source;
	const char *same;

	if (!pg_open(&rd->pg, f) || !in_transaction(rd, "checking whose database this is", ask_who, f))
		return false;
	if (rd->pg.run->full)
		(void)strncat(
		    s->shown, ", large tables read whole (--depth full)", sizeof s->shown - strlen(s->shown) - 1);
	same = sources_same_store(all, s, rd->pg.run);
	if (same != NULL) {
		leave_to(same, s);
		(void)snprintf(s->reason, sizeof s->reason, "same database as %s: read once", same);
	}
	if (unread(s) == 0)
		return true;
	if (!in_transaction(rd, "looking whether this is GitLab's database", look_around, f))
		return false;
	read_tables(rd);
	*f = rd->gone;
	return !rd->gone.lost;
}

/* A section of GitLab's files for a further database that does not exist: the instance does without it. */
static bool
is_left_over(struct source *s, const struct pg_reading *rd, const struct pg_fault *f)
{
	bool left_over = s->discovered && strcmp(s->part, "main") != 0 && f->status == PS_ABSENT &&
	    rd->pg.database[0] == '\0';

	if (left_over)
		text_clean_into(s->reason, sizeof s->reason, f->reason);
	return left_over;
}

static void
collect(const struct run *run, struct sources *all, struct source *s)
{
	struct pg_reading rd = {.pg = {.source = s}, .run = *run, .all = all};
	struct pg_fault f = {0};

	rd.pg.run = &rd.run;

	if (read_all(&rd, all, &f))
		sum_up(s);
	else if (is_left_over(s, &rd, &f))
		s->withdrawn = true;
	else
		source_end_all(s, f.status, "%s", f.reason);
	pg_close(&rd.pg);
}

static void
describe(const struct source *s, FILE *f)
{
	static const char *const looks[] = {who_query, privilege_query, catalog_query, control_query, lag_query};
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const struct catalog *c = catalog_assumed(s, a);
	const char *sql;

	(void)fprintf(f, "  connects to   %s\n", s->endpoint);
	if (s->acts_as != 0)
		(void)fprintf(f, "  as            user %u of this host, who owns GitLab's files\n", s->acts_as);
	(void)fprintf(f,
	    "\n-- Every transaction begins and ends with these, and nothing is ever committed.\n" PG_BEGIN
	    ";\n%s;\n" PG_ROLLBACK ";\n\n-- Whose database this is, what the role may, and which tables there are.\n",
	    pg_settings);
	for (size_t i = 0; i < nitems(looks); i++)
		(void)fprintf(f, "%s;\n", looks[i]);
	for (size_t i = 0; i < s->n_rows; i++)
		if (fact_takes_rows(s->rows[i]->fact))
			constraints_describe(s, s->rows[i], f);
	for (size_t i = 0; i < s->n_rows; i++)
		for (size_t k = 0; (sql = catalog_statement(c, s->rows[i], k)) != NULL; k++)
			(void)fprintf(f, "\n-- %s%s\n%s;\n", s->rows[i]->fact->table,
			    k > 0                                ? ", if the catalog does not allow the query above"
				: s->rows[i]->fact->from != NULL ? ": a column that this release does not have is NULL"
								 : "",
			    sql);
	(void)fputs("\n-- Each of these is read by:\n" PG_FETCH ";\n", f);
}

static const struct reader readers[] = {
    {"constraints", constraints_columns, constraints_params},
    {NULL, NULL, NULL},
};

const struct source_kind source_postgres = {
    .name = "postgres",
    .readers = readers,
    .sql = true,
    .over_reader = "constraints",
    .over_fault = constraints_fault,
    .over_relations = constraints_relations,
    .part_column = "database",
    .collect = collect,
    .describe = describe,
};
