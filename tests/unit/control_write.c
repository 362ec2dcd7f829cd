/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control - who waits for what: transitions and seeds, blocking or not, together and overtaken. */
#include "fuse-trng/fs/control.h"

#include "tests/unit/files_bed.h"
#include "tests/unit/unit.h"

#include <fcntl.h>

static struct fuse_req req, second, third, line;

static void power_up(struct files *files)
{
	machine_powered(&files->bed->machine, true, files->bed->now_ms);
	machine_settled(&files->bed->machine, files->bed->now_ms);
}

static void until_running(struct files *files)
{
	while (files->bed->machine.state != MACHINE_RUNNING)
		good_bytes(files->bed, 16);
}

static void until_seeded(struct files *files)
{
	while (files->session.generator.is_forced)
		good_bytes(files->bed, 16);
}

/* Running, seeded, and an empty pool: the next seed has to be waited for. */
static void start(struct files *files)
{
	struct machine *machine = &files->bed->machine;

	init(files);
	until_running(files);
	until_seeded(files);
	ledger_move(&machine->ledger, LEDGER_POOL, LEDGER_RANDOM, machine->pool.len_bytes);
	pool_wipe(&machine->pool);
}

/* What status says: "WORD RESULT". */
static void check_last(const struct files *files, const char *expected)
{
	const struct control *control = &files->session.control;
	char last[64];

	snprintf(last, sizeof(last), "%s %s", control->last_command,
		 control->last_ticket ? "pending" : control_result_name(control->last_result));
	CU_ASSERT_STRING_EQUAL(last, expected);
}

static void check_line(struct handle *control, const char *expected)
{
	CU_ASSERT_TRUE(reads(control, &line, 100));
	GETS_BYTES(&line, strlen(expected));
	CU_ASSERT(memcmp(line.bytes, expected, strlen(expected)) == 0);
}

static void waits_for_a_transition(void)
{
	struct files *files = files_open(false);
	struct handle *control = must_open(files, "control");

	CU_ASSERT_FALSE(writes(control, &req, "init\n"));
	check_last(files, "init pending");
	CU_ASSERT_FALSE(writes(control, &second, "init"));
	CU_ASSERT_FALSE(writes(control, &third, "init"));
	interrupt(&second);
	GETS_ERROR(&second, EINTR);
	power_up(files);
	until_running(files);
	GETS_BYTES(&req, 5); /* as many as were written */
	GETS_BYTES(&third, 4);
	check_last(files, "init 0");
	CU_ASSERT_TRUE(writes(control, &req, "init"));
	GETS_ERROR(&req, EALREADY);
	check_last(files, "init EALREADY");
	CU_ASSERT_TRUE(writes(control, &req, "unknown"));
	GETS_ERROR(&req, EINVAL);
	check_last(files, "init EALREADY");
	files_close(files);
}

static void overtaken(void)
{
	struct files *files = files_open(false);
	struct handle *control = must_open(files, "control");

	CU_ASSERT_FALSE(writes(control, &req, "init"));
	CU_ASSERT_FALSE(writes(control, &second, "restart"));
	GETS_ERROR(&req, ECANCELED);
	check_last(files, "restart pending");
	power_up(files);
	until_running(files);
	GETS_BYTES(&second, 7);
	check_last(files, "restart 0");
	files_close(files);
}

static void waits_for_a_seed(void)
{
	struct files *files = files_open(false);
	struct handle *control = must_open(files, "control");
	uint64_t seeds;

	start(files);
	seeds = files->session.generator.seeds;
	CU_ASSERT_FALSE(writes(control, &req, "reseed\n"));
	CU_ASSERT_FALSE(writes(control, &second, "reseed"));
	check_last(files, "reseed pending");
	until_seeded(files);
	GETS_BYTES(&req, 7);
	GETS_BYTES(&second, 6);
	check_last(files, "reseed 0");
	CU_ASSERT_EQUAL(files->session.generator.seeds, seeds + 1);
	while (files->bed->machine.pool.len_bytes < 64)
		good_bytes(files->bed, 16);
	CU_ASSERT_TRUE(writes(control, &req, "reseed")); /* there is enough for it */
	GETS_BYTES(&req, 6);
	CU_ASSERT_EQUAL(files->session.generator.seeds, seeds + 2);
	files_close(files);
}

