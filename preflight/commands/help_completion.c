/*
 * What the completion of bash, zsh and fish takes from the tables of commands, options and formats. The scripts are in
 * packaging/completion; ids of rules and names of fact tables they read from the program when they need them.
 */
#include <string.h>

#include "commands/help.h"
#include "reports/render.h"

static const char *const kind_names[] = {
    [OV_NOTHING] = "nothing",
    [OV_TEXT] = "text",
    [OV_FILE] = "file",
    [OV_DIRECTORY] = "directory",
    [OV_WORDS] = "words",
    [OV_FORMAT] = "format",
    [OV_RULE] = "rule",
    [OV_RULE_OR_FILE] = "rule_or_file",
    [OV_TABLE] = "table",
    [OV_COMMAND] = "words",
};

/* The words of a kind that has any, or "". */
static const char *
words_of(const struct values *v, struct arena *a)
{
	const char *words = "";

	if (v->kind == OV_WORDS)
		return v->words;
	for (const struct format *const *f = formats; v->kind == OV_FORMAT && *f != NULL; f++)
		words = arena_printf(a, "%s%s%s", words, f == formats ? "" : " ", (*f)->name);
	for (const struct command *c = commands; v->kind == OV_COMMAND && c->name != NULL; c++)
		words = arena_printf(a, "%s%s%s", words, c == commands ? "" : " ", c->name);
	return words;
}

/* Inside single quotes of bash and zsh, with a backslash before each of `also`. */
static void
print_quoted(FILE *f, const char *text, const char *also)
{
	for (const char *p = text; *p != '\0'; p++)
		if (*p == '\'')
			(void)fputs("'\\''", f);
		else
			(void)fprintf(f, "%s%c", strchr(also, *p) != NULL ? "\\" : "", *p);
}

/* How a value is completed, as the words that _preflight_reply takes. */
static void
bash_kind(FILE *f, const struct values *v, struct arena *a)
{
	const char *words = words_of(v, a);

	(void)fprintf(f, "%s%s%s", kind_names[v->kind], words[0] != '\0' ? " " : "", words);
}

static void
bash_options(FILE *f, const struct command *c)
{
	(void)fprintf(f, "\t%s) echo '", c->name);
	for (size_t i = 0; i < n_options; i++) {
		if ((option_table[i].commands & c->bit) == 0)
			continue;
		if (option_table[i].letter != '\0')
			(void)fprintf(f, "-%c ", option_table[i].letter);
		(void)fprintf(f, "--%s ", option_table[i].name);
	}
	(void)fputs("' ;;\n", f);
}

/* An option name may have another meaning in another command. */
static void
bash_value(FILE *f, const struct option *o, struct arena *a)
{
	const char *before = "\t";

	for (const struct command *c = commands; c->name != NULL; c++)
		if ((o->commands & c->bit) != 0) {
			(void)fprintf(f, "%s%s\\ --%s", before, c->name, o->name);
			before = " | ";
		}
	(void)fputs(") echo '", f);
	bash_kind(f, &o->values, a);
	(void)fputs("' ;;\n", f);
}

static void
bash_tables(FILE *f, struct arena *a)
{
	(void)fputs("_preflight_commands()\n{\n\techo '", f);
	for (const struct command *c = commands; c->name != NULL; c++)
		(void)fprintf(f, "%s ", c->name);
	(void)fputs("'\n}\n\n_preflight_options()\n{\n\tcase $1 in\n", f);
	for (const struct command *c = commands; c->name != NULL; c++)
		bash_options(f, c);
	(void)fputs("\tesac\n}\n\n_preflight_value()\n{\n\tcase $1\\ $2 in\n", f);
	for (size_t i = 0; i < n_options; i++)
		if (option_table[i].kind != OK_FLAG)
			bash_value(f, &option_table[i], a);
	(void)fputs("\tesac\n}\n\n_preflight_argument()\n{\n\tcase $1\\ $2 in\n", f);
	for (const struct command *c = commands; c->name != NULL; c++) {
		(void)fprintf(f, "\t%s\\ 0) echo '", c->name);
		bash_kind(f, &c->first, a);
		(void)fprintf(f, "' ;;\n\t%s\\ 1) echo '", c->name);
		bash_kind(f, &c->second, a);
		(void)fputs("' ;;\n", f);
	}
	(void)fputs("\tesac\n}\n", f);
}

/* MESSAGE:ACTION of _arguments. */
static void
zsh_action(FILE *f, const char *message, const struct values *v, struct arena *a)
{
	static const char *const actions[] = {
	    [OV_NOTHING] = " ",
	    [OV_TEXT] = " ",
	    [OV_FILE] = "_files",
	    [OV_DIRECTORY] = "_files -/",
	    [OV_FORMAT] = " ",
	    [OV_RULE] = "_preflight_rules",
	    [OV_RULE_OR_FILE] = "_preflight_rules_or_files",
	    [OV_TABLE] = "_preflight_tables",
	    [OV_WORDS] = " ",
	    [OV_COMMAND] = " ",
	};
	const char *words = words_of(v, a);

	print_quoted(f, message, ":[]");
	(void)fputc(':', f);
	if (words[0] == '\0') {
		(void)fputs(actions[v->kind], f);
		return;
	}
	(void)fputc('(', f);
	print_quoted(f, words, ":");
	(void)fputc(')', f);
}

