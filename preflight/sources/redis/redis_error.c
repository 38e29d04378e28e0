/* Translates error texts of Redis into a status and advice. Sends nothing. */
#include "sources/redis/redis_error.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define CLUSTER \
	"this is a Redis Cluster, on which Sidekiq cannot work: name the Redis that holds " \
	"GitLab's queues"
#define PASSWORD \
	"name the file of its password with --redis-password-file, or set " \
	"PREFLIGHT_REDIS_PASSWORD"

static const struct known {
	const char *begins;
	enum part_status status;
	const char *text;
} known[] = {
    {"NOAUTH", PS_DENIED, "Redis asks for a password: " PASSWORD},
    {"WRONGPASS", PS_DENIED,
	"Redis refuses this password: check --redis-password-file or "
	"PREFLIGHT_REDIS_PASSWORD, and the user name if the URL has one"},
    {"ERR invalid password", PS_DENIED,
	"Redis refuses this password: check --redis-password-file or "
	"PREFLIGHT_REDIS_PASSWORD"},
    {"DENIED", PS_DENIED,
	"Redis is in protected mode, in which it answers on its own host only, or "
	"with a password: " PASSWORD},
    {"LOADING", PS_UNREACHABLE,
	"Redis is still loading its data into memory: try again when it has "
	"finished"},
    {"BUSY", PS_UNREACHABLE, "Redis is busy with a script and answers no client: try again later"},
    {"ERR max number of clients", PS_UNREACHABLE, "Redis has no connection left for us (maxclients)"},
    {"MASTERDOWN", PS_UNREADABLE,
	"this is a replica without a link to its primary, so its data may be "
	"old: name the primary"},
    {"MOVED", PS_UNREADABLE, CLUSTER},
    {"ASK ", PS_UNREADABLE, CLUSTER},
    {"CLUSTERDOWN", PS_UNREADABLE, CLUSTER},
    {"CROSSSLOT", PS_UNREADABLE, CLUSTER},
    {"ERR DB index", PS_ABSENT, "Redis has no database of this number"},
    {"ERR invalid DB index", PS_ABSENT, "Redis has no database of this number"},
};

static enum part_status
not_permitted(const char *text, const char *command, const char *key, struct err *e)
{
	char lower[32];
	size_t i;

	for (i = 0; i < sizeof lower - 1 && command[i] != '\0'; i++)
		lower[i] = (char)tolower((unsigned char)command[i]);
	lower[i] = '\0';
	if (strstr(text, " key") != NULL)
		(void)fail(e, NOWHERE,
		    "the Redis user may not read the key %s: its access list (ACL) needs "
		    "~%s",
		    key, key);
	else
		(void)fail(
		    e, NOWHERE, "the Redis user may not run %s: its access list (ACL) needs +%s", command, lower);
	return PS_DENIED;
}

enum part_status
redis_error_explain(const char *text, const char *command, const char *key, struct err *e)
{
	char clean[200];

	for (size_t i = 0; i < nitems(known); i++)
		if (strncmp(text, known[i].begins, strlen(known[i].begins)) == 0) {
			(void)fail(e, NOWHERE, "%s", known[i].text);
			return known[i].status;
		}
	if (strncmp(text, "NOPERM", 6) == 0)
		return not_permitted(text, command, key, e);
	text_clean_into(clean, sizeof clean, text);
	(void)fail(e, NOWHERE, "Redis refuses %s: %s", command, clean);
	return PS_UNREADABLE;
}

bool
redis_error_is_no_password(const char *text)
{
	return strstr(text, "without any password configured") != NULL || strstr(text, "no password is set") != NULL;
}
