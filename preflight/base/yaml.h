/*
 * YAML as rule files may use it: no anchors, aliases, tags, merge keys, duplicate keys, several
 * documents or tabs; depth at most 16, a file at most 1 MiB. A scalar is text; what it means is
 * decided by the caller (so 17.10 is a version where a version is expected).
 */
#ifndef PREFLIGHT_YAML_H
#define PREFLIGHT_YAML_H

#include "base/err.h"

enum ykind { Y_SCALAR, Y_LIST, Y_MAP };
enum ystyle { YS_PLAIN, YS_QUOTED, YS_LITERAL, YS_FOLDED };

struct yfile {
	const char *path; /* as it is named in messages */
	const char *text;
	size_t len;
};

struct ynode {
	enum ykind kind;
	enum ystyle style; /* of a scalar */
	struct loc at;
	const struct yfile *file;
	const char *text; /* of a scalar, NUL-terminated */
	size_t len;
	struct ynode **items; /* of a list, or the values of a map */
	struct ynode **keys;  /* of a map: scalars, in the file's order */
	size_t n;
};

/*
 * Reads one document. Everything lives in the arena. On faults it returns NULL and has added at
 * least one; faults that do not stop the reading (a duplicate key, an alias) are all reported.
 */
struct ynode *yaml_parse(struct arena *, const struct yfile *, struct faults *);
/*
 * The same, but the value of the key `without` in an entry of a section (a map in a list in the
 * file's map) is passed over: it is an empty list, and only what makes it no YAML at all is a fault.
 */
struct ynode *yaml_parse_without(struct arena *, const struct yfile *, const char *without, struct faults *);
/*
 * A file that another program reads: anchors, aliases and merge keys are resolved, tags ignored, and of a key that
 * comes twice the last one counts. NULL: *e says where and why.
 */
struct ynode *yaml_parse_foreign(struct arena *, const struct yfile *, struct err *);
/* The node and all below it, in another arena; texts are shared. NULL of NULL. */
struct ynode *yaml_copy(struct arena *, const struct ynode *);
/* Value of a key, or NULL. */
struct ynode *yaml_get(const struct ynode *map, const char *key);
/*
 * Where byte `offset` of a scalar is in its file, exactly, for literal and plain scalars.
 * Method: walk file and value in step and count the characters that are not blank.
 */
struct loc yaml_loc_at(const struct ynode *scalar, size_t offset);

#endif
