/*
 * A program that is linked to the same libraries as preflight. Without an argument it does nothing: what starting and
 * loading cost at least. With one, it uses once each library that a check uses, and prints its peak of memory in MiB:
 * no check can have less.
 */
#include <archive.h>
#include <archive_entry.h>
#include <curl/curl.h>
#include <hiredis/hiredis.h>
#include <jansson.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <yaml.h>

static void
pack_nothing(void)
{
	static char packed[1 << 16];
	size_t used;
	struct archive *a = archive_write_new();
	struct archive_entry *en = archive_entry_new();

	(void)archive_write_set_format_pax_restricted(a);
	(void)archive_write_add_filter_gzip(a);
	(void)archive_write_open_memory(a, packed, sizeof packed, &used);
	archive_entry_set_pathname(en, "nothing");
	archive_entry_set_filetype(en, AE_IFREG);
	archive_entry_set_size(en, 0);
	(void)archive_write_header(a, en);
	archive_entry_free(en);
	(void)archive_write_free(a);
}

static void
query_nothing(void)
{
	sqlite3 *db = NULL;

	(void)sqlite3_open(":memory:", &db);
	(void)sqlite3_exec(db, "CREATE TABLE a(b); INSERT INTO a VALUES(1); SELECT * FROM a", NULL, NULL, NULL);
	(void)sqlite3_close(db);
}

/* VmHWM, and not what getrusage() has: that begins with the memory of whoever started the program. */
static void
print_peak(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	double kib;

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (sscanf(line, "VmHWM: %lf", &kib) == 1)
			(void)printf("%.1f\n", kib / 1024);
	if (f != NULL)
		(void)fclose(f);
}

/* curl sets up OpenSSL, too. */
int
main(int argc, char **argv)
{
	(void)argv;
	if (argc < 2)
		return 0;
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	redisReaderFree(redisReaderCreate());
	json_decref(json_object());
	PQconninfoFree(PQconndefaults());
	(void)yaml_get_version_string();
	pack_nothing();
	query_nothing();
	print_peak();
	return 0;
}
