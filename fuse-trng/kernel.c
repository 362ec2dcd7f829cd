/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's pool, by the calls that random(4) describes. */
#include "fuse-trng/kernel.h"

#include "common/log.h"
#include "common/secret.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PIECE_BYTES 4096 /* of one call */
#define INFO_BYTES  (sizeof(struct rand_pool_info) + PIECE_BYTES)

/* What Linux's devices.txt calls them: 1:8 /dev/random, 1:9 /dev/urandom, one pool behind both. */
#define MEMORY_MAJOR  1
#define RANDOM_MINOR  8
#define URANDOM_MINOR 9

static const char *const state_names[] = {
	[KERNEL_OFF] = "off", [KERNEL_ON] = "on", [KERNEL_REFUSED] = "refused"
};

static void refuse(struct kernel *kernel, const char *device, int error)
{
	kernel->state = KERNEL_REFUSED;
	if (error == EPERM)
		log_warning("%s: %s: the kernel's pool is fed nothing; kernel_feed_s needs "
			    "CAP_SYS_ADMIN on the machine itself, which no container or user "
			    "namespace has: run there as root, or set kernel_feed_s = 0",
			    device, strerror(error));
	else
		log_warning("%s: %s: the kernel's pool is fed nothing; set kernel_feed_s = 0, or "
			    "see that this is the kernel's random device",
			    device, strerror(error));
}

/* Whatever is bound over the path in a container, our own file perhaps, is not the kernel's pool.
 */
static bool is_random_device(int fd)
{
	struct stat found;

	return fstat(fd, &found) == 0 && S_ISCHR(found.st_mode) &&
	       major(found.st_rdev) == MEMORY_MAJOR &&
	       (minor(found.st_rdev) == RANDOM_MINOR || minor(found.st_rdev) == URANDOM_MINOR);
}

/* Return: 0; -errno. */
static int add_entropy(struct kernel *kernel, const uint8_t *bytes, size_t len_bytes,
		       unsigned entropy_bits)
{
	int ret;

	kernel->info->entropy_count = (int)entropy_bits;
	kernel->info->buf_size = (int)len_bytes;
	if (len_bytes > 0)
		memcpy(kernel->info->buf, bytes, len_bytes);
	ret = ioctl(kernel->fd, RNDADDENTROPY, kernel->info) < 0 ? -errno : 0;
	secret_wipe(kernel->info, sizeof(*kernel->info) + len_bytes);
	return ret;
}

/* Return: 0: it can be fed; 1: it cannot, and that is said; -ENOMEM. */
static int ask(struct kernel *kernel, const char *device)
{
	int error = 0;

	/* Without O_NONBLOCK a FIFO put in its place would hold us up here. */
	kernel->fd = open(device, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kernel->fd < 0)
		error = errno;
	else if (!is_random_device(kernel->fd))
		error = ENOTTY;
	if (error == 0) {
		kernel->info = secret_alloc(INFO_BYTES);
		if (!kernel->info)
			return -ENOMEM;
		error = -add_entropy(kernel, NULL, 0, 0);
	}
	if (error == 0)
		return 0;
	refuse(kernel, device, error);
	return 1;
}

static void release(struct kernel *kernel)
{
	if (kernel->fd >= 0)
		close(kernel->fd);
	kernel->fd = -1;
	secret_free(kernel->info, INFO_BYTES);
	kernel->info = NULL;
}

int kernel_open(struct kernel *kernel, const char *device, unsigned feed_s, uint64_t now_ms)
{
	int ret;

	*kernel = (struct kernel){ .fd = -1, .can_reseed = true, .due_ms = now_ms };
	kernel->period_ms = (uint64_t)feed_s * 1000;
	if (feed_s == 0)
		return 0;
	ret = ask(kernel, device);
	if (ret != 0) {
		release(kernel);
		return ret < 0 ? ret : 0;
	}
	kernel->state = KERNEL_ON;
	log_notice("%s: the kernel's pool is fed %u bits every %u s", device, KERNEL_FEED_BITS,
		   feed_s);
	return 0;
}

void kernel_close(struct kernel *kernel)
{
	if (kernel->state == KERNEL_ON)
		release(kernel);
	kernel->state = KERNEL_OFF;
}

uint64_t kernel_due_ms(const void *kernel)
{
	const struct kernel *k = kernel;

	return k->state == KERNEL_ON ? k->due_ms : UINT64_MAX;
}

/*
 * A kernel that is seeded mixes bytes in and uses them at its next reseeding: this is to be now.
 * One that is not (ENODATA) seeds itself as soon as it has been credited enough.
 */
static void reseed(struct kernel *kernel)
{
	if (!kernel->can_reseed)
		return;
	if (ioctl(kernel->fd, RNDRESEEDCRNG) == 0) {
		kernel->reseeds++;
	} else if (errno != ENODATA) {
		kernel->can_reseed = false;
		log_notice("%s: no RNDRESEEDCRNG (%s), which came with Linux 4.14: the kernel "
			   "reseeds by its own clock",
			   KERNEL_DEVICE, strerror(errno));
	}
}

static void tell_trouble(struct kernel *kernel, int error)
{
	if (error == EPERM) {
		refuse(kernel, KERNEL_DEVICE, error);
		release(kernel);
	} else if (!kernel->is_in_trouble) {
		log_warning("%s: the kernel did not take entropy: %s; tried again every %llu s",
			    KERNEL_DEVICE, strerror(error),
			    (unsigned long long)kernel->period_ms / 1000);
	}
	kernel->is_in_trouble = true;
}

/* In pieces, of which the last brings the credit: until then the kernel has nothing but a mixture.
 */
static int add_all(struct kernel *k, const uint8_t *bytes, size_t len_bytes, unsigned entropy_bits)
{
	int ret = 0;

	while (ret == 0 && len_bytes > PIECE_BYTES) {
		ret = add_entropy(k, bytes, PIECE_BYTES, 0);
		bytes += PIECE_BYTES;
		len_bytes -= PIECE_BYTES;
	}
	return ret == 0 ? add_entropy(k, bytes, len_bytes, entropy_bits) : ret;
}

int kernel_credit(void *kernel, const uint8_t *bytes, size_t len_bytes, unsigned entropy_bits,
		  uint64_t now_ms)
{
	struct kernel *k = kernel;
	int ret;

	assert(k->state == KERNEL_ON);
	assert(entropy_bits <= len_bytes * 8);
	k->due_ms = now_ms + k->period_ms;
	ret = add_all(k, bytes, len_bytes, entropy_bits);
	if (ret < 0) {
		tell_trouble(k, -ret);
		return ret;
	}
	k->is_in_trouble = false;
	k->feeds++;
	k->bytes += len_bytes;
	k->bits += entropy_bits;
	k->fed_ms = now_ms;
	reseed(k);
	return 0;
}

void kernel_describe(const struct kernel *kernel, struct text *text, uint64_t now_ms)
{
	typedef unsigned long long ull;

	text_add(text, "kernel_feed=%s\nkernel_feed_s=%llu\n", state_names[kernel->state],
		 (ull)kernel->period_ms / 1000);
	text_add(text, "kernel_feeds=%llu\nkernel_bytes=%llu\nkernel_bits=%llu\n",
		 (ull)kernel->feeds, (ull)kernel->bytes, (ull)kernel->bits);
	text_add(text, "kernel_reseeds=%llu\nkernel_fed_s=%.*f\n", (ull)kernel->reseeds,
		 kernel->feeds > 0,
		 kernel->feeds > 0 ? (double)(now_ms - kernel->fed_ms) / 1000 : -1);
}
