/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel - credits tested entropy to the kernel's own pool: random(4), RNDADDENTROPY and
 * RNDRESEEDCRNG.
 *
 * When to do so is a matter of time alone. /dev/random's POLLOUT, which older feeders wait for,
 * never comes from a kernel that is seeded once (Linux 5.6 and later).
 */
#ifndef TRNG_FUSE_TRNG_KERNEL_H
#define TRNG_FUSE_TRNG_KERNEL_H

#include "common/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL_DEVICE    "/dev/random"
#define KERNEL_FEED_BITS 256 /* assessed, each time: a whole seed of the kernel's generator */

struct rand_pool_info;

enum kernel_state {
	KERNEL_OFF,    /* not asked for */
	KERNEL_ON,     /* permitted */
	KERNEL_REFUSED /* asked for, and the kernel does not let us */
};

/* Zeroed is off. Fields may be read. */
struct kernel {
	enum kernel_state state;
	int fd;
	bool can_reseed;    /* false: Linux before 4.14, which reseeds by its own clock alone */
	bool is_in_trouble; /* the newest credit failed, and that has been said */
	uint64_t period_ms;
	uint64_t due_ms;             /* next feed */
	struct rand_pool_info *info; /* locked memory, zero but during a call */
	uint64_t feeds;              /* credits that the kernel took */
	uint64_t bytes;              /* in them */
	uint64_t bits;               /* credited with them */
	uint64_t reseeds;            /* done at once thereafter */
	uint64_t fed_ms;             /* when the newest was */
};

/**
 * kernel_open - get ready to feed the kernel's pool every @feed_s seconds; 0: never.
 *
 * Asks the kernel by a credit of nothing whether it would take one. If not, says in one line what
 * to do and is refused: the daemon goes on without, and status tells. Opens @device, so call it
 * before there is a mount of our own that could be it.
 *
 * @device: KERNEL_DEVICE; anything but the kernel's own random devices is refused.
 * Return:  0, also when refused; -ENOMEM.
 */
int kernel_open(struct kernel *kernel, const char *device, unsigned feed_s, uint64_t now_ms);

/** kernel_close - wipe and release; zeroed memory is fine. */
void kernel_close(struct kernel *kernel);

/** kernel_due_ms - when the next feed is due, UINT64_MAX: never. The first is due at once. */
uint64_t kernel_due_ms(const void *kernel);

/**
 * kernel_credit - mix @bytes into the kernel's pool, credit @entropy_bits, and have it reseed.
 *
 * This and kernel_due_ms() are as struct feed_settings of fs/feed.h wants them.
 * State:  the next feed is due a period after this one. The copy made here is wiped; @bytes are
 *         the caller's to wipe.
 * Cost:   two system calls that never wait: the kernel hashes the bytes under a spin lock.
 * @kernel: a struct kernel that is due.
 * @bytes: tested, given to nobody else.
 * @entropy_bits: what they were ASSESSED to hold, at most their length.
 * Return: 0: credited, whether or not it could reseed at once; -EPERM and others: not credited,
 *         said once in a row. A kernel that no longer permits it is asked no more.
 */
int kernel_credit(void *kernel, const uint8_t *bytes, size_t len_bytes, unsigned entropy_bits,
		  uint64_t now_ms);

/** kernel_describe - lines of status: kernel_feed and what was credited. */
void kernel_describe(const struct kernel *kernel, struct text *text, uint64_t now_ms);

#endif
