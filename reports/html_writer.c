/*
 * Writes HTML from enumerated tags and escaped text, so that no string can become markup. Knows nothing of
 * reports.
 */
#include "reports/html_writer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define DEPTH_MAX 32
#define TOKEN_MAX 10 /* bytes that text_clean makes of one: "<U+10FFFF>" */

struct html {
	FILE *f;
	const char *script;
	enum tag open[DEPTH_MAX];
	unsigned depth;
	bool bad;
};

static const struct {
	const char *name, *attributes;
	bool line; /* a line of its own in the file */
} tags[] = {
    [T_HEADER] = {"header", "", true},
    [T_MAIN] = {"main", "", true},
    [T_FOOTER] = {"footer", "", true},
    [T_SECTION] = {"section", "", true},
    [T_ARTICLE] = {"article", "", true},
    [T_DIV] = {"div", "", true},
    [T_NAV] = {"nav", " aria-label=\"Contents\"", true},
    [T_FILTER] = {"form", " id=\"filter\" role=\"search\" aria-label=\"Filter findings\" hidden", true},
    [T_FIELDSET] = {"fieldset", " aria-label=\"Severity\"", true},
    [T_SHOWN] = {"p", " id=\"shown\" role=\"status\"", true},
    [T_H1] = {"h1", "", true},
    [T_H2] = {"h2", "", true},
    [T_H3] = {"h3", "", true},
    [T_H4] = {"h4", "", true},
    [T_P] = {"p", "", true},
    [T_SPAN] = {"span", "", false},
    [T_STRONG] = {"strong", "", false},
    [T_CODE] = {"code", "", false},
    [T_PRE] = {"pre", "", true},
    [T_OL] = {"ol", "", true},
    [T_UL] = {"ul", "", true},
    [T_COUNTS] = {"ul", " aria-label=\"Findings by severity\"", true},
    [T_LI] = {"li", "", true},
    [T_LI_CURRENT] = {"li", " aria-current=\"step\"", true},
    [T_DL] = {"dl", "", true},
    [T_DT] = {"dt", "", true},
    [T_DD] = {"dd", "", true},
    [T_DETAILS] = {"details", "", true},
    [T_SUMMARY] = {"summary", "", true},
    [T_SCROLL] = {"div", " tabindex=\"0\" role=\"group\" aria-label=\"Evidence\"", true},
    [T_TABLE] = {"table", "", true},
    [T_CAPTION] = {"caption", "", true},
    [T_THEAD] = {"thead", "", true},
    [T_TBODY] = {"tbody", "", true},
    [T_TR] = {"tr", "", true},
    [T_TH] = {"th", " scope=\"col\"", true},
    [T_TD] = {"td", "", true},
};

static const char *const class_name[] = {
    [C_NONE] = "",
    [C_BAD] = "bad",
    [C_UNKNOWN] = "unknown",
    [C_WAIT] = "wait",
    [C_WARN] = "warn",
    [C_GOOD] = "good",
    [C_NOTE] = "note",
    [C_TOP] = "top",
    [C_VERDICT] = "verdict",
    [C_SPLIT] = "split",
    [C_WORD] = "word",
    [C_LEAD] = "lead",
    [C_COUNTS] = "counts",
    [C_ZERO] = "zero",
    [C_GAP] = "gap",
    [C_PATH] = "path",
    [C_DONE] = "done",
    [C_PAIR] = "pair",
    [C_OPEN] = "open",
    [C_FACTS] = "facts",
    [C_GLANCE] = "glance",
    [C_BODY] = "body",
    [C_SIDE] = "side",
    [C_CONTENTS] = "contents",
    [C_FINDINGS] = "findings",
    [C_PART] = "part",
    [C_CARD] = "card",
    [C_SEVERITY] = "severity",
    [C_META] = "meta",
    [C_STATE] = "state",
    [C_FIX] = "fix",
    [C_OTHER] = "other",
    [C_SOFT] = "soft",
    [C_NUMBER] = "number",
    [C_NOWRAP] = "nowrap",
    [C_PASSED] = "passed",
    [C_PROGRESS] = "progress",
    [C_BOX] = "box",
    [C_LIST] = "list",
    [C_COMMAND] = "command",
    [C_NEXT] = "next",
};

