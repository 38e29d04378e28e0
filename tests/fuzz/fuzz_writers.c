/*
 * Any text in the places of a report that others fill, in the formats that a browser, a CI server and a forge read: the
 * HTML and XML must parse again with no element that the writer did not make, and no Markdown may begin an HTML element
 * outside of code.
 */
#include <ctype.h>
#include <jansson.h>

#include "tests/fuzz/fuzz.h"
#include "base/text.h"
#include "reports/json_read.h"
#include "reports/render.h"

#define DEPTH_MAX 200
#define SAMPLE "tests/golden/render/hostile.json"

/* ---- The report ---- */

static void
fill(json_t *v, const char *text)
{
	static const char *const keys[] = {"message", "title", "why", "headline", "label", "change"};
	const char *key;
	json_t *item;
	size_t i;

	json_object_foreach(v, key, item)
	{
		bool ours = false;

		for (size_t k = 0; k < nitems(keys); k++)
			ours = ours || (strcmp(key, keys[k]) == 0 && json_is_string(item));
		if (ours)
			(void)json_string_set(item, text);
		else
			fill(item, text);
	}
	json_array_foreach(v, i, item) fill(item, text);
}

static const struct report *
report_with(struct arena *a, const char *text)
{
	static json_t *sample;
	struct err e = {0};
	json_error_t je;
	char *dump;
	const struct report *r;

	if (sample == NULL)
		sample = json_load_file(SAMPLE, 0, &je);
	demand(sample != NULL, "the sample: run this in the top directory");
	fill(sample, text);
	dump = json_dumps(sample, JSON_INDENT(2));
	demand(dump != NULL, "no memory");
	r = report_read(a, arena_strdup(a, dump), strlen(dump), &e);
	free(dump);
	demand(r != NULL, e.msg);
	return r;
}

static char *
rendered(const char *format, const struct report *r)
{
	static const struct render_style style = {.width = 100, .formats = formats};
	struct err e = {0};
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	demand(f != NULL && format_find(format)->render(f, r, &style, &e), e.msg);
	demand(fclose(f) == 0 && strlen(text) == len, "a NUL, or no memory");
	return text;
}

/* ---- A strict reader of elements ---- */

struct markup {
	const char *p;
	bool html;
	char open[DEPTH_MAX][24];
	size_t depth;
	size_t elements;
};

static bool
is_word(const char *name, const char *words)
{
	char wanted[32];

	(void)snprintf(wanted, sizeof wanted, " %s ", name);
	return strstr(words, wanted) != NULL;
}

/* &lt; &#39; and so on: nothing else may begin with an ampersand. */
static void
take_entity(struct markup *m)
{
	static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#39;", "&nbsp;"};

	for (size_t i = 0; i < nitems(entities); i++)
		if (strncmp(m->p, entities[i], strlen(entities[i])) == 0) {
			m->p += strlen(entities[i]);
			return;
		}
	if (strncmp(m->p, "&#", 2) == 0 && isxdigit((unsigned char)m->p[2 + (m->p[2] == 'x')])) {
		m->p += strcspn(m->p, ";<");
		demand(*m->p++ == ';', "an entity has no end");
		return;
	}
	demand(false, "a bare ampersand");
}

static void
take_name(struct markup *m, char name[24])
{
	size_t n = 0;

	while (isalnum((unsigned char)*m->p) || (*m->p != '\0' && strchr("-_:", *m->p) != NULL)) {
		if (n + 1 < 24)
			name[n++] = *m->p;
		m->p++;
	}
	name[n] = '\0';
	demand(n > 0, "an element or attribute has no name");
}

static void
take_attributes(struct markup *m)
{
	char name[24];

	while (m->p += strspn(m->p, " \n\t"), *m->p != '>' && *m->p != '/' && *m->p != '?') {
		take_name(m, name);
		demand(strncasecmp(name, "on", 2) != 0, "an attribute that is a script");
		if (*m->p != '=') {
			demand(m->html, "an attribute has no value");
			continue;
		}
		m->p++;
		demand(*m->p == '"', "an attribute is not quoted");
		for (m->p++; *m->p != '"';) {
			demand(*m->p != '\0' && *m->p != '<', "an attribute does not end");
			if (*m->p == '&')
				take_entity(m);
			else
				m->p++;
		}
		m->p++;
	}
}

