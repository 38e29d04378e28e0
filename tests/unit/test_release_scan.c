/* Words of migrations: what they name, call and change, and what is not understood. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sources/release/release_scan.h"

#include <cmocka.h>

static struct arena *arena;
static struct scanned got;

static int
begin(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void
scan_text(const char *text)
{
	release_scan(arena, text, strlen(text), &got);
}

/* The body of a migration. */
static void
scan(const char *body)
{
	scan_text(arena_printf(arena,
	    "class A < Gitlab::Database::Migration[2.3]\n  milestone '19.9'\n%s\n\n  def down\n    drop_table :other\n"
	    "    Project.update_all(x: 1)\n  end\nend\n",
	    body));
}

#define UP(text) "  def up\n" text "\n  end"

static void
is_call(size_t i, const char *call, const char *table, const char *name, const char *columns, const char *other,
    const char *guarded)
{
	const struct scanned_call *c;

	assert_true(i < got.calls.n);
	c = &got.calls.items[i];
	assert_string_equal(c->call, call);
	assert_string_equal(c->table != NULL ? c->table : "-", table != NULL ? table : "-");
	assert_string_equal(c->name != NULL ? c->name : "-", name != NULL ? name : "-");
	assert_string_equal(c->columns != NULL ? c->columns : "-", columns != NULL ? columns : "-");
	assert_string_equal(c->other != NULL ? c->other : "-", other != NULL ? other : "-");
	assert_string_equal(c->guarded, guarded);
}

static void
heads(void **state)
{
	(void)state;
	scan("  restrict_gitlab_migration gitlab_schema: :gitlab_main\n" UP("    add_column :t, :c, :text"));
	assert_string_equal(got.milestone, "19.9");
	assert_string_equal(got.schema, "gitlab_main");
	scan_text("class A < X\n  milestone \"18.3\"\n  def up; end\n  def down; end\nend\n");
	assert_string_equal(got.milestone, "18.3");
	scan_text("class A < X\n  def change; end\nend\n");
	assert_null(got.milestone);
	assert_string_equal(got.changes_rows, "no");
}

static void
down_is_left_out(void **state)
{
	(void)state;
	scan(UP("    add_column :t, :c, :text"));
	assert_int_equal(got.calls.n, 1);
	assert_string_equal(got.changes_rows, "no");
	assert_false(texts_has(&got.words, "other"));
	scan_text("class A\n  def down; drop_table :x; end\n  def up\n    drop_table :y\n  end\nend\n");
	assert_int_equal(got.calls.n, 1);
	is_call(0, "drop_table", "y", NULL, NULL, NULL, "no");
	scan_text(
	    "class A\n  def down\n    if x\n      drop_table :x\n    end\n  end\n\n  def up\n    drop_table :y\n  end\nend\n");
	assert_int_equal(got.calls.n, 1);
	is_call(0, "drop_table", "y", NULL, NULL, NULL, "no");
	/* Where it ends cannot be told: nothing is concluded. */
	scan_text("class A\n  def up\n    drop_table :y\n  end\n  def down\n    drop_table :x\n");
	assert_string_equal(got.changes_rows, "not_understood");
}

static void
calls(void **state)
{
	(void)state;
	scan("  TABLE = :widgets\n  COLUMNS = %i[a b].freeze\n"
	     "  INDEX = 'index_x'\n" UP("    add_concurrent_index TABLE, COLUMNS, name: INDEX, unique: true\n"
					"    remove_foreign_key :widgets, :projects\n"
					"    remove_foreign_key(:widgets, column: :project_id)\n"
					"    remove_column :widgets, :a, if_exists: true\n"
					"    remove_column(\n      :widgets,\n      :b,\n      :text\n    )\n"
					"    validate_not_null_constraint :widgets, :c\n"
					"    add_multi_column_not_null_constraint(:widgets, :a, :b)\n"
					"    drop_table :y, if_exists:\n      true\n"
					"    add_check_constraint(:widgets, 'a > 1', 'check_a')\n"
					"    add_reference :widgets, :owner"));
	assert_int_equal(got.calls.n, 10);
	is_call(0, "add_concurrent_index", "widgets", "index_x", "a,b", NULL, "yes");
	is_call(1, "remove_foreign_key", "widgets", NULL, NULL, "projects", "no");
	is_call(2, "remove_foreign_key", "widgets", NULL, "project_id", NULL, "no");
	is_call(3, "remove_column", "widgets", "a", NULL, NULL, "yes");
	is_call(4, "remove_column", "widgets", "b", NULL, NULL, "no");
	is_call(5, "validate_not_null_constraint", "widgets", "c", NULL, NULL, "no");
	is_call(6, "add_multi_column_not_null_constraint", "widgets", NULL, "a,b", NULL, "yes");
	is_call(7, "drop_table", "y", NULL, NULL, NULL, "yes");
	is_call(8, "add_check_constraint", "widgets", "check_a", NULL, NULL, "yes");
	is_call(9, "add_reference", "widgets", "owner_id", NULL, NULL, "no");
}

