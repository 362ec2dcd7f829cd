/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inspect - what fuse-trng shows without running: a checked configuration, ports and devices. */
#ifndef TRNG_FUSE_TRNG_INSPECT_H
#define TRNG_FUSE_TRNG_INSPECT_H

#include "fuse-trng/setup.h"

/** inspect_config - every test's cutoff under @setup, to standard output. Return: exit status. */
int inspect_config(const struct setup *setup);

/** inspect_ports - serial ports of this machine and kinds of devices. Return: exit status. */
int inspect_ports(void);

#endif
