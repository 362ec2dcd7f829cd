/* SPDX-License-Identifier: GPL-3.0-or-later */
/* twin - a board behind a pty, in real time or any multiple of it, with faults on command. */
#ifndef TRNG_TWIN_TWIN_H
#define TRNG_TWIN_TWIN_H

#include "firmware/twin/board.h"
#include "firmware/twin/pty.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TWIN_FAULTS_MAX 16
#define TWIN_LINE_MAX   128
#define TWIN_OUT_MAX    512

struct twin_options {
	const char *link;   /* the port's name, NULL: play the script instead */
	const char *script; /* path, "-": standard input */
	double speed;       /* device time over wall time, 0: as fast as the reader takes it */
	struct board_settings board;
	struct fault faults[TWIN_FAULTS_MAX]; /* present from the start */
	size_t fault_count;
};

/* Device time as a function of wall time: absolute, so that no error adds up. */
struct twin_pace {
	double rate;
	uint64_t base_ns; /* CLOCK_MONOTONIC */
	uint64_t base_ms; /* device time then */
};

/* A running twin; shared by twin.c (time and line) and console.c (standard input). */
struct twin {
	const struct twin_options *options;
	struct board *board;
	struct pty pty;
	struct twin_pace pace;
	uint64_t wake_ns;          /* when the loop last wanted to wake up, UINT64_MAX: never */
	int signals;               /* signalfd */
	int console;               /* standard input, -1 after its end */
	char line[TWIN_LINE_MAX];  /* of the console, under way */
	size_t line_length;        /* TWIN_LINE_MAX: too long, ignored up to its end */
	uint8_t out[TWIN_OUT_MAX]; /* taken from the board, no room in the pty yet (speed 0 only) */
	size_t out_length;
	bool is_done;
};

/**
 * twin_run - be a board until SIGTERM, SIGINT, SIGHUP or `quit`.
 *
 * Prints "LINK ready" on standard output once the link is there; removes it at the end.
 * Return: 0, or -errno after a sentence on standard error.
 */
int twin_run(const struct twin_options *options);

/**
 * twin_fault - @fault happens now, to the board or to the cable.
 * Return: 0; -errno: the port could not be made again.
 */
int twin_fault(struct twin *twin, const struct fault *fault);

/** console_service - read standard input and do what its whole lines say, answers on stdout. */
void console_service(struct twin *twin);

#endif
