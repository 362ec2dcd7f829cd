/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raw - one stretch of the stream without a gap, one opener, and how it ends. */
#include "fuse-trng/fs/raw.h"

#include "tests/unit/files_bed.h"
#include "tests/unit/unit.h"

#define KEPT_BYTES (64 * 1024)

static struct fuse_req req, other;

/* The line sends bytes that say where in it they are. */
static void come(struct files *files, unsigned first, size_t len)
{
	uint8_t bytes[4096];
	size_t step;

	for (; len > 0; first += (unsigned)step, len -= step) {
		step = len < sizeof(bytes) ? len : sizeof(bytes);
		for (size_t i = 0; i < step; i++)
			bytes[i] = (uint8_t)((first + i) * 167 >> 3 ^ (first + i));
		machine_bytes(&files->bed->machine, bytes, step, files->bed->now_ms);
	}
}

static void check_bytes(const struct fuse_req *got, unsigned first, size_t len)
{
	GETS_BYTES(got, len);
	for (size_t i = 0; i < got->len; i++)
		CU_ASSERT_EQUAL(got->bytes[i], (uint8_t)((first + i) * 167 >> 3 ^ (first + i)));
}

static struct handle *open_diverted(struct files *files)
{
	struct handle *raw;

	init(files);
	raw = must_open(files, "raw");
	CU_ASSERT_TRUE(files->bed->machine.is_diverted);
	return raw;
}

static void one_opener(void)
{
	struct files *files = files_open(false);
	struct handle *raw = open_diverted(files);
	int result;

	CU_ASSERT_PTR_NULL(opens(files, "raw", &result));
	CU_ASSERT_EQUAL(result, -EBUSY);
	CU_ASSERT_TRUE(files->bed->machine.is_diverted);
	come(files, 0, 300);
	closes(raw);
	CU_ASSERT_FALSE(files->bed->machine.is_diverted);
	CU_ASSERT_PTR_NULL(files->session.raw.ring.ring);
	raw = must_open(files, "raw"); /* nothing is left of what the first one did not read */
	CU_ASSERT_TRUE(tries(raw, &req, 100));
	GETS_ERROR(&req, EAGAIN);
	files_close(files);
}

static void as_it_comes(void)
{
	struct files *files = files_open(false);
	struct handle *raw = open_diverted(files);
	struct fuse_pollhandle poll;

	CU_ASSERT_EQUAL(polls(raw, &poll), 0);
	CU_ASSERT_FALSE(reads(raw, &req, 100));
	come(files, 0, 1); /* one byte is enough */
	check_bytes(&req, 0, 1);
	CU_ASSERT_EQUAL(poll.wakes + poll.destroys, 0); /* it is not there any more */
	come(files, 1, 50);
	CU_ASSERT_EQUAL(poll.wakes, 1);
	CU_ASSERT_EQUAL(poll.destroys, 1);
	CU_ASSERT_EQUAL(polls(raw, &poll), POLLIN | POLLRDNORM);
	raw->poll = NULL;
	CU_ASSERT_TRUE(reads(raw, &req, 20));
	check_bytes(&req, 1, 20);
	CU_ASSERT_TRUE(tries(raw, &req, 4096));
	check_bytes(&req, 21, 30);
	CU_ASSERT_EQUAL(files->session.raw.given_bytes, 51);
	CU_ASSERT_TRUE(tries(raw, &req, 4096));
	GETS_ERROR(&req, EAGAIN);
	files_close(files);
}

/* Who waited longer is first, and a newcomer does not overtake. */
static void in_order(void)
{
	struct files *files = files_open(false);
	struct handle *raw = open_diverted(files);
	static struct fuse_req third;

	CU_ASSERT_FALSE(reads(raw, &req, 10));
	CU_ASSERT_FALSE(reads(raw, &other, 10));
	CU_ASSERT_FALSE(reads(raw, &third, 10));
	interrupt(&other);
	GETS_ERROR(&other, EINTR);
	come(files, 0, 15);
	check_bytes(&req, 0, 10);
	check_bytes(&third, 10, 5);
	files_close(files);
}

