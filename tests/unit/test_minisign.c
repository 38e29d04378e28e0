#include "base/minisign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* All made by minisign 0.11, with a key without password. */
#define PUBLIC "RWQICOjx0xjOZzAbebs+0AXRPk07u/Rz7BnDWtdLAZVPu+AAI+5TtVqA"
#define OTHER "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
#define SECRET \
	"untrusted comment: minisign encrypted secret key\n" \
	"RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAjo8dMYzmfrea0jDvqPqoHgw3MzsZlhfCfbgqD830" \
	"M6xn20riCmwDAbebs+0AXRPk07u/Rz7BnDWtdLAZVPu+AAI+5TtVqAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
#define DATA "GO\n"

static const char hashed[] =
    "untrusted comment: signature from minisign secret key\n"
    "RUQICOjx0xjOZ1/Z2ht1TsAxk+XuLNd9lOQnD8aPGP9cELJzDMDyCnywo4/zjsG1eGlaedHwTmJDWYAoJJV/LIJczrQYb2bE3wo=\n"
    "trusted comment: go prod\n"
    "OuSCXqyU4ye9PfMgdunQortPax7PJd7AA+cIzMxAC+QhfhNwv4Ywohs3D2ncnc2xmPS5Fl2ljuJ1j+mFBX39DA==\n";
static const char legacy[] =
    "untrusted comment: signature from minisign secret key\n"
    "RWQICOjx0xjOZ7LhNIofpn8QnPXZYKxqbGkfVZVwehvF/TsPfl1o+LLq9FoL71q/6YUiZ/Npigmzeb4n8Q1A/gmi5H/NfqF9/gk=\n"
    "trusted comment: legacy\n"
    "yUPCiTSHO6dbVU0c3O9vrNt4Tq2amzPotHHS7bNLKay3DjQrNeis7dpvoFOO8iS5qdYa7UmNBC5G65XazR0LDQ==\n";

static bool
verify(const char *key, const char *sig, size_t len, const char *data, char comment[100], struct err *e)
{
	struct arena *a = arena_new();
	struct minisign_public p;
	const char *found = "";
	bool ok = minisign_public_read(key, &p, e) && minisign_verify(a, &p, sig, len, data, strlen(data), &found, e);

	(void)snprintf(comment, 100, "%s", ok ? found : "");
	arena_free(a);
	return ok;
}

static void
verifies_what_minisign_signed(void **state)
{
	char comment[100], id[MINISIGN_ID];
	struct err e;

	(void)state;
	assert_true(verify(PUBLIC, hashed, strlen(hashed), DATA, comment, &e));
	assert_string_equal(comment, "go prod");
	assert_true(verify(PUBLIC, legacy, strlen(legacy), DATA, comment, &e));
	assert_string_equal(comment, "legacy");
	assert_true(minisign_claimed_id(hashed, strlen(hashed), id, &e));
	assert_string_equal(id, "67CE18D3F1E80808");
}

static void
refuses_other_data_and_keys(void **state)
{
	char comment[100];
	struct err e;

	(void)state;
	assert_false(verify(PUBLIC, hashed, strlen(hashed), "GO \n", comment, &e));
	assert_non_null(strstr(e.msg, "does not match"));
	assert_false(verify(PUBLIC, legacy, strlen(legacy), "", comment, &e));
	assert_non_null(strstr(e.msg, "does not match"));
	assert_false(verify(OTHER, hashed, strlen(hashed), DATA, comment, &e));
	assert_non_null(strstr(e.msg, "is signed with key 67CE18D3F1E80808, not with E7620F1842B4E81F"));
}

