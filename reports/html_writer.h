/*
 * HTML in which no string can reach markup: tags, classes and icons are enumerations, ids are checked, addresses are
 * https or plain text, and everything else is escaped. Errors are sticky; html_end reports them.
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
	T_NAV,
	T_FILTER, /* hidden until the script shows it */
	T_FIELDSET,
	T_SHOWN, /* where the script writes how many findings are shown */
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
	T_COUNTS,
	T_LI,
	T_LI_CURRENT,
	T_DL,
	T_DT,
	T_DD,
	T_DETAILS,
	T_SUMMARY,
	T_SCROLL, /* a wide table scrolls by itself, also by keyboard */
	T_TABLE,
	T_CAPTION,
	T_THEAD,
	T_TBODY,
	T_TR,
	T_TH,
	T_TD,
};

/* An element has up to four, one for each byte: C_CARD | WITH(C_BAD). */
enum class {
	C_NONE,
	C_BAD,
	C_UNKNOWN,
	C_WAIT,
	C_WARN,
	C_GOOD,
	C_NOTE, /* tones */
	C_TOP,
	C_VERDICT,
	C_SPLIT,
	C_WORD,
	C_LEAD,
	C_COUNTS,
	C_ZERO,
	C_GAP,
	C_PATH,
	C_DONE,
	C_PAIR,
	C_OPEN,
	C_FACTS,
	C_GLANCE,
	C_BODY,
	C_SIDE,
	C_CONTENTS,
	C_FINDINGS,
	C_PART,
	C_CARD,
	C_SEVERITY,
	C_META,
	C_STATE,
	C_FIX,
	C_OTHER,
	C_SOFT,
	C_NUMBER,
	C_NOWRAP,
	C_PASSED,
	C_PROGRESS,
	C_BOX,
	C_LIST,
	C_COMMAND,
	C_NEXT,
};
#define WITH(class) ((unsigned)(class) << 8)

enum icon { I_NONE, I_GOOD, I_BAD, I_WAIT, I_UNKNOWN, I_WARN, I_NOTE, I_SKIPPED, I_TICK };
#define I_N (I_TICK + 1)

/* What is the same for the whole page. The corners stand on each sheet of paper. */
struct html_head {
	const char *title;
	const char *css, *script; /* their hashes go into the content security policy; the script may be NULL */
	const char *top_left, *top_right, *bottom_left;
};

struct html;
/* Writes everything up to <body>, and the icons. */
struct html *html_begin(FILE *, const struct html_head *);
/* Ends the document. False: something could not be written, or had no place in markup. */
bool html_end(struct html *) MUST;

void html_open(struct html *, enum tag, unsigned classes);
/* `id` is made of a-z, 0-9 and -. */
void html_open_id(struct html *, enum tag, unsigned classes, const char *id);
/* The same, with the word by which the script filters. */
void html_open_filtered(struct html *, enum tag, unsigned classes, const char *id, const char *word);
/* A section that its heading names: html_heading with the same id comes first in it. */
void html_open_section(struct html *, unsigned classes, const char *id);
void html_heading(struct html *, enum tag, const char *section, const char *text, const char *beside);
/* A cell that shows its column's name where the page is narrow. */
void html_open_cell(struct html *, unsigned classes, const char *column);
/* Closes the innermost element, which must be this one. */
void html_close(struct html *, enum tag);
void html_text(struct html *, const char *);
/* Text in which plain https addresses become links. */
void html_linked_text(struct html *, const char *);
/* An element with nothing but text in it. */
void html_put(struct html *, enum tag, unsigned classes, const char *text);
/* A link away; text and address in words where the address is not plainly https. */
void html_link(struct html *, const char *url, const char *text);
/* A link to an id of this page. */
void html_jump(struct html *, const char *id, const char *text);
/* The link that a finding is known by; `about` is what a screen reader calls it. */
void html_permalink(struct html *, const char *id, const char *text, const char *about);
/* Commands to copy, each line one. */
void html_commands(struct html *, const char *lines);
/* A picture beside a word that tells the same. */
void html_icon(struct html *, enum icon);
/* A bar; the number must stand beside it in words. */
void html_bar(struct html *, int64_t tenths);
/* A field and boxes of the filter. */
void html_search_field(struct html *);
void html_checkbox(struct html *, const char *word, const char *label);

#endif
