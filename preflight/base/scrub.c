/* Recognises words that reveal something by their form. Called by facts/redact.c; knows no column. */
#include "base/scrub.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

#define TEXT_MOST 200 /* bytes that are left of a text */
#define TOKEN_LEAST 24
#define BREAKS " \t\r\n\"'`()<>,;=|{}"

static const char *const common_folders[] = {"/etc/gitlab/", "/opt/gitlab/", "/var/opt/gitlab/", "/var/log/gitlab/",
    "/srv/gitlab/", "/home/git/gitlab/", "/usr/", "/proc/", "/dev/", "/run/postgresql/", "/var/run/postgresql/"};
static const char *const file_endings[] = {
    "yml", "yaml", "rb", "json", "conf", "log", "sql", "sock", "pem", "crt", "key"};
/* PostgreSQL quotes rows behind these words. */
static const char *const row_marks[] = {"DETAIL", "Failing row", "Key ("};

bool
is_common_path(const char *path)
{
	if (strstr(path, "..") != NULL)
		return false;
	for (size_t i = 0; i < nitems(common_folders); i++) {
		size_t n = strlen(common_folders[i]);

		if (strncmp(path, common_folders[i], n) == 0 ||
		    (strlen(path) == n - 1 && strncmp(path, common_folders[i], n - 1) == 0))
			return true;
	}
	return strcmp(path, "/") == 0;
}

static bool
only(const char *w, size_t n, const char *letters)
{
	for (size_t i = 0; i < n; i++)
		if (strchr(letters, w[i]) == NULL)
			return false;
	return n > 0;
}

static size_t
count(const char *w, size_t n, char c)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		k += w[i] == c;
	return k;
}

static bool
is_address(const char *w, size_t n)
{
	return (only(w, n, "0123456789.:/") && count(w, n, '.') == 3) ||
	    (only(w, n, "0123456789abcdefABCDEF.:[]%/") && count(w, n, ':') >= 2);
}

/* db.example.com, with a port or without; neither a number nor the name of a file or of a table of GitLab's. */
static bool
is_host_name(const char *w, size_t n)
{
	const char *colon = memchr(w, ':', n), *dot;
	size_t last;

	n = colon != NULL ? (size_t)(colon - w) : n;
	dot = memrchr(w, '.', n);
	if (dot == NULL || dot == w)
		return false;
	last = n - (size_t)(dot - w) - 1;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)w[i]) && w[i] != '.' && w[i] != '-' && w[i] != '_')
			return false;
	if (last < 2 || isdigit((unsigned char)dot[1]) || strncmp(w, "public.", 7) == 0 ||
	    strncmp(w, "gitlab_partitions", 17) == 0)
		return false;
	for (size_t i = 0; i < nitems(file_endings); i++)
		if (strlen(file_endings[i]) == last && strncmp(dot + 1, file_endings[i], last) == 0)
			return false;
	return true;
}

/* glpat-..., and whatever is long and mixes letters with digits. */
static bool
is_token(const char *w, size_t n)
{
	size_t digits = 0, letters = 0;

	if (n > 8 && w[0] == 'g' && w[1] == 'l' && memchr(w, '-', 8) != NULL && memchr(w, '-', 4) == NULL)
		return true;
	for (size_t i = 0; i < n; i++) {
		digits += isdigit((unsigned char)w[i]) != 0;
		letters += isalpha((unsigned char)w[i]) != 0;
		if (!isalnum((unsigned char)w[i]) && strchr("+/-.", w[i]) == NULL)
			return false;
	}
	return n >= TOKEN_LEAST && digits > 2 && letters > 2;
}

static bool
reveals(struct arena *a, const char *w, size_t n)
{
	const char *word = arena_strndup(a, w, n);

	if (memchr(w, '@', n) != NULL || strstr(word, "://") != NULL)
		return true;
	if (w[0] == '/')
		return !is_common_path(word);
	return is_address(w, n) || is_host_name(w, n) || is_token(w, n);
}

static size_t
length_before_rows(const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < nitems(row_marks); i++) {
		const char *found = strstr(text, row_marks[i]);

		if (found != NULL && (size_t)(found - text) < n)
			n = (size_t)(found - text);
	}
	return n;
}

const char *
text_scrub(struct arena *a, const char *text)
{
	size_t end = length_before_rows(text);
	const char *cut;
	struct buf b;

	buf_init(&b, end + end * sizeof SCRUBBED);
	for (size_t at = 0; at < end;) {
		size_t gap = strspn(text + at, BREAKS), n;

		gap = gap < end - at ? gap : end - at;
		buf_addn(&b, text + at, gap);
		at += gap;
		n = strcspn(text + at, BREAKS);
		n = n < end - at ? n : end - at;
		while (n > 0 && strchr(".:!?", text[at + n - 1]) != NULL && n > 1)
			n--;
		if (n > 0 && reveals(a, text + at, n))
			buf_add(&b, SCRUBBED);
		else
			buf_addn(&b, text + at, n);
		at += n;
		for (; at < end && strchr(".:!?", text[at]) != NULL; at++)
			buf_addc(&b, text[at]);
	}
	if (b.len > TEXT_MOST + 3 || (b.len > TEXT_MOST && strcmp(b.p + b.len - 3, "...") != 0))
		cut = text_clean(a, b.p, b.len, TEXT_MOST);
	else
		cut = b.len > 0 ? arena_strndup(a, b.p, b.len) : ""; /* also what was cut already */
	buf_free(&b);
	return cut;
}
