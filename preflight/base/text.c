/*
 * Cleans text that comes from outside, formats times and numbers for people, quotes words for the shell and for
 * rake, and computes SHA-256. Knows nothing of GitLab.
 */
#include "base/text.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND ((int64_t)1000000)
#define TOKEN_TEXT 16 /* "<U+10FFFF>" and a NUL */

/*
 * What a reader cannot see, or what changes how the text around it is seen: Unicode's property
 * Default_Ignorable_Code_Point, controls, line and paragraph separators, annotation marks and
 * noncharacters (the two at the end of each plane are not listed). Sorted.
 */
static const struct range {
	uint32_t first, last;
} hidden[] = {
    {0x0000, 0x001F},
    {0x007F, 0x009F},
    {0x00AD, 0x00AD},
    {0x034F, 0x034F},
    {0x061C, 0x061C},
    {0x115F, 0x1160},
    {0x17B4, 0x17B5},
    {0x180B, 0x180F},
    {0x200B, 0x200F},
    {0x2028, 0x202E},
    {0x2060, 0x206F},
    {0x3164, 0x3164},
    {0xFDD0, 0xFDEF},
    {0xFE00, 0xFE0F},
    {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB},
    {0x1BCA0, 0x1BCA3},
    {0x1D173, 0x1D17A},
    {0xE0000, 0xE0FFF},
};

static bool
is_hidden(uint32_t c)
{
	if (c >= 0x20 && c < 0x7F)
		return false;
	if ((c & 0xFFFE) == 0xFFFE)
		return true;
	for (size_t i = 0; i < nitems(hidden) && hidden[i].first <= c; i++)
		if (c <= hidden[i].last)
			return true;
	return false;
}

/* Bytes of the character at s and the character itself; 0 if no valid UTF-8 begins there. */
static size_t
decode(const unsigned char *s, size_t len, uint32_t *c)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = s[0] < 0x80            ? 1
	    : s[0] >= 0xC2 && s[0] < 0xE0 ? 2
	    : (s[0] & 0xF0) == 0xE0       ? 3
	    : s[0] >= 0xF0 && s[0] < 0xF5 ? 4
					  : 0;

	if (n == 0 || n > len)
		return 0;
	*c = n == 1 ? s[0] : s[0] & (0xFFU >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		*c = *c << 6 | (s[i] & 0x3F);
	}
	return *c < least[n] || *c > 0x10FFFF || (*c >= 0xD800 && *c < 0xE000) ? 0 : n;
}

/* Bytes from s on that are visible ASCII, which most text is. */
static size_t
visible(const unsigned char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] >= 0x20 && s[n] < 0x7F)
		n++;
	return n;
}

/*
 * Writes what fits into `room` bytes, tokens and characters always whole. `out` may be NULL to
 * measure. Returns the bytes written (there is no NUL); *cut says that something is left out.
 */
static size_t
clean(char *out, size_t room, const char *text, size_t len, bool *cut)
{
	const unsigned char *s = (const unsigned char *)text;
	char token[TOKEN_TEXT];
	size_t used = 0;

	*cut = false;
	for (size_t i = 0; i < len;) {
		uint32_t c = ' ';
		size_t plain = visible(s + i, len - i < room - used ? len - i : room - used);
		size_t in = plain > 0 ? plain : decode(s + i, len - i, &c), n = in;
		const char *piece = text + i;

		if (in == 0)
			n = (size_t)snprintf(token, sizeof token, "\\x%02X", s[i]);
		else if (is_hidden(c))
			n = (size_t)snprintf(token, sizeof token, "<U+%04X>", (unsigned)c);
		if (in == 0 || is_hidden(c))
			piece = token;
		if (n > room - used) {
			*cut = true;
			break;
		}
		if (out != NULL)
			memcpy(out + used, piece, n);
		used += n;
		i += in > 0 ? in : 1;
	}
	return used;
}

char *
text_clean(struct arena *a, const char *s, size_t len, size_t max)
{
	bool cut;
	size_t n = clean(NULL, max, s, len, &cut);
	char *out = arena_alloc(a, n + sizeof "...");

	(void)clean(out, max, s, len, &cut);
	if (cut)
		memcpy(out + n, "...", sizeof "...");
	return out;
}

/* libpq and curl end their texts in line breaks, which say nothing. */
void
text_clean_into(char *out, size_t size, const char *s)
{
	size_t len = strlen(s), n;
	bool cut;

	if (size == 0)
		return;
	while (len > 0 && strchr("\r\n", s[len - 1]) != NULL)
		len--;
	n = clean(out, size - 1, s, len, &cut);
	if (cut && size >= sizeof "...") {
		n = clean(out, size - sizeof "...", s, len, &cut);
		memcpy(out + n, "...", sizeof "...");
		n += 3;
	}
	out[n] = '\0';
}