/* One that is shorter, or has any character changed, never verifies; but the first comment is free. */
static void
refuses_every_changed_signature(void **state)
{
	size_t free_text = strcspn(hashed, "\n");
	char copy[sizeof hashed], comment[100];
	struct err e;

	(void)state;
	for (size_t n = 0; n < strlen(hashed) - 1; n++)
		assert_false(verify(PUBLIC, hashed, n, DATA, comment, &e));
	for (size_t i = free_text; i < strlen(hashed) - 1; i++) {
		memcpy(copy, hashed, sizeof hashed);
		copy[i] ^= 1;
		assert_false(verify(PUBLIC, copy, strlen(copy), DATA, comment, &e));
	}
	(void)snprintf(copy, sizeof copy, "untrusted comment: x\n%s", strchr(hashed, '\n') + 1);
	assert_true(verify(PUBLIC, copy, strlen(copy), DATA, comment, &e));
}

static const char *
in_file(const char *text, char path[32])
{
	int fd;

	(void)strcpy(path, "/tmp/minisign-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	(void)close(fd);
	return path;
}

static void
signs_as_minisign_does(void **state)
{
	struct arena *a = arena_new();
	struct minisign_secret s;
	const char *sig;
	char path[32], comment[100];
	struct err e;

	(void)state;
	assert_true(minisign_secret_read(in_file(SECRET, path), NULL, "NO_SUCH", &s, &e));
	(void)unlink(path);
	assert_true(minisign_sign(a, &s, DATA, strlen(DATA), "go prod", &sig, &e));
	/* Ed25519 has no chance in it: but for the first line it is the same file. */
	assert_string_equal(strchr(sig, '\n'), strchr(hashed, '\n'));
	assert_true(minisign_sign(a, &s, DATA, strlen(DATA), "two\nlines", &sig, &e));
	assert_true(verify(PUBLIC, sig, strlen(sig), DATA, comment, &e));
	assert_string_equal(comment, "two<U+000A>lines");
	minisign_secret_wipe(&s);
	arena_free(a);
}

static void
refuses_damaged_keys(void **state)
{
	static const char *const publics[] = {"", "RW", PUBLIC "A", "/nonexistent/key.pub", "/dev/null",
	    "RWQICOjx0xjOZzAbebs+0AXRPk07u/Rz7BnDWtdLAZVPu+AAI+5TtVq"};
	char text[] = SECRET, path[32];
	struct minisign_public p;
	struct minisign_secret s;
	struct err e;

	(void)state;
	for (size_t i = 0; i < nitems(publics); i++)
		assert_false(minisign_public_read(publics[i], &p, &e));
	text[sizeof text - 100]++; /* in the public key */
	assert_false(minisign_secret_read(in_file(text, path), NULL, "NO_SUCH", &s, &e));
	assert_non_null(strstr(e.msg, "damaged"));
	(void)unlink(path);
	assert_false(minisign_secret_read(in_file(PUBLIC "\n", path), NULL, "NO_SUCH", &s, &e));
	assert_non_null(strstr(e.msg, "is not a secret key of minisign"));
	(void)unlink(path);
}

static void
asks_for_the_password_of_an_encrypted_key(void **state)
{
	char text[] = SECRET, path[32];
	struct minisign_secret s;
	struct err e;

	(void)state;
	memcpy(strstr(text, "RWQAAEIy"), "RWRTY0Iy", 8); /* the algorithm of the password: Sc */
	assert_false(minisign_secret_read(in_file(text, path), NULL, "NO_SUCH", &s, &e));
	assert_non_null(strstr(e.msg, "it is encrypted"));
	(void)setenv("SOME_PASSWORD", "guess", 1);
	assert_false(minisign_secret_read(path, NULL, "SOME_PASSWORD", &s, &e));
	assert_non_null(strstr(e.msg, "password is wrong"));
	(void)unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(verifies_what_minisign_signed),
	    cmocka_unit_test(refuses_other_data_and_keys),
	    cmocka_unit_test(refuses_every_changed_signature),
	    cmocka_unit_test(signs_as_minisign_does),
	    cmocka_unit_test(refuses_damaged_keys),
	    cmocka_unit_test(asks_for_the_password_of_an_encrypted_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
