/*
 * Expands {placeholders} in messages, keys and commands with the columns of a row, and checks them when rules are
 * loaded. Quoting for the shell is the caller's choice.
 */
#include "ruleset/message.h"

#include <string.h>

#include "base/text.h"

/* Length of "{name}" at p, or 0. */
static size_t
placeholder(const char *p)
{
	size_t n;

	if (p[0] != '{' || p[1] < 'a' || p[1] > 'z')
		return 0;
	n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz0123456789_");
	return p[n + 1] == '}' && n < 64 ? n + 2 : 0;
}

bool
message_next(const char **p, char name[64])
{
	for (; **p != '\0'; (*p)++) {
		size_t n = placeholder(*p);

		if (n > 0) {
			memcpy(name, *p + 1, n - 2);
			name[n - 2] = '\0';
			*p += n;
			return true;
		}
	}
	return false;
}

static void
add_quoted(struct buf *out, const char *value, enum quoting q)
{
	switch (q) {
	case Q_PLAIN:
		buf_add(out, value);
		break;
	case Q_KEY:
		for (; *value != '\0'; value++)
			if (*value == '/' || *value == '%')
				buf_printf(out, "%%%02X", (unsigned)*value);
			else
				buf_addc(out, *value);
		break;
	case Q_SHELL:
		text_shell_word(out, value);
		break;
	case Q_RUBY:
		text_ruby_string(out, value);
		break;
	}
}

void
message_expand(struct buf *out, const char *tmpl, const struct field *fields, size_t n, enum quoting q)
{
	while (*tmpl != '\0') {
		size_t len = placeholder(tmpl), i = n;

		if (len > 0)
			for (i = 0; i < n; i++)
				if (strlen(fields[i].name) == len - 2 &&
				    strncmp(fields[i].name, tmpl + 1, len - 2) == 0)
					break;
		if (i < n) {
			add_quoted(out, fields[i].value, q);
			tmpl += len;
		} else {
			len = 1 + strcspn(tmpl + 1, "{");
			buf_addn(out, tmpl, len);
			tmpl += len;
		}
	}
}

void
message_check(
    const char *tmpl, struct loc at, const char *what, const char *const *columns, size_t n, struct faults *faults)
{
	char name[64];
	const char *near;

	while (message_next(&tmpl, name)) {
		size_t i = 0;

		while (i < n && strcmp(columns[i], name) != 0)
			i++;
		if (i < n)
			continue;
		near = closest(name, columns, n);
		faults_add(faults, at, "%s: the query returns no column \"%s\"%s%s%s", what, name,
		    near != NULL ? ": did you mean \"" : "", near != NULL ? near : "", near != NULL ? "\"?" : "");
	}
}
