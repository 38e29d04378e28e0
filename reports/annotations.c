/*
 * The format annotations: links for the page of a GitLab job (artifacts:reports:annotations): the report and the bundle
 * among the artifacts of the job, and the documentation of what holds the upgrade back. Decides nothing.
 */
#include "reports/chapters.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"

#define LABEL_MAX ((size_t)200)
#define REFERENCES_MAX 10
#define HTTP "http://"
#define HTTPS "https://"

struct links {
	json_t *list;
	struct arena *a;
	struct err *e;
	bool ok;
};

/* "preflight/shop eu" as "preflight/shop%20eu". */
static const char *
encoded(struct arena *a, const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
	const char *out;
	struct buf b;

	buf_init(&b, 3 * strlen(path) + 1);
	for (; *path != '\0'; path++) {
		if (strchr(plain, *path) != NULL)
			buf_addc(&b, *path);
		else
			buf_printf(&b, "%%%02X", (unsigned)(unsigned char)*path);
	}
	out = arena_strdup(a, b.p);
	buf_free(&b);
	return out;
}

static bool
is_link(const char *url)
{
	if (strncmp(url, HTTPS, strlen(HTTPS)) != 0 && strncmp(url, HTTP, strlen(HTTP)) != 0)
		return false;
	for (const char *p = url; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || strchr("\"<>\\^`{|}", *p) != NULL)
			return false;
	return true;
}

/* Each address once: GitLab shows the list as it is. */
static void
add_link(struct links *l, const char *label, const char *url)
{
	json_t *o;
	size_t i;

	if (!is_link(url))
		return;
	json_array_foreach(l->list, i,
	    o) if (strcmp(json_string_value(json_object_get(json_object_get(o, "external_link"), "url")), url) ==
	    0) return;
	label = text_clean(l->a, label, strlen(label), LABEL_MAX);
	o = json_pack("{s:{s:s, s:s}}", "external_link", "label", one_line(l->a, label), "url", url);
	if (o == NULL || json_array_append_new(l->list, o) != 0)
		l->ok = fail(l->e, NOWHERE, "cannot write the links: no memory");
}

static void
add_artifact(struct links *l, const struct render_style *style, const char *label, const char *path)
{
	if (style->job_url != NULL && path != NULL)
		add_link(l, label, arena_printf(l->a, "%s/artifacts/file/%s", style->job_url, encoded(l->a, path)));
}

static void
add_references(struct links *l, const struct gate_result *g)
{
	size_t most = json_array_size(l->list) + REFERENCES_MAX;

	for (size_t i = 0; i < g->n_findings; i++)
		for (size_t k = 0; g->findings[i]->effect != EF_NONE && k < g->findings[i]->n_refs; k++)
			if (json_array_size(l->list) < most)
				add_link(l, g->findings[i]->refs[k].title, g->findings[i]->refs[k].url);
}

static bool
annotations_render(FILE *f, const struct report *r, const struct render_style *style, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct links l = {json_array(), a, e, true};
	json_t *root;

	add_artifact(&l, style, r->title, style->report_path);
	add_artifact(&l, style, "Bundle: the report and its evidence", style->bundle_path);
	add_references(&l, &r->gate);
	add_link(&l, "GitLab upgrade notes", "https://docs.gitlab.com/update/versions/");
	root = json_pack("{s:o}", "preflight", l.list);
	if (l.ok && !json_print(root, 2, f))
		l.ok = fail(e, NOWHERE, "cannot write the links");
	json_decref(root);
	return l.ok && stream_end(f, "the links", e);
}

const struct format format_annotations = {"annotations", NULL, NULL, annotations_render};
