/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pool - order, wrap-around, fullness and wiping of the ring of tested bytes. */
#include "fuse-trng/source/pool.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY 300

static size_t take(struct pool *pool, uint8_t *out, size_t len)
{
	struct iovec iov[2];
	size_t got = 0;
	int count = pool_peek(pool, len, iov);

	for (int i = 0; i < count; i++) {
		memcpy(out + got, iov[i].iov_base, iov[i].iov_len);
		got += iov[i].iov_len;
	}
	pool_drop(pool, got);
	return got;
}

static int nonzero(const struct pool *pool)
{
	int count = 0;

	for (size_t i = 0; i < pool->capacity_bytes; i++)
		count += pool->ring[i] != 0;
	return count;
}

/* Random puts and takes against a plain counter: nothing lost, repeated or out of order. */
static void keeps_order(void)
{
	struct pool pool;
	uint8_t bytes[CAPACITY];
	uint8_t put_next = 1, take_next = 1;
	size_t len, stored;

	srandom((unsigned)unit_seed());
	CU_ASSERT_FATAL(pool_open(&pool, CAPACITY) == 0);
	for (int round = 0; round < 20000; round++) {
		len = (size_t)random() % CAPACITY;
		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)(put_next + i);
		stored = pool_put(&pool, bytes, len);
		put_next = (uint8_t)(put_next + stored);
		CU_ASSERT(stored == len || pool.len_bytes == CAPACITY);
		len = take(&pool, bytes, (size_t)random() % CAPACITY);
		for (size_t i = 0; i < len; i++)
			CU_ASSERT(bytes[i] == take_next++);
	}
	pool_close(&pool);
}

static void full_leaves_out_the_newest(void)
{
	uint8_t bytes[CAPACITY + 10];
	struct pool pool;

	memset(bytes, 7, sizeof(bytes));
	CU_ASSERT_FATAL(pool_open(&pool, CAPACITY) == 0);
	CU_ASSERT_EQUAL(pool_put(&pool, bytes, sizeof(bytes)), CAPACITY);
	CU_ASSERT_EQUAL(pool_put(&pool, bytes, 1), 0);
	CU_ASSERT_EQUAL(pool.len_bytes, CAPACITY);
	pool_close(&pool);
}

static void what_is_taken_is_wiped(void)
{
	uint8_t bytes[CAPACITY];
	struct pool pool;

	memset(bytes, 0xa5, sizeof(bytes));
	CU_ASSERT_FATAL(pool_open(&pool, CAPACITY) == 0);
	pool_put(&pool, bytes, 200);
	pool_drop(&pool, 150);
	CU_ASSERT_EQUAL(nonzero(&pool), 50);
	pool_put(&pool, bytes, 200); /* wraps */
	pool_drop(&pool, 240);
	CU_ASSERT_EQUAL(nonzero(&pool), 10);
	pool_wipe(&pool);
	CU_ASSERT_EQUAL(nonzero(&pool), 0);
	CU_ASSERT_EQUAL(pool.len_bytes, 0);
	pool_close(&pool);
}

static void empty_shows_nothing(void)
{
	struct iovec iov[2];
	struct pool pool;

	CU_ASSERT_FATAL(pool_open(&pool, CAPACITY) == 0);
	CU_ASSERT_EQUAL(pool_peek(&pool, 10, iov), 0);
	pool_drop(&pool, 10);
	CU_ASSERT_EQUAL(pool.len_bytes, 0);
	pool_close(&pool);
	pool_close(&pool);
}

static const struct unit_test tests[] = {
	{ "keeps order", keeps_order },
	{ "full leaves out the newest", full_leaves_out_the_newest },
	{ "what is taken is wiped", what_is_taken_is_wiped },
	{ "empty shows nothing", empty_shows_nothing },
};

int main(void)
{
	return unit_run("pool", tests, sizeof(tests) / sizeof(tests[0]));
}
