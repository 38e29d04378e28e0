/*
 * The in-memory SQLite database in which rules are evaluated. It restricts what a statement may do and how much
 * work it may cause; what the rows mean is not known here.
 */
#include "facts/sqldb.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "facts/sql_place.h"
#include "facts/sqlfunc.h"
#include "base/text.h"
#include "base/version.h"

/* Thousands of VM steps: a statement over small tables takes 500 at most, and 2 for each row of what is large. */
#define STEPS_MAX 20000
#define STEPS_PER_ROW 2
#define INDEX_FROM 500  /* rows; of fewer the whole is read as fast */
#define VALUE_MAX 65536 /* bytes: steps are not time, long values are */
#define HEAP_MAX ((int64_t)384 * 1024 * 1024)

#define MODULES_MAX 100

struct sqldb {
	sqlite3 *db;
	int64_t now;
	char modules[MODULES_MAX][40]; /* tables that the library brings */
	size_t n_modules;
	bool locked; /* only what rules may do */
	int64_t steps;
	int64_t rows;              /* in all tables and views together */
	const struct texts *joins; /* columns to index, or NULL */
	bool exceeded;             /* what failed last failed by a limit */
	enum table_made (*make)(void *, const char *);
	void *make_arg;
	bool broken; /* the statement that was prepared last reads a broken table */
};

static const char *const decl_word[] = {
    [T_INTEGER] = "INTEGER",
    [T_TEXT] = "TEXT",
    [T_TIME] = "TIME_INT",
    [T_BOOL] = "BOOL_INT",
    [T_VERSION] = "VERSION_INT",
};

/*
 * Tables that the library itself brings, such as dbstat: which ones depends on how it was built. Where they cannot
 * all be listed, none may be refused by its name, so nothing is opened. Those over
 * JSON are harmless, and rules use them. Newer libraries allow the table-valued PRAGMAs unless they are refused.
 */
static bool
is_module(const struct sqldb *s, const char *name)
{
	for (size_t i = 0; i < s->n_modules; i++)
		if (sqlite3_stricmp(s->modules[i], name) == 0)
			return strncmp(name, "json_", 5) != 0;
	return false;
}

static int
note_module(void *arg, int n, char **values, char **names)
{
	struct sqldb *s = arg;

	(void)names;
	if (n != 1 || values[0] == NULL || s->n_modules == nitems(s->modules) ||
	    strlen(values[0]) >= sizeof s->modules[0])
		return 1;
	(void)snprintf(s->modules[s->n_modules++], sizeof s->modules[0], "%s", values[0]);
	return 0;
}

static int
authorize(void *arg, int action, const char *a, const char *b, const char *database, const char *trigger)
{
	const struct sqldb *s = arg;

	(void)a;
	(void)database;
	(void)trigger;
	if (!s->locked)
		return SQLITE_OK;
	if (action == SQLITE_SELECT)
		return SQLITE_OK;
	if (action == SQLITE_READ)
		return strncmp(a, "sqlite_", 7) == 0 || strncasecmp(a, "pragma_", 7) == 0 || is_module(s, a)
		    ? SQLITE_DENY
		    : SQLITE_OK;
	if (action == SQLITE_FUNCTION)
		return sqlfunc_allowed(b) ? SQLITE_OK : SQLITE_DENY;
	return SQLITE_DENY;
}

static int
count_steps(void *arg)
{
	struct sqldb *s = arg;

	return ++s->steps > STEPS_MAX + STEPS_PER_ROW * s->rows;
}

static void
set_limits(sqlite3 *db)
{
	static const struct {
		int what, value;
	} limits[] = {{SQLITE_LIMIT_LENGTH, 4 * VALUE_MAX}, {SQLITE_LIMIT_SQL_LENGTH, VALUE_MAX},
	    {SQLITE_LIMIT_EXPR_DEPTH, 100}, {SQLITE_LIMIT_COMPOUND_SELECT, 50}, {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200},
	    {SQLITE_LIMIT_COLUMN, 200}, {SQLITE_LIMIT_ATTACHED, 0}, {SQLITE_LIMIT_TRIGGER_DEPTH, 1}};

	for (size_t i = 0; i < nitems(limits); i++)
		(void)sqlite3_limit(db, limits[i].what, limits[i].value);
}

