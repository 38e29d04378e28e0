#include "live_fixture.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "discovery/discover.h"
#include "sources/host/source_host.h"

#define CELLS(h, table, ...) host_cells(h, table, (const char *const[]){__VA_ARGS__, NULL})

static bool
has_key(struct host *h, const char *line)
{
	return strstr(arena_printf(h->arena, ";%s;", CELLS(h, "gitlab_rb_key", "key", "line")),
		   arena_printf(h->arena, ";%s;", line)) != NULL;
}

static void
versions_come_from_the_files_of_each_method(void **state)
{
	struct host h;

	(void)state;
	host_open(&h);
	assert_false(source_host_is_here(h.root, &h.set->facts));
	host_file(&h, "/opt/gitlab/version-manifest.json", "{\"build_version\": \"14.1.8-ee\"}");
	host_file(&h, "/var/opt/gitlab/gitlab-rails/VERSION", "14.0.12-ee\n");
	assert_true(source_host_is_here(h.root, &h.set->facts));
	host_read(&h);
	assert_string_equal(CELLS(&h, "gitlab_version", "origin", "edition", "install_method"),
	    "package,ee,linux_package;reconfigured,ee,");
	host_file(&h, "/.dockerenv", "");
	host_read(&h);
	assert_string_equal(
	    CELLS(&h, "gitlab_version", "origin", "install_method"), "package,docker;reconfigured,docker");
	host_file(&h, "/opt/gitlab/version-manifest.json", "{\"build_version\": ");
	host_read(&h);
	assert_int_not_equal(host_rows(&h, "gitlab_version")->status, PS_COMPLETE);
	assert_int_equal(host_rows(&h, "gitlab_version")->n, 0);
	host_close(&h);
}

static void
names_of_settings_are_read_and_never_values(void **state)
{
	static const char ruby[] = "external_url 'https://gitlab.example.com'\n"
				   "# unicorn['port'] = 1\n"
				   "unicorn['worker_processes'] = 2\n"
				   "=begin\nmattermost['enable'] = true\n=end\n"
				   "  git_data_dirs({\n"
				   "  \"default\" => { \"path\" => \"/hush\" }\n})\n"
				   "gitlab_rails[\"smtp_password\"] = \"hush\"\n"
				   "gitlab_rails[:backup_path] = \"hush\"\n"
				   "grafana['enable'] = false\n"
				   "puma['port'] = nil\n"
				   "gitaly['storage'] = {}\n"
				   "__END__\n"
				   "sidekiq['listen_port'] = 1\n";
	struct host h;

	(void)state;
	host_open(&h);
	host_file(&h, "/etc/gitlab/gitlab.rb", ruby);
	host_read(&h);
	assert_true(has_key(&h, "external_url,1"));
	assert_true(has_key(&h, "unicorn.worker_processes,3"));
	assert_true(has_key(&h, "git_data_dirs,7"));
	assert_true(has_key(&h, "gitlab_rails.smtp_password,10"));
	assert_true(has_key(&h, "gitlab_rails.backup_path,11"));
	assert_true(has_key(&h, "grafana.enable (off),12"));
	assert_true(has_key(&h, "git_data_dirs.default,8"));
	assert_true(has_key(&h, "git_data_dirs.default.path,8"));
	assert_true(has_key(&h, "gitaly.storage (empty),14"));
	assert_int_equal(host_rows(&h, "gitlab_rb_key")->n, 9);
	for (size_t i = 0; i < h.live.facts.n; i++)
		assert_null(memmem(h.live.facts.items[i].data, h.live.facts.items[i].len, "hush", 4));
	host_close(&h);
}

static void
resolved_settings_have_their_names_and_no_line(void **state)
{
	struct host h;

	(void)state;
	host_open(&h);
	host_file(&h, "/opt/gitlab/embedded/nodes/a.json",
	    "{\"normal\": {\"gitlab\": {\"gitlab-rails\": {\"db_password\": \"hush\"}},"
	    " \"gitaly\": {\"configuration\": {\"git\": {\"bin_path\": \"hush\"}, \"storage\": []}}}}");
	host_read(&h);
	assert_int_equal(host_rows(&h, "gitlab_rb_key")->status, PS_COMPLETE);
	assert_true(has_key(&h, "gitaly.configuration.git.bin_path,0"));
	host_file(&h, "/opt/gitlab/embedded/nodes/a.json", "{\"normal\": ");
	host_read(&h);
	assert_int_equal(host_rows(&h, "gitlab_rb_key")->status, PS_UNREADABLE);
	host_close(&h);
}

