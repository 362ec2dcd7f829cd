/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * health - all tests on the device's symbols as one battery with one false-alarm budget.
 *
 * Knows symbols and windows; does not know where symbols come from or who reads them. Standards:
 * NIST SP 800-90B (January 2018) section 4.4, AIS 20/31 (2011) PTG.2.1 to PTG.2.5.
 */
#ifndef TRNG_HEALTH_HEALTH_H
#define TRNG_HEALTH_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEALTH_CHUNK_BYTES     100  /* total failure test: the documented chunk */
#define HEALTH_STARTUP_SYMBOLS 1024 /* SP 800-90B 4.3: at least 1024 consecutive samples */
#define HEALTH_BATCH_BYTES     1024 /* most bytes one health_feed() accepts */
#define HEALTH_SNAPSHOT_BYTES  2048
#define HEALTH_MEMORY_SYMBOLS  32  /* how far a window of the lag test looks back */
#define HEALTH_VALUES          256 /* most that a symbol may have */

/* The order is that of the rows in status. */
enum health_test {
	HEALTH_TOTAL_FAILURE,
	HEALTH_REPETITION,
	HEALTH_PROPORTION,
	HEALTH_LAG,
	HEALTH_ONLINE,
	HEALTH_STARTUP, /* the chi-square of the start-up symbols; the others run there as well */
	HEALTH_TESTS
};

struct health_settings {
	unsigned symbol_bits;  /* 1, 2, 4 or 8; first symbol in a byte's top bits */
	double health_entropy; /* claimed min-entropy per symbol, bits, 0 < H <= symbol_bits */
	double rate_symbol_s;  /* nominal rate, for turning a yearly budget into alphas */
	double false_alarms_per_year; /* the budget for all tests together */
	unsigned total_failure_limit; /* 1..100: alarm if a byte value occurs more often; 0: from
				       * the budget */
};

/* One row of the ledger. */
struct health_row {
	const char *name; /* health_test_name() */
	uint64_t trials;  /* chunks, symbols, windows, windows, cells judged, start-ups */
	uint64_t alarms;
	/* Of a perfect source over these trials: true probabilities, not alpha. */
	double expected_alarms;
	double cutoff; /* the count (or chi-square value) at which the test fires */
	/* False-alarm probability of one comparison with that cutoff; a lag trial is 32
	 * comparisons, every other trial is one. */
	double alpha;
};

/* How uneven the symbols were; see health_entropy_figures(). */
struct health_entropy {
	unsigned symbols;      /* that the figures are about; 0: none yet, the rest is not set */
	unsigned next_symbols; /* still to come before they are renewed; always set */
	unsigned values;       /* K; always set */
	bool is_warning;       /* they contradict the claim: least_share > 2^-H; always set */
	double shares[HEALTH_VALUES]; /* of each of the K values, see most_common_estimate() */
	double min_entropy;           /* bits per symbol */
	double min_entropy_upper;
	double least_share; /* the largest share less its margin: what the warning goes by */
};

struct health;

/**
 * health_open - compute every cutoff and start all tests on an empty stream.
 *
 * Cost:   some milliseconds of arithmetic (0.1 to 2 s for 8-bit symbols that claim 4 bits or
 *         less); memory locked and kept out of core dumps.
 * Return: 0; -EINVAL: a setting is out of its range; -ENOMEM.
 */
int health_open(struct health **health, const struct health_settings *settings);

/**
 * health_open_at - health_open(), with the alpha of every test given instead of the budget.
 *
 * For evidence: raises the false alarms of a perfect source until they can be counted.
 * @alphas: 0 < alpha < 1 for each test; total failure's is used only when its limit is 0.
 */
int health_open_at(struct health **health, const struct health_settings *settings,
		   const double alphas[HEALTH_TESTS]);

/** health_close - wipe and release; @health may be NULL. */
void health_close(struct health *health);

/**
 * health_feed - run the battery over the next bytes of the stream.
 *
 * State:  advances every test. After an alarm the battery is as after health_restart(): every
 *         test alive, on an empty stream, with the ledger kept.
 * Cost:   bounded by @len_bytes, no allocation.
 * @bytes: packed symbols as the line sent them, at most HEALTH_BATCH_BYTES.
 * @fired: on an alarm, the test.
 * Return: @len_bytes when no test fired; else the index of the byte whose symbol fired. That
 *         byte and everything not yet past health_gate_symbols() must be discarded; the caller
 *         goes on with the byte after it as the start of a new stream.
 */
size_t health_feed(struct health *health, const uint8_t *bytes, size_t len_bytes,
		   enum health_test *fired);

/**
 * health_gate_symbols - how much of the stream every gating test has done with.
 *
 * Symbols counted from the last restart. All before the returned position belong to whole chunks
 * (HEALTH_CHUNK_BYTES) whose chunk, repetition runs, proportion windows and lag windows have
 * closed without alarm, and no test's memory holds any of them any more. At most 912 symbols of
 * 2 bits behind the newest.
 */
uint64_t health_gate_symbols(const struct health *health);

/**
 * health_startup - judge the shares of HEALTH_STARTUP_SYMBOLS symbols against the claim.
 *
 * Chi-square against the least favourable distribution that the claimed min-entropy allows
 * (AIS 20/31 PTG.2.1; SP 800-90B 4.3). Counts one start-up trial, and an alarm when it fails.
 * @bytes: the start-up symbols, packed; HEALTH_STARTUP_SYMBOLS * symbol_bits / 8 bytes.
 * Return: 0: passed; -EIO: failed.
 */
int health_startup(struct health *health, const uint8_t *bytes);

/**
 * health_snapshot - every test's state when the newest alarm came: lines of key=value.
 *
 * Of the symbol before the one that fired, so that every count is about symbols that are wiped now.
 * Nothing is told of those that may have been delivered: no matches of the lag test, whose windows
 * look back at them, and of the online test's only what health_entropy_figures() shows.
 * Return: the battery's memory, until its next alarm; "" before the first.
 */
const char *health_snapshot(const struct health *health);

/** health_keep_snapshot - the same as of now, for an alarm that no test has given. */
void health_keep_snapshot(struct health *health);

/** health_restart - all tests on an empty stream, ledger and cutoffs kept. */
void health_restart(struct health *health);

/** health_row - the ledger's row of @test; see struct health_row. */
struct health_row health_row(const struct health *health, enum health_test test);

/** health_test_name - "repetition" and so on, as in status, events and documents. */
const char *health_test_name(enum health_test test);

/**
 * health_entropy_figures - shares of the values, and the min-entropy that they allow.
 *
 * Of 1-bit and 2-bit symbols about the stream's first 2^13, 2^14 ... 2^18 symbols, then about the
 * last long window (2^18) of the online test; of wider ones about that from the first. Nothing
 * changes in between, and counts are rounded: who has drawn all other symbols must not learn what
 * is in somebody's key.
 */
void health_entropy_figures(const struct health *health, struct health_entropy *figures);

/**
 * health_entropy_news - whether is_warning of these figures has changed since this was last asked.
 *
 * Once when it begins and once when it ends. A new stream begins without a warning, which is no
 * news; a look at fewer than 10000 symbols gives none.
 */
bool health_entropy_news(struct health *health);

/** health_online_cutoffs - cutoffs of a value's share in the windows of 2^13 and 2^18 symbols. */
void health_online_cutoffs(const struct health *health, unsigned cutoffs[2]);

/**
 * health_false_alarms_per_year - what @test costs a perfect source at the nominal rate.
 * @test: HEALTH_TESTS gives the sum over all tests.
 */
double health_false_alarms_per_year(const struct health *health, enum health_test test);

#endif