/* The ring's end is in the middle: in two pieces, or in one. */
static void round_the_ring(void)
{
	struct files *files = files_open(false);
	struct handle *raw = open_diverted(files);
	unsigned at = 0, size;

	while (at < 3 * KEPT_BYTES) {
		size = (unsigned)random() % 5000 + 1;
		come(files, at, size);
		CU_ASSERT_TRUE(reads(raw, &req, MOST_BYTES));
		check_bytes(&req, at, size);
		at += size;
	}
	files_close(files);
}

/* A reader who was gone has lost nothing; of one of whom nobody knows, nobody does. */
static void lost_answers(void)
{
	struct files *files = files_open(false);
	struct handle *raw = open_diverted(files);

	come(files, 0, 30);
	req.reply_as = -ENOENT;
	CU_ASSERT_TRUE(reads(raw, &req, 20));
	CU_ASSERT_EQUAL(files->session.raw.given_bytes, 0);
	req.reply_as = 0;
	CU_ASSERT_TRUE(reads(raw, &req, 20));
	check_bytes(&req, 0, 20);
	req.reply_as = -EINVAL;
	CU_ASSERT_TRUE(reads(raw, &req, 5));
	req.reply_as = 0;
	CU_ASSERT_TRUE(reads(raw, &req, 20));
	GETS_ERROR(&req, EIO);
	come(files, 30, 10);
	CU_ASSERT_TRUE(reads(raw, &req, 20));
	GETS_ERROR(&req, EIO);
	files_close(files);
}

static void too_slow(void)
{
	struct files *files = files_open(false);
	struct handle *raw = open_diverted(files);
	struct fuse_pollhandle poll;

	come(files, 0, KEPT_BYTES);
	CU_ASSERT_EQUAL(files->session.raw.end, 0);
	come(files, KEPT_BYTES, 1);
	come(files, KEPT_BYTES + 1, 1000);
	CU_ASSERT_TRUE(reads(raw, &req, 1000));
	check_bytes(&req, 0, 1000);
	come(files, KEPT_BYTES + 1001, 10); /* there is room again, but a gap before it */
	CU_ASSERT_TRUE(reads(raw, &req, MOST_BYTES));
	check_bytes(&req, 1000, KEPT_BYTES - 1000);
	CU_ASSERT_TRUE(reads(raw, &req, 1));
	GETS_ERROR(&req, EIO);
	CU_ASSERT_EQUAL(polls(raw, &poll), POLLIN | POLLERR);
	raw->poll = NULL;
	files_close(files);
}

static void shut_down(struct files *files)
{
	CU_ASSERT_EQUAL(command(files->bed, MACHINE_SHUTDOWN), MACHINE_PENDING);
}

static void restart(struct files *files)
{
	CU_ASSERT_EQUAL(command(files->bed, MACHINE_RESTART), MACHINE_PENDING);
}

static void unplug(struct files *files)
{
	machine_port_down(&files->bed->machine, "pulled", files->bed->now_ms);
}

static const struct {
	void (*happens)(struct files *files);
	int error;
} ends[] = { { shut_down, ENODATA }, { restart, EIO }, { unplug, ENODEV } };

/* The rest comes first, then the reason, whoever waits, and it stays so when the source is back. */
static void ends_and_stays_ended(void)
{
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct files *files = files_open(false);
		struct handle *raw = open_diverted(files);

		come(files, 0, 10);
		ends[i].happens(files);
		CU_ASSERT_TRUE(tries(raw, &req, 100));
		check_bytes(&req, 0, 10);
		CU_ASSERT_TRUE(tries(raw, &req, 100));
		GETS_ERROR(&req, ends[i].error);
		machine_port_up(&files->bed->machine, files->bed->now_ms);
		if (files->bed->machine.state == MACHINE_STANDBY)
			init(files);
		machine_powered(&files->bed->machine, true, files->bed->now_ms);
		machine_settled(&files->bed->machine, files->bed->now_ms);
		come(files, 10, 50);
		CU_ASSERT_TRUE(reads(raw, &req, 100));
		GETS_ERROR(&req, ends[i].error);
		closes(raw);
		raw = must_open(files, "raw");
		come(files, 60, 50);
		CU_ASSERT_TRUE(reads(raw, &req, 100));
		check_bytes(&req, 60, 50);
		files_close(files);
	}
}