struct sqldb *
sqldb_new(int64_t now)
{
	struct sqldb *s = xcalloc(1, sizeof *s);
	int off;

	s->now = now;
	(void)sqlite3_hard_heap_limit64(HEAP_MAX);
	if (sqlite3_open_v2(":memory:", &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK ||
	    !sqlfunc_register(s->db, &s->now)) {
		sqldb_free(s);
		return NULL;
	}
	/* A misspelt "column" must be an error, not a string. */
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DML, 0, &off);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DDL, 0, &off);
	(void)sqlite3_exec(s->db, "PRAGMA temp_store = MEMORY; PRAGMA analysis_limit = 1000", NULL, NULL, NULL);
	/* Its declaration would not pass the authorizer in older libraries: make it known first. */
	(void)sqlite3_exec(s->db, "SELECT * FROM json_each('[]')", NULL, NULL, NULL);
	if (sqlite3_exec(s->db, "SELECT name FROM pragma_module_list", note_module, s, NULL) != SQLITE_OK) {
		sqldb_free(s);
		return NULL;
	}
	set_limits(s->db);
	(void)sqlite3_set_authorizer(s->db, authorize, s);
	sqlite3_progress_handler(s->db, 1000, count_steps, s);
	return s;
}

void
sqldb_free(struct sqldb *s)
{
	if (s == NULL)
		return;
	(void)sqlite3_close(s->db);
	free_ptr(&s);
}

void
sqldb_drop(struct sqldb **s)
{
	sqldb_free(*s);
}

bool
sqldb_is_exceeded(const struct sqldb *s)
{
	return s->exceeded;
}

/* What SQLite could not do; of the two limits in our own words. */
static bool
failed(struct sqldb *s, int rc, struct err *e)
{
	s->exceeded = rc == SQLITE_INTERRUPT || rc == SQLITE_NOMEM;
	if (rc == SQLITE_INTERRUPT)
		return fail(
		    e, NOWHERE, "exceeds the work limit for rules, with %lld rows in all tables", (long long)s->rows);
	if (rc == SQLITE_NOMEM)
		return fail(e, NOWHERE, "exceeds the memory limit for rules (%d MiB), with %lld rows in all tables",
		    (int)(HEAP_MAX >> 20), (long long)s->rows);
	return fail(e, NOWHERE, "%s", sqlite3_errmsg(s->db));
}

static bool
run(struct sqldb *s, const char *sql, struct err *e)
{
	int rc;

	s->steps = 0;
	rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK || failed(s, rc, e);
}

void
sqldb_on_missing(struct sqldb *s, enum table_made (*make)(void *, const char *), void *arg)
{
	s->make = make;
	s->make_arg = arg;
}

void
sqldb_index_by(struct sqldb *s, const struct texts *columns)
{
	s->joins = columns;
}

/* ANALYZE tells SQLite which of several indexes is worth using. */
static bool
count_rows(struct sqldb *s, const char *table, size_t n, struct err *e)
{
	CLEANUP(free_ptr) char *analyze = NULL;

	s->rows += (int64_t)n;
	if (n < INDEX_FROM || s->joins == NULL)
		return true;
	for (size_t i = 0; i < s->joins->n; i++) {
		const char *column = s->joins->items[i];
		CLEANUP(free_ptr) char *sql = NULL;
		int is_rowid = 0; /* every table has oid, and no index of it */

		if (sqlite3_table_column_metadata(s->db, NULL, table, column, NULL, NULL, NULL, &is_rowid, NULL) !=
			SQLITE_OK ||
		    is_rowid)
			continue;
		if (asprintf(&sql, "CREATE INDEX IF NOT EXISTS \"%s.%s\" ON \"%s\"(\"%s\")", table, column, table,
			column) < 0)
			return fail(e, NOWHERE, "out of memory");
		if (!run(s, sql, e))
			return false;
	}
	if (asprintf(&analyze, "ANALYZE \"%s\"", table) < 0)
		return fail(e, NOWHERE, "out of memory");
	return run(s, analyze, e);
}

