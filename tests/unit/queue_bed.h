/* SPDX-License-Identifier: GPL-3.0-or-later */
/* queue_bed - a line of readers that are plain structs, with a pool of numbered bytes. */
#ifndef TRNG_TESTS_UNIT_QUEUE_BED_H
#define TRNG_TESTS_UNIT_QUEUE_BED_H

#include "fuse-trng/fs/queue.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A read as the queue sees it: what it was answered. */
struct answer {
	int count; /* of answers: must end as 1 */
	int error;
	size_t len;
	uint8_t bytes[8192];
	int deliver_as; /* what deliver returns: 0, or an error of the kernel */
};

static inline int deliver(void *request, const struct iovec *iov, int count)
{
	struct answer *answer = request;

	answer->count++;
	if (answer->deliver_as)
		return answer->deliver_as;
	for (int i = 0; i < count; i++) {
		memcpy(answer->bytes + answer->len, iov[i].iov_base, iov[i].iov_len);
		answer->len += iov[i].iov_len;
	}
	return 0;
}

static inline void refuse(void *request, int error)
{
	struct answer *answer = request;

	answer->count++;
	answer->error = error;
}

static unsigned readies;

static inline void ready(struct place *place)
{
	(void)place;
	readies++;
}

static const struct queue_ops ops = { deliver, refuse, ready };

/* A pool that is filled with consecutive numbers, so that every byte names its place. */
struct bed {
	struct pool pool;
	struct ledger ledger;
	struct queue queue;
	uint8_t next;
	struct place places[8];
	struct answer answers[8];
};

static inline struct bed *bed_open(void)
{
	struct bed *bed = calloc(1, sizeof(*bed));

	CU_ASSERT_FATAL(bed != NULL);
	CU_ASSERT_FATAL(pool_open(&bed->pool, 4096) == 0);
	queue_init(&bed->queue, &bed->pool, &bed->ledger);
	for (int i = 0; i < 8; i++)
		bed->places[i] = (struct place){ .ops = &ops, .account = LEDGER_RANDOM };
	readies = 0;
	return bed;
}

static inline void bed_close(struct bed *bed)
{
	for (int i = 0; i < 8; i++)
		queue_leave(&bed->queue, &bed->places[i]);
	CU_ASSERT_PTR_NULL(bed->queue.first);
	CU_ASSERT_PTR_NULL(bed->queue.first_kept);
	CU_ASSERT_EQUAL(bed->ledger.bytes[LEDGER_SET_ASIDE], 0);
	CU_ASSERT_EQUAL(bed->queue.waiting_readers, 0);
	pool_close(&bed->pool);
	free(bed);
}

static inline void fill(struct bed *bed, size_t len)
{
	uint8_t byte;

	while (len-- > 0) {
		byte = bed->next++;
		CU_ASSERT(pool_put(&bed->pool, &byte, 1) == 1);
		ledger_enter(&bed->ledger, LEDGER_POOL, 1);
	}
}

static inline int reads(struct bed *bed, int i, size_t size)
{
	bed->answers[i] = (struct answer){ 0 };
	return queue_read(&bed->queue, &bed->places[i], &bed->answers[i], size);
}

static inline int tries(struct bed *bed, int i, size_t size)
{
	bed->answers[i] = (struct answer){ 0 };
	return queue_try(&bed->queue, &bed->places[i], &bed->answers[i], size, 0);
}

static inline void check(const struct bed *bed, int i, uint8_t first, size_t len)
{
	const struct answer *answer = &bed->answers[i];

	CU_ASSERT_EQUAL(answer->count, 1);
	CU_ASSERT_EQUAL(answer->error, 0);
	CU_ASSERT_EQUAL(answer->len, len);
	for (size_t k = 0; k < answer->len; k++)
		CU_ASSERT_EQUAL(answer->bytes[k], (uint8_t)(first + k));
}

#endif
