#include "base/yaml.h" /* before cmocka.h, which has a macro fail() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TEXTS 600 /* of each style */
#define MARKER "MARKER"

struct reading {
	struct arena *arena;
	struct faults faults;
	struct yfile file;
	const struct ynode *root;
};

static void
read_text(struct reading *r, const char *text)
{
	char line[700];

	*r = (struct reading){.arena = arena_new(), .file = {"f.yml", text, strlen(text)}};
	r->root = yaml_parse(r->arena, &r->file, &r->faults);
	if (r->root != NULL)
		return;
	err_text(&r->faults.items[0], line, sizeof line);
	fail_msg("expected no fault in:\n%s\n%s", text, line);
}

static void
end_reading(struct reading *r)
{
	arena_free(r->arena);
	faults_free(&r->faults);
}

/* Line and column of a byte, counted as an editor shows them. */
static struct loc
count_to(const char *text, const char *to)
{
	struct loc at = {"f.yml", 1, 1};

	for (; text < to; text++) {
		if (*text == '\n')
			at = (struct loc){"f.yml", at.line + 1, 1};
		else if (((unsigned char)text[1] & 0xC0) != 0x80)
			at.col++;
	}
	return at;
}

static const char *
byte_of(const char *text, struct loc at)
{
	for (const char *p = text;; p++) {
		struct loc here = count_to(text, p);

		if (here.line == at.line && here.col == at.col)
			return p;
		if (*p == '\0')
			fail_msg("%u:%u is not in:\n%s", at.line, at.col, text);
	}
}

static void
expect_place(const struct ynode *s, size_t offset, unsigned line, unsigned col)
{
	struct loc at = yaml_loc_at(s, offset);

	assert_string_equal(at.file, "f.yml");
	if (at.line != line || at.col != col)
		fail_msg("byte %zu of \"%s\": expected %u:%u, got %u:%u in:\n%s", offset, s->text, line, col, at.line,
		    at.col, s->file->text);
}

static void
finds_bytes_of_a_literal(void **state)
{
	struct reading r;
	const struct ynode *s;

	(void)state;
	read_text(&r,
	    "rules:\n"
	    "  - sql: |  # why\n"
	    "\n"
	    "        SELECT \xC3\xBC, x \n"
	    "          FROM y\n"
	    "   \n"
	    "         z\n"
	    "\n"
	    "    next: 1\n");
	s = yaml_get(yaml_get(r.root, "rules")->items[0], "sql");
	assert_string_equal(s->text, "\nSELECT \xC3\xBC, x \n  FROM y\n\n z\n");
	expect_place(s, 0, 3, 1);   /* the empty first line's break */
	expect_place(s, 1, 4, 9);   /* S */
	expect_place(s, 7, 4, 15);  /* the blank before the umlaut */
	expect_place(s, 8, 4, 16);  /* the umlaut */
	expect_place(s, 9, 4, 16);  /* its second byte */
	expect_place(s, 10, 4, 17); /* , */
	expect_place(s, 12, 4, 19); /* x */
	expect_place(s, 14, 4, 21); /* line break */
	expect_place(s, 15, 5, 9);  /* blank behind the indentation */
	expect_place(s, 17, 5, 11); /* F */
	expect_place(s, 24, 6, 4);  /* the break of a line of blanks */
	expect_place(s, 26, 7, 10); /* z */
	expect_place(s, s->len, 7, 11);
	expect_place(s, s->len + 100, 7, 11);
	end_reading(&r);
}

static void
finds_bytes_of_other_literals(void **state)
{
	struct reading r;

	(void)state;
	read_text(&r, "a: |2-\r\n    b\r\n  \xE2\x82\xAC c\r\nd: |+\r\n e\r\n\r\nf: |\r\n  g");
	assert_string_equal(yaml_get(r.root, "a")->text, "  b\n\xE2\x82\xAC c");
	expect_place(yaml_get(r.root, "a"), 0, 2, 3);
	expect_place(yaml_get(r.root, "a"), 2, 2, 5);
	expect_place(yaml_get(r.root, "a"), 3, 2, 6);
	expect_place(yaml_get(r.root, "a"), 4, 3, 3);
	expect_place(yaml_get(r.root, "a"), 8, 3, 5);
	expect_place(yaml_get(r.root, "a"), 9, 3, 6);
	assert_string_equal(yaml_get(r.root, "d")->text, "e\n\n");
	expect_place(yaml_get(r.root, "d"), 1, 5, 3);
	expect_place(yaml_get(r.root, "d"), 2, 6, 1);
	expect_place(yaml_get(r.root, "d"), 3, 5, 3);
	expect_place(yaml_get(r.root, "f"), 0, 8, 3);
	expect_place(yaml_get(r.root, "f"), 1, 8, 4);
	end_reading(&r);
	read_text(&r, "a: |\nb: |+\n\n");
	expect_place(yaml_get(r.root, "a"), 0, 1, 4); /* nothing in it: its header */
	expect_place(yaml_get(r.root, "b"), 0, 3, 1);
	expect_place(yaml_get(r.root, "b"), 1, 2, 4);
	end_reading(&r);
}

