/* SPDX-License-Identifier: GPL-3.0-or-later */
/* blackbox - what is kept of an alarm. */
#include "fuse-trng/source/blackbox.h"

#include "common/secret.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define AFTER_BYTES  BLACKBOX_AFTER_SYMBOLS /* of the widest symbols */
#define MEMORY_BYTES (2 * BLACKBOX_BEFORE_BYTES + AFTER_BYTES)

int blackbox_open(struct blackbox *box, unsigned symbol_bits)
{
	uint8_t *memory = secret_alloc(MEMORY_BYTES);

	if (!memory)
		return -ENOMEM;
	*box = (struct blackbox){ .end = "" };
	box->staged.bytes = memory;
	box->before.bytes = memory + BLACKBOX_BEFORE_BYTES;
	box->after.bytes = memory + 2 * BLACKBOX_BEFORE_BYTES;
	box->after_wanted_bytes = BLACKBOX_AFTER_SYMBOLS * symbol_bits / 8;
	return 0;
}

void blackbox_close(struct blackbox *box)
{
	uint8_t *memory = box->staged.bytes;

	/* The two have changed places with every record. */
	if (box->before.bytes < memory)
		memory = box->before.bytes;
	secret_free(memory, MEMORY_BYTES);
	*box = (struct blackbox){ 0 };
}

static void forget(struct blackbox_symbols *symbols)
{
	secret_wipe(symbols->bytes, symbols->len_bytes);
	symbols->len_bytes = 0;
	symbols->left_out_bytes = 0;
}

/* The oldest @len_bytes are left out. */
static void leave_out(struct blackbox_symbols *symbols, size_t len_bytes)
{
	symbols->len_bytes -= len_bytes;
	memmove(symbols->bytes, symbols->bytes + len_bytes, symbols->len_bytes);
	secret_wipe(symbols->bytes + symbols->len_bytes, len_bytes);
	symbols->left_out_bytes += len_bytes;
}

void blackbox_keep(struct blackbox *box, const uint8_t *bytes, size_t len_bytes)
{
	struct blackbox_symbols *staged = &box->staged;

	if (len_bytes > BLACKBOX_BEFORE_BYTES) {
		blackbox_gap(box, len_bytes - BLACKBOX_BEFORE_BYTES);
		bytes += len_bytes - BLACKBOX_BEFORE_BYTES;
		len_bytes = BLACKBOX_BEFORE_BYTES;
	}
	if (staged->len_bytes + len_bytes > BLACKBOX_BEFORE_BYTES)
		leave_out(staged, staged->len_bytes + len_bytes - BLACKBOX_BEFORE_BYTES);
	memcpy(staged->bytes + staged->len_bytes, bytes, len_bytes);
	staged->len_bytes += len_bytes;
}

void blackbox_gap(struct blackbox *box, size_t len_bytes)
{
	leave_out(&box->staged, box->staged.len_bytes);
	box->staged.left_out_bytes += len_bytes;
}

void blackbox_begin(struct blackbox *box, const char *alarm, const char *tests,
		    uint64_t stream_bytes, uint64_t now_ms)
{
	struct blackbox_symbols staged = box->staged;

	assert(box->end);
	box->staged = box->before;
	box->before = staged;
	forget(&box->staged);
	forget(&box->after);
	box->number++;
	box->alarm = alarm;
	box->alarm_ms = now_ms;
	box->stream_bytes = stream_bytes;
	snprintf(box->tests, sizeof(box->tests), "%s", tests);
	box->end = NULL;
}

size_t blackbox_wanted_bytes(const struct blackbox *box)
{
	return box->end ? 0 : box->after_wanted_bytes - box->after.len_bytes;
}

void blackbox_add(struct blackbox *box, const uint8_t *bytes, size_t len_bytes)
{
	assert(len_bytes <= blackbox_wanted_bytes(box));
	memcpy(box->after.bytes + box->after.len_bytes, bytes, len_bytes);
	box->after.len_bytes += len_bytes;
	if (box->after.len_bytes == box->after_wanted_bytes)
		box->end = "complete";
}

void blackbox_stop(struct blackbox *box, const char *why)
{
	if (!box->end)
		box->end = why;
}

uint64_t blackbox_deadline_ms(const struct blackbox *box)
{
	return box->end ? UINT64_MAX : box->alarm_ms + BLACKBOX_WAIT_MS;
}