static void
calls_not_understood(void **state)
{
	(void)state;
	scan(UP("    TABLES.each { |t| remove_column t, :x }\n    remove_column table_for(:x), :y"));
	assert_int_equal(got.calls.n, 2);
	is_call(0, "remove_column", NULL, NULL, NULL, NULL, "no");
	is_call(1, "remove_column", NULL, NULL, NULL, NULL, "no");
	scan(UP("    return unless column_exists?(:t, :x)\n\n    remove_column :t, :x"));
	is_call(0, "remove_column", "t", "x", NULL, NULL, "not_understood");
	scan(UP("    remove_column :t, :x if column_exists?(:t, :x)"));
	is_call(0, "remove_column", "t", "x", NULL, NULL, "yes");
	scan(UP("    thing.remove_column :t, :x"));
	assert_int_equal(got.calls.n, 0);
}

static void
batches(void **state)
{
	(void)state;
	scan("  MIGRATION = 'BackfillX'\n" UP(
	    "    queue_batched_background_migration(MIGRATION, :t, :id, batch_size: 1)\n"
	    "    ensure_batched_background_migration_is_finished(\n"
	    "      job_class_name: 'BackfillY', table_name: :u, column_name: 'id',\n"
	    "      job_arguments: [[\"a\"], [\"b\"]], finalize: true\n    )\n"
	    "    ensure_backfill_conversion_of_integer_to_bigint_is_finished(:v, %i[a b])\n"
	    "    finalize_background_migration(name_of(1))\n"
	    "    delete_batched_background_migration(MIGRATION, :t, :id, [])"));
	assert_int_equal(got.batches.n, 5);
	assert_string_equal(got.batches.items[0].call, "queue");
	assert_string_equal(got.batches.items[0].job, "BackfillX");
	assert_string_equal(got.batches.items[0].table, "t");
	assert_string_equal(got.batches.items[1].job, "BackfillY");
	assert_string_equal(got.batches.items[1].table, "u");
	assert_string_equal(got.batches.items[1].column, "id");
	assert_string_equal(got.batches.items[2].job, "CopyColumnUsingBackgroundMigrationJob");
	assert_string_equal(got.batches.items[2].table, "v");
	assert_string_equal(got.batches.items[2].column, "id");
	assert_null(got.batches.items[3].job);
	assert_string_equal(got.batches.items[4].call, "delete");
	assert_string_equal(got.changes_rows, "no");
}

/* The rows of these are found by the key of the table, which is no argument of its own if it is `id`. */
static void
conversions(void **state)
{
	(void)state;
	scan("  COLUMNS = %i[deployment_id cluster_id].freeze\n" UP(
	    "    backfill_conversion_of_integer_to_bigint(:t, COLUMNS, primary_key: :deployment_id)\n"
	    "    ensure_backfill_conversion_of_integer_to_bigint_is_finished(\n      'u',\n      COLUMNS,\n"
	    "      primary_key: :deployment_id\n    )\n"
	    "    ensure_backfill_conversion_of_integer_to_bigint_is_finished(:v, COLUMNS, primary_key: key_of(:v))\n"
	    "    revert_backfill_conversion_of_integer_to_bigint(:w, COLUMNS)"));
	assert_int_equal(got.batches.n, 4);
	assert_string_equal(got.batches.items[0].call, "queue");
	assert_string_equal(got.batches.items[0].column, "deployment_id");
	assert_string_equal(got.batches.items[1].call, "finalize");
	assert_string_equal(got.batches.items[1].table, "u");
	assert_string_equal(got.batches.items[1].column, "deployment_id");
	assert_string_equal(got.batches.items[2].table, "v");
	assert_null(got.batches.items[2].column);
	assert_string_equal(got.batches.items[3].call, "delete");
	assert_string_equal(got.batches.items[3].column, "id");
}

