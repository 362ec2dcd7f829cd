/* SPDX-License-Identifier: GPL-3.0-or-later */
/* random - the file of health-tested true random bytes. */
#include "fuse-trng/fs/random.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>

/*
 * What stat says. Not 0: programs that read "regular files of size 0" in a loop never end. Not
 * large: buffered readers would ask for minutes of source to satisfy a read of 16 bytes.
 */
#define RANDOM_SIZE_BYTES 32

/*
 * The kernel cuts a longer read into requests of 1 MiB and asks for the next as long as each is
 * filled: an answer shorter than a whole request ends the read instead of making it wait again.
 */
#define MOST_READ_BYTES (128 * 1024 - 4096)

/* One piece, nearly always, needs no memory of libfuse's that could be missing. */
static int deliver(void *request, const struct iovec *iov, int count)
{
	if (count == 1)
		return fuse_reply_buf(request, iov->iov_base, iov->iov_len);
	return fuse_reply_iov(request, iov, count);
}

static void refuse(void *request, int error)
{
	fuse_reply_err(request, error);
}

static void ready(struct place *place)
{
	handle_wake((struct handle *)((char *)place - offsetof(struct handle, place)));
}

static const struct queue_ops random_ops = { .deliver = deliver, .refuse = refuse, .ready = ready };

int random_open(struct session *session, struct handle *handle)
{
	(void)session;
	handle->place = (struct place){ .ops = &random_ops, .account = LEDGER_RANDOM };
	return 0;
}

/*
 * Whether the reader is being killed: bytes given to it would be lost. The kernel turns every
 * deadly signal into a pending SIGKILL. Unknown (another pid namespace, no /proc) counts as no.
 */
static bool is_dying(pid_t pid)
{
	unsigned long long pending = 0;
	char path[48];
	char line[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "SigPnd: %llx", &pending) == 1)
			break;
	}
	fclose(file);
	return pending & (1ULL << (SIGKILL - 1));
}

static void interrupted(fuse_req_t req, void *data)
{
	struct handle *handle = data;
	struct session *session = handle->session;
	bool is_lost = session->machine->pool.len_bytes + handle->place.set_aside_bytes > 0 &&
		       is_dying(fuse_req_ctx(req)->pid);

	queue_interrupt(&session->queue, &handle->place, req, !is_lost);
	queue_serve(&session->queue, session->now_ms);
}

static size_t size_of(const struct request *request)
{
	return request->size_bytes < MOST_READ_BYTES ? request->size_bytes : MOST_READ_BYTES;
}

static void read_blocking(struct handle *handle, const struct request *request)
{
	struct queue *queue = &handle->session->queue;
	int ret = queue_read(queue, &handle->place, request->req, size_of(request));

	if (ret < 0)
		fuse_reply_err(request->req, -ret);
	else if (ret > 0 && fuse_req_interrupted(request->req))
		interrupted(request->req, handle);
	else if (ret > 0)
		fuse_req_interrupt_func(request->req, interrupted, handle);
}

static void read_nonblocking(struct handle *handle, const struct request *request)
{
	struct session *session = handle->session;
	int ret = queue_try(&session->queue, &handle->place, request->req, size_of(request),
			    session->now_ms);

	if (ret < 0)
		fuse_reply_err(request->req, -ret);
}

void random_read(struct handle *handle, const struct request *request)
{
	struct session *session = handle->session;
	int error = machine_read_error(session->machine);

	/* Only the page cache asks in nobody's name, and it would show the same bytes twice. */
	if (request->info->lock_owner == 0)
		fuse_reply_err(request->req, EIO);
	else if (error && !session->settings.blocks_when_unavailable)
		fuse_reply_err(request->req, -error);
	else if (request->info->flags & O_NONBLOCK)
		read_nonblocking(handle, request);
	else
		read_blocking(handle, request);
}

unsigned random_poll(struct handle *handle, unsigned asked)
{
	struct session *session = handle->session;

	if (machine_read_error(session->machine))
		return session->settings.blocks_when_unavailable ? 0 : POLLIN | POLLERR;
	if (!(asked & (POLLIN | POLLRDNORM)))
		return 0;
	if (!queue_poll(&session->queue, &handle->place, session->now_ms))
		return 0;
	return POLLIN | POLLRDNORM;
}

void random_release(struct handle *handle)
{
	struct session *session = handle->session;

	queue_leave(&session->queue, &handle->place);
	queue_serve(&session->queue, session->now_ms);
}

size_t random_size(struct session *session, const struct handle *handle)
{
	(void)session, (void)handle;
	return RANDOM_SIZE_BYTES;
}

void random_changed(struct session *session)
{
	int error = machine_read_error(session->machine);

	if (session->machine->state != MACHINE_RUNNING)
		queue_flush(&session->queue, session->settings.blocks_when_unavailable ? 0 : -error,
			    machine_lost_to(session->machine));
	queue_serve(&session->queue, session->now_ms);
}
