/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole strings to numbers. The grammar is checked here: strtod() alone takes "0x1p3", "nan",
 * leading spaces and the locale's comma. */
#include "common/parse.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char digits[] = "0123456789";

int parse_u64(const char *string, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (!string || !*string || string[strspn(string, digits)])
		return -EINVAL;
	for (; *string; string++) {
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*string - '0'), &value))
			return -ERANGE;
	}
	if (value < min || value > max)
		return -ERANGE;
	*out = value;
	return 0;
}

/* [-] digits [. digits] [e [+-] digits], with at least one digit on either side of the point. */
static bool is_decimal(const char *string)
{
	size_t whole, fraction = 0;

	string += *string == '-';
	whole = strspn(string, digits);
	string += whole;
	if (*string == '.') {
		fraction = strspn(++string, digits);
		string += fraction;
	}
	if (whole + fraction == 0)
		return false;
	if (*string != 'e' && *string != 'E')
		return *string == '\0';
	string++;
	string += *string == '-' || *string == '+';
	return *string && string[strspn(string, digits)] == '\0';
}

int parse_double(const char *string, double min, double max, double *out)
{
	char *end;
	double value;

	if (!string || !is_decimal(string))
		return -EINVAL;
	value = strtod(string, &end);
	if (*end)
		return -EINVAL;
	if (!isfinite(value) || value < min || value > max)
		return -ERANGE;
	*out = value;
	return 0;
}
