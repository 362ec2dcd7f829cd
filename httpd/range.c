/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the header Range: one range of bytes, or none that is understood. */
#include "httpd/range.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* What the one range says; what is missing of it is not there. */
struct spec {
	bool has_first, has_last;
	uint64_t first, last;
};

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

/* Digits, if any; a number beyond 64 bits counts as the greatest, for no file is longer. */
static const char *read_number(const char *at, bool *is_there, uint64_t *number)
{
	*is_there = *at >= '0' && *at <= '9';
	for (*number = 0; *at >= '0' && *at <= '9'; at++) {
		unsigned digit = (unsigned)(*at - '0');

		if (__builtin_mul_overflow(*number, 10u, number) ||
		    __builtin_add_overflow(*number, digit, number)) {
			*number = UINT64_MAX;
			return at + strspn(at, "0123456789");
		}
	}
	return at;
}

static bool read_spec(const char *at, struct spec *spec)
{
	if (strncasecmp(at, "bytes=", 6))
		return false;
	at = read_number(skip_blanks(at + 6), &spec->has_first, &spec->first);
	if (*at++ != '-')
		return false;
	at = skip_blanks(read_number(at, &spec->has_last, &spec->last));
	return !*at && (spec->has_first || spec->has_last) &&
	       !(spec->has_first && spec->has_last && spec->last < spec->first);
}

/* The last @count bytes; the whole if it has no more. */
static enum range_verdict take_suffix(uint64_t count, uint64_t size_bytes, struct range *range)
{
	if (!count)
		return RANGE_UNSATISFIABLE;
	/* Of an empty file this is satisfied by nothing, which no Content-Range can say. */
	if (!size_bytes)
		return RANGE_WHOLE;
	range->len_bytes = count < size_bytes ? count : size_bytes;
	range->first = size_bytes - range->len_bytes;
	return RANGE_PART;
}

static enum range_verdict take(const struct spec *spec, uint64_t size_bytes, struct range *range)
{
	uint64_t most;

	if (!spec->has_first)
		return take_suffix(spec->last, size_bytes, range);
	if (spec->first >= size_bytes)
		return RANGE_UNSATISFIABLE;
	most = size_bytes - spec->first;
	range->first = spec->first;
	range->len_bytes = most;
	if (spec->has_last && spec->last - spec->first < most)
		range->len_bytes = spec->last - spec->first + 1;
	return RANGE_PART;
}

enum range_verdict range_parse(const char *header, uint64_t size_bytes, struct range *range)
{
	struct range whole = { 0, size_bytes };
	struct spec spec;
	enum range_verdict verdict = RANGE_WHOLE;

	if (header && read_spec(header, &spec))
		verdict = take(&spec, size_bytes, &whole);
	if (verdict != RANGE_UNSATISFIABLE)
		*range = whole;
	return verdict;
}
