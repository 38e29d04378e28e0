#include "instance_fixture.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char rules[] =
    "path:\n  known_from: \"14.0\"\n  known_through: \"14.9\"\n"
    "sources:\n  - {id: \"postgres:main\", title: main, need: required}\n"
    "install_methods:\n"
    "  - {name: linux_package, title: Linux package, rake: \"sudo gitlab-rake {}\", runner: "
    "\"sudo gitlab-rails runner {}\"}\n"
    "  - {name: docker, title: Docker, setup: C=gitlab, rake: \"docker exec $C gitlab-rake {} "
    "--\", runner: docker-runner}\n"
    "  - {name: image, title: Image, variant_of: linux_package, rake: \"run app:rake {}\", runner: r}\n"
    "remedies:\n"
    "  - name: shell\n    steps:\n      - {text: \"Look at {a}.\", shell: \"look {a}\"}\n"
    "  - name: rake\n    steps:\n"
    "      - {text: First., shell: first}\n"
    "      - {text: Run it., rake: \"x:{task}\", arguments: [\"{a}\", \"{b}\"]}\n"
    "      - {text: Again., rake: y}\n"
    "  - name: runner\n    steps:\n      - {text: Run it., runner: \"f('{a}', {b})\"}\n"
    "  - name: chosen\n    steps:\n"
    "      - {text: For a package., methods: linux_package, shell: ctl}\n"
    "      - {text: Red., where: {a: [red, blue]}, shell: red}\n"
    "      - {text: Both., where: {a: red, b: \"1\"}, shell: both}\n"
    "      - {text: Late., when: {from: \">=14.2\"}, shell: late}\n"
    "      - {text: Minor., when: {hop: minor}, shell: minor}\n"
    "  - name: varied\n    steps:\n"
    "      - {text: A look., methods: linux_package}\n"
    "      - {text: A task., methods: linux_package, rake: z}\n"
    "      - {text: A line., methods: linux_package, shell: ctl}\n"
    "      - {text: Its own., methods: image, shell: own}\n"
    "  - name: inside\n    steps:\n"
    "      - {text: A line., methods: docker, shell: 'docker restart \"$C\"'}\n"
    "      - {text: A task., rake: \"up:{task} V=1 W=2\"}\n"
    "  - name: nothing\n    steps:\n      - {text: Never., where: {c: x}, rake: z}\n";

struct result_of {
	const struct remedy *items;
	size_t n;
};

static struct result_of
remedy(struct fixture *x, const char *name, const char *a, const char *b)
{
	struct field *fields = arena_alloc(x->arena, 3 * sizeof *fields);
	struct result_of r;

	fields[0] = (struct field){"a", a};
	fields[1] = (struct field){"b", b};
	fields[2] = (struct field){"task", "finalize"};
	remedy_expand(
	    x->instance, ruleset_remedy(x->set, name), (struct hop){140010085, 140020075}, fields, 3, &r.items, &r.n);
	return r;
}

static void
open_for(struct fixture *x, const char *method)
{
	fixture_open(x, rules, "14.1.8");
	x->inputs.install_method = method;
	fixture_instance(x);
}

static void
a_line_for_any_method_stands_once(void **state)
{
	static const char *const cases[][2] = {
	    {"plain", "look plain"},
	    {"", "look ''"},
	    {"it's", "look 'it'\\''s'"},
	    {"$(id);`x`", "look '$(id);`x`'"},
	    {"=ls", "look '=ls'"},
	    {"~", "look '~'"},
	    {"a b", "look 'a b'"},
	    {"*", "look '*'"},
	    {"\"", "look '\"'"},
	    {"#x", "look '#x'"},
	    {"!x", "look '!x'"},
	    {"[\"a\"]", "look '[\"a\"]'"},
	};
	struct fixture x;

	(void)state;
	open_for(&x, "docker");
	for (size_t i = 0; i < nitems(cases); i++) {
		struct result_of r = remedy(&x, "shell", cases[i][0], "");

		assert_int_equal(r.n, 1);
		assert_string_equal(r.items[0].install_method, "any");
		assert_int_equal(r.items[0].n_steps, 1);
		assert_string_equal(r.items[0].steps[0].command, cases[i][1]);
		assert_non_null(strstr(r.items[0].steps[0].text, cases[i][0]));
	}
	fixture_close(&x);
}

