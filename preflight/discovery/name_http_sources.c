/*
 * Turns the options of the search cluster and of GitLab's API into sources, and refuses logins that would not be
 * used. Contacts nothing.
 */
#include "discovery/name_http_sources.h"

#include <string.h>

#include "sources/http/http.h"
#include "base/version.h"

static bool
is_community_edition(const struct options *o)
{
	struct version v;
	struct err ignored;

	return o->from != NULL && version_parse(o->from, &v, &ignored) && v.edition != NULL &&
	    strcmp(v.edition, "ce") == 0;
}

/* A login without its other half, or without an address, would silently not be used. */
static bool
check_search_login(const struct options *o, struct err *e)
{
	const char *const logins[] = {
	    o->search_user, o->search_password_file, o->search_api_key_file, o->search_cert, o->search_aws_region};

	for (size_t i = 0; i < nitems(logins) && o->search == NULL; i++)
		if (logins[i] != NULL)
			return fail(e, NOWHERE,
			    "a login for the search cluster is sent only to a URL that you "
			    "name: add --search URL");
	if (o->search_password_file != NULL && o->search_user == NULL)
		return fail(e, NOWHERE, "--search-password-file needs --search-user");
	if (o->search_key != NULL && o->search_cert == NULL)
		return fail(e, NOWHERE, "--search-key needs --search-cert");
	if ((o->search_user != NULL) + (o->search_api_key_file != NULL) + (o->search_aws_region != NULL) > 1)
		return fail(e, NOWHERE,
		    "of --search-user, --search-api-key-file and --search-aws-region only one "
		    "can be used");
	return true;
}

static struct http_login *
search_login(const struct options *o, struct arena *a)
{
	struct http_login *l = arena_alloc(a, sizeof *l);

	*l = (struct http_login){.user = o->search_user,
	    .password_file = o->search_password_file,
	    .ca = o->search_ca,
	    .cert = o->search_cert,
	    .cert_key = o->search_key,
	    .aws_region = o->search_aws_region,
	    .ca_option = "--search-ca",
	    .hint = ": --search URL with --search-user and --search-password-file, or with "
		    "--search-api-key-file"};
	if (o->search_user != NULL)
		l->password_env = "PREFLIGHT_SEARCH_PASSWORD";
	if (o->search_api_key_file != NULL) {
		l->key_file = o->search_api_key_file;
		l->key_header = "Authorization: ApiKey ";
	}
	return l;
}

bool
name_search(const struct options *o, struct arena *a, struct source *s, bool *used, struct err *e)
{
	*used = !is_community_edition(o) && (o->search != NULL || !o->no_discover);
	if (!check_search_login(o, e))
		return false;
	if (o->search != NULL && !http_url_check(o->search, e)) {
		err_prefix(e, "%s", option_origin(o, "search", 0));
		return false;
	}
	s->discovered = o->search == NULL;
	s->origin_text = o->search != NULL ? option_origin(o, "search", 0) : "GitLab's settings";
	s->endpoint = o->search;
	s->login = search_login(o, a);
	return true;
}

bool
name_gitlab(const struct options *o, struct arena *a, struct source *s, bool *used, struct err *e)
{
	struct http_login *l = arena_alloc(a, sizeof *l);

	*used = o->gitlab != NULL;
	if (o->gitlab == NULL && o->gitlab_token_file != NULL)
		return fail(e, NOWHERE, "--gitlab-token-file needs --gitlab URL");
	if (o->gitlab != NULL && !http_url_check(o->gitlab, e)) {
		err_prefix(e, "%s", option_origin(o, "gitlab", 0));
		return false;
	}
	*l = (struct http_login){.key_file = o->gitlab_token_file,
	    .key_env = "PREFLIGHT_GITLAB_TOKEN",
	    .key_header = "PRIVATE-TOKEN: ",
	    .ca = o->gitlab_ca,
	    .ca_option = "--gitlab-ca",
	    .hint = ": --gitlab-token-file"};
	s->origin_text = option_origin(o, "gitlab", 0);
	s->endpoint = o->gitlab;
	s->login = l;
	return true;
}
