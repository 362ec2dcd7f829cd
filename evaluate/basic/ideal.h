/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ideal - what an ideal source shows on average, so that a figure can be judged. */
#ifndef TRNG_EVALUATE_BASIC_IDEAL_H
#define TRNG_EVALUATE_BASIC_IDEAL_H

/**
 * ideal_greatest - the expected greatest of @cells (at least 2) counts when @total (above 0) things
 * are thrown into them with equal probability. Counts are taken as independent, which is right to
 * the first order.
 */
double ideal_greatest(double cells, double total);

/**
 * ideal_entropy_loss - by how many bits the entropy -sum(c/total * log2(c/total)) of such counts
 * falls short of log2(@cells) on average: about (cells - 1) / (2 total ln 2) when total is large.
 */
double ideal_entropy_loss(double cells, double total);

/** ideal_longest_run - the expected longest run of equal ones among @total symbols of @values. */
double ideal_longest_run(double values, double total);

/** ideal_run_p_value - the probability that one is at least as long as @length. */
double ideal_run_p_value(double values, double total, double length);

/** ideal_z_p_value - that the greatest of @count normal deviates is as far from 0 as @z, or
 * farther. */
double ideal_z_p_value(double z, double count);

#endif
