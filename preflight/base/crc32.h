/* The check sum of gzip and zip. */
#ifndef CRC32_H
#define CRC32_H

#include <stddef.h>
#include <stdint.h>

/* The CRC-32 of what `crc` covers (0: nothing) and these bytes. */
uint32_t crc32_add(uint32_t crc, const unsigned char *, size_t);

#endif
