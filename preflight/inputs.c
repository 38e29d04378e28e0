#include "inputs.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_t *
text_json(const char *s)
{
	json_t *text = s != NULL ? json_string(s) : json_null();

	return text != NULL ? text : json_string("(not valid UTF-8)");
}

const char *
inputs_write(const struct inputs *in, struct arena *a)
{
	json_t *without = json_array(), *require = json_array(), *all;
	char *text;
	const char *copy;

	for (size_t i = 0; i < in->without.n; i++)
		(void)json_array_append_new(without, json_pack("{s:s, s:s}", "source",
		    in->without.items[i].source, "reason", in->without.items[i].reason));
	for (size_t i = 0; i < in->require.n; i++)
		(void)json_array_append_new(require, json_string(in->require.items[i]));
	all = json_pack("{s:o, s:o, s:b, s:b, s:b, s:b, s:o, s:o, s:o, s:o, s:o}", "from", text_json(in->from),
	    "to", text_json(in->to), "next", in->next, "exit_on_warnings", in->exit_on_warnings,
	    "require_tls", in->require_tls, "required_only", in->required_only, "install_method", text_json(in->install_method), "label",
	    text_json(in->label), "change", text_json(in->change), "without", without, "require",
	    require);
	text = json_dumps(all, JSON_INDENT(2));
	copy = arena_printf(a, "%s\n", text);
	free(text);
	json_decref(all);
	return copy;
}

static void
merge_text(const json_t *all, const char *key, const char **to, struct arena *a)
{
	const char *s = json_string_value(json_object_get(all, key));

	if (*to == NULL && s != NULL)
		*to = arena_strdup(a, s);
}

static void
merge_bool(const json_t *all, const char *key, bool *to)
{
	*to = *to || json_is_true(json_object_get(all, key));
}

static void
merge_lists(struct inputs *in, const json_t *all, struct arena *a)
{
	const json_t *without = json_object_get(all, "without"), *require = json_object_get(all, "require");
	size_t had_without = in->without.n, had_require = in->require.n;

	for (size_t i = 0; had_without == 0 && i < json_array_size(without); i++) {
		const json_t *w = json_array_get(without, i);
		const char *source = json_string_value(json_object_get(w, "source"));
		const char *reason = json_string_value(json_object_get(w, "reason"));
		struct left_out out;

		if (source == NULL || reason == NULL)
			continue;
		out = (struct left_out){arena_strdup(a, source), arena_strdup(a, reason)};
		ARENA_PUSH(a, &in->without, out);
	}
	for (size_t i = 0; had_require == 0 && i < json_array_size(require); i++) {
		const char *source = json_string_value(json_array_get(require, i));

		if (source != NULL)
			ARENA_PUSH(a, &in->require, arena_strdup(a, source));
	}
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
	static const char *const texts[] = {"from", "to", "install_method", "label", "change"};
	static const char *const flags[] = {"next", "exit_on_warnings", "require_tls", "required_only"};

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
	    is_list_of(json_object_get(all, "require"), NULL);
}

bool
inputs_merge(struct inputs *in, const char *text, size_t len, struct arena *a, struct err *e)
{
	json_error_t je;
	json_t *all = json_loadb(text, len, JSON_REJECT_DUPLICATES, &je);
	bool next_given = in->to != NULL;

	if (!json_is_object(all)) {
		json_decref(all);
		return fail(e, (struct loc){.file = "inputs.json"}, "is not a JSON object");
	}
	if (!types_are_right(all)) {
		json_decref(all);
		return fail(e, (struct loc){.file = "inputs.json"}, "holds a value of a wrong type");
	}
	merge_text(all, "from", &in->from, a);
	merge_text(all, "to", &in->to, a);
	merge_text(all, "install_method", &in->install_method, a);
	merge_text(all, "label", &in->label, a);
	merge_text(all, "change", &in->change, a);
	if (!next_given)
		merge_bool(all, "next", &in->next);
	merge_bool(all, "exit_on_warnings", &in->exit_on_warnings);
	merge_bool(all, "require_tls", &in->require_tls);
	merge_bool(all, "required_only", &in->required_only);
	merge_lists(in, all, a);
	json_decref(all);
	return true;
}

bool
inputs_without(struct inputs *in, const char *word, struct arena *a, struct err *e)
{
	const char *equals = strchr(word, '=');
	struct left_out out;

	if (equals == NULL || equals == word || equals[1] == '\0')
		return fail(e, NOWHERE, "--without takes SOURCE=REASON, such as "
		    "--without redis:queues=\"no access from CI\"");
	out.source = arena_strndup(a, word, (size_t)(equals - word));
	out.reason = arena_strdup(a, equals + 1);
	ARENA_PUSH(a, &in->without, out);
	return true;
}
