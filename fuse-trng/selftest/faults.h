/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * faults - symbols of a source that fails in one way, made so that one test is the one to see it.
 *
 * A fault is a process that draws bytes. A byte with which a test that is not meant would fire is
 * drawn again: for that a battery of shadows follows the stream, with the cutoffs that the settings
 * give, whatever the battery under test makes of them.
 */
#ifndef TRNG_SELFTEST_FAULTS_H
#define TRNG_SELFTEST_FAULTS_H

#include "fuse-trng/health/health.h"
#include "fuse-trng/health/lag.h"
#include "fuse-trng/health/proportion.h"
#include "fuse-trng/health/repetition.h"
#include "fuse-trng/health/total_failure.h"
#include "fuse-trng/selftest/good.h"

#include <stdbool.h>

/* The tests that could be faster than the one meant; the online test answers too late for that. */
struct shadows {
	struct total_failure total_failure;
	struct repetition repetition;
	struct proportion proportion;
	struct lag lag;
};

struct faults {
	unsigned symbol_bits;
	unsigned per_byte;            /* symbols */
	double cutoffs[HEALTH_TESTS]; /* as health_row() gives them */
	struct good good;
	struct shadows shadows;
	uint8_t history[LAG_MAX + 8]; /* the newest symbols, one a byte; room for a byte's */
	uint64_t symbols;             /* of this fault so far ... */
	unsigned favoured_symbols;    /* ... of values that uneven shares favour */
	/* Drawn by faults_begin(): */
	unsigned period; /* of the periodic fault, symbols */
	uint8_t value;   /* favoured symbol */
	uint8_t byte;    /* favoured byte */
};

/** faults_init - @battery: as configured, for its cutoffs; not kept. */
void faults_init(struct faults *faults, const struct health_settings *settings,
		 const struct health *battery, uint64_t seed);

/** faults_restart - a new stream begins. */
void faults_restart(struct faults *faults);

/** faults_good - the next byte of a good source, none that a test would fire at. */
uint8_t faults_good(struct faults *faults);

/**
 * faults_may_begin - whether the fault may begin at this byte.
 *
 * Equal symbols are equal bytes as well: the run lies across the border of two chunks of the total
 * failure test, which sees half of it in each. An excess of one byte begins early in a chunk, where
 * it has room before windows of other tests fill up with it.
 */
bool faults_may_begin(const struct faults *faults, enum health_test meant);

/** faults_begin - draw period, favoured value and byte of the next fault. */
void faults_begin(struct faults *faults, enum health_test meant);

/** faults_next - the next byte of the fault that @meant is to see. */
uint8_t faults_next(struct faults *faults, enum health_test meant);

/** faults_bound - most symbols of the fault that @meant may take to see it. */
uint64_t faults_bound(const struct faults *faults, enum health_test meant);

/** faults_describe - what the fault for @meant is, a phrase. */
const char *faults_describe(enum health_test meant);

#endif
