/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chi_square - see chi_square.h */
#include "evaluate/sp800_90b/chi_square.h"

#include "evaluate/sp800_90b/proportions.h"

#include <errno.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>

#define ALPHA      0.001
#define EXPECTED   5.0 /* per bin, at the least */
#define PARTS      10  /* of the data, in the tests of goodness of fit */
#define TUPLE_BITS 11  /* 5.2.3: the longest tuples */

/* The values that occur, numbered from 0 in their order. */
struct alphabet {
	unsigned size;
	uint8_t code[256];
	uint64_t times[256]; /* by code */
	double proportion[256];
};

/* A symbol or a pair, how often it is expected and in which bin it is counted. */
struct cell {
	double expected;
	uint32_t code;
	uint32_t bin;
};

struct bins {
	uint32_t *bin;    /* by code */
	double *expected; /* by bin */
	uint64_t *times;  /* by bin */
	uint32_t count;
};

double chi_square_p_value(double chi_square, double degrees)
{
	const double a = degrees / 2, x = chi_square / 2;
	gsl_sf_result p;

	if (!(x > 0))
		return 1;
	/* Chernoff's bound: what underflows is 0, not an error; and so is infinity. */
	if (x > a && !(a - x + a * log(x / a) > -700))
		return 0;
	return gsl_sf_gamma_inc_Q_e(a, x, &p) ? NAN : p.val;
}

static void judge(struct result *result, double chi_square, uint64_t degrees)
{
	const double p_value = chi_square_p_value(chi_square, (double)degrees);

	result_real(result, "chi_square", chi_square);
	result_integer(result, "degrees_of_freedom", (int64_t)degrees);
	result_real(result, "p_value", p_value);
	result->accept = "p_value >= 0.001";
	result->outcome = p_value >= ALPHA ? OUTCOME_PASS : OUTCOME_FAIL;
}

static void too_short(const struct symbols *symbols, uint64_t needs, struct result *result)
{
	result->outcome = OUTCOME_SHORT;
	result->needs_bits = needs > symbols->count ? (needs - symbols->count) * symbols->width : 1;
}

static void alphabet_init(struct alphabet *alphabet, const struct symbols *symbols)
{
	uint64_t times[256] = { 0 };
	double proportion[256];

	for (uint64_t i = 0; i < symbols->count; i++)
		times[symbols->value[i]]++;
	proportions(symbols, proportion);
	alphabet->size = 0;
	for (unsigned v = 0; v < 256; v++) {
		alphabet->code[v] = (uint8_t)alphabet->size;
		if (!times[v])
			continue;
		alphabet->times[alphabet->size] = times[v];
		alphabet->proportion[alphabet->size++] = proportion[v];
	}
}

static int by_expected(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;

	if (x->expected < y->expected || x->expected > y->expected)
		return x->expected < y->expected ? -1 : 1;
	return (x->code > y->code) - (x->code < y->code);
}

/* 5.2.1 and 5.2.2: from the least expected on, cells are joined until 5 are expected of a bin. */
static void fill_bins(struct bins *bins, struct cell *cell, uint32_t cells)
{
	double expected = 0;

	qsort(cell, cells, sizeof(*cell), by_expected);
	bins->count = 0;
	for (uint32_t i = 0; i < cells; i++) {
		if (expected >= EXPECTED) {
			bins->expected[bins->count++] = expected;
			expected = 0;
		}
		cell[i].bin = bins->count;
		expected += cell[i].expected;
	}
	/* The last bin is joined to the one before if too little is left for it. */
	if (bins->count && expected < EXPECTED)
		bins->expected[bins->count - 1] += expected;
	else
		bins->expected[bins->count++] = expected;
	for (uint32_t i = 0; i < cells; i++)
		bins->bin[cell[i].code] = cell[i].bin < bins->count ? cell[i].bin : bins->count - 1;
}

static void bins_free(struct bins *bins)
{
	free(bins->bin);
	free(bins->expected);
	free(bins->times);
}

/* Bins for all sequences of @length (1 or 2) symbols, of which there are @draws. */
static int bins_init(struct bins *bins, const struct alphabet *alphabet, unsigned length,
		     uint64_t draws)
{
	const uint32_t size = alphabet->size, cells = length == 1 ? size : size * size;
	struct cell *cell = malloc(cells * sizeof(*cell));

	bins->bin = malloc(cells * sizeof(*bins->bin));
	bins->expected = malloc(cells * sizeof(*bins->expected));
	bins->times = malloc(cells * sizeof(*bins->times));
	if (!cell || !bins->bin || !bins->expected || !bins->times) {
		free(cell);
		bins_free(bins);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < cells; i++) {
		const double *p = alphabet->proportion;
		const double probability = length == 1 ? p[i] : p[i / size] * p[i % size];

		cell[i] = (struct cell){ .expected = probability * (double)draws, .code = i };
	}
	fill_bins(bins, cell, cells);
	free(cell);
	return 0;
}

/* The statistic of sequences of @length symbols, one behind the other, @draws of them. */
static double chi_square_of(struct bins *bins, const struct alphabet *alphabet,
			    const uint8_t *value, unsigned length, uint64_t draws)
{
	double sum = 0;

	for (uint32_t i = 0; i < bins->count; i++)
		bins->times[i] = 0;
	for (uint64_t i = 0; i < draws; i++, value += length) {
		uint32_t code = alphabet->code[value[0]];

		if (length == 2)
			code = code * alphabet->size + alphabet->code[value[1]];
		bins->times[bins->bin[code]]++;
	}
	for (uint32_t i = 0; i < bins->count; i++) {
		const double off = (double)bins->times[i] - bins->expected[i];

		sum += off * off / bins->expected[i];
	}
	return sum;
}

