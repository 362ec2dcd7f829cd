/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a 32-byte read of a filled pool costs, as a ratio to the same read of a FUSE file that does
 * nothing; and what the daemon costs while a board sends at its real speed. Both daemons are real
 * and run beside each other; reads alternate, so that a change of the machine's speed hits both.
 */
#include "nothing.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES  32
#define ROUND_READS 2000
#define ROUNDS      101
#define POOL_BYTES  (8 * 1024 * 1024)
#define WAIT_S      120
#define IDLE_S      30

extern char **environ;

static char folder[] = "/tmp/trng-bench-XXXXXX";
static const char *build;

static char *path_of(const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		abort();
	return path;
}

/* ---- our daemon and its twin ---- */

static pid_t spawn(char *const argv[])
{
	pid_t pid;

	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) != 0) {
		fprintf(stderr, "bench: cannot start %s\n", argv[0]);
		exit(EXIT_FAILURE);
	}
	return pid;
}

static char *format(const char *pattern, const char *value)
{
	char *text;
	int len = snprintf(NULL, 0, "%s%s", pattern, value);

	text = malloc((size_t)len + 1);
	if (!text)
		abort();
	sprintf(text, "%s%s", pattern, value);
	return text;
}

static pid_t start_twin(const char *speed)
{
	char *argv[] = { format(build, "/bin/trng-twin"), format("--link", ""), path_of("tty"),
			 format("--speed", ""),           format(speed, ""),    NULL };

	return spawn(argv);
}

static pid_t start_daemon(const char *const *overrides)
{
	char *argv[40] = { format(build, "/bin/fuse-trng"),
			   format("--foreground", ""),
			   format("--config", ""),
			   format("/dev/null", ""),
			   format("-o", ""),
			   format("port=", path_of("tty")),
			   format("-o", ""),
			   format("mountpoint=", path_of("ours")) };
	int count = 8;

	for (; *overrides; overrides++) {
		argv[count++] = format("-o", "");
		argv[count++] = format(*overrides, "");
	}
	return spawn(argv);
}

static void stop(pid_t pid)
{
	kill(pid, SIGCONT);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

static double status_value(const char *key)
{
	char *path = path_of("ours/status");
	FILE *file = fopen(path, "r");
	size_t len = strlen(key);
	char line[256];
	double value = -1;

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, key, len) == 0 && line[len] == '=')
			value = atof(line + len + 1);
	}
	if (file)
		fclose(file);
	free(path);
	return value;
}

static void nap(long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

static void wait_for(const char *key, double least)
{
	for (int i = 0; i < WAIT_S * 10 && status_value(key) < least; i++)
		nap(100);
	if (status_value(key) < least) {
		fprintf(stderr, "bench: %s did not reach %g\n", key, least);
		exit(EXIT_FAILURE);
	}
}

/* ---- measuring ---- */

static double round_s(int fd)
{
	char bytes[READ_BYTES];
	double start = now_s();

	for (int i = 0; i < ROUND_READS; i++) {
		if (read(fd, bytes, sizeof(bytes)) != READ_BYTES) {
			perror("bench: read");
			exit(EXIT_FAILURE);
		}
	}
	return now_s() - start;
}

static void measure_reads(void)
{
	static const char *const overrides[] = { "total_failure_limit=20", "settle_ms=100",
						 "open_delay_ms=0",        "silence_ms=600000",
						 "autostart=true",         "rate_bit_s=10000000",
						 "pool_capacity=8388608",  NULL };
	pid_t null_pid = nothing_start(path_of("null"));
	pid_t twin = start_twin("0");
	pid_t daemon;
	double ratios[ROUNDS], ours[ROUNDS];
	int ours_fd, null_fd;

	nap(300);
	daemon = start_daemon(overrides);
	wait_for("pool_bytes", POOL_BYTES);
	kill(twin, SIGSTOP); /* full: from here on only readers matter */
	ours_fd = open(path_of("ours/random"), O_RDONLY);
	null_fd = open(path_of("null/null"), O_RDONLY);
	if (ours_fd < 0 || null_fd < 0) {
		perror("bench: open");
		exit(EXIT_FAILURE);
	}
	for (int i = 0; i < ROUNDS; i++) {
		double null_s = round_s(null_fd);

		ours[i] = round_s(ours_fd);
		ratios[i] = ours[i] / null_s;
	}
	qsort(ours, ROUNDS, sizeof(ours[0]), by_value);
	qsort(ratios, ROUNDS, sizeof(ratios[0]), by_value);
	printf("| 32-byte read of a filled pool / of a do-nothing FUSE file | %.1f us | %.3f "
	       "(%.3f to %.3f) | at most 1.3 |\n",
	       ours[ROUNDS / 2] / ROUND_READS * 1e6, ratios[ROUNDS / 2], ratios[0],
	       ratios[ROUNDS - 1]);
	close(ours_fd);
	close(null_fd);
	stop(daemon);
	stop(twin);
	umount2(path_of("null"), MNT_DETACH);
	waitpid(null_pid, NULL, 0);
}

/* Time on a processor so far, in seconds: first figure of schedstat, in ns. */
static double cpu_s(pid_t pid)
{
	char path[64];
	double ns = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/schedstat", (long)pid);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%lf", &ns) != 1)
		ns = -1e9;
	if (file)
		fclose(file);
	return ns / 1e9;
}

static double resident_mib(pid_t pid)
{
	char path[64], line[256];
	double kib = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "VmRSS: %lf", &kib);
	if (file)
		fclose(file);
	return kib / 1024;
}

static void measure_idle(void)
{
	static const char *const overrides[] = { "total_failure_limit=20", "settle_ms=100",
						 "open_delay_ms=0", "autostart=true", NULL };
	pid_t twin = start_twin("1");
	pid_t daemon;
	double start_cpu, start;

	nap(300);
	daemon = start_daemon(overrides);
	wait_for("raw_bits", 1);
	start_cpu = cpu_s(daemon);
	start = now_s();
	nap(IDLE_S * 1000);
	printf("| daemon's processor time / time, board at 60 bit/s | %d s watched | %.5f | at "
	       "most 0.001 |\n",
	       IDLE_S, (cpu_s(daemon) - start_cpu) / (now_s() - start));
	printf("| daemon's resident memory / 8 MiB | %.2f MiB | %.3f | at most 1 |\n",
	       resident_mib(daemon), resident_mib(daemon) / 8);
	stop(daemon);
	stop(twin);
}

/*
 * One processor for all: whether the scheduler wakes a daemon on the reader's processor or on
 * another one, which has to wake up itself, costs more than anything that is compared here.
 */
static void pin(void)
{
	cpu_set_t one;

	sched_getaffinity(0, sizeof(one), &one);
	one = first_processor(&one);
	sched_setaffinity(0, sizeof(one), &one);
}

int main(void)
{
	build = getenv("TRNG_BUILD") ? getenv("TRNG_BUILD") : "build";
	pin();
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (access("/dev/fuse", R_OK | W_OK) < 0 || !mkdtemp(folder)) {
		perror("bench: /dev/fuse or a temporary folder");
		return EXIT_FAILURE;
	}
	mkdir(path_of("ours"), 0755);
	mkdir(path_of("null"), 0755);
	measure_reads();
	measure_idle();
	rmdir(path_of("ours"));
	rmdir(path_of("null"));
	rmdir(folder);
	return EXIT_SUCCESS;
}
