/* Checks a connection string before anything is contacted: it must parse and have no password. */
#include "sources/postgres/pg_conninfo.h"

#include <libpq-fe.h>
#include <string.h>

#include "base/secret.h"

/* libpq quotes what it does not understand, which may be a secret: only the name of an option is repeated. */
static void
refuse(const char *message, const char *by, struct err *e)
{
	bool named = message != NULL && strncmp(message, "invalid connection option", 25) == 0;

	(void)fail(e, NOWHERE, "%s: %.*s (it takes [NAME=]CONNINFO; NAME is main, ci, sec or geo)", by,
	    named ? (int)strcspn(message, "\n") : 100,
	    named ? message : "this is no connection string of PostgreSQL, such as host=HOST dbname=NAME user=NAME");
}

/* One of a list of hosts: a path, an abstract socket, a name or an address. */
static bool
is_host(const char *s, size_t n)
{
	if (n > 0 && s[0] == '/')
		return true;
	for (size_t i = s[0] == '@'; i < n; i++)
		if (strchr("@;=?#&/\\ \t\r\n'\"", s[i]) != NULL)
			return false;
	return true;
}

bool
pg_is_misplaced(const char *keyword, const char *value)
{
	if (secret_is_named(value))
		return true;
	if (strcmp(keyword, "port") == 0)
		return value[strspn(value, "0123456789,")] != '\0';
	/* postgres://u:1/word@h/db has the port 1 and this name, for libpq; a user of Azure has an @ */
	if (strcmp(keyword, "dbname") == 0)
		return strchr(value, '@') != NULL;
	if (strcmp(keyword, "user") == 0)
		return strchr(value, ':') != NULL;
	if (strcmp(keyword, "host") != 0 && strcmp(keyword, "hostaddr") != 0)
		return false;
	for (const char *p = value;; p++) {
		size_t n = strcspn(p, ",");

		if (!is_host(p, n))
			return true;
		p += n;
		if (*p == '\0')
			return false;
	}
}

bool
pg_check_conninfo(const char *conninfo, const char *by, struct err *e)
{
	char *message = NULL;
	PQconninfoOption *parts = PQconninfoParse(conninfo, &message);
	const char *misplaced = NULL;
	bool secret = false;

	if (parts == NULL) {
		refuse(message, by, e);
		PQfreemem(message);
		return false;
	}
	for (const PQconninfoOption *o = parts; o->keyword != NULL; o++)
		if (o->val != NULL && o->dispchar[0] == '*')
			secret = true;
		else if (o->val != NULL && pg_is_misplaced(o->keyword, o->val))
			misplaced = o->keyword;
	if (misplaced != NULL)
		(void)fail(e, NOWHERE,
		    "%s: the value of %s is not valid; it is not shown, because it may contain a password", by,
		    misplaced);
	PQconninfoFree(parts);
	if (secret)
		return fail(e, NOWHERE,
		    "%s: a password must not be given here, where everybody can read it: use a file "
		    "named by PGPASSFILE, or PGPASSWORD",
		    by);
	return misplaced == NULL;
}
