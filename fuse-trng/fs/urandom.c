/* SPDX-License-Identifier: GPL-3.0-or-later */
/* urandom - the file of the DRBG's output. */
#include "fuse-trng/fs/urandom.h"

#include "common/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

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
		parked_add(&session->seedless, request);
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

void urandom_changed(struct session *session)
{
	int error = error_of(session);
	size_t size_bytes;
	fuse_req_t req;

	if (error == -EAGAIN)
		return;
	if (error < 0)
		parked_refuse(&session->seedless, -error);
	while ((req = parked_take(&session->seedless, &size_bytes)))
		give(session, req, size_bytes);
	for (struct handle *handle = session->handles; handle; handle = handle->next) {
		if (handle->node->read == urandom_read)
			handle_wake(handle);
	}
}

void urandom_close(struct session *session)
{
	parked_refuse(&session->seedless, ENODEV);
	secret_free(session->reply, URANDOM_MOST_BYTES);
	session->reply = NULL;
}