bool
sqldb_table(struct sqldb *s, const struct fact *f, struct err *e)
{
	struct buf sql;
	bool ok;

	buf_init(&sql, VALUE_MAX);
	buf_printf(&sql, "CREATE TABLE %s(", f->table);
	if (f->part_column != NULL)
		buf_printf(&sql, "%s TEXT", f->part_column);
	for (size_t i = 0; i < f->n_columns; i++)
		buf_printf(&sql, "%s\"%s\" %s", i > 0 || f->part_column != NULL ? ", " : "", f->columns[i].name,
		    decl_word[f->columns[i].type]);
	buf_add(&sql, ")");
	ok = run(s, sql.p, e);
	buf_free(&sql);
	return ok;
}

static bool
bind_row(sqlite3_stmt *stmt, const struct rows *r, const struct cell *row)
{
	int at = 0;
	int rc = SQLITE_OK;

	if (r->fact->part_column != NULL)
		rc = sqlite3_bind_text(stmt, ++at, r->part, -1, SQLITE_STATIC);
	for (size_t i = 0; i < r->fact->n_columns && rc == SQLITE_OK; i++)
		switch (row[i].kind) {
		case CELL_NULL:
			rc = sqlite3_bind_null(stmt, ++at);
			break;
		case CELL_INT:
			rc = sqlite3_bind_int64(stmt, ++at, row[i].i);
			break;
		case CELL_TEXT:
			rc = sqlite3_bind_text(stmt, ++at, row[i].s, -1, SQLITE_STATIC);
			break;
		}
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	(void)sqlite3_reset(stmt);
	return rc == SQLITE_DONE;
}

bool
sqldb_insert(struct sqldb *s, const struct rows *r, bool reversed, struct err *e)
{
	sqlite3_stmt *stmt = NULL;
	struct err ignored;
	struct buf sql;
	bool ok;

	if (r->n == 0)
		return true;
	buf_init(&sql, VALUE_MAX);
	buf_printf(&sql, "INSERT INTO %s VALUES (%s", r->fact->table, r->fact->part_column != NULL ? "?" : "");
	for (size_t i = 0; i < r->fact->n_columns; i++)
		buf_add(&sql, i > 0 || r->fact->part_column != NULL ? ", ?" : "?");
	buf_add(&sql, ")");
	s->steps = 0;
	ok = run(s, "BEGIN", e) && sqlite3_prepare_v2(s->db, sql.p, -1, &stmt, NULL) == SQLITE_OK;
	for (size_t i = 0; i < r->n && ok; i++) {
		s->steps = 0;
		ok = bind_row(stmt, r, r->items[reversed ? r->n - 1 - i : i]);
	}
	if (!ok)
		(void)fail(e, NOWHERE, "table %s: %s", r->fact->table, sqlite3_errmsg(s->db));
	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
	if (!ok)
		(void)run(s, "ROLLBACK", &ignored);
	return ok && run(s, "COMMIT", e) && count_rows(s, r->fact->table, r->n, e);
}

bool
sqldb_replace(struct sqldb *s, const struct rows *r, struct err *e)
{
	CLEANUP(free_ptr) char *sql = NULL;

	if (asprintf(&sql, "DELETE FROM %s", r->fact->table) < 0)
		return fail(e, NOWHERE, "out of memory");
	return run(s, sql, e) && sqldb_insert(s, r, false, e);
}

static struct loc
start_of(const struct sql *sql)
{
	return sql->node != NULL ? yaml_loc_at(sql->node, 0) : NOWHERE;
}

static struct loc
error_place(struct sqldb *s, const struct sql *sql, const char *message)
{
	int offset = -1;

	if (sql->node == NULL)
		return NOWHERE;
#if SQLITE_VERSION_NUMBER >= 3038000
	offset = sqlite3_error_offset(s->db);
#else
	(void)s;
#endif
	if (offset >= 0)
		return yaml_loc_at(sql->node, (size_t)offset);
	if (strstr(message, "incomplete input") != NULL)
		return yaml_loc_at(sql->node, strlen(sql->text));
	return yaml_loc_at(sql->node, sql_place(sql->text, message));
}

