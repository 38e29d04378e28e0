/*
 * Makes text of a log plain before it is searched: UTF-16 as some terminals and editors write it, and the quotation
 * marks and blanks that PostgreSQL's translations, mail and pages have. Knows nothing of lines and errors.
 */
#include "sources/host/log_text.h"

#include <string.h>

char
log_text_plain(unsigned code)
{
	switch (code) {
	case 0xa0: /* no-break space */
	case 0x202f:
		return ' ';
	case 0x2018:
	case 0x2019:
	case 0x201a:
		return '\'';
	case 0xab: /* angle quotation marks */
	case 0xbb:
	case 0x201c:
	case 0x201d:
	case 0x201e:
		return '"';
	default:
		return 0;
	}
}

/* Blocks of a fixed size: the compiler takes many bytes at once. */
static bool
has_high_byte(const char *p, size_t n)
{
	unsigned char all[64] = {0}, any = 0;

	for (; n >= sizeof all; p += sizeof all, n -= sizeof all)
		for (size_t i = 0; i < sizeof all; i++)
			all[i] |= (unsigned char)p[i];
	for (size_t i = 0; i < n; i++)
		any |= (unsigned char)p[i];
	for (size_t i = 0; i < sizeof all; i++)
		any |= all[i];
	return (any & 0x80) != 0;
}

bool
log_text_is_plain(const struct log_text *t, const char *p, size_t n)
{
	return t->form == LOG_TEXT_BYTES && t->n_held == 0 && !has_high_byte(p, n);
}

/* A byte order mark, or zeros in every other of four bytes. */
static void
choose_form(struct log_text *t, const unsigned char *p)
{
	bool little = p[0] == 0xff && p[1] == 0xfe, big = p[0] == 0xfe && p[1] == 0xff;

	little = little || (p[0] != 0 && p[1] == 0 && p[2] != 0 && p[3] == 0);
	big = big || (p[0] == 0 && p[1] != 0 && p[2] == 0 && p[3] != 0);
	t->form = little ? LOG_TEXT_UTF16LE : big ? LOG_TEXT_UTF16BE : LOG_TEXT_BYTES;
}

static size_t
put_utf16(struct log_text *t, unsigned char byte, char *out)
{
	unsigned code;

	t->held[t->n_held++] = byte;
	if (t->n_held < 2)
		return 0;
	t->n_held = 0;
	code = t->form == LOG_TEXT_UTF16LE ? t->held[0] | (unsigned)t->held[1] << 8
					   : t->held[1] | (unsigned)t->held[0] << 8;
	if (code == 0xfeff)
		return 0;
	*out = code < 0x80 ? (char)code : log_text_plain(code);
	if (*out == '\0')
		*out = '?';
	return 1;
}

/* The plain character for the two or three bytes of UTF-8 that are held, or they as they are. */
static size_t
put_held(struct log_text *t, char *out)
{
	unsigned code = t->n_held == 2 ? (t->held[0] & 0x1fU) << 6 | (t->held[1] & 0x3fU)
				       : (t->held[0] & 0x0fU) << 12 | (t->held[1] & 0x3fU) << 6 | (t->held[2] & 0x3fU);
	char plain = log_text_plain(code);
	size_t n = plain != 0 ? 1 : t->n_held;

	if (plain != 0)
		*out = plain;
	else
		memcpy(out, t->held, n);
	t->n_held = 0;
	return n;
}

/* Only characters that begin with C2 or E2 are of interest. */
static size_t
put_byte(struct log_text *t, unsigned char byte, char *out)
{
	size_t n = 0;

	if (t->n_held > 0 && (byte & 0xc0) == 0x80) {
		t->held[t->n_held++] = byte;
		return t->n_held == (t->held[0] == 0xc2 ? 2U : 3U) ? put_held(t, out) : 0;
	}
	n = log_text_end(t, out);
	if (byte == 0xc2 || byte == 0xe2)
		t->held[t->n_held++] = byte;
	else
		out[n++] = (char)byte;
	return n;
}

static size_t
put(struct log_text *t, unsigned char byte, char *out)
{
	return t->form == LOG_TEXT_BYTES ? put_byte(t, byte, out) : put_utf16(t, byte, out);
}

/* Decodes the first four bytes, by which the form is chosen. */
static size_t
begin(struct log_text *t, char *out)
{
	unsigned char head[4];
	size_t n = 0, n_head = t->n_held;

	memcpy(head, t->held, sizeof head);
	t->n_held = 0;
	if (n_head == sizeof head)
		choose_form(t, head);
	else
		t->form = LOG_TEXT_BYTES;
	for (size_t i = 0; i < n_head; i++)
		n += put(t, head[i], out + n);
	return n;
}

size_t
log_text_decode(struct log_text *t, const char *p, size_t n, char *out)
{
	size_t at = 0, len = 0;

	while (t->form == LOG_TEXT_UNKNOWN && at < n) {
		t->held[t->n_held++] = (unsigned char)p[at++];
		if (t->n_held == sizeof t->held)
			len += begin(t, out);
	}
	for (; at < n; at++)
		len += put(t, (unsigned char)p[at], out + len);
	return len;
}

size_t
log_text_end(struct log_text *t, char *out)
{
	size_t n = t->n_held;

	if (t->form == LOG_TEXT_UNKNOWN)
		return begin(t, out);
	if (t->form == LOG_TEXT_BYTES)
		memcpy(out, t->held, n);
	t->n_held = 0;
	return t->form == LOG_TEXT_BYTES ? n : 0;
}
