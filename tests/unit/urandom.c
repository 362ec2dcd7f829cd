/* SPDX-License-Identifier: GPL-3.0-or-later */
/* urandom - who waits for the first seed, and what everybody gets when there is none any more. */
#include "fuse-trng/fs/urandom.h"

#include "tests/unit/files_bed.h"
#include "tests/unit/unit.h"

static struct fuse_req req, other;

static void until_seeded(struct files *files)
{
	while (!drbg_is_seeded(files->session.generator.drbg))
		good_bytes(files->bed, 16);
}

static void start(struct files *files)
{
	init(files);
	until_seeded(files);
}

/* A test fires, so soon after the seed that it counts as none. */
static void alarm_now(struct files *files)
{
	while (files->bed->machine.state == MACHINE_RUNNING)
		stuck_bytes(files->bed, 1);
	CU_ASSERT_EQUAL(files->bed->machine.state, MACHINE_ALARM);
	CU_ASSERT_FALSE(drbg_is_seeded(files->session.generator.drbg));
}

static void waits_for_the_first_seed(void)
{
	struct files *files = files_open(false);
	struct handle *urandom = must_open(files, "urandom");
	struct fuse_pollhandle poll;
	size_t size = (size_t)random() % 1000 + 16;

	CU_ASSERT_TRUE(tries(urandom, &req, 16));
	GETS_ERROR(&req, EAGAIN);
	CU_ASSERT_EQUAL(polls(urandom, &poll), 0);
	CU_ASSERT_FALSE(reads(urandom, &req, 16));
	CU_ASSERT_FALSE(reads(urandom, &other, size));
	CU_ASSERT_EQUAL(files->session.seedless.count, 2);
	init(files);
	CU_ASSERT_EQUAL(poll.wakes, 1); /* the state has changed */
	CU_ASSERT_EQUAL(polls(urandom, &poll), 0);
	until_seeded(files);
	GETS_BYTES(&req, 16);
	GETS_BYTES(&other, size);
	CU_ASSERT(memcmp(req.bytes, other.bytes, 16) != 0);
	CU_ASSERT_EQUAL(poll.wakes, 1);
	CU_ASSERT_EQUAL(polls(urandom, &poll), POLLIN | POLLRDNORM);
	urandom->poll = NULL;
	CU_ASSERT_TRUE(tries(urandom, &req, size));
	GETS_BYTES(&req, size);
	CU_ASSERT(memcmp(req.bytes, other.bytes, 16) != 0);
	for (size_t i = 0; i < URANDOM_MOST_BYTES; i++)
		CU_ASSERT_EQUAL(files->session.reply[i], 0);
	files_close(files);
}

static void interrupted(void)
{
	struct files *files = files_open(false);
	struct handle *urandom = must_open(files, "urandom");

	CU_ASSERT_FALSE(reads(urandom, &req, 16));
	CU_ASSERT_FALSE(reads(urandom, &other, 16));
	interrupt(&other);
	GETS_ERROR(&other, EINTR);
	start(files);
	GETS_BYTES(&req, 16);
	CU_ASSERT_EQUAL(other.answers, 1);
	files_close(files);
}

/* Until a young seed is replaced: an error for everybody, for those who were waiting as well. */
static void after_a_young_seed(void)
{
	struct files *files = files_open(false);
	struct handle *urandom = must_open(files, "urandom");
	struct fuse_pollhandle poll;

	start(files);
	CU_ASSERT_EQUAL(polls(urandom, &poll), POLLIN | POLLRDNORM);
	alarm_now(files);
	CU_ASSERT_EQUAL(poll.wakes, 1);
	CU_ASSERT_TRUE(reads(urandom, &req, 16));
	GETS_ERROR(&req, EIO);
	CU_ASSERT_TRUE(tries(urandom, &req, 16));
	GETS_ERROR(&req, EIO);
	CU_ASSERT_EQUAL(polls(urandom, &poll), POLLIN | POLLERR);
	until_seeded(files);
	CU_ASSERT_EQUAL(poll.wakes, 1);
	CU_ASSERT_TRUE(reads(urandom, &req, 16));
	GETS_BYTES(&req, 16);
	files_close(files);
}

