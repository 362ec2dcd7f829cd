/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lines - what a board's modem control lines do while it is on and while it is off. */
#ifndef TRNG_DEVICE_LINES_H
#define TRNG_DEVICE_LINES_H

#include "fuse-trng/device/port.h"
#include "fuse-trng/device/profile.h"

#include <stdbool.h>

/** lines_have_power - whether one of them switches a board of @profile. */
bool lines_have_power(const struct profile *profile);

/** lines_can_silence - whether anything does: a word or a line. */
bool lines_can_silence(const struct profile *profile);

/** lines_set - as @profile wants them; a port without modem lines (a pty) is used without them. */
void lines_set(struct port *port, const struct profile *profile, bool is_on);

#endif
