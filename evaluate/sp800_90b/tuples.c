/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tuples - t-tuple and longest repeated substring estimates of SP 800-90B, 6.3.5 and 6.3.6. */
#include "evaluate/sp800_90b/tuples.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "evaluate/sp800_90b/bound.h"
#include "evaluate/sp800_90b/estimators.h"

#define CUTOFF        35 /* occurrences that make a tuple common: 6.3.5 step 1 */
#define FIRST_LENGTHS 128
#define AT_ONCE       ((uint64_t)1 << 21) /* as fast as more; with less the text is read more often */

void tally_init(struct tally *tally)
{
	*tally = (struct tally){ .suffixes = 1 };
}

void tally_release(struct tally *tally)
{
	free(tally->of);
	free(tally->open);
	tally_init(tally);
}

/* *@array of *@count items of @size_bytes gets more than @index of them; few in vain, as there may
 * be as many as symbols. */
static bool grow(void **array, uint64_t *count, uint64_t index, size_t size_bytes)
{
	uint64_t more = index + index / 16 + FIRST_LENGTHS;
	void *larger = reallocarray(*array, more, size_bytes);

	if (!larger)
		return false;
	*array = larger;
	*count = more;
	return true;
}

static bool make_room(struct tally *tally, uint64_t length)
{
	void *of = tally->of, *open = tally->open;
	uint64_t before = tally->lengths;
	bool is_done =
		(length < before || grow(&of, &tally->lengths, length, sizeof(*tally->of))) &&
		(tally->opens < tally->opens_allocated ||
		 grow(&open, &tally->opens_allocated, tally->opens, sizeof(*tally->open)));

	tally->of = of;
	tally->open = open;
	for (uint64_t i = before; i < tally->lengths; i++)
		tally->of[i] = (struct tally_length){ 0 };
	tally->is_out_of_memory = !is_done;
	return is_done;
}

/*
 * The last of the open substrings will not occur again. Its pairs do not count for the next shorter
 * substring (of length @outer), which contains them, too.
 */
static uint64_t close_last(struct tally *tally, uint64_t common)
{
	const struct tally_open *last = &tally->open[--tally->opens];
	uint64_t outer = tally->opens && last[-1].length > common ? last[-1].length : common;
	uint64_t count = tally->suffixes - last->first;
	uint64_t pairs = count % 2 ? count * ((count - 1) / 2) : count / 2 * (count - 1);
	struct tally_length *of = &tally->of[last->length];

	if (count > of->most)
		of->most = count;
	of->pairs += pairs;
	tally->of[outer].pairs -= pairs;
	return last->first;
}

void tally_next(struct tally *tally, uint64_t common)
{
	uint64_t first = tally->suffixes - 1;

	while (tally->opens && tally->open[tally->opens - 1].length > common)
		first = close_last(tally, common);
	if (common > (tally->opens ? tally->open[tally->opens - 1].length : 0)) {
		if (common >= tally->lengths || tally->opens == tally->opens_allocated)
			if (tally->is_out_of_memory || !make_room(tally, common))
				return;
		tally->open[tally->opens++] = (struct tally_open){ common, first };
		if (common > tally->longest)
			tally->longest = common;
	}
	tally->suffixes++;
}

int tally_finish(struct tally *tally)
{
	while (tally->opens)
		close_last(tally, 0);
	for (uint64_t length = tally->longest; length > 1; length--) {
		struct tally_length *of = &tally->of[length - 1];

		if (of[1].most > of->most)
			of->most = of[1].most;
		of->pairs += of[1].pairs;
	}
	return tally->is_out_of_memory ? -ENOMEM : 0;
}

/* Of all substrings. */
static int take_tally(const struct symbols *symbols, struct tally *tally)
{
	tally_init(tally);
	if (symbols->count < 2)
		return 0;
	int err = tuples_by_prefix(symbols, AT_ONCE, tally);

	if (err == -E2BIG) {
		tally_release(tally);
		err = tuples_by_suffix(symbols, tally);
	}
	if (!err)
		err = tally_finish(tally);
	return err;
}

/* Equal pairs among the @n - length + 1 substrings of each length, as a share of all pairs. */
static double share_of_pairs(const struct tally *tally, uint64_t n, uint64_t length)
{
	double substrings = (double)(n - length + 1);

	return (double)tally->of[length].pairs / (substrings * (substrings - 1) / 2);
}

/* The length up to which some substring is common: t. */
static uint64_t longest_common(const struct tally *tally)
{
	uint64_t t = 0;

	while (t < tally->longest && tally->of[t + 1].most >= CUTOFF)
		t++;
	return t;
}

/* The greatest P^(1/length), as exp of the greatest ln(P) / length. */
static void report(struct result *result, const char *p_name, double ln_p, uint64_t n)
{
	double p = exp(ln_p), p_u = bound_upper(p, n);

	result_real(result, p_name, p);
	result_real(result, "p_u", p_u);
	result_real(result, "min_entropy", bound_min_entropy(p_u));
}

static void report_t_tuple(const struct symbols *symbols, const struct tally *tally,
			   struct result *result)
{
	uint64_t t = longest_common(tally), n = symbols->count;
	double greatest = -INFINITY;

	if (t == 0) {
		uint64_t most = tally->longest ? tally->of[1].most : n > 0;

		result->outcome = OUTCOME_SHORT;
		result->needs_bits = (CUTOFF - most) * symbols->width;
		return;
	}
	for (uint64_t length = 1; length <= t; length++) {
		double share = (double)tally->of[length].most / (double)(n - length + 1);

		greatest = fmax(greatest, log(share) / (double)length);
	}
	result_integer(result, "t", (int64_t)t);
	report(result, "p_hat_max", greatest, n);
}

/*
 * With u = t + 1 no substring of the lengths u..v is common, so there are less than 17 n pairs: the
 * modulus of struct tally_length does not matter. If no substring of length u repeats at all, the
 * standard gives no estimate (6.3.6 step 1), nor does NIST's tool (its issue 178: it leaves it out
 * of the minimum).
 */
static void report_lrs(const struct symbols *symbols, const struct tally *tally,
		       struct result *result)
{
	uint64_t u = longest_common(tally) + 1, v = tally->longest;
	double greatest = -INFINITY;

	result_integer(result, "u", (int64_t)u);
	result_integer(result, "v", (int64_t)v);
	if (u > v) {
		result->outcome = OUTCOME_SHORT;
		result->needs_bits = symbols->width; /* at least */
		return;
	}
	for (uint64_t length = u; length <= v; length++) {
		double share = share_of_pairs(tally, symbols->count, length);

		greatest = fmax(greatest, log(share) / (double)length);
	}
	report(result, "p_hat", greatest, symbols->count);
}

int t_tuple_lrs_estimate(const struct symbols *symbols, struct result *t_tuple, struct result *lrs)
{
	struct tally tally;
	int err = take_tally(symbols, &tally);

	result_init(t_tuple, "t_tuple");
	result_init(lrs, "lrs");
	if (!err) {
		report_t_tuple(symbols, &tally, t_tuple);
		report_lrs(symbols, &tally, lrs);
	}
	tally_release(&tally);
	return err;
}

int longest_repeat(const struct symbols *symbols, uint64_t *length)
{
	struct tally tally;
	int err = take_tally(symbols, &tally);

	if (!err)
		*length = tally.longest;
	tally_release(&tally);
	return err;
}
