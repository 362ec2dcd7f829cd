/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reader - a client of `random` in every manner a program can read, with a log that survives
 * SIGKILL.
 *
 * reader [-m MANNER] [-s SIZES] [-S SEED] [-n READS] [-b BYTES] [-w MS] [-l LOG] [-e] FILE
 *   MANNER block (the default), nonblock (tries again after EAGAIN), poll (poll, then a read with
 *          O_NONBLOCK), probe (one poll of at most -w MS, one read with O_NONBLOCK), splice,
 *          sendfile, mmap (each tries once; must get no bytes)
 *   SIZES  "16", "1,7,32" or "1-4096"; drawn at random from the list or the range
 *   -e     SIGUSR1 interrupts a read (no SA_RESTART) and the reader goes on
 * Every result is appended to LOG as a 32-bit length and the bytes, by one write. The last line on
 * standard output is "bytes=N reads=N interrupted=N revents=NAMES errno=NAME".
 * Exit status: 0 when READS or BYTES were reached; 1 an error ended it; 2 wrong usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#define MAX_SIZES 32
#define MAX_READ  (1024 * 1024)

struct reader {
	const char *file;
	const char *manner;
	int fd;
	int log_fd;
	size_t sizes[MAX_SIZES];
	size_t size_count;
	bool is_range;
	unsigned seed;
	int wait_ms;
	bool is_interruptible;
	unsigned long long max_reads;
	unsigned long long max_bytes;
	unsigned long long reads;
	unsigned long long bytes;
	unsigned long long interrupted;
	short revents;
	uint8_t *buffer; /* four bytes of length, then MAX_READ */
};

struct manner {
	const char *name;
	int flags;
	int (*run)(struct reader *reader);
};

static sigjmp_buf bus_error;

static void on_bus_error(int number)
{
	(void)number;
	siglongjmp(bus_error, 1);
}

static void on_interrupt(int number)
{
	(void)number;
}

static size_t next_size(struct reader *reader)
{
	unsigned drawn = (unsigned)rand_r(&reader->seed);

	if (reader->is_range)
		return reader->sizes[0] + drawn % (reader->sizes[1] - reader->sizes[0] + 1);
	return reader->sizes[drawn % reader->size_count];
}

/* One read, logged. Returns the count, or -errno. */
static ssize_t read_once(struct reader *reader)
{
	size_t size = next_size(reader);
	ssize_t got;
	uint32_t len;

	if (reader->max_bytes > 0 && size > reader->max_bytes - reader->bytes)
		size = (size_t)(reader->max_bytes - reader->bytes);
	got = read(reader->fd, reader->buffer + sizeof(len), size);
	if (got < 0)
		return -errno;
	len = (uint32_t)got;
	memcpy(reader->buffer, &len, sizeof(len));
	if (reader->log_fd >= 0 &&
	    write(reader->log_fd, reader->buffer, sizeof(len) + (size_t)got) < 0)
		return -errno;
	reader->reads++;
	reader->bytes += (unsigned long long)got;
	return got;
}

static bool is_done(const struct reader *reader)
{
	return (reader->max_reads > 0 && reader->reads >= reader->max_reads) ||
	       (reader->max_bytes > 0 && reader->bytes >= reader->max_bytes);
}

static int wait_readable(struct reader *reader, int wait_ms)
{
	struct pollfd ready = { .fd = reader->fd, .events = POLLIN };

	if (poll(&ready, 1, wait_ms) < 0)
		return -errno;
	reader->revents = ready.revents;
	return 0;
}

/* Whether to go on after @error; waits where trying again at once would spin. */
static bool may_go_on(struct reader *reader, int error)
{
	if (error == EINTR && reader->is_interruptible) {
		reader->interrupted++;
		return true;
	}
	if (error != EAGAIN)
		return false;
	if (strcmp(reader->manner, "nonblock") == 0)
		poll(NULL, 0, 2);
	return true;
}

static int run_reads(struct reader *reader)
{
	bool polls = strcmp(reader->manner, "poll") == 0;

	while (!is_done(reader)) {
		int error = polls ? -wait_readable(reader, -1) : 0;
		ssize_t got;

		if (error == 0) {
			got = read_once(reader);
			if (got == 0)
				return 0;
			error = got < 0 ? (int)-got : 0;
		}
		if (error != 0 && !may_go_on(reader, error))
			return -error;
	}
	return 0;
}

static int run_probe(struct reader *reader)
{
	int error = wait_readable(reader, reader->wait_ms);
	ssize_t got;

	if (error < 0)
		return error;
	got = read_once(reader);
	return got < 0 ? (int)got : 0;
}