static void
zsh_option(FILE *f, const struct option *o, struct arena *a)
{
	(void)fputs(" \\\n\t\t\t", f);
	if (o->letter != '\0')
		(void)fprintf(f, "'(-%c --%s)'{-%c,--%s}'[", o->letter, o->name, o->letter, o->name);
	else
		(void)fprintf(f, "'%s--%s%s[", o->kind == OK_LIST ? "*" : "", o->name, o->kind == OK_FLAG ? "" : "=");
	print_quoted(f, option_about(o, a), "[]:");
	(void)fputc(']', f);
	if (o->kind != OK_FLAG) {
		(void)fputc(':', f);
		zsh_action(f, o->argument, &o->values, a);
	}
	(void)fputs("'", f);
}

/* An argument that there is not would show a message, and keep zsh from completing options. */
static void
zsh_argument(FILE *f, int n, const char *message, const struct values *v, struct arena *a)
{
	if (v->kind == OV_NOTHING)
		return;
	(void)fprintf(f, " \\\n\t\t\t'%d:", n);
	zsh_action(f, message, v, a);
	(void)fputc('\'', f);
}

static void
zsh_tables(FILE *f, struct arena *a)
{
	(void)fputs("_preflight_commands=(\n", f);
	for (const struct command *c = commands; c->name != NULL; c++) {
		(void)fprintf(f, "\t'%s:", c->name);
		print_quoted(f, c->summary, "");
		(void)fputs("'\n", f);
	}
	(void)fputs(")\n\n_preflight_arguments()\n{\n\tcase $1 in\n", f);
	for (const struct command *c = commands; c->name != NULL; c++) {
		(void)fprintf(f, "\t%s)\n\t\t_arguments -s -S", c->name);
		for (size_t i = 0; i < n_options; i++)
			if ((option_table[i].commands & c->bit) != 0)
				zsh_option(f, &option_table[i], a);
		zsh_argument(f, 1, c->arguments, &c->first, a);
		zsh_argument(f, 2, c->arguments, &c->second, a);
		(void)fputs("\n\t\t;;\n", f);
	}
	(void)fputs("\tesac\n}\n", f);
}

/* How `complete` of fish gets values: -x: no files. */
static void
fish_values(FILE *f, const struct values *v, struct arena *a)
{
	static const char *const ways[] = {
	    [OV_NOTHING] = "-f",
	    [OV_TEXT] = "-x",
	    [OV_FILE] = "-r -F",
	    [OV_DIRECTORY] = "-x -a '(__fish_complete_directories)'",
	    [OV_FORMAT] = "-x",
	    [OV_RULE] = "-x -a '(__preflight_rules)'",
	    [OV_RULE_OR_FILE] = "-r -F -a '(__preflight_rules)'",
	    [OV_TABLE] = "-x -a '(__preflight_tables)'",
	    [OV_WORDS] = "-x",
	    [OV_COMMAND] = "-x",
	};
	const char *words = words_of(v, a);

	(void)fprintf(f, " %s", ways[v->kind]);
	if (words[0] != '\0')
		(void)fprintf(f, " -a '%s'", words);
}

/* In single quotes of fish, a backslash takes the meaning from a quote. */
static void
fish_about(FILE *f, const char *text)
{
	(void)fputs(" -d '", f);
	for (const char *p = text; *p != '\0'; p++)
		(void)fprintf(f, "%s%c", *p == '\'' || *p == '\\' ? "\\" : "", *p);
	(void)fputs("'\n", f);
}

static void
fish_option(FILE *f, const struct option *o, struct arena *a)
{
	(void)fputs("complete -c preflight -n '__preflight_command", f);
	for (const struct command *c = commands; c->name != NULL; c++)
		if ((o->commands & c->bit) != 0)
			(void)fprintf(f, " %s", c->name);
	(void)fprintf(f, "' -l %s", o->name);
	if (o->letter != '\0')
		(void)fprintf(f, " -s %c", o->letter);
	if (o->kind != OK_FLAG)
		fish_values(f, &o->values, a);
	fish_about(f, option_about(o, a));
}

static void
fish_tables(FILE *f, struct arena *a)
{
	for (const struct command *c = commands; c->name != NULL; c++) {
		(void)fprintf(f, "complete -c preflight -n __fish_use_subcommand -f -a %s", c->name);
		fish_about(f, c->summary);
		if (c->first.kind == OV_NOTHING)
			continue;
		(void)fprintf(f, "complete -c preflight -n '__preflight_argument 0 %s'", c->name);
		fish_values(f, &c->first, a);
		(void)fputc('\n', f);
		if (c->second.kind == OV_NOTHING)
			continue;
		(void)fprintf(f, "complete -c preflight -n '__preflight_argument 1 %s'", c->name);
		fish_values(f, &c->second, a);
		(void)fputc('\n', f);
	}
	for (size_t i = 0; i < n_options; i++)
		fish_option(f, &option_table[i], a);
}

bool
help_completion(FILE *f, const char *part, struct arena *a)
{
	if (strcmp(part, "bash") == 0)
		bash_tables(f, a);
	else if (strcmp(part, "zsh") == 0)
		zsh_tables(f, a);
	else if (strcmp(part, "fish") == 0)
		fish_tables(f, a);
	else
		return false;
	return true;
}