/* Drawn on a field of 24 by 24. */
static const struct {
	const char *id, *path;
} icons[I_N] = {
    [I_GOOD] = {"good", "<circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"M7 12.5l3.5 3.5L17 9\"/>"},
    [I_BAD] = {"bad", "<path d=\"M8 2h8l6 6v8l-6 6H8l-6-6V8z\"/><path d=\"M8.5 8.5l7 7M15.5 8.5l-7 7\"/>"},
    [I_WAIT] = {"wait", "<circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"M12 6v6.2l4 2.3\"/>"},
    [I_UNKNOWN] = {"unknown",
	"<path d=\"M12 1.5L22.5 12 12 22.5 1.5 12z\"/><path d=\"M9.5 9.8a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 "
	"1.7M12 17v.1\"/>"},
    [I_WARN] = {"warn", "<path d=\"M12 2.5L22.5 21h-21z\"/><path d=\"M12 9.5v5.2M12 17.7v.1\"/>"},
    [I_NOTE] = {"note", "<circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"M12 11v6M12 7.3v.1\"/>"},
    [I_SKIPPED] = {"skipped", "<circle cx=\"12\" cy=\"12\" r=\"10\" stroke-dasharray=\"3 3.3\"/>"},
    [I_TICK] = {"tick", "<path d=\"M3 13l6 6L21 5\"/>"},
};

static void
put(struct html *h, const char *s)
{
	h->bad |= fputs(s, h->f) == EOF;
}

static void
put_escaped(struct html *h, const char *s)
{
	static const char *const entity[256] = {
	    ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"};

	for (; *s != '\0'; s++)
		if (entity[(unsigned char)*s] != NULL)
			put(h, entity[(unsigned char)*s]);
		else
			h->bad |= putc(*s, h->f) == EOF;
}

/* Line by line, because a line break in a command must stay one. */
static void
put_cleaned(struct html *h, const char *s)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();

	for (;;) {
		size_t len = strcspn(s, "\n");

		put_escaped(h, text_clean(a, s, len, len * TOKEN_MAX));
		s += len;
		if (*s == '\0')
			return;
		put(h, "\n");
		s++;
	}
}

/*
 * Every foreign byte passes here, in text and in attributes; both need the same five entities. What
 * came through the door is clean already; rule files have no such door.
 */
void
html_text(struct html *h, const char *s)
{
	const char *p = s;

	while ((*p >= 0x20 && *p < 0x7F) || *p == '\n')
		p++;
	if (*p == '\0')
		put_escaped(h, s);
	else
		put_cleaned(h, s);
}

static void
put_classes(struct html *h, unsigned classes)
{
	const char *before = " class=\"";

	for (unsigned rest = classes; rest != 0; rest >>= 8) {
		if ((rest & 255) == C_NONE)
			continue;
		put(h, before);
		put(h, class_name[rest & 255]);
		before = " ";
	}
	put(h, classes != 0 ? "\"" : "");
}

