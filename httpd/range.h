/* SPDX-License-Identifier: GPL-3.0-or-later */
/* range - the header Range: of bytes, one range (RFC 9110, 14.1.2 and 14.2). */
#ifndef TRNG_HTTPD_RANGE_H
#define TRNG_HTTPD_RANGE_H

#include <stdint.h>

enum range_verdict {
	RANGE_WHOLE, /* none, several, or malformed: the whole is sent, as RFC 9110 allows */
	RANGE_PART,
	RANGE_UNSATISFIABLE
};

struct range {
	uint64_t first, len_bytes;
};

/** range_parse - what @header (NULL: none) asks of @size_bytes. @range: set unless unsatisfiable.
 */
enum range_verdict range_parse(const char *header, uint64_t size_bytes, struct range *range);

#endif
