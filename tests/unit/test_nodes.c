#include "instance_fixture.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "facts/merge.h"

/* A store, and two tables of files; the rule knows nothing of nodes but that it selects the column. */
static const char rules[] =
    "path:\n  known_from: \"14.0\"\n  known_through: \"14.9\"\n  latest: [14.2.7, 14.9.5]\n"
    "sources:\n  - {id: \"postgres:main\", title: main, need: required}\n"
    "  - {id: host, title: files, need: optional}\n"
    "facts:\n  - table: lock\n    about: A\n    source: postgres\n    databases: [main]\n    from: public.a\n"
    "    columns:\n      name: {type: text, class: public}\n"
    "  - table: setting\n    about: A\n    source: host\n    nodes: [local]\n    from: os_release\n"
    "    columns:\n      id: {type: text, class: public}\n"
    "  - table: installed\n    about: A\n    source: host\n    nodes: [local]\n    from: versions\n"
    "    columns:\n      origin: {type: text, class: public}\n      version: {type: version, class: public}\n"
    "      edition: {type: text, class: public}\n      install_method: {type: text, class: public}\n"
    "views:\n  - name: instance_version\n    about: A\n"
    "    query: SELECT origin, version, edition, install_method FROM installed\n"
    "remedies:\n  - name: look\n    steps:\n      - text: Look.\n"
    "rules:\n  - id: test.setting\n    title: T\n    expects: E\n    why: W\n    applies: {to: \">=14.0\"}\n    severity: blocker\n"
    "    confidence: documented\n    violations: |\n      SELECT s.node, s.id FROM setting AS s\n"
    "    key: \"{id}\"\n    message: \"{id} is set\"\n    remedy: look\n"
    "    tests:\n      - {name: a, hop: {from: 14.1.8, to: 14.2.7}, expect: {status: pass}}\n"
    "      - {name: b, hop: {from: 14.1.8, to: 14.2.7}, given: {setting: [{id: x}]}, expect: {status: fail}}\n"
    "  - id: test.lock\n    title: T\n    expects: E\n    why: W\n    applies: {to: \">=14.0\"}\n    severity: notice\n"
    "    confidence: documented\n    violations: |\n      SELECT l.name FROM lock AS l\n"
    "    key: \"{name}\"\n    message: \"{name} is locked\"\n    remedy: look\n"
    "    tests:\n      - {name: a, hop: {from: 14.1.8, to: 14.2.7}, expect: {status: pass}}\n"
    "      - {name: b, hop: {from: 14.1.8, to: 14.2.7}, given: {lock: [{name: x}]}, expect: {status: fail}}\n";

static void
add_source(struct fixture *x, const char *node)
{
	fixture_add(fixture_rows(x, "source", "run"),
	    (const char *const[]){
		"host", "host", "t", "", "complete", "", "", "", "", "", "1790000000000000", "0", "0", "0", node});
}

/* The one node that the fixture has is called so; each further one has the same tables, without rows. */
static void
name_node(struct fixture *x, const char *node)
{
	struct rows *sources = fixture_rows(x, "source", "run");

	for (size_t i = 0; i < sources->n; i++)
		if (strcmp(sources->items[i][0].s, "host") == 0)
			sources->items[i][fact_column_find(&source_fact, "node")].s = node;
	fixture_rows(x, "setting", "local")->part = node;
	fixture_rows(x, "installed", "local")->part = node;
}

static struct rows *
add_table(struct fixture *x, const char *table, const char *node)
{
	struct rows *r = rows_new(fact_find(&x->set->facts, table), node);

	rows_end(r, PS_COMPLETE, "%s", "");
	r->read_at = FIXTURE_NOW;
	snapshot_add(x->snapshot, r);
	return r;
}

static void
add_node(struct fixture *x, const char *node)
{
	add_source(x, node);
	(void)add_table(x, "setting", node);
	(void)add_table(x, "installed", node);
}

static void
set(struct fixture *x, const char *node)
{
	fixture_add(fixture_rows(x, "setting", node), (const char *const[]){"proxy"});
}

