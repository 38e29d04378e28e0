#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "commands/option_table.h"
#include "reports/html_writer.h"
#include "reports/json_read.h"
#include "reports/render.h"
#include "report_fixture.h"
#include "script_js.h"
#include "style_css.h"

#include <cmocka.h>

/*
 * RENDER_DIR=DIR    leaves every rendering there: DIR/<report>.<format>
 * UPDATE_GOLDEN=1   writes tests/golden/render anew instead of comparing
 */
#define GOLDEN "tests/golden/render"

static const struct sample {
	const char *name;
	const struct report *(*make)(struct arena *);
	bool golden;
} samples[] = {
    {"go", report_go, true},
    {"no-go", report_no_go, true},
    {"hostile", report_hostile, true},
    {"wait", report_wait, false},
    {"undetermined", report_undetermined, true},
    {"skipped", report_skipped, true},
    {"decided", report_decided, true},
    {"mixed", report_mixed, false},
    {"maximal", report_maximal, false},
};

static const struct render_style plain = {.width = 100, .formats = formats};

struct text {
	char *p;
	size_t len;
};

static void
text_drop(struct text *t)
{
	free(t->p);
}

static struct text
render(const char *format, const struct report *r, const struct render_style *style)
{
	struct text t = {0};
	struct err e = {.msg = ""};
	FILE *f = open_memstream(&t.p, &t.len);
	bool ok = format_find(format)->render(f, r, style, &e);

	assert_int_equal(fclose(f), 0);
	if (!ok)
		fail_msg("%s: %s", format, e.msg);
	assert_true(t.len > 0);
	return t;
}

