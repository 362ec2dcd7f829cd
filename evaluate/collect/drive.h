/* SPDX-License-Identifier: GPL-3.0-or-later */
/* drive - commands to the source through the daemon's file `control`. */
#ifndef TRNG_EVALUATE_COLLECT_DRIVE_H
#define TRNG_EVALUATE_COLLECT_DRIVE_H

#include "evaluate/collect/tap.h"

/** drive_open - @path, for commands that do not block. Return: descriptor or -errno. */
int drive_open(const char *path);

/**
 * drive_start - give @command and do not wait for its end.
 * Return: 0: it is under way, or done where the file has no more to say; -errno: refused.
 */
int drive_start(int fd, const char *command);

/**
 * drive_finish - give @command and wait until its transition is over.
 * Return: 0; -EINTR: a signal asks for the end; -errno: what the transition came to.
 */
int drive_finish(int fd, const char *command, const struct tap_signals *signals);

#endif