char *
text_time(int64_t us, char *out)
{
	time_t s = (time_t)(us / SECOND - (us % SECOND < 0 ? 1 : 0));
	struct tm t = {0};
	int n;

	(void)gmtime_r(&s, &t); /* cannot fail: int64_t of microseconds ends in 294247 */
	n = snprintf(out, TIME_TEXT, "%04d", t.tm_year + 1900);
	(void)strftime(out + n, TIME_TEXT - (size_t)n, "-%m-%dT%H:%M:%SZ", &t);
	return out;
}

char *
text_duration(int64_t us, char *out)
{
	static const struct {
		int64_t seconds;
		const char *one, *many;
	} units[] = {
	    {86400, "day", "days"},
	    {3600, "h", "h"},
	    {60, "min", "min"},
	    {1, "s", "s"},
	};
	int64_t s = us > 0 ? us / SECOND : 0;
	size_t i = 0;

	while (i + 1 < nitems(units) && s < units[i].seconds)
		i++;
	s /= units[i].seconds;
	(void)snprintf(out, TIME_TEXT, "%lld %s", (long long)s, s == 1 ? units[i].one : units[i].many);
	return out;
}

char *
text_count(int64_t n, char *out)
{
	char digits[TIME_TEXT];
	int len = snprintf(digits, sizeof digits, "%lld", (long long)n);
	char *to = out;

	for (int i = 0; i < len; i++) {
		*to++ = digits[i];
		if (digits[i] != '-' && i + 1 < len && (len - 1 - i) % 3 == 0)
			*to++ = ',';
	}
	*to = '\0';
	return out;
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/*
 * zsh replaces =word at the start of a word and, with MAGIC_EQUAL_SUBST, after another = or a
 * colon; hence = is harmless only behind a letter, a digit, "_" or "-".
 */
static bool
is_plain_word(const char *s)
{
	char before = '=';

	if (*s == '\0')
		return false;
	for (; *s != '\0'; before = *s++) {
		if (!is_alnum(*s) && strchr("_./:=@%+,-", *s) == NULL)
			return false;
		if (*s == '=' && !is_alnum(before) && before != '_' && before != '-')
			return false;
	}
	return true;
}

void
text_shell_word(struct buf *b, const char *s)
{
	if (is_plain_word(s)) {
		buf_add(b, s);
		return;
	}
	buf_addc(b, '\'');
	for (; *s != '\0'; s++)
		if (*s == '\'')
			buf_add(b, "'\\''");
		else
			buf_addc(b, *s);
	buf_addc(b, '\'');
}

/*
 * rake ends at a line break, a shell takes a pasted tab for a wish to complete, and Ruby refuses to
 * match a pattern against a string that is not valid in its encoding.
 */
static bool
passes_rake(const char *s, size_t len)
{
	uint32_t c;

	for (size_t i = 0, n; i < len; i += n) {
		n = decode((const unsigned char *)s + i, len - i, &c);
		if (n == 0 || c < 0x20 || (c >= 0x7F && c < 0xA0))
			return false;
	}
	return true;
}

/*
 * Brackets need nothing: rake takes all from the first [ to the last ]. Of a run of blanks only the
 * outermost is escaped, which keeps the rest. An empty argument is one blank, which rake strips:
 * "task[]" would be no argument at all. (Read by name, rake gives nil for it.)
 */
bool
text_rake_argument(struct buf *b, const char *s)
{
	size_t len = strlen(s);

	if (!passes_rake(s, len))
		return false;
	if (len == 0)
		buf_addc(b, ' ');
	for (size_t i = 0; i < len; i++) {
		bool outer = i == 0 || i == len - 1;

		if (s[i] == ',' || s[i] == '\\' || (outer && s[i] == ' '))
			buf_addc(b, '\\');
		buf_addc(b, s[i]);
	}
	return true;
}

void
text_ruby_string(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\'' || *s == '\\')
			buf_addc(b, '\\');
		buf_addc(b, *s);
	}
}

struct sha256 {
	EVP_MD_CTX *ctx;
};

/* A digest that is missing or wrong would let a changed bundle pass: no answer instead. */
static void
demand(bool ok)
{
	if (!ok)
		give_up("preflight: libcrypto cannot compute SHA-256: no verdict\n");
}