static bool
is_id(const char *id)
{
	return id[0] >= 'a' && id[0] <= 'z' && id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

/* An attribute whose value must be an id. */
static void
put_id(struct html *h, const char *attribute, const char *id)
{
	if (id == NULL)
		return;
	h->bad |= !is_id(id);
	if (!is_id(id))
		return;
	put(h, " ");
	put(h, attribute);
	put(h, "=\"");
	put(h, id);
	put(h, "\"");
}

/* The start tag but for its end. */
static void
begin_tag(struct html *h, enum tag t, unsigned classes)
{
	assert(h->depth < DEPTH_MAX);
	h->open[h->depth++] = t;
	put(h, "<");
	put(h, tags[t].name);
	put(h, tags[t].attributes);
	put_classes(h, classes);
}

void
html_open(struct html *h, enum tag t, unsigned classes)
{
	begin_tag(h, t, classes);
	put(h, ">");
}

void
html_open_id(struct html *h, enum tag t, unsigned classes, const char *id)
{
	begin_tag(h, t, classes);
	put_id(h, "id", id);
	put(h, ">");
}

void
html_open_filtered(struct html *h, enum tag t, unsigned classes, const char *id, const char *word)
{
	begin_tag(h, t, classes);
	put_id(h, "id", id);
	put_id(h, "data-severity", word);
	put(h, ">");
}

void
html_open_section(struct html *h, unsigned classes, const char *id)
{
	begin_tag(h, T_SECTION, classes);
	put_id(h, "id", id);
	put(h, " aria-labelledby=\"h-");
	html_text(h, id);
	put(h, "\">\n");
}

void
html_heading(struct html *h, enum tag t, const char *section, const char *text, const char *beside)
{
	begin_tag(h, t, C_NONE);
	put(h, " id=\"h-");
	html_text(h, section);
	put(h, "\">");
	html_text(h, text);
	if (beside[0] != '\0') {
		put(h, " ");
		html_put(h, T_SPAN, C_SOFT, beside);
	}
	html_close(h, t);
}

void
html_open_cell(struct html *h, unsigned classes, const char *column)
{
	begin_tag(h, T_TD, classes);
	put(h, " data-column=\"");
	html_text(h, column);
	put(h, "\">");
}

void
html_close(struct html *h, enum tag t)
{
	assert(h->depth > 0 && h->open[h->depth - 1] == t);
	h->depth--;
	put(h, "</");
	put(h, tags[t].name);
	put(h, tags[t].line ? ">\n" : ">");
}

void
html_put(struct html *h, enum tag t, unsigned classes, const char *text)
{
	html_open(h, t, classes);
	html_text(h, text);
	html_close(h, t);
}

#define ADDRESS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" \
	"-._~:/?#[]@!$&'()*+,;=%"
#define HTTPS "https://"

static bool
is_address(const char *url)
{
	return strncmp(url, HTTPS, strlen(HTTPS)) == 0 && url[strlen(HTTPS)] != '\0' &&
	    url[strspn(url, ADDRESS)] == '\0';
}

void
html_link(struct html *h, const char *url, const char *text)
{
	if (!is_address(url)) {
		html_text(h, text);
		put(h, " (");
		html_text(h, url);
		put(h, ")");
		return;
	}
	put(h, "<a rel=\"noopener noreferrer\" href=\"");
	html_text(h, url);
	put(h, "\">");
	html_text(h, text);
	put(h, "</a>");
}

/* Bytes of the address at the start of `s`; what closes a sentence or a bracket is no part of it. */
static size_t
address_length(const char *s)
{
	size_t n = strspn(s, ADDRESS);

	while (n > 0 && strchr(".,;:!?'", s[n - 1]) != NULL)
		n--;
	return n > 0 && s[n - 1] == ')' && memchr(s, '(', n) == NULL ? n - 1 : n;
}

void
html_linked_text(struct html *h, const char *s)
{
	CLEANUP(arena_drop) struct arena *a = NULL;

	if (strstr(s, HTTPS) != NULL)
		a = arena_new();
	for (const char *p; (p = strstr(s, HTTPS)) != NULL;) {
		size_t n = address_length(p);
		const char *url = arena_strndup(a, p, n);

		html_text(h, arena_strndup(a, s, (size_t)(p - s)));
		if (is_address(url))
			html_link(h, url, url);
		else
			html_text(h, url);
		s = p + n;
	}
	html_text(h, s);
}

void
html_jump(struct html *h, const char *id, const char *text)
{
	h->bad |= !is_id(id);
	put(h, "<a href=\"#");
	html_text(h, id);
	put(h, "\">");
	html_text(h, text);
	put(h, "</a>");
}

void
html_permalink(struct html *h, const char *id, const char *text, const char *about)
{
	h->bad |= !is_id(id);
	put(h, "<a class=\"permalink\" href=\"#");
	html_text(h, id);
	put(h, "\" aria-label=\"");
	html_text(h, text);
	put(h, ", permalink to ");
	html_text(h, about);
	put(h, "\">");
	html_text(h, text);
	put(h, "</a>");
}

void
html_commands(struct html *h, const char *lines)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();

	html_open(h, T_PRE, C_NONE);
	while (*lines != '\0') {
		size_t len = strcspn(lines, "\n");

		html_open(h, T_CODE, C_COMMAND);
		html_text(h, arena_strndup(a, lines, len));
		lines += len + (lines[len] == '\n');
		put(h, *lines != '\0' ? "\n" : ""); /* inside, where it makes no empty line */
		html_close(h, T_CODE);
	}
	html_close(h, T_PRE);
}

void
html_icon(struct html *h, enum icon i)
{
	put(h, "<svg class=\"icon\" width=\"16\" height=\"16\" aria-hidden=\"true\"><use href=\"#i-");
	put(h, icons[i].id);
	put(h, "\"/></svg>");
}

void
html_bar(struct html *h, int64_t tenths)
{
	h->bad |= fprintf(h->f,
		      "<svg class=\"bar\" width=\"100\" height=\"8\" viewBox=\"0 0 1000 8\" "
		      "preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"all\" width=\"1000\" "
		      "height=\"8\"/><rect class=\"part-done\" width=\"%lld\" height=\"8\"/></svg>",
		      (long long)tenths) < 0;
}