static void
install(struct fixture *x, const char *node, const char *origin, const char *version)
{
	fixture_add(fixture_rows(x, "installed", node), (const char *const[]){origin, version, "ee", "linux_package"});
}

static size_t
count(const struct verdict *v, const char *rule, enum status status)
{
	size_t n = 0;

	for (size_t i = 0; i < v->findings.n; i++)
		n += strcmp(v->findings.items[i].rule, rule) == 0 && v->findings.items[i].status == status;
	return n;
}

/* A container has another name with every start; what is wrong with it stays the same. */
static void
the_name_of_the_only_node_is_in_no_key(void **state)
{
	static const char *const names[] = {"local", "rails-1", "0a1b2c"};
	char key[33] = "", unknown[33] = "";

	(void)state;
	for (size_t i = 0; i < nitems(names); i++) {
		const struct finding *f;
		struct fixture x;
		struct verdict v;

		fixture_open(&x, rules, "14.1.8");
		set(&x, "local");
		name_node(&x, names[i]);
		v = fixture_decide(&x, "14.2.7");
		f = fixture_finding(&v, "test.setting");
		assert_string_equal(f->message, "proxy is set");
		assert_true(i == 0 || strcmp(f->key, key) == 0);
		memcpy(key, f->key, sizeof key);
		rows_end(fixture_rows(&x, "setting", names[i]), PS_UNREADABLE, "%s", "");
		v = fixture_decide(&x, "14.2.7");
		f = fixture_finding(&v, "test.setting");
		assert_int_equal(f->status, ST_UNKNOWN);
		assert_true(i == 0 || strcmp(f->key, unknown) == 0);
		memcpy(unknown, f->key, sizeof unknown);
		fixture_close(&x);
	}
}

static void
each_node_has_findings_of_its_own(void **state)
{
	struct fixture x;
	struct verdict v;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	name_node(&x, "rails-1");
	add_node(&x, "rails-2");
	set(&x, "rails-1");
	set(&x, "rails-2");
	v = fixture_decide(&x, "14.2.7");
	assert_int_equal(count(&v, "test.setting", ST_FAIL), 2);
	assert_string_not_equal(v.findings.items[0].key, v.findings.items[1].key);
	assert_non_null(strstr(v.findings.items[0].message, "rails-"));
	fixture_close(&x);
}

/* A bundle of an older program lacks a table that this one reads: it is not empty there. */
static void
a_table_that_one_node_lacks_is_unknown(void **state)
{
	struct fixture x;
	struct verdict v;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	name_node(&x, "rails-1");
	add_source(&x, "rails-2");
	(void)add_table(&x, "installed", "rails-2");
	v = fixture_decide(&x, "14.2.7");
	assert_int_equal(v.gate, G_UNDETERMINED);
	assert_int_equal(count(&v, "test.setting", ST_UNKNOWN), 1);
	assert_non_null(strstr(fixture_finding(&v, "test.setting")->message, "rails-2"));
	(void)add_table(&x, "setting", "rails-2");
	v = fixture_decide(&x, "14.2.7");
	assert_int_equal(v.gate, G_GO);
	fixture_close(&x);
}

