/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * files_bed - the files without a mount: a session behind the machine of machine_bed, and in the
 * place of libfuse's requests plain structs that keep how they were answered.
 */
#ifndef TRNG_TESTS_UNIT_FILES_BED_H
#define TRNG_TESTS_UNIT_FILES_BED_H

#include "fuse-trng/fs/nodes.h"

#include "tests/unit/machine_bed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#define RESEED_MS  300000
#define GRACE_MS   3600000
#define MOST_BYTES (128 * 1024)

/* ---- in libfuse's place ---- */

struct fuse_req {
	unsigned answers; /* must end as 1 */
	int error;
	size_t len; /* read or written */
	uint8_t bytes[MOST_BYTES];
	int reply_as; /* what the reply returns: 0, or an error of the kernel */
	bool is_interrupted;
	fuse_interrupt_func_t interrupt;
	void *data;
};

struct fuse_pollhandle {
	unsigned wakes;
	unsigned destroys;
};

static inline int answer(fuse_req_t req, int error)
{
	req->answers++;
	req->error = error;
	req->interrupt = NULL;
	return req->reply_as;
}

int fuse_reply_err(fuse_req_t req, int err)
{
	return answer(req, err);
}

int fuse_reply_write(fuse_req_t req, size_t count)
{
	req->len = count;
	return answer(req, 0);
}

int fuse_reply_iov(fuse_req_t req, const struct iovec *iov, int count)
{
	req->len = 0;
	for (int i = 0; i < count; i++) {
		CU_ASSERT_FATAL(req->len + iov[i].iov_len <= MOST_BYTES);
		memcpy(req->bytes + req->len, iov[i].iov_base, iov[i].iov_len);
		req->len += iov[i].iov_len;
	}
	return answer(req, 0);
}

int fuse_reply_buf(fuse_req_t req, const char *buf, size_t size)
{
	CU_ASSERT_FATAL(size <= MOST_BYTES);
	memcpy(req->bytes, size > 0 ? buf : "", size);
	req->len = size;
	return answer(req, 0);
}

int fuse_req_interrupted(fuse_req_t req)
{
	return req->is_interrupted;
}

void fuse_req_interrupt_func(fuse_req_t req, fuse_interrupt_func_t func, void *data)
{
	req->interrupt = func;
	req->data = data;
}

int fuse_lowlevel_notify_poll(struct fuse_pollhandle *poll)
{
	poll->wakes++;
	return 0;
}

void fuse_pollhandle_destroy(struct fuse_pollhandle *poll)
{
	poll->destroys++;
}

/* A signal has come for who waits for @req; once answered nobody hears it. */
static inline void interrupt(fuse_req_t req)
{
	req->is_interrupted = true;
	if (req->interrupt)
		req->interrupt(req, req->data);
}

/* ---- the machine's news, as main.c passes them on ---- */

struct files {
	struct bed *bed;
	struct session session;
};

static inline void files_power(void *ctx, enum machine_power power, uint64_t now_ms)
{
	(void)ctx, (void)power, (void)now_ms;
}

static inline void files_changed(void *ctx, uint64_t now_ms)
{
	session_changed(&((struct files *)ctx)->session, now_ms);
}

static inline void files_ready(void *ctx, uint64_t now_ms)
{
	session_ready(&((struct files *)ctx)->session, now_ms);
}

static inline void files_done(void *ctx, uint64_t ticket, int result)
{
	session_done(&((struct files *)ctx)->session, ticket, result);
}

static inline void files_event(void *ctx, const char *line)
{
	session_event(&((struct files *)ctx)->session, line);
}

static inline void files_raw(void *ctx, const uint8_t *bytes, size_t len_bytes, uint64_t now_ms)
{
	session_raw(&((struct files *)ctx)->session, bytes, len_bytes, now_ms);
}

static inline void files_raw_gap(void *ctx, uint64_t now_ms)
{
	session_raw_gap(&((struct files *)ctx)->session, now_ms);
}

static const struct machine_ops files_ops = { .power = files_power,
					      .changed = files_changed,
					      .ready = files_ready,
					      .done = files_done,
					      .event = files_event,
					      .raw = files_raw,
					      .raw_gap = files_raw_gap };