/* Nothing but blanks, comments and one semicolon may follow the statement. */
static bool
is_tail(const char *p)
{
	bool semicolon = false;

	for (;;) {
		p += strspn(p, " \t\r\n");
		if (p[0] == '-' && p[1] == '-')
			p += strcspn(p, "\n");
		else if (p[0] == ';' && !semicolon)
			semicolon = *p++ == ';';
		else
			return *p == '\0';
	}
}

/* Whether the table that the last statement missed is made now. The library names it in its message only. */
static bool
made_missing(struct sqldb *s)
{
	static const char missing[] = "no such table: ", schema[] = "main.";
	const char *name = sqlite3_errmsg(s->db);
	enum table_made made;
	char copy[64];

	if (s->make == NULL || strncmp(name, missing, sizeof missing - 1) != 0)
		return false;
	name += sizeof missing - 1;
	if (strncasecmp(name, schema, sizeof schema - 1) == 0)
		name += sizeof schema - 1;
	(void)snprintf(copy, sizeof copy, "%s", name);
	made = s->make(s->make_arg, copy);
	s->broken = made == TM_BROKEN;
	return made == TM_MADE;
}

static bool
prepare_locked(struct sqldb *s, const struct sql *sql, sqlite3_stmt **out, const char **tail)
{
	int rc;

	do {
		s->locked = true;
		s->exceeded = s->broken = false;
		s->steps = 0;
		rc = sqlite3_prepare_v2(s->db, sql->text, -1, out, tail);
		s->locked = false;
	} while (rc == SQLITE_ERROR && made_missing(s));
	return rc == SQLITE_OK;
}

/* `e` is NULL where nobody reads why: finding the line of an error takes longer than the rest. */
static bool
prepare(struct sqldb *s, const struct sql *sql, sqlite3_stmt **out, struct err *e)
{
	const char *tail = NULL, *message;
	struct err ignored = {0};

	if (!prepare_locked(s, sql, out, &tail)) {
		if (e == NULL)
			return false;
		message = sqlite3_errmsg(s->db);
		return fail(e, error_place(s, sql, message), "%s", message);
	}
	e = e != NULL ? e : &ignored;
	if (*out == NULL || !sqlite3_stmt_readonly(*out) || sqlite3_stmt_isexplain(*out) != 0 ||
	    sqlite3_column_count(*out) == 0 || sqlite3_bind_parameter_count(*out) != 0)
		return fail(e, start_of(sql), "the query must be exactly one SELECT, without ? parameters");
	if (!is_tail(tail))
		return fail(e, start_of(sql), "only one statement is allowed");
	return true;
}

static void
finalize(sqlite3_stmt **stmt)
{
	(void)sqlite3_finalize(*stmt);
}

bool
sqldb_prepares(struct sqldb *s, const struct sql *sql, struct err *e)
{
	CLEANUP(finalize) sqlite3_stmt *stmt = NULL;

	return prepare(s, sql, &stmt, e);
}

bool
sqldb_lacks_for(struct sqldb *s, const struct sql *sql)
{
	CLEANUP(finalize) sqlite3_stmt *stmt = NULL;

	return !prepare_locked(s, sql, &stmt, NULL);
}

static bool
drop_table(struct sqldb *s, const char *name, struct err *e)
{
	CLEANUP(free_ptr) char *sql = NULL;

	if (asprintf(&sql, "DROP TABLE IF EXISTS %s", name) < 0)
		return fail(e, NOWHERE, "out of memory");
	return run(s, sql, e);
}

bool
sqldb_drop_table(struct sqldb *s, const char *name, struct err *e)
{
	return drop_table(s, name, e);
}

static const char *
column_name(sqlite3_stmt *stmt, int i)
{
	const char *name = sqlite3_column_name(stmt, i);

	if (name == NULL)
		out_of_memory();
	return name;
}

