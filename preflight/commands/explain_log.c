/*
 * The steps of `preflight explain` for a log: facts of the instance where they are at hand, the errors of the log as one
 * more fact table, then the same evaluation as everywhere. Prints nothing but faults.
 */
#include "commands/explain_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/version.h"
#include "discovery/take_facts.h"
#include "facts/source_row.h"
#include "sources/host/host_logs.h"
#include "verdict/decide.h"

#define LOG_TABLE "log_error"
#define LOG_RULES "log."

/* Stores that tell nothing about an error of a schema migration, and may take long to read. */
static void
leave_out_others(struct inputs *in, const struct ruleset *set, struct arena *a)
{
	for (size_t i = 0; i < set->sources.n; i++) {
		const struct source_decl *d = &set->sources.items[i];

		if (strcmp(d->kind, "postgres") != 0 && strcmp(d->kind, "host") != 0 &&
		    !is_left_out(&in->without, d->id))
			ARENA_PUSH(a, &in->without, ((struct left_out){d->id, "explain does not read it"}));
	}
}

static bool
take_instance(struct explanation *x, const struct options *o, const struct ruleset *set, struct arena *a, struct err *e)
{
	struct taken_facts taken = {0};
	bool ok;

	x->inputs = (struct inputs){.install_method = o->install_method};
	leave_out_others(&x->inputs, set, a);
	if (!inputs_from(&x->inputs, o->from, e))
		return false;
	ok = take_facts_open(&taken, o, set, &x->inputs, a, e) && take_facts_finish(&taken, set, &x->inputs, a, e) &&
	    snapshot_read(x->snapshot, &set->facts, &taken.facts, a, e);
	take_facts_drop(&taken);
	return ok;
}

static struct rows *
rows_of_sources(const struct snapshot *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i]->fact == &source_fact)
			return s->items[i];
	return NULL;
}

/* Whose the rows of the log are: the node that was read, else one that is made up, as if its files were read. */
static const char *
log_node(struct explanation *x, struct arena *a)
{
	struct rows *r = rows_of_sources(x->snapshot);

	for (size_t i = 0; r != NULL && i < r->n; i++) {
		struct source_row row = source_row_at(r, i);

		if (strcmp(row.id, "host") != 0)
			continue;
		if (row.requested && row.node[0] != '\0')
			return arena_strdup(a, row.node);
		r->items[i][SC_REQUESTED] = cell_int(1);
		r->items[i][SC_STATUS] = cell_text(part_status_word[PS_COMPLETE]);
		r->items[i][SC_NODE] = cell_text("local");
		return "local";
	}
	return "local";
}

/* The errors of one log take the place of those of the host's own logs. */
static void
replace_errors(struct explanation *x, const struct fact *f, struct rows *errors)
{
	struct snapshot *s = x->snapshot;
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->items[i]->fact == f)
			rows_free(s->items[i]);
		else
			s->items[kept++] = s->items[i];
	s->n = kept;
	snapshot_add(s, errors);
}

