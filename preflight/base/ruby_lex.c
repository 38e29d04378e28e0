/*
 * Ruby's tokens, for settings and migrations. What decides between two meanings of a character is the token before it, as in
 * Ruby itself: after a value "/" divides, elsewhere it begins a regular expression.
 */
#include "base/ruby_lex.h"

#include <string.h>

#define HEREDOCS_MAX 8 /* that begin in one line */
#define INNER_MAX 20   /* interpolations inside each other */
#define LOCALS_MAX 200 /* local variables */
#define BARS_MAX 40    /* tokens between the bars of a block */

struct heredoc {
	const char *end;   /* the word that ends it */
	size_t len, token; /* token: its number */
	bool indented, raw;
};

struct lexer {
	struct arena *arena;
	const char *p, *end, *begin;
	unsigned line;
	bool space; /* before the next token */
	unsigned n_inner;
	struct heredoc waiting[HEREDOCS_MAX];
	size_t n_waiting;
	size_t locals[LOCALS_MAX]; /* numbers of tokens */
	size_t n_locals;
	struct ruby_tokens out;
};

bool
ruby_is(const struct ruby_token *t, const char *word)
{
	return (t->kind == RT_NAME || t->kind == RT_PUNCT || t->kind == RT_CONST) && strlen(word) == t->len &&
	    memcmp(t->s, word, t->len) == 0;
}