static void
the_environment_of_a_container_holds_settings(void **state)
{
	struct host h;

	(void)state;
	host_open(&h);
	host_file(&h, "/proc/1/environ", "");
	/* A file of the kernel's has a NUL after each: here a line break would be part of a value. */
	FILE *f = fopen(arena_printf(h.arena, "%s/proc/1/environ", h.root), "w");
	static const char text[] =
	    "PATH=/bin\0GITLAB_OMNIBUS_CONFIG=unicorn['worker_processes'] = 2; grafana['enable'] = true;\0A=b";

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, sizeof text, f), sizeof text);
	assert_int_equal(fclose(f), 0);
	host_read(&h);
	assert_non_null(strstr(CELLS(&h, "gitlab_rb_key", "key"), "unicorn.worker_processes"));
	assert_non_null(strstr(CELLS(&h, "gitlab_rb_key", "key"), "grafana.enable"));
	host_close(&h);
}

static void
listings_and_systems(void **state)
{
	struct host h;

	(void)state;
	host_open(&h);
	host_file(
	    &h, "/etc/os-release", "# a remark\nID=ubuntu\nVERSION_ID=\"20.04\"\nPRETTY_NAME='Ubuntu 20.04.6 LTS'\n");
	host_file(&h, "/opt/gitlab/embedded/service/gitlab-rails/db/schema_migrations/20210802043253", "");
	host_file(&h, "/opt/gitlab/embedded/service/gitlab-rails/db/schema_migrations/20210802131812", "");
	host_file(&h, "/opt/gitlab/embedded/service/gitlab-rails/db/schema_migrations/README", "");
	host_file(&h, "/var/opt/gitlab/gitlab-rails/upgrade-status/db-migrate-0cc175b9-8e5d3b4", "1\n");
	host_file(&h, "/var/opt/gitlab/backups/1630000000_2021_08_26_14.1.8-ee_gitlab_backup.tar", "four");
	host_file(&h, "/etc/gitlab/skip-auto-backup", "");
	host_read(&h);
	assert_string_equal(CELLS(&h, "host_os", "id", "version_id", "pretty"), "ubuntu,20.04,Ubuntu 20.04.6 LTS");
	assert_string_equal(CELLS(&h, "expected_migration", "name"), "20210802043253;20210802131812");
	assert_string_equal(CELLS(&h, "migrate_status", "name", "number"), "db-migrate-0cc175b9-8e5d3b4,1");
	assert_string_equal(
	    CELLS(&h, "gitlab_backup", "name", "bytes"), "1630000000_2021_08_26_14.1.8-ee_gitlab_backup.tar,4");
	assert_string_equal(CELLS(&h, "package_switch", "name"), "skip-auto-backup");
	assert_string_equal(CELLS(&h, "secrets_file", "path"), "");
	assert_int_equal(host_rows(&h, "secrets_file")->status, PS_COMPLETE);
	assert_string_equal(CELLS(&h, "host_space", "path"), "/opt/gitlab;/var/opt/gitlab/backups");
	host_close(&h);
}

static void
values_of_gitlab_yml(void **state)
{
	struct host h;

	(void)state;
	host_open(&h);
	host_file(&h, "/var/opt/gitlab/gitlab-rails/etc/gitlab.yml",
	    "production: &base\n  gitlab:\n    host: gitlab.example.com\n    email_from: hush\n"
	    "  backup:\n    path: /mnt/backups\n    upload:\n      connection: {provider: AWS, key: hush}\n");
	host_read(&h);
	assert_string_equal(host_rows(&h, "gitlab_yml")->reason, "");
	assert_non_null(strstr(CELLS(&h, "gitlab_yml", "key", "value"), "backup.path,/mnt/backups"));
	assert_non_null(strstr(CELLS(&h, "gitlab_yml", "key", "value"), "gitlab.host,gitlab.example.com"));
	assert_non_null(strstr(CELLS(&h, "gitlab_yml", "key"), "backup.upload.connection"));
	assert_null(strstr(CELLS(&h, "gitlab_yml", "key", "value"), "hush"));
	host_close(&h);
}

