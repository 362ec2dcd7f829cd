/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lines - what a board's modem control lines do while it is on and while it is off. */
#include "fuse-trng/device/lines.h"

bool lines_have_power(const struct profile *profile)
{
	return profile->dtr == LINE_POWER || profile->rts == LINE_POWER;
}

bool lines_can_silence(const struct profile *profile)
{
	return profile->word_off || lines_have_power(profile);
}

static enum port_line line_state(enum profile_line line, bool is_on)
{
	switch (line) {
	case LINE_LOW:
		return PORT_LINE_LOW;
	case LINE_HIGH:
		return PORT_LINE_HIGH;
	case LINE_POWER:
		return is_on ? PORT_LINE_HIGH : PORT_LINE_LOW;
	case LINE_LEAVE:
	default:
		return PORT_LINE_LEAVE;
	}
}

void lines_set(struct port *port, const struct profile *profile, bool is_on)
{
	port_lines(port, line_state(profile->dtr, is_on), line_state(profile->rts, is_on));
}