static char
at(const struct lexer *x, size_t i)
{
	return (size_t)(x->end - x->p) > i ? x->p[i] : '\0';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
begins_name(char c)
{
	return (c >= 'a' && c <= 'z') || is_capital(c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool
is_in_name(char c)
{
	return begins_name(c) || is_digit(c);
}

static void
fault(struct lexer *x, const char *what, unsigned line)
{
	if (x->out.fault == NULL) {
		x->out.fault = what;
		x->out.fault_line = line;
	}
	x->p = x->end;
}

/* One byte that is in no comment. */
static void
step(struct lexer *x)
{
	if ((unsigned char)*x->p >= 0x80 && x->out.not_ascii == 0)
		x->out.not_ascii = x->line;
	x->line += *x->p++ == '\n';
}

static void
skip(struct lexer *x, size_t n)
{
	for (; n > 0 && x->p < x->end; n--)
		step(x);
}

static struct ruby_token *
push(struct lexer *x, enum ruby_kind kind, const char *s, size_t len, unsigned line)
{
	struct ruby_token t = {.kind = kind, .s = s, .len = len, .line = line, .exact = true, .space_before = x->space};

	ARENA_PUSH(x->arena, &x->out, t);
	x->space = false;
	return &x->out.items[x->out.n - 1];
}

static const struct ruby_token *
last(const struct lexer *x)
{
	return x->out.n > 0 ? &x->out.items[x->out.n - 1] : NULL;
}

/* Keywords after which an expression begins, though they are names. */
static bool
is_before_value(const struct ruby_token *t)
{
	static const char *const words[] = {"and", "case", "do", "else", "elsif", "ensure", "if", "in", "not", "or",
	    "rescue", "return", "then", "unless", "until", "when", "while", "yield", "begin"};

	for (size_t i = 0; i < nitems(words); i++)
		if (t->kind == RT_NAME && ruby_is(t, words[i]))
			return true;
	return false;
}

/* Whether the token before ends a value, so that an operator follows. A name may also be a method before its argument. */
static bool
is_after_value(const struct lexer *x)
{
	const struct ruby_token *t = last(x);

	if (t == NULL || t->kind == RT_NEWLINE || t->kind == RT_LABEL || is_before_value(t))
		return false;
	if (t->kind == RT_PUNCT)
		return ruby_is(t, ")") || ruby_is(t, "]") || ruby_is(t, "}");
	return true;
}

static bool
is_local(const struct lexer *x, const struct ruby_token *t)
{
	for (size_t i = 0; i < x->n_locals; i++) {
		const struct ruby_token *local = &x->out.items[x->locals[i]];

		if (local->len == t->len && memcmp(local->s, t->s, t->len) == 0)
			return true;
	}
	return false;
}

static void
add_local(struct lexer *x, size_t token)
{
	const struct ruby_token *t = &x->out.items[token];

	if (t->kind == RT_NAME && x->n_locals < LOCALS_MAX && !is_local(x, t))
		x->locals[x->n_locals++] = token;
}

/* "name =", "name +=", and the names between the bars of a block, at the operator that is the last token. */
static void
add_locals(struct lexer *x)
{
	size_t op = x->out.n - 1, i = op;
	const struct ruby_token *t = last(x);

	if (op > 0 && t->s[t->len - 1] == '=' && !ruby_is(t, "==") && !ruby_is(t, "!=") && !ruby_is(t, "==="))
		add_local(x, op - 1);
	if (!ruby_is(t, "|"))
		return;
	while (i > 0 && op - i < BARS_MAX && !ruby_is(&x->out.items[i - 1], "|"))
		i--;
	if (i < 2 || (!ruby_is(&x->out.items[i - 2], "{") && !ruby_is(&x->out.items[i - 2], "do")))
		return;
	for (; i < op; i++)
		add_local(x, i);
}

/*
 * "x /a/", "x %w(a)", "x <<EOS": a method before its argument; "x / a" and "x << a" are operators, and so are all of
 * them behind a local variable.
 */
static bool
begins_value(const struct lexer *x, size_t width)
{
	const struct ruby_token *t = last(x);
	char next = at(x, width);

	if (!is_after_value(x))
		return true;
	return t->kind == RT_NAME && !ruby_is(t, "def") && !is_local(x, t) && x->space && next != ' ' && next != '\t' &&
	    next != '=' && next != '\n';
}

/* ---- texts ---- */

static char
closing(char open)
{
	static const char pairs[] = "()[]{}<>";
	const char *pair = open != '\0' ? strchr(pairs, open) : NULL;

	return pair != NULL && (pair - pairs) % 2 == 0 ? pair[1] : open;
}

static void skip_inner(struct lexer *x);

struct quoted {
	char open, close;
	bool expands; /* escapes and interpolation */
};

/* Behind the opening quote, to behind the closing one. *exact: the text has neither escape nor interpolation. */
static void
skip_quoted(struct lexer *x, struct quoted q, bool *exact)
{
	unsigned from = x->line, depth = 0;

	while (x->p < x->end) {
		char c = *x->p;

		if (c == '\\') {
			*exact = false;
			skip(x, 2);
		} else if (q.expands && c == '#' && at(x, 1) == '{') {
			*exact = false;
			skip_inner(x);
		} else if (c == q.close && depth == 0) {
			step(x);
			return;
		} else {
			depth += c == q.open && q.open != q.close;
			depth -= c == q.close;
			step(x);
		}
	}
	fault(x, "a text has no end", from);
}

/* "#{...}" to behind its brace; texts in it may hold braces. */
static void
skip_inner(struct lexer *x)
{
	unsigned line = x->line, depth = 1;
	const char *from = x->p + 2;
	bool ignored;

	skip(x, 2);
	if (++x->n_inner > INNER_MAX)
		fault(x, "too deep", line);
	while (x->p < x->end && depth > 0) {
		char c = *x->p;

		depth += c == '{';
		depth -= c == '}';
		step(x);
		if (c == '\'' || c == '"' || c == '`')
			skip_quoted(x, (struct quoted){c, c, c != '\''}, &ignored);
	}
	x->n_inner--;
	if (depth > 0)
		fault(x, "a text has no end", line);
	else
		ARENA_PUSH(x->arena, &x->out.inner, ((struct ruby_inner){from, (size_t)(x->p - 1 - from), line}));
}

/* `lead` bytes stand before the opening quote. */
static struct ruby_token *
take_quoted(struct lexer *x, enum ruby_kind kind, size_t lead, bool expands)
{
	unsigned line = x->line;
	bool exact = true;
	struct ruby_token *t;
	const char *from;
	char open;

	skip(x, lead);
	open = *x->p;
	step(x);
	from = x->p;
	skip_quoted(x, (struct quoted){open, closing(open), expands}, &exact);
	t = push(x, kind, from, x->p > from ? (size_t)(x->p - from - 1) : 0, line);
	t->exact = exact;
	return t;
}

static bool
take_string(struct lexer *x)
{
	char c = *x->p;
	struct ruby_token *t;

	if (c != '\'' && c != '"' && c != '`')
		return false;
	t = take_quoted(x, c == '`' ? RT_OTHER : RT_STRING, 0, c != '\'');
	if (t->kind == RT_STRING && at(x, 0) == ':' && at(x, 1) != ':') {
		t->kind = RT_LABEL;
		step(x);
	}
	return true;
}

/* %w(...), %q(...), %(...) and the like. */
static bool
take_percent(struct lexer *x)
{
	char c = at(x, 1), open;
	bool letter = c != '\0' && strchr("wWiIqQrxs", c) != NULL;
	enum ruby_kind kind = RT_STRING;
	size_t lead = letter ? 2 : 1;

	if (*x->p != '%' || !begins_value(x, 1))
		return false;
	open = at(x, lead);
	if (open == '\0' || is_in_name(open) || open == ' ' || open == '\n' || open == '=')
		return false;
	if (letter && strchr("wWiI", c) != NULL)
		kind = RT_WORDS;
	else if (letter && strchr("rx", c) != NULL)
		kind = RT_OTHER;
	else if (c == 's')
		kind = RT_SYMBOL;
	(void)take_quoted(x, kind, lead, strchr("wiqs", c) == NULL || !letter);
	return true;
}

static bool
take_regexp(struct lexer *x)
{
	if (*x->p != '/' || !begins_value(x, 1))
		return false;
	(void)take_quoted(x, RT_OTHER, 0, true);
	while (x->p < x->end && *x->p != '\0' && strchr("imxounse", *x->p) != NULL)
		step(x);
	return true;
}

/* ?x, the text of one character. */
static bool
take_character(struct lexer *x)
{
	if (*x->p != '?' || is_after_value(x) || at(x, 1) <= ' ' || is_in_name(at(x, 2)))
		return false;
	push(x, RT_STRING, x->p + 1, 1, x->line)->exact = false;
	skip(x, at(x, 1) == '\\' ? 3 : 2);
	return true;
}

/* :+, :[]=, :/ */
static bool
take_operator_symbol(struct lexer *x)
{
	static const char *const names[] = {"[]=", "[]", "===", "<=>", "==", "=~", "!~", "**", "<<", ">>",
	    "<=", ">=", "!=", "+", "-", "*", "/", "%", "<", ">", "!", "`", "&", "|", "^", "~"};

	if (is_after_value(x) && !x->space)
		return false;
	for (size_t i = 0; i < nitems(names); i++) {
		size_t n = strlen(names[i]);

		if ((size_t)(x->end - x->p) > n && memcmp(x->p + 1, names[i], n) == 0) {
			(void)push(x, RT_SYMBOL, x->p + 1, n, x->line);
			skip(x, n + 1);
			return true;
		}
	}
	return false;
}

static bool
take_symbol(struct lexer *x)
{
	size_t n = 1;

	if (*x->p != ':' || at(x, 1) == ':')
		return false;
	if (at(x, 1) == '"' || at(x, 1) == '\'') {
		(void)take_quoted(x, RT_SYMBOL, 1, at(x, 1) == '"');
		return true;
	}
	if (!begins_name(at(x, 1)))
		return take_operator_symbol(x);
	while (is_in_name(at(x, n)))
		n++;
	(void)push(x, RT_SYMBOL, x->p + 1, n - 1, x->line);
	skip(x, n);
	return true;
}

/* <<EOS, <<-EOS, <<~'EOS': its text begins in the next line. */
static bool
take_heredoc(struct lexer *x)
{
	struct heredoc h = {0};
	size_t i = 2;
	char quote;

	if (*x->p != '<' || at(x, 1) != '<' || !begins_value(x, 2))
		return false;
	h.indented = at(x, i) == '-' || at(x, i) == '~';
	i += h.indented;
	quote = at(x, i) == '\'' || at(x, i) == '"' || at(x, i) == '`' ? at(x, i) : '\0';
	i += quote != '\0';
	h.raw = quote == '\'';
	h.end = x->p + i;
	while (quote != '\0' ? at(x, i + h.len) != '\0' && at(x, i + h.len) != quote && at(x, i + h.len) != '\n'
			     : is_in_name(at(x, i + h.len)))
		h.len++;
	if (h.len == 0 || is_digit(*h.end) || (quote != '\0' && at(x, i + h.len) != quote))
		return false;
	h.token = x->out.n;
	if (x->n_waiting == HEREDOCS_MAX)
		fault(x, "too many heredocs in one line", x->line);
	else
		x->waiting[x->n_waiting++] = h;
	(void)push(x, RT_OTHER, h.end, h.len, x->line);
	skip(x, i + h.len + (quote != '\0'));
	return true;
}

static bool
ends_heredoc(const struct heredoc *h, const char *line, size_t n)
{
	size_t lead = 0;

	n -= n > 0 && line[n - 1] == '\r';
	while (h->indented && lead < n && (line[lead] == ' ' || line[lead] == '\t'))
		lead++;
	return n - lead == h->len && memcmp(line + lead, h->end, h->len) == 0;
}

/* The lines of a heredoc; the code in it counts as that of any text. */
static void
skip_heredoc(struct lexer *x, const struct heredoc *h)
{
	struct ruby_token *t = &x->out.items[h->token];
	unsigned from = x->line;

	t->body = x->p;
	while (x->p < x->end) {
		const char *stop = memchr(x->p, '\n', (size_t)(x->end - x->p));
		size_t n = (size_t)((stop != NULL ? stop : x->end) - x->p);
		bool last_line = ends_heredoc(h, x->p, n);

		t->body_len = (size_t)(x->p - t->body);
		for (const char *to = x->p + n; x->p < to;) {
			if (!h->raw && !last_line && *x->p == '\\')
				skip(x, 2);
			else if (!h->raw && !last_line && *x->p == '#' && at(x, 1) == '{')
				skip_inner(x);
			else
				step(x);
		}
		if (last_line)
			return;
		if (x->p < x->end && *x->p == '\n')
			step(x);
	}
	fault(x, "a heredoc has no end", from > 1 ? from - 1 : from);
}

/* ---- lines ---- */

static bool
begins_line(const struct lexer *x, const char *word)
{
	size_t n = strlen(word);

	return (x->p == x->begin || x->p[-1] == '\n') && (size_t)(x->end - x->p) >= n && memcmp(x->p, word, n) == 0;
}

static void
skip_line(struct lexer *x)
{
	while (x->p < x->end && *x->p != '\n')
		x->p++;
}

static void
skip_lines_to(struct lexer *x, const char *word)
{
	unsigned from = x->line;

	while (x->p < x->end && !begins_line(x, word)) {
		skip_line(x);
		if (x->p < x->end) {
			x->p++;
			x->line++;
		}
	}
	if (x->p == x->end)
		fault(x, "=begin without =end", from);
	skip_line(x);
}

/* A line that begins with a dot goes on with the statement before. */
static bool
goes_on(const struct lexer *x)
{
	const char *p = x->p;

	while (p < x->end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n' || *p == '#'))
		if (*p++ == '#')
			while (p < x->end && *p != '\n')
				p++;
	return x->end - p > 1 && ((p[0] == '.' && p[1] != '.') || (p[0] == '&' && p[1] == '.'));
}

static void
take_newline(struct lexer *x)
{
	unsigned line = x->line;
	const char *from = x->p;

	step(x);
	for (size_t i = 0; i < x->n_waiting; i++) {
		skip_heredoc(x, &x->waiting[i]);
		if (x->p < x->end && *x->p == '\n')
			step(x);
	}
	x->n_waiting = 0;
	if (!goes_on(x))
		(void)push(x, RT_NEWLINE, from, 1, line);
}

/* Blanks, comments, line breaks, the end. False: a token begins here. */
static bool
take_blank(struct lexer *x)
{
	if (begins_line(x, "=begin"))
		skip_lines_to(x, "=end");
	else if (begins_line(x, "__END__") && (at(x, 7) == '\0' || at(x, 7) == '\n' || at(x, 7) == '\r'))
		x->p = x->end;
	else if (*x->p == '#')
		skip_line(x);
	else if (*x->p == '\n')
		take_newline(x);
	else if (*x->p == '\\' && (at(x, 1) == '\n' || (at(x, 1) == '\r' && at(x, 2) == '\n')))
		skip(x, at(x, 1) == '\n' ? 2 : 3);
	else if (*x->p == ' ' || *x->p == '\t' || *x->p == '\r' || *x->p == '\f' || *x->p == '\v')
		step(x);
	else
		return false;
	x->space = true;
	return true;
}

/* ---- words ---- */

static bool
follows_dot(const struct lexer *x)
{
	const struct ruby_token *t = last(x);

	return t != NULL && (ruby_is(t, ".") || ruby_is(t, "&."));
}

static bool
take_name(struct lexer *x)
{
	enum ruby_kind kind = is_capital(*x->p) ? RT_CONST : RT_NAME;
	const char *from = x->p;
	size_t n = 0;

	if (!begins_name(*x->p))
		return false;
	while (is_in_name(at(x, n)))
		n++;
	if ((at(x, n) == '!' || at(x, n) == '?') && at(x, n + 1) != '=')
		n++;
	/* "a ? b : c" has a blank before its colon. */
	if (at(x, n) == ':' && at(x, n + 1) != ':' && !follows_dot(x))
		kind = RT_LABEL;
	(void)push(x, kind, from, n, x->line);
	skip(x, n + (kind == RT_LABEL));
	return true;
}

static bool
take_variable(struct lexer *x)
{
	size_t n = *x->p == '@' && at(x, 1) == '@' ? 2 : 1;
	const char *from = x->p;

	if (*x->p != '@' && *x->p != '$')
		return false;
	while (is_in_name(at(x, n)))
		n++;
	if (n == 1 && *x->p == '$' && at(x, 1) > ' ')
		n++; /* $', $", $! */
	(void)push(x, RT_VARIABLE, from, n, x->line);
	skip(x, n);
	return true;
}

static bool
take_number(struct lexer *x)
{
	const char *from = x->p;
	size_t n = 0;

	if (!is_digit(*x->p))
		return false;
	while (is_in_name(at(x, n)) || (at(x, n) == '.' && is_digit(at(x, n + 1))))
		n++;
	(void)push(x, RT_NUMBER, from, n, x->line);
	skip(x, n);
	return true;
}

static void
take_operator(struct lexer *x)
{
	static const char *const long_ones[] = {"**=", "<=>", "===", "...", "<<=", ">>=", "&&=", "||=", "&.", "**",
	    "==", "!=", ">=", "<=", "&&", "||", "=~", "!~", "=>", "->", "::", "..", "<<", ">>",
	    "+=", "-=", "*=", "/=", "%=", "|=", "&=", "^="};
	const char *from = x->p;
	size_t n = 1;

	for (size_t i = 0; i < nitems(long_ones) && n == 1; i++) {
		size_t k = strlen(long_ones[i]);

		if ((size_t)(x->end - x->p) >= k && memcmp(x->p, long_ones[i], k) == 0)
			n = k;
	}
	if (*x->p >= '\0' && *x->p < ' ') {
		fault(x, "a control character", x->line);
		return;
	}
	(void)push(x, *x->p == ';' ? RT_NEWLINE : RT_PUNCT, from, n, x->line);
	add_locals(x);
	skip(x, n);
}

struct ruby_tokens
ruby_lex(struct arena *a, const char *text, size_t len, unsigned line)
{
	struct lexer x = {.arena = a, .p = text, .begin = text, .end = text + len, .line = line};

	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		x.p += 3;
	while (x.p < x.end) {
		if (take_blank(&x) || take_heredoc(&x) || take_string(&x) || take_percent(&x) || take_regexp(&x) ||
		    take_character(&x) || take_symbol(&x) || take_name(&x) || take_variable(&x) || take_number(&x))
			continue;
		take_operator(&x);
	}
	if (x.n_waiting > 0)
		fault(&x, "a heredoc has no end", x.line);
	(void)push(&x, RT_END, text + len, 0, x.line);
	return x.out;
}
