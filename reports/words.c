/* The words of gates, statuses, severities and effects, and how they compare. Every format uses these. */
#include "reports/words.h"

const char *const gate_word[] = {
    [G_GO] = "go",
    [G_GO_WITH_WARNINGS] = "go_with_warnings",
    [G_WAIT] = "wait",
    [G_UNDETERMINED] = "undetermined",
    [G_NO_GO] = "no_go",
};

const char *const gate_title[] = {
    [G_GO] = "GO",
    [G_GO_WITH_WARNINGS] = "GO with warnings",
    [G_WAIT] = "WAIT",
    [G_UNDETERMINED] = "UNDETERMINED (do not upgrade)",
    [G_NO_GO] = "NO-GO",
};

const char *const status_word[] = {
    [ST_PASS] = "pass",
    [ST_FAIL] = "fail",
    [ST_WAITING] = "waiting",
    [ST_UNKNOWN] = "unknown",
    [ST_ERROR] = "error",
    [ST_MANUAL] = "manual",
    [ST_NOT_APPLICABLE] = "not_applicable",
    [ST_SKIPPED] = "skipped",
};

const char *const severity_word[] = {
    [SEV_NOTICE] = "notice",
    [SEV_WARNING] = "warning",
    [SEV_BLOCKER] = "blocker",
};

const char *const effect_word[] = {
    [EF_BLOCKS] = "blocks",
    [EF_WAITS] = "waits",
    [EF_WARNS] = "warns",
    [EF_NONE] = "none",
};

enum gate
gate_worse(enum gate a, enum gate b)
{
	return a > b ? a : b;
}

int
status_weight(enum status s)
{
	static const int weights[] = {[ST_NOT_APPLICABLE] = 0,
	    [ST_SKIPPED] = 1,
	    [ST_PASS] = 2,
	    [ST_MANUAL] = 3,
	    [ST_WAITING] = 4,
	    [ST_UNKNOWN] = 5,
	    [ST_ERROR] = 6,
	    [ST_FAIL] = 7};

	return weights[s];
}