static void those_who_wait_hear_of_it(void)
{
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct files *files = files_open(i == 0); /* "block" is not about ends */
		struct handle *raw = open_diverted(files);
		struct fuse_pollhandle poll;

		come(files, 0, 10);
		CU_ASSERT_TRUE(reads(raw, &req, 10));
		CU_ASSERT_FALSE(reads(raw, &req, 10));
		CU_ASSERT_EQUAL(polls(raw, &poll), 0);
		ends[i].happens(files);
		GETS_ERROR(&req, ends[i].error);
		CU_ASSERT_EQUAL(poll.wakes, 1);
		files_close(files);
	}
}

/* Opened while there is nothing to read from: an error, or with "block" the first symbols. */
static void before_the_first(bool does_block, bool is_absent)
{
	struct files *files = files_open(does_block);
	int error = is_absent ? ENODEV : ENODATA;
	struct fuse_pollhandle poll;
	struct handle *raw;

	if (is_absent)
		unplug(files);
	raw = must_open(files, "raw");
	CU_ASSERT_EQUAL(polls(raw, &poll), does_block ? 0 : POLLIN | POLLERR);
	CU_ASSERT_TRUE(tries(raw, &req, 10));
	GETS_ERROR(&req, does_block ? EAGAIN : error);
	CU_ASSERT_EQUAL(reads(raw, &req, 10), !does_block);
	if (!does_block)
		GETS_ERROR(&req, error);
	if (is_absent)
		machine_port_up(&files->bed->machine, files->bed->now_ms);
	init(files);
	CU_ASSERT(raw->poll == NULL && poll.wakes == 1); /* the state has changed */
	if (!does_block)
		CU_ASSERT_FALSE(reads(raw, &req, 10));
	come(files, 7, 10);
	check_bytes(&req, 7, 10);
	files_close(files);
}

static void nothing_to_read_from(void)
{
	before_the_first(false, false);
	before_the_first(false, true);
	before_the_first(true, false);
	before_the_first(true, true);
}

/* A failing source is what an evaluator wants to see. */
static void through_an_alarm(void)
{
	struct files *files = files_open(false);
	struct handle *raw;

	init(files);
	while (files->bed->machine.state != MACHINE_RUNNING)
		good_bytes(files->bed, 64);
	raw = must_open(files, "raw");
	come(files, 0, 10);
	stuck_bytes(files->bed, 100);
	CU_ASSERT_EQUAL(files->bed->machine.state, MACHINE_ALARM);
	come(files, 110, 10);
	CU_ASSERT_TRUE(reads(raw, &req, 1000));
	GETS_BYTES(&req, 120);
	for (unsigned i = 10; i < 110; i++)
		CU_ASSERT_EQUAL(req.bytes[i], 0);
	files_close(files);
}

static void no_page_cache(void)
{
	struct files *files = files_open(false);
	struct handle *raw = open_diverted(files);
	const struct fuse_file_info nobody = { 0 };
	const struct request request = { .req = &req, .info = &nobody, .size_bytes = 10 };

	come(files, 0, 10);
	req = (struct fuse_req){ 0 };
	raw->node->read(raw, &request);
	GETS_ERROR(&req, EIO);
	files_close(files);
}

static void at_the_end(void)
{
	struct files *files = files_open(false);
	struct handle *raw = open_diverted(files);

	CU_ASSERT_FALSE(reads(raw, &req, 10));
	files_close(files);
	GETS_ERROR(&req, ENODEV);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "one opener", one_opener },
		{ "as it comes", as_it_comes },
		{ "in order", in_order },
		{ "round the ring", round_the_ring },
		{ "lost answers", lost_answers },
		{ "too slow", too_slow },
		{ "ends and stays ended", ends_and_stays_ended },
		{ "those who wait hear of it", those_who_wait_hear_of_it },
		{ "nothing to read from", nothing_to_read_from },
		{ "through an alarm", through_an_alarm },
		{ "no page cache", no_page_cache },
		{ "at the end", at_the_end },
	};

	srandom((unsigned)unit_seed());
	return unit_run("raw", tests, sizeof(tests) / sizeof(tests[0]));
}
