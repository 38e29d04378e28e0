/* Checks a connection string before anything is contacted: it must parse and have no password. */
#include "sources/postgres/pg_conninfo.h"

#include <libpq-fe.h>
#include <string.h>

bool
pg_check_conninfo(const char *conninfo, const char *by, struct err *e)
{
	char *message = NULL;
	PQconninfoOption *parts = PQconninfoParse(conninfo, &message);
	bool secret = false;

	if (parts == NULL) {
		(void)fail(e, NOWHERE,
		    "%s: %.*s (it takes [NAME=]CONNINFO; NAME is main, ci, "
		    "sec or geo)",
		    by, (int)strcspn(message != NULL ? message : "", "\n"), message != NULL ? message : "");
		PQfreemem(message);
		return false;
	}
	for (const PQconninfoOption *o = parts; o->keyword != NULL; o++)
		secret = secret || (strcmp(o->keyword, "password") == 0 && o->val != NULL);
	PQconninfoFree(parts);
	if (secret)
		return fail(e, NOWHERE,
		    "%s: a password must not be given here, where everybody can read it: use a file "
		    "named by PGPASSFILE, or PGPASSWORD",
		    by);
	return true;
}
