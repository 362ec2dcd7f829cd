/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session - the mounted directory: life cycle, and news from the machine. */
#include "fuse-trng/fs/session.h"

#include "common/log.h"
#include "fuse-trng/fs/ops.h"
#include "fuse-trng/fs/random.h"
#include "fuse-trng/fs/raw.h"
#include "fuse-trng/fs/urandom.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Then the line and the timers get their turn. */
#define MOST_REQUESTS_A_TURN 256
#define MOST_BYTES_A_TURN    (4 * 1024 * 1024)

static int check_device(void)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		log_error("/dev/fuse cannot be opened: %s; load the module fuse, or run where it "
			  "is allowed",
			  strerror(errno));
		return -ENODEV;
	}
	close(fd);
	return 0;
}

static struct fuse_session *new_fuse(struct session *session)
{
	char options[] = "default_permissions,fsname=trng,subtype=" MOUNT_SUBTYPE;
	char all[] = "allow_other";
	char name[] = "fuse-trng", o[] = "-o", o2[] = "-o";
	char *argv[] = { name, o, options, o2, all, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(session->settings.is_for_all ? 5 : 3, argv);
	struct fuse_session *fuse = fuse_session_new(&args, &ops_table, sizeof(ops_table), session);

	fuse_opt_free_args(&args);
	return fuse;
}

static int mount_fuse(struct session *session)
{
	int fd;

	session->fuse = new_fuse(session);
	if (!session->fuse)
		return -ENOMEM;
	if (fuse_session_mount(session->fuse, session->mount.path) != 0) {
		log_error("%s: mounting failed", session->mount.path);
		return -EIO;
	}
	mount_remember(&session->mount);
	fd = fuse_session_fd(session->fuse);
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

/* Who takes bytes of the pool beside the readers. */
static int open_takers(struct session *session)
{
	const struct session_settings *settings = &session->settings;
	int ret = generator_open(&session->generator, &settings->generator, session->machine,
				 &session->queue);

	if (ret == 0)
		ret = feed_open(&session->feed, &settings->feed, session->machine, &session->queue);
	if (ret < 0)
		log_error("the generator behind urandom cannot start: %s", strerror(-ret));
	return ret;
}

int session_open(struct session *session, const struct session_settings *settings,
		 struct machine *machine)
{
	int ret;

	*session = (struct session){ .settings = *settings, .machine = machine };
	clock_gettime(CLOCK_REALTIME, &session->state_since);
	session->events.modified = session->state_since;
	queue_init(&session->queue, &machine->pool, &machine->ledger);
	ret = open_takers(session);
	if (ret == 0)
		ret = check_device();
	if (ret == 0)
		ret = mount_prepare(&session->mount, settings->mountpoint);
	if (ret == 0)
		ret = mount_fuse(session);
	if (ret < 0)
		session_close(session);
	return ret;
}

static void free_handles(struct session *session)
{
	struct handle *next;

	for (struct handle *handle = session->handles; handle; handle = next) {
		next = handle->next;
		if (handle->node->release)
			handle->node->release(handle);
		if (handle->poll)
			fuse_pollhandle_destroy(handle->poll);
		free(handle);
	}
	session->handles = NULL;
}

/*
 * libfuse ends a session by unmounting whatever is at its path, unless the connection is dead.
 * Where somebody else's mount is on top of a living one of ours, the end of the process has to do.
 */
static bool may_end(const struct session *session)
{
	return !session->mount.device[0] || session_is_over(session) ||
	       mount_is_there(&session->mount);
}

static void end_fuse(struct session *session)
{
	fuse_session_unmount(session->fuse);
	fuse_session_destroy(session->fuse);
	session->fuse = NULL;
	/* The mount of a connection that was aborted is left by libfuse. */
	if (mount_is_there(&session->mount))
		(void)mount_detach(session->mount.path);
	session->mount.device[0] = '\0';
}

void session_close(struct session *session)
{
	queue_flush(&session->queue, ENODEV, LEDGER_STOPPED);
	control_close(session);
	urandom_close(session);
	raw_close(session);
	feed_close(&session->feed);
	generator_close(&session->generator);
	free_handles(session);
	if (session->fuse && may_end(session))
		end_fuse(session);
	free(session->receive_memory);
	session->receive_memory = NULL;
	events_close(&session->events);
}

int session_fd(const struct session *session, short *events)
{
	*events = POLLIN;
	return session_is_over(session) ? -1 : fuse_session_fd(session->fuse);
}

uint64_t session_deadline_ms(const struct session *session)
{
	uint64_t queue_ms = queue_deadline_ms(&session->queue);
	uint64_t generator_ms = generator_deadline_ms(&session->generator);
	uint64_t feed_ms = feed_deadline_ms(&session->feed);
	uint64_t first_ms = queue_ms < generator_ms ? queue_ms : generator_ms;

	return first_ms < feed_ms ? first_ms : feed_ms;
}

/* The readers first: a routine seed takes what they leave, and the kernel what that leaves. */
static void serve(struct session *session, uint64_t now_ms)
{
	queue_serve(&session->queue, now_ms);
	if (generator_serve(&session->generator, now_ms)) {
		control_seeded(session, 0);
		urandom_changed(session);
	}
	feed_serve(&session->feed, now_ms);
}

void session_service(struct session *session, short revents, uint64_t now_ms)
{
	struct fuse_buf buffer = { .mem = session->receive_memory };

	session->now_ms = now_ms;
	session->turn_bytes = 0;
	queue_expire(&session->queue, now_ms);
	serve(session, now_ms);
	for (int left = MOST_REQUESTS_A_TURN; revents && left > 0; left--) {
		if (session->turn_bytes >= MOST_BYTES_A_TURN || session_is_over(session) ||
		    fuse_session_receive_buf(session->fuse, &buffer) <= 0)
			break;
		fuse_session_process_buf(session->fuse, &buffer);
	}
	session->receive_memory = buffer.mem;
	/* Who has left the line may have made room for a seed. */
	if (revents)
		serve(session, now_ms);
}

bool session_is_over(const struct session *session)
{
	return fuse_session_exited(session->fuse) != 0;
}

static void wake_all(struct session *session)
{
	for (struct handle *handle = session->handles; handle; handle = handle->next)
		handle_wake(handle);
}

void session_changed(struct session *session, uint64_t now_ms)
{
	session->now_ms = now_ms;
	session->state_since = session->event_time;
	generator_changed(&session->generator, now_ms);
	feed_changed(&session->feed);
	if (machine_read_error(session->machine) < 0)
		control_seeded(session, machine_read_error(session->machine));
	random_changed(session);
	raw_changed(session);
	serve(session, now_ms);
	urandom_changed(session);
	wake_all(session);
}

void session_ready(struct session *session, uint64_t now_ms)
{
	session->now_ms = now_ms;
	serve(session, now_ms);
}

void session_done(struct session *session, uint64_t ticket, int result)
{
	control_done(session, ticket, result);
}

void session_event(struct session *session, const char *line)
{
	clock_gettime(CLOCK_REALTIME, &session->event_time);
	events_add(&session->events, &session->event_time, line);
	if (session->machine->proof.count != session->proof_count) {
		session->proof_count = session->machine->proof.count;
		session->proof_time = session->event_time;
	}
	for (struct handle *handle = session->handles; handle; handle = handle->next) {
		if (handle->node->size == events_size)
			handle_wake(handle);
	}
}

void session_raw(struct session *session, const uint8_t *bytes, size_t len_bytes, uint64_t now_ms)
{
	session->now_ms = now_ms;
	raw_take(session, bytes, len_bytes);
}

void session_raw_gap(struct session *session, uint64_t now_ms)
{
	session->now_ms = now_ms;
	raw_gap(session);
}
