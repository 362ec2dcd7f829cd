/* SPDX-License-Identifier: GPL-3.0-or-later */
/* find - which of the machine's serial ports has a device of a given kind behind it. */
#ifndef TRNG_DEVICE_FIND_H
#define TRNG_DEVICE_FIND_H

#include "common/text.h"
#include "fuse-trng/device/profile.h"

#include <stddef.h>

/**
 * find_port - the one port whose USB identity is among those of @profile.
 *
 * Cost:   reads sysfs, some milliseconds; opens no port of a USB device.
 * @path:  filled with the port's path on success, untouched on failure.
 * @why:   on failure one sentence for a person is appended.
 * Return: 0; -ENODEV: none; -ENOTUNIQ: several, or the kind has no USB identity; -ENOMEM;
 *         -ENAMETOOLONG.
 */
int find_port(const struct profile *profile, char *path, size_t size_bytes, struct text *why);

/**
 * find_list - print a line for every serial port to standard output.
 * Return: number of ports, or -errno.
 */
int find_list(void);

#endif