/* Keeps the declared types of plain columns: the printing of versions and times depends on them. */
static bool
create_view(struct sqldb *s, const struct view *v, sqlite3_stmt *stmt, const char *query, struct err *e)
{
	struct err ignored;
	struct buf sql;
	bool ok;

	for (int i = 0; i < sqlite3_column_count(stmt); i++)
		if (!is_name(column_name(stmt, i)))
			return fail(e, v->at, "view %s: column %d needs a name: AS name", v->name, i + 1);
	buf_init(&sql, (size_t)2 * VALUE_MAX);
	buf_printf(&sql, "CREATE TABLE %s(", v->name);
	for (int i = 0; i < sqlite3_column_count(stmt); i++) {
		const char *decl = sqlite3_column_decltype(stmt, i);

		buf_printf(&sql, "%s\"%s\" %s", i > 0 ? ", " : "", column_name(stmt, i), decl != NULL ? decl : "");
	}
	buf_add(&sql, ")");
	ok = run(s, sql.p, e);
	buf_reset(&sql);
	buf_printf(&sql, "INSERT INTO %s %s\n", v->name, query);
	ok = ok && run(s, sql.p, e) && count_rows(s, v->name, (size_t)sqlite3_changes(s->db), e);
	buf_free(&sql);
	if (ok)
		return true;
	/* Half a view would be read as the whole of it. */
	err_prefix(e, "view %s", v->name);
	(void)drop_table(s, v->name, &ignored);
	return false;
}

bool
sqldb_view(struct sqldb *s, const struct view *v, struct err *e)
{
	const struct sql *const forms[] = {&v->query, &v->fallback};

	for (size_t i = 0; i < nitems(forms); i++) {
		CLEANUP(finalize) sqlite3_stmt *stmt = NULL;

		if (forms[i]->text != NULL && prepare(s, forms[i], &stmt, NULL))
			return create_view(s, v, stmt, forms[i]->text, e);
		if (s->broken)
			return fail(e, v->at, "view %s: %s, which could not be made", v->name, sqlite3_errmsg(s->db));
	}
	return true;
}

static bool
view_prepares(struct sqldb *s, const struct view *v, bool fallbacks)
{
	const struct sql *const forms[] = {&v->query, &v->fallback};
	bool ok = false;

	for (size_t i = 0; i < (fallbacks ? nitems(forms) : 1) && !ok; i++)
		ok = forms[i]->text != NULL && !sqldb_lacks_for(s, forms[i]);
	return ok;
}

/*
 * The views that cannot be without it go too, in their order: one may use another. One with a
 * fallback stays as it is: both its forms have the same columns, and no rows are read here.
 */
bool
sqldb_without(struct sqldb *s, const struct fact_list *facts, const struct views *views, size_t fact, bool fallbacks,
    void (*visit)(struct sqldb *, void *), void *arg, struct err *e)
{
	CLEANUP(free_ptr) bool *gone = xcalloc(views->n + 1, sizeof *gone);
	bool ok;

	/* Not by a savepoint: after its rollback SQLite would parse the whole schema again. */
	if (!sqldb_drop_table(s, facts->items[fact].table, e))
		return false;
	for (size_t i = 0; i < views->n; i++) {
		const struct view *v = &views->items[i];

		gone[i] = v->reach.facts[fact] && !view_prepares(s, v, fallbacks);
		if (gone[i] && !sqldb_drop_table(s, v->name, e))
			return false;
	}
	visit(s, arg);
	ok = sqldb_table(s, &facts->items[fact], e);
	for (size_t i = 0; i < views->n && ok; i++)
		ok = !gone[i] || sqldb_view(s, &views->items[i], e);
	return ok;
}

int
result_column(const struct result *r, const char *name)
{
	for (size_t i = 0; i < r->n_columns; i++)
		if (strcmp(r->names[i], name) == 0)
			return (int)i;
	return -1;
}

static void
take_names(sqlite3_stmt *stmt, struct arena *a, struct result *out)
{
	*out = (struct result){.n_columns = (size_t)sqlite3_column_count(stmt)};
	out->names = arena_alloc(a, out->n_columns * sizeof *out->names);
	for (size_t i = 0; i < out->n_columns; i++)
		out->names[i] = arena_strdup(a, column_name(stmt, (int)i));
}

bool
sqldb_columns(struct sqldb *s, const struct sql *sql, struct arena *a, struct result *out, struct err *e)
{
	CLEANUP(finalize) sqlite3_stmt *stmt = NULL;

	if (!prepare(s, sql, &stmt, e))
		return false;
	take_names(stmt, a, out);
	return true;
}

