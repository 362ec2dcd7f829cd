/* SPDX-License-Identifier: GPL-3.0-or-later */
/* line - what the link tells goes to the machine. */
#ifndef TRNG_FUSE_TRNG_LINE_H
#define TRNG_FUSE_TRNG_LINE_H

#include "fuse-trng/device/link.h"
#include "fuse-trng/source/machine.h"

struct line {
	struct link *link;       /* the caller closes it */
	struct machine *machine; /* not owned */
};

/**
 * line_open - a link whose events go to @machine; @line must outlive it.
 * Return: 0; -ENOMEM as link_open().
 */
int line_open(struct line *line, const struct link_settings *settings, struct machine *machine);

#endif
