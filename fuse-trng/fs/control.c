/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control - the file that starts and stops the source. */
#include "fuse-trng/fs/control.h"

#include "common/log.h"
#include "common/text.h"
#include "fuse-trng/fs/nodes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* Of those who wait for a seed; the machine's tickets count from 1. */
#define SEED_TICKET UINT64_MAX

static const char *const word_help[CONTROL_WORDS] = {
	[MACHINE_INIT] = "power the device, run the start-up tests, deliver bytes",
	[MACHINE_SHUTDOWN] = "stop delivering, power the device off",
	[MACHINE_RESTART] = "power the device off and on, run the start-up tests again",
	[MACHINE_PROVE] = "test that it is silent when off, and that light and fan make the bits",
	[CONTROL_RESEED] = "give urandom a new seed from the source",
};

/* ---- what was written ---- */

static const char reseed_name[] = "reseed";

const char *control_word_name(unsigned word)
{
	return word == CONTROL_RESEED ? reseed_name
				      : machine_command_name((enum machine_command)word);
}

int control_parse(const char *text, size_t len_bytes, unsigned *word)
{
	const char *name;

	if (len_bytes > CONTROL_MAX_BYTES)
		return -EINVAL;
	if (len_bytes > 0 && text[len_bytes - 1] == '\n')
		len_bytes--;
	while (len_bytes > 0 && text[len_bytes - 1] == ' ')
		len_bytes--;
	while (len_bytes > 0 && *text == ' ') {
		text++;
		len_bytes--;
	}
	for (unsigned i = 0; i < CONTROL_WORDS; i++) {
		name = control_word_name(i);
		if (strlen(name) == len_bytes && memcmp(name, text, len_bytes) == 0) {
			*word = i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *control_result_name(int result)
{
	const char *name = strerrorname_np(-result);

	return name ? name : "EIO";
}

static void log_unknown(const struct request *request)
{
	char shown[4 * CONTROL_MAX_BYTES + 1];
	struct text text;
	size_t len = request->size_bytes;

	text_init(&text, shown, sizeof(shown));
	text_add_escaped(&text, request->data, len < CONTROL_MAX_BYTES ? len : CONTROL_MAX_BYTES);
	log_warning("control: no command in %zu bytes \"%s\"%s; write one of init, shutdown, "
		    "restart, prove, reseed",
		    len, shown, len > CONTROL_MAX_BYTES ? "..." : "");
}

/* ---- waiting for a transition ---- */

static void reply(fuse_req_t req, size_t size_bytes, int result)
{
	if (result < 0)
		fuse_reply_err(req, -result);
	else
		fuse_reply_write(req, size_bytes);
}

static void show_text(struct handle *handle, const char *string)
{
	size_t len = strlen(string);

	memcpy(handle->text, string, len);
	handle->text_bytes = len;
	handle->cursor = 0;
}

static void show_result(struct handle *handle, int result)
{
	char line[32];
	struct text text;

	handle->ticket = 0;
	text_init(&text, line, sizeof(line));
	text_add(&text, "%s\n", control_result_name(result));
	show_text(handle, line);
	handle_wake(handle);
}

/* Answer those who wait for @ticket. */
static void finish(struct session *session, struct parked_list *parked, uint64_t ticket, int result)
{
	struct control *control = &session->control;
	size_t size_bytes;
	fuse_req_t req;

	if (control->last_ticket == ticket) {
		control->last_ticket = 0;
		control->last_result = result;
	}
	while ((req = parked_take(parked, &size_bytes)))
		reply(req, size_bytes, result);
	for (struct handle *handle = session->handles; handle; handle = handle->next) {
		if (handle->ticket == ticket)
			show_result(handle, result);
	}
}

void control_done(struct session *session, uint64_t ticket, int result)
{
	session->control.done_ticket = ticket;
	session->control.done_result = result;
	finish(session, &session->control.parked, ticket, result);
}

void control_seeded(struct session *session, int result)
{
	finish(session, &session->control.seedless, SEED_TICKET, result);
}

void control_close(struct session *session)
{
	parked_refuse(&session->control.parked, ENODEV);
	parked_refuse(&session->control.seedless, ENODEV);
}

/* ---- the node ---- */

static void await(struct handle *handle, const struct request *request, uint64_t ticket)
{
	struct control *control = &handle->session->control;

	if (request->info->flags & O_NONBLOCK) {
		handle->ticket = ticket;
		fuse_reply_err(request->req, EINPROGRESS);
	} else {
		parked_add(ticket == SEED_TICKET ? &control->seedless : &control->parked, request);
	}
}

/* Return: as machine_command(). */
static int reseed(struct session *session, uint64_t *ticket)
{
	int result = generator_reseed(&session->generator);

	*ticket = SEED_TICKET;
	if (result < 0)
		return result;
	session_ready(session, session->now_ms);
	return session->generator.is_forced ? MACHINE_PENDING : 0;
}

void control_write(struct handle *handle, const struct request *request)
{
	struct session *session = handle->session;
	struct control *control = &session->control;
	uint64_t ticket = 0;
	unsigned word;
	int result;

	if (control_parse(request->data, request->size_bytes, &word) < 0) {
		log_unknown(request);
		fuse_reply_err(request->req, EINVAL);
		return;
	}
	result = word == CONTROL_RESEED
			 ? reseed(session, &ticket)
			 : machine_command(session->machine, (enum machine_command)word,
					   session->now_ms, &ticket);
	control->last_command = control_word_name(word);
	/* It may have been over before its ticket was known here. */
	if (result == MACHINE_PENDING && control->done_ticket == ticket)
		result = control->done_result;
	control->last_ticket = result == MACHINE_PENDING ? ticket : 0;
	if (result == MACHINE_PENDING) {
		await(handle, request, ticket);
		return;
	}
	control->last_result = result;
	reply(request->req, request->size_bytes, result);
}

int control_open(struct session *session, struct handle *handle)
{
	char lines[512];
	struct text text;

	(void)session;
	text_init(&text, lines, sizeof(lines));
	for (unsigned i = 0; i < CONTROL_WORDS; i++)
		text_add(&text, "%-10s%s\n", control_word_name(i), word_help[i]);
	handle->text = malloc(sizeof(lines));
	if (!handle->text)
		return -ENOMEM;
	show_text(handle, lines);
	return 0;
}

void control_read(struct handle *handle, const struct request *request)
{
	size_t left = handle->text_bytes - handle->cursor;

	if (handle->ticket) {
		fuse_reply_err(request->req, EAGAIN);
		return;
	}
	handle_reply_text(handle, request, handle->cursor);
	handle->cursor += left < request->size_bytes ? left : request->size_bytes;
}

unsigned control_poll(struct handle *handle, unsigned asked)
{
	(void)asked;
	return handle->ticket ? 0 : POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
}

void control_release(struct handle *handle)
{
	free(handle->text);
}

size_t control_size(struct session *session, const struct handle *handle)
{
	(void)session;
	return handle ? handle->text_bytes : 0;
}
