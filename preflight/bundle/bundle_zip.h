/* The structure of zip archives, which libarchive reads leniently. */
#ifndef BUNDLE_ZIP_H
#define BUNDLE_ZIP_H

#include "base/err.h"

/*
 * Demands that a zip archive consists of its entries, one after the other, and the directory that
 * names just these: so that every program that unpacks it sees the same. With a `time_s` that is
 * not negative, its DOS times are set to that, in UTC; libarchive writes them in local time.
 */
bool zip_walk(unsigned char *, size_t, int64_t time_s, struct err *) MUST;

#endif