static size_t
occurrences(const char *in, const char *what)
{
	size_t n = 0;

	for (const char *p = in; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

static struct text
read_text(const char *path)
{
	struct text t = {0};
	FILE *f = fopen(path, "re"), *to = open_memstream(&t.p, &t.len);
	int c;

	if (f == NULL)
		fail_msg("%s: %s; make it with UPDATE_GOLDEN=1", path, strerror(errno));
	while ((c = getc(f)) != EOF)
		(void)putc(c, to);
	(void)fclose(f);
	assert_int_equal(fclose(to), 0);
	return t;
}

static void
write_text(const char *path, const struct text *t)
{
	FILE *f = fopen(path, "we");

	if (f == NULL)
		fail_msg("%s: %s", path, strerror(errno));
	assert_int_equal(fwrite(t->p, 1, t->len, f), t->len);
	assert_int_equal(fclose(f), 0);
}

static void
the_table_of_formats(void **state)
{
	static const struct {
		const char *name, *file;
	} known[] = {{"json", "report.json"}, {"html", "report.html"}, {"junit", "junit.xml"},
	    {"markdown", "summary.md"}, {"readme", "README.txt"}, {"text", NULL}, {"quiet", NULL}, {"dotenv", NULL},
	    {"annotations", NULL}, {"openmetrics", NULL}, {"nagios", NULL}};

	(void)state;
	for (size_t i = 0; i < nitems(known); i++) {
		const struct format *f = format_find(known[i].name);

		assert_non_null(f);
		if (known[i].file == NULL)
			assert_null(f->file);
		else
			assert_string_equal(f->file, known[i].file);
	}
	assert_null(format_find("xml"));
	assert_null(format_find(""));
}

static void
every_format_shows_every_report(void **state)
{
	const char *dir = getenv("RENDER_DIR");

	(void)state;
	for (size_t i = 0; i < nitems(samples); i++) {
		CLEANUP(arena_drop) struct arena *a = arena_new();
		const struct report *r = samples[i].make(a);

		for (const struct format *const *all = formats, *f; (f = *all) != NULL; all++) {
			CLEANUP(text_drop) struct text t = render(f->name, r, &plain);

			assert_null(strchr(t.p, '\033'));
			if (dir != NULL)
				write_text(arena_printf(a, "%s/%s.%s", dir, samples[i].name, f->name), &t);
		}
	}
}

/* The stylesheet is a file of its own: golden pages stand without it. */
static void
cut_style(struct text *t)
{
	char *begin = strstr(t->p, "<style>"), *end = strstr(t->p, "</style>");

	if (begin == NULL || end == NULL)
		return;
	begin += strlen("<style>");
	memmove(begin, end, t->len - (size_t)(end - t->p) + 1);
	t->len -= (size_t)(end - begin);
}

static void
golden(void **state)
{
	bool update = getenv("UPDATE_GOLDEN") != NULL;

	(void)state;
	if (update)
		(void)mkdir(GOLDEN, 0777);
	for (size_t i = 0; i < nitems(samples); i++) {
		CLEANUP(arena_drop) struct arena *a = arena_new();
		const struct report *r = samples[i].make(a);

		for (const struct format *const *all = formats, *f; samples[i].golden && (f = *all) != NULL; all++) {
			const char *path = arena_printf(a, GOLDEN "/%s.%s", samples[i].name, f->name);
			CLEANUP(text_drop) struct text got = render(f->name, r, &plain), expected = {0};

			cut_style(&got);
			if (update)
				write_text(path, &got);
			expected = read_text(path);
			if (strcmp(got.p, expected.p) != 0)
				fail_msg("%s differs from what is rendered; if that is meant, write it anew with "
					 "UPDATE_GOLDEN=1 and read the difference",
				    path);
		}
	}
}

static void
a_blocker_is_told_everywhere(void **state)
{
	static const char *const told[] = {"json", "html", "junit", "text"};
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const struct report *r = report_no_go(a);

	(void)state;
	for (size_t i = 0; i < nitems(told); i++) {
		CLEANUP(text_drop) struct text t = render(told[i], r, &plain);

		/* Messages may be broken across lines: look for a part that is one word. */
		assert_non_null(strstr(t.p, "push_event_payloads.id"));
		assert_non_null(strstr(t.p, "BackfillUserNamespace"));
	}
}

/* How a format that lists findings marks one, with its anchor, and how it counts those that it leaves out. */
static const struct listing {
	const char *format, *before, *after;
	const char *rest; /* the words behind their number; or NULL: it lists all */
	bool quiet;       /* lists passed rules and the like, too */
} listings[] = {
    {"json", "\"anchor\": \"", "\"", NULL, true},
    {"html", " id=\"", "\"", " more findings, which report.json lists", true},
    {"junit", "", "]\" time=", " more findings: report.json has them", true},
    {"markdown", " `", "`\n", " more, in report.html", false},
    {"text", "  ", "  ", NULL, true},
};

/* "2,200" before the words, or 0. */
static size_t
left_out(const char *text, const char *words)
{
	const char *at = words != NULL ? strstr(text, words) : NULL, *p = at;
	size_t n = 0;

	while (p != NULL && p > text && strchr("0123456789,", p[-1]) != NULL)
		p--;
	for (; p != at; p++)
		n = *p == ',' ? n : n * 10 + (size_t)(*p - '0');
	return n;
}

struct marks {
	size_t listed, expected, twice;
};

/* One pass over the text for all anchors: a text has thousands of them. */
static struct marks
marks_of(const struct listing *l, const char *text, const struct gate_result *g)
{
	struct marks m = {0};
	unsigned char *seen = calloc(g->n_findings + 1, 1);

	for (const char *p = text; (p = strstr(p, "f-")) != NULL; p++) {
		size_t before = strlen(l->before);

		if ((size_t)(p - text) < before || memcmp(p - before, l->before, before) != 0 ||
		    strspn(p + 2, "0123456789abcdef") != 12 || strncmp(p + 14, l->after, strlen(l->after)) != 0)
			continue;
		for (size_t i = 0; i < g->n_findings; i++)
			if (memcmp(g->findings[i]->anchor, p, 14) == 0) {
				m.twice += seen[i];
				m.listed += !seen[i];
				seen[i] = 1;
			}
	}
	for (size_t i = 0; i < g->n_findings; i++)
		m.expected += l->quiet || (g->findings[i]->status != ST_PASS && g->findings[i]->effect != EF_NONE) ||
		    g->findings[i]->status == ST_FAIL || g->findings[i]->status == ST_MANUAL;
	free(seen);
	return m;
}

/* Each finding is listed once, and the number of those that are not is stated. */
static void
each_anchor_once(void **state)
{
	static const struct render_style verbose = {.width = 1000, .verbosity = 1, .formats = formats};

	(void)state;
	for (size_t i = 0; i < nitems(samples); i++) {
		CLEANUP(arena_drop) struct arena *a = arena_new();
		const struct report *r = samples[i].make(a);

		for (size_t k = 0; k < nitems(listings); k++) {
			const struct listing *l = &listings[k];
			CLEANUP(text_drop) struct text t = render(l->format, r, &verbose);
			struct marks m = marks_of(l, t.p, &r->gate);

			if (r->has_next && strcmp(l->format, "html") != 0)
				continue; /* those of the next step have the same anchors there */
			if (m.twice > 0 || m.listed + left_out(t.p, l->rest) != m.expected)
				fail_msg("%s.%s: %zu findings, %zu listed, %zu twice, %zu left out", samples[i].name,
				    l->format, m.expected, m.listed, m.twice, left_out(t.p, l->rest));
		}
	}
}

/* Every format is a function of report.json: made from what was read again it is the same, byte for byte. */
static void
report_json_is_enough(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(samples); i++) {
		CLEANUP(arena_drop) struct arena *a = arena_new();
		const struct report *r = samples[i].make(a), *again;
		CLEANUP(text_drop) struct text json = render("json", r, &plain);
		struct err e = {.msg = ""};

		again = report_read(a, json.p, json.len, &e);
		if (again == NULL)
			fail_msg("%s: %s", samples[i].name, e.msg);
		for (const struct format *const *all = formats, *f; (f = *all) != NULL; all++) {
			CLEANUP(text_drop) struct text first = render(f->name, r, &plain);
			CLEANUP(text_drop) struct text second = render(f->name, again, &plain);

			if (strcmp(first.p, second.p) != 0)
				fail_msg("%s.%s differs when it is made from report.json", samples[i].name, f->name);
		}
	}
}

/* Each member taken away, made a number, or cut: an error or another report, and never a fault. */
static void
a_broken_report_is_refused(void **state)
{
	static const char *const broken[] = {
	    "", "{", "[]", "{}", "{\"schema\": {\"version\": \"2.0\"}}", "{\"schema\": {\"version\": \"1.0\"}}"};
	CLEANUP(arena_drop) struct arena *a = arena_new();
	CLEANUP(text_drop) struct text json = render("json", report_no_go(a), &plain);
	struct err e;

	(void)state;
	for (size_t i = 0; i < nitems(broken); i++)
		assert_null(report_read(a, broken[i], strlen(broken[i]), &e));
	for (char *p = json.p; (p = strstr(p, "\": ")) != NULL; p += 3) {
		CLEANUP(text_drop) struct text html = {0};
		char kept = p[-1];
		const struct report *r;

		p[-1] = '~';
		r = report_read(a, json.p, json.len, &e);
		p[-1] = kept;
		if (r != NULL)
			html = render("html", r, &plain);
	}
}

/* Words of a later version, and numbers that are none: refused, and not taken for anything else. */
static void
an_odd_value_is_refused(void **state)
{
	static const char *const odd[][2] = {{"\"decision\": \"no_go\"", "\"decision\": \"go_later\""},
	    {"\"decision\": \"no_go\"", "\"decision\": null"}, {"\"status\": \"fail\"", "\"status\": \"fine\""},
	    {"\"percent\": ", "\"percent\": 1e308, \"was\": "}, {"\"percent\": ", "\"percent\": -1, \"was\": "},
	    {"\"percent\": ", "\"percent\": 100.1, \"was\": "}, {"\"percent\": ", "\"percent\": \"50\", \"was\": "},
	    {"\"done\": ", "\"done\": -1, \"was\": "}};
	CLEANUP(arena_drop) struct arena *a = arena_new();
	CLEANUP(text_drop) struct text json = render("json", report_no_go(a), &plain);
	struct err e = {0};

	(void)state;
	for (size_t i = 0; i < nitems(odd); i++) {
		const char *at = strstr(json.p, odd[i][0]), *changed;

		assert_non_null(at);
		changed = arena_printf(a, "%.*s%s%s", (int)(at - json.p), json.p, odd[i][1], at + strlen(odd[i][0]));
		if (report_read(a, changed, strlen(changed), &e) != NULL)
			fail_msg("%s is taken for a report", odd[i][1]);
		assert_non_null(strchr(e.msg, '"'));
	}
}

static void
percent_has_one_decimal(void **state)
{
	static const struct {
		int64_t tenths;
		const char *written;
	} cases[] = {{342, "\"percent\": 34.2,"}, {0, "\"percent\": 0.0,"}, {1, "\"percent\": 0.1,"},
	    {1000, "\"percent\": 100.0,"}, {999, "\"percent\": 99.9,"}, {50, "\"percent\": 5.0,"}};
	CLEANUP(arena_drop) struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct draft d = draft_new(a, "");
		struct gate_result g = gate_of(&d, G_NO_GO, "14.2.7", "No.", "1 failed");
		const struct report *r;

		(void)put_finding(&d, &g, migration(&d, "X", "t", ST_FAIL, "stalled", cases[i].tenths));
		(void)put_group(&d, &g, "BLOCKER", "No.", 1);
		r = draft_end(&d, g);
		CLEANUP(text_drop) struct text t = render("json", r, &plain);
		assert_non_null(strstr(t.p, cases[i].written));
	}
}

