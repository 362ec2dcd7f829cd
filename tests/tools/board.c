/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * board - a scriptable board on a pty whose stream is AES of a counter: any 16 bytes name their
 * place.
 *
 * board --link PATH [--rate BYTES_S] [--key N] [--settle MS] [--id LINE] [--limit OFFSET]
 * Rate 0 is "as fast as it is taken". Hears on, off and id. Commands, one a line, on standard
 * input: stuck, dark, silence, heal      stream zeros, zeros with a little noise, nothing, the
 * stream again limit N, rate N                 silent from offset N on; bytes a second burst N,
 * garbage N              N bytes of the stream, or of another key, at once unplug, replug the link
 * and its pty go and come back (the board is off then) where                           prints the
 * offset at N COMMAND                    COMMAND when the stream reaches offset N Standard output:
 * "MS what OFFSET" for every word heard and every command carried out.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <openssl/evp.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PIECE_BYTES 1024

enum mode { MODE_STREAM, MODE_STUCK, MODE_DARK, MODE_PERIOD, MODE_SILENT };

struct board {
	const char *link;
	const char *identity;
	unsigned long key;
	uint64_t rate;
	uint64_t settle_ms;
	uint64_t limit;
	int master;
	int slave; /* kept open, so that a closing daemon is no hang-up */
	bool is_on;
	enum mode mode;
	uint64_t offset;
	uint64_t due_ms;    /* when the stream starts; then when the pacing interval began */
	uint64_t due_bytes; /* offset at that time */
	uint64_t burst;
	uint64_t at;
	char at_command[128];
	char heard[8];
	char line[256];
	size_t line_len;
	EVP_CIPHER_CTX *cipher;
};

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
	(void)number;
	stopping = 1;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void note(const struct board *board, const char *what)
{
	printf("%llu %s %llu\n", (unsigned long long)now_ms(), what,
	       (unsigned long long)board->offset);
	fflush(stdout);
}

/* Bytes of AES-256-CTR under key @key (big endian in the last 8 bytes) from @offset on. */
static void keystream(struct board *board, uint64_t key, uint64_t offset, uint8_t *out, size_t len)
{
	static const uint8_t zeros[PIECE_BYTES + 16];
	uint8_t whole[PIECE_BYTES + 16];
	uint8_t raw_key[32] = { 0 };
	uint8_t counter[16] = { 0 };
	int done = 0;

	for (int i = 0; i < 8; i++) {
		raw_key[31 - i] = (uint8_t)(key >> (8 * i));
		counter[15 - i] = (uint8_t)((offset / 16) >> (8 * i));
	}
	EVP_EncryptInit_ex(board->cipher, EVP_aes_256_ctr(), NULL, raw_key, counter);
	EVP_EncryptUpdate(board->cipher, whole, &done, zeros, (int)(len + offset % 16));
	memcpy(out, whole + offset % 16, len);
}

static int plug(struct board *board)
{
	struct termios raw;
	char path[128];
	char fresh[4096];

	memset(&raw, 0, sizeof(raw));
	cfmakeraw(&raw);
	cfsetspeed(&raw, B9600);
	raw.c_cflag |= CREAD | CLOCAL;
	if (openpty(&board->master, &board->slave, path, &raw, NULL) < 0)
		return -errno;
	fcntl(board->master, F_SETFL, O_NONBLOCK);
	fcntl(board->master, F_SETFD, FD_CLOEXEC);
	snprintf(fresh, sizeof(fresh), "%s.new", board->link);
	unlink(fresh);
	if (symlink(path, fresh) < 0 || rename(fresh, board->link) < 0)
		return -errno;
	return 0;
}

static void unplug(struct board *board)
{
	if (board->master < 0)
		return;
	unlink(board->link);
	close(board->master);
	close(board->slave);
	board->master = -1;
	board->is_on = false;
	memset(board->heard, 0, sizeof(board->heard));
}

static void send_all(struct board *board, const uint8_t *bytes, size_t len)
{
	while (len > 0 && board->master >= 0 && !stopping) {
		struct pollfd ready = { .fd = board->master, .events = POLLOUT };
		ssize_t sent = write(board->master, bytes, len);

		if (sent < 0) {
			poll(&ready, 1, 100);
			continue;
		}
		bytes += sent;
		len -= (size_t)sent;
	}
}

static void send_garbage(struct board *board, uint64_t len)
{
	uint8_t piece[PIECE_BYTES];

	for (uint64_t at = 0; at < len; at += sizeof(piece)) {
		size_t now = len - at < sizeof(piece) ? (size_t)(len - at) : sizeof(piece);

		keystream(board, ~(uint64_t)board->key, at, piece, now);
		send_all(board, piece, now);
	}
}