static void
the_own_method_comes_first(void **state)
{
	static const char *const own[] = {"linux_package", "docker", "unknown", "helm"};
	static const char *const first[] = {"linux_package", "docker", "linux_package", "linux_package"};

	(void)state;
	for (size_t i = 0; i < nitems(own); i++) {
		struct fixture x;
		struct result_of r;

		open_for(&x, own[i]);
		r = remedy(&x, "rake", "1", "2");
		assert_int_equal(r.n, 2);
		assert_string_equal(r.items[0].install_method, first[i]);
		assert_string_not_equal(r.items[0].install_method, r.items[1].install_method);
		fixture_close(&x);
	}
}

/* A variant is shown to installations of its own alone; a line of the shell is written for one method. */
static void
a_variant_has_the_steps_of_what_it_varies(void **state)
{
	struct fixture x;
	struct result_of r;

	(void)state;
	open_for(&x, "image");
	r = remedy(&x, "varied", "1", "2");
	assert_int_equal(r.n, 2);
	assert_string_equal(r.items[0].install_method, "image");
	assert_int_equal(r.items[0].n_steps, 3);
	assert_string_equal(r.items[0].steps[0].text, "A look.");
	assert_string_equal(r.items[0].steps[1].command, "run app:rake z");
	assert_string_equal(r.items[0].steps[2].command, "own");
	assert_string_equal(r.items[1].install_method, "linux_package");
	assert_int_equal(r.items[1].n_steps, 3);
	fixture_close(&x);
}

static void
rake_words_survive_shell_and_rake(void **state)
{
	static const struct {
		const char *a, *b, *word;
	} cases[] = {
	    {"A", "t", "'x:finalize[A,t]'"},
	    {"a,b", "t", "'x:finalize[a\\,b,t]'"},
	    {"[\"id\",\"it's\"]", "t", "'x:finalize[[\"id\"\\,\"it'\\''s\"],t]'"},
	    {"a\\b", "", "'x:finalize[a\\\\b, ]'"},
	    {" a ", "t", "'x:finalize[\\ a\\ ,t]'"},
	    {"a]", "[", "'x:finalize[a],[]'"},
	};
	struct fixture x;

	(void)state;
	open_for(&x, "linux_package");
	for (size_t i = 0; i < nitems(cases); i++) {
		struct result_of r = remedy(&x, "rake", cases[i].a, cases[i].b);
		char expected[200];

		assert_int_equal(r.items[0].n_steps, 3);
		(void)snprintf(expected, sizeof expected, "sudo gitlab-rake %s", cases[i].word);
		assert_string_equal(r.items[0].steps[1].command, expected);
		assert_string_equal(r.items[0].steps[2].command, "sudo gitlab-rake y");
		assert_int_equal(r.items[1].n_steps, 4);
		(void)snprintf(expected, sizeof expected, "docker exec $C gitlab-rake %s --", cases[i].word);
		assert_string_equal(r.items[1].steps[2].command, expected);
	}
	fixture_close(&x);
}

/* The line that sets the place comes once, before the first command that uses it. */
static void
the_place_is_named_before_it_is_used(void **state)
{
	struct fixture x;
	struct result_of r;

	(void)state;
	open_for(&x, "docker");
	r = remedy(&x, "rake", "1", "2");
	assert_int_equal(r.items[0].n_steps, 4);
	assert_string_equal(r.items[0].steps[0].command, "first");
	assert_string_equal(r.items[0].steps[1].command, "C=gitlab");
	assert_string_equal(r.items[0].steps[3].command, "docker exec $C gitlab-rake y --");
	r = remedy(&x, "runner", "1", "2");
	assert_string_equal(r.items[0].steps[1].command, "docker-runner 'f('\\''1'\\'', 2)'");
	fixture_close(&x);
}

static void
values_that_rake_cannot_take_give_no_command(void **state)
{
	static const char *const bad[] = {"a\nb", "a\tb", "\x7F", "\xFF", "\r"};
	struct fixture x;

	(void)state;
	open_for(&x, "linux_package");
	for (size_t i = 0; i < nitems(bad); i++) {
		struct result_of r = remedy(&x, "rake", "x", bad[i]);

		assert_null(r.items[0].steps[1].command);
		assert_non_null(strstr(r.items[0].steps[1].text, "Rails console"));
		assert_string_equal(r.items[0].steps[2].command, "sudo gitlab-rake y");
	}
	fixture_close(&x);
}