static void
limits_hold(void **state)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const struct report *r = report_maximal(a);
	CLEANUP(text_drop) struct text markdown = render("markdown", r, &plain);
	CLEANUP(text_drop) struct text junit = render("junit", r, &plain);
	CLEANUP(text_drop) struct text html = render("html", r, &plain);
	CLEANUP(text_drop) struct text text = render("text", r, &plain);

	(void)state;
	assert_true(markdown.len <= 60000);
	assert_non_null(strstr(markdown.p, "and 3180 more"));
	assert_true(junit.len <= (size_t)4 * 1024 * 1024);
	assert_true(html.len <= (size_t)2 * 1024 * 1024);
	assert_non_null(strstr(html.p, "2,200 more findings, which report.json lists."));
	assert_non_null(strstr(text.p, "and 3180 more"));
}

static void
a_case_of_junit_is_short(void **state)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct draft d = draft_new(a, "");
	struct gate_result g = gate_of(&d, G_NO_GO, "14.2.7", "No.", "1 failed");
	struct finding f = finding_of("bbm.unfinished", "k", ST_FAIL, SEV_BLOCKER, "t", "m");
	char *big = arena_alloc(a, 60001);

	(void)state;
	for (size_t i = 0; i + 2 < 60000; i += 2)
		memcpy(big + i, i % 4 == 0 ? "<>" : "\xC3\xA9", 2);
	f.message = big;
	(void)put_finding(&d, &g, f);
	(void)put_group(&d, &g, "BLOCKER", "No.", 1);
	CLEANUP(text_drop) struct text t = render("junit", draft_end(&d, g), &plain);
	assert_non_null(strstr(t.p, "(cut here: report.json has it whole)</failure>"));
	assert_true(t.len < 8 * 1024 + 2048);
}

