/* SPDX-License-Identifier: GPL-3.0-or-later */
/* twin - a board behind a pty, in real time or any multiple of it, with faults on command. */
#include "firmware/twin/twin.h"

#include "common/log.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

/* Wake up no more often than this: above speed 32 several bytes are made at a time. */
#define SLICE_NS (4 * NS_PER_MS)

/* A board that cannot keep the pace is left to run this long before anything else is served. */
#define PUMP_NS (50 * NS_PER_MS)
#define FEED_NS (10 * NS_PER_MS)
#define HEAR_MS 2u    /* of device time: more than a byte takes on the line */
#define PUMP_MS 1000u /* of device time, between looks at the clock */

/* A twin that was stopped or starved longer than this stood still; it does not catch up. */
#define LATE_MAX_NS NS_PER_S

enum { POLL_SIGNALS, POLL_CONSOLE, POLL_WATCH, POLL_LINE, POLL_COUNT };

static uint64_t wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static uint64_t pace_device_ms(const struct twin_pace *pace, uint64_t now_ns)
{
	double passed_ms = (double)(now_ns - pace->base_ns) / (double)NS_PER_MS;

	return pace->base_ms + (uint64_t)(passed_ms * pace->rate);
}

static uint64_t pace_wall_ns(const struct twin_pace *pace, uint64_t device_ms)
{
	double passed_ms = (double)(device_ms - pace->base_ms) / pace->rate;

	return pace->base_ns + (uint64_t)(passed_ms * (double)NS_PER_MS) + 1;
}

static void pace_restart(struct twin *twin, uint64_t now_ns)
{
	twin->pace.base_ns = now_ns;
	twin->pace.base_ms = board_now_ms(twin->board);
}

static void drop_output(struct twin *twin)
{
	explicit_bzero(twin->out, sizeof(twin->out));
	twin->out_length = 0;
}

/* At speed 0 what the pty has no room for waits; else it is lost, as in a real port's overrun. */
static void write_out(struct twin *twin)
{
	size_t written;

	if (!twin->out_length)
		return;
	written = pty_write(&twin->pty, twin->out, twin->out_length);
	if (twin->options->speed > 0 || written == twin->out_length) {
		drop_output(twin);
		return;
	}
	memmove(twin->out, twin->out + written, twin->out_length - written);
	twin->out_length -= written;
}

/* Lets the board go on to @until_ms of device time, if it gets there, and delivers what it says. */
static void pump(struct twin *twin, uint64_t until_ms)
{
	uint64_t end_ns = wall_ns() + PUMP_NS;
	size_t taken;

	do {
		uint64_t now_ms = board_now_ms(twin->board);

		board_run(twin->board, until_ms > now_ms + PUMP_MS ? now_ms + PUMP_MS : until_ms);
		taken = board_take(twin->board, twin->out, sizeof(twin->out));
		twin->out_length = taken;
		write_out(twin);
	} while ((taken || board_now_ms(twin->board) < until_ms) && !twin->out_length &&
		 wall_ns() < end_ns);
}

/* Speed 0 with something to say and somebody to hear it: the reader alone makes time pass. */
static bool is_reader_paced(const struct twin *twin)
{
	struct board_state state = board_state(twin->board);

	return twin->options->speed <= 0 && pty_is_open(&twin->pty) &&
	       (twin->out_length || (state.is_on && !state.is_silent));
}

/* What a board cannot do in time is not caught up with. */
static void keep_pace(struct twin *twin, uint64_t until_ms)
{
	pump(twin, until_ms);
	if (board_now_ms(twin->board) < until_ms)
		pace_restart(twin, wall_ns());
}

/* Lets device time follow wall time. */
static void advance(struct twin *twin)
{
	uint64_t now_ns = wall_ns();

	if (now_ns > twin->wake_ns && now_ns - twin->wake_ns > LATE_MAX_NS)
		twin->pace.base_ns += now_ns - twin->wake_ns;
	if (is_reader_paced(twin))
		pace_restart(twin, now_ns);
	else
		keep_pace(twin, pace_device_ms(&twin->pace, now_ns));
}

/* The reader has room again. */
static void feed_reader(struct twin *twin)
{
	uint64_t end_ns = wall_ns() + FEED_NS;
	size_t read;

	write_out(twin);
	if (twin->out_length)
		return;
	do {
		read = board_read(twin->board, twin->out + twin->out_length, BOARD_BURST);
		twin->out_length += read;
	} while (read == BOARD_BURST && twin->out_length <= TWIN_OUT_MAX - BOARD_BURST &&
		 wall_ns() < end_ns);
	write_out(twin);
}

static int plug(struct twin *twin)
{
	int err = pty_open(&twin->pty, twin->options->link);

	if (err == -EEXIST)
		log_error("%s exists and is no symbolic link", twin->options->link);
	else if (err)
		log_error("cannot make the port %s: %s", twin->options->link, strerror(-err));
	return err;
}

static bool is_plugged(const struct twin *twin)
{
	return twin->pty.master >= 0;
}

static int replug(struct twin *twin)
{
	if (is_plugged(twin))
		return 0;
	board_power_up(twin->board);
	return plug(twin);
}

