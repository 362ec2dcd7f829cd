/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tap - where symbols are drawn: `raw` of the mount, another device, a pipe or a file. Waits for
 * data and for the signals that end a collection at the same time.
 */
#ifndef TRNG_EVALUATE_COLLECT_TAP_H
#define TRNG_EVALUATE_COLLECT_TAP_H

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

/* What the end of the data means: */
enum tap_kind {
	TAP_FILE,   /* a regular file: that was all; read on from any place */
	TAP_PIPE,   /* a pipe or standard input: that was all */
	TAP_DEVICE, /* an interruption: it may come back */
};

struct tap {
	int fd; /* -1: closed */
	enum tap_kind kind;
	double asleep_s; /* how long the machine has been suspended since it started, at opening */
};

/* SIGINT, SIGTERM and SIGHUP, unless ignored, as something that poll(2) sees. */
struct tap_signals {
	int fd;
	sigset_t before;
};

/** tap_signals_open - from here on these signals wait in the descriptor. Return: 0 or -errno. */
int tap_signals_open(struct tap_signals *signals);

/** tap_signals_close - signals do again what they did before; one that came is swallowed. */
void tap_signals_close(struct tap_signals *signals);

/** tap_sleep - wait. Return: 0, or -EINTR: a signal asks for the end. */
int tap_sleep(const struct tap_signals *signals, unsigned wait_ms);

/**
 * tap_open - open @path ("-": standard input) without waiting for data or for a writer.
 * Return: 0, or -errno (-EISDIR: a directory).
 */
int tap_open(struct tap *tap, const char *path);

/** tap_skip - go to byte @offset of a TAP_FILE. Return: 0; -ENODATA: it is shorter; -errno. */
int tap_skip(struct tap *tap, uint64_t offset);

/** What tap_read() says when a second has passed without data. */
#define TAP_NOTHING_YET (-EAGAIN)
/** What it says when the machine was suspended: what was read since then is discarded. */
#define TAP_SUSPENDED   (-ESTALE)

/**
 * tap_read - what is there, at most @size_bytes, waiting a second if nothing is.
 * Return: bytes; 0: the end; -EINTR: a signal asks for the end; TAP_*; -errno of the source.
 */
ssize_t tap_read(struct tap *tap, const struct tap_signals *signals, void *into, size_t size_bytes);

void tap_close(struct tap *tap);

/** tap_says - what @error of a source means and what can be done, as the end of a sentence. */
const char *tap_says(int error);

#endif