/* The same with unavailable = "block", and without a port: they wait. */
static void blocks(void)
{
	struct files *files = files_open(true);
	struct handle *urandom = must_open(files, "urandom");
	struct fuse_pollhandle poll;

	start(files);
	alarm_now(files);
	CU_ASSERT_TRUE(tries(urandom, &req, 16));
	GETS_ERROR(&req, EAGAIN);
	CU_ASSERT_EQUAL(polls(urandom, &poll), 0);
	CU_ASSERT_FALSE(reads(urandom, &req, 16));
	machine_port_down(&files->bed->machine, "pulled", files->bed->now_ms);
	CU_ASSERT_FALSE(reads(urandom, &other, 16));
	CU_ASSERT_EQUAL(req.answers, 0);
	urandom->poll = NULL;
	machine_port_up(&files->bed->machine, files->bed->now_ms);
	machine_powered(&files->bed->machine, true, files->bed->now_ms);
	machine_settled(&files->bed->machine, files->bed->now_ms);
	until_seeded(files);
	GETS_BYTES(&req, 16);
	GETS_BYTES(&other, 16);
	files_close(files);
}

/* Who waits when the port is lost hears of it. */
static void those_who_wait_hear_of_it(void)
{
	struct files *files = files_open(false);
	struct handle *urandom = must_open(files, "urandom");

	CU_ASSERT_FALSE(reads(urandom, &req, 16));
	machine_port_down(&files->bed->machine, "pulled", files->bed->now_ms);
	GETS_ERROR(&req, ENODEV);
	files_close(files);
}

/* The grace ends by the clock, with no news from the machine. */
static void when_the_grace_is_over(void)
{
	struct files *files = files_open(false);
	struct handle *urandom = must_open(files, "urandom");
	struct session *session = &files->session;

	start(files);
	machine_port_down(&files->bed->machine, "pulled", files->bed->now_ms);
	CU_ASSERT_EQUAL(session_deadline_ms(session), files->bed->now_ms + GRACE_MS);
	session_service(session, 0, files->bed->now_ms + GRACE_MS - 1);
	CU_ASSERT_TRUE(reads(urandom, &req, 16));
	GETS_BYTES(&req, 16);
	session_service(session, 0, files->bed->now_ms + GRACE_MS);
	CU_ASSERT_TRUE(reads(urandom, &req, 16));
	GETS_ERROR(&req, ENODEV);
	files_close(files);
}

static void no_page_cache(void)
{
	struct files *files = files_open(false);
	struct handle *urandom = must_open(files, "urandom");
	const struct fuse_file_info nobody = { 0 };
	const struct request request = { .req = &req, .info = &nobody, .size_bytes = 10 };

	start(files);
	req = (struct fuse_req){ 0 };
	urandom->node->read(urandom, &request);
	GETS_ERROR(&req, EIO);
	files_close(files);
}

static void at_the_end(void)
{
	struct files *files = files_open(true);

	CU_ASSERT_FALSE(reads(must_open(files, "urandom"), &req, 10));
	files_close(files);
	GETS_ERROR(&req, ENODEV);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "waits for the first seed", waits_for_the_first_seed },
		{ "interrupted", interrupted },
		{ "after a young seed", after_a_young_seed },
		{ "blocks", blocks },
		{ "those who wait hear of it", those_who_wait_hear_of_it },
		{ "when the grace is over", when_the_grace_is_over },
		{ "no page cache", no_page_cache },
		{ "at the end", at_the_end },
	};

	srandom((unsigned)unit_seed());
	return unit_run("urandom", tests, sizeof(tests) / sizeof(tests[0]));
}