static void
nodes_that_are_named_must_be_read(void **state)
{
	struct fixture x;
	struct verdict v;
	struct err e;

	(void)state;
	fixture_open(&x, rules, "14.1.8");
	name_node(&x, "rails-1");
	assert_true(inputs_nodes(&x.inputs, "rails-1,rails-2", x.arena, &e));
	assert_true(inputs_nodes(&x.inputs, "rails-3,rails-1", x.arena, &e));
	assert_int_equal(x.inputs.nodes.n, 3);
	v = fixture_decide(&x, "14.2.7");
	assert_int_equal(v.gate, G_UNDETERMINED);
	assert_int_equal(count(&v, "source.node", ST_UNKNOWN), 2);
	add_node(&x, "rails-2");
	add_node(&x, "rails-3");
	v = fixture_decide(&x, "14.2.7");
	assert_int_equal(v.gate, G_GO);
	add_node(&x, "rails-9");
	v = fixture_decide(&x, "14.2.7");
	assert_int_equal(v.gate, G_GO);
	assert_int_equal(count(&v, "source.node-not-named", ST_FAIL), 1);
	/* It decides now: a table of it that no rule would block for does not go unread. */
	rows_end(fixture_rows(&x, "setting", "rails-2"), PS_UNREADABLE, "%s", "torn");
	v = fixture_decide(&x, "14.2.7");
	assert_int_equal(v.gate, G_UNDETERMINED);
	assert_string_equal(fixture_finding(&v, "source.incomplete")->subject_name, "host/rails-2");
	assert_true(inputs_without(&x.inputs, "host=no access", x.arena, &e));
	v = fixture_decide(&x, "14.2.7");
	assert_int_equal(v.gate, G_GO_WITH_WARNINGS);
	fixture_close(&x);
}

static void
the_node_that_is_behind_says_the_version(void **state)
{
	struct fixture x;
	struct version behind;
	struct err e;

	(void)state;
	assert_true(version_parse("14.1.8", &behind, &e));
	fixture_open(&x, rules, NULL);
	name_node(&x, "rails-1");
	add_node(&x, "rails-2");
	install(&x, "rails-1", "package", "14.2.1");
	install(&x, "rails-1", "reconfigured", "14.0.5");
	install(&x, "rails-2", "package", "14.1.8");
	fixture_instance(&x);
	assert_string_equal(x.instance->package, "14.1.8");
	assert_true(x.instance->version == behind.key);
	fixture_close(&x);
}

static void
nodes_are_names(void **state)
{
	static const char *const bad[] = {"", ",", "a,", ",a", "a,,b"};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < nitems(bad); i++) {
		struct inputs in = {0};
		struct err e = {.msg = ""};

		assert_false(inputs_nodes(&in, bad[i], a, &e));
		assert_non_null(strstr(e.msg, "--nodes"));
	}
	arena_free(a);
}

/* ---- Snapshots as one ---- */

/* A reading of one node, or of the store (node ""). */
static void
read_one(struct fixture *x, const char *node, const char *started)
{
	fixture_open(x, rules, "14.1.8");
	for (size_t i = 0; i < x->snapshot->n; i++)
		rows_free(x->snapshot->items[i]);
	x->snapshot->n = 0;
	snapshot_add(x->snapshot, rows_new(&run_fact, "run"));
	snapshot_add(x->snapshot, rows_new(&source_fact, "run"));
	fixture_add(fixture_rows(x, "run", "run"), (const char *const[]){started, started, node, "", "f", node, ""});
	fixture_add(fixture_rows(x, "source", "run"),
	    (const char *const[]){"postgres:main", "postgres", node[0] == '\0' ? "t" : "f", "",
		node[0] == '\0' ? "complete" : "not_configured", "", "", "", "", "", started, "0", "0", "0", ""});
	rows_end(fixture_rows(x, "run", "run"), PS_COMPLETE, "%s", "");
	rows_end(fixture_rows(x, "source", "run"), PS_COMPLETE, "%s", "");
	if (node[0] == '\0') {
		(void)add_table(x, "lock", "main");
		return;
	}
	add_node(x, node);
	set(x, node);
}

#define READINGS 3