/* "PREFLIGHT_EXIT_ON_WARNINGS" is that of --exit-on-warnings. */
static bool
is_variable_of(const char *option, const char *variable, size_t len)
{
	static const char prefix[] = "PREFLIGHT_";

	variable += strlen(prefix);
	len -= strlen(prefix);
	for (size_t i = 0; i < len; i++)
		if (option[i] == '\0' || variable[i] != (option[i] == '-' ? '_' : toupper((unsigned char)option[i])))
			return false;
	return option[len] == '\0';
}

/* GitLab refuses the whole file for one bad line, and sets the variables for a later preflight, too. */
static void
variables_are_none_of_our_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(samples); i++) {
		CLEANUP(arena_drop) struct arena *a = arena_new();
		CLEANUP(text_drop) struct text t = render("dotenv", samples[i].make(a), &plain);
		size_t lines = 0;

		assert_true(t.len < 5000);
		for (char *line = strtok(t.p, "\n"); line != NULL; line = strtok(NULL, "\n"), lines++) {
			size_t name = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

			assert_true(line[name] == '=' && line[name + 1] != '\0');
			assert_null(strpbrk(line + name + 1, " \"'=\\$"));
			for (size_t k = 0; k < n_options; k++)
				assert_false(is_variable_of(option_table[k].name, line, name));
		}
		assert_in_range(lines, 5, 20);
	}
}

