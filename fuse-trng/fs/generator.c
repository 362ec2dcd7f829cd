/* SPDX-License-Identifier: GPL-3.0-or-later */
/* generator - the DRBG behind `urandom`. */
#include "fuse-trng/fs/generator.h"

#include "common/log.h"
#include "common/secret.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RETRY_MS 1000

/* The poorest symbols that may be configured, one a byte: a thousandth of a bit each. */
_Static_assert(DRBG_INSTANTIATE_BITS * 1000 <= DRBG_INPUT_BYTES, "a first seed always fits");

/* Not secret: two daemons, or two starts, never begin alike even from equal seeds (8.7.1). */
struct personal {
	char name[16];
	struct timespec time;
	pid_t pid;
};

int generator_open(struct generator *generator, const struct generator_settings *settings,
		   const struct machine *machine, struct queue *queue)
{
	int ret;

	*generator = (struct generator){ .settings = *settings, .machine = machine };
	ret = drbg_open(&generator->drbg, true);
	if (ret == 0)
		ret = draw_open(&generator->draw, queue, LEDGER_DRBG,
				machine_bytes_holding(machine, DRBG_INSTANTIATE_BITS));
	if (ret < 0)
		generator_close(generator);
	return ret;
}

void generator_close(struct generator *generator)
{
	draw_close(&generator->draw);
	drbg_close(generator->drbg);
	*generator = (struct generator){ 0 };
}

static void forget(struct generator *g)
{
	drbg_forget(g->drbg);
	g->was_used = false;
}

static bool is_running(const struct generator *g)
{
	return g->machine->state == MACHINE_RUNNING;
}

static uint64_t tested_bytes(const struct generator *g)
{
	return g->machine->pipeline.counts.tested_bytes;
}

/* ---- seeds ---- */

static int instantiate(struct generator *g)
{
	struct personal personal = { .name = "trng urandom", .pid = getpid() };

	clock_gettime(CLOCK_REALTIME, &personal.time);
	g->first_tested = tested_bytes(g);
	return drbg_instantiate(g->drbg, g->draw.bytes, g->draw.got_bytes,
				(const uint8_t *)&personal, sizeof(personal));
}

static void seed(struct generator *g, uint64_t now_ms)
{
	int ret = drbg_is_seeded(g->drbg)
			  ? drbg_reseed(g->drbg, g->draw.bytes, g->draw.got_bytes, NULL, 0)
			  : instantiate(g);

	if (ret < 0) {
		log_error("urandom: libcrypto could not take a seed: %s", strerror(-ret));
		draw_drop(&g->draw, LEDGER_REMAINDER);
		g->retry_ms = now_ms + RETRY_MS;
		return;
	}
	draw_used(&g->draw);
	if (!g->is_renewed)
		g->renewed_tested = tested_bytes(g);
	g->is_renewed = true;
	g->seeded_ms = now_ms;
	g->seeds++;
	g->is_forced = false;
	g->was_used = false;
}

/* When a routine seed has waited so long that it stands in the line. */
static uint64_t overdue_ms(const struct generator *g)
{
	const struct generator_settings *settings = &g->settings;

	return g->seeded_ms + (settings->grace_ms > settings->reseed_ms ? settings->grace_ms
									: settings->reseed_ms);
}

/* What is wanted now, and how much. */
static void want(struct generator *g, uint64_t now_ms)
{
	bool is_first = !drbg_is_seeded(g->drbg);
	unsigned bits = is_first ? DRBG_INSTANTIATE_BITS : DRBG_RESEED_BITS;
	bool is_due = is_first || g->is_forced || (g->was_used && now_ms >= overdue_ms(g));

	if (now_ms < g->retry_ms)
		return;
	g->retry_ms = 0; /* what is waited for from here on is not the clock */
	if (!is_running(g))
		return;
	if (is_due || (g->was_used && now_ms - g->seeded_ms >= g->settings.reseed_ms))
		draw_want(&g->draw, machine_bytes_holding(g->machine, bits), is_due);
}

static bool is_grace_over(const struct generator *g, uint64_t now_ms)
{
	return !is_running(g) && now_ms - g->lost_ms >= g->settings.grace_ms;
}

bool generator_serve(struct generator *generator, uint64_t now_ms)
{
	uint64_t had = generator->seeds;

	if (is_grace_over(generator, now_ms))
		forget(generator);
	want(generator, now_ms);
	if (draw_serve(&generator->draw))
		seed(generator, now_ms);
	return generator->seeds > had;
}

int generator_reseed(struct generator *generator)
{
	int error = machine_read_error(generator->machine);

	if (error == 0)
		generator->is_forced = true;
	return error;
}

/* ---- the source ---- */

/* Whether what a test has fired about may be in a seed taken when @tested bytes had been tested. */
static bool is_suspect(const struct generator *g, uint64_t tested)
{
	enum machine_state state = g->machine->state;

	return (state == MACHINE_ALARM || state == MACHINE_FAILED) &&
	       tested_bytes(g) - tested < g->machine->pipeline.window_bytes;
}

void generator_changed(struct generator *generator, uint64_t now_ms)
{
	if (is_running(generator)) {
		generator->is_forced = true;
		return;
	}
	draw_drop(&generator->draw, machine_lost_to(generator->machine));
	if (is_suspect(generator, generator->first_tested))
		forget(generator);
	/* A suspect seed on top of older ones takes nothing from them, and adds nothing. */
	if (generator->is_renewed && !is_suspect(generator, generator->renewed_tested))
		generator->lost_ms = now_ms;
	generator->is_renewed = false;
}

uint64_t generator_deadline_ms(const struct generator *generator)
{
	const struct generator_settings *settings = &generator->settings;

	if (generator->retry_ms)
		return generator->retry_ms;
	if (!drbg_is_seeded(generator->drbg))
		return UINT64_MAX;
	if (!is_running(generator))
		return generator->lost_ms + settings->grace_ms;
	if (!generator->was_used || generator->draw.is_due)
		return UINT64_MAX;
	/* One that is under way goes on when the pool or the line changes. */
	return generator->draw.needed_bytes > 0 ? overdue_ms(generator)
						: generator->seeded_ms + settings->reseed_ms;
}

int generator_error(const struct generator *generator)
{
	int error = machine_read_error(generator->machine);

	if (drbg_is_seeded(generator->drbg))
		return 0;
	return error == -EIO || error == -ENODEV ? error : -EAGAIN;
}

int generator_give(struct generator *generator, uint8_t *out, size_t len_bytes)
{
	size_t step;
	int ret = 0;

	for (size_t at = 0; ret == 0 && at < len_bytes; at += step) {
		step = len_bytes - at < DRBG_REQUEST_BYTES ? len_bytes - at : DRBG_REQUEST_BYTES;
		ret = drbg_generate(generator->drbg, out + at, step, NULL, 0);
	}
	if (ret < 0) {
		secret_wipe(out, len_bytes);
		return -EIO;
	}
	generator->was_used = true;
	generator->handed_bytes += len_bytes;
	return 0;
}
