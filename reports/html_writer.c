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
    [T_LI] = {"li", "", true},
    [T_LI_CURRENT] = {"li", " aria-current=\"step\"", true},
    [T_DL] = {"dl", "", true},
    [T_DT] = {"dt", "", true},
    [T_DD] = {"dd", "", true},
    [T_DETAILS] = {"details", "", true},
    [T_SUMMARY] = {"summary", "", true},
    [T_TABLE] = {"table", "", true},
    [T_CAPTION] = {"caption", "", true},
    [T_THEAD] = {"thead", "", true},
    [T_TBODY] = {"tbody", "", true},
    [T_TR] = {"tr", "", true},
    [T_TH] = {"th", " scope=\"col\"", true},
    [T_TD] = {"td", "", true},
};

/* In the order of the bits. */
static const char *const class_name[] = {
    "bad",
    "open",
    "wait",
    "warn",
    "good",
    "plain",
    "verdict",
    "word",
    "lead",
    "facts",
    "path",
    "chip",
    "group",
    "meta",
    "why",
    "fix",
    "item",
    "rules",
    "aside",
    "reasons",
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

	for (size_t i = 0; i < nitems(class_name); i++)
		if ((classes & 1U << i) != 0) {
			put(h, before);
			put(h, class_name[i]);
			before = " ";
		}
	put(h, classes != 0 ? "\"" : "");
}

static bool
is_id(const char *id)
{
	return id[0] >= 'a' && id[0] <= 'z' && id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static void
open_tag(struct html *h, enum tag t, unsigned classes, const char *id)
{
	assert(h->depth < DEPTH_MAX);
	h->open[h->depth++] = t;
	put(h, "<");
	put(h, tags[t].name);
	put(h, tags[t].attributes);
	put_classes(h, classes);
	if (id != NULL && is_id(id)) {
		put(h, " id=\"");
		put(h, id);
		put(h, "\"");
	} else {
		h->bad |= id != NULL;
	}
	put(h, ">");
}

void
html_open(struct html *h, enum tag t, unsigned classes)
{
	open_tag(h, t, classes, NULL);
}

void
html_open_id(struct html *h, enum tag t, unsigned classes, const char *id)
{
	open_tag(h, t, classes, id);
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

static bool
is_address(const char *url)
{
	return strncmp(url, "https://", 8) == 0 && url[8] != '\0' &&
	    url[strspn(url,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		"-._~:/?#[]@!$&'()*+,;=%")] == '\0';
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
html_progress(struct html *h, int64_t tenths)
{
	h->bad |= fprintf(h->f, "<progress max=\"1000\" value=\"%lld\" aria-label=\"done\"></progress> ",
		      (long long)tenths) < 0;
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

struct html *
html_begin(FILE *f, const char *title, const char *css)
{
	struct html *h = xcalloc(1, sizeof *h);

	h->f = f;
	put(h,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	    "style-src 'sha256-");
	put_hash(h, css);
	put(h,
	    "'; base-uri 'none'; form-action 'none'\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
	html_text(h, title);
	put(h, "</title>\n<style>");
	put(h, css);
	put(h, "</style>\n</head>\n<body>\n");
	return h;
}

bool
html_end(struct html *h)
{
	CLEANUP(free_ptr) struct html *owned = h;

	assert(h->depth == 0);
	put(h, "</body>\n</html>\n");
	return !owned->bad;
}
