#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/bundle_check.h"
#include "bundle/bundle_limits.h"
#include "bundle/bundle_read.h"
#include "bundle/publish.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define WHEN 1790000000

struct place {
	struct arena *arena;
	char dir[32];
};

static void
place_open(struct place *p)
{
	p->arena = arena_new();
	memcpy(p->dir, "/tmp/pf-unit.XXXXXX", sizeof "/tmp/pf-unit.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
}

static int
drop(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

static void
place_close(struct place *p)
{
	assert_int_equal(nftw(p->dir, drop, 16, FTW_DEPTH | FTW_PHYS), 0);
	arena_free(p->arena);
}

static const char *
in(struct place *p, const char *name)
{
	return arena_printf(p->arena, "%s/%s", p->dir, name);
}

static void
write_file(const char *path, const char *data, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static char *
read_file(struct place *p, const char *path, size_t *len)
{
	char *data = arena_alloc(p->arena, 1 << 20);
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	*len = fread(data, 1, 1 << 20, f);
	assert_int_equal(fclose(f), 0);
	return data;
}

/* Three files with their manifest. */
static struct members
sealed(struct place *p)
{
	static const char *const process[] = {"argv", "preflight check", "host", "gitlab-1", NULL};
	struct members m = {0};
	struct err e;

	ARENA_PUSH(p->arena, &m, ((struct member){.path = "report.json", .data = "{}\n", .len = 3}));
	ARENA_PUSH(p->arena, &m, ((struct member){.path = "facts/run.ndjson", .data = "[1]\n[2]\n", .len = 8}));
	ARENA_PUSH(p->arena, &m, ((struct member){.path = "README.txt", .data = "Read me.\n", .len = 9}));
	assert_true(bundle_seal(p->arena, &m,
	    &(const struct manifest){.decision = "no_go",
		.from = "14.1.8",
		.to = "14.2.7",
		.exit_code = 3,
		.run_id = "1",
		.rules_version = "1",
		.rules_digest = "0",
		.tool_version = "0",
		.process = process},
	    &e));
	return m;
}

static void
publish(struct place *p, const char *path, const struct members *m)
{
	struct out *o = NULL;
	struct err e = {0};

	if (!out_open(path, &o, &e) || !out_begin(o, &e) || !out_commit(o, "top", m, WHEN, &e))
		fail_msg("%s: %s", path, e.msg);
	assert_string_equal(out_path(o), path);
	out_drop(&o);
	(void)p;
}

static struct bundle
read_back(struct place *p, const char *path)
{
	struct bundle b;
	struct err e;

	if (!bundle_read(p->arena, path, &b, &e))
		fail_msg("%s: %s", path, e.msg);
	return b;
}

static void
a_name_of_another_kind_of_file_is_no_bundle(void **state)
{
	static const char *const refused[] = {"report.html", "a.json", "a.tar", "a.tar.xz", "dir/a.MD", "a.yml"};
	static const char *const folders[] = {"gitlab.example.com", "prod-16.3.9", ".html", "a.d", "html"};
	enum bundle_form form;
	struct err e;

	(void)state;
	for (size_t i = 0; i < nitems(refused); i++) {
		assert_false(bundle_form_of(refused[i], &form, &e));
		assert_non_null(strstr(e.msg, ".tar.gz, .tgz or .zip"));
	}
	for (size_t i = 0; i < nitems(folders); i++) {
		assert_true(bundle_form_of(folders[i], &form, &e));
		assert_int_equal(form, BF_DIRECTORY);
	}
	assert_true(bundle_form_of("A.ZIP", &form, &e));
	assert_int_equal(form, BF_ZIP);
}

static void
every_form_is_read_back_as_it_was_written(void **state)
{
	static const char *const names[] = {"a.tar.gz", "a.tgz", "a.zip", "a"};
	static const enum bundle_form forms[] = {BF_TAR_GZ, BF_TAR_GZ, BF_ZIP, BF_DIRECTORY};
	struct place p;
	struct members m;

	(void)state;
	place_open(&p);
	m = sealed(&p);
	for (size_t i = 0; i < nitems(names); i++) {
		enum bundle_form form;
		struct bundle b;
		struct err e;

		assert_true(bundle_form_of(names[i], &form, &e));
		assert_int_equal(form, forms[i]);
		publish(&p, in(&p, names[i]), &m);
		b = read_back(&p, in(&p, names[i]));
		assert_int_equal(b.state, BS_INTACT);
		assert_string_equal(b.decision, "no_go");
		assert_string_equal(b.top, forms[i] == BF_DIRECTORY ? "" : "top");
		assert_int_equal(b.members.n, m.n);
		for (size_t k = 0; k < m.n; k++) {
			const struct member *was = &m.items[k], *is = members_find(&b.members, was->path);

			assert_non_null(is);
			assert_int_equal(is->len, was->len);
			assert_memory_equal(is->data, was->data, was->len);
		}
	}
	place_close(&p);
}

static void
the_same_members_make_the_same_bytes(void **state)
{
	static const char *const names[2][2] = {{"a.tar.gz", "b.tar.gz"}, {"a.zip", "b.zip"}};
	struct place p;
	struct members m;

	(void)state;
	place_open(&p);
	m = sealed(&p);
	for (size_t i = 0; i < 2; i++) {
		size_t a, b;
		const char *first, *second;

		publish(&p, in(&p, names[i][0]), &m);
		publish(&p, in(&p, names[i][1]), &m);
		first = read_file(&p, in(&p, names[i][0]), &a);
		second = read_file(&p, in(&p, names[i][1]), &b);
		assert_int_equal(a, b);
		assert_memory_equal(first, second, a);
	}
	place_close(&p);
}

static void
expect_differs(struct place *p, const char *path, const char *why)
{
	struct bundle b = read_back(p, path);

	assert_int_equal(b.state, BS_DIFFERS);
	if (strstr(b.why, why) == NULL)
		fail_msg("expected \"%s\", got \"%s\"", why, b.why);
}

static void
what_was_changed_is_named(void **state)
{
	struct place p;
	struct members m;
	const char *dir, *report, *manifest, *sums;
	char *text;
	size_t len;

	(void)state;
	place_open(&p);
	m = sealed(&p);
	dir = in(&p, "bundle");
	report = in(&p, "bundle/report.json");
	manifest = in(&p, "bundle/manifest.json");
	sums = in(&p, "bundle/SHA256SUMS");
	publish(&p, dir, &m);

	write_file(report, "[]\n", 3);
	expect_differs(&p, dir, "report.json was changed");
	write_file(report, "{ }\n", 4);
	expect_differs(&p, dir, "report.json has 4 bytes");
	assert_int_equal(unlink(report), 0);
	expect_differs(&p, dir, "report.json is missing");
	write_file(report, "{}\n", 3);
	assert_int_equal(read_back(&p, dir).state, BS_INTACT);

	write_file(in(&p, "bundle/more"), "x", 1);
	expect_differs(&p, dir, "more was added");
	assert_int_equal(unlink(in(&p, "bundle/more")), 0);

	text = read_file(&p, sums, &len);
	write_file(sums, text, len - 1);
	expect_differs(&p, dir, "SHA256SUMS does not agree");
	text[len] = '\n';
	write_file(sums, text, len + 1);
	expect_differs(&p, dir, "SHA256SUMS lists more files");
	text[0] = text[0] == '0' ? '1' : '0';
	write_file(sums, text, len);
	expect_differs(&p, dir, "SHA256SUMS does not agree");
	assert_int_equal(unlink(sums), 0);
	expect_differs(&p, dir, "SHA256SUMS is missing");

	write_file(manifest, "{", 1);
	expect_differs(&p, dir, "not valid JSON");
	write_file(manifest, "{}", 2);
	expect_differs(&p, dir, "not one that this program writes");
	assert_int_equal(unlink(manifest), 0);
	assert_int_equal(read_back(&p, dir).state, BS_NO_MANIFEST);
	place_close(&p);
}

static void
expect_refused(const char *path, const char *why)
{
	struct out *o = NULL;
	struct err e = {0};

	assert_false(out_open(path, &o, &e));
	if (strstr(e.msg, why) == NULL)
		fail_msg("%s: expected \"%s\", got \"%s\"", path, why, e.msg);
	out_drop(&o);
}

static void
what_is_not_ours_is_not_replaced(void **state)
{
	struct place p;

	(void)state;
	place_open(&p);
	expect_refused(in(&p, "nowhere/a.zip"), "does not exist");
	assert_int_equal(mkdir(in(&p, "full"), 0755), 0);
	write_file(in(&p, "full/letter"), "x", 1);
	expect_refused(in(&p, "full"), "full");
	assert_int_equal(mkdir(in(&p, "d.zip"), 0755), 0);
	expect_refused(in(&p, "d.zip"), "something else of that name");
	write_file(in(&p, "file"), "x", 1);
	expect_refused(in(&p, "file"), "there is a file of that name");
	assert_int_equal(symlink("file", in(&p, "link.zip")), 0);
	expect_refused(in(&p, "link.zip"), "symbolic link");
	assert_int_equal(mkdir(in(&p, "open"), 0777), 0);
	assert_int_equal(chmod(in(&p, "open"), 0777), 0);
	expect_refused(in(&p, "open/a.zip"), "anybody may change");
	place_close(&p);
}

static void
an_older_bundle_is_gone_before_the_new_one_is_there(void **state)
{
	static const char *const names[] = {"a.tar.gz", "a"};
	struct place p;
	struct members m;

	(void)state;
	place_open(&p);
	m = sealed(&p);
	for (size_t i = 0; i < nitems(names); i++) {
		struct out *o = NULL;
		struct err e;

		publish(&p, in(&p, names[i]), &m);
		assert_true(out_open(in(&p, names[i]), &o, &e));
		assert_int_equal(access(in(&p, names[i]), F_OK), 0);
		assert_true(out_begin(o, &e));
		assert_int_not_equal(access(in(&p, names[i]), F_OK), 0);
		out_drop(&o); /* a run that failed leaves nothing */
		assert_int_not_equal(access(in(&p, names[i]), F_OK), 0);
	}
	assert_int_equal(rmdir(p.dir), 0);
	assert_int_equal(mkdir(p.dir, 0700), 0);
	place_close(&p);
}

static void
a_cut_archive_is_refused(void **state)
{
	static const char *const names[] = {"a.tar.gz", "a.zip"};
	struct place p;
	struct members m;

	(void)state;
	place_open(&p);
	m = sealed(&p);
	for (size_t i = 0; i < nitems(names); i++) {
		size_t len;
		const char *data;

		publish(&p, in(&p, names[i]), &m);
		data = read_file(&p, in(&p, names[i]), &len);
		for (size_t cut = 0; cut < len; cut += 37) {
			struct bundle b;
			struct err e;

			write_file(in(&p, names[i]), data, cut);
			assert_false(bundle_read(p.arena, in(&p, names[i]), &b, &e));
			assert_true(e.msg[0] != '\0');
		}
	}
	place_close(&p);
}

/* The manifest is text of somebody else: what it lists is what is there, each file once. */
static void
a_manifest_that_lies_is_named(void **state)
{
	static const struct {
		const char *is, *becomes, *why;
	} lies[] = {{"\"bytes\": 3", "\"bytes\": -3", "differs"}, {"\"bytes\": 3", "\"bytes\": \"3\"", "differs"},
	    {"report.json\"", "../report.json\"", "wrongly"}, {"report.json\"", "SHA256SUMS\"", "wrongly"},
	    {"report.json\"", "other.json\"", "missing"}, {"report.json\"", "README.txt\"", "duplicate"},
	    {"\"files\"", "\"others\"", "list of files"}, {"manifest:1", "manifest:2", "expected"},
	    {"\"bytes\": 3", "\"bytes\": 4, \"bytes\": 3", "duplicate object key"}};

	(void)state;
	for (size_t i = 0; i < nitems(lies); i++) {
		struct place p;
		struct members m;
		struct bundle b = {.top = "top"};
		const char *text, *at;

		place_open(&p);
		m = sealed(&p);
		for (size_t k = 0; k < m.n; k++)
			if (strcmp(m.items[k].path, "manifest.json") == 0) {
				text = arena_strndup(p.arena, m.items[k].data, m.items[k].len);
				at = strstr(text, lies[i].is);
				assert_non_null(at);
				text = arena_printf(p.arena, "%.*s%s%s", (int)(at - text), text, lies[i].becomes,
				    at + strlen(lies[i].is));
				m.items[k] = (struct member){
				    .path = "manifest.json", .data = text, .len = strlen(text)};
			}
		b.members = m;
		bundle_check(p.arena, &b);
		assert_int_not_equal(b.state, BS_INTACT);
		if (strstr(b.why, lies[i].why) == NULL)
			fail_msg("%s: expected \"%s\", got \"%s\"", lies[i].becomes, lies[i].why, b.why);
		place_close(&p);
	}
}

static void
a_manifest_has_limits(void **state)
{
	static const char many[] = "{\"schema\": {\"id\": \"" MANIFEST_SCHEMA "\"}, \"files\": [0";
	const size_t long_enough = MANIFEST_MAX + 1;
	struct place p;
	struct buf b;
	struct member manifest = {.path = "manifest.json"};
	struct bundle made = {.top = "top", .members = {&manifest, 1, 1}};

	(void)state;
	place_open(&p);
	buf_init(&b, long_enough);
	buf_add(&b, many);
	for (size_t i = 0; i < BUNDLE_ENTRIES_MAX; i++)
		buf_add(&b, ",0");
	buf_add(&b, "]}");
	manifest.data = b.p;
	manifest.len = b.len;
	bundle_check(p.arena, &made);
	assert_non_null(strstr(made.why, "lists more than 2000 files"));
	while (b.len < long_enough)
		buf_addc(&b, ' ');
	manifest.data = b.p;
	manifest.len = b.len;
	bundle_check(p.arena, &made);
	assert_int_equal(made.state, BS_DIFFERS);
	assert_non_null(strstr(made.why, "larger than"));
	buf_free(&b);
	place_close(&p);
}

/* What is no plain file in a folder, or in place of one, is refused and not followed. */
static void
a_folder_with_something_else_is_refused(void **state)
{
	struct place p;
	struct members m;
	struct bundle b;
	struct err e;

	(void)state;
	place_open(&p);
	m = sealed(&p);
	publish(&p, in(&p, "b"), &m);
	assert_true(bundle_read(p.arena, in(&p, "b"), &b, &e));
	assert_int_equal(mkfifo(in(&p, "b/facts/pipe"), 0600), 0);
	assert_false(bundle_read(p.arena, in(&p, "b"), &b, &e));
	assert_non_null(strstr(e.msg, "neither a file nor a folder"));
	assert_int_equal(unlink(in(&p, "b/facts/pipe")), 0);
	assert_int_equal(symlink("/etc/passwd", in(&p, "b/facts/link")), 0);
	assert_false(bundle_read(p.arena, in(&p, "b"), &b, &e));
	assert_int_equal(unlink(in(&p, "b/facts/link")), 0);
	write_file(in(&p, "b/facts/a\nb"), "x", 1);
	assert_false(bundle_read(p.arena, in(&p, "b"), &b, &e));
	assert_non_null(strstr(e.msg, "unsafe name"));
	assert_null(strpbrk(e.msg, "\r\n"));
	assert_int_equal(mkfifo(in(&p, "pipe.tar.gz"), 0600), 0);
	assert_false(bundle_read(p.arena, in(&p, "pipe.tar.gz"), &b, &e));
	assert_non_null(strstr(e.msg, "neither a regular file nor a directory"));
	assert_false(bundle_read(p.arena, in(&p, "nowhere.tar.gz"), &b, &e));
	place_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_manifest_that_lies_is_named),
	    cmocka_unit_test(a_manifest_has_limits),
	    cmocka_unit_test(a_folder_with_something_else_is_refused),
	    cmocka_unit_test(a_name_of_another_kind_of_file_is_no_bundle),
	    cmocka_unit_test(every_form_is_read_back_as_it_was_written),
	    cmocka_unit_test(the_same_members_make_the_same_bytes),
	    cmocka_unit_test(what_was_changed_is_named),
	    cmocka_unit_test(what_is_not_ours_is_not_replaced),
	    cmocka_unit_test(an_older_bundle_is_gone_before_the_new_one_is_there),
	    cmocka_unit_test(a_cut_archive_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
