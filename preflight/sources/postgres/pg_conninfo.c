/* Checks a connection string before anything is contacted: it must parse and have no password. */
#include "sources/postgres/pg_conninfo.h"

#include <libpq-fe.h>
#include <string.h>

/* libpq quotes what it does not understand, which may be a secret: only the name of an option is repeated. */
static void
refuse(const char *message, const char *by, struct err *e)
{
	bool named = message != NULL && strncmp(message, "invalid connection option", 25) == 0;

	(void)fail(e, NOWHERE, "%s: %.*s (it takes [NAME=]CONNINFO; NAME is main, ci, sec or geo)", by,
	    named ? (int)strcspn(message, "\n") : 100,
	    named ? message : "this is no connection string of PostgreSQL, such as host=HOST dbname=NAME user=NAME");
}

bool
pg_check_conninfo(const char *conninfo, const char *by, struct err *e)
{
	char *message = NULL;
	PQconninfoOption *parts = PQconninfoParse(conninfo, &message);
	bool secret = false;

	if (parts == NULL) {
		refuse(message, by, e);
		PQfreemem(message);
		return false;
	}
	for (const PQconninfoOption *o = parts; o->keyword != NULL; o++)
		secret = secret || (o->dispchar[0] == '*' && o->val != NULL);
	PQconninfoFree(parts);
	if (secret)
		return fail(e, NOWHERE,
		    "%s: a password must not be given here, where everybody can read it: use a file "
		    "named by PGPASSFILE, or PGPASSWORD",
		    by);
	return true;
}