static void
links_lead_to_the_artifacts_of_the_job(void **state)
{
	static const struct render_style job = {.job_url = "https://gitlab.example.com/ops/gate/-/jobs/812",
	    .report_path = "shop eu/report.html",
	    .bundle_path = "b.tar.gz"};
	CLEANUP(arena_drop) struct arena *a = arena_new();
	CLEANUP(text_drop) struct text t = render("annotations", report_no_go(a), &job);
	CLEANUP(text_drop) struct text none = render("annotations", report_hostile(a), &plain);

	(void)state;
	assert_non_null(strstr(t.p, "\"label\": \"NO-GO  prod  14.1.8 -> 14.2.7\""));
	assert_non_null(strstr(t.p, "/-/jobs/812/artifacts/file/shop%20eu/report.html\""));
	assert_non_null(strstr(t.p, "/-/jobs/812/artifacts/file/b.tar.gz\""));
	assert_int_equal(occurrences(t.p, "background_migrations_troubleshooting"), 1);
	assert_int_equal(occurrences(none.p, "\"url\""), 1); /* javascript: and markup are no links */
}

/* Of migrations that could not be read there is no number, and a GO alone has an end. */
static void
what_is_unknown_has_no_sample(void **state)
{
	static const char left[] = "\npreflight_batched_migrations_left{",
			  until[] = "\npreflight_valid_until_timestamp_seconds{";
	CLEANUP(arena_drop) struct arena *a = arena_new();
	CLEANUP(text_drop) struct text wait = render("openmetrics", report_wait(a), &plain);
	CLEANUP(text_drop) struct text unknown = render("openmetrics", report_undetermined(a), &plain);
	CLEANUP(text_drop) struct text go = render("openmetrics", report_go(a), &plain);
	CLEANUP(text_drop) struct text many = render("openmetrics", report_maximal(a), &plain);

	(void)state;
	assert_non_null(strstr(wait.p, "left{label=\"prod\",from=\"14.1.8\",to=\"14.2.7\"} 11\n"));
	assert_non_null(strstr(wait.p, "decision=\"wait\"} 1\n"));
	assert_null(strstr(wait.p, until));
	assert_null(strstr(unknown.p, left));
	assert_non_null(strstr(go.p, until));
	assert_int_equal(occurrences(many.p, "\npreflight_work_progress_ratio{"), 50);
}

/* Under a GO every format that has words tells how to upgrade, and what to run after it. */
static void
a_go_tells_what_to_run(void **state)
{
	static const char *const with_words[] = {"text", "html", "json", "markdown", "junit", "readme", "nagios"};

	(void)state;
	for (size_t i = 0; i < nitems(with_words); i++) {
		CLEANUP(arena_drop) struct arena *a = arena_new();
		CLEANUP(text_drop) struct text t = render(with_words[i], report_go(a), &plain);

		assert_non_null(strstr(t.p, "sudo apt-get install gitlab-ee=14.2.7-ee.0"));
		assert_non_null(strstr(t.p, "preflight wait --after"));
	}
}

/* What a person decided stays to be seen, with the name, the end and the reason; so do entries that do nothing. */
static void
decisions_stay_visible(void **state)
{
	static const char *const formats_for_people[] = {"html", "markdown", "junit", "text"};
	CLEANUP(arena_drop) struct arena *a = arena_new();
	CLEANUP(text_drop) struct text html = render("html", report_decided(a), &plain);
	CLEANUP(text_drop) struct text open = render("html", report_no_go(a), &plain);

	(void)state;
	for (size_t i = 0; i < nitems(formats_for_people); i++) {
		CLEANUP(text_drop) struct text t = render(formats_for_people[i], report_decided(a), &plain);

		assert_non_null(strstr(t.p, "amcheck is missing"));
		assert_non_null(strstr(t.p, "release manager"));
		assert_non_null(strstr(t.p, "2026"));
		assert_non_null(strstr(t.p, "The owner creates it on"));
	}
	assert_non_null(strstr(html.p, "id=\"decided\""));
	assert_non_null(strstr(html.p, "expired: it ended 2026-11-01"));
	assert_null(strstr(html.p, "preflight accept"));
	assert_int_equal(occurrences(open.p, ">preflight accept f-b480bb4d1054 ."), 1);
}

