/*
 * Parses the strict subset of YAML that rule files use into a tree in which every node has its file, line and
 * column. It does not interpret scalars; the readers in ruleset/ and sources/host/ do.
 */
#include "base/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h> /* of libyaml; base/yaml.h is found by -iquote only */

#include "base/text.h"

#define MAX_BYTES ((size_t)1024 * 1024)
#define MAX_DEPTH 16   /* lists and maps inside each other */
#define MAX_FAULTS 100 /* of one file: enough to see what is wrong with it */
#define SHOWN 64       /* bytes of a key in a message, NUL included */
#define ENTRY_DEPTH 3  /* the file's map, a section's list, an entry's map */

/*
 * Refused everywhere. libyaml takes the separators for line breaks and editors do not, so
 * that every later position would be wrong; direction marks let a rule read other than it runs.
 */
static const struct refused {
	const char *bytes;
	unsigned char last; /* up to this in place of the last byte */
	const char *name;
} refused[] = {
    {"\xC2\x85", 0x85, "U+0085 (next line)"},
    {"\xD8\x9C", 0x9C, "a direction mark (U+061C)"},
    {"\xE2\x80\x8E", 0x8F, "a direction mark (U+200E, U+200F)"},
    {"\xE2\x80\xA8", 0xA9, "a separator (U+2028, U+2029)"},
    {"\xE2\x80\xAA", 0xAE, "a direction mark (U+202A to U+202E)"},
    {"\xE2\x81\xA6", 0xA9, "a direction mark (U+2066 to U+2069)"},
    {"\xEF\xBB\xBF", 0xBF, "a byte order mark"},
};

/* libyaml's messages in words for an author of rules. */
static const struct hint {
	const char *problem, *hint;
} hints[] = {
    {"mapping values are not allowed in this context",
	" (put a text with \": \" in it in quotes, or look at the indentation)"},
    {"found character that cannot start any token", " (put a text that begins with @, ` or % in quotes)"},
    {"did not find expected key", " (look at the indentation, and for quotes inside a text)"},
    {"did not find expected <document start>", " (a file has one document)"},
};

struct nodes {
	struct ynode **items;
	size_t n, cap;
};

struct frame { /* a list or map whose end was not read yet */
	struct ynode *node;
	struct nodes items, keys;
};

struct place {
	size_t byte; /* from the start of the file */
	struct loc at;
};

struct yaml_reader {
	struct arena *arena;
	const struct yfile *file;
	struct faults *faults;
	size_t faults_before; /* of other files */
	struct frame open[MAX_DEPTH];
	size_t depth;
	struct ynode *root;
	struct place newest; /* the last mark, or behind the properties there */
	const char *without; /* key of entries whose value is passed over, or NULL */
	bool pass;           /* the last event was a key whose value is passed over */
	size_t passing;      /* lists and maps that are open inside its value */
	bool stop;
};

PRINTF(3, 4) static void fault(struct yaml_reader *r, struct loc at, const char *fmt, ...)
{
	char msg[sizeof r->faults->items->msg];
	va_list ap;

	if (r->faults->n - r->faults_before == MAX_FAULTS) {
		faults_add(r->faults, (struct loc){r->file->path, 0, 0},
		    "more than %d faults: the rest of the file was not read", MAX_FAULTS);
		r->stop = true;
	}
	if (r->stop)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	faults_add(r->faults, at, "%s", msg);
}

