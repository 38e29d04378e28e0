/*
 * Finds a password, key or token in a file or an environment variable. Called by a source just before it logs in;
 * nothing here keeps, prints or stores the value.
 */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* A pipe or device named by mistake must not make us wait. */
bool
secret_from_file(const char *path, char out[SECRET_MAX + 1], struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	ssize_t n = -1;
	size_t line;

	if (fd < 0)
		return fail(e, NOWHERE, "cannot read %s: %s", path, strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read(fd, out, SECRET_MAX);
	(void)close(fd);
	if (n < 0)
		return fail(e, NOWHERE, "%s is not a regular file that can be read", path);
	out[n] = '\0';
	line = strcspn(out, "\r\n");
	if (line == SECRET_MAX)
		return fail(e, NOWHERE, "the first line of %s has %d bytes or more", path, SECRET_MAX);
	if (line < (size_t)n && out[line] == '\0')
		return fail(e, NOWHERE, "the first line of %s contains a NUL: it is no text", path);
	if (strncmp(out, "\xEF\xBB\xBF", 3) == 0)
		return fail(e, NOWHERE, "%s begins with a byte order mark: save it without one", path);
	out[line] = '\0';
	if (line == 0)
		return fail(e, NOWHERE, "the first line of %s is empty", path);
	return true;
}

bool
secret_find(const char *path, const char *variable, char out[SECRET_MAX + 1], struct err *e)
{
	const char *value = variable != NULL ? getenv(variable) : NULL;

	out[0] = '\0';
	if (path != NULL)
		return secret_from_file(path, out, e);
	if (value == NULL)
		return true;
	if (strlen(value) > SECRET_MAX || strpbrk(value, "\r\n") != NULL)
		return fail(e, NOWHERE, "%s has more than one line, or more than %d bytes", variable, SECRET_MAX);
	(void)stpcpy(out, value);
	return true;
}

static bool
names_password(const char *p)
{
	static const char *const words[] = {"password", "passwd", "pwd"};

	for (size_t i = 0; i < nitems(words); i++) {
		size_t n = strlen(words[i]);

		if (strncasecmp(p, words[i], n) != 0)
			continue;
		n += strspn(p + n, " \t\"'");
		if (p[n] == '=' || p[n] == ':')
			return true;
	}
	return false;
}

bool
secret_is_named(const char *value)
{
	const char *login = strstr(value, "://");

	for (const char *p = value; *p != '\0'; p++)
		if (names_password(p))
			return true;
	return login != NULL && strchr(login, '@') != NULL;
}

bool
secret_is_login(const char *text)
{
	for (const char *p = text; (p = strstr(p, "://")) != NULL; p += 3) {
		size_t n = strcspn(p + 3, "/?# \t\r\n");

		if (memchr(p + 3, '@', n) != NULL)
			return true;
	}
	return false;
}
