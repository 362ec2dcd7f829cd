/* SPDX-License-Identifier: GPL-3.0-or-later */
/* console - the twin's standard input: faults, status and quit, one per line. */
#include "firmware/twin/twin.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *port_state(const struct twin *twin)
{
	if (twin->pty.master < 0)
		return "unplugged";
	return pty_is_open(&twin->pty) ? "open" : "closed";
}

static void print_status(const struct twin *twin)
{
	struct board_state state = board_state(twin->board);
	const struct board_settings *board = &twin->options->board;

	printf("time_ms=%" PRIu64 " power=%s led=%d fan=%d on_ms=%" PRIu64 " first_ms=%" PRIu64
	       " bytes=%" PRIu64,
	       state.time_ms, state.led ? "on" : "off", state.led, state.fan, state.on_ms,
	       state.first_ms, state.bytes_out);
	if (state.knows_words)
		printf(" words=%" PRIu32, state.words_heard);
	printf(" port=%s board=%s speed=%g seed=%" PRIu64 "\n", port_state(twin), board->chip->name,
	       twin->options->speed, board->seed);
}

static void print_result(int err)
{
	if (!err)
		puts("ok");
	else if (err == -ENOENT)
		puts("error: no such fault or command");
	else
		printf("error: %s\n", strerror(-err));
}

static int set_fault(struct twin *twin, const char *text)
{
	struct fault fault;
	int err = fault_parse(&fault, text);

	return err ? err : twin_fault(twin, &fault);
}

static void obey(struct twin *twin, const char *line)
{
	static const char prefix[] = "fault ";

	if (!*line)
		return;
	if (!strcmp(line, "quit"))
		twin->is_done = true;
	else if (!strcmp(line, "status"))
		print_status(twin);
	else if (!strncmp(line, prefix, sizeof(prefix) - 1))
		print_result(set_fault(twin, line + sizeof(prefix) - 1));
	else
		print_result(set_fault(twin, line));
}

static void finish_line(struct twin *twin)
{
	if (twin->line_length >= sizeof(twin->line)) {
		print_result(-E2BIG);
	} else {
		twin->line[twin->line_length] = '\0';
		obey(twin, twin->line);
	}
	twin->line_length = 0;
}

void console_service(struct twin *twin)
{
	char text[256];
	ssize_t length = read(twin->console, text, sizeof(text));

	if (length <= 0) {
		if (length == 0 || (errno != EAGAIN && errno != EINTR))
			twin->console = -1;
		return;
	}
	for (ssize_t i = 0; i < length && !twin->is_done; i++) {
		if (text[i] == '\n')
			finish_line(twin);
		else if (text[i] != '\r' && twin->line_length < sizeof(twin->line))
			twin->line[twin->line_length++] = text[i];
	}
	fflush(stdout);
}
