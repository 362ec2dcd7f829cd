/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * parked - many readers of one process, each on a descriptor and thread of its own, parked in
 * order.
 *
 * parked FILE STATUS COUNT SIZE LOG
 * Starts COUNT readers one by one, the next when `waiting_readers` in STATUS has grown by one, and
 * prints "parked COUNT". Then takes commands, one a line, on standard input:
 *   signal K   signals reader K and prints "K errno=NAME returned=N" when it has returned, N being
 *              how many readers had returned by then
 *   status     opens and reads STATUS, prints "status ms=N returned=N"
 *   join       waits for all and prints "returned N errnos NAME..." (each once)
 * What reader k got is record k of LOG (length and bytes), written at join. No reader restarts.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_SIZE      4096
#define PARK_BOUND_MS 60000

struct waiter {
	pthread_t thread;
	const char *file;
	size_t size;
	ssize_t got;
	int error;
	atomic_bool is_back;
	uint8_t bytes[MAX_SIZE];
};

static atomic_uint returned;

static void on_signal(int number)
{
	(void)number;
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void *wait_for_bytes(void *argument)
{
	struct waiter *waiter = argument;
	int fd = open(waiter->file, O_RDONLY | O_CLOEXEC);

	waiter->got = fd < 0 ? -1 : read(fd, waiter->bytes, waiter->size);
	waiter->error = waiter->got < 0 ? errno : 0;
	atomic_fetch_add(&returned, 1);
	atomic_store(&waiter->is_back, true);
	if (fd >= 0)
		close(fd);
	return NULL;
}

/* The value of waiting_readers, or -1. */
static long waiting_readers(const char *status)
{
	static const char key[] = "\nwaiting_readers=";
	char text[16384];
	int fd = open(status, O_RDONLY);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	const char *found;

	if (fd >= 0)
		close(fd);
	if (got < 0)
		return -1;
	text[got] = '\0';
	found = strstr(text, key);
	return found == NULL ? -1 : strtol(found + sizeof(key) - 1, NULL, 10);
}

static bool start(struct waiter *waiters, size_t count, const char *status)
{
	pthread_attr_t small;
	long before = waiting_readers(status);

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, (size_t)64 * 1024);
	for (size_t i = 0; i < count; i++) {
		uint64_t bound_us = now_us() + (uint64_t)PARK_BOUND_MS * 1000;

		if (pthread_create(&waiters[i].thread, &small, wait_for_bytes, &waiters[i]) != 0)
			return false;
		while (waiting_readers(status) <= before + (long)i) {
			if (now_us() > bound_us || atomic_load(&returned) > 0)
				return false;
		}
	}
	pthread_attr_destroy(&small);
	return true;
}

static void interrupt(struct waiter *waiter, size_t index)
{
	pthread_kill(waiter->thread, SIGUSR1);
	while (!atomic_load(&waiter->is_back))
		usleep(200);
	printf("%zu errno=%s returned=%u\n", index,
	       waiter->error != 0 ? strerrorname_np(waiter->error) : "0", atomic_load(&returned));
}

static void time_status(const char *status)
{
	uint64_t start_us = now_us();

	if (waiting_readers(status) < 0)
		printf("status unreadable\n");
	printf("status ms=%.2f returned=%u\n", (double)(now_us() - start_us) / 1000.0,
	       atomic_load(&returned));
}

static void join(struct waiter *waiters, size_t count, FILE *log)
{
	bool is_seen[256] = { false };

	for (size_t i = 0; i < count; i++) {
		uint32_t len;

		pthread_join(waiters[i].thread, NULL);
		len = waiters[i].got > 0 ? (uint32_t)waiters[i].got : 0;
		fwrite(&len, sizeof(len), 1, log);
		fwrite(waiters[i].bytes, 1, len, log);
		is_seen[waiters[i].error & 255] = true;
	}
	fflush(log);
	printf("returned %zu errnos", count);
	for (int i = 0; i < 256; i++) {
		if (is_seen[i])
			printf(" %s", i == 0 ? "0" : strerrorname_np(i));
	}
	printf("\n");
}

static void obey(struct waiter *waiters, size_t count, const char *status, FILE *log)
{
	char line[64];
	size_t index;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (sscanf(line, "signal %zu", &index) == 1 && index < count)
			interrupt(&waiters[index], index);
		else if (strcmp(line, "status\n") == 0)
			time_status(status);
		else if (strcmp(line, "join\n") == 0)
			join(waiters, count, log);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct waiter *waiters;
	size_t count;
	FILE *log;

	if (argc != 6) {
		fprintf(stderr, "parked: FILE STATUS COUNT SIZE LOG\n");
		return 2;
	}
	count = strtoul(argv[3], NULL, 10);
	waiters = calloc(count, sizeof(*waiters));
	log = fopen(argv[5], "we");
	if (waiters == NULL || log == NULL)
		return 2;
	for (size_t i = 0; i < count; i++) {
		waiters[i].file = argv[1];
		waiters[i].size = strtoul(argv[4], NULL, 10) % (MAX_SIZE + 1);
	}
	sigaction(SIGUSR1, &action, NULL);
	if (!start(waiters, count, argv[2])) {
		printf("not parked, returned %u, errno %s\n", atomic_load(&returned),
		       waiters[0].error != 0 ? strerrorname_np(waiters[0].error) : "0");
		fflush(stdout);
		_exit(1);
	}
	printf("parked %zu\n", count);
	fflush(stdout);
	obey(waiters, count, argv[2], log);
	fclose(log);
	free(waiters);
	return 0;
}
