/* What `preflight explain` prints of a log: for people, and as JSON. Decides nothing. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "base/version.h"
#include "commands/explain_log.h"
#include "reports/json.h"

#define INDENT 10
#define WIDTH 100

static void
labelled(const char *label, const char *text)
{
	(void)printf("  %-8s", label);
	text_print_wrapped(stdout, text, INDENT, INDENT, WIDTH);
}

/* Each step with a number; `number` goes on through both lists of a way. */
static void
print_steps(const struct explanation *x, const char *label, const struct remedy *r, size_t n, int *number)
{
	if (n == 0)
		return;
	for (size_t i = 0; i < r->n_steps; i++) {
		const struct remedy_step *s = &r->steps[i];

		/* Both lists of a way begin with it. */
		if (*number > 0 && s->command != NULL && strstr(s->command, "GITLAB_CONTAINER=") == s->command)
			continue;
		if (*number > 0 && s->command != NULL && strstr(s->command, "TOOLBOX=") == s->command)
			continue;
		(*number)++;
		labelled(*number == 1 ? label : "",
		    arena_printf(x->arena, "%d. %s%s", *number, s->text, s->command != NULL ? ":" : ""));
		if (s->command != NULL)
			(void)printf("%*s%s\n", INDENT + 5, "", s->command);
	}
}

static void
print_error(const struct explanation *x, const struct explained_error *e)
{
	const struct finding *f = e->finding;
	const char *times = explain_evidence(f, "times");
	int forward = 0, back = 0;

	(void)printf("\nFAILED    ");
	text_print_wrapped(stdout, f->message, INDENT, INDENT, WIDTH);
	labelled("Where",
	    arena_printf(x->arena, "line %s of %s%s", explain_evidence(f, "line"), explain_evidence(f, "path"),
		strcmp(times, "1") == 0 ? "" : arena_printf(x->arena, ", %s times", times)));
	labelled("Data", arena_printf(x->arena, "Are rows at fault? %s", explain_evidence(f, "data")));
	if (e->n_forward == 0)
		labelled("Way", "Going on leads nowhere: only the way back does.");
	print_steps(x, "GO ON", f->remedies, f->n_remedies, &forward);
	print_steps(x, "GO ON", e->forward, e->n_forward, &forward);
	print_steps(x, "GO BACK", e->back, e->n_back, &back);
}

static void
print_read(const struct explanation *x)
{
	char age[TIME_TEXT], count[TIME_TEXT];

	for (size_t i = 0; i < x->n_logs; i++) {
		const struct explained_log *l = &x->logs[i];
		int64_t us = clock_wall_us() - l->changed_at;

		(void)printf("%-10s%s", i == 0 ? "Read" : "", l->path);
		if (l->changed_at > 0 && us >= 0)
			(void)printf(", written %s ago", text_duration(us, age));
		if (l->lines > 0)
			(void)printf(", %s lines", text_count(l->lines, count));
		(void)putchar('\n');
	}
}

static void
print_state(const struct explanation *x)
{
	const struct instance *inst = x->instance;
	const char *names[] = {"package", "last reconfigure", "schema", "running"};
	const char *values[] = {inst->package, inst->reconfigured, inst->schema, inst->serving};
	const char *s = "";
	char v[VERSION_TEXT];

	for (size_t i = 0; i < nitems(names); i++)
		if (values[i][0] != '\0')
			s = arena_printf(x->arena, "%s%s%s %s", s, s[0] != '\0' ? ", " : "", names[i], values[i]);
	if (s[0] != '\0')
		(void)printf("State     %s\n", s);
	(void)version_minor_text(x->hop.from, v);
	if (strcmp(x->version_from, "log") == 0)
		(void)printf("Release   about %s, by the migrations in the log; --from VERSION sets it\n", v);
	else if (strcmp(x->version_from, "unknown") == 0)
		(void)printf("Release   not known: commands are those of %s; --from VERSION sets it\n", v);
}

void
explain_print(const struct explanation *x, const struct options *o)
{
	const char *method = x->instance->install_method;

	if (!o->quiet)
		print_read(x);
	if (x->n_errors == 0) {
		(void)puts("No error in it is covered by the rules. Nothing is guessed: look at the first error in the "
			   "log, and\nsearch GitLab's issues for its text, or ask GitLab's support with that text.");
		return;
	}
	print_state(x);
	for (size_t i = 0; i < x->n_errors; i++)
		print_error(x, &x->errors[i]);
	if (x->left_out > 0)
		(void)printf("\n%zu more places with other errors are not shown.\n", x->left_out);
	(void)putchar('\n');
	if (strcmp(method, "unknown") == 0)
		(void)puts(
		    "Commands are those of the Linux package; --install-method docker, helm, self_compiled or sameersbn "
		    "changes them.");
	(void)puts("For support: sudo preflight collect --out support.tar.gz");
}

static json_t *
error_json(const struct explained_error *e)
{
	json_t *o = report_finding_json(e->finding), *subject = json_object();

	for (size_t i = 0; i < e->finding->evidence.n; i++)
		(void)json_object_set_new(
		    subject, e->finding->evidence.fields[i].name, json_string(e->finding->evidence.fields[i].value));
	(void)json_object_set_new(o, "subject", subject);
	(void)json_object_set_new(o, "roll_forward", report_remedies_json(e->forward, e->n_forward));
	(void)json_object_set_new(o, "roll_back", report_remedies_json(e->back, e->n_back));
	return o;
}

void
explain_print_json(const struct explanation *x)
{
	CLEANUP(json_drop) json_t *all = NULL;
	json_t *findings = json_array(), *logs = json_array();
	char v[VERSION_TEXT];

	for (size_t i = 0; i < x->n_errors; i++)
		(void)json_array_append_new(findings, error_json(&x->errors[i]));
	for (size_t i = 0; i < x->n_logs; i++)
		(void)json_array_append_new(logs, json_string(x->logs[i].path));
	all = json_pack("{s:o, s:s, s:s, s:s, s:o}", "read", logs, "release", version_text(x->hop.from, v),
	    "release_from", x->version_from, "install_method", x->instance->install_method, "findings", findings);
	(void)json_print(all, 2, stdout);
}
