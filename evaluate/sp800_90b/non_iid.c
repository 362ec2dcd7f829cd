/* SPDX-License-Identifier: GPL-3.0-or-later */
/* non_iid - the non-IID track, SP 800-90B 3.1.3: the least of ten estimates, for symbols and bits.
 */
#include "evaluate/sp800_90b/assess.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "evaluate/sp800_90b/battery.h"

static uint8_t *renumber(const struct symbols *symbols, const uint8_t number[static 256])
{
	uint8_t *value = malloc(symbols->count);

	for (uint64_t i = 0; value && i < symbols->count; i++)
		value[i] = number[symbols->value[i]];
	return value;
}

/* Each symbol's bits, one per byte, most significant first. */
static uint8_t *split_bits(const struct symbols *symbols)
{
	const unsigned width = symbols->width;
	uint8_t *bits = calloc(symbols->count, width);

	for (uint64_t i = 0; bits && i < symbols->count; i++)
		for (unsigned j = 0; j < width; j++)
			bits[i * width + j] = symbols->value[i] >> (width - 1 - j) & 1;
	return bits;
}

static void conclude(struct non_iid *out)
{
	out->h_original = battery_least(out->literal);
	out->h_bitstring = out->has_bitstring ? battery_least(out->bitstring) : NAN;
	/* fmin() passes over a NAN: that of a sequence without estimates. */
	out->min_entropy = fmin(out->h_original, out->width * out->h_bitstring);
}

static void begin(const struct symbols *symbols, unsigned distinct, struct non_iid *out)
{
	*out = (struct non_iid){ .samples = symbols->count,
				 .width = symbols->width,
				 .distinct = distinct,
				 /* 3.1.3: of an alphabet of two the symbols are the bits. */
				 .has_bitstring = distinct > 2,
				 .h_original = distinct ? 0 : NAN,
				 .h_bitstring = NAN,
				 .min_entropy = distinct ? 0 : NAN };
	battery_init(out->literal);
	battery_init(out->bitstring);
}

int non_iid_assess(const struct symbols *symbols, const struct audience *audience,
		   struct non_iid *out)
{
	uint8_t number[256];
	const unsigned distinct = battery_number(symbols, number);
	int err = -ENOMEM;

	begin(symbols, distinct, out);
	if (distinct < 2)
		return distinct ? -EDOM : -ENODATA;

	uint8_t *literal = renumber(symbols, number);
	uint8_t *bits = out->has_bitstring ? split_bits(symbols) : NULL;
	const uint8_t last = (uint8_t)(distinct - 1);
	const struct battery batteries[] = {
		{ { literal, symbols->count, symbols_width(&last, 1) }, out->literal },
		{ { bits, symbols->count * symbols->width, 1 }, out->bitstring },
	};

	if (!literal || (out->has_bitstring && !bits))
		goto out;
	err = battery_run(batteries, out->has_bitstring ? 2 : 1, audience);
	if (err)
		goto out;
	conclude(out);
	if (isnan(out->min_entropy))
		err = -ENODATA;
out:
	free(bits);
	free(literal);
	return err;
}
