/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raw - the file of the untested symbols. */
#include "fuse-trng/fs/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

/* Two hours of a board, or a sixth of a second of the fastest device. */
#define RING_BYTES (64 * 1024)

/* What there is to read from in the present state, whoever asks. */
static int state_error(const struct session *session)
{
	static const int errors[MACHINE_STATES] = {
		[MACHINE_STANDBY] = -ENODATA, [MACHINE_ABSENT] = -ENODEV
	};

	return errors[session->machine->state];
}

/* What a read gets when the ring is empty: an end that has come, or there is nothing to wait for.
 */
static int dry_error(const struct session *session)
{
	const struct raw *raw = &session->raw;
	int error = raw->has_begun ? raw->end : state_error(session);

	return error < 0 && !raw->has_begun && session->settings.blocks_when_unavailable ? 0
											 : error;
}

int raw_open(struct session *session, struct handle *handle)
{
	struct raw *raw = &session->raw;
	uint64_t given_bytes = raw->given_bytes;
	struct pool ring;

	if (raw->handle)
		return -EBUSY;
	if (pool_open(&ring, RING_BYTES) < 0)
		return -ENOMEM;
	*raw = (struct raw){ .handle = handle, .ring = ring, .given_bytes = given_bytes };
	machine_divert(session->machine, true);
	return 0;
}

/* ---- reads ---- */

static void give(struct raw *raw, fuse_req_t req, size_t size_bytes)
{
	struct iovec iov[2];
	size_t len = size_bytes < raw->ring.len_bytes ? size_bytes : raw->ring.len_bytes;
	int count = pool_peek(&raw->ring, len, iov);
	int ret = count == 1 ? fuse_reply_buf(req, iov[0].iov_base, iov[0].iov_len)
			     : fuse_reply_iov(req, iov, count);

	/* A reader that was gone before it saw anything has lost nothing. */
	if (ret == -ENOENT)
		return;
	pool_drop(&raw->ring, len);
	raw->given_bytes += len;
	if (ret <
	    0) { /* it is unknown what the reader has seen: what follows may not follow that */
		pool_wipe(&raw->ring);
		raw->end = -EIO;
	}
}

static void serve(struct session *session)
{
	struct raw *raw = &session->raw;
	size_t size_bytes;
	fuse_req_t req;
	int error;

	while (raw->ring.len_bytes > 0 && (req = parked_take(&raw->parked, &size_bytes)))
		give(raw, req, size_bytes);
	error = dry_error(session);
	if (raw->ring.len_bytes == 0 && error < 0)
		parked_refuse(&raw->parked, -error);
	if (raw->handle && (raw->ring.len_bytes > 0 || error < 0))
		handle_wake(raw->handle);
}

void raw_read(struct handle *handle, const struct request *request)
{
	struct session *session = handle->session;
	struct raw *raw = &session->raw;
	int error = dry_error(session);

	/* Only the page cache asks in nobody's name, and it would show the same bytes twice. */
	if (request->info->lock_owner == 0)
		fuse_reply_err(request->req, EIO);
	else if (raw->ring.len_bytes > 0 && !raw->parked.first)
		give(raw, request->req, request->size_bytes);
	else if (error < 0)
		fuse_reply_err(request->req, -error);
	else if (request->info->flags & O_NONBLOCK)
		fuse_reply_err(request->req, EAGAIN);
	else
		parked_add(&raw->parked, request);
}

unsigned raw_poll(struct handle *handle, unsigned asked)
{
	const struct session *session = handle->session;

	(void)asked;
	if (session->raw.ring.len_bytes > 0)
		return POLLIN | POLLRDNORM;
	return dry_error(session) < 0 ? POLLIN | POLLERR : 0;
}

void raw_release(struct handle *handle)
{
	struct raw *raw = &handle->session->raw;

	parked_refuse(&raw->parked, EINTR);
	machine_divert(handle->session->machine, false);
	pool_close(&raw->ring);
	raw->handle = NULL;
}

/* ---- the line ---- */

static void end(struct session *session, int error)
{
	struct raw *raw = &session->raw;

	if (raw->has_begun && raw->end == 0)
		raw->end = error;
	serve(session);
}

void raw_take(struct session *session, const uint8_t *bytes, size_t len_bytes)
{
	struct raw *raw = &session->raw;

	if (raw->end < 0)
		return;
	raw->has_begun = true;
	if (pool_put(&raw->ring, bytes, len_bytes) < len_bytes)
		raw->end = -EIO;
	serve(session);
}

void raw_gap(struct session *session)
{
	end(session, -EIO);
}

void raw_changed(struct session *session)
{
	int error = state_error(session);

	if (!session->raw.handle)
		return;
	if (error < 0)
		end(session, error);
	else
		serve(session);
}

void raw_close(struct session *session)
{
	parked_refuse(&session->raw.parked, ENODEV);
}