/* @does_block: unavailable = "block". In `standby`. */
static inline struct files *files_open(bool does_block)
{
	struct files *files = calloc(1, sizeof(*files));
	struct session *session = &files->session;
	struct machine *machine;

	CU_ASSERT_FATAL(files != NULL);
	files->bed = bed_open(100);
	machine = &files->bed->machine;
	machine->ops = files_ops;
	machine->ctx = files;
	session->machine = machine;
	session->now_ms = files->bed->now_ms;
	session->settings.blocks_when_unavailable = does_block;
	session->settings.generator = (struct generator_settings){ RESEED_MS, GRACE_MS };
	queue_init(&session->queue, &machine->pool, &machine->ledger);
	CU_ASSERT_FATAL(generator_open(&session->generator, &session->settings.generator, machine,
				       &session->queue) == 0);
	to_standby(files->bed);
	return files;
}

static inline void files_close(struct files *files)
{
	session_close(&files->session);
	CU_ASSERT_EQUAL(files->bed->machine.ledger.bytes[LEDGER_SET_ASIDE], 0);
	/* What the machine does at its end is no news any more. */
	files->bed->machine.ops = ops;
	files->bed->machine.ctx = files->bed;
	bed_close(files->bed);
	free(files);
}

static inline void init(struct files *files)
{
	CU_ASSERT_EQUAL(command(files->bed, MACHINE_INIT), MACHINE_PENDING);
	machine_powered(&files->bed->machine, true, files->bed->now_ms);
	machine_settled(&files->bed->machine, files->bed->now_ms);
}

/* ---- programs ---- */

static inline struct handle *opens(struct files *files, const char *name, int *result)
{
	struct handle *handle = calloc(1, sizeof(*handle));

	CU_ASSERT_FATAL(handle != NULL);
	handle->session = &files->session;
	handle->node = nodes_find(name);
	CU_ASSERT_FATAL(handle->node != NULL);
	*result = handle->node->open ? handle->node->open(&files->session, handle) : 0;
	if (*result < 0) {
		free(handle);
		return NULL;
	}
	handle->next = files->session.handles;
	if (handle->next)
		handle->next->previous = handle;
	files->session.handles = handle;
	return handle;
}

static inline struct handle *must_open(struct files *files, const char *name)
{
	int result;
	struct handle *handle = opens(files, name, &result);

	CU_ASSERT_FATAL(handle != NULL);
	return handle;
}

static inline void closes(struct handle *handle)
{
	*(handle->previous ? &handle->previous->next : &handle->session->handles) = handle->next;
	if (handle->next)
		handle->next->previous = handle->previous;
	if (handle->node->release)
		handle->node->release(handle);
	free(handle);
}

/* A read of @size_bytes, or a write of @text. Return: whether it has been answered. */
static inline bool asks_for(struct handle *handle, struct fuse_req *req, size_t size_bytes,
			    const char *text, int flags)
{
	const struct fuse_file_info info = { .flags = flags, .lock_owner = 1 };
	const struct request request = { .req = req,
					 .info = &info,
					 .size_bytes = text ? strlen(text) : size_bytes,
					 .data = text };

	*req = (struct fuse_req){ .reply_as = req->reply_as };
	(text ? handle->node->write : handle->node->read)(handle, &request);
	return req->answers > 0;
}

static inline bool reads(struct handle *handle, struct fuse_req *req, size_t size_bytes)
{
	return asks_for(handle, req, size_bytes, NULL, O_RDONLY);
}

static inline bool tries(struct handle *handle, struct fuse_req *req, size_t size_bytes)
{
	return asks_for(handle, req, size_bytes, NULL, O_RDONLY | O_NONBLOCK);
}

static inline bool writes(struct handle *handle, struct fuse_req *req, const char *text)
{
	return asks_for(handle, req, 0, text, O_WRONLY);
}

static inline unsigned polls(struct handle *handle, struct fuse_pollhandle *poll)
{
	*poll = (struct fuse_pollhandle){ 0 };
	handle->poll = poll;
	return handle->node->poll(handle, POLLIN | POLLOUT);
}

#define GETS_ERROR(req, number)                                                                    \
	CU_ASSERT((req)->answers == 1 && (req)->error == (number) && (req)->len == 0)
#define GETS_BYTES(req, count)                                                                     \
	CU_ASSERT((req)->answers == 1 && (req)->error == 0 && (req)->len == (count))

#endif
