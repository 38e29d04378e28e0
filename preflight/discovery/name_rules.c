/*
 * Which rules a command uses: those of the program, or those that --rules-dir, --rules-file and --rules name. How rules
 * are read is in ruleset/.
 */
#include "discovery/name_rules.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "ruleset/ruleset_load.h"
#include "ruleset/rules_file.h"

static bool
has_rules(const char *dir)
{
	char path[4096];

	return snprintf(path, sizeof path, "%s/path.yml", dir) < (int)sizeof path && access(path, R_OK) == 0;
}

/* Where the program is installed, or beside the source tree that it was built in. */
static const char *
default_rules(char *space, size_t size)
{
	char self[4000];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (n > 0) {
		self[n] = '\0';
		for (char *slash = strrchr(self, '/'); slash != NULL && slash != self; slash = strrchr(self, '/')) {
			*slash = '\0';
			if (snprintf(space, size, "%s/rules", self) < (int)size && has_rules(space))
				return space;
			if (snprintf(space, size, "%s/share/preflight/rules", self) < (int)size && has_rules(space))
				return space;
		}
	}
	return PREFLIGHT_RULES;
}

static struct ruleset *
load_file(const struct options *o, bool tests, struct arena *a, struct faults *faults)
{
	struct rules_file file;
	struct ruleset *set;
	struct err e;

	if (!rules_file_read(a, o->rules_file, o->rules_key, &file, &e)) {
		(void)complain_about(o->rules_file, &e);
		return NULL;
	}
	set = ruleset_from_members(&file.members, &o->rules, tests, faults);
	if (set != NULL)
		set->file_signer = file.signer[0] != '\0' ? arena_strdup(a, file.signer) : RULES_UNSIGNED;
	return set;
}

struct ruleset *
named_rules(const struct options *o, bool tests, struct arena *a)
{
	char space[4096];
	const char *dir = o->rules_dir != NULL ? o->rules_dir : default_rules(space, sizeof space);
	struct faults faults = {0};
	struct ruleset *set = NULL;

	if (o->rules_file != NULL && o->rules_dir != NULL)
		log_error("--rules-file and --rules-dir exclude each other: both replace the shipped rules");
	else if (o->rules_file != NULL)
		set = load_file(o, tests, a, &faults);
	else
		set = ruleset_load(dir, &o->rules, tests, &faults);
	faults_print(&faults);
	faults_free(&faults);
	return set;
}
