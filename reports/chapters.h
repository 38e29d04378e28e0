/*
 * What several formats share: the chapters in which groups are shown, and small tests. Nothing here
 * decides anything; the report has decided.
 */
#ifndef CHAPTERS_H
#define CHAPTERS_H

#include "reports/render.h"

/* Chapters of a gate, most urgent first; the terminal shows them from the last to the first. */
enum chapter { CH_BLOCKERS, CH_WAITING, CH_UNDECIDED, CH_WARNINGS, CH_NOTICES };
#define CH_N (CH_NOTICES + 1)
extern const char *const chapter_title[CH_N];
enum chapter chapter_of(const struct group *);
bool chapter_is_empty(const struct gate_result *, enum chapter);

/* Neither NULL nor "". */
bool is_given(const char *);
/* A version or time that is known: given, and not "unknown". */
bool is_known(const char *);
/*
 * Is the very same finding part of this gate? Then the gate of the next hop, which often repeats
 * those of the hop asked for, may point there. Keys alone do not tell: they are the same for any hop.
 */
bool gate_has(const struct gate_result *, const struct finding *);
/* What a finding is to a reader: "blocker", "warning", "notice" for a failure, by its effect; else its status. */
const char *finding_word(struct arena *, const struct finding *);
/* Pass, not applicable, skipped: told in lists of all rules only. */
bool is_quiet(const struct finding *);
/* What a person decided: "Accepted by ops until 2026-12-01 (CHG0012340): the reason." */
const char *decision_text(struct arena *, const struct decision *);
/* Is the finding's message something that the group's headline does not say already? */
bool adds_message(const struct group *, const struct finding *);

/* One line of text that nothing obeys: line breaks become blanks, the rest as text_clean has it. */
const char *one_line(struct arena *, const char *);
/* The same in ASCII, for the oldest viewer: any other character is "?". */
const char *ascii_line(struct arena *, const char *);
/* The lines of a text, each cleaned, with `indent` before it and a line break behind it. */
void add_lines(struct buf *, struct arena *, const char *indent, const char *);
/* Bytes of the character that begins with `c`, in valid UTF-8. */
size_t utf8_length(char c);
/* "required_stop" as "required stop". */
const char *spaced(struct arena *, const char *);

/* Where a source was read: its endpoint, and whose it is, "gitlab-rails-1: files below /". */
const char *source_where(struct arena *, const struct source_line *);

/* Flushes; false, with the name of the format, if anything could not be written. */
bool stream_end(FILE *, const char *format, struct err *) MUST;

#endif