/* 5.2.1 */
static int independence(const struct symbols *symbols, const struct alphabet *alphabet,
			struct result *result)
{
	const uint64_t pairs = symbols->count / 2;
	struct bins bins;
	int rc = bins_init(&bins, alphabet, 2, pairs);

	if (rc)
		return rc;
	if (bins.count > alphabet->size)
		judge(result, chi_square_of(&bins, alphabet, symbols->value, 2, pairs),
		      bins.count - alphabet->size);
	else /* as many pairs as fill one bin more than there are values */
		too_short(symbols, 2 * (uint64_t)EXPECTED * (alphabet->size + 1), result);
	bins_free(&bins);
	return 0;
}

/* 5.2.2 */
static int goodness(const struct symbols *symbols, const struct alphabet *alphabet,
		    struct result *result)
{
	const uint64_t part = symbols->count / PARTS;
	struct bins bins;
	double sum = 0;
	int rc = bins_init(&bins, alphabet, 1, part);

	if (rc)
		return rc;
	if (bins.count > 1) {
		for (unsigned i = 0; i < PARTS; i++)
			sum += chi_square_of(&bins, alphabet, symbols->value + i * part, 1, part);
		judge(result, sum, (PARTS - 1) * (uint64_t)(bins.count - 1));
	} else {
		too_short(symbols, 2 * PARTS * (uint64_t)EXPECTED, result);
	}
	bins_free(&bins);
	return 0;
}

/* The longest tuples of which 5 of the rarest kind are expected, 5.2.3; below 2: there are none. */
static unsigned tuple_bits(double rarer, uint64_t count)
{
	unsigned m = TUPLE_BITS;

	while (m > 1 && pow(rarer, m) * (double)(count / m) < EXPECTED)
		m--;
	return m;
}

/* 5.2.3, in tuples of @m bits. */
static double tuples(const struct symbols *symbols, const struct alphabet *alphabet, unsigned m)
{
	const uint64_t blocks = symbols->count / m;
	const double p1 = (double)alphabet->times[1] / (double)symbols->count, p0 = 1 - p1;
	uint64_t times[1 << TUPLE_BITS] = { 0 };
	double sum = 0;

	for (uint64_t i = 0; i < blocks; i++) {
		unsigned tuple = 0;

		for (unsigned k = 0; k < m; k++)
			tuple = tuple << 1 | alphabet->code[symbols->value[i * m + k]];
		times[tuple]++;
	}
	for (unsigned t = 0; t < 1u << m; t++) {
		const int ones = __builtin_popcount(t);
		const double expected = pow(p1, ones) * pow(p0, (int)m - ones) * (double)blocks;
		const double off = (double)times[t] - expected;

		sum += off * off / expected;
	}
	return sum;
}

static void binary_independence(const struct symbols *symbols, const struct alphabet *alphabet,
				struct result *result)
{
	const double p1 = (double)alphabet->times[1] / (double)symbols->count, p0 = 1 - p1;
	const double rarer = p0 < p1 ? p0 : p1;
	const unsigned m = tuple_bits(rarer, symbols->count);

	if (m >= 2)
		judge(result, tuples(symbols, alphabet, m), (1u << m) - 2);
	else /* at most 2^62: of 2^32 symbols one may be the rarer */
		too_short(symbols, 2 * (uint64_t)fmin(0x1p61, ceil(EXPECTED / (rarer * rarer))),
			  result);
}

/* 5.2.4 */
static void binary_goodness(const struct symbols *symbols, const struct alphabet *alphabet,
			    struct result *result)
{
	const uint64_t part = symbols->count / PARTS;
	const double p1 = (double)alphabet->times[1] / (double)symbols->count;
	const double zeros = (1 - p1) * (double)part, ones = p1 * (double)part;
	double sum = 0;

	if (!part) {
		too_short(symbols, PARTS, result);
		return;
	}
	for (unsigned i = 0; i < PARTS; i++) {
		uint64_t times = 0;

		for (uint64_t k = 0; k < part; k++)
			times += alphabet->code[symbols->value[i * part + k]];
		const double off0 = (double)(part - times) - zeros, off1 = (double)times - ones;

		sum += off0 * off0 / zeros + off1 * off1 / ones;
	}
	judge(result, sum, PARTS - 1);
}

int chi_square_independence(const struct symbols *symbols, struct result *result)
{
	struct alphabet alphabet;

	result_init(result, "chi_square_independence");
	alphabet_init(&alphabet, symbols);
	if (alphabet.size > 2)
		return independence(symbols, &alphabet, result);
	binary_independence(symbols, &alphabet, result);
	return 0;
}

int chi_square_goodness(const struct symbols *symbols, struct result *result)
{
	struct alphabet alphabet;

	result_init(result, "chi_square_goodness");
	alphabet_init(&alphabet, symbols);
	if (alphabet.size > 2)
		return goodness(symbols, &alphabet, result);
	binary_goodness(symbols, &alphabet, result);
	return 0;
}
