/*
 * What a command leaves behind: the bundle with every format that has a file, and the formats for stdout or a
 * named file. Decides nothing; the report is complete when it arrives.
 */
#include "commands/output.h"

#include <curl/curl.h>
#include <errno.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/render.h"
#include "base/buf_stream.h"
#include "base/file.h"
#include "base/text.h"

#define FORMAT_MAX ((size_t)256 << 20)

static const char *
file_of(const char *word)
{
	const char *equals = strchr(word, '=');

	return equals != NULL ? equals + 1 : NULL;
}

/* "text, json and markdown" */
static const char *
listed(struct arena *a, const char *const *names, size_t n)
{
	const char *s = n > 0 ? names[0] : "";

	for (size_t i = 1; i < n; i++)
		s = arena_printf(a, "%s%s%s", s, i + 1 == n ? " and " : ", ", names[i]);
	return s;
}

/* Fails with what there is instead. */
static bool
no_format(const char *command, const char *name, const char *const *names, size_t n, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const char *near = closest(name, names, n);

	return fail(e, NOWHERE, "--format: %s has no format \"%.60s\"%s%s%s; it has %s", command, name,
	    near != NULL ? ": did you mean \"" : "", near != NULL ? near : "", near != NULL ? "\"?" : "",
	    listed(a, names, n));
}

bool
output_choose(const char *command, const struct options *o, const char *const *names, size_t *chosen, struct err *e)
{
	const char *word = o->formats.n > 0 ? o->formats.items[0] : names[0];
	size_t n = 0;

	if (o->formats.n > 1)
		return fail(e, NOWHERE, "--format: %s writes one format to stdout", command);
	if (file_of(word) != NULL)
		return fail(e, NOWHERE, "--format: %s writes to stdout: give only the name, and redirect it", command);
	for (*chosen = 0; names[n] != NULL; n++)
		if (strcmp(names[n], word) == 0) {
			*chosen = n;
			return true;
		}
	return no_format(command, word, names, n, e);
}

static const struct format *
format_of(const char *word, struct err *e)
{
	const char *names[32];
	size_t n = 0, len = strcspn(word, "=");
	char name[64];

	(void)snprintf(name, sizeof name, "%.*s", (int)(len < 63 ? len : 63), word);
	for (const struct format *const *all = formats, *f; (f = *all) != NULL && n < nitems(names); all++) {
		if (strcmp(f->name, name) == 0)
			return f;
		names[n++] = f->name;
	}
	(void)no_format("a report", name, names, n, e);
	return NULL;
}

/* As far as it can be told before there is something to write. */
static bool
can_be_written(const char *file, struct err *e)
{
	const char *slash = strrchr(file, '/');
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const char *folder = slash == NULL ? "." : arena_strndup(a, file, (size_t)(slash - file) + 1);
	struct stat st;

	if (file[0] == '\0')
		return fail(e, NOWHERE, "--format: give the name of a file after the =");
	if (stat(file, &st) == 0 && S_ISDIR(st.st_mode))
		return fail(e, NOWHERE, "--format: %s is a directory: give the name of a file in it", file);
	if (access(file, F_OK) == 0 ? access(file, W_OK) != 0 : access(folder, W_OK) != 0)
		return fail(e, NOWHERE, "--format: cannot write %s: %s", file, strerror(errno));
	return true;
}

/* Where the archive goes to stdout, it is alone there. */
static bool
is_stdout(const char *out)
{
	return out != NULL && strcmp(out, "-") == 0;
}

bool
output_check_formats(const struct options *o, struct err *e)
{
	size_t to_stdout = 0;

	for (size_t i = 0; i < o->formats.n; i++) {
		if (format_of(o->formats.items[i], e) == NULL)
			return false;
		to_stdout += file_of(o->formats.items[i]) == NULL;
		if (file_of(o->formats.items[i]) != NULL && !can_be_written(file_of(o->formats.items[i]), e))
			return false;
	}
	if (to_stdout > 0 && is_stdout(o->out))
		return fail(e, NOWHERE,
		    "--out - writes the archive to stdout: give --format a file, as in "
		    "--format json=report.json");
	if (to_stdout > 1)
		return fail(e, NOWHERE,
		    "only one --format can go to stdout: give the others a file, "
		    "as in --format junit=junit.xml");
	if (o->color != NULL && strcmp(o->color, "auto") != 0 && strcmp(o->color, "always") != 0 &&
	    strcmp(o->color, "never") != 0)
		return fail(e, NOWHERE, "--color must be auto, always or never");
	return true;
}

