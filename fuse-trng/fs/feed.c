/* SPDX-License-Identifier: GPL-3.0-or-later */
/* feed - tested bytes for somebody who takes them by the clock. */
#include "fuse-trng/fs/feed.h"

int feed_open(struct feed *feed, const struct feed_settings *settings,
	      const struct machine *machine, struct queue *queue)
{
	*feed = (struct feed){ .settings = *settings, .machine = machine };
	if (!settings->give)
		return 0;
	return draw_open(&feed->draw, queue, LEDGER_KERNEL,
			 machine_bytes_holding(machine, settings->bits));
}

void feed_close(struct feed *feed)
{
	draw_close(&feed->draw);
	*feed = (struct feed){ 0 };
}

void feed_changed(struct feed *feed)
{
	if (feed->settings.give && feed->machine->state != MACHINE_RUNNING)
		draw_drop(&feed->draw, machine_lost_to(feed->machine));
}

/* When the next draw is to begin. One that is under way goes on when the pool or the line changes.
 */
uint64_t feed_deadline_ms(const struct feed *feed)
{
	if (!feed->settings.give || feed->machine->state != MACHINE_RUNNING ||
	    feed->draw.needed_bytes > 0)
		return UINT64_MAX;
	return feed->settings.due_ms(feed->settings.ctx);
}

void feed_serve(struct feed *feed, uint64_t now_ms)
{
	const struct feed_settings *settings = &feed->settings;
	struct draw *draw = &feed->draw;

	if (feed_deadline_ms(feed) <= now_ms)
		draw_want(draw, machine_bytes_holding(feed->machine, settings->bits), false);
	if (!draw_serve(draw))
		return;
	if (settings->give(settings->ctx, draw->bytes, draw->got_bytes, settings->bits, now_ms) < 0)
		draw_drop(draw, LEDGER_REMAINDER);
	else
		draw_used(draw);
}