static void
the_readme_is_ascii_and_narrow(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(samples); i++) {
		CLEANUP(arena_drop) struct arena *a = arena_new();
		CLEANUP(text_drop) struct text t = render("readme", samples[i].make(a), &plain);
		size_t column = 0;

		for (size_t k = 0; k < t.len; k++) {
			assert_true((unsigned char)t.p[k] < 0x80);
			column = t.p[k] == '\n' ? 0 : column + 1;
			assert_true(column <= 76);
		}
		assert_non_null(strstr(t.p, "sha256sum -c SHA256SUMS"));
	}
}

static void
the_verdict_is_the_last_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(samples); i++) {
		CLEANUP(arena_drop) struct arena *a = arena_new();
		const struct report *r = samples[i].make(a);
		CLEANUP(text_drop) struct text text = render("text", r, &plain);
		CLEANUP(text_drop) struct text quiet = render("quiet", r, &plain);
		CLEANUP(text_drop)
		struct text minus = render("text", r, &(struct render_style){.width = 100, .verbosity = -1});

		assert_true(text.len > quiet.len);
		if (quiet.len <= (size_t)plain.width + 1)
			assert_string_equal(text.p + text.len - quiet.len, quiet.p);
		assert_non_null(strstr(text.p, arena_printf(a, "\n%s  ", gate_title[r->gate.decision])));
		assert_non_null(strstr(text.p + text.len - strlen("exit 0\n"), "exit "));
		assert_string_equal(minus.p, quiet.p);
		assert_int_equal(occurrences(quiet.p, "\n"), 1);
		assert_memory_equal(quiet.p, gate_title[r->gate.decision], strlen(gate_title[r->gate.decision]));
		assert_non_null(strstr(quiet.p, arena_printf(a, "exit %d\n", r->gate.exit_code)));
	}
}

/* Take the escapes away, and what is left is the same text. */
static void
colour_is_only_added(void **state)
{
	static const struct render_style colour = {.colour = true, .width = 100};
	CLEANUP(arena_drop) struct arena *a = arena_new();
	CLEANUP(text_drop) struct text bare = render("text", report_no_go(a), &plain);
	CLEANUP(text_drop) struct text bright = render("text", report_no_go(a), &colour);
	size_t n = 0;

	(void)state;
	assert_non_null(strstr(bright.p, "\033[1;31mNO-GO\033[0m"));
	for (const char *p = bright.p; *p != '\0'; p++) {
		if (*p == '\033')
			p += strcspn(p, "m");
		else
			bright.p[n++] = *p;
	}
	bright.p[n] = '\0';
	assert_string_equal(bright.p, bare.p);
}

/* Only what must not be broken may be longer: a command, one long word. */
static void
lines_fit_the_width(void **state)
{
	static const size_t widths[] = {60, 80, 100};

	(void)state;
	for (size_t i = 0; i < nitems(widths); i++) {
		const struct render_style style = {.width = (int)widths[i], .verbosity = widths[i] >= 80};
		CLEANUP(arena_drop) struct arena *a = arena_new();
		CLEANUP(text_drop) struct text t = render("text", report_no_go(a), &style);

		for (char *line = strtok(t.p, "\n"); line != NULL; line = strtok(NULL, "\n")) {
			bool command = strncmp(line, "      sudo", 10) == 0;
			bool word = strchr(line + strspn(line, " "), ' ') == NULL;

			if (strlen(line) > widths[i] && !command && !word)
				fail_msg("width %zu: %s", widths[i], line);
		}
	}
}