static void power(struct board *board, bool is_on)
{
	board->is_on = is_on;
	board->due_ms = now_ms() + board->settle_ms;
	board->due_bytes = board->offset;
}

static void hear(struct board *board)
{
	char bytes[64];
	ssize_t got = read(board->master, bytes, sizeof(bytes));

	for (ssize_t i = 0; i < got; i++) {
		size_t len = sizeof(board->heard) - 1;

		memmove(board->heard, board->heard + 1, len);
		board->heard[len] = bytes[i];
		if (memcmp(board->heard + len - 1, "on", 2) == 0) {
			note(board, "heard on");
			power(board, true);
		} else if (memcmp(board->heard + len - 2, "off", 3) == 0) {
			note(board, "heard off");
			power(board, false);
		} else if (memcmp(board->heard + len - 1, "id", 2) == 0) {
			note(board, "heard id");
			if (board->identity != NULL) {
				send_all(board, (const uint8_t *)board->identity,
					 strlen(board->identity));
				send_all(board, (const uint8_t *)"\n", 1);
			}
		}
	}
}

static void set_mode(struct board *board, enum mode mode)
{
	board->mode = mode;
	board->due_ms = now_ms() > board->due_ms ? now_ms() : board->due_ms;
	board->due_bytes = board->offset;
}

static void replug(struct board *board)
{
	if (board->master < 0 && plug(board) < 0)
		stopping = 1;
}

static void set_limit(struct board *board, uint64_t number)
{
	board->limit = number;
	set_mode(board, board->mode);
}

static void set_rate(struct board *board, uint64_t number)
{
	board->rate = number;
	set_mode(board, board->mode);
}

static void set_burst(struct board *board, uint64_t number)
{
	board->burst = number;
}

/* What a command does: sets a mode, calls something, or calls something with its number. */
struct command {
	const char *name;
	enum mode mode;
	void (*call)(struct board *board);
	void (*call_with)(struct board *board, uint64_t number);
};

static const struct command commands[] = {
	{ "stuck", MODE_STUCK, NULL, NULL },
	{ "dark", MODE_DARK, NULL, NULL },
	{ "period", MODE_PERIOD, NULL, NULL },
	{ "silence", MODE_SILENT, NULL, NULL },
	{ "heal", MODE_STREAM, NULL, NULL },
	{ "unplug", MODE_STREAM, unplug, NULL },
	{ "replug", MODE_STREAM, replug, NULL },
	{ "limit", MODE_STREAM, NULL, set_limit },
	{ "rate", MODE_STREAM, NULL, set_rate },
	{ "burst", MODE_STREAM, NULL, set_burst },
	{ "garbage", MODE_STREAM, NULL, send_garbage },
};

static void obey(struct board *board, const char *line)
{
	unsigned long long number = 0;
	char name[16] = "";
	int rest = 0;

	note(board, line);
	if (sscanf(line, "at %llu %n", &number, &rest) == 1 && rest > 0) {
		board->at = number;
		snprintf(board->at_command, sizeof(board->at_command), "%s", line + rest);
		return;
	}
	sscanf(line, "%15s %llu", name, &number);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, name) != 0)
			continue;
		if (commands[i].call_with != NULL)
			commands[i].call_with(board, number);
		else if (commands[i].call != NULL)
			commands[i].call(board);
		else
			set_mode(board, commands[i].mode);
	}
}

/* Returns whether standard input is still there. */
static bool listen_to_script(struct board *board)
{
	size_t room = sizeof(board->line) - board->line_len - 1;
	ssize_t got = read(STDIN_FILENO, board->line + board->line_len, room);
	char *end;

	if (got <= 0)
		return false;
	board->line_len += (size_t)got;
	board->line[board->line_len] = '\0';
	while ((end = strchr(board->line, '\n')) != NULL) {
		*end = '\0';
		obey(board, board->line);
		board->line_len -= (size_t)(end + 1 - board->line);
		memmove(board->line, end + 1, board->line_len + 1);
	}
	if (board->line_len + 1 == sizeof(board->line))
		board->line_len = 0;
	return true;
}

