/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * init - the one program of a guest, which tells what it sees of its entropy.
 *
 * The kernel's command line picks one: trng=hwrng reads /dev/hwrng for ever; trng=credit hands the
 * kernel's pool entropy through fuse-trng/kernel.c; trng=daemon runs the daemon, fed by the twin,
 * with kernel_feed_s. What it says goes to port 0xe9. Nothing here waits for the kernel's
 * generator, for a kernel that is waited for makes entropy of its own.
 */
#include "fuse-trng/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DEBUG_PORT 0xe9
#define PAUSE_MS   10 /* between reads: slower than the source, see tests/system/66-qemu-linux.sh */
#define READ_BYTES                                                                                 \
	64 /* of one line: all that Linux has in a buffer, which it empties from behind */

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* To QEMU's debugging port: it takes a byte at once, where a serial line has a driver and
 * interrupts. */
static void say(const char *format, ...)
{
	char line[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	for (const char *at = line; *at; at++)
		outb((unsigned char)*at, DEBUG_PORT);
	outb('\n', DEBUG_PORT);
}

/* The first bytes of a file of /proc or the mount as a string; "" if there is none. */
static const char *text_of(const char *path, char *text, size_t size_bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t got = 1;

	while (fd >= 0 && got > 0 && len + 1 < size_bytes) {
		got = read(fd, text + len, size_bytes - 1 - len);
		len += got > 0 ? (size_t)got : 0;
	}
	if (fd >= 0)
		close(fd);
	text[len] = '\0';
	return text;
}

static int entropy_avail(void)
{
	char text[32];

	return atoi(text_of("/proc/sys/kernel/random/entropy_avail", text, sizeof(text)));
}

/* What the kernel's pool says of itself: its bits, and whether its generator is seeded. */
static void say_pool(const char *when)
{
	char byte;
	bool is_seeded = getrandom(&byte, 1, GRND_NONBLOCK) == 1;

	say("pool %s avail=%d seeded=%s", when, entropy_avail(), is_seeded ? "yes" : "no");
}

static void load(const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/modules/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (syscall(SYS_finit_module, fd, "", 0) < 0)
		say("module %s: %s", name, strerror(errno));
	close(fd);
}

/* ---- trng=hwrng ---- */

static int open_hwrng(void)
{
	int fd = -1;

	while (fd < 0) {
		fd = open("/dev/hwrng", O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			poll(NULL, 0, 100);
	}
	return fd;
}

/* Return: 0, or errno. */
static int read_line(int fd)
{
	char line[2 * READ_BYTES + 1];
	unsigned char bytes[READ_BYTES];
	ssize_t got = read(fd, bytes, sizeof(bytes));

	if (got < 0)
		return errno;
	for (ssize_t i = 0; i < got; i++)
		snprintf(line + 2 * i, 3, "%02x", bytes[i]);
	if (got > 0)
		say("bytes %s", line);
	return 0;
}

static void run_hwrng(void)
{
	static const char *const modules[] = {
		"virtio_ring",           "virtio",     "virtio_pci_legacy_dev",
		"virtio_pci_modern_dev", "virtio_pci", "virtio-rng"
	};
	char name[64];
	int fd, error;

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		load(modules[i]);
	fd = open_hwrng();
	text_of("/sys/class/misc/hw_random/rng_current", name, sizeof(name));
	say("hwrng %.*s", (int)strcspn(name, "\n"), name);
	for (unsigned reads = 0;; reads++) {
		if (reads % 10 == 0)
			say_pool("now");
		error = read_line(fd);
		poll(NULL, 0, PAUSE_MS);
		if (!error)
			continue;
		say("error %s", strerror(error));
		close(fd);
		poll(NULL, 0, 500);
		fd = open_hwrng();
	}
}

/* ---- trng=credit ---- */

static void run_credit(void)
{
	static const unsigned bits[] = { 0, 64, 100, 64, 256 };
	uint8_t bytes[64] = { 1, 2, 3 };
	struct kernel kernel;

	kernel_open(&kernel, KERNEL_DEVICE, 1, 0);
	say("feed %s", kernel.state == KERNEL_ON ? "on" : "refused");
	for (size_t i = 0; kernel.state == KERNEL_ON && i < sizeof(bits) / sizeof(bits[0]); i++) {
		int before = entropy_avail();
		int ret = kernel_credit(&kernel, bytes, sizeof(bytes), bits[i], 0);

		say("credit %u result=%d rose=%d reseeds=%d", bits[i], ret,
		    entropy_avail() - before, (int)kernel.reseeds);
		say_pool("after");
	}
	kernel_close(&kernel);
}

/* ---- trng=daemon ---- */

static void start_twin(void)
{
	if (fork() == 0) {
		execl("/bin/trng-twin", "trng-twin", "--link", "/run/board", "--speed", "100",
		      "--seed", "1", (char *)NULL);
		_exit(127);
	}
}

static void start_daemon(void)
{
	if (fork() == 0) {
		execl("/bin/fuse-trng", "fuse-trng", "--config", "/etc/trng.conf", "--foreground",
		      (char *)NULL);
		_exit(127);
	}
}

/* The value of @key in status; "" while there is none. */
static const char *status(const char *key, char *value, size_t size_bytes)
{
	static char text[16384];
	char start[64];
	const char *at;

	snprintf(start, sizeof(start), "\n%s=", key);
	at = strstr(text_of("/mnt/status", text, sizeof(text)), start);
	snprintf(value, size_bytes, "%.*s", at ? (int)strcspn(at + strlen(start), "\n") : 0,
		 at ? at + strlen(start) : "");
	return value;
}

static void say_status(const char *when)
{
	static const char *const keys[] = { "kernel_feed", "kernel_feeds", "kernel_bits",
					    "kernel_reseeds", "ledger.kernel_bits" };
	char value[64];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		say("status %s %s=%s", when, keys[i], status(keys[i], value, sizeof(value)));
}

static void wait_until(const char *key, long least)
{
	char value[64];

	for (int tries = 0; tries < 3000; tries++) {
		if (atol(status(key, value, sizeof(value))) >= least)
			return;
		poll(NULL, 0, 100);
	}
	say("waited in vain for %s=%ld", key, least);
}

static void run_daemon(void)
{
	load("fuse");
	start_twin();
	start_daemon();
	wait_until("uptime_s", 0);
	say_pool("before");
	wait_until("kernel_feeds", 1);
	say_pool("fed");
	say_status("fed");
	wait_until("kernel_reseeds", 2);
	say_status("later");
	say_pool("later");
}

int main(void)
{
	char line[1024];

	ioperm(DEBUG_PORT, 1, 1);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mkdir("/dev/pts", 0755);
	mount("devpts", "/dev/pts", "devpts", 0, NULL);
	text_of("/proc/cmdline", line, sizeof(line));
	say_pool("first");
	if (strstr(line, "trng=hwrng"))
		run_hwrng();
	else if (strstr(line, "trng=credit"))
		run_credit();
	else
		run_daemon();
	say("end");
	sync();
	reboot(RB_POWER_OFF);
	return 0;
}