static void
verbose_tells_all_rules_and_facts(void **state)
{
	static const struct render_style verbose = {.width = 100, .verbosity = 1};
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const struct report *r = report_wait(a);
	CLEANUP(text_drop) struct text t = render("text", r, &verbose);

	(void)state;
	for (size_t i = 0; i < r->gate.n_findings; i++)
		assert_non_null(strstr(t.p, r->gate.findings[i]->rule));
	for (size_t i = 0; i < r->n_facts; i++)
		assert_non_null(strstr(t.p, r->facts[i].table));
	assert_null(strstr(t.p, "more: see report.html"));
}

static void
a_full_disk_is_told(void **state)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const struct report *r = report_no_go(a);

	(void)state;
	for (const struct format *const *all = formats, *f; (f = *all) != NULL; all++) {
		FILE *full = fopen("/dev/full", "we");
		struct err e = {.msg = ""};

		if (full == NULL)
			skip();
		if (f->render(full, r, &plain, &e))
			fail_msg("%s: not a word about a full disk", f->name);
		assert_true(strstr(e.msg, "No space left") != NULL || strstr(e.msg, "an earlier write failed") != NULL);
		(void)fclose(full);
	}
}

/* The door lets no such text in; if it ever did, no format may pass it on. */
static void
what_is_no_utf8_goes_nowhere(void **state)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct draft d = draft_new(a, "");
	struct gate_result g = gate_of(&d, G_NO_GO, "14.2.7", "No.", "1 failed");
	const struct report *r;
	struct err e = {.msg = ""};
	char *p = NULL;
	size_t len;
	FILE *f = open_memstream(&p, &len);

	(void)state;
	(void)put_finding(&d, &g, finding_of("a.b", "k", ST_FAIL, SEV_BLOCKER, "t", "x\xFF\033[2Jy"));
	(void)put_group(&d, &g, "BLOCKER", "No.", 1);
	r = draft_end(&d, g);
	assert_false(format_find("json")->render(f, r, &plain, &e));
	assert_non_null(strstr(e.msg, "\"message\""));
	(void)fclose(f);
	free(p);
	for (const struct format *const *all = formats, *other; (other = *all) != NULL; all++) {
		if (strcmp(other->name, "json") == 0)
			continue;
		CLEANUP(text_drop) struct text t = render(other->name, r, &plain);
		assert_null(strchr(t.p, '\033'));
		assert_null(strchr(t.p, '\xFF'));
	}
}

static void
markup_takes_no_strings(void **state)
{
	char *p = NULL;
	size_t len;
	FILE *f = open_memstream(&p, &len);
	const struct html_head hostile = {"</title><script>", style_css, "", "\"; } </style><script>", "\\", "\n"};
	struct html *h = html_begin(f, &hostile);

	(void)state;
	html_open(h, T_P, C_NONE);
	html_link(h, "javascript:alert(1)", "<b>");
	html_link(h, "https://x/\" onclick=\"y", "z");
	html_link(h, "https://docs.gitlab.com/a?b=1&c=2#d", "docs");
	html_close(h, T_P);
	assert_true(html_end(h));
	(void)fclose(f);
	assert_int_equal(occurrences(p, "<a "), 1);
	assert_non_null(strstr(p, "href=\"https://docs.gitlab.com/a?b=1&amp;c=2#d\""));
	assert_int_equal(occurrences(p, "<script"), 1); /* the page's own, which is empty here */
	assert_non_null(strstr(p, "content: \"\\22 ; \\7d "));
	assert_int_equal(occurrences(p, "</style>"), 2);
	assert_int_equal(occurrences(p, "<title>"), 1);
	free(p);

	f = open_memstream(&p, &len);
	h = html_begin(f, &(struct html_head){"t", style_css, "", "", "", ""});
	html_open_id(h, T_P, C_NONE, "a\" onclick=\"x");
	html_close(h, T_P);
	assert_false(html_end(h));
	(void)fclose(f);
	assert_null(strstr(p, "onclick"));
	free(p);
}