static void
ruby_is_quoted_for_ruby_and_the_shell(void **state)
{
	struct fixture x;
	struct result_of r;

	(void)state;
	open_for(&x, "linux_package");
	r = remedy(&x, "runner", "it's \\ #{x}", "1");
	assert_string_equal(
	    r.items[0].steps[0].command, "sudo gitlab-rails runner 'f('\\''it\\'\\''s \\\\ #{x}'\\'', 1)'");
	fixture_close(&x);
}

/* As long as a cell may be: the step stays, and says what it can. */
static void
long_values_leave_the_step_standing(void **state)
{
	static const char *const names[] = {"shell", "rake", "runner"};
	char *value = xcalloc(CELL_MAX + 1, 1);
	struct fixture x;

	(void)state;
	memset(value, 'x', CELL_MAX);
	open_for(&x, "linux_package");
	for (size_t n = 0; n < nitems(names); n++) {
		struct result_of r = remedy(&x, names[n], value, value);

		for (size_t i = 0; i < r.items[0].n_steps; i++) {
			assert_non_null(r.items[0].steps[i].text);
			if (strstr(r.items[0].steps[i].text, "(null)") != NULL)
				fail_msg("%s: a step says %.80s", names[n], r.items[0].steps[i].text);
		}
	}
	fixture_close(&x);
	free(value);
}

static void
steps_are_chosen(void **state)
{
	static const struct {
		const char *a, *b;
		const char *commands[5];
	} cases[] = {
	    {"red", "1", {"ctl", "red", "both", "minor", NULL}},
	    {"red", "2", {"ctl", "red", "minor", NULL}},
	    {"blue", "1", {"ctl", "red", "minor", NULL}},
	    {"Red", "1", {"ctl", "minor", NULL}},
	    {"", "", {"ctl", "minor", NULL}},
	};
	struct fixture x;

	(void)state;
	open_for(&x, "linux_package");
	for (size_t i = 0; i < nitems(cases); i++) {
		struct result_of r = remedy(&x, "chosen", cases[i].a, cases[i].b);
		size_t n = 0;

		while (cases[i].commands[n] != NULL)
			n++;
		assert_int_equal(r.items[0].n_steps, n);
		for (size_t k = 0; k < n; k++)
			assert_string_equal(r.items[0].steps[k].command, cases[i].commands[k]);
		assert_string_equal(r.items[1].install_method, "docker");
		assert_int_equal(r.items[1].n_steps, n - 1);
	}
	fixture_close(&x);
}

static void
no_step_is_no_remedy(void **state)
{
	struct fixture x;

	(void)state;
	open_for(&x, "linux_package");
	assert_int_equal(remedy(&x, "nothing", "1", "2").n, 0);
	assert_int_equal(remedy(&x, "unheard-of", "1", "2").n, 0);
	fixture_close(&x);
}

/* A line of the shell may use what the setup sets; variables of rake are words behind the task. */
static void
the_setup_comes_before_a_line_that_uses_it(void **state)
{
	struct fixture x;
	struct result_of r;

	(void)state;
	open_for(&x, "docker");
	r = remedy(&x, "inside", "", "");
	assert_string_equal(r.items[0].steps[0].command, "C=gitlab");
	assert_string_equal(r.items[0].steps[1].command, "docker restart \"$C\"");
	assert_string_equal(r.items[0].steps[2].command, "docker exec $C gitlab-rake up:finalize V=1 W=2 --");
	assert_int_equal(r.items[0].n_steps, 3);
	fixture_close(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_setup_comes_before_a_line_that_uses_it),
	    cmocka_unit_test(a_line_for_any_method_stands_once),
	    cmocka_unit_test(the_own_method_comes_first),
	    cmocka_unit_test(a_variant_has_the_steps_of_what_it_varies),
	    cmocka_unit_test(rake_words_survive_shell_and_rake),
	    cmocka_unit_test(the_place_is_named_before_it_is_used),
	    cmocka_unit_test(values_that_rake_cannot_take_give_no_command),
	    cmocka_unit_test(ruby_is_quoted_for_ruby_and_the_shell),
	    cmocka_unit_test(long_values_leave_the_step_standing),
	    cmocka_unit_test(steps_are_chosen),
	    cmocka_unit_test(no_step_is_no_remedy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