static int run_splice(struct reader *reader)
{
	int ends[2];
	ssize_t got;

	if (pipe(ends) < 0)
		return -errno;
	got = splice(reader->fd, NULL, ends[1], NULL, 16, 0);
	reader->bytes += got > 0 ? (unsigned long long)got : 0;
	return got < 0 ? -errno : 0;
}

static int run_sendfile(struct reader *reader)
{
	int ends[2];
	ssize_t got;

	if (pipe(ends) < 0)
		return -errno;
	got = sendfile(ends[1], reader->fd, NULL, 16);
	reader->bytes += got > 0 ? (unsigned long long)got : 0;
	return got < 0 ? -errno : 0;
}

/* Reports EFAULT for SIGBUS, as a system call on such memory would. */
static int run_mmap(struct reader *reader)
{
	volatile uint8_t *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, reader->fd, 0);

	if (page == MAP_FAILED)
		return -errno;
	signal(SIGBUS, on_bus_error);
	if (sigsetjmp(bus_error, 1) != 0)
		return -EFAULT;
	for (int i = 0; i < 32; i++)
		reader->bytes += page[i] != 0;
	return 0;
}

static const struct manner manners[] = {
	{ "block", O_RDONLY, run_reads },
	{ "nonblock", O_RDONLY | O_NONBLOCK, run_reads },
	{ "poll", O_RDONLY | O_NONBLOCK, run_reads },
	{ "probe", O_RDONLY | O_NONBLOCK, run_probe },
	{ "splice", O_RDONLY, run_splice },
	{ "sendfile", O_RDONLY, run_sendfile },
	{ "mmap", O_RDONLY, run_mmap },
};

static bool parse_sizes(struct reader *reader, const char *text)
{
	char *end = NULL;

	reader->size_count = 0;
	do {
		size_t size = strtoul(text, &end, 10);

		if (end == text || size == 0 || size > MAX_READ || reader->size_count == MAX_SIZES)
			return false;
		reader->sizes[reader->size_count++] = size;
		reader->is_range = reader->is_range || *end == '-';
		text = end + 1;
	} while (*end == ',' || *end == '-');
	return *end == '\0' && (!reader->is_range ||
				(reader->size_count == 2 && reader->sizes[0] <= reader->sizes[1]));
}

static bool parse_options(struct reader *reader, int argc, char **argv)
{
	const char *log = NULL;
	int option;

	while ((option = getopt(argc, argv, "m:s:S:n:b:w:l:e")) != -1) {
		if (option == 'm')
			reader->manner = optarg;
		else if (option == 's' && !parse_sizes(reader, optarg))
			return false;
		else if (option == 'S')
			reader->seed = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 'n')
			reader->max_reads = strtoull(optarg, NULL, 10);
		else if (option == 'b')
			reader->max_bytes = strtoull(optarg, NULL, 10);
		else if (option == 'w')
			reader->wait_ms = (int)strtol(optarg, NULL, 10);
		else if (option == 'l')
			log = optarg;
		else if (option == 'e')
			reader->is_interruptible = true;
		else if (option == '?')
			return false;
	}
	if (log != NULL)
		reader->log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	reader->file = argv[optind];
	return reader->file != NULL && (log == NULL || reader->log_fd >= 0);
}

static int run(struct reader *reader)
{
	for (size_t i = 0; i < sizeof(manners) / sizeof(manners[0]); i++) {
		if (strcmp(manners[i].name, reader->manner) != 0)
			continue;
		reader->fd = open(reader->file, manners[i].flags | O_CLOEXEC);
		return reader->fd < 0 ? -errno : manners[i].run(reader);
	}
	return -ENOSYS;
}

static void print_revents(short revents)
{
	printf("%s%s%s%s", (revents & POLLIN) != 0 ? "IN" : "",
	       (revents & POLLERR) != 0 ? "ERR" : "", (revents & POLLHUP) != 0 ? "HUP" : "",
	       revents == 0 ? "0" : "");
}

int main(int argc, char **argv)
{
	struct reader reader = { .manner = "block", .fd = -1, .log_fd = -1, .sizes = { 16 } };
	struct sigaction action = { .sa_handler = on_interrupt };
	int error;

	reader.size_count = 1;
	reader.buffer = malloc(sizeof(uint32_t) + MAX_READ);
	if (reader.buffer == NULL || !parse_options(&reader, argc, argv)) {
		fprintf(stderr, "reader: see the head of tests/tools/reader.c\n");
		return 2;
	}
	if (reader.is_interruptible)
		sigaction(SIGUSR1, &action, NULL);
	error = run(&reader);
	printf("bytes=%llu reads=%llu interrupted=%llu revents=", reader.bytes, reader.reads,
	       reader.interrupted);
	print_revents(reader.revents);
	printf(" errno=%s\n", error < 0 ? strerrorname_np(-error) : "0");
	free(reader.buffer);
	return error < 0 ? 1 : 0;
}