static void
a_value_that_may_be_a_password_is_not_kept(void **state)
{
	static const char *const values[] = {
	    "x password=hush", "hush PWD: hush", "postgresql://gitlab:hush@db/production"};

	(void)state;
	for (size_t i = 0; i < nitems(values); i++) {
		struct host h;

		host_open(&h);
		host_file(&h, "/var/opt/gitlab/gitlab-rails/etc/database.yml",
		    arena_printf(
			h.arena, "production:\n  main:\n    database: '%s'\n    username: gitlab\n", values[i]));
		host_read(&h);
		assert_int_equal(host_rows(&h, "database_yml")->status, PS_UNREADABLE);
		assert_non_null(strstr(host_rows(&h, "database_yml")->reason, "main.database"));
		for (size_t k = 0; k < h.live.facts.n; k++)
			assert_null(memmem(h.live.facts.items[k].data, h.live.facts.items[k].len, "hush", 4));
		host_close(&h);
	}
}

static void
nothing_to_read_is_no_empty_host(void **state)
{
	struct host h;

	(void)state;
	host_open(&h);
	host_file(&h, "/etc/unrelated", "");
	host_read(&h);
	assert_int_not_equal(host_rows(&h, "gitlab_version")->status, PS_COMPLETE);
	assert_false(h.live.required_complete);
	host_close(&h);
}

static const char *
found_in(struct host *h, const char *tree)
{
	const struct discovered d = discover(h->set, tree, h->arena);
	const char *s = "";

	for (size_t i = 0; i < d.n; i++)
		s = arena_printf(
		    h->arena, "%s%s %s\n", s, d.items[i].id, d.items[i].fault != NULL ? "?" : d.items[i].endpoint);
	return s;
}

static void
stores_are_found_where_gitlab_names_them(void **state)
{
	struct host h;
	const char *found;

	(void)state;
	host_open(&h);
	found = found_in(&h, "tests/hosts/linux_package_18");
	assert_non_null(strstr(found, "postgres:main "));
	assert_non_null(strstr(found, "postgres:ci "));
	assert_non_null(strstr(found, "postgres:geo "));
	assert_non_null(strstr(found, "redis:queues "));
	assert_non_null(strstr(found, "redis:cache "));
	assert_null(strstr(found, "127.0.9.8")); /* a replica for reading */
	assert_null(strstr(found, "hush"));
	found = found_in(&h, "tests/hosts/linux_package_14");
	assert_non_null(strstr(found, "postgres:main "));
	assert_null(strstr(found, "postgres:ci "));
	assert_non_null(strstr(found_in(&h, "tests/hosts/docker"), "redis:queues "));
	assert_non_null(strstr(found_in(&h, "tests/hosts/helm"), "127.0.9.4"));
	assert_non_null(strstr(found_in(&h, "tests/hosts/self_compiled"), "postgres:main "));
	assert_string_equal(found_in(&h, h.root), "");
	host_close(&h);
}

static void
a_file_that_is_not_understood_names_an_unknown_store(void **state)
{
	struct host h;

	(void)state;
	host_open(&h);
	host_file(&h, "/srv/gitlab/config/database.yml", "production:\n  main: <%= secret %>\n");
	host_file(&h, "/srv/gitlab/config/resque.yml", "production: [");
	assert_non_null(strstr(found_in(&h, h.root), "postgres:main ?"));
	assert_non_null(strstr(found_in(&h, h.root), "redis:queues ?"));
	host_close(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(versions_come_from_the_files_of_each_method),
	    cmocka_unit_test(names_of_settings_are_read_and_never_values),
	    cmocka_unit_test(resolved_settings_have_their_names_and_no_line),
	    cmocka_unit_test(the_environment_of_a_container_holds_settings),
	    cmocka_unit_test(listings_and_systems),
	    cmocka_unit_test(values_of_gitlab_yml),
	    cmocka_unit_test(a_value_that_may_be_a_password_is_not_kept),
	    cmocka_unit_test(nothing_to_read_is_no_empty_host),
	    cmocka_unit_test(stores_are_found_where_gitlab_names_them),
	    cmocka_unit_test(a_file_that_is_not_understood_names_an_unknown_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