static void
take_element(struct markup *m)
{
	static const char empty[] = " meta link br input hr ", raw[] = " script style ";
	bool closes = *++m->p == '/', ends;
	char name[24];

	m->p += closes;
	take_name(m, name);
	demand(!m->html || !is_word(name, " img iframe object embed base applet "), "an element that nobody made");
	take_attributes(m);
	ends = *m->p == '/';
	m->p += ends;
	demand(*m->p++ == '>', "an element does not end");
	if (closes) {
		demand(m->depth > 0 && strcmp(m->open[--m->depth], name) == 0, "another element is closed");
		return;
	}
	m->elements++;
	if (m->html && is_word(name, raw)) {
		m->p = strstr(m->p, "</");
		demand(m->p != NULL, "a script or style does not end");
	}
	if (ends || (m->html && is_word(name, empty)))
		return;
	demand(m->depth < DEPTH_MAX, "too deep");
	(void)snprintf(m->open[m->depth++], 24, "%s", name);
}

/* Their number. */
static size_t
elements_of(const char *text, bool html)
{
	struct markup m = {.p = text, .html = html};

	while (*m.p != '\0') {
		if (strncmp(m.p, "<?", 2) == 0 || strncasecmp(m.p, "<!doctype", 9) == 0)
			m.p += strcspn(m.p, ">");
		else if (*m.p == '<')
			take_element(&m);
		else if (*m.p == '&')
			take_entity(&m);
		else {
			demand((unsigned char)*m.p >= ' ' || strchr("\n\t", *m.p) != NULL, "a control character");
			m.p++;
		}
	}
	demand(m.depth == 0, "an element is not closed");
	return m.elements;
}

/* ---- Markdown ---- */

static bool
is_allowed(const char *p)
{
	static const char *const tags[] = {
	    "<details>", "</details>", "<summary>", "</summary>", "<br>", "<!-- preflight"};

	for (size_t i = 0; i < nitems(tags); i++)
		if (strncmp(p, tags[i], strlen(tags[i])) == 0)
			return true;
	return false;
}

static size_t
run_of(const char *p, char c)
{
	size_t n = 0;

	while (p[n] == c)
		n++;
	return n;
}

/* Behind the code that begins with these backticks; p itself where they begin none. */
static const char *
skip_code(const char *p)
{
	size_t n = run_of(p, '`');

	for (const char *q = p + n; (q = strchr(q, '`')) != NULL; q += run_of(q, '`'))
		if (run_of(q, '`') == n)
			return q + n;
	return p + n;
}

static void
check_markdown(const char *text)
{
	for (const char *p = text; *p != '\0';) {
		if (*p == '\\' && p[1] != '\0')
			p += 2;
		else if (*p == '`')
			p = skip_code(p);
		else {
			demand(*p != '<' || is_allowed(p) ||
				!(isalpha((unsigned char)p[1]) || strchr("/!?", p[1]) != NULL),
			    "Markdown begins an element");
			p++;
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena *a = arena_new();
	const char *text = text_clean(a, (const char *)data, len, 2000);
	const struct report *r;
	size_t elements[2] = {0};

	for (int i = 0; i < 2; i++) {
		char *html, *xml, *markdown;

		r = report_with(a, i == 0 ? "plain" : text[0] != '\0' ? text : "plain");
		html = rendered("html", r);
		xml = rendered("junit", r);
		markdown = rendered("markdown", r);
		elements[i] = elements_of(xml, false);
		(void)elements_of(html, true);
		check_markdown(markdown);
		free(html);
		free(xml);
		free(markdown);
	}
	demand(elements[0] == elements[1], "a text adds an element");
	arena_free(a);
	return 0;
}