static bool
is_inside_char(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

/* Goes on by one character. */
static void
step(const struct yfile *f, struct place *p)
{
	if (f->text[p->byte++] == '\n') {
		p->at.line++;
		p->at.col = 1;
		return;
	}
	while (p->byte < f->len && is_inside_char(f->text[p->byte]))
		p->byte++;
	p->at.col++;
}

/* Goes on to a line and column, or stays where it is if that lies behind. */
static void
step_to(const struct yfile *f, struct place *p, unsigned line, unsigned col)
{
	while (p->byte < f->len && (p->at.line < line || (p->at.line == line && p->at.col < col)))
		step(f, p);
}

static struct place
first_place(const struct yfile *f)
{
	return (struct place){0, {f->path, 1, 1}};
}

static char
byte_at(const struct yfile *f, size_t i)
{
	return i < f->len ? f->text[i] : '\0';
}

static const char *
refused_name(const struct yfile *f, size_t i)
{
	unsigned char c = (unsigned char)f->text[i];

	if (c == '\t')
		return "a tab: indent and separate with blanks";
	if (c == '\r' && byte_at(f, i + 1) != '\n')
		return "a carriage return that does not end a line";
	if (c == 0x7F || (c < 0x20 && c != '\n' && c != '\r'))
		return "a control character";
	for (size_t k = 0; c >= 0x80 && k < nitems(refused); k++) {
		const char *bytes = refused[k].bytes;
		size_t last = strlen(bytes) - 1;

		if (last < f->len - i && memcmp(f->text + i, bytes, last) == 0 &&
		    memcmp(f->text + i, bytes, last + 1) >= 0 && (unsigned char)f->text[i + last] <= refused[k].last)
			return refused[k].name;
	}
	return NULL;
}

/* The first refused character of each line is a fault. */
static void
check_characters(struct yaml_reader *r)
{
	struct place p = first_place(r->file);
	unsigned reported = 0;

	while (p.byte < r->file->len && !r->stop) {
		const char *name = p.at.line != reported ? refused_name(r->file, p.byte) : NULL;

		if (name != NULL) {
			fault(r, p.at, "not allowed here: %s", name);
			reported = p.at.line;
		}
		step(r->file, &p);
	}
}

/* Marks come in the order of the file. At its end libyaml counts a line that is not there. */
static struct loc
loc_of_mark(struct yaml_reader *r, yaml_mark_t m)
{
	step_to(r->file, &r->newest, (unsigned)m.line + 1, (unsigned)m.column + 1);
	return r->newest.at;
}

/*
 * A node begins at its properties, and so does a map whose first key has them. The file itself is
 * asked, because libyaml's events do not tell a node with the tag "!" from one without.
 */
static void
check_properties(struct yaml_reader *r)
{
	const struct yfile *f = r->file;
	struct place *p = &r->newest;
	char c;

	while ((c = byte_at(f, p->byte)) == '&' || c == '!') {
		fault(r, p->at,
		    c == '&' ? "anchors (&name) are not allowed"
			     : "tags (!name) are not allowed: the field decides what a value is");
		while (p->byte < f->len && strchr(" \r\n,[]{}", f->text[p->byte]) == NULL)
			step(f, p);
		while (byte_at(f, p->byte) == ' ')
			step(f, p);
	}
}

static void
check_key(struct yaml_reader *r, const struct ynode *key)
{
	if (key->kind != Y_SCALAR)
		fault(r, key->at, "a key must be one word or text, not a list or map");
	else if (key->style == YS_PLAIN && key->text != NULL && strcmp(key->text, "<<") == 0)
		fault(r, key->at, "merge keys (<<) are not allowed: write the entries out");
}

static bool
is_passed_over(const struct yaml_reader *r, const struct ynode *key)
{
	if (key->text == NULL)
		return false;
	return r->without != NULL && r->depth == ENTRY_DEPTH && strcmp(key->text, r->without) == 0;
}

/* Puts a node where it belongs: into the innermost open list or map, as its value or key. */
static void
attach(struct yaml_reader *r, struct ynode *node)
{
	struct frame *top = r->depth > 0 ? &r->open[r->depth - 1] : NULL;

	if (top == NULL) {
		r->root = node;
	} else if (top->node->kind == Y_MAP && top->keys.n == top->items.n) {
		check_key(r, node);
		ARENA_PUSH(r->arena, &top->keys, node);
		r->pass = is_passed_over(r, node);
	} else {
		ARENA_PUSH(r->arena, &top->items, node);
	}
}

static struct ynode *
node_bare(struct yaml_reader *r, enum ykind kind, yaml_mark_t start)
{
	struct ynode *node = arena_alloc(r->arena, sizeof *node);

	*node = (struct ynode){.kind = kind, .at = loc_of_mark(r, start), .file = r->file};
	return node;
}

static struct ynode *
node_new(struct yaml_reader *r, enum ykind kind, yaml_mark_t start)
{
	struct ynode *node = node_bare(r, kind, start);

	check_properties(r);
	return node;
}

static void
take_scalar(struct yaml_reader *r, const yaml_event_t *ev)
{
	static const enum ystyle styles[] = {
	    [YAML_PLAIN_SCALAR_STYLE] = YS_PLAIN,
	    [YAML_SINGLE_QUOTED_SCALAR_STYLE] = YS_QUOTED,
	    [YAML_DOUBLE_QUOTED_SCALAR_STYLE] = YS_QUOTED,
	    [YAML_LITERAL_SCALAR_STYLE] = YS_LITERAL,
	    [YAML_FOLDED_SCALAR_STYLE] = YS_FOLDED,
	};
	struct ynode *node = node_new(r, Y_SCALAR, ev->start_mark);
	const char *text = (const char *)ev->data.scalar.value;

	node->style = styles[ev->data.scalar.style];
	node->len = ev->data.scalar.length;
	node->text = arena_strndup(r->arena, text, node->len);
	if (memchr(text, '\0', node->len) != NULL)
		fault(r, node->at, "a text must not contain a NUL character (\\0)");
	attach(r, node);
}

/* An alias leaves a node without text, so that the reading goes on behind it. */
static void
take_alias(struct yaml_reader *r, const yaml_event_t *ev)
{
	struct ynode *node = node_new(r, Y_SCALAR, ev->start_mark);

	fault(r, node->at, "aliases (*name) are not allowed: write the value again");
	attach(r, node);
}

static void
take_start(struct yaml_reader *r, const yaml_event_t *ev)
{
	enum ykind kind = ev->type == YAML_MAPPING_START_EVENT ? Y_MAP : Y_LIST;
	struct ynode *node = node_new(r, kind, ev->start_mark);

	if (r->depth == MAX_DEPTH) {
		fault(r, node->at, "more than %d lists and maps inside each other", MAX_DEPTH);
		r->stop = true; /* libyaml takes quadratic time over deep nesting */
		return;
	}
	attach(r, node);
	r->open[r->depth++] = (struct frame){.node = node};
}

static int
by_key_text(const void *pa, const void *pb)
{
	const struct ynode *a = *(struct ynode *const *)pa, *b = *(struct ynode *const *)pb;
	int c = strcmp(a->text, b->text);

	if (c == 0)
		c = (a->at.line > b->at.line) - (a->at.line < b->at.line);
	return c != 0 ? c : (a->at.col > b->at.col) - (a->at.col < b->at.col);
}

static void
check_duplicates(struct yaml_reader *r, const struct nodes *keys)
{
	CLEANUP(free_ptr) struct ynode **sorted = xcalloc(keys->n, sizeof *sorted);
	char shown[SHOWN];
	size_t n = 0;

	for (size_t i = 0; i < keys->n; i++)
		if (keys->items[i]->text != NULL)
			sorted[n++] = keys->items[i];
	qsort(sorted, n, sizeof *sorted, by_key_text);
	for (size_t i = 1; i < n; i++) {
		const struct ynode *was = sorted[i - 1], *is = sorted[i];

		if (strcmp(is->text, was->text) != 0)
			continue;
		text_clean_into(shown, sizeof shown, is->text);
		fault(r, is->at, "duplicate key \"%s\", first used in line %u", shown, was->at.line);
	}
}

static void
take_end(struct yaml_reader *r, const yaml_event_t *ev)
{
	struct frame *top = &r->open[--r->depth];

	(void)ev;
	check_duplicates(r, &top->keys);
	top->node->items = top->items.items;
	top->node->keys = top->keys.items;
	top->node->n = top->items.n;
}

static void
take_document(struct yaml_reader *r, const yaml_event_t *ev)
{
	if (r->root == NULL)
		return;
	fault(r, loc_of_mark(r, ev->start_mark), "a second document: a file has one");
	r->stop = true;
}

/* Whether the event belongs to a value that is passed over. Its place holds an empty list. */
static bool
pass_over(struct yaml_reader *r, const yaml_event_t *ev)
{
	bool start = ev->type == YAML_SEQUENCE_START_EVENT || ev->type == YAML_MAPPING_START_EVENT;
	bool end = ev->type == YAML_SEQUENCE_END_EVENT || ev->type == YAML_MAPPING_END_EVENT;

	if (!r->pass && r->passing == 0)
		return false;
	if (r->pass)
		attach(r, node_bare(r, Y_LIST, ev->start_mark));
	r->pass = false;
	r->passing += start ? 1 : 0;
	r->passing -= end ? 1 : 0;
	if (r->depth + r->passing > MAX_DEPTH) {
		fault(r, loc_of_mark(r, ev->start_mark), "more than %d lists and maps inside each other", MAX_DEPTH);
		r->stop = true;
	}
	return true;
}

/* By type of event; the others say nothing that is kept. */
static void (*const take[])(struct yaml_reader *, const yaml_event_t *) = {
    [YAML_DOCUMENT_START_EVENT] = take_document,
    [YAML_ALIAS_EVENT] = take_alias,
    [YAML_SCALAR_EVENT] = take_scalar,
    [YAML_SEQUENCE_START_EVENT] = take_start,
    [YAML_SEQUENCE_END_EVENT] = take_end,
    [YAML_MAPPING_START_EVENT] = take_start,
    [YAML_MAPPING_END_EVENT] = take_end,
};

/* Nothing behind such a fault can be read. */
static void
syntax_fault(struct yaml_reader *r, const yaml_parser_t *p)
{
	const char *problem = p->problem != NULL ? p->problem : "out of memory", *hint = "";
	struct place place = first_place(r->file);
	char context[128] = "";

	if (p->error == YAML_READER_ERROR) {
		while (place.byte < p->problem_offset && place.byte < r->file->len)
			step(r->file, &place);
		fault(r, place.at, "a file must be UTF-8 text: %s", problem);
		return;
	}
	for (size_t i = 0; i < nitems(hints); i++)
		if (strcmp(problem, hints[i].problem) == 0)
			hint = hints[i].hint;
	if (p->context != NULL)
		(void)snprintf(
		    context, sizeof context, " %s that begins in line %zu", p->context, p->context_mark.line + 1);
	fault(r, loc_of_mark(r, p->problem_mark), "not YAML: %s%s%s", problem, context, hint);
}

static void
read_events(struct yaml_reader *r)
{
	CLEANUP(yaml_parser_delete) yaml_parser_t parser;
	const void *text = r->file->len > 0 ? r->file->text : "";
	yaml_event_t ev;

	if (yaml_parser_initialize(&parser) == 0) {
		fault(r, (struct loc){r->file->path, 0, 0}, "out of memory");
		return;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, text, r->file->len);
	for (bool end = false; !end && !r->stop;) {
		if (yaml_parser_parse(&parser, &ev) == 0) {
			syntax_fault(r, &parser);
			return;
		}
		end = ev.type == YAML_STREAM_END_EVENT;
		if (!pass_over(r, &ev) && ev.type < nitems(take) && take[ev.type] != NULL)
			take[ev.type](r, &ev);
		yaml_event_delete(&ev);
	}
}

static struct ynode *
parse_file(struct arena *a, const struct yfile *file, const char *without, struct faults *faults)
{
	struct yaml_reader r = {.arena = a,
	    .file = file,
	    .faults = faults,
	    .faults_before = faults->n,
	    .newest = first_place(file),
	    .without = without};

	if (file->len > MAX_BYTES)
		fault(&r, (struct loc){file->path, 0, 0}, "more than %zu bytes", MAX_BYTES);
	else
		check_characters(&r);
	if (faults->n == r.faults_before)
		read_events(&r);
	if (faults->n == r.faults_before && r.root == NULL)
		fault(&r, first_place(file).at, "the file is empty");
	return faults->n == r.faults_before ? r.root : NULL;
}

struct ynode *
yaml_parse(struct arena *a, const struct yfile *file, struct faults *faults)
{
	return parse_file(a, file, NULL, faults);
}

struct ynode *
yaml_parse_without(struct arena *a, const struct yfile *file, const char *without, struct faults *faults)
{
	return parse_file(a, file, without, faults);
}

static struct ynode **
copy_list(struct arena *a, struct ynode *const *items, size_t n)
{
	struct ynode **copy = arena_alloc(a, n * sizeof *copy);

	for (size_t i = 0; i < n; i++)
		copy[i] = yaml_copy(a, items[i]);
	return copy;
}

struct ynode *
yaml_copy(struct arena *a, const struct ynode *node)
{
	struct ynode *copy = node != NULL ? arena_alloc(a, sizeof *copy) : NULL;

	if (copy == NULL)
		return NULL;
	*copy = *node;
	if (node->items != NULL)
		copy->items = copy_list(a, node->items, node->n);
	if (node->keys != NULL)
		copy->keys = copy_list(a, node->keys, node->n);
	return copy;
}

struct ynode *
yaml_get(const struct ynode *map, const char *key)
{
	for (size_t i = 0; map->kind == Y_MAP && i < map->n; i++)
		if (strcmp(map->keys[i]->text, key) == 0)
			return map->items[i];
	return NULL;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\r';
}

/*
 * The lines of a literal are the lines of the file behind the header, less the indentation: counted
 * from a line's end, the two agree. The end of a literal is that of its last line with text: the
 * line behind that may belong to somebody else.
 */
static struct loc
loc_in_literal(const struct ynode *s, size_t offset)
{
	const struct yfile *f = s->file;
	unsigned line = s->at.line + 1;
	struct place p = first_place(f);
	size_t target;

	if (offset == s->len) {
		while (offset > 0 && s->text[offset - 1] == '\n')
			offset--;
		if (offset == 0)
			return s->at;
	}
	for (size_t i = 0; i < offset; i++)
		line += s->text[i] == '\n' ? 1 : 0;
	step_to(f, &p, line, 1);
	for (target = p.byte; target < f->len && strchr("\r\n", f->text[target]) == NULL; target++)
		;
	for (target -= strcspn(s->text + offset, "\n"); p.byte < target;)
		step(f, &p);
	return p.at;
}

/*
 * A plain scalar loses the blanks around its line breaks, and a break becomes a blank or vanishes;
 * all that is not blank is as in the file. A folded break stands where the line ends.
 */
static struct loc
loc_in_plain(const struct ynode *s, size_t offset)
{
	const struct yfile *f = s->file;
	struct place p = first_place(f), next;
	size_t blanks = 0;

	step_to(f, &p, s->at.line, s->at.col);
	for (size_t i = 0; i < offset; i++) {
		blanks = is_blank(s->text[i]) ? blanks + 1 : 0;
		if (blanks > 0 || is_inside_char(s->text[i]))
			continue;
		while (is_blank(byte_at(f, p.byte)))
			step(f, &p);
		step(f, &p);
	}
	for (next = p; is_blank(byte_at(f, next.byte));)
		step(f, &next);
	if (offset < s->len && !is_blank(s->text[offset]))
		return next.at;
	while (next.at.line == p.at.line && blanks-- > 0)
		step(f, &p);
	return p.at;
}

struct loc
yaml_loc_at(const struct ynode *scalar, size_t offset)
{
	if (offset > scalar->len)
		offset = scalar->len;
	while (offset > 0 && offset < scalar->len && is_inside_char(scalar->text[offset]))
		offset--;
	if (scalar->kind == Y_SCALAR && scalar->style == YS_PLAIN)
		return loc_in_plain(scalar, offset);
	if (scalar->kind == Y_SCALAR && scalar->style == YS_LITERAL)
		return loc_in_literal(scalar, offset);
	return scalar->at;
}
