/*
 * Loads all rule files: finds them, parses them, reads section after section, and reports every fault that it
 * finds. Also computes the digest that distinguishes shipped rules from modified ones.
 */
#include "ruleset/ruleset_load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/version.h"
#include "ruleset/lint.h"
#include "ruleset/ready.h"
#include "ruleset/ruleset_facts.h"
#include "ruleset/ruleset_path.h"
#include "ruleset/ruleset_resolve.h"
#include "ruleset/ruleset_rules.h"
#include "base/text.h"

#include "rules_digest.h"

#define FILE_MAX ((size_t)1024 * 1024) /* a rule file; the largest of ours has 100 KiB */
#define FILES_MAX 2000
#define DEPTH_MAX 4

/* Each section is read over all files before the next one: later sections name earlier ones. */
static const struct section {
	const char *key;
	void (*load)(struct loader *, const struct ynode *);
} sections[] = {
    {"path", load_path},
    {"facts", load_facts},
    {"tables", load_tables},
    {"views", load_views},
    {"sources", load_sources},
    {"install_methods", load_methods},
    {"remedies", load_remedies},
    {"rules", load_rules},
};

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

static void
gather(struct arena *, struct rule_files *, const char *dir, const char *prefix, int depth, struct faults *);

static void
gather_entry(struct arena *a, struct rule_files *files, const char *dir, const char *prefix, const char *name,
    int depth, struct faults *faults)
{
	const char *path = arena_printf(a, "%s/%s", dir, name);
	struct rule_file f = {.member.path = arena_printf(a, "%s%s", prefix, name), .shown = path};
	struct stat st;
	struct err e;

	if (name[0] == '.')
		return;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		gather(a, files, path, arena_printf(a, "%s/", f.member.path), depth + 1, faults);
		return;
	}
	if (!ends_in(name, ".yml"))
		return;
	if (files->n >= FILES_MAX)
		faults_add(faults, (struct loc){.file = path}, "more than %d rule files", FILES_MAX);
	else if (file_read(a, path, FILE_MAX, &f.member.data, &f.member.len, &e))
		ARENA_PUSH(a, files, f);
	else
		faults_add(faults, e.at, "%s", e.msg);
}

static void
gather(struct arena *a, struct rule_files *files, const char *dir, const char *prefix, int depth, struct faults *faults)
{
	DIR *d = depth <= DEPTH_MAX ? opendir(dir) : NULL;

	if (d == NULL) {
		faults_add(faults, (struct loc){.file = arena_strdup(a, dir)}, "this rule directory cannot be read: %s",
		    depth <= DEPTH_MAX ? strerror(errno) : "too deep");
		return;
	}
	for (struct dirent *entry; (entry = readdir(d)) != NULL;)
		gather_entry(a, files, dir, prefix, entry->d_name, depth, faults);
	(void)closedir(d);
}

static int
by_path(const void *pa, const void *pb)
{
	const struct rule_file *a = pa, *b = pb;

	return strcmp(a->member.path, b->member.path);
}

static void
set_digest(struct ruleset *set)
{
	struct sha256 *all = sha256_new();
	bool packs = false;

	for (size_t i = 0; i < set->files.n; i++) {
		struct member *m = &set->files.items[i].member;

		sha256_add(all, member_sha256(set->arena, m), 64);
		sha256_add(all, "  ", 2);
		sha256_add(all, m->path, strlen(m->path));
		sha256_add(all, "\n", 1);
		packs = packs || strncmp(m->path, "packs/", 6) == 0;
	}
	sha256_end(all, set->digest);
	set->origin = packs ? "third_party" : strcmp(set->digest, RULES_DIGEST) == 0 ? "shipped" : "modified";
}

static void
unknown_sections(const struct ynode *root, struct faults *faults)
{
	const char *words[nitems(sections)], *near;

	for (size_t s = 0; s < nitems(sections); s++)
		words[s] = sections[s].key;
	for (size_t i = 0; i < root->n; i++) {
		size_t s = 0;

		while (s < nitems(sections) && strcmp(words[s], root->keys[i]->text) != 0)
			s++;
		if (s < nitems(sections))
			continue;
		near = closest(root->keys[i]->text, words, nitems(words));
		faults_add(faults, root->keys[i]->at, "a rule file has no section \"%s\"%s%s%s", root->keys[i]->text,
		    near != NULL ? ": did you mean \"" : "", near != NULL ? near : "", near != NULL ? "\"?" : "");
	}
}

static const struct ynode *
parse(struct ruleset *set, const struct rule_file *f, struct faults *faults)
{
	struct yfile *file = arena_alloc(set->arena, sizeof *file);
	const struct ynode *root;

	*file = (struct yfile){.path = f->shown, .text = f->member.data, .len = f->member.len};
	root = yaml_parse_without(set->arena, file, set->tests_left_out ? "tests" : NULL, faults);
	if (root != NULL && root->kind != Y_MAP) {
		faults_add(faults, root->at, "a rule file must be a map of sections");
		return NULL;
	}
	return root;
}

