/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parked - answered in order, each once, or interrupted wherever it stands. */
#include "fuse-trng/fs/parked.h"

#include "tests/unit/files_bed.h"
#include "tests/unit/unit.h"

#define MANY 7

static struct fuse_req reqs[MANY];

static void park(struct parked_list *list, unsigned i)
{
	const struct request request = { .req = &reqs[i], .size_bytes = 100 + i };

	reqs[i] = (struct fuse_req){ 0 };
	parked_add(list, &request);
}

static void park_all(struct parked_list *list)
{
	*list = (struct parked_list){ 0 };
	for (unsigned i = 0; i < MANY; i++)
		park(list, i);
	CU_ASSERT_EQUAL(list->count, MANY);
}

static void oldest_first(void)
{
	struct parked_list list;
	size_t size;

	park_all(&list);
	for (unsigned i = 0; i < MANY; i++) {
		CU_ASSERT_PTR_EQUAL(parked_take(&list, &size), &reqs[i]);
		CU_ASSERT_EQUAL(size, 100 + i);
		CU_ASSERT_EQUAL(reqs[i].answers, 0); /* that is the taker's */
	}
	CU_ASSERT_PTR_NULL(parked_take(&list, &size));
	CU_ASSERT_EQUAL(list.count, 0);
	park(&list, 0);
	CU_ASSERT_PTR_EQUAL(parked_take(&list, &size), &reqs[0]);
}

/* In any order until none is left; those that remain keep theirs. */
static void interrupted_anywhere(void)
{
	struct parked_list list;
	fuse_req_t req;
	size_t size;
	unsigned last, victims = (unsigned)random() % MANY + 1;

	park_all(&list);
	for (unsigned i = 0; i < victims; i++)
		interrupt(&reqs[(unsigned)random() % MANY]);
	last = 0;
	while ((req = parked_take(&list, &size))) {
		CU_ASSERT(size > last);
		CU_ASSERT_EQUAL(req->answers, 0);
		last = (unsigned)size;
		fuse_reply_err(req, 0);
	}
	for (unsigned i = 0; i < MANY; i++) {
		CU_ASSERT_EQUAL(reqs[i].answers, 1);
		CU_ASSERT_EQUAL(reqs[i].error, reqs[i].is_interrupted ? EINTR : 0);
	}
	CU_ASSERT_EQUAL(list.count, 0);
	CU_ASSERT_PTR_NULL(list.last);
}

static void interrupted_at_the_ends(void)
{
	static const unsigned orders[][MANY] = { { 0, 1, 2, 3, 4, 5, 6 },
						 { 6, 5, 4, 3, 2, 1, 0 },
						 { 3, 0, 6, 1, 5, 2, 4 } };
	struct parked_list list;

	for (size_t order = 0; order < sizeof(orders) / sizeof(orders[0]); order++) {
		park_all(&list);
		for (unsigned i = 0; i < MANY; i++) {
			interrupt(&reqs[orders[order][i]]);
			CU_ASSERT_EQUAL(list.count, MANY - 1 - i);
		}
		CU_ASSERT_PTR_NULL(list.first);
		CU_ASSERT_PTR_NULL(list.last);
	}
}

/* The signal came before the request did. */
static void interrupted_before(void)
{
	struct parked_list list = { 0 };
	const struct request request = { .req = &reqs[0], .size_bytes = 1 };

	reqs[0] = (struct fuse_req){ .is_interrupted = true };
	parked_add(&list, &request);
	GETS_ERROR(&reqs[0], EINTR);
	CU_ASSERT_EQUAL(list.count, 0);
}

static void refused(void)
{
	struct parked_list list;

	park_all(&list);
	parked_refuse(&list, ENODEV);
	for (unsigned i = 0; i < MANY; i++)
		GETS_ERROR(&reqs[i], ENODEV);
	CU_ASSERT_EQUAL(list.count, 0);
	parked_refuse(&list, ENODEV);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "oldest first", oldest_first },
		{ "interrupted anywhere", interrupted_anywhere },
		{ "interrupted at the ends", interrupted_at_the_ends },
		{ "interrupted before", interrupted_before },
		{ "refused", refused },
	};

	srandom((unsigned)unit_seed());
	return unit_run("parked", tests, sizeof(tests) / sizeof(tests[0]));
}