/* A seed that is complete when somebody asks for one is everybody's who waits. */
static void taken_by_a_later_write(void)
{
	struct files *files = files_open(false);
	struct handle *control = must_open(files, "control");
	struct handle *random = must_open(files, "random");
	static struct fuse_req reader;

	start(files);
	CU_ASSERT_FALSE(reads(random, &reader, 256));
	CU_ASSERT_FALSE(writes(control, &req, "reseed"));
	while (files->bed->machine.pool.len_bytes < 100)
		good_bytes(files->bed, 16);
	interrupt(&reader); /* gets what there is; then the seed's turn has come */
	while (files->session.generator.is_forced)
		good_bytes(files->bed, 16);
	GETS_BYTES(&req, 6);
	CU_ASSERT_FALSE(reads(random, &reader, 256));
	CU_ASSERT_FALSE(writes(control, &req, "reseed"));
	while (files->bed->machine.pool.len_bytes < 100)
		good_bytes(files->bed, 16);
	closes(random); /* the line goes on, and nobody has told the generator yet */
	CU_ASSERT_TRUE(writes(control, &second, "reseed"));
	GETS_BYTES(&second, 6);
	GETS_BYTES(&req, 6);
	check_last(files, "reseed 0");
	files_close(files);
}

static void shut_down(struct files *files)
{
	CU_ASSERT_FALSE(writes(must_open(files, "control"), &second, "shutdown"));
}

static void unplug(struct files *files)
{
	machine_port_down(&files->bed->machine, "pulled", files->bed->now_ms);
}

/* The source is lost in the middle. */
static void no_seed_comes(void)
{
	static const struct {
		void (*happens)(struct files *files);
		int error;
		const char *last;
	} losses[] = { { shut_down, ENODATA, "shutdown pending" },
		       { unplug, ENODEV, "reseed ENODEV" } };

	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		struct files *files = files_open(false);
		struct handle *control = must_open(files, "control");

		start(files);
		CU_ASSERT_FALSE(writes(control, &req, "reseed"));
		losses[i].happens(files);
		GETS_ERROR(&req, losses[i].error);
		check_last(files, losses[i].last);
		CU_ASSERT_TRUE(writes(control, &req, "reseed"));
		GETS_ERROR(&req, losses[i].error);
		files_close(files);
	}
}

/* Each word has a result of its own, whichever is over first. */
static void seed_and_transition(void)
{
	struct files *files = files_open(false);
	struct handle *control = must_open(files, "control");

	CU_ASSERT_FALSE(writes(control, &req, "init"));
	CU_ASSERT_FALSE(writes(control, &second, "reseed"));
	check_last(files, "reseed pending");
	power_up(files);
	while (req.answers == 0)
		good_bytes(files->bed, 16);
	until_seeded(files);
	GETS_BYTES(&req, 4);
	GETS_BYTES(&second, 6);
	check_last(files, "reseed 0");
	files_close(files);
}

/* A reader of random is first in the line: running, and no seed yet. */
static void transition_before_seed(void)
{
	struct files *files = files_open(false);
	struct handle *control = must_open(files, "control");
	static struct fuse_req readers[3];

	CU_ASSERT_FALSE(writes(control, &req, "init"));
	for (int i = 0; i < 3; i++)
		CU_ASSERT_FALSE(reads(must_open(files, "random"), &readers[i], 256));
	CU_ASSERT_FALSE(writes(control, &second, "reseed"));
	power_up(files);
	until_running(files);
	GETS_BYTES(&req, 4);
	CU_ASSERT_EQUAL(second.answers, 0);
	check_last(files, "reseed pending"); /* that init is over says nothing of it */
	until_seeded(files);
	GETS_BYTES(&second, 6);
	check_last(files, "reseed 0");
	files_close(files);
}

