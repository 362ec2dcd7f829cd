/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report - the self-test as plain text: what was done, with what, and what came of it. */
#include "fuse-trng/selftest/faults.h"
#include "fuse-trng/selftest/inject.h"
#include "fuse-trng/selftest/verdict.h"

#include <inttypes.h>
#include <string.h>

static const char *word(bool is_good)
{
	return is_good ? "good" : "FAILED";
}

static void print_head(FILE *out, const struct selftest_settings *settings)
{
	const struct health_settings *health = &settings->health;

	fprintf(out, "Self-test of the health tests\n"
		     "=============================\n\n"
		     "What evaluators ask for: NIST SP 800-90B (January 2018) 4.3 and 4.4, known "
		     "answers and\n"
		     "simulation of each health test; AIS 20/31 PTG.2.1 (start-up), PTG.2.2 (total "
		     "failure),\n"
		     "PTG.2.3 to PTG.2.5 (online). docs/HEALTH.md has every formula.\n\n");
	fprintf(out, "settings\n");
	fprintf(out, "  configuration           %s\n",
		settings->config ? settings->config : "none: built-in values and -o");
	fprintf(out, "  profile                 %s\n", settings->profile);
	fprintf(out, "  bits per symbol         %u\n", health->symbol_bits);
	fprintf(out, "  health_entropy          %g\n", health->health_entropy);
	fprintf(out, "  symbols per second      %g\n", health->rate_symbol_s);
	fprintf(out, "  false_alarms_per_year   %g\n", health->false_alarms_per_year);
	if (health->total_failure_limit)
		fprintf(out, "  total_failure_limit     %u\n", health->total_failure_limit);
	else
		fprintf(out, "  total_failure_limit     from the budget\n");
	fprintf(out, "  seed                    %" PRIu64 "\n", settings->seed);
	fprintf(out, "  rounds for each test    %" PRIu64 "%s\n\n", settings->rounds,
		settings->rounds < SELFTEST_ROUNDS ? " (evaluators ask for 1000000)" : "");
	fprintf(out, "Data: SplitMix64 (Steele, Lea, Flood 2014) from the seed, one stream for "
		     "each part;\n"
		     "64-bit words in little-endian order, cut into symbols from each byte's top "
		     "bits. Faults\n"
		     "are processes driven by the same generator. The same seed gives the same "
		     "report.\n\n");
}

static void print_rounds(FILE *out, const struct selftest_rounds *rounds, uint64_t wanted,
			 unsigned alarms)
{
	fprintf(out, "  %-14s %12s %10s %10s %8s %11s\n", "test", "rounds", "fires at", "alpha",
		"alarms", "expected");
	for (unsigned test = 0; test < HEALTH_TESTS; test++) {
		const struct health_row *row = &rounds->rows[test];

		fprintf(out, "  %-14s %12" PRIu64 " %10.6g %10.3g %8" PRIu64 " %11.4g  %s\n",
			row->name, row->trials, row->cutoff, row->alpha, row->alarms,
			row->expected_alarms,
			word(verdict_rounds(rounds, (enum health_test)test, wanted, alarms)));
	}
	if (rounds->is_cut)
		fprintf(out,
			"  Given up after %" PRIu64
			" symbols: alarms left too few whole windows.\n",
			rounds->symbols);
	fprintf(out, "\n");
}

static void print_good(FILE *out, const struct selftest_settings *settings,
		       const struct selftest *result)
{
	fprintf(out,
		"1. Good symbols, the battery as configured\n\n"
		"  A round is a trial as `status` counts it: a chunk of 100 bytes; a symbol; a "
		"proportion\n"
		"  window; a lag window; a count judged at the end of an online window; the shares "
		"of 1024\n"
		"  start-up symbols. Expected are the alarms of a perfect source. %" PRIu64
		" symbols went\n  through the first five tests, %" PRIu64 " through the last.\n\n",
		result->configured.symbols, result->configured.startups_symbols);
	print_rounds(out, &result->configured, settings->rounds, 0);
	fprintf(out,
		"2. Good symbols, cutoffs lowered\n\n"
		"  The same code, claiming %u bits per symbol and with larger alphas, so that "
		"every test\n"
		"  fails good symbols often enough to be counted: at least %d times, and as often "
		"as theory\n"
		"  says (either tail of the Poisson distribution above %g).\n\n",
		settings->health.symbol_bits, VERDICT_ALARMS, VERDICT_BOUND);
	print_rounds(out, &result->raised, settings->rounds, VERDICT_ALARMS);
}