static void unplug(struct twin *twin)
{
	pty_close(&twin->pty);
	drop_output(twin);
	board_power_up(twin->board);
}

int twin_fault(struct twin *twin, const struct fault *fault)
{
	if (fault->kind == FAULT_UNPLUG)
		unplug(twin);
	else
		board_fault(twin->board, fault);
	if (fault->kind == FAULT_REPLUG || fault->kind == FAULT_HEAL)
		return replug(twin);
	return 0;
}

/* A reader that does not read makes no time pass, and yet the board has to hear. */
static void let_hear(struct twin *twin, size_t len_bytes)
{
	if (is_reader_paced(twin))
		board_run(twin->board, board_now_ms(twin->board) + HEAR_MS * (len_bytes + 1));
}

/* What the board has no room for stays in the pty. The bytes come after the change: who writes and
 * closes at once has opened the port before. */
static void listen(struct twin *twin)
{
	struct pty_change change = pty_watch(&twin->pty);
	uint8_t bytes[WIRES_RX_BYTES];
	size_t length;

	if (change.closed)
		drop_output(twin);
	if (change.opened)
		board_port_opened(twin->board);
	while ((length = pty_read(&twin->pty, bytes, board_room(twin->board))) > 0) {
		board_hear(twin->board, bytes, length);
		let_hear(twin, length);
	}
}

static void fill_polls(const struct twin *twin, struct pollfd polls[static POLL_COUNT])
{
	/* Not while it is closed: a hang-up is reported at once and always. */
	int line = pty_is_open(&twin->pty) ? twin->pty.master : -1;
	short events = (short)((board_room(twin->board) ? POLLIN : 0) |
			       (is_reader_paced(twin) ? POLLOUT : 0));

	polls[POLL_SIGNALS] = (struct pollfd){ twin->signals, POLLIN, 0 };
	polls[POLL_CONSOLE] = (struct pollfd){ twin->console, POLLIN, 0 };
	polls[POLL_WATCH] = (struct pollfd){ twin->pty.watch, POLLIN, 0 };
	polls[POLL_LINE] = (struct pollfd){ line, events, 0 };
}

static void plan_wake(struct twin *twin)
{
	uint64_t next_ms = board_next_ms(twin->board), soonest_ns = wall_ns() + SLICE_NS;

	twin->wake_ns = UINT64_MAX;
	if (next_ms == BOARD_FOREVER_MS || is_reader_paced(twin))
		return;
	twin->wake_ns = pace_wall_ns(&twin->pace, next_ms);
	if (twin->wake_ns < soonest_ns)
		twin->wake_ns = soonest_ns;
}

static int wait_for_something(struct twin *twin, struct pollfd polls[static POLL_COUNT])
{
	uint64_t now_ns = wall_ns(), wait_ns = 0;
	struct timespec timeout;

	fill_polls(twin, polls);
	plan_wake(twin);
	if (twin->wake_ns > now_ns)
		wait_ns = twin->wake_ns - now_ns;
	timeout = (struct timespec){ (time_t)(wait_ns / NS_PER_S), (long)(wait_ns % NS_PER_S) };
	if (ppoll(polls, POLL_COUNT, twin->wake_ns == UINT64_MAX ? NULL : &timeout, NULL) < 0)
		return -errno;
	return 0;
}

/* Time first, so that whatever came in meets the board as it is now. */
static int turn(struct twin *twin)
{
	struct pollfd polls[POLL_COUNT];
	int err = wait_for_something(twin, polls);

	if (err)
		return err == -EINTR ? 0 : err;
	advance(twin);
	listen(twin);
	if (polls[POLL_SIGNALS].revents)
		twin->is_done = true;
	if (polls[POLL_CONSOLE].revents)
		console_service(twin);
	if (!is_reader_paced(twin))
		pump(twin, board_now_ms(twin->board));
	else if (polls[POLL_LINE].revents & POLLOUT)
		feed_reader(twin);
	return 0;
}

/* Standard input may be a terminal in whose background we run: then reading fails, no more. */
static int open_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGTTIN, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int start(struct twin *twin)
{
	const struct twin_options *options = twin->options;
	int err = board_open(&twin->board, &options->board);

	if (err)
		return err;
	twin->signals = open_signals();
	if (twin->signals < 0) {
		err = -errno;
		log_error("cannot watch for signals: %s", strerror(-err));
		return err;
	}
	err = plug(twin);
	for (size_t i = 0; i < options->fault_count && !err; i++)
		err = twin_fault(twin, &options->faults[i]);
	pace_restart(twin, wall_ns());
	return err;
}

int twin_run(const struct twin_options *options)
{
	struct twin twin = { .options = options,
			     .pace.rate = options->speed > 0 ? options->speed : 1.0,
			     .pty = { .master = -1, .watch = -1 },
			     .wake_ns = UINT64_MAX,
			     .signals = -1,
			     .console = STDIN_FILENO };
	int err = start(&twin);

	if (err)
		goto out;
	printf("%s ready\n", options->link);
	fflush(stdout);
	while (!err && !twin.is_done)
		err = turn(&twin);
out:
	pty_close(&twin.pty);
	if (twin.signals >= 0)
		close(twin.signals);
	board_close(twin.board);
	explicit_bzero(&twin, sizeof(twin));
	return err;
}
