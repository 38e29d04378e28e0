/*
 * Logs in to Redis or to a Sentinel, and reads INFO afterwards. Passwords come from base/secret.c and are not
 * kept.
 */
#include "sources/redis/redis_login.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"

static enum part_status
log_in(struct redis *c, const char *user, const char *file, const char *env, struct err *e)
{
	char password[SECRET_MAX + 1];
	enum part_status ps = PS_COMPLETE;

	if (!secret_find(file, env, password, e))
		ps = PS_DENIED;
	else if (password[0] != '\0' || user != NULL)
		ps = redis_auth(c, user, password, e);
	explicit_bzero(password, sizeof password);
	return ps;
}

enum part_status
redis_login(struct redis *c, const struct source *s, const struct redis_url *url, struct err *e)
{
	char db[24];
	enum part_status ps = s->password != NULL ? redis_auth(c, url->user, s->password, e)
						  : log_in(c, url->user, s->password_file, s->password_env, e);

	if (ps != PS_COMPLETE || url->db == 0)
		return ps;
	(void)snprintf(db, sizeof db, "%lld", (long long)url->db);
	redis_put(c, RC_SELECT, REDIS_ARGS(db));
	return redis_get(c, NULL, NULL, e);
}

enum part_status
redis_login_sentinel(struct redis *c, const struct source *s, struct err *e)
{
	return s->sentinel_password != NULL ? redis_auth(c, NULL, s->sentinel_password, e)
					    : log_in(c, NULL, s->sentinel_password_file, s->sentinel_password_env, e);
}

/* "name:value" at the start of a line. */
static void
info_field(const char *info, const char *name, char *out, size_t size)
{
	size_t n = strlen(name);
	char raw[256];

	out[0] = '\0';
	for (const char *line = info; line != NULL && out[0] == '\0'; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, n) != 0 || line[n] != ':')
			continue;
		(void)snprintf(raw, sizeof raw, "%.*s", (int)strcspn(line + n + 1, "\r\n"), line + n + 1);
		text_clean_into(out, size, raw);
		return;
	}
}

enum part_status
redis_read_info(struct redis *c, struct redis_info *out, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	struct redis_items items = {0};
	const char *info;
	char word[16];
	enum part_status ps;

	*out = (struct redis_info){.server = "Redis"};
	redis_put(c, RC_INFO, NULL);
	ps = redis_get_items(c, a, &items, e);
	if (ps != PS_COMPLETE)
		return ps;
	info = items.n > 0 && items.items[0].s != NULL ? items.items[0].s : "";
	info_field(info, "redis_version", out->version, sizeof out->version);
	info_field(info, "role", out->role, sizeof out->role);
	info_field(info, "run_id", out->run_id, sizeof out->run_id);
	info_field(info, "master_link_status", word, sizeof word);
	out->link_down = strcmp(word, "down") == 0;
	info_field(info, "maxmemory_policy", out->eviction, sizeof out->eviction);
	info_field(info, "maxmemory", word, sizeof word);
	if (strcmp(word, "0") == 0)
		memcpy(out->eviction, "none", sizeof "none");
	info_field(info, "valkey_version", word, sizeof word);
	if (word[0] != '\0') {
		memcpy(out->compatible, out->version, sizeof out->compatible);
		memcpy(out->server, "Valkey", sizeof "Valkey");
		memcpy(out->version, word, sizeof word);
	}
	if (out->version[0] != '\0')
		return PS_COMPLETE;
	(void)fail(e, NOWHERE, "the reply to INFO has no redis_version: is this a Redis?");
	return PS_UNREADABLE;
}