static void print_fault(FILE *out, enum health_test test, const struct selftest_faults *faults)
{
	fprintf(out,
		"  %-14s %8u %5u %9" PRIu64 " %7.0f %7" PRIu64 " %7" PRIu64 " %8" PRIu64
		" %5" PRIu64 "  %s\n",
		health_test_name(test), faults->injected, faults->seen, faults->delay_least,
		faults->seen ? (double)faults->delay_sum / faults->seen : 0.0, faults->delay_most,
		faults->bound, faults->wiped_bytes, faults->left_most_bytes,
		word(verdict_faults(faults)));
}

/* Why a row failed. */
static void print_fault_notes(FILE *out, enum health_test test,
			      const struct selftest_faults *faults)
{
	const char *name = health_test_name(test);

	if (faults->other)
		fprintf(out, "  %s: %u faults were seen first by %s\n", name, faults->other,
			health_test_name(faults->who));
	if (faults->missed)
		fprintf(out,
			"  %s: %u faults were not seen within the bound, or their start-up "
			"failed\n",
			name, faults->missed);
	if (faults->leaks)
		fprintf(out, "  %s: %u times bytes were released or not wiped that must be gone\n",
			name, faults->leaks);
}

static void print_faults(FILE *out, const struct selftest *result)
{
	fprintf(out, "3. Faults at the symbol input, the battery as configured\n\n"
		     "  Through the whole pipeline: tests, hold-back, gate, pool. Each fault is a "
		     "stream of its own:\n"
		     "  start-up, good symbols, then the fault from a random symbol on; that of "
		     "the start-up at once.\n"
		     "  Bytes with which another test would fire are drawn again, so that it is "
		     "the test's own fault\n"
		     "  to see. Nothing restarts the tests but the alarm before, and each kind of "
		     "fault comes after\n"
		     "  each kind of alarm: what is seen shows that every test is alive again. "
		     "\"Good\" is: all faults\n"
		     "  seen by their test within the bound; all bytes that came out of the pool "
		     "are those that went\n"
		     "  in, in order, none of them from the chunk, run, window or start-up that "
		     "fired, nor anything\n"
		     "  else that was held back; what was held is wiped from memory.\n\n");
	if (result->other_limit)
		fprintf(out,
			"  total_failure_limit contradicts health_entropy: a source that just "
			"meets the claim\n"
			"  exceeds it every few chunks, and no other test would have anything left "
			"to see. Here\n"
			"  the limit that follows from the claim stands in for it: %u.\n\n",
			result->other_limit);
	for (unsigned test = 0; test < HEALTH_TESTS; test++)
		fprintf(out, "  %-14s %s\n", health_test_name((enum health_test)test),
			faults_describe((enum health_test)test));
	fprintf(out, "\n  %-14s %8s %5s %25s %7s %8s %5s\n", "", "", "", "delay in symbols", "",
		"bytes", "");
	fprintf(out, "  %-14s %8s %5s %9s %7s %7s %7s %8s %5s\n", "test", "faults", "seen", "least",
		"mean", "most", "bound", "wiped", "left");
	for (unsigned test = 0; test < HEALTH_TESTS; test++)
		print_fault(out, (enum health_test)test, &result->faults[test]);
	for (unsigned test = 0; test < HEALTH_TESTS; test++)
		print_fault_notes(out, (enum health_test)test, &result->faults[test]);
	fprintf(out, "\n"
		     "  Wiped: bytes held back at the alarms, all together. Left: the most faulty "
		     "bytes of one fault\n"
		     "  that had passed every gate before; what only the online test sees cannot "
		     "be held back.\n\n");
}

void selftest_report(FILE *out, const struct selftest_settings *settings,
		     const struct selftest *result)
{
	bool is_good = selftest_has_passed(settings, result);

	print_head(out, settings);
	print_good(out, settings, result);
	print_faults(out, result);
	fprintf(out, "verdict: %s\n", is_good ? "passed" : "FAILED");
}
