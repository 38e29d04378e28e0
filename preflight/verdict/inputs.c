/*
 * The decision inputs: what a person requested, as inputs.json keeps it, merged with the command line of a
 * replay. It contains no facts.
 */
#include "verdict/inputs.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "base/version.h"
#include "facts/redact.h"

#define PATH_FILE_MAX ((size_t)256 * 1024)
#define INPUT_MAX ((size_t)4096)

static json_t *
text_json(const char *s)
{
	json_t *text = s != NULL ? json_string(s) : json_null();

	return text != NULL ? text : json_string("(not valid UTF-8)");
}

static json_t *
texts_json(const struct texts *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->n; i++)
		(void)json_array_append_new(array, json_string(list->items[i]));
	return array;
}

const char *
inputs_write(const struct inputs *in, struct arena *a)
{
	json_t *without = json_array(), *all;
	char *text;
	const char *copy;

	for (size_t i = 0; i < in->without.n; i++)
		(void)json_array_append_new(without,
		    json_pack(
			"{s:s, s:s}", "source", in->without.items[i].source, "reason", in->without.items[i].reason));
	all = json_pack("{s:o, s:o, s:b, s:b, s:b, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "from",
	    text_json(in->from), "to", text_json(in->to), "next", in->next, "after", in->after, "exit_on_warnings",
	    in->exit_on_warnings, "require_tls", in->require_tls, "required_only", in->required_only, "install_method",
	    text_json(in->install_method), "label", text_json(in->label), "change", text_json(in->change), "without",
	    without, "require", texts_json(&in->require), "nodes", texts_json(&in->nodes), "path",
	    texts_json(&in->path), "rules_file", text_json(in->rules_file), "notes_read", texts_json(&in->notes_read),
	    "redaction", text_json(in->redaction));
	text = json_dumps(all, JSON_INDENT(2));
	if (text == NULL)
		out_of_memory(); /* all texts are valid UTF-8 */
	copy = arena_printf(a, "%s\n", text);
	free(text);
	json_decref(all);
	return copy;
}

/* A bundle may come from a stranger: see text_clean. */
static const char *
cleaned(struct arena *a, const char *s)
{
	return text_clean(a, s, strlen(s), INPUT_MAX);
}

static void
merge_text(const json_t *all, const char *key, const char **to, struct arena *a)
{
	const char *s = json_string_value(json_object_get(all, key));

	if (*to == NULL && s != NULL)
		*to = cleaned(a, s);
}

static void
merge_bool(const json_t *all, const char *key, bool *to)
{
	*to = *to || json_is_true(json_object_get(all, key));
}

static void
merge_texts(const json_t *all, const char *key, struct texts *to, struct arena *a)
{
	const json_t *list = json_object_get(all, key);
	size_t had = to->n;

	for (size_t i = 0; had == 0 && i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));

		if (s != NULL)
			ARENA_PUSH(a, to, cleaned(a, s));
	}
}

static void
merge_lists(struct inputs *in, const json_t *all, struct arena *a)
{
	const json_t *without = json_object_get(all, "without");
	size_t had_without = in->without.n;

	for (size_t i = 0; had_without == 0 && i < json_array_size(without); i++) {
		const json_t *item = json_array_get(without, i);
		const char *source = json_string_value(json_object_get(item, "source"));
		const char *reason = json_string_value(json_object_get(item, "reason"));
		struct left_out out;

		if (source == NULL || reason == NULL)
			continue;
		out = (struct left_out){cleaned(a, source), cleaned(a, reason)};
		ARENA_PUSH(a, &in->without, out);
	}
	merge_texts(all, "require", &in->require, a);
	merge_texts(all, "nodes", &in->nodes, a);
	merge_texts(all, "path", &in->path, a);
	merge_texts(all, "notes_read", &in->notes_read, a);
}

static bool
is_list_of(const json_t *list, const char *key)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);

		if (!json_is_string(key != NULL ? json_object_get(item, key) : item) ||
		    (key != NULL && !json_is_string(json_object_get(item, "reason"))))
			return false;
	}
	return list == NULL || json_is_array(list);
}

/* A value that is ignored would ask a milder question. */
static bool
types_are_right(const json_t *all)
{
	static const char *const texts[] = {
	    "from", "to", "install_method", "label", "change", "rules_file", "redaction"};
	static const char *const flags[] = {"next", "after", "exit_on_warnings", "require_tls", "required_only"};

	for (size_t i = 0; i < nitems(texts); i++) {
		const json_t *v = json_object_get(all, texts[i]);

		if (v != NULL && !json_is_string(v) && !json_is_null(v))
			return false;
	}
	for (size_t i = 0; i < nitems(flags); i++) {
		const json_t *v = json_object_get(all, flags[i]);

		if (v != NULL && !json_is_boolean(v))
			return false;
	}
	return is_list_of(json_object_get(all, "without"), "source") &&
	    is_list_of(json_object_get(all, "require"), NULL) && is_list_of(json_object_get(all, "nodes"), NULL) &&
	    is_list_of(json_object_get(all, "path"), NULL) && is_list_of(json_object_get(all, "notes_read"), NULL);
}

bool
inputs_redaction(struct inputs *in, const char *word, struct err *e)
{
	enum redaction had, given;

	if (!redaction_of(in->redaction, &had) || !redaction_of(word, &given))
		return fail(e, NOWHERE, "the redaction %s is none of standard, strict", word);
	in->redaction = given > had ? word : in->redaction;
	return true;
}