/* Written after reseed: its result stays when the seed comes. */
static void a_later_word_stays(void)
{
	struct files *files = files_open(false);
	struct handle *control = must_open(files, "control");

	start(files);
	CU_ASSERT_FALSE(writes(control, &req, "reseed"));
	CU_ASSERT_TRUE(writes(control, &second, "init"));
	GETS_ERROR(&second, EALREADY);
	until_seeded(files);
	GETS_BYTES(&req, 6);
	check_last(files, "init EALREADY");
	files_close(files);
}

static void without_blocking(void)
{
	struct files *files = files_open(false);
	struct handle *control = must_open(files, "control");
	struct fuse_pollhandle poll;

	start(files);
	CU_ASSERT_TRUE(asks_for(control, &req, 0, "reseed", O_RDWR | O_NONBLOCK));
	GETS_ERROR(&req, EINPROGRESS);
	CU_ASSERT_EQUAL(polls(control, &poll), 0);
	CU_ASSERT_TRUE(reads(control, &line, 100));
	GETS_ERROR(&line, EAGAIN);
	until_seeded(files);
	CU_ASSERT_EQUAL(poll.wakes, 1);
	CU_ASSERT(polls(control, &poll) & POLLOUT);
	control->poll = NULL;
	check_line(control, "0\n");
	CU_ASSERT_TRUE(asks_for(control, &req, 0, "reseed", O_RDWR | O_NONBLOCK));
	GETS_ERROR(&req, EINPROGRESS);
	CU_ASSERT_EQUAL(polls(control, &poll), 0);
	stuck_bytes(files->bed, 16);
	CU_ASSERT_EQUAL(poll.wakes, 1);
	check_line(control, "EIO\n");
	CU_ASSERT_TRUE(asks_for(control, &req, 0, "reseed", O_RDWR | O_NONBLOCK));
	GETS_ERROR(&req, EIO); /* a verdict at once */
	files_close(files);
}

/* An interrupted write ends the wait, not what it began. */
static void interrupted(void)
{
	struct files *files = files_open(false);
	struct handle *control = must_open(files, "control");
	uint64_t seeds;

	start(files);
	seeds = files->session.generator.seeds;
	CU_ASSERT_FALSE(writes(control, &req, "reseed"));
	interrupt(&req);
	GETS_ERROR(&req, EINTR);
	check_last(files, "reseed pending");
	until_seeded(files);
	CU_ASSERT_EQUAL(files->session.generator.seeds, seeds + 1);
	check_last(files, "reseed 0");
	files_close(files);
}

static void at_the_end(void)
{
	struct files *files = files_open(false);
	struct handle *control = must_open(files, "control");

	start(files);
	CU_ASSERT_FALSE(writes(control, &req, "reseed"));
	CU_ASSERT_FALSE(writes(control, &second, "restart"));
	CU_ASSERT_EQUAL(req.answers, 0); /* a restart is no loss: the seed comes after it */
	files_close(files);
	GETS_ERROR(&req, ENODEV);
	GETS_ERROR(&second, ENODEV);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "waits for a transition", waits_for_a_transition },
		{ "overtaken", overtaken },
		{ "waits for a seed", waits_for_a_seed },
		{ "taken by a later write", taken_by_a_later_write },
		{ "no seed comes", no_seed_comes },
		{ "seed and transition", seed_and_transition },
		{ "transition before seed", transition_before_seed },
		{ "a later word stays", a_later_word_stays },
		{ "without blocking", without_blocking },
		{ "interrupted", interrupted },
		{ "at the end", at_the_end },
	};

	srandom((unsigned)unit_seed());
	return unit_run("control_write", tests, sizeof(tests) / sizeof(tests[0]));
}