/* The members as one text; "" and the refusal where they are refused. */
static const char *
merged(const char *const *nodes, const size_t *order, struct arena *a, struct err *e)
{
	struct fixture x[READINGS];
	struct named_snapshot readings[READINGS];
	struct snapshot *all = snapshot_new();
	struct members out = {0};
	const char *text = "";

	for (size_t i = 0; i < READINGS; i++) {
		read_one(&x[order[i]], nodes[order[i]], arena_printf(a, "179000000000000%zu", order[i]));
		readings[i] = (struct named_snapshot){nodes[order[i]], x[order[i]].snapshot};
		/* One rule set for all. */
		for (size_t k = 0; k < readings[i].snapshot->n; k++)
			if (readings[i].snapshot->items[k]->fact->found_parts ||
			    strcmp(readings[i].snapshot->items[k]->fact->table, "lock") == 0)
				readings[i].snapshot->items[k]->fact = fact_find(
				    &x[order[0]].set->facts, readings[i].snapshot->items[k]->fact->table);
	}
	if (snapshots_merge(readings, READINGS, all, e)) {
		snapshot_write(all, a, &out);
		for (size_t i = 0; i < out.n; i++)
			text = arena_printf(a, "%s%s\n%s", text, out.items[i].path, out.items[i].data);
	}
	snapshot_free(all);
	for (size_t i = 0; i < READINGS; i++)
		fixture_close(&x[i]);
	return text;
}

static const size_t orders[][READINGS] = {{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {2, 0, 1}};

static void
the_order_of_readings_changes_no_byte(void **state)
{
	static const char *const nodes[] = {"rails-2", "", "rails-1"};
	struct arena *a = arena_new();
	const char *first = NULL;
	struct err e = {.msg = ""};

	(void)state;
	for (size_t i = 0; i < nitems(orders); i++) {
		const char *text = merged(nodes, orders[i], a, &e);

		assert_string_equal(e.msg, "");
		assert_true(first == NULL || strcmp(first, text) == 0);
		first = text;
	}
	assert_non_null(strstr(first, "[1790000000000000,1790000000000002,\"rails-1, rails-2\""));
	assert_non_null(strstr(first, "[\"rails-1\",\"proxy\"]\n[\"rails-2\",\"proxy\"]"));
	assert_null(strstr(first, "not_configured"));
	arena_free(a);
}

static void
two_answers_to_one_question_are_refused(void **state)
{
	static const char *const twice[] = {"rails-1", "", "rails-1"}, *const stores[] = {"", "", "rails-1"};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < nitems(orders); i++) {
		struct err e = {.msg = ""};

		(void)merged(twice, orders[i], a, &e);
		assert_string_equal(e.msg,
		    "rails-1 and rails-1 both contain the files of rails-1: leave one of them "
		    "out");
		(void)merged(stores, orders[i], a, &e);
		assert_non_null(strstr(e.msg, "both contain postgres:main"));
	}
	arena_free(a);
}

/* What was cut short, or does not say how it ended, makes all of it so. */
static void
one_interrupted_reading_interrupts_all(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct fixture x[2];
		struct named_snapshot readings[2];
		struct snapshot *all = snapshot_new();
		struct err e;

		for (size_t k = 0; k < 2; k++) {
			read_one(&x[k], k == 0 ? "a" : "b", "1790000000000000");
			readings[k] = (struct named_snapshot){"r", x[k].snapshot};
		}
		if (i == 1)
			fixture_rows(&x[1], "run", "run")->items[0][fact_column_find(&run_fact, "interrupted")].i = 1;
		if (i == 2)
			rows_end(fixture_rows(&x[1], "run", "run"), PS_UNREADABLE, "%s", "");
		assert_true(snapshots_merge(readings, 2, all, &e));
		assert_int_equal(
		    snapshot_find(all, &run_fact, "run")->items[0][fact_column_find(&run_fact, "interrupted")].i,
		    i > 0);
		snapshot_free(all);
		fixture_close(&x[0]);
		fixture_close(&x[1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_name_of_the_only_node_is_in_no_key),
	    cmocka_unit_test(each_node_has_findings_of_its_own),
	    cmocka_unit_test(a_table_that_one_node_lacks_is_unknown),
	    cmocka_unit_test(nodes_that_are_named_must_be_read),
	    cmocka_unit_test(the_node_that_is_behind_says_the_version),
	    cmocka_unit_test(nodes_are_names),
	    cmocka_unit_test(the_order_of_readings_changes_no_byte),
	    cmocka_unit_test(two_answers_to_one_question_are_refused),
	    cmocka_unit_test(one_interrupted_reading_interrupts_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