static void
rows(void **state)
{
	static const struct {
		const char *text, *changes;
	} cases[] = {
	    {"    Widget.where(a: nil).update_all(a: 1)", "yes"},
	    {"    widget.update(a: 1)", "yes"},
	    {"    define_batchable_model(:t).each_batch { |b| b.delete_all }", "yes"},
	    {"    define_batchable_model(:t).each_batch { |b| puts b }", "no"},
	    {"    execute <<~SQL\n      UPDATE widgets\n      SET a = 1\n    SQL", "yes"},
	    {"    execute(<<~SQL)\n      DELETE FROM widgets WHERE a\n    SQL", "yes"},
	    {"    execute 'insert into widgets select 1'", "yes"},
	    {"    execute 'ALTER TABLE widgets SET (x = 1)'", "no"},
	    {"    execute <<~SQL\n      CREATE OR REPLACE FUNCTION x() RETURNS TRIGGER AS $$ UPDATE t SET a = 1 $$\n    SQL",
		"no"},
	    {"    execute(sql_for(:x))", "not_understood"},
	    {"    SomeClass.new.perform(1, 2)", "not_understood"},
	    {"    # update_all\n    add_column :t, :c, :text", "no"},
	    {"    queue_batched_background_migration('X', :t, :id)\n    old.delete_all", "no"},
	    {"    queue_batched_background_migration('X', :t, :id)\n    old.update_all(a: 1)", "not_understood"},
	    {"    x = 'unclosed", "not_understood"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		scan(arena_printf(arena, "  def up\n%s\n  end", cases[i].text));
		if (strcmp(got.changes_rows, cases[i].changes) != 0)
			print_error("%s\n", cases[i].text);
		assert_string_equal(got.changes_rows, cases[i].changes);
	}
}

static void
guards(void **state)
{
	static const struct {
		const char *text, *guard;
	} cases[] = {
	    {UP("    x"), "none"},
	    {UP("    return unless Gitlab.com?\n    x"), "gitlab_com"},
	    {UP("    return unless Gitlab.com? || Gitlab.staging?\n    x"), "gitlab_com"},
	    {UP("    return unless Gitlab.com_except_jh?\n    x"), "gitlab_com"},
	    {UP("    return unless ::Gitlab.com?\n    x"), "gitlab_com"},
	    {UP("    return unless Gitlab.com_except_jh? && table_exists?(TABLE)\n    x"), "gitlab_com"},
	    {UP("    return unless Gitlab.com_except_jh? && !Gitlab.staging?\n    x"), "gitlab_com"},
	    {UP("    return unless table_exists?(:a) && Gitlab.com?\n    x"), "gitlab_com"},
	    {UP("    return unless Gitlab.com? && a || b\n    x"), "not_understood"},
	    {UP("    return unless !Gitlab.com? && a\n    x"), "not_understood"},
	    {UP("    return unless enabled?(Gitlab.com?)\n    x"), "not_understood"},
	    {UP("    return if Gitlab.com? && a\n    x"), "not_understood"},
	    {UP("    return unless wanted?\n    x\n  end\n\n  def wanted?\n    Gitlab.com? && table_exists?(:a)"),
		"gitlab_com"},
	    {UP("    return if wanted?\n    x\n  end\n\n  def wanted?\n    Gitlab.com? && table_exists?(:a)"),
		"not_understood"},
	    {UP("    return if Gitlab.com?\n    x"), "none"},
	    {UP("    return unless Gitlab.com? || enabled?\n    x"), "not_understood"},
	    {UP("    return if !Gitlab.com?\n    x"), "not_understood"},
	    {UP("    if Gitlab.com?\n      x\n    end"), "not_understood"},
	    {UP("    x unless Gitlab.com?"), "not_understood"},
	    {UP("    return unless should_run?\n    x") "\n\n  def should_run?\n    Gitlab.com_except_jh?\n  end",
		"gitlab_com"},
	    {UP("    return unless should_run?\n    x") "\n\n  def should_run?\n    Gitlab.com? && x\n  end",
		"gitlab_com"},
	    {UP("    # Gitlab.com? is not asked\n    x"), "none"},
	    {UP("    return unless Gitlab::Saas.feature_available?(:x)\n    x"), "not_understood"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		scan(cases[i].text);
		if (strcmp(got.guard, cases[i].guard) != 0)
			print_error("%s\n", cases[i].text);
		assert_string_equal(got.guard, cases[i].guard);
	}
}

static void
words(void **state)
{
	(void)state;
	scan("  class Thing < MigrationRecord\n    self.table_name = 'things'\n  end\n" UP(
	    "    Project.where(group_id: 1)\n    execute <<~SQL\n      SELECT 1 FROM labels WHERE color = 1\n    SQL\n"
	    "    x %w[one_word two_words]"));
	assert_true(texts_has(&got.words, "things"));
	assert_true(texts_has(&got.words, "group_id"));
	assert_true(texts_has(&got.words, "labels"));
	assert_true(texts_has(&got.words, "color"));
	assert_true(texts_has(&got.words, "two_words"));
	assert_true(texts_has(&got.constants, "Project"));
	assert_false(texts_has(&got.constants, "Thing"));
}

/* Whatever the text is, it comes to an end. */
static void
noise(void **state)
{
	static const char *const texts[] = {"", "\n", "def", "def down", "add_column", "add_column(", "add_column :t,",
	    "return unless", "Gitlab.", "X = X\nadd_column X, X", "X = [X]\nadd_index :t, X", "remove_column",
	    "end end", "def down = 1", "execute", "execute <<~SQL", "queue_batched_background_migration", "%w[",
	    "A = B\nB = A\ndrop_table A"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		scan_text(texts[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(heads),
	    cmocka_unit_test(down_is_left_out),
	    cmocka_unit_test(calls),
	    cmocka_unit_test(calls_not_understood),
	    cmocka_unit_test(batches),
	    cmocka_unit_test(conversions),
	    cmocka_unit_test(rows),
	    cmocka_unit_test(guards),
	    cmocka_unit_test(words),
	    cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
