/*
 * Signatures in minisign's format, made and checked with libcrypto: used for bundles, and for rules that travel as one
 * file. Knows the format only; which file is signed, and what a signature permits, is decided by the callers.
 */
#include "base/minisign.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/secret.h"
#include "base/text.h"

#define FILE_MAX ((size_t)16 * 1024) /* of a key; a comment is free text */
#define UNTRUSTED "untrusted comment: "
#define TRUSTED "trusted comment: "
#define COMMENT_MAX ((size_t)8000) /* minisign reads trusted comments of up to 8 KiB */

#define ID 8
#define SIG 64
#define HASH 64
#define KEY_BYTES (2 + ID + 32)
#define SIG_BYTES (2 + ID + SIG)

/* A secret key: three algorithms, what scrypt needs, then id, seed, public key and check sum, possibly encrypted. */
#define SALT_AT 6
#define SALT 32
#define OPS_AT (SALT_AT + SALT)
#define MEM_AT (OPS_AT + 8)
#define SEALED_AT (MEM_AT + 8)
#define SEALED (ID + 32 + 32 + 32)
#define SECRET_BYTES (SEALED_AT + SEALED)
#define MEMORY_MAX ((uint64_t)1 << 30) /* as minisign asks for by default */

static void
ctx_drop(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

static void
pkey_drop(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static uint64_t
le64(const unsigned char *p)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

char *
minisign_id(const struct minisign_public *key, char out[MINISIGN_ID])
{
	(void)snprintf(out, MINISIGN_ID, "%llX", (unsigned long long)le64(key->id));
	return out;
}

struct sig_line {
	const char *p;
	size_t len;
};

/* The next line of a text, without its end. False: there is none. */
static bool
next_line(const char **p, const char *end, struct sig_line *out)
{
	const char *stop = memchr(*p, '\n', (size_t)(end - *p));

	if (*p == end)
		return false;
	*out = (struct sig_line){*p, (size_t)((stop != NULL ? stop : end) - *p)};
	*p = stop != NULL ? stop + 1 : end;
	if (out->len > 0 && out->p[out->len - 1] == '\r')
		out->len--;
	return true;
}

static bool
begins(struct sig_line l, const char *with)
{
	return l.len >= strlen(with) && memcmp(l.p, with, strlen(with)) == 0;
}

/* Exactly `n` bytes in base64, written in the one way that is right. */
static bool
decode(struct sig_line l, unsigned char *out, size_t n)
{
	unsigned char bytes[SECRET_BYTES + 3];
	char again[4 * ((SECRET_BYTES + 2) / 3) + 1];
	bool same;

	assert(n <= SECRET_BYTES);
	if (l.len != 4 * ((n + 2) / 3) || EVP_DecodeBlock(bytes, (const unsigned char *)l.p, (int)l.len) < (int)n)
		return false;
	(void)EVP_EncodeBlock((unsigned char *)again, bytes, (int)n);
	same = memcmp(again, l.p, l.len) == 0;
	memcpy(out, bytes, n);
	OPENSSL_cleanse(bytes, sizeof bytes);
	OPENSSL_cleanse(again, sizeof again);
	return same;
}

/* A key file: a comment, then the key. Also the key alone. */
static bool
key_line(const char *text, size_t len, unsigned char *out, size_t n)
{
	const char *end = text + len;
	struct sig_line l;

	if (!next_line(&text, end, &l) || (begins(l, UNTRUSTED) && !next_line(&text, end, &l)))
		return false;
	return text == end && decode(l, out, n);
}

bool
minisign_public_read(const char *key_or_file, struct minisign_public *key, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	unsigned char raw[KEY_BYTES];
	const char *text = key_or_file;
	size_t len = strlen(key_or_file);

	if (!key_line(text, len, raw, sizeof raw)) {
		if (!file_read(a, key_or_file, FILE_MAX, &text, &len, e)) {
			err_prefix(e, "not a public key of minisign (RW and 54 more characters), and as a file it");
			return false;
		}
		if (!key_line(text, len, raw, sizeof raw))
			return fail(e, (struct loc){.file = key_or_file}, "is not a public key of minisign");
	}
	if (memcmp(raw, "Ed", 2) != 0)
		return fail(e, NOWHERE, "the public key is for another algorithm than Ed25519");
	memcpy(key->id, raw + 2, ID);
	memcpy(key->key, raw + 2 + ID, sizeof key->key);
	return true;
}

/* What scrypt is called with; minisign stores the limits from which its library derives that. */
static bool
scrypt_cost(uint64_t ops, uint64_t memory, uint64_t *n, uint64_t *p)
{
	uint64_t most, rest;

	if (ops < 32768)
		ops = 32768;
	if (memory > MEMORY_MAX || ops > (uint64_t)1 << 32)
		return false;
	most = ops < memory / 32 ? ops / 32 : memory / 1024;
	*n = 2;
	while (*n <= most / 2)
		*n *= 2;
	rest = ops / 4 / *n;
	*p = ops < memory / 32 || rest < 8 ? 1 : rest / 8;
	return true;
}

/* The sealed part is xored with what scrypt makes of the password. */
static bool
unseal(unsigned char *raw, const char *password, struct err *e)
{
	unsigned char stream[SEALED];
	uint64_t n, p;

	if (!scrypt_cost(le64(raw + OPS_AT), le64(raw + MEM_AT), &n, &p))
		return fail(
		    e, NOWHERE, "it needs more than %llu MiB to be decrypted", (unsigned long long)(MEMORY_MAX >> 20));
	if (EVP_PBE_scrypt(
		password, strlen(password), raw + SALT_AT, SALT, n, 8, p, MEMORY_MAX * 2, stream, sizeof stream) != 1)
		return fail(e, NOWHERE, "it cannot be decrypted: scrypt failed (is there 1 GiB of memory?)");
	for (size_t i = 0; i < SEALED; i++)
		raw[SEALED_AT + i] ^= stream[i];
	OPENSSL_cleanse(stream, sizeof stream);
	return true;
}

/* The public key inside follows from the seed: the check sum of the file needs BLAKE2b-256, which libcrypto lacks. */
static bool
is_pair(const struct minisign_secret *s)
{
	CLEANUP(pkey_drop)
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, s->seed, sizeof s->seed);
	unsigned char public[32];
	size_t n = sizeof public;

	return key != NULL && EVP_PKEY_get_raw_public_key(key, public, &n) == 1 && n == sizeof public &&
	    memcmp(public, s->public.key, n) == 0;
}

static bool
open_secret(unsigned char *raw, const char *password_file, const char *variable, bool *encrypted, struct err *e)
{
	char password[SECRET_MAX + 1];
	bool ok;

	*encrypted = memcmp(raw + 2, "Sc", 2) == 0;
	if (memcmp(raw, "Ed", 2) != 0 || (!*encrypted && memcmp(raw + 2, "\0\0", 2) != 0))
		return fail(e, NOWHERE, "it is for another algorithm than Ed25519 and scrypt");
	if (!*encrypted)
		return true;
	if (!secret_find(password_file, variable, password, e))
		return false;
	if (password[0] == '\0')
		return fail(e, NOWHERE,
		    "it is encrypted: name a file with its password (--sign-password-file), set %s, or make a key "
		    "without a password (minisign -G -W)",
		    variable);
	ok = unseal(raw, password, e);
	OPENSSL_cleanse(password, sizeof password);
	return ok;
}

bool
minisign_secret_read(
    const char *path, const char *password_file, const char *variable, struct minisign_secret *s, struct err *e)
{
	CLEANUP(arena_drop) struct arena *a = arena_new();
	unsigned char raw[SECRET_BYTES];
	const char *text;
	size_t len;
	bool encrypted, ok;

	if (!file_read(a, path, FILE_MAX, &text, &len, e))
		return false;
	if (!key_line(text, len, raw, sizeof raw))
		return fail(e, (struct loc){.file = path}, "is not a secret key of minisign");
	ok = open_secret(raw, password_file, variable, &encrypted, e);
	if (ok) {
		memcpy(s->public.id, raw + SEALED_AT, ID);
		memcpy(s->seed, raw + SEALED_AT + ID, sizeof s->seed);
		memcpy(s->public.key, raw + SEALED_AT + ID + sizeof s->seed, sizeof s->public.key);
		ok = is_pair(s) ||
		    fail(e, NOWHERE, encrypted ? "the password is wrong, or the key is damaged" : "the key is damaged");
	}
	OPENSSL_cleanse(raw, sizeof raw);
	if (!ok)
		err_within(e, path);
	return ok;
}

void
minisign_secret_wipe(struct minisign_secret *s)
{
	OPENSSL_cleanse(s, sizeof *s);
}

static bool
hash(const void *data, size_t n, unsigned char out[HASH], struct err *e)
{
	unsigned len = 0;

	return (EVP_Digest(data, n, out, &len, EVP_blake2b512(), NULL) == 1 && len == HASH) ||
	    fail(e, NOWHERE, "libcrypto has no BLAKE2b-512 here, which minisign's format needs (FIPS mode?)");
}

static bool
sign_raw(const struct minisign_secret *s, const void *data, size_t n, unsigned char out[SIG], struct err *e)
{
	CLEANUP(pkey_drop)
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, s->seed, sizeof s->seed);
	CLEANUP(ctx_drop) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = SIG;

	return (key != NULL && ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
		   EVP_DigestSign(ctx, out, &len, data, n) == 1 && len == SIG) ||
	    fail(e, NOWHERE, "libcrypto cannot sign with Ed25519 here (FIPS mode?)");
}

