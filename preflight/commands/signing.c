/* Reads the key of --sign-key for check, collect and rules pack. What is signed with it is decided there. */
#include "commands/signing.h"

#include "bundle/bundle_sign.h"

bool
signing_open(struct signing *s, const struct options *o, struct err *e)
{
	*s = (struct signing){0};
	if (o->sign_key == NULL)
		return o->sign_password_file == NULL ||
		    fail(e, NOWHERE, "--sign-password-file belongs to --sign-key, which is not given");
	s->on = minisign_secret_read(o->sign_key, o->sign_password_file, "PREFLIGHT_SIGN_PASSWORD", &s->key, e);
	if (!s->on)
		err_within(e, "--sign-key");
	return s->on;
}

bool
signing_sign(const struct signing *s, struct arena *a, struct members *sealed, const char *comment, struct err *e)
{
	return s == NULL || !s->on || bundle_sign(a, sealed, &s->key, comment, e);
}

void
signing_drop(struct signing *s)
{
	minisign_secret_wipe(&s->key);
	s->on = false;
}
