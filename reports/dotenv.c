/*
 * The format dotenv: the verdict as variables for the jobs that follow in a GitLab pipeline (artifacts:reports:dotenv).
 * GitLab takes at most 20 lines of NAME=VALUE without quotes, blanks and comments; a value of any other character is
 * replaced, so that no label can end a line. No name is that of an option's environment variable: a later preflight
 * would take it for a setting. Decides nothing.
 */
#include "reports/chapters.h"

#include <string.h>

#define VALUE_MAX ((size_t)200)

static void
word(FILE *f, const char *name, const char *value)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:+-";

	(void)fprintf(f, "PREFLIGHT_%s=", name);
	for (size_t i = 0; i < VALUE_MAX && value[i] != '\0'; i++)
		(void)fputc(strchr(allowed, value[i]) != NULL ? value[i] : '_', f);
	(void)fputc('\n', f);
}

static void
count(FILE *f, const char *name, size_t n)
{
	(void)fprintf(f, "PREFLIGHT_%s=%zu\n", name, n);
}

static bool
dotenv_render(FILE *f, const struct report *r, const struct render_style *style, struct err *e)
{
	const struct gate_result *g = &r->gate;
	const struct tally *t = &g->tally;

	(void)style;
	word(f, "DECISION", gate_word[g->decision]);
	(void)fprintf(f, "PREFLIGHT_EXIT_CODE=%d\n", g->exit_code);
	word(f, "FROM_VERSION", g->from);
	word(f, "TO_VERSION", g->to);
	word(f, "NEXT_STOP", is_given(r->plan_next) ? r->plan_next : "none");
	count(f, "BLOCKERS", t->blockers);
	count(f, "WAITING", t->waiting);
	count(f, "UNKNOWN", t->unknown);
	count(f, "WARNINGS", t->warnings);
	count(f, "ACCEPTED", t->accepted);
	count(f, "NOT_CHECKED", t->not_checked);
	/* Only a GO is valid until a time. */
	word(f, "VALID_UNTIL", g->decision <= G_GO_WITH_WARNINGS && is_given(g->valid_until) ? g->valid_until : "none");
	word(f, "RUN_ID", r->run_id);
	word(f, "RULES_DIGEST", r->rules_digest);
	return stream_end(f, "the variables", e);
}

const struct format format_dotenv = {"dotenv", NULL, NULL, dotenv_render};