static int
open_log(const char *log, struct explained_log *l, struct err *e)
{
	struct stat st;
	int fd;

	*l = (struct explained_log){.path = strcmp(log, "-") == 0 ? "standard input" : log};
	if (strcmp(log, "-") == 0)
		return STDIN_FILENO;
	fd = open(log, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0 || S_ISDIR(st.st_mode)) {
		(void)fail(e, NOWHERE, "cannot read %.300s: %s", log, fd < 0 ? strerror(errno) : "it is a directory");
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	if (S_ISREG(st.st_mode))
		l->changed_at = (int64_t)st.st_mtim.tv_sec * 1000000;
	return fd;
}

static bool
read_log(struct explanation *x, const struct fact *f, const char *log, struct arena *a, struct err *e)
{
	CLEANUP(log_scan_drop) struct log_scan *s = NULL;
	struct explained_log *l = &x->logs[x->n_logs++];
	const struct log_errors *errors;
	struct rows *r;
	bool ok;
	int fd = open_log(log, l, e);

	if (fd < 0)
		return false;
	s = log_scan_new(f->over);
	ok = log_scan_file(s, fd, l->path, 0, e);
	if (fd != STDIN_FILENO)
		(void)close(fd);
	if (!ok)
		return false;
	errors = log_scan_end(s);
	l->lines = log_scan_lines(s);
	x->left_out = errors->left_out;
	r = rows_new(f, log_node(x, a));
	ok = host_add_log_errors(r, errors, l->path, l->changed_at, e);
	rows_end(r, PS_COMPLETE, "%s", "");
	replace_errors(x, f, r);
	return ok;
}

/* The logs that the source host reads here: the newest of each pattern. */
static void
name_own_logs(struct explanation *x, const struct options *o, const struct fact *f, struct arena *a)
{
	const struct ynode *paths = f->params != NULL ? yaml_get(f->params, "paths") : NULL;

	for (size_t i = 0; paths != NULL && i < paths->n && x->n_logs < nitems(x->logs); i++) {
		struct explained_log *l = &x->logs[x->n_logs];

		l->path = newest_file(
		    a, arena_printf(a, "%s%s", o->root != NULL ? o->root : "", paths->items[i]->text), &l->changed_at);
		x->n_logs += l->path != NULL;
	}
}

/* NULL, or why the host's own logs are not at hand. */
static const char *
own_logs_missing(const struct explanation *x, const struct fact *f)
{
	for (size_t i = 0; i < x->snapshot->n; i++) {
		const struct rows *r = x->snapshot->items[i];

		if (r->fact == f)
			return r->status == PS_COMPLETE ? NULL : r->reason;
	}
	return "GitLab's files are not on this host";
}

/* What could not be read is left out, so that its rules are skipped and not unknown. */
static void
leave_out_unread(struct explanation *x, struct arena *a)
{
	const struct rows *r = rows_of_sources(x->snapshot);

	for (size_t i = 0; r != NULL && i < r->n; i++) {
		struct source_row row = source_row_at(r, i);

		if ((!row.requested || row.status != PS_COMPLETE) && strcmp(row.id, "host") != 0 &&
		    !is_left_out(&x->inputs.without, row.id))
			ARENA_PUSH(a, &x->inputs.without, ((struct left_out){arena_strdup(a, row.id), "not read"}));
	}
}

/* The release of the instance, else the one whose migration the log names, else the newest one of the rules. */
static void
choose_release(struct explanation *x, const struct ruleset *set)
{
	static const struct sql sql = {.text = "SELECT max(release) AS release FROM log_release"};
	const struct instance *inst = x->instance;
	struct result r = {0};
	struct err e;

	if (inst->has_version) {
		x->version_from = inst->version_given != NULL ? "given" : "instance";
		x->hop = (struct hop){inst->version, inst->version};
		return;
	}
	x->version_from = "unknown";
	x->hop = (struct hop){set->known_through, set->known_through};
	if (sqldb_query(inst->db, &sql, inst->arena, &r, &e) && r.n == 1 && r.items[0] != NULL) {
		x->version_from = "log";
		x->hop.from = x->hop.to = r.numbers[0];
	}
}

const char *
explain_evidence(const struct finding *f, const char *name)
{
	for (size_t i = 0; i < f->evidence.n; i++)
		if (strcmp(f->evidence.fields[i].name, name) == 0)
			return f->evidence.fields[i].value;
	return "";
}

static void
add_way(const struct explanation *x, const struct finding *f, const char *way, const char *remedy,
    const struct remedy **out, size_t *n)
{
	if (strcmp(explain_evidence(f, way), "no") != 0)
		remedy_expand(x->instance, ruleset_remedy(x->instance->set, remedy), x->hop, f->evidence.fields,
		    f->evidence.n, out, n);
}

static int
by_place(const void *pa, const void *pb)
{
	const struct finding *a = ((const struct explained_error *)pa)->finding;
	const struct finding *b = ((const struct explained_error *)pb)->finding;
	int order = strcmp(explain_evidence(a, "path"), explain_evidence(b, "path"));
	long long la = atoll(explain_evidence(a, "line")), lb = atoll(explain_evidence(b, "line"));

	return order != 0 ? order : la < lb ? -1 : la > lb;
}

static void
take_findings(struct explanation *x, const struct ruleset *set, struct arena *a)
{
	struct findings *all = arena_alloc(a, sizeof *all);

	for (size_t i = 0; i < set->rules.n; i++)
		if (strncmp(set->rules.items[i].id, LOG_RULES, strlen(LOG_RULES)) == 0)
			evaluate_rule(x->instance, &set->rules.items[i], x->hop, all);
	x->errors = arena_alloc(a, (all->n + 1) * sizeof *x->errors);
	for (size_t i = 0; i < all->n; i++) {
		struct explained_error *e = &x->errors[x->n_errors];
		struct finding *f = &all->items[i];

		if (f->status != ST_FAIL && f->status != ST_WAITING)
			continue;
		f->effect = finding_effect(f);
		e->finding = f;
		add_way(x, f, "forward", "roll-forward", &e->forward, &e->n_forward);
		add_way(x, f, "back", "roll-back", &e->back, &e->n_back);
		x->n_errors++;
	}
	qsort(x->errors, x->n_errors, sizeof *x->errors, by_place);
}

int
explain_log(struct explanation *x, const struct options *o, const struct ruleset *set, const char *log, struct arena *a)
{
	const struct fact *f = fact_find(&set->facts, LOG_TABLE);
	const char *missing;
	struct err e;

	*x = (struct explanation){.arena = a, .snapshot = snapshot_new()};
	if (f == NULL || f->over == NULL)
		return usage_error("these rules have no table %s", LOG_TABLE);
	if (!take_instance(x, o, set, a, &e) || (log != NULL && !read_log(x, f, log, a, &e)))
		return complain(&e);
	missing = log == NULL ? own_logs_missing(x, f) : NULL;
	if (missing != NULL)
		return usage_error("%s: specify a log: preflight explain FILE, or - for standard input", missing);
	if (log == NULL && o->facts.n == 0)
		name_own_logs(x, o, f, a);
	if (log == NULL && o->facts.n == 0 && x->n_logs == 0)
		return usage_error("no log of db:migrate or reconfigure is below %s: preflight explain FILE",
		    o->root != NULL ? o->root : "/var/log/gitlab");
	leave_out_unread(x, a);
	x->instance = instance_new(a, set, x->snapshot, &x->inputs, NULL, &e);
	if (x->instance == NULL)
		return complain(&e);
	choose_release(x, set);
	if (!instance_set_hop(x->instance, x->hop.from, x->hop.to, NULL, &e))
		return complain(&e);
	take_findings(x, set, a);
	return EXIT_GO;
}

void
explanation_drop(struct explanation *x)
{
	instance_free(x->instance);
	if (x->snapshot != NULL)
		snapshot_free(x->snapshot);
}
