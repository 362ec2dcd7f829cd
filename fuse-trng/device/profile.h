/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile - THE table of device kinds: how each is started and stopped, and what it claims. */
#ifndef TRNG_DEVICE_PROFILE_H
#define TRNG_DEVICE_PROFILE_H

#include <stddef.h>

/* What a modem control line does: a board may reset on an edge, or send only while it is up. */
enum profile_line { LINE_LEAVE, LINE_LOW, LINE_HIGH, LINE_POWER /* up while on, down while off */ };

#define PROFILE_USB_IDS 4

struct profile_usb {
	unsigned vendor; /* 0: end of the row's list */
	unsigned product;
};

struct profile {
	const char *name;
	const char *description;   /* one line for --list-ports and --help */
	const char *word_on;       /* sent to start, NULL: none */
	const char *word_off;      /* sent to stop, NULL: none */
	const char *word_id;       /* asks for one line of identity while off, NULL: none */
	const char *word_on_known; /* to a board that has answered id, NULL: as word_on */
	unsigned word_gap_ms; /* least time between words while the board has not answered id */
	unsigned deaf_ms; /* how long one that has not answered id may take to look at its port */
	unsigned open_delay_ms; /* no word sooner than this after opening (the board resets) */
	enum profile_line dtr;
	enum profile_line rts;
	unsigned baud_rate;
	unsigned settle_ms;   /* what arrives sooner after "on" is discarded */
	size_t discard_bytes; /* and this many bytes after that */
	unsigned silence_ms;  /* on, settled, and nothing for so long: total failure */
	unsigned symbol_bits;
	double rate_bit_s;       /* nominal */
	double health_entropy;   /* bits per symbol: sets cutoffs */
	double assessed_entropy; /* bits per symbol: all that is ever credited; <= health_entropy */
	unsigned total_failure_limit;            /* 0: computed from the false-alarm budget */
	struct profile_usb usb[PROFILE_USB_IDS]; /* ends at vendor 0; none: "auto" cannot find it */
};

/** profile_find - the row called @name; NULL if there is none. Static storage. */
const struct profile *profile_find(const char *name);

/** profile_at - row @index, NULL past the end; for listing the table. */
const struct profile *profile_at(size_t index);

#endif