static bool
verify_raw(const struct minisign_public *p, const unsigned char sig[SIG], const void *data, size_t n)
{
	CLEANUP(pkey_drop)
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, p->key, sizeof p->key);
	CLEANUP(ctx_drop) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	return key != NULL && ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestVerify(ctx, sig, SIG, data, n) == 1;
}

/* What the second signature covers: the first one, and the comment. */
static unsigned char *
covered(struct arena *a, const unsigned char sig[SIG], const char *comment, size_t n)
{
	unsigned char *all = arena_alloc(a, SIG + n + 1);

	memcpy(all, sig, SIG);
	memcpy(all + SIG, comment, n);
	return all;
}

static const char *
encode(struct arena *a, const unsigned char *p, size_t n)
{
	char *out = arena_alloc(a, 4 * ((n + 2) / 3) + 1);

	(void)EVP_EncodeBlock((unsigned char *)out, p, (int)n);
	return out;
}

bool
minisign_sign(struct arena *a, const struct minisign_secret *s, const void *data, size_t n, const char *trusted_comment,
    const char **sig, struct err *e)
{
	const char *comment = text_clean(a, trusted_comment, strlen(trusted_comment), COMMENT_MAX);
	unsigned char digest[HASH], raw[SIG_BYTES], second[SIG], *first = raw + 2 + ID;
	char id[MINISIGN_ID];

	raw[0] = 'E';
	raw[1] = 'D';
	memcpy(raw + 2, s->public.id, ID);
	if (!hash(data, n, digest, e) || !sign_raw(s, digest, sizeof digest, first, e) ||
	    !sign_raw(s, covered(a, first, comment, strlen(comment)), SIG + strlen(comment), second, e))
		return false;
	*sig = arena_printf(a, UNTRUSTED "signature by preflight with key %s\n%s\n" TRUSTED "%s\n%s\n",
	    minisign_id(&s->public, id), encode(a, raw, sizeof raw), comment, encode(a, second, sizeof second));
	return true;
}

