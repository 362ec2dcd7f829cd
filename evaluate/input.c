/* SPDX-License-Identifier: GPL-3.0-or-later */
/* input - see input.h */
#include "evaluate/input.h"

#include "evaluate/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES (1 << 20) /* at most at once: progress is told between pieces */
#define MOUNT_BLOCK_BYTES                                                                          \
	32 /* st_blksize of fuse-trng's random, urandom and raw, docs/DESIGN.md                    \
	    */

/* ---- opening ---- */

/* What the mount calls regular files of 32 bytes are streams without an end. */
static bool is_endless(const struct stat *st)
{
	return S_ISCHR(st->st_mode) ||
	       (S_ISREG(st->st_mode) && st->st_blksize == MOUNT_BLOCK_BYTES);
}

static void look_at(struct input *input, const struct stat *st)
{
	off_t at = S_ISREG(st->st_mode) ? lseek(input->fd, 0, SEEK_CUR) : -1;

	input->is_endless = is_endless(st);
	input->is_regular = S_ISREG(st->st_mode) && !input->is_endless;
	if (input->is_regular && at >= 0 && at < st->st_size)
		input->expected_bytes = (uint64_t)(st->st_size - at);
}

/* A name from outside cannot forge a line of the report, or command the terminal. */
static void put_name(struct input *input, const char *name)
{
	struct text text;

	text_init(&text, input->name, sizeof(input->name));
	while (*name && text_add_escaped(&text, name, 1) == 0)
		name++;
}

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : fd;
}

static int refuse(struct input *input, int error, struct text *why)
{
	text_add(why, "cannot open ");
	text_add(why, "%.200s", input->name);
	text_add(why, ": %s%s", strerror(-error),
		 error == -EISDIR ? "; name a file, a device, or - for standard input" : "");
	input_close(input);
	return error;
}

int input_open(struct input *input, const char *path, struct text *why)
{
	bool is_standard = strcmp(path, "-") == 0;
	struct stat st;

	*input = (struct input){ .path = path, .fd = -1 };
	put_name(input, is_standard ? "standard input" : path);
	input->fd = is_standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open_file(path);
	if (input->fd < 0)
		return refuse(input, is_standard ? -errno : input->fd, why);
	if (fstat(input->fd, &st) < 0)
		return refuse(input, -errno, why);
	if (S_ISDIR(st.st_mode))
		return refuse(input, -EISDIR, why);
	look_at(input, &st);
	input->digest = EVP_MD_CTX_new();
	if (!input->digest || EVP_DigestInit_ex(input->digest, EVP_sha256(), NULL) != 1)
		return refuse(input, -ENOMEM, why);
	return 0;
}

void input_close(struct input *input)
{
	EVP_MD_CTX_free(input->digest);
	input->digest = NULL;
	if (input->fd >= 0)
		close(input->fd);
	input->fd = -1;
}

/* ---- reading ---- */

static void tick(const struct input *input)
{
	if (input->tick)
		input->tick(input->ctx, input->read_bytes);
}

/* Who gave us a descriptor with O_NONBLOCK did not mean that we should spin. */
static void wait_for_more(const struct input *input)
{
	struct pollfd pollfd = { .fd = input->fd, .events = POLLIN };

	poll(&pollfd, 1, -1);
}

/* One read(2) that gave something, or found the end (0). */
static ssize_t read_piece(struct input *input, void *into, size_t size_bytes)
{
	for (;;) {
		ssize_t got;

		input->is_stopped |= interrupt_came();
		if (input->is_stopped)
			return 0;
		got = read(input->fd, into, size_bytes < PIECE_BYTES ? size_bytes : PIECE_BYTES);
		if (got >= 0)
			return got;
		if (errno == EAGAIN)
			wait_for_more(input);
		else if (errno != EINTR)
			return -errno;
	}
}

/* At the end: a file that is now shorter than it was has lost what we were to read. */
static ssize_t judge_end(struct input *input)
{
	uint64_t had_bytes = input->skipped_bytes + input->read_bytes;
	struct stat st;

	if (input->is_stopped || had_bytes >= input->expected_bytes)
		return 0;
	if (fstat(input->fd, &st) < 0 || lseek(input->fd, 0, SEEK_CUR) < st.st_size)
		return 0;
	input->has_shrunk = true;
	return -EIO;
}

ssize_t input_read(struct input *input, void *into, size_t size_bytes)
{
	size_t done = 0;

	while (done < size_bytes) {
		ssize_t got;

		tick(input);
		got = read_piece(input, (char *)into + done, size_bytes - done);
		if (got < 0)
			return got;
		if (got == 0) {
			got = judge_end(input);
			if (got < 0)
				return got;
			break;
		}
		EVP_DigestUpdate(input->digest, (char *)into + done, (size_t)got);
		done += (size_t)got;
		input->read_bytes += (uint64_t)got;
	}
	tick(input);
	return (ssize_t)done;
}

/* A pipe and the mount's files have no other place to go to: what is skipped there is read. */
static int skip_by_reading(struct input *input, uint64_t bytes)
{
	char scrap[4096];

	while (input->skipped_bytes < bytes) {
		uint64_t left = bytes - input->skipped_bytes;
		ssize_t got = read_piece(input, scrap, left < sizeof(scrap) ? left : sizeof(scrap));

		if (got <= 0)
			return (int)got;
		input->skipped_bytes += (uint64_t)got;
	}
	return 0;
}

int input_skip(struct input *input, uint64_t bytes)
{
	uint64_t most = bytes < input->expected_bytes ? bytes : input->expected_bytes;

	if (!input->is_regular || most == 0)
		return skip_by_reading(input, bytes);
	if (lseek(input->fd, (off_t)most, SEEK_CUR) < 0)
		return -errno;
	input->skipped_bytes = most;
	return 0;
}

void input_explain(const struct input *input, int error, struct text *why)
{
	if (!input->has_shrunk)
		text_add(why, "cannot read ");
	text_add(why, "%.200s", input->name);
	if (input->has_shrunk)
		text_add(why, " shrank while it was read (%" PRIu64 " of %" PRIu64 " bytes)",
			 input->skipped_bytes + input->read_bytes, input->expected_bytes);
	else
		text_add(why, ": %s, after %" PRIu64 " bytes", strerror(-error),
			 input->skipped_bytes + input->read_bytes);
}

const char *input_hash(struct input *input, char into[static INPUT_HASH_TEXT])
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	into[0] = '\0';
	if (input->digest && EVP_DigestFinal_ex(input->digest, hash, &len) == 1)
		for (unsigned i = 0; i < len && 2 * i + 2 < INPUT_HASH_TEXT; i++)
			snprintf(into + 2 * i, 3, "%02x", hash[i]);
	return into;
}
