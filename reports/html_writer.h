/*
 * HTML in which no string can reach markup: tags and classes are enumerations, ids are checked,
 * addresses are https or plain text, and everything else is escaped. Errors are sticky; html_end
 * tells of them.
 */
#ifndef HTML_WRITER_H
#define HTML_WRITER_H

#include <stdio.h>

#include "base/base.h"

enum tag {
	T_HEADER,
	T_MAIN,
	T_FOOTER,
	T_SECTION,
	T_ARTICLE,
	T_DIV,
	T_H1,
	T_H2,
	T_H3,
	T_H4,
	T_P,
	T_SPAN,
	T_STRONG,
	T_CODE,
	T_PRE,
	T_OL,
	T_UL,
	T_LI,
	T_LI_CURRENT,
	T_DL,
	T_DT,
	T_DD,
	T_DETAILS,
	T_SUMMARY,
	T_TABLE,
	T_CAPTION,
	T_THEAD,
	T_TBODY,
	T_TR,
	T_TH,
	T_TD,
};

/* Bits, so that an element may have several. */
enum class {
	C_NONE = 0,
	C_BAD = 1 << 0,
	C_OPEN = 1 << 1,
	C_WAIT = 1 << 2,
	C_WARN = 1 << 3,
	C_GOOD = 1 << 4,
	C_PLAIN = 1 << 5, /* tones */
	C_VERDICT = 1 << 6,
	C_WORD = 1 << 7,
	C_LEAD = 1 << 8,
	C_FACTS = 1 << 9,
	C_PATH = 1 << 10,
	C_CHIP = 1 << 11,
	C_GROUP = 1 << 12,
	C_META = 1 << 13,
	C_WHY = 1 << 14,
	C_FIX = 1 << 15,
	C_ITEM = 1 << 16,
	C_RULES = 1 << 17,
	C_ASIDE = 1 << 18,
	C_REASONS = 1 << 19,
};

struct html;
/* Writes everything up to <body>; the style's hash goes into the content security policy. */
struct html *html_begin(FILE *, const char *title, const char *css);
/* Ends the document. False: something could not be written, or had no place in markup. */
bool html_end(struct html *) MUST;

void html_open(struct html *, enum tag, unsigned classes);
/* `id` is made of a-z, 0-9 and -. */
void html_open_id(struct html *, enum tag, unsigned classes, const char *id);
/* Closes the innermost element, which must be this one. */
void html_close(struct html *, enum tag);
void html_text(struct html *, const char *);
/* An element with nothing but text in it. */
void html_put(struct html *, enum tag, unsigned classes, const char *text);
/* A link away; text and address in words where the address is not plainly https. */
void html_link(struct html *, const char *url, const char *text);
/* A link to an id of this page. */
void html_jump(struct html *, const char *id, const char *text);
/* A bar; the number must stand beside it in words. */
void html_progress(struct html *, int64_t tenths);

#endif