/* Rules for a newer program are refused for that, in one line, and not for each word that this one does not know. */
static bool
needs_newer_program(const struct ynode *root, struct faults *faults)
{
	const struct ynode *path = root != NULL ? yaml_get(root, "path") : NULL;
	const struct ynode *needs = path != NULL && path->kind == Y_MAP ? yaml_get(path, "needs_preflight") : NULL;
	struct version wanted, own;
	struct err e;

	if (needs == NULL || needs->kind != Y_SCALAR || !version_parse(needs->text, &wanted, &e) ||
	    !version_parse(PREFLIGHT_VERSION, &own, &e) || wanted.key <= own.key)
		return false;
	faults_add(faults, needs->at,
	    "these rules need preflight %s or later, and this is %s: install a newer preflight, or use older rules",
	    needs->text, PREFLIGHT_VERSION);
	return true;
}

static void
parse_all(struct ruleset *set, struct faults *faults)
{
	for (size_t i = 0; i < set->files.n; i++)
		set->files.items[i].root = parse(set, &set->files.items[i], faults);
}

/* Not where the files were checked when the program was built. */
static bool
check_sections(const struct ruleset *set, struct faults *faults)
{
	for (size_t i = 0; i < set->files.n; i++)
		if (needs_newer_program(set->files.items[i].root, faults))
			return false;
	for (size_t i = 0; i < set->files.n; i++)
		if (set->files.items[i].root != NULL)
			unknown_sections(set->files.items[i].root, faults);
	return true;
}

static void
load_section(struct loader *l, const struct rule_file *f, const struct section *section)
{
	CLEANUP(arena_drop) struct arena *tree = arena_new();
	const struct ynode *node = f->ready != NULL ? ready_section(f, section->key, tree)
	    : f->root != NULL                       ? yaml_get(f->root, section->key)
						    : NULL;

	l->file = f->member.path;
	l->pack = strncmp(l->file, "packs/", 6) == 0 ? l->file + 6 : NULL;
	if (node != NULL)
		section->load(l, node);
}

/* Reads the trees of the files. */
static void
load_all(struct ruleset *set, bool ready, struct faults *faults)
{
	struct loader l = {.arena = set->arena, .set = set, .faults = faults, .ready = ready};

	if (!ready && !check_sections(set, faults))
		return;
	for (size_t s = 0; s < nitems(sections); s++)
		for (size_t i = 0; i < set->files.n; i++)
			load_section(&l, &set->files.items[i], &sections[s]);
	ruleset_resolve(&l);
}

static struct ruleset *
finish(struct ruleset *set, bool tests, struct faults *faults)
{
	size_t before = faults->n, inferred = 0;
	bool ready;

	if (set->files.n > 0)
		qsort(set->files.items, set->files.n, sizeof *set->files.items, by_path);
	set_digest(set);
	set->tests_left_out = !tests && strcmp(set->origin, "shipped") == 0;
	ready = set->tests_left_out && ready_files(set, &inferred);
	if (!ready)
		parse_all(set, faults);
	load_all(set, ready, faults);
	if (faults->n == before && ready)
		ready_infer(set, inferred);
	else if (faults->n == before)
		lint_ruleset(set, faults);
	if (faults->n == before)
		return set;
	ruleset_free(set);
	return NULL;
}

static void
gather_packs(struct ruleset *set, const struct texts *packs, struct faults *faults)
{
	for (size_t i = 0; i < packs->n; i++) {
		const char *pack = packs->items[i], *base = strrchr(pack, '/');

		base = base != NULL && base[1] != '\0' ? base + 1 : pack;
		gather(set->arena, &set->files, pack, arena_printf(set->arena, "packs/%s/", base), 0, faults);
	}
}

static void
gather_members(struct ruleset *set, const struct members *members)
{
	for (size_t i = 0; i < members->n; i++) {
		struct rule_file f = {.member = members->items[i], .shown = members->items[i].path};

		if (strncmp(f.shown, "rules/", 6) != 0)
			continue;
		f.member.path += 6;
		ARENA_PUSH(set->arena, &set->files, f);
	}
}

static struct ruleset *
new_set(void)
{
	struct arena *a = arena_new();
	struct ruleset *set = arena_alloc(a, sizeof *set);

	set->arena = a;
	return set;
}

struct ruleset *
ruleset_load(const char *dir, const struct texts *packs, bool tests, struct faults *faults)
{
	struct ruleset *set = new_set();
	size_t before = faults->n;

	gather(set->arena, &set->files, dir, "", 0, faults);
	gather_packs(set, packs, faults);
	if (faults->n == before)
		return finish(set, tests, faults);
	ruleset_free(set);
	return NULL;
}

struct ruleset *
ruleset_from_members(const struct members *members, const struct texts *packs, bool tests, struct faults *faults)
{
	struct ruleset *set = new_set();
	size_t before = faults->n;

	gather_members(set, members);
	gather_packs(set, packs, faults);
	if (faults->n == before)
		return finish(set, tests, faults);
	ruleset_free(set);
	return NULL;
}
