/* SPDX-License-Identifier: GPL-3.0-or-later */
/* script - a board played from a text: device time alone, no port, no clock on the wall. */
#include "firmware/twin/script.h"

#include "common/log.h"
#include "common/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct player {
	struct board *board;
	FILE *out;
	uint64_t at_ms; /* of the last line */
	bool is_done;
};

static int deliver(struct player *player)
{
	uint8_t bytes[BOARD_BURST];
	size_t count;

	while ((count = board_take(player->board, bytes, sizeof(bytes))) > 0)
		if (fwrite(bytes, 1, count, player->out) != count)
			return -errno;
	return 0;
}

static int run_until(struct player *player, uint64_t until_ms)
{
	int err = 0;

	while (!err && board_now_ms(player->board) < until_ms) {
		board_run(player->board, until_ms);
		err = deliver(player);
	}
	return err;
}

/* Resolves escapes in place. Return: the length; -EINVAL: one that is not known. */
static ssize_t unescape(char *text)
{
	static const char letters[] = "nrt\\", values[] = "\n\r\t\\";
	char *to = text;

	for (const char *from = text; *from; from++) {
		const char *at = from;

		if (*from == '\\') {
			at = from[1] ? strchr(letters, from[1]) : NULL;
			if (!at)
				return -EINVAL;
			at = values + (at - letters);
			from++;
		}
		*to++ = *at;
	}
	return to - text;
}

/* As it would in the host's own buffer; but a board that never takes anything is no board. */
static int wait_for_room(struct player *player)
{
	uint64_t end_ms = board_now_ms(player->board) + BOARD_PATIENCE_MS;
	int err = 0;

	while (!err && !board_room(player->board)) {
		if (board_now_ms(player->board) >= end_ms)
			return -ETIMEDOUT;
		err = run_until(player, board_now_ms(player->board) + 1);
	}
	return err;
}

static int say(struct player *player, char *text)
{
	ssize_t length = unescape(text);
	int err = 0;

	if (length < 0)
		return (int)length;
	for (size_t at = 0; at < (size_t)length && !err;) {
		size_t room = board_room(player->board), left = (size_t)length - at;
		size_t now = room < left ? room : left;

		board_hear(player->board, text + at, now);
		at += now;
		if (at < (size_t)length)
			err = wait_for_room(player);
	}
	return err;
}

static int obey(struct player *player, char *command)
{
	static const char prefix[] = "say ";

	if (!strncmp(command, prefix, sizeof(prefix) - 1))
		return say(player, command + sizeof(prefix) - 1);
	if (!strcmp(command, "quit"))
		player->is_done = true;
	else
		return board_set_fault(player->board, command);
	return 0;
}

static int play_line(struct player *player, char *line)
{
	char *command = strchr(line, ' ');
	uint64_t at_ms;
	int err;

	line[strcspn(line, "\n")] = '\0';
	if (!*line || *line == '#')
		return 0;
	if (!command)
		return -EINVAL;
	*command++ = '\0';
	err = parse_u64(line, 0, UINT64_MAX - 1, &at_ms);
	if (err)
		return err;
	if (at_ms < player->at_ms)
		return -ETIME;
	player->at_ms = at_ms;
	err = run_until(player, at_ms);
	return err ? err : obey(player, command);
}

static const char *why(int err)
{
	switch (err) {
	case -ENOENT:
		return "no such fault or command";
	case -ETIME:
		return "this time is before that of the line above";
	case -ETIMEDOUT:
		return "the board does not take it";
	case -ENOTSUP:
		return "there is no cable in a script";
	default:
		return strerror(-err);
	}
}

int script_play(struct board *board, FILE *script, const char *name, FILE *out)
{
	struct player player = { .board = board, .out = out };
	char *line = NULL;
	size_t size = 0;
	unsigned number = 0;
	int err = 0;

	while (!err && !player.is_done && getline(&line, &size, script) >= 0) {
		number++;
		err = play_line(&player, line);
	}
	if (!err && ferror(script))
		err = -EIO;
	if (!err)
		err = deliver(&player);
	if (!err && fflush(out))
		err = -errno;
	if (err)
		log_error("%s:%u: %s", name, number, why(err));
	free(line);
	return err;
}

int script_run(const struct twin_options *options)
{
	bool is_stdin = !strcmp(options->script, "-");
	FILE *script = is_stdin ? stdin : fopen(options->script, "re");
	struct board *board = NULL;
	int err = script ? 0 : -errno;

	if (err)
		log_error("%s: %s", options->script, strerror(-err));
	else
		err = board_open(&board, &options->board);
	for (size_t i = 0; i < options->fault_count && !err; i++) {
		err = board_fault(board, &options->faults[i]);
		if (err)
			log_error("--fault: %s", why(err));
	}
	if (!err)
		err = script_play(board, script, is_stdin ? "standard input" : options->script,
				  stdout);
	board_close(board);
	if (script && !is_stdin)
		fclose(script);
	return err;
}