static void
finds_bytes_of_a_plain_scalar(void **state)
{
	struct reading r;
	const struct ynode *s;

	(void)state;
	read_text(&r,
	    "\xC3\xBC: a \xC3\xBC  b\nlong: one  two \n\n\n  three\n  four\nempty:\n"
	    "flow: [x, y\n  z]\n");
	s = r.root->items[0];
	expect_place(s, 0, 1, 4);
	expect_place(s, 1, 1, 5);
	expect_place(s, 2, 1, 6);
	expect_place(s, 4, 1, 7);
	expect_place(s, 5, 1, 8);
	expect_place(s, 6, 1, 9);
	expect_place(s, 7, 1, 10);
	s = yaml_get(r.root, "long");
	assert_string_equal(s->text, "one  two\n\nthree four");
	expect_place(s, 5, 2, 12); /* t of two */
	expect_place(s, 8, 2, 15); /* the break */
	expect_place(s, 10, 5, 3); /* t of three */
	expect_place(s, 15, 5, 8); /* the folded break */
	expect_place(s, 16, 6, 3); /* f */
	expect_place(s, s->len, 6, 7);
	expect_place(yaml_get(r.root, "empty"), 0, 7, 7);
	expect_place(yaml_get(r.root, "flow")->items[1], 2, 9, 3);
	end_reading(&r);
}

static void
gives_other_styles_and_nodes_their_own_place(void **state)
{
	struct reading r;

	(void)state;
	read_text(&r, "a: >\n  b\n  c\nd: \"e f\"\ng: ' h'\ni: [1]\n");
	expect_place(yaml_get(r.root, "a"), 2, 1, 4);
	expect_place(yaml_get(r.root, "d"), 2, 4, 4);
	expect_place(yaml_get(r.root, "g"), 1, 5, 4);
	expect_place(yaml_get(r.root, "i"), 0, 6, 4);
	expect_place(r.root, 0, 1, 1);
	end_reading(&r);
}

struct maker {
	struct buf out;
	uint32_t seed;
	const char *eol;
	int marker_in; /* words until the marker is written */
};

static unsigned
any(struct maker *m, unsigned from, unsigned to)
{
	m->seed ^= m->seed << 13;
	m->seed ^= m->seed >> 17;
	m->seed ^= m->seed << 5;
	return from + m->seed % (to - from + 1);
}

static void
add_blanks(struct maker *m, unsigned n)
{
	while (n-- > 0)
		buf_addc(&m->out, ' ');
}

static void
add_word(struct maker *m)
{
	static const char *const words[] = {
	    "SELECT",
	    "a",
	    "s.id",
	    "gr\xC3\xB6\xC3\x9F"
	    "e",
	    "\xE6\x97\xA5\xE6\x9C\xAC",
	    "<>",
	    "x'y'",
	    "(1)",
	    "a:b",
	    "c#d",
	    "\xF0\x9F\xA6\x8A",
	    "MARK",
	    "M\xC3\x84RKER",
	};

	buf_add(&m->out, m->marker_in-- == 0 ? MARKER : words[any(m, 0, nitems(words) - 1)]);
}

static void
add_line(struct maker *m, unsigned indent, unsigned widest_gap)
{
	add_blanks(m, indent);
	for (unsigned n = any(m, 1, 5); n > 0; n--) {
		add_word(m);
		add_blanks(m, n > 1 ? any(m, 1, widest_gap) : 0);
	}
}

/* Several lines: of a literal they may be indented further and end in blanks. */
static void
add_lines(struct maker *m, unsigned indent, bool literal, bool explicit)
{
	for (unsigned i = 0, lines = any(m, 2, 6); i < lines; i++) {
		unsigned further = literal && (explicit || i > 0) ? any(m, 0, 4) : 0;

		add_line(m, i > 0 || literal ? indent + further : 0, 3);
		add_blanks(m, any(m, 0, 2));
		buf_add(&m->out, m->eol);
		while (i + 1 < lines && any(m, 0, 3) == 0) {
			add_blanks(m, any(m, 0, indent));
			buf_add(&m->out, m->eol);
		}
	}
}

