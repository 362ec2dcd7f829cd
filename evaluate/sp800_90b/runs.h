/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * runs - the statistics of 5.1.1 to 5.1.10 of SP 800-90B (January 2018), each of a sequence of
 * @count values. All are exact; a sequence too short for one has 0.
 */
#ifndef TRNG_EVALUATE_SP800_90B_RUNS_H
#define TRNG_EVALUATE_SP800_90B_RUNS_H

#include <stdint.h>

/**
 * excursion - greatest distance of a partial sum from its mean share, 5.1.1.
 * @total: the sum of all values, @highest: the greatest of them.
 */
double excursion(const uint8_t *value, uint64_t count, uint64_t total, uint8_t highest);

/** directional_changes - how often a decrease follows no decrease, or none one: 5.1.2 less one. */
uint64_t directional_changes(const uint8_t *value, uint64_t count);

/** longest_directional_run - 5.1.3. */
uint64_t longest_directional_run(const uint8_t *value, uint64_t count);

/** increases - steps that do not go down; 5.1.4 is their number or that of the others. */
uint64_t increases(const uint8_t *value, uint64_t count);

/** median_changes - how often the values cross to the other side of the median: 5.1.5 less one. */
uint64_t median_changes(const uint8_t *value, uint64_t count, uint8_t median);

/** longest_median_run - 5.1.6. */
uint64_t longest_median_run(const uint8_t *value, uint64_t count, uint8_t median);

struct collisions {
	uint64_t count;
	uint64_t symbols; /* in all of them */
	uint64_t greatest;
};

/** find_collisions - the sequence cut where a value occurs again since the cut: 5.1.7, 5.1.8. */
struct collisions find_collisions(const uint8_t *value, uint64_t count);

/** periodicity, covariance - 5.1.9 and 5.1.10 at @lag. */
uint64_t periodicity(const uint8_t *value, uint64_t count, unsigned lag);
uint64_t covariance(const uint8_t *value, uint64_t count, unsigned lag);

#endif