struct signature {
	unsigned char raw[SIG_BYTES]; /* algorithm, id of the key, signature */
	struct sig_line comment;
	unsigned char second[SIG];
};

static bool
signature_read(const char *sig, size_t len, struct signature *out, struct err *e)
{
	const char *end = sig + len;
	struct sig_line l;

	if (!next_line(&sig, end, &l) || !begins(l, UNTRUSTED) || !next_line(&sig, end, &l) ||
	    !decode(l, out->raw, sizeof out->raw) || !next_line(&sig, end, &out->comment) ||
	    !begins(out->comment, TRUSTED) || !next_line(&sig, end, &l) ||
	    !decode(l, out->second, sizeof out->second) || sig != end)
		return fail(e, NOWHERE, "the signature is cut or damaged, or not in minisign's format");
	out->comment.p += strlen(TRUSTED);
	out->comment.len -= strlen(TRUSTED);
	return true;
}

bool
minisign_claimed_id(const char *sig, size_t sig_len, char out[MINISIGN_ID], struct err *e)
{
	struct minisign_public key;
	struct signature s;

	if (!signature_read(sig, sig_len, &s, e))
		return false;
	memcpy(key.id, s.raw + 2, ID);
	(void)minisign_id(&key, out);
	return true;
}

bool
minisign_verify(struct arena *a, const struct minisign_public *p, const char *sig, size_t sig_len, const void *data,
    size_t n, const char **comment, struct err *e)
{
	const unsigned char *first;
	unsigned char digest[HASH];
	struct minisign_public signer = {0};
	char id[MINISIGN_ID], ours[MINISIGN_ID];
	struct signature s = {.comment.p = ""};

	if (!signature_read(sig, sig_len, &s, e))
		return false;
	memcpy(signer.id, s.raw + 2, ID);
	(void)minisign_id(p, ours);
	if (memcmp(signer.id, p->id, ID) != 0)
		return fail(e, NOWHERE, "it is signed with key %s, not with %s", minisign_id(&signer, id), ours);
	if (memcmp(s.raw, "ED", 2) == 0) {
		if (!hash(data, n, digest, e))
			return false;
		data = digest;
		n = sizeof digest;
	} else if (memcmp(s.raw, "Ed", 2) != 0) {
		return fail(e, NOWHERE, "the signature is of an unknown algorithm");
	}
	first = s.raw + 2 + ID;
	if (!verify_raw(p, first, data, n))
		return fail(e, NOWHERE, "the signature with key %s does not match: it was changed after signing", ours);
	if (!verify_raw(p, s.second, covered(a, first, s.comment.p, s.comment.len), SIG + s.comment.len))
		return fail(e, NOWHERE, "the trusted comment of the signature was changed after signing");
	*comment = text_clean(a, s.comment.p, s.comment.len, COMMENT_MAX);
	return true;
}
