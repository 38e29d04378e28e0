/* Gates, statuses, severities and effects: their order, and the words that JSON and people read. */
#ifndef WORDS_H
#define WORDS_H

/* Ordered: worst last. The order is the algebra. */
enum gate { G_GO, G_GO_WITH_WARNINGS, G_WAIT, G_UNDETERMINED, G_NO_GO };
extern const char *const gate_word[];  /* "go", ..., "no_go": in JSON */
extern const char *const gate_title[]; /* "GO", "GO with warnings", "WAIT", "UNDETERMINED (do not upgrade)", "NO-GO" */
enum gate gate_worse(enum gate, enum gate);

enum status { ST_PASS, ST_FAIL, ST_WAITING, ST_UNKNOWN, ST_ERROR, ST_MANUAL, ST_NOT_APPLICABLE, ST_SKIPPED };
#define ST_N (ST_SKIPPED + 1)
extern const char *const status_word[]; /* "pass", "fail", ... "not_applicable" */
/* How much a status says about a rule that has several findings: the heaviest counts. */
int status_weight(enum status);

enum severity { SEV_NOTICE, SEV_WARNING, SEV_BLOCKER };
extern const char *const severity_word[];

enum effect { EF_BLOCKS, EF_WAITS, EF_WARNS, EF_NONE }; /* in the order of the report */
extern const char *const effect_word[];

#endif