/* How many bytes may go now; *@wait_ms: when to look again if none. */
static size_t allowance(struct board *board, int *wait_ms)
{
	uint64_t now = now_ms();
	uint64_t stop = board->limit;
	uint64_t allowed = PIECE_BYTES;

	*wait_ms = 200;
	if (!board->is_on || board->mode == MODE_SILENT || board->master < 0)
		return 0;
	if (now < board->due_ms) {
		*wait_ms = (int)(board->due_ms - now);
		return 0;
	}
	if (board->at_command[0] != '\0' && board->at > board->offset && board->at < stop)
		stop = board->at;
	if (board->burst > 0) {
		allowed = board->burst;
	} else if (board->rate > 0) {
		uint64_t due = board->due_bytes + board->rate * (now - board->due_ms) / 1000;

		allowed = due > board->offset ? due - board->offset : 0;
		*wait_ms = (int)(1000 / board->rate + 2);
	}
	if (stop <= board->offset)
		return 0;
	if (allowed > stop - board->offset)
		allowed = stop - board->offset;
	return allowed < PIECE_BYTES ? (size_t)allowed : PIECE_BYTES;
}

/* What the present fault makes of a piece of the stream. */
static void spoil(const struct board *board, uint8_t *piece, size_t len)
{
	static const uint8_t period[8] = { 0x1b, 0xe4, 0x39, 0x8d, 0x72, 0xc6, 0x4e, 0xb1 };

	for (size_t i = 0; i < len; i++) {
		if (board->mode == MODE_PERIOD)
			piece[i] = period[(board->offset + i) % 8];
		else if (board->mode == MODE_STUCK || piece[i] < 255)
			piece[i] = 0;
	}
}

static void stream(struct board *board, size_t len)
{
	uint8_t piece[PIECE_BYTES];
	ssize_t sent;

	keystream(board, board->key, board->offset, piece, len);
	if (board->mode != MODE_STREAM)
		spoil(board, piece, len);
	sent = write(board->master, piece, len);
	if (sent <= 0)
		return;
	board->offset += (uint64_t)sent;
	board->burst -= board->burst < (uint64_t)sent ? board->burst : (uint64_t)sent;
}

static void run_scheduled(struct board *board)
{
	char command[sizeof(board->at_command)];

	if (board->at_command[0] == '\0' || board->offset < board->at)
		return;
	memcpy(command, board->at_command, sizeof(command));
	board->at_command[0] = '\0';
	obey(board, command);
}

static void run(struct board *board)
{
	bool has_script = true;

	while (!stopping) {
		struct pollfd polls[2] = {
			{ .fd = has_script ? STDIN_FILENO : -1, .events = POLLIN },
			{ .fd = board->master, .events = POLLIN },
		};
		int wait_ms;
		size_t len;

		run_scheduled(board);
		len = allowance(board, &wait_ms);
		if (len > 0) {
			polls[1].events |= POLLOUT;
			wait_ms = 200;
		}
		if (poll(polls, 2, wait_ms) < 0)
			continue;
		/* A command may change what may be sent: that is asked anew. */
		if (polls[0].revents != 0)
			has_script = listen_to_script(board);
		else if (board->master >= 0 && (polls[1].revents & POLLIN) != 0)
			hear(board);
		else if (board->master >= 0 && (polls[1].revents & POLLOUT) != 0)
			stream(board, len);
	}
	unplug(board);
}

static bool parse_options(struct board *board, int argc, char **argv)
{
	static const struct option options[] = {
		{ "link", required_argument, NULL, 'l' },
		{ "rate", required_argument, NULL, 'r' },
		{ "key", required_argument, NULL, 'k' },
		{ "settle", required_argument, NULL, 's' },
		{ "id", required_argument, NULL, 'i' },
		{ "limit", required_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		unsigned long long number = optarg != NULL ? strtoull(optarg, NULL, 0) : 0;

		if (option == 'l')
			board->link = optarg;
		else if (option == 'r')
			board->rate = number;
		else if (option == 'k')
			board->key = (unsigned long)number;
		else if (option == 's')
			board->settle_ms = number;
		else if (option == 'i')
			board->identity = optarg;
		else if (option == 'n')
			board->limit = number;
		else
			return false;
	}
	return board->link != NULL;
}

int main(int argc, char **argv)
{
	struct board board = { .key = 1, .rate = 8, .limit = UINT64_MAX, .master = -1 };
	struct sigaction action = { .sa_handler = on_signal };

	if (!parse_options(&board, argc, argv)) {
		fprintf(stderr,
			"board: --link PATH is needed; see the head of tests/tools/board.c\n");
		return 2;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	board.cipher = EVP_CIPHER_CTX_new();
	if (board.cipher == NULL || plug(&board) < 0) {
		perror("board: pty");
		return 1;
	}
	note(&board, "plugged");
	run(&board);
	EVP_CIPHER_CTX_free(board.cipher);
	return 0;
}