static void
add_scalar(struct maker *m, const char *style, unsigned parent)
{
	unsigned indent = any(m, 1, 6);

	if (strcmp(style, "plain") == 0) {
		add_line(m, 0, 2);
		buf_add(&m->out, m->eol);
	} else if (strcmp(style, "plain lines") == 0) {
		add_lines(m, parent + indent, false, false);
	} else if (style[0] == '"') {
		buf_addc(&m->out, '"');
		add_line(m, 0, 2);
		buf_printf(&m->out, "\"%s", m->eol);
	} else {
		bool numbered = strcmp(style, "|N") == 0;

		if (numbered)
			buf_printf(&m->out, "|%u%s", indent, any(m, 0, 1) == 0 ? "" : "-");
		else
			buf_add(&m->out, style);
		buf_printf(&m->out, "%s%s", any(m, 0, 2) == 0 ? "   # a comment" : "", m->eol);
		for (unsigned empty = any(m, 0, 3) / 2; empty > 0; empty--)
			buf_add(&m->out, m->eol);
		add_lines(m, parent + indent, true, numbered);
	}
}

static void
make_text(struct maker *m, const char *style)
{
	unsigned list = any(m, 0, 4);

	buf_reset(&m->out);
	m->eol = any(m, 0, 1) == 0 ? "\n" : "\r\n";
	for (unsigned n = any(m, 0, 3); n > 0; n--)
		buf_printf(&m->out, "%s%s", any(m, 0, 1) == 0 ? "# \xC3\xBC" : "", m->eol);
	buf_printf(&m->out, "rules:%s", m->eol);
	add_blanks(m, list);
	buf_printf(&m->out, "- id: a%s", m->eol);
	add_blanks(m, list + 2);
	buf_add(&m->out, any(m, 0, 1) == 0 ? "sql: " : "s\xC3\xB6l: ");
	m->marker_in = (int)any(m, 0, 5);
	do {
		size_t before = m->out.len;

		add_scalar(m, style, list + 2);
		if (m->marker_in < 0)
			break;
		m->marker_in = (int)any(m, 0, 1); /* the text was too short: again */
		m->out.len = before;
	} while (true);
	add_blanks(m, list + 2);
	buf_printf(&m->out, "next: b%s", m->eol);
}

/* Every byte of a literal, and every byte of a plain scalar that is not blank. */
static void
expect_all_bytes(const struct ynode *s)
{
	for (size_t i = 0; i < s->len; i++) {
		char c = s->text[i];
		const char *p;

		if (((unsigned char)c & 0xC0) == 0x80 || (s->style == YS_PLAIN && (c == ' ' || c == '\n')))
			continue;
		p = byte_of(s->file->text, yaml_loc_at(s, i));
		if (*p != c && !(c == '\n' && *p == '\r'))
			fail_msg("byte %zu ('%c') of \"%s\" is '%c' in:\n%s", i, c, s->text, *p, s->file->text);
	}
}

static void
check_style(const char *style)
{
	struct maker m = {.seed = 20260722};

	buf_init(&m.out, 65536);
	for (int i = 0; i < TEXTS; i++) {
		struct reading r;
		const struct ynode *s;
		struct loc at;
		const char *found;

		make_text(&m, style);
		read_text(&r, m.out.p);
		s = yaml_get(r.root, "rules")->items[0]->items[1];
		found = strstr(s->text, MARKER);
		if (found == NULL)
			fail_msg("the value \"%s\" lost its marker:\n%s", s->text, m.out.p);
		at = style[0] == '"' || style[0] == '>' ? s->at : count_to(m.out.p, strstr(m.out.p, MARKER));
		expect_place(s, (size_t)(found - s->text), at.line, at.col);
		if (s->style == YS_LITERAL || s->style == YS_PLAIN)
			expect_all_bytes(s);
		end_reading(&r);
	}
	buf_free(&m.out);
}

static void
finds_a_marker_in_generated_texts(void **state)
{
	static const char *const styles[] = {
	    "|",
	    "|-",
	    "|+",
	    "|N",
	    "plain",
	    "plain lines",
	    ">",
	    ">-",
	    "\"",
	};

	(void)state;
	for (size_t i = 0; i < nitems(styles); i++)
		check_style(styles[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_bytes_of_a_literal),
	    cmocka_unit_test(finds_bytes_of_other_literals),
	    cmocka_unit_test(finds_bytes_of_a_plain_scalar),
	    cmocka_unit_test(gives_other_styles_and_nodes_their_own_place),
	    cmocka_unit_test(finds_a_marker_in_generated_texts),
	};

	return cmocka_run_group_tests_name("yaml positions", tests, NULL, NULL);
}
