/* SPDX-License-Identifier: GPL-3.0-or-later */
/* urandom - the file of the DRBG's output. */
#include "fuse-trng/fs/urandom.h"

#include "common/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>

/* A read that waits for the first seed. */
struct seedless {
	struct seedless *next;
	fuse_req_t req;
	size_t size_bytes;
};

static int error_of(const struct session *session)
{
	int error = generator_error(&session->generator);

	return error < 0 && session->settings.blocks_when_unavailable ? -EAGAIN : error;
}

/* Wiped memory is zeros, which is what the generator wants. */
static void give(struct session *session, fuse_req_t req, size_t size_bytes)
{
	size_t len = size_bytes < URANDOM_MOST_BYTES ? size_bytes : URANDOM_MOST_BYTES;

	if (!session->reply)
		session->reply = secret_alloc(URANDOM_MOST_BYTES);
	if (!session->reply) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	if (generator_give(&session->generator, session->reply, len) < 0) {
		fuse_reply_err(req, EIO);
		return;
	}
	fuse_reply_buf(req, (const char *)session->reply, len);
	secret_wipe(session->reply, len);
	session->turn_bytes += len;
}

static void interrupted(fuse_req_t req, void *data)
{
	struct session *session = data;
	struct seedless **at = &session->seedless;
	struct seedless *found;

	while (*at && (*at)->req != req)
		at = &(*at)->next;
	found = *at;
	if (!found)
		return;
	*at = found->next;
	free(found);
	fuse_reply_err(req, EINTR);
}

static void park(struct session *session, const struct request *request)
{
	struct seedless **at = &session->seedless;
	struct seedless *parked = malloc(sizeof(*parked));

	if (!parked) {
		fuse_reply_err(request->req, ENOMEM);
		return;
	}
	*parked = (struct seedless){ .req = request->req, .size_bytes = request->size_bytes };
	while (*at)
		at = &(*at)->next;
	*at = parked;
	if (fuse_req_interrupted(request->req))
		interrupted(request->req, session);
	else
		fuse_req_interrupt_func(request->req, interrupted, session);
}

void urandom_read(struct handle *handle, const struct request *request)
{
	struct session *session = handle->session;
	int error = error_of(session);

	/* Only the page cache asks in nobody's name, and it would show the same bytes twice. */
	if (request->info->lock_owner == 0)
		fuse_reply_err(request->req, EIO);
	else if (error == 0)
		give(session, request->req, request->size_bytes);
	else if (error == -EAGAIN && !(request->info->flags & O_NONBLOCK))
		park(session, request);
	else
		fuse_reply_err(request->req, -error);
}

unsigned urandom_poll(struct handle *handle, unsigned asked)
{
	int error = error_of(handle->session);

	(void)asked;
	if (error == 0)
		return POLLIN | POLLRDNORM;
	return error == -EAGAIN ? 0 : POLLIN | POLLERR;
}

/* Answer all who wait: with bytes, or with @error. */
static void answer_all(struct session *session, int error)
{
	struct seedless *parked;

	while ((parked = session->seedless)) {
		session->seedless = parked->next;
		if (error)
			fuse_reply_err(parked->req, -error);
		else
			give(session, parked->req, parked->size_bytes);
		free(parked);
	}
}

void urandom_changed(struct session *session)
{
	int error = error_of(session);

	if (error == -EAGAIN)
		return;
	answer_all(session, error);
	for (struct handle *handle = session->handles; handle; handle = handle->next) {
		if (handle->node->read == urandom_read)
			handle_wake(handle);
	}
}

size_t urandom_waiting(const struct session *session)
{
	size_t count = 0;

	for (const struct seedless *parked = session->seedless; parked; parked = parked->next)
		count++;
	return count;
}

void urandom_close(struct session *session)
{
	answer_all(session, -ENODEV);
	secret_free(session->reply, URANDOM_MOST_BYTES);
	session->reply = NULL;
}
