/*
 * A program that is linked to the same libraries as preflight and does nothing: what starting and
 * loading cost at least. One symbol of each library keeps a linker from leaving it out.
 */
#include <archive.h>
#include <curl/curl.h>
#include <hiredis/hiredis.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <stdio.h>
#include <yaml.h>

int
main(int argc, char **argv)
{
	if (argc < 2)
		return 0;
	(void)redisReaderCreate();
	(void)json_object();
	(void)printf("%s: libpq %d, libarchive %d, SQLite %d, libyaml %s, %s, %s\n", argv[0], PQlibVersion(),
	    archive_version_number(), sqlite3_libversion_number(), yaml_get_version_string(),
	    OpenSSL_version(OPENSSL_VERSION), curl_version());
	return 0;
}