/* A number as its declared type reads; expressions have none and print as plain integers. */
static const char *
number_text(struct arena *a, const char *decl, int64_t n)
{
	char text[TIME_TEXT + VERSION_TEXT];

	if (decl != NULL && strcmp(decl, decl_word[T_VERSION]) == 0)
		return arena_strdup(a, version_text(n, text));
	if (decl != NULL && strcmp(decl, decl_word[T_TIME]) == 0)
		return arena_strdup(a, text_time(n, text));
	if (decl != NULL && strcmp(decl, decl_word[T_BOOL]) == 0)
		return n != 0 ? "yes" : "no";
	return arena_printf(a, "%lld", (long long)n);
}

static bool
take_cell(sqlite3_stmt *stmt, int column, struct arena *a, const char **text, int64_t *number, struct err *e)
{
	const char *found;

	*text = NULL;
	*number = 0;
	switch (sqlite3_column_type(stmt, column)) {
	case SQLITE_NULL:
		return true;
	case SQLITE_INTEGER:
		*number = sqlite3_column_int64(stmt, column);
		*text = number_text(a, sqlite3_column_decltype(stmt, column), *number);
		return true;
	case SQLITE_TEXT:
		found = (const char *)sqlite3_column_text(stmt, column);
		if (found == NULL)
			out_of_memory();
		if (sqlite3_column_bytes(stmt, column) <= VALUE_MAX) {
			*text = text_clean(a, found, (size_t)sqlite3_column_bytes(stmt, column), (size_t)4 * VALUE_MAX);
			return true;
		}
		return fail(e, NOWHERE, "column %s: text of more than %d bytes", column_name(stmt, column), VALUE_MAX);
	default:
		return fail(e, NOWHERE, "column %s: not an integer or a text (percent is 100 * a / b)",
		    column_name(stmt, column));
	}
}

struct result_rows {
	const char **items;
	int64_t *numbers;
	size_t cap;
};

static void
grow(struct arena *a, struct result *out, struct result_rows *space)
{
	size_t more = space->cap > 0 ? space->cap * 2 : 16, width = out->n_columns;
	const char **items = arena_alloc(a, more * width * sizeof *items);
	int64_t *numbers = arena_alloc(a, more * width * sizeof *numbers);

	if (out->n > 0) {
		memcpy(items, out->items, out->n * width * sizeof *items);
		memcpy(numbers, out->numbers, out->n * width * sizeof *numbers);
	}
	out->items = items;
	out->numbers = numbers;
	space->cap = more;
}

static void
count_rest(sqlite3_stmt *stmt, struct arena *a, struct result *out)
{
	int column = result_column(out, "status");
	const char *word = column >= 0 ? (const char *)sqlite3_column_text(stmt, column) : NULL;
	size_t i = 0;

	word = word != NULL ? word : "";
	while (i < out->n_rest && i + 1 < REST_MAX && strcmp(out->rest[i].status, word) != 0)
		i++;
	if (i == out->n_rest) {
		out->rest[i].status = arena_strdup(a, word);
		out->n_rest++;
	}
	out->rest[i].n++;
}

bool
sqldb_query(struct sqldb *s, const struct sql *sql, struct arena *a, struct result *out, struct err *e)
{
	CLEANUP(finalize) sqlite3_stmt *stmt = NULL;
	struct result_rows space = {0};
	int rc;

	if (!prepare(s, sql, &stmt, e))
		return false;
	take_names(stmt, a, out);
	s->steps = 0;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		size_t base = out->n * out->n_columns;

		if (out->n == RESULT_MAX) {
			count_rest(stmt, a, out);
			continue;
		}
		if (out->n == space.cap) {
			grow(a, out, &space);
			base = out->n * out->n_columns;
		}
		for (size_t i = 0; i < out->n_columns; i++)
			if (!take_cell(stmt, (int)i, a, &out->items[base + i], &out->numbers[base + i], e))
				return false;
		out->n++;
	}
	return rc == SQLITE_DONE || failed(s, rc, e);
}
