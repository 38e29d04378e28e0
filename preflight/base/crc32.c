/*
 * CRC-32 with a table of 16 entries: what libarchive does not check of a gzip stream. Not for data that must resist
 * an attacker.
 */
#include "base/crc32.h"

uint32_t
crc32_add(uint32_t crc, const unsigned char *p, size_t n)
{
	static const uint32_t table[16] = {
	    0x00000000,
	    0x1db71064,
	    0x3b6e20c8,
	    0x26d930ac,
	    0x76dc4190,
	    0x6b6b51f4,
	    0x4db26158,
	    0x5005713c,
	    0xedb88320,
	    0xf00f9344,
	    0xd6d6a3e8,
	    0xcb61b38c,
	    0x9b64c2b0,
	    0x86d3d2d4,
	    0xa00ae278,
	    0xbdbdf21c,
	};

	crc = ~crc;
	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}