bool
inputs_merge(struct inputs *in, const char *text, size_t len, struct arena *a, struct err *e)
{
	json_error_t je;
	json_t *all = json_loadb(text, len, JSON_REJECT_DUPLICATES, &je);
	bool next_given = in->to != NULL || in->after;
	const char *hidden = NULL;

	if (!json_is_object(all)) {
		json_decref(all);
		return fail(e, (struct loc){.file = "inputs.json"}, "is not a JSON object");
	}
	if (!types_are_right(all)) {
		json_decref(all);
		return fail(e, (struct loc){.file = "inputs.json"}, "has a value of the wrong type");
	}
	merge_text(all, "from", &in->from, a);
	if (!in->after)
		merge_text(all, "to", &in->to, a);
	merge_text(all, "install_method", &in->install_method, a);
	merge_text(all, "label", &in->label, a);
	merge_text(all, "change", &in->change, a);
	merge_text(all, "rules_file", &in->rules_file, a);
	merge_text(all, "redaction", &hidden, a);
	if (!next_given) {
		merge_bool(all, "next", &in->next);
		merge_bool(all, "after", &in->after);
	}
	merge_bool(all, "exit_on_warnings", &in->exit_on_warnings);
	merge_bool(all, "require_tls", &in->require_tls);
	merge_bool(all, "required_only", &in->required_only);
	merge_lists(in, all, a);
	json_decref(all);
	if (inputs_redaction(in, hidden, e))
		return true;
	err_prefix(e, "inputs.json");
	return false;
}

bool
inputs_decisions(struct inputs *in, const char *name, const char *text, size_t len, struct arena *a, struct err *e)
{
	struct faults faults = {0};

	if (in->decisions_text != NULL)
		return true;
	in->decisions_text = text;
	in->decisions_len = len;
	decisions_read(a, name, text, len, &in->decisions, &faults);
	if (faults.n == 0) {
		faults_free(&faults);
		return true;
	}
	*e = faults.items[0];
	if (faults.n > 1)
		err_prefix(e, "%zu faults, the first one", faults.n);
	faults_free(&faults); /* with its copy of the file's name */
	e->at.file = name;
	return false;
}

bool
inputs_notes(struct inputs *in, struct arena *a, struct err *e)
{
	for (size_t i = 0; i < in->notes_read.n; i++)
		if (!decisions_notes_read(&in->decisions, in->notes_read.items[i], e, a))
			return false;
	return true;
}

bool
inputs_nodes(struct inputs *in, const char *word, struct arena *a, struct err *e)
{
	for (const char *p = word;; p++) {
		size_t n = strcspn(p, ",");
		const char *node;

		if (n == 0)
			return fail(e, NOWHERE,
			    "--nodes takes names of nodes, as the command hostname prints them there: "
			    "--nodes rails-1,rails-2");
		node = text_clean(a, p, n, 255);
		if (!texts_has(&in->nodes, node))
			ARENA_PUSH(a, &in->nodes, node);
		p += n;
		if (*p == '\0')
			return true;
	}
}

bool
inputs_from(struct inputs *in, const char *text, struct err *e)
{
	char example[VERSION_TEXT];
	struct version v;

	if (text == NULL)
		return true;
	in->from = text;
	if (!version_parse(text, &v, e)) {
		err_prefix(e, "--from");
		return false;
	}
	if (v.parts == 3)
		return true;
	return fail(e, NOWHERE, "--from %s: name all three numbers, such as %s", text, version_text(v.key, example));
}

bool
inputs_without(struct inputs *in, const char *word, struct arena *a, struct err *e)
{
	const char *equals = strchr(word, '=');
	struct left_out out;

	if (equals == NULL || equals == word || equals[1] == '\0')
		return fail(e, NOWHERE,
		    "--without takes SOURCE=REASON, such as "
		    "--without redis:queues=\"no access from CI\"");
	out.source = arena_strndup(a, word, (size_t)(equals - word));
	out.reason = arena_strdup(a, equals + 1);
	ARENA_PUSH(a, &in->without, out);
	return true;
}

static bool
take_stop(struct inputs *in, const struct ynode *node, struct arena *a, struct err *e)
{
	const struct ynode *major = node->kind == Y_MAP ? yaml_get(node, "major") : NULL;
	const struct ynode *minor = node->kind == Y_MAP ? yaml_get(node, "minor") : NULL;
	const char *text;
	struct version v;

	if (major == NULL || minor == NULL || major->kind != Y_SCALAR || minor->kind != Y_SCALAR)
		return fail(e, node->at, "a stop has major and minor");
	text = arena_printf(a, "%s.%s", major->text, minor->text);
	if (!version_parse(text, &v, e)) {
		e->at = node->at;
		return false;
	}
	ARENA_PUSH(a, &in->path, text);
	return true;
}

bool
inputs_path(struct inputs *in, const char *file, struct arena *a, struct err *e)
{
	struct yfile *f = arena_alloc(a, sizeof *f);
	struct faults faults = {0};
	const struct ynode *list;

	if (!file_read(a, file, PATH_FILE_MAX, &f->text, &f->len, e))
		return false;
	f->path = file;
	list = yaml_parse(a, f, &faults);
	if (faults.n > 0)
		*e = faults.items[0];
	else if (list == NULL || list->kind != Y_LIST || list->n == 0)
		(void)fail(
		    e, (struct loc){.file = file}, "is no list of stops, as GitLab's config/upgrade_path.yml is");
	faults_free(&faults); /* with its copy of the file's name */
	e->at.file = file;
	if (list == NULL || list->kind != Y_LIST || list->n == 0)
		return false;
	for (size_t i = 0; i < list->n; i++)
		if (!take_stop(in, list->items[i], a, e))
			return false;
	return true;
}

const char *
why_left_out(const struct left_outs *all, const char *id)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->items[i].source, id) == 0)
			return all->items[i].reason;
	return NULL;
}

bool
is_left_out(const struct left_outs *all, const char *id)
{
	return why_left_out(all, id) != NULL;
}
