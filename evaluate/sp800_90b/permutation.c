/* SPDX-License-Identifier: GPL-3.0-or-later */
/* permutation - see permutation.h */
#include "evaluate/sp800_90b/permutation.h"

#include "evaluate/sp800_90b/shuffle.h"

#include <errno.h>
#include <omp.h>
#include <stdlib.h>

#define EXTREME 5 /* 5.1, step 4: among the 5 greatest or least of 10,000 is too far out */

/*
 * Permutations for each thread between two meetings of all: enough to make meeting cheap, not so
 * many that more than some are in vain. With bzip2, one of 16,384 symbols is enough; without, one
 * of 4 million.
 */
#define SLOW_SYMBOLS (UINT64_C(1) << 14)
#define FAST_SYMBOLS (UINT64_C(1) << 22)
#define SLOW_MOST    16
#define FAST_MOST    1024

/* One thread's room for a permutation. */
struct worker {
	uint8_t *value;
	struct conversions room;
};

/* What one permutation gave. */
struct findings {
	double result[STATISTICS];
	int rc;
};

struct permutation {
	const struct sequence *sequence;
	uint64_t seed;
	uint32_t undecided; /* a bit for each statistic */
	struct rank rank[STATISTICS];
	struct worker *worker;
	struct findings *findings; /* FAST_MOST for each worker */
	unsigned workers;
};

bool rank_is_decided(const struct rank *rank)
{
	return rank->c0 + rank->c1 > EXTREME && rank->c1 + rank->c2 > EXTREME;
}

void rank_add(struct rank *rank, double value)
{
	if (rank_is_decided(rank))
		return;
	rank->c0 += value > rank->initial;
	rank->c2 += value < rank->initial;
	rank->c1 += !(value > rank->initial) && !(value < rank->initial);
}

static void workers_free(struct permutation *p)
{
	for (unsigned i = 0; p->worker && i < p->workers; i++) {
		free(p->worker[i].value);
		conversions_free(&p->worker[i].room);
	}
	free(p->worker);
	free(p->findings);
}

static int workers_init(struct permutation *p)
{
	int rc = 0;

	p->workers = (unsigned)omp_get_max_threads();
	p->worker = calloc(p->workers, sizeof(*p->worker));
	p->findings = calloc((size_t)p->workers * FAST_MOST, sizeof(*p->findings));
	if (!p->worker || !p->findings)
		rc = -ENOMEM;
	for (unsigned i = 0; i < p->workers && !rc; i++) {
		p->worker[i].value = malloc((size_t)p->sequence->count);
		rc = conversions_init(&p->worker[i].room, p->sequence);
		if (!p->worker[i].value)
			rc = -ENOMEM;
	}
	if (rc)
		workers_free(p);
	return rc;
}

/* How many permutations to compute before they are counted. */
static unsigned wave_size(const struct permutation *p, uint64_t left)
{
	const bool is_slow = p->undecided & 1u << STAT_COMPRESSION;
	const uint64_t most = is_slow ? SLOW_MOST : FAST_MOST;
	uint64_t each = (is_slow ? SLOW_SYMBOLS : FAST_SYMBOLS) / p->sequence->count;

	each = each < 1 ? 1 : each > most ? most : each;
	each *= p->workers;
	return (unsigned)(each < left ? each : left);
}

/* The threads compute what is undecided, of @size permutations from number @first on. */
static int compute_wave(struct permutation *p, uint64_t first, unsigned size)
{
	int rc = 0;

#pragma omp parallel for num_threads(p->workers) schedule(dynamic, 1)
	for (unsigned i = 0; i < size; i++) {
		struct worker *worker = &p->worker[omp_get_thread_num()];

		shuffle(p->sequence->value, p->sequence->count, p->seed, first + i, worker->value);
		p->findings[i].rc = statistics_compute(p->sequence, worker->value, p->undecided,
						       &worker->room, p->findings[i].result);
	}
	for (unsigned i = 0; i < size; i++)
		rc = rc ? rc : p->findings[i].rc;
	return rc;
}

static void count_one(struct permutation *p, const double result[static STATISTICS])
{
	for (unsigned s = 0; s < STATISTICS; s++) {
		if (!(p->undecided & 1u << s))
			continue;
		rank_add(&p->rank[s], result[s]);
		if (rank_is_decided(&p->rank[s]))
			p->undecided &= ~(1u << s);
	}
}

/* Return: how many permutations there were, or -ENOMEM. */
static int64_t permute(struct permutation *p, const struct audience *audience)
{
	uint64_t done = 0;

	while (p->undecided && done < PERMUTATIONS) {
		const unsigned size = wave_size(p, PERMUTATIONS - done);
		const int rc = compute_wave(p, done, size);

		if (rc)
			return rc;
		/* What the last ones of a wave found of statistics decided in it is left out. */
		for (unsigned i = 0; i < size && p->undecided; i++, done++)
			count_one(p, p->findings[i].result);
		audience_progress(audience, "permutations", done, PERMUTATIONS);
	}
	return (int64_t)done;
}

static void report(const struct rank *rank, enum statistic statistic, struct result *result)
{
	if (statistic_is_real(statistic))
		result_real(result, "initial", rank->initial);
	else
		result_integer(result, "initial", (int64_t)rank->initial);
	result_integer(result, "c0", (int64_t)rank->c0);
	result_integer(result, "c1", (int64_t)rank->c1);
	result_integer(result, "c2", (int64_t)rank->c2);
	result->accept = "c0 + c1 > 5 and c1 + c2 > 5";
	result->outcome = rank_is_decided(rank) ? OUTCOME_PASS : OUTCOME_FAIL;
}

/* Leaves out the statistics that the sequence is too short for. */
static void begin(struct permutation *p, unsigned width, struct result result[static STATISTICS])
{
	const struct sequence *sequence = p->sequence;

	for (unsigned s = 0; s < STATISTICS; s++) {
		const uint64_t least = statistic_least(s, sequence->is_binary);

		result_init(&result[s], statistic_name(s));
		if (sequence->count >= least) {
			p->undecided |= 1u << s;
			continue;
		}
		result[s].outcome = OUTCOME_SHORT;
		result[s].needs_bits = (least - sequence->count) * width;
	}
}

/* Fills p->rank and tells all that is found, into the results. */
static int test_sequence(struct permutation *p, const struct audience *audience,
			 struct result result[static STATISTICS], uint64_t *permutations)
{
	const uint32_t applicable = p->undecided;
	double initial[STATISTICS] = { 0 };
	int rc = statistics_compute(p->sequence, p->sequence->value, applicable, &p->worker[0].room,
				    initial);
	int64_t took;

	if (rc)
		return rc;
	for (unsigned s = 0; s < STATISTICS; s++)
		p->rank[s] = (struct rank){ .initial = initial[s] };
	took = permute(p, audience);
	if (took < 0)
		return (int)took;
	for (unsigned s = 0; s < STATISTICS; s++)
		if (applicable & 1u << s)
			report(&p->rank[s], s, &result[s]);
	*permutations = (uint64_t)took;
	return 0;
}

int permutation_test(const struct symbols *symbols, uint64_t seed, const struct audience *audience,
		     struct result result[static STATISTICS], uint64_t *permutations)
{
	struct sequence sequence;
	struct permutation p = { .sequence = &sequence, .seed = seed };
	int rc = sequence_init(&sequence, symbols);

	if (rc)
		return rc;
	begin(&p, symbols->width, result);
	rc = workers_init(&p);
	if (!rc) {
		rc = test_sequence(&p, audience, result, permutations);
		workers_free(&p);
	}
	sequence_free(&sequence);
	return rc;
}
