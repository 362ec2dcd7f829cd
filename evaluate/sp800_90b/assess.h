/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * assess - what SP 800-90B (January 2018) says of a sequence of noise source samples: the non-IID
 * track (3.1.3 with 6.3), the IID track (5 with 6.3.1), the restart tests (3.1.4) and the entropy
 * that leaves a conditioning component (3.1.5).
 */
#ifndef TRNG_EVALUATE_SP800_90B_ASSESS_H
#define TRNG_EVALUATE_SP800_90B_ASSESS_H

#include "evaluate/core/audience.h"
#include "evaluate/core/symbols.h"

/* In the order of the standard; the names are the keys of reports. */
enum estimator {
	EST_MOST_COMMON_VALUE,
	EST_COLLISION,
	EST_MARKOV,
	EST_COMPRESSION,
	EST_T_TUPLE,
	EST_LRS,
	EST_MULTI_MCW,
	EST_LAG,
	EST_MULTI_MMC,
	EST_LZ78Y,
	ESTIMATORS
};

struct non_iid {
	uint64_t samples;
	unsigned distinct; /* values that occur */
	unsigned width;    /* bits per sample as given */
	/* outcome OUTCOME_NONE with figures, OUTCOME_SHORT, or figures == 0: does not apply
	 * (collision, markov, compression on symbols wider than a bit). */
	struct result literal[ESTIMATORS];
	bool has_bitstring; /* false for 1-bit symbols: the literal estimates are those */
	struct result bitstring[ESTIMATORS];
	double h_original;  /* bits per sample: least of literal */
	double h_bitstring; /* bits per bit: least of bitstring; NAN without */
	double min_entropy; /* bits per sample: min(h_original, width * h_bitstring) */
};

/**
 * non_iid_assess - the ten estimators on the symbols and, for wider ones, on the bit string (each
 * symbol's bits, most significant first), 3.1.3. Symbols that do not occur are left out of the
 * literal alphabet as NIST's tool does ("translated"), not of the bit string. Uses OpenMP's
 * threads. Memory: see docs/EVALUATION.md. Progress in estimators. Return: 0; -EDOM: a single value
 * occurs (min-entropy 0 is in *@out); -ENODATA: no symbols; -ENOMEM.
 */
int non_iid_assess(const struct symbols *symbols, const struct audience *audience,
		   struct non_iid *out);

/* The statistics of 5.1, in the order of NIST's reports. */
#define PERMUTATION_STATISTICS 19

struct iid {
	uint64_t samples;
	unsigned distinct, width;
	struct result permutation[PERMUTATION_STATISTICS]; /* figures: initial (the statistic of the
							    * data as they are), c0, c1, c2 counts:
							    * greater, equal, less */
	uint64_t permutations;      /* that were needed until all were decided (at most 10,000) */
	struct result independence; /* 5.2.1 or 5.2.3: chi_square, degrees_of_freedom, p_value */
	struct result goodness;     /* 5.2.2 or 5.2.4 */
	struct result repeated;     /* 5.2.5: p_col, longest, p_value */
	struct result most_common_literal, most_common_bitstring; /* 6.3.1 */
	double h_original, h_bitstring, min_entropy; /* as in struct non_iid, from 6.3.1 alone */
	bool is_iid;                                 /* no test speaks against it */
};

/**
 * iid_assess - the tests of section 5 and, if they pass, the most common value estimate.
 * @seed: of the permutations: the same data and seed give the same counts with any number of
 *        threads.
 * Progress in permutations of 10,000. Return: as non_iid_assess(); -EFBIG: 2^32 symbols or more.
 */
int iid_assess(const struct symbols *symbols, uint64_t seed, const struct audience *audience,
	       struct iid *out);

#define RESTARTS        1000
#define RESTART_SAMPLES 1000

struct restart {
	double h_initial;
	struct result sanity;             /* 3.1.4.3: alpha, x_cutoff, x_max, which; PASS or FAIL */
	struct non_iid rows, columns;     /* literal estimates only */
	struct iid rows_iid, columns_iid; /* of the IID track */
	double h_row, h_column;
	double min_entropy; /* min(h_row, h_column, h_initial), or 0 if the validation failed */
	bool is_valid;      /* sanity passed and min(h_row, h_column) >= h_initial / 2 */
};

/**
 * restart_assess - the restart tests on RESTARTS rows of RESTART_SAMPLES, 3.1.4.
 * @symbols: exactly RESTARTS * RESTART_SAMPLES, row by row. @h_initial: H_I of 3.1.3, above 0.
 * @is_iid: estimate by the IID track (6.3.1) instead of the ten estimators.
 * Return: 0; -EINVAL: another count, or h_initial not within 0..width; -EDOM, -ENOMEM.
 */
int restart_assess(const struct symbols *symbols, double h_initial, bool is_iid,
		   const struct audience *audience, struct restart *out);

struct conditioning {
	/* in */
	uint64_t n_in_bits, n_out_bits, nw_bits;
	double h_in_bits; /* min-entropy of the n_in_bits */
	bool is_vetted;
	double h_per_bit; /* not vetted: min-entropy per bit of the conditioned output, 0..1 */
	/* out */
	double h_out_bits;
	double log2_deficit;  /* log2(n_out_bits - h_out_bits): exact where h_out_bits rounds to
			       * n_out_bits;  -INFINITY only for a deficit of 0 */
	bool is_full_entropy; /* vetted and h_in >= n_out + 64 (SP 800-90C) */
};

/**
 * conditioning_assess - Output_Entropy(n_in, n_out, nw, h_in) of 3.1.5.1.2, and for a component
 * that is not vetted 3.1.5.2: min(Output_Entropy, 0.999 n_out, h' n_out), h' = h_per_bit. All in
 * the logarithm: 256 - 2^-131 is told from 256. Return: 0; -EINVAL: outside the ranges.
 */
int conditioning_assess(struct conditioning *conditioning);

/** estimator_name - the key of @estimator in reports: "most_common_value" ... "lz78y". */
const char *estimator_name(enum estimator estimator);

#endif