struct sha256 *
sha256_new(void)
{
	struct sha256 *h = xcalloc(1, sizeof *h);

	demand(OSSL_LIB_CTX_get0_global_default() != NULL); /* EVP crashes without it */
	h->ctx = EVP_MD_CTX_new();
	demand(h->ctx != NULL && EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) == 1);
	return h;
}

void
sha256_add(struct sha256 *h, const void *p, size_t n)
{
	demand(EVP_DigestUpdate(h->ctx, p, n) == 1);
}

void
sha256_end(struct sha256 *h, char out[65])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	demand(EVP_DigestFinal_ex(h->ctx, digest, &n) == 1 && n == 32);
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 0xF];
	}
	out[64] = '\0';
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void
sha256_hex(const void *p, size_t n, char out[65])
{
	struct sha256 *h = sha256_new();

	sha256_add(h, p, n);
	sha256_end(h, out);
}

bool
is_name(const char *s)
{
	if (s[0] < 'a' || s[0] > 'z')
		return false;
	return s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0' && strlen(s) < 64;
}

bool
read_duration(const char *text, int64_t *us)
{
	static const struct {
		const char *unit;
		int64_t us;
	} units[] = {{"s", 1000000}, {"min", 60000000}, {"h", 3600000000}, {"d", 86400000000}};
	char *end;
	long long n = strtoll(text, &end, 10);

	if (end == text || n < -1000000 || n > 1000000)
		return false;
	for (size_t i = 0; i < nitems(units); i++)
		if (strcmp(end, units[i].unit) == 0) {
			*us = n * units[i].us;
			return true;
		}
	return false;
}

bool
text_time_read(const char *text, int64_t *us)
{
	static const char *const forms[] = {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ"};

	for (size_t i = 0; i < nitems(forms); i++) {
		struct tm tm = {0};
		const char *end = strptime(text, forms[i], &tm);

		if (end == NULL || *end != '\0')
			continue;
		*us = (int64_t)timegm(&tm) * 1000000;
		return true;
	}
	return false;
}

char *
text_time_people(int64_t us, char *out)
{
	static const char *const months[] = {
	    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t seconds = (time_t)(us / 1000000);
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL ||
	    snprintf(out, TIME_PEOPLE, "%d %s %d %02d:%02d UTC", tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
		tm.tm_hour, tm.tm_min) >= TIME_PEOPLE)
		out[0] = '\0';
	return out;
}

static size_t
digits(const char *s, size_t n)
{
	size_t k = 0;

	while (k < n && s[k] >= '0' && s[k] <= '9')
		k++;
	return k;
}

/* Of two runs of digits: leading zeros aside, the longer one is the larger number. */
static int
compare_numbers(const char *a, size_t na, const char *b, size_t nb)
{
	for (; na > 0 && *a == '0'; a++)
		na--;
	for (; nb > 0 && *b == '0'; b++)
		nb--;
	return na != nb ? (na > nb) - (na < nb) : memcmp(a, b, na);
}

int
text_natural(const char *a, size_t na, const char *b, size_t nb)
{
	size_t i = 0, k = 0;

	while (i < na && k < nb) {
		size_t da = digits(a + i, na - i), db = digits(b + k, nb - k);
		int c = da > 0 && db > 0 ? compare_numbers(a + i, da, b + k, db)
					 : (unsigned char)a[i] - (unsigned char)b[k];

		if (c != 0)
			return c;
		i += da > 0 && db > 0 ? da : 1;
		k += da > 0 && db > 0 ? db : 1;
	}
	if (i == na && k == nb) /* equal but for leading zeros: some order, the same each time */
		return na != nb ? (na > nb) - (na < nb) : na > 0 ? memcmp(a, b, na) : 0;
	return i == na ? -1 : 1;
}

/* Columns of the first `n` bytes: continuation bytes of UTF-8 take none. */
static size_t
columns(const char *s, size_t n)
{
	size_t c = 0;

	for (size_t i = 0; i < n; i++)
		c += ((unsigned char)s[i] & 0xC0) != 0x80;
	return c;
}

void
text_print_wrapped(FILE *f, const char *text, size_t column, size_t indent, size_t width)
{
	bool begun = false;

	for (const char *p = text + strspn(text, " "); *p != '\0'; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (begun && column + 1 + columns(p, n) > width) {
			(void)fprintf(f, "\n%*s", (int)indent, "");
			column = indent;
			begun = false;
		}
		(void)fprintf(f, "%s%.*s", begun ? " " : "", (int)n, p);
		column += begun + columns(p, n);
		begun = true;
		p += n;
	}
	(void)fputc('\n', f);
}