void
html_search_field(struct html *h)
{
	put(h, "<label>Text, table or rule <input type=\"search\" id=\"words\"></label>\n");
}

void
html_checkbox(struct html *h, const char *word, const char *label)
{
	put(h, "<label><input type=\"checkbox\" checked");
	put_id(h, "value", word);
	put(h, "> ");
	html_text(h, label);
	put(h, "</label>\n");
}

/* Base64 of a SHA-256 given in hex: 32 bytes become 44 characters. */
static void
put_hash(struct html *h, const char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char hex[65], pair[3] = "";
	unsigned bits = 0;

	sha256_hex(text, strlen(text), hex);
	for (size_t i = 0; i < 33; i++) {
		if (i < 32)
			memcpy(pair, hex + i * 2, 2);
		bits = bits << 8 | (i < 32 ? (unsigned)strtoul(pair, NULL, 16) : 0);
		if (i % 3 != 2)
			continue;
		for (int shift = 18; shift >= (i == 32 ? 6 : 0); shift -= 6)
			h->bad |= putc(digits[bits >> shift & 63], h->f) == EOF;
		bits = 0;
	}
	put(h, "=");
}

/* A string of CSS: what is not plainly harmless is written as its code point's digits. */
static void
css_string(struct buf *b, const char *s)
{
	buf_add(b, "\"");
	for (; *s != '\0'; s++)
		if (strchr(" .,:;()-_/+0123456789", *s) != NULL || (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z'))
			buf_printf(b, "%c", *s);
		else if ((unsigned char)*s >= 0x20 && (unsigned char)*s < 0x7F)
			buf_printf(b, "\\%02x ", (unsigned)*s);
		else
			buf_addc(b, *s); /* of a character beyond ASCII: text_clean has seen it */
	buf_add(b, "\"");
}

static void
page_corner(struct buf *b, struct arena *a, const char *where, const char *text)
{
	buf_printf(b, "@%s { font: 7.5pt sans-serif; content: ", where);
	css_string(b, text_clean(a, text, strlen(text), 200));
	buf_add(b, "; }\n");
}

/* What stands on each sheet of paper. */
static const char *
page_css(struct arena *a, const struct html_head *head)
{
	struct buf b;
	const char *css;

	buf_init(&b, 65536);
	buf_add(&b, "@page {\n");
	page_corner(&b, a, "top-left", head->top_left);
	page_corner(&b, a, "top-right", head->top_right);
	page_corner(&b, a, "bottom-left", head->bottom_left);
	buf_add(&b,
	    "@bottom-right { font: 7.5pt sans-serif; content: \"Page \" counter(page) \" of \" counter(pages); }\n}\n");
	css = arena_strdup(a, b.p);
	buf_free(&b);
	return css;
}

static void
put_icons(struct html *h)
{
	put(h, "<svg class=\"icons\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>\n");
	for (size_t i = I_NONE + 1; i < I_N; i++) {
		put(h, "<symbol id=\"i-");
		put(h, icons[i].id);
		put(h, "\" viewBox=\"0 0 24 24\">");
		put(h, icons[i].path);
		put(h, "</symbol>\n");
	}
	put(h, "</defs></svg>\n");
}

static void
put_policy(struct html *h, const char *css, const char *page, const char *script)
{
	put(h,
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
	    "style-src 'sha256-");
	put_hash(h, css);
	put(h, "' 'sha256-");
	put_hash(h, page);
	if (script != NULL) {
		put(h, "'; script-src 'sha256-");
		put_hash(h, script);
	}
	put(h, "'; base-uri 'none'; form-action 'none'\">\n");
}

struct html *
html_begin(FILE *f, const struct html_head *head)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct html *h = xcalloc(1, sizeof *h);
	const char *page = page_css(a, head);

	h->f = f;
	h->script = head->script;
	put(h, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
	put_policy(h, head->css, page, head->script);
	put(h,
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n<link rel=\"icon\" href=\"data:,\">\n<title>");
	html_text(h, head->title);
	put(h, "</title>\n<style>");
	put(h, head->css);
	put(h, "</style>\n<style>");
	put(h, page);
	put(h, "</style>\n</head>\n<body>\n");
	put_icons(h);
	return h;
}

bool
html_end(struct html *h)
{
	CLEANUP(free_ptr) struct html *owned = h;

	assert(h->depth == 0);
	if (h->script != NULL) {
		put(h, "<script>");
		put(h, h->script);
		put(h, "</script>\n");
	}
	put(h, "</body>\n</html>\n");
	return !owned->bad;
}
