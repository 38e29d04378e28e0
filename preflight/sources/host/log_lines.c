/*
 * Lines of logs as GitLab wrote them, before other programs passed them on. Called only for the few lines around a
 * word that the rules look for; finds and explains nothing.
 */
#include "sources/host/log_lines.h"

#include <string.h>

#include "sources/host/log_text.h"

#define LINE_MAX_BYTES 16384
#define PREFIXES_MAX 8 /* one inside the other */

/* The byte behind a colour sequence that begins at p, or p. syslog writes ESC as #033. */
static const char *
behind_colour(const char *p, const char *end)
{
	const char *s = p;

	if (*s == '\033')
		s++;
	else if (end - s >= 4 && memcmp(s, "#033", 4) == 0)
		s += 4;
	else if (end - s >= 4 && memcmp(s, "^[[", 3) == 0)
		s += 2;
	else
		return p;
	if (s == end || *s != '[')
		return p;
	for (s++; s < end && strchr("0123456789;?", *s) != NULL && *s != '\0'; s++)
		;
	return s < end ? s + 1 : s;
}

static bool
is_octal_escape(const char *p, const char *end)
{
	return end - p >= 4 && p[0] == '#' && p[1] == '0' && p[2] == '1' && (p[3] == '1' || p[3] == '5');
}

static void
copy_plain(struct buf *out, const char *p, const char *end)
{
	while (p < end) {
		const char *behind = behind_colour(p, end);

		if (behind != p) {
			p = behind;
		} else if (is_octal_escape(p, end)) {
			if (p[3] == '1')
				buf_addc(out, '\t');
			p += 4;
		} else {
			if (*p != '\0' && *p != '\r')
				buf_addc(out, *p);
			p++;
		}
	}
}

static int
hex4(const char *p, const char *end)
{
	int v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		const char *digits = "0123456789abcdef", *d = strchr(digits, p[i] | 0x20);

		if (d == NULL || p[i] == '\0')
			return -1;
		v = v * 16 + (int)(d - digits);
	}
	return v;
}

static char
plain_of(int code)
{
	char plain = log_text_plain((unsigned)code);

	return code < 0x80 ? (char)code : plain != 0 ? plain : '?';
}

/* The escape behind a backslash; what is none stays. Characters beyond ASCII are of no use here. */
static const char *
add_escape(struct buf *out, const char *p, const char *end)
{
	int code;

	switch (*p) {
	case 'n':
		buf_addc(out, '\n');
		return p + 1;
	case 't':
		buf_addc(out, '\t');
		return p + 1;
	case 'r':
		return p + 1;
	case 'u':
		code = hex4(p + 1, end);
		if (code < 0)
			break;
		if (code != 0x1b && code != 0)
			buf_addc(out, plain_of(code));
		return p + 5;
	case '"':
	case '\\':
	case '/':
		buf_addc(out, *p);
		return p + 1;
	default:
		break;
	}
	buf_addc(out, '\\');
	return p;
}

/* Up to its closing quotation mark. */
static void
copy_json_string(struct buf *out, const char *p, const char *end)
{
	while (p < end && *p != '"') {
		if (*p == '\\' && p + 1 < end)
			p = add_escape(out, p + 1, end);
		else
			buf_addc(out, *p++);
	}
}

/*
 * What journald, Docker, Loki and collectors of logs call the text of a line; a pretty-printed object has one such key
 * in a line. *p behind the opening quotation mark of its text, or NULL.
 */
static const char *
json_text(const char *p)
{
	static const char *const keys[] = {"\"MESSAGE\":", "\"message\":", "\"log\":", "\"line\":", "\"msg\":"};

	for (size_t i = 0; i < nitems(keys); i++) {
		const char *text = strstr(p, keys[i]);

		if (text == NULL)
			continue;
		text += strlen(keys[i]);
		text += strspn(text, " \t");
		if (*text == '"')
			return text + 1;
	}
	return NULL;
}

/* An object of which no text is known is taken whole; of a list, a line has one text. */
static void
copy_json(struct buf *out, const char *p, const char *end)
{
	const char *text = json_text(p);

	if (text != NULL) {
		copy_json_string(out, text, end);
	} else if (*p == '"') {
		copy_json_string(out, p + 1, end);
	} else {
		while (p < end)
			if (*p == '\\' && p + 1 < end)
				p = add_escape(out, p + 1, end);
			else
				buf_addc(out, *p++);
	}
}

/* An object, also behind other words, or a text that is one line of a list or of a pretty-printed object. */
static bool
is_json(const char *s)
{
	size_t n = strlen(s);

	if (s[0] == '{' && s[1] == '"')
		return true;
	if (n > 1 && s[n - 1] == '}' && json_text(s) != NULL)
		return true;
	n -= n > 0 && s[n - 1] == ',';
	return s[0] == '"' && n > 1 && s[n - 1] == '"';
}

static size_t
prefix_length(const struct log_prefixes *prefixes, const char *s)
{
	regmatch_t m;

	for (size_t i = 0; i < prefixes->n; i++)
		if (regexec(&prefixes->items[i], s, 1, &m, 0) == 0 && m.rm_so == 0 && m.rm_eo > 0)
			return (size_t)m.rm_eo;
	return 0;
}

void
log_line_unwrap(const struct log_prefixes *prefixes, const char *line, size_t len, bool escaped, struct buf *out)
{
	CLEANUP(buf_free) struct buf text, decoded;
	const char *s, *end = line + (len < LINE_MAX_BYTES ? len : LINE_MAX_BYTES - 1);
	size_t n;

	buf_init(&text, LINE_MAX_BYTES);
	buf_init(&decoded, LINE_MAX_BYTES);
	if (escaped)
		copy_json_string(&decoded, line, end);
	if (decoded.len > 0)
		copy_plain(&text, decoded.p, decoded.p + decoded.len);
	else
		copy_plain(&text, line, end);
	s = text.p != NULL ? text.p : "";
	for (int i = 0; i < PREFIXES_MAX; i++) {
		s += strspn(s, " \t");
		if (decoded.len == 0 && is_json(s)) {
			copy_json(&decoded, s, s + strlen(s));
			buf_reset(&text);
			copy_plain(&text, decoded.p, decoded.p + decoded.len);
			s = text.p;
		}
		n = prefix_length(prefixes, s);
		if (n == 0)
			break;
		s += n;
	}
	s += strspn(s, " \t");
	end = s + strlen(s);
	while (end > s && strchr(" \t\n", end[-1]) != NULL)
		end--;
	buf_addn(out, s, (size_t)(end - s));
}