/* The whole text, so that a format that fails half-way leaves nothing. */
static bool
render_to_buf(
    struct buf *b, const struct format *f, const struct report *r, const struct render_style *style, struct err *e)
{
	FILE *stream = buf_stream(b);
	bool ok = stream != NULL && f->render(stream, r, style, e);

	if (stream == NULL)
		return fail(e, NOWHERE, "cannot render %s: out of memory", f->name);
	if (fclose(stream) != 0 && ok)
		return fail(e, NOWHERE, "cannot render %s", f->name);
	return ok;
}

bool
output_render_as(struct arena *a, const struct format *f, const struct report *r, const struct render_style *style,
    struct member *out, struct err *e)
{
	struct buf text;
	bool ok;

	buf_init(&text, FORMAT_MAX);
	ok = render_to_buf(&text, f, r, style, e);
	text.p = xrealloc(text.p, text.len + 1, 1);
	arena_own(a, text.p);
	if (ok)
		*out = (struct member){.path = f->file, .data = text.p, .len = text.len};
	return ok;
}

static bool
render_to_memory(struct arena *a, const struct format *f, const struct report *r, struct member *out, struct err *e)
{
	static const struct render_style plain = {.width = 100, .formats = formats};

	return output_render_as(a, f, r, &plain, out, e);
}

bool
output_render(struct arena *a, const char *format, const struct report *r, struct member *out, struct err *e)
{
	return render_to_memory(a, format_find(format), r, out, e);
}

static const char *
host_name(struct arena *a)
{
	char name[256] = "";

	(void)gethostname(name, sizeof name - 1);
	return text_clean(a, name, strlen(name), 255);
}

const char *const *
output_process(struct arena *a, const struct options *o, bool redacted, bool replay)
{
	const char **p = arena_alloc(a, 24 * sizeof *p);
	char now[TIME_TEXT];
	size_t n = 0;

	if (getenv("SOURCE_DATE_EPOCH") != NULL)
		return NULL;
	if (!redacted) {
		p[n++] = "command";
		p[n++] = o->argv;
		p[n++] = "host";
		p[n++] = host_name(a);
		p[n++] = "ci_job";
		p[n++] = getenv("CI_JOB_URL") != NULL ? getenv("CI_JOB_URL") : "";
	}
	p[n++] = "made_at";
	p[n++] = arena_strdup(a, text_time(clock_wall_us(), now));
	p[n++] = "replayed";
	p[n++] = replay ? "yes" : "no";
	p[n++] = "libpq";
	p[n++] = arena_printf(a, "%d", PQlibVersion());
	p[n++] = "libcurl";
	p[n++] = curl_version_info(CURLVERSION_NOW)->version;
	p[n++] = "sqlite";
	p[n++] = sqlite3_libversion();
	p[n++] = "jansson";
	p[n++] = JANSSON_VERSION;
	p[n] = NULL;
	return p;
}

bool
output_files(struct arena *a, const struct left_behind *l, struct members *members, struct err *e)
{
	struct member inputs = {.path = "inputs.json", .data = inputs_write(l->inputs, a)};

	inputs.len = strlen(inputs.data);
	ARENA_PUSH(a, members, inputs);
	if (l->inputs->decisions_text != NULL) {
		const struct member decisions = {
		    .path = DECISIONS_FILE, .data = l->inputs->decisions_text, .len = l->inputs->decisions_len};

		ARENA_PUSH(a, members, decisions);
	}
	for (size_t i = 0; i < l->set->files.n; i++) {
		struct member rule = l->set->files.items[i].member;

		rule.path = arena_printf(a, "rules/%s", rule.path);
		ARENA_PUSH(a, members, rule);
	}
	for (const struct format *const *all = formats, *f; (f = *all) != NULL; all++) {
		struct member file;

		if (f->file == NULL)
			continue;
		if (!render_to_memory(a, f, l->report, &file, e))
			return false;
		ARENA_PUSH(a, members, file);
	}
	return true;
}

struct manifest
output_manifest(const struct report *r)
{
	return (struct manifest){.decision = gate_word[r->gate.decision],
	    .from = r->gate.from,
	    .to = r->gate.to,
	    .exit_code = r->gate.exit_code,
	    .run_id = r->run_id,
	    .rules_version = r->rules_version,
	    .rules_digest = r->rules_digest,
	    .tool_version = r->tool_version};
}

