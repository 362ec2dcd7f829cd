/* SPDX-License-Identifier: GPL-3.0-or-later */
/* background - become a daemon, and let the starter know whether it worked. */
#ifndef TRNG_COMMON_BACKGROUND_H
#define TRNG_COMMON_BACKGROUND_H

struct background {
	int report_fd; /* to the waiting parent; -1: none */
};

/**
 * background_open_standard_files - /dev/null for each of the three that the starter has closed.
 *
 * Else a socket or a device would get these numbers, and the log's lines. First call of main().
 * Return: 0, or -1.
 */
int background_open_standard_files(void);

/**
 * background_start - fork; the child returns, in a session of its own and in "/".
 *
 * The parent stays until background_ready() or the child's end and exits with 0 or 1.
 * Return: 0 in the child; -errno: still in the foreground.
 */
int background_start(struct background *background);

/** background_ready - let the parent exit with 0; standard streams go to /dev/null. */
void background_ready(struct background *background);

#endif
