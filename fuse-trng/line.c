/* SPDX-License-Identifier: GPL-3.0-or-later */
/* line - what the link tells goes to the machine. */
#include "fuse-trng/line.h"

#include "common/log.h"

static void on_up(void *ctx, uint64_t now_ms)
{
	struct line *line = ctx;

	log_notice("%s: port open", link_port(line->link));
	machine_port_up(line->machine, now_ms);
}

static void on_down(void *ctx, int error, const char *why, uint64_t now_ms)
{
	struct line *line = ctx;

	(void)error;
	log_warning("%s", why);
	machine_port_down(line->machine, why, now_ms);
}

static void on_identified(void *ctx, uint64_t now_ms)
{
	const struct line *line = ctx;
	const struct identity *identity = link_identity(line->link);
	const char *port = link_port(line->link);

	(void)now_ms;
	if (identity->state == IDENTITY_ANSWERED)
		log_notice("%s: the board answers \"%s\"", port, identity->line);
	else if (identity->state == IDENTITY_SILENT)
		log_notice("%s: no answer to id: taken for a board with an old sketch", port);
	else
		log_notice("%s: no sensible answer to id: taken for a board with an old sketch",
			   port);
}

static void on_powered(void *ctx, bool is_on, uint64_t now_ms)
{
	struct line *line = ctx;

	machine_powered(line->machine, is_on, now_ms);
}

static void on_settled(void *ctx, uint64_t now_ms)
{
	struct line *line = ctx;

	machine_settled(line->machine, now_ms);
}

static void on_dropped(void *ctx, size_t len_bytes)
{
	machine_dropped(((struct line *)ctx)->machine, len_bytes);
}

static void on_bytes(void *ctx, const uint8_t *bytes, size_t len_bytes, uint64_t now_ms)
{
	struct line *line = ctx;

	machine_bytes(line->machine, bytes, len_bytes, now_ms);
}

/* The phases of both are the same ones, in the same order. */
_Static_assert((int)PROVE_BRIGHT == (int)CAUSALITY_BRIGHT &&
		       (int)PROVE_DARK == (int)CAUSALITY_DARK &&
		       (int)PROVE_STILL == (int)CAUSALITY_STILL &&
		       (int)PROVE_AGAIN == (int)CAUSALITY_AGAIN,
	       "phases of the causality test");
_Static_assert(PROVE_READINGS == CAUSALITY_READINGS, "readings of a phase");

static void on_proving(void *ctx, const struct prove_report *report, uint64_t now_ms)
{
	struct line *line = ctx;
	bool is_measured = report->news == PROVE_MEASURED;

	if (report->news == PROVE_STRAY)
		machine_stray(line->machine, now_ms);
	else
		machine_proving(line->machine, (enum causality_phase)report->phase,
				is_measured ? report->readings : NULL, report->left_ms, now_ms);
}

static const struct link_events events = { .up = on_up,
					   .down = on_down,
					   .identified = on_identified,
					   .powered = on_powered,
					   .settled = on_settled,
					   .dropped = on_dropped,
					   .bytes = on_bytes,
					   .proving = on_proving };

int line_open(struct line *line, const struct link_settings *settings, struct machine *machine)
{
	line->machine = machine;
	return link_open(&line->link, settings, &events, line);
}