/* What minisign shows of a bundle: enough to see that it is the right one. */
static const char *
comment_of(struct arena *a, const struct report *r)
{
	return arena_printf(a, "preflight %s%s%s %s->%s %s", gate_word[r->gate.decision],
	    r->label[0] != '\0' ? " " : "", r->label, r->gate.from, r->gate.to, r->finished_at);
}

bool
output_bundle(struct arena *a, const struct left_behind *l, struct members *members, struct out *out, struct err *e)
{
	struct manifest m = output_manifest(l->report);

	m.process = output_process(a, l->options, l->inputs->redaction != NULL, l->replay);
	return output_files(a, l, members, e) && bundle_seal(a, members, &m, e) &&
	    signing_sign(l->signing, a, members, comment_of(a, l->report), e) &&
	    out_commit(out, l->report->bundle_name, members, clock_wall_us() / 1000000, e);
}

/* Colour although the output is no terminal, as in the log of a CI job. */
static bool
is_forced(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' && strcmp(value, "0") != 0;
}

static struct render_style
style_for(const struct options *o, FILE *f)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");
	bool tty = isatty(fileno(f)) == 1;
	struct render_style s = {.width = 100, .formats = formats, .verbosity = o->quiet ? -1 : o->verbose ? 1 : 0};
	struct winsize size;

	s.colour = (tty || is_forced("FORCE_COLOR") || is_forced("CLICOLOR_FORCE")) && (no == NULL || no[0] == '\0') &&
	    (!tty || (term != NULL && strcmp(term, "dumb") != 0));
	if (o->color != NULL && strcmp(o->color, "auto") != 0)
		s.colour = strcmp(o->color, "always") == 0;
	if (tty && ioctl(fileno(f), TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
		s.width = size.ws_col < 120 ? size.ws_col : 120;
	return s;
}

/* `path` as the artifacts of a GitLab job name it: relative to the project's directory; NULL outside of it. */
static const char *
artifact(const char *path)
{
	const char *project = getenv("CI_PROJECT_DIR");
	size_t len = project != NULL ? strlen(project) : 0;

	if (len > 0 && strncmp(path, project, len) == 0 && path[len] == '/')
		path += len + 1;
	while (strncmp(path, "./", 2) == 0)
		path += 2;
	return path[0] == '\0' || path[0] == '/' || strstr(path, "..") != NULL ? NULL : path;
}

/* Where a job that GitLab runs keeps what was written, as far as options name it. */
static void
links_of_job(struct arena *a, const struct options *o, const char *bundle, struct render_style *s)
{
	size_t len = bundle != NULL ? strlen(bundle) : 0;
	struct stat st;

	s->job_url = getenv("CI_JOB_URL");
	while (len > 0 && bundle[len - 1] == '/')
		len--;
	if (len > 0 && stat(bundle, &st) == 0 && S_ISDIR(st.st_mode))
		s->report_path = artifact(arena_printf(a, "%.*s/report.html", (int)len, bundle));
	else if (len > 0 && !is_stdout(o->out))
		s->bundle_path = artifact(bundle);
	for (size_t i = 0; i < o->formats.n; i++)
		if (strncmp(o->formats.items[i], "html=", 5) == 0)
			s->report_path = artifact(file_of(o->formats.items[i]));
}

static bool
render_to_file(
    const struct format *f, const char *path, const struct report *r, const struct render_style *style, struct err *e)
{
	struct buf text;
	bool ok;

	buf_init(&text, FORMAT_MAX);
	ok = render_to_buf(&text, f, r, style, e) && file_write(path, text.p, text.len, e);
	buf_free(&text);
	return ok;
}

bool
output_formats(const struct options *o, const struct report *r, const char *bundle, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	const struct format *chosen = format_find(o->quiet ? "quiet" : "text");
	struct render_style style = style_for(o, stdout), on_stderr = style_for(o, stderr);
	struct render_style plain = {.width = 100, .formats = formats};
	bool text = true;

	links_of_job(a, o, bundle, &plain);
	links_of_job(a, o, bundle, &style);
	for (size_t i = 0; i < o->formats.n; i++) {
		const struct format *f = format_of(o->formats.items[i], e);
		const char *path = file_of(o->formats.items[i]);

		if (f == NULL)
			return false;
		if (path != NULL && !render_to_file(f, path, r, &plain, e))
			return false;
		if (path == NULL) {
			chosen = f;
			text = false;
		}
	}
	if (is_stdout(o->out))
		return chosen->render(stderr, r, &on_stderr, e);
	if (!chosen->render(stdout, r, &style, e))
		return false;
	if (text && bundle != NULL && !o->quiet)
		(void)printf("bundle  %s\n", bundle);
	return true;
}
