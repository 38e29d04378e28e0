/*
 * Checks that the two directories of a zip agree, and fixes the times that libarchive writes, so that the same
 * files give the same bytes. Compression and reading are libarchive's.
 */
#include "bundle/bundle_zip.h"

#include <string.h>
#include <time.h>

#include "bundle/bundle_limits.h"

#define LOCAL 0x04034b50U /* before each file: 30 bytes, name, extra, data */
#define LOCAL_BYTES 30U
#define DESCRIPTOR 0x08074b50U /* behind the data, if flag 3 is set */
#define CENTRAL 0x02014b50U    /* in the directory: 46 bytes, name, extra, comment */
#define CENTRAL_BYTES 46U
#define END 0x06054b50U
#define END_BYTES 22U
#define FLAG_ENCRYPTED 1U
#define FLAG_DESCRIPTOR 8U
#define DOS_MIN 0x00210000U /* 1980-01-01 */
#define DOS_MAX 0xFF9FBF7DU /* 2107-12-31 23:59:58 */

/* Where the next file has to begin, and where its directory entry is. */
struct zip_walk {
	unsigned char *p;
	size_t local, central, directory, end;
};

static unsigned
le16(const unsigned char *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

static uint32_t
le32(const unsigned char *p)
{
	return le16(p) | (uint32_t)le16(p + 2) << 16;
}

static void
put32(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (8 * i));
}

/* Date and time as a zip has them, two seconds to a step. */
static uint32_t
dos_time(int64_t time_s)
{
	time_t t = (time_t)time_s;
	struct tm tm = {0};
	unsigned day, second;

	(void)gmtime_r(&t, &tm);
	if (tm.tm_year < 80)
		return DOS_MIN;
	if (tm.tm_year > 207)
		return DOS_MAX;
	day = (unsigned)(tm.tm_year - 80) << 9 | (unsigned)(tm.tm_mon + 1) << 5 | (unsigned)tm.tm_mday;
	second = (unsigned)tm.tm_hour << 11 | (unsigned)tm.tm_min << 5 | (unsigned)tm.tm_sec / 2;
	return day << 16 | second;
}

static bool
disagree(struct err *e)
{
	return fail(e, NOWHERE, "the archive is cut or damaged: its directory and its files disagree");
}

/* Both describe the file equally, and the sizes too where both have them. */
static bool
agree(const unsigned char *local, const unsigned char *central)
{
	unsigned name = le16(central + 28);

	return le32(local) == LOCAL && memcmp(local + 6, central + 8, 4) == 0 && le16(local + 26) == name &&
	    memcmp(local + LOCAL_BYTES, central + CENTRAL_BYTES, name) == 0 &&
	    ((le16(local + 6) & FLAG_DESCRIPTOR) != 0 || memcmp(local + 14, central + 16, 12) == 0);
}

/* Steps over a file and its directory entry. */
static bool
walk_entry(struct zip_walk *w, const uint32_t *stamp, struct err *e)
{
	unsigned char *central = w->p + w->central, *local = w->p + w->local;
	size_t central_bytes, bytes;

	if (w->end - w->central < CENTRAL_BYTES || le32(central) != CENTRAL)
		return disagree(e);
	central_bytes = CENTRAL_BYTES + le16(central + 28) + le16(central + 30) + le16(central + 32);
	if (w->end - w->central < central_bytes || le32(central + 42) != w->local ||
	    w->directory - w->local < LOCAL_BYTES + le16(central + 28) || !agree(local, central))
		return disagree(e);
	if ((le16(central + 8) & FLAG_ENCRYPTED) != 0)
		return fail(e, NOWHERE, "it is encrypted: unpack it and pack it again without a password");
	if (le16(central + 10) != 0 && le16(central + 10) != 8)
		return fail(e, NOWHERE,
		    "it is packed by a method other than deflate: unpack it and pack it "
		    "again");
	bytes = LOCAL_BYTES + le16(local + 26) + le16(local + 28) + (size_t)le32(central + 20);
	if (w->directory - w->local < bytes)
		return disagree(e);
	if (stamp != NULL) {
		put32(central + 12, *stamp);
		put32(local + 10, *stamp);
	}
	w->central += central_bytes;
	w->local += bytes;
	if ((le16(central + 8) & FLAG_DESCRIPTOR) != 0) {
		if (w->directory - w->local < 16)
			return disagree(e);
		w->local += le32(w->p + w->local) == DESCRIPTOR ? 16 : 12;
	}
	return true;
}

bool
zip_walk(unsigned char *p, size_t n, int64_t time_s, struct err *e)
{
	uint32_t stamp = time_s >= 0 ? dos_time(time_s) : 0;
	const unsigned char *end;
	struct zip_walk w = {.p = p};
	size_t entries;

	if (n < END_BYTES || le32(p + n - END_BYTES) != END || le16(p + n - 2) != 0)
		return fail(e, NOWHERE, "the archive is cut or damaged: it does not end as a zip does");
	w.end = n - END_BYTES;
	end = p + w.end;
	entries = le16(end + 10);
	w.directory = w.central = le32(end + 16);
	if (entries > BUNDLE_ENTRIES_MAX)
		return fail(e, NOWHERE, "it contains more than %zu entries", BUNDLE_ENTRIES_MAX);
	if (le32(end + 4) != 0 || le16(end + 8) != entries || w.directory > w.end ||
	    w.end - w.directory != le32(end + 12))
		return disagree(e);
	for (size_t i = 0; i < entries; i++)
		if (!walk_entry(&w, time_s >= 0 ? &stamp : NULL, e))
			return false;
	return (w.local == w.directory && w.central == w.end) || disagree(e);
}