static void
addresses_become_links(void **state)
{
	char *p = NULL;
	size_t len;
	FILE *f = open_memstream(&p, &len);
	struct html *h = html_begin(f, &(struct html_head){"t", style_css, "", "", "", ""});

	(void)state;
	html_open(h, T_P, C_NONE);
	html_linked_text(
	    h, "See (https://docs.gitlab.com/a), then https://docs.gitlab.com/b?c=1&d. And <b>http://x</b>.");
	html_close(h, T_P);
	assert_true(html_end(h));
	(void)fclose(f);
	assert_int_equal(occurrences(p, "<a "), 2);
	assert_non_null(strstr(p, ">https://docs.gitlab.com/a</a>), then"));
	assert_non_null(strstr(p, ">https://docs.gitlab.com/b?c=1&amp;d</a>. And &lt;b&gt;http://x"));
	free(p);
}

/* Five times, because others use this machine as well. */
static void
many_findings_are_rendered_soon(void **state)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const struct report *r = report_mixed(a);
	clock_t best = 0;

	(void)state;
	for (int i = 0; i < 5; i++) {
		clock_t begun = clock(), taken;
		CLEANUP(text_drop) struct text t = render("html", r, &plain);

		taken = clock() - begun;
		best = i == 0 || taken < best ? taken : best;
		assert_true(t.len <= (size_t)2 * 1024 * 1024);
	}
	if (best > CLOCKS_PER_SEC / 10)
		fail_msg("500 findings take %ld ms", (long)(best * 1000 / CLOCKS_PER_SEC));
}

/* One list of commands for each state, and not one for each finding. */
static void
each_state_has_one_fix(void **state)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	CLEANUP(text_drop) struct text t = render("html", report_mixed(a), &plain);
	const char *cards = strstr(t.p, "<article"), *actions = strstr(t.p, "<section class=\"part\" id=\"actions\"");

	(void)state;
	assert_non_null(cards);
	assert_int_equal(occurrences(cards, "Finish them in the foreground"), 5);
	assert_int_equal(occurrences(cards, "why they are in the state"), 5);
	assert_int_equal(occurrences(cards, "finalize[X,table_"), 500);
	/* Before them one list of all, as long as a person may read it. */
	assert_true(actions != NULL && actions < cards);
	assert_int_equal(occurrences(actions, "finalize[X,table_"), 500 + 200);
	assert_non_null(strstr(actions, "The first 200 commands"));
}

static void
the_style_stays_inside(void **state)
{
	(void)state;
	assert_true(sizeof style_css + sizeof script_js <= 20 * 1024);
	assert_null(strstr(script_js, "</"));
	assert_null(strstr(script_js, "<!--"));
	assert_null(strstr(style_css, "</"));
	assert_null(strstr(style_css, "url("));
	assert_null(strstr(style_css, "@import"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_table_of_formats),
	    cmocka_unit_test(every_format_shows_every_report),
	    cmocka_unit_test(golden),
	    cmocka_unit_test(a_blocker_is_told_everywhere),
	    cmocka_unit_test(each_anchor_once),
	    cmocka_unit_test(report_json_is_enough),
	    cmocka_unit_test(a_broken_report_is_refused),
	    cmocka_unit_test(an_odd_value_is_refused),
	    cmocka_unit_test(percent_has_one_decimal),
	    cmocka_unit_test(limits_hold),
	    cmocka_unit_test(a_case_of_junit_is_short),
	    cmocka_unit_test(variables_are_none_of_our_options),
	    cmocka_unit_test(links_lead_to_the_artifacts_of_the_job),
	    cmocka_unit_test(what_is_unknown_has_no_sample),
	    cmocka_unit_test(a_go_tells_what_to_run),
	    cmocka_unit_test(decisions_stay_visible),
	    cmocka_unit_test(the_readme_is_ascii_and_narrow),
	    cmocka_unit_test(the_verdict_is_the_last_line),
	    cmocka_unit_test(colour_is_only_added),
	    cmocka_unit_test(lines_fit_the_width),
	    cmocka_unit_test(verbose_tells_all_rules_and_facts),
	    cmocka_unit_test(a_full_disk_is_told),
	    cmocka_unit_test(what_is_no_utf8_goes_nowhere),
	    cmocka_unit_test(markup_takes_no_strings),
	    cmocka_unit_test(addresses_become_links),
	    cmocka_unit_test(many_findings_are_rendered_soon),
	    cmocka_unit_test(each_state_has_one_fix),
	    cmocka_unit_test(the_style_stays_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
