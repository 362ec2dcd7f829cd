/* SPDX-License-Identifier: GPL-3.0-or-later */
/* status - the source as key=value lines. */
#include "fuse-trng/fs/status.h"

#include "common/text.h"
#include "fuse-trng/fs/nodes.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define MAX_BYTES     16384 /* a port's path may have 4096, the shares of 256 values 1792 */
#define ETA_FOR_BYTES 32    /* eta_s: what a reader who comes now and asks for this waits */

typedef unsigned long long ull;

static void render_state(const struct session *s, struct text *text)
{
	const struct machine *m = s->machine;

	text_add(text, "state=%s\nreason=%s\nstate_since=", machine_state_name(m->state),
		 m->reason);
	events_add_time(text, &s->state_since);
	text_add(text, "\nstate_s=%.1f\n", (double)(s->now_ms - m->state_ms) / 1000);
	s->settings.describe(s->settings.ctx, text);
	text_add(text, "uptime_s=%llu\n", (ull)(s->now_ms - m->started_ms) / 1000);
}

static void render_start(const struct session *s, struct text *text)
{
	struct machine_start start = machine_start(s->machine, s->now_ms);

	text_add(text, "start_phase=%s\nstart_symbols=%u\nstart_needed_symbols=%u\n", start.phase,
		 start.symbols, HEALTH_STARTUP_SYMBOLS);
	text_add(text, "start_eta_s=%.*f\n", start.eta_s < 0 ? 0 : 1, start.eta_s);
}

static void render_flow(const struct session *s, struct text *text)
{
	const struct machine *m = s->machine;
	uint64_t asked = queue_asked_bytes(&s->queue);

	text_add(text, "rate_bit_s=%.1f\n", machine_rate_bit_s(m, s->now_ms));
	text_add(text, "pool_bytes=%zu\npool_capacity_bytes=%zu\n", m->pool.len_bytes,
		 m->pool.capacity_bytes);
	text_add(text, "waiting_readers=%zu\nqueue_bytes=%llu\n", s->queue.waiting_readers,
		 (ull)asked);
	text_add(text, "eta_s=%.1f\n", machine_eta_s(m, asked + ETA_FOR_BYTES, s->now_ms));
	text_add(text, "release_eta_s=%.1f\n", machine_eta_s(m, m->pool.len_bytes + 1, s->now_ms));
}

/*
 * Every byte that was tested is in one of these:
 * tested = held + wiped + withheld + cleared, where of a source that is not conditioned
 * cleared = released + pool_dropped, and
 * released = random + drbg + kernel + pool + pool_wiped + set_aside + set_aside_wiped.
 */
static void render_account(const struct session *s, struct text *text)
{
	const struct machine *m = s->machine;
	const struct pipeline *p = &m->pipeline;
	const struct pipeline_counts *counts = &p->counts;

	text_add(text, "raw_bits=%llu\n", (ull)m->stream_bytes * 8);
	text_add(text, "tested_bytes=%llu\nheld_bytes=%zu\nwiped_bytes=%llu\n",
		 (ull)counts->tested_bytes, p->held_bytes, (ull)counts->wiped_bytes);
	text_add(text, "withheld_bytes=%llu\ncleared_bytes=%llu\n", (ull)counts->withheld_bytes,
		 (ull)counts->cleared_bytes);
	text_add(text, "released_bytes=%llu\npool_dropped_bytes=%llu\npool_wiped_bytes=%llu\n",
		 (ull)counts->released_bytes, (ull)counts->dropped_bytes, (ull)m->pool_wiped_bytes);
	text_add(text, "set_aside_bytes=%llu\nset_aside_wiped_bytes=%llu\n",
		 (ull)m->ledger.bytes[LEDGER_SET_ASIDE], (ull)s->queue.wiped_bytes);
	text_add(text, "random_bytes=%llu\n", (ull)m->ledger.bytes[LEDGER_RANDOM]);
	/* Where the stream stands on the grid of windows: so any wait can be foretold. */
	text_add(text, "passed_bytes=%llu\nwindow_bytes=%zu\n", (ull)pipeline_passed_bytes(p),
		 p->window_bytes);
}

/* So many bytes in for so many out, and the min-entropy of those, in bits. */
static void render_conditioning(const struct session *s, struct text *text)
{
	const struct conditioner *c = &s->machine->pipeline.conditioner;

	text_add(text, "conditioning=%s\nconditioning_in_bytes=%zu\nconditioning_out_bytes=%d\n",
		 c->block ? "sha256" : "none", c->block ? c->input_bytes : 1,
		 c->block ? CONDITIONER_OUTPUT_BYTES : 1);
	text_add(text, "conditioning_out_entropy=%.6f\n",
		 c->block ? conditioner_output_bits(c) : machine_line_bits_byte(s->machine));
}

static void render_ledger(const struct session *s, struct text *text)
{
	const struct machine *m = s->machine;
	double assessed_bits = (double)m->pipeline.counts.cleared_bytes * machine_line_bits_byte(m);

	text_add(text, "ledger.entered_bits=%llu\nledger.made_bits=%llu\n",
		 (ull)m->ledger.entered_bytes * 8, (ull)m->ledger.made_bytes * 8);
	for (unsigned i = 0; i < LEDGER_ACCOUNTS; i++)
		text_add(text, "ledger.%s_bits=%llu\n", ledger_name((enum ledger_account)i),
			 (ull)m->ledger.bytes[i] * 8);
	text_add(text, "assessed_bits=%.0f\n", floor(assessed_bits));
}

static void render_generator(const struct session *s, struct text *text)
{
	const struct generator *g = &s->generator;
	bool is_seeded = drbg_is_seeded(g->drbg);

	text_add(text, "urandom_seeded=%d\nurandom_seeds=%llu\n", is_seeded, (ull)g->seeds);
	text_add(text, "urandom_seed_s=%.*f\n", is_seeded ? 1 : 0,
		 is_seeded ? (double)(s->now_ms - g->seeded_ms) / 1000 : -1);
	text_add(text, "urandom_bytes=%llu\n", (ull)g->handed_bytes);
	text_add(text, "diverted=%d\nraw_read_bytes=%llu\n", s->machine->is_diverted,
		 (ull)s->raw.given_bytes);
	text_add(text, "urandom_waiting_readers=%zu\n", s->seedless.count);
}

static void render_control(const struct session *s, struct text *text)
{
	const struct control *c = &s->control;
	const char *result = c->last_ticket ? "pending" : control_result_name(c->last_result);

	text_add(text, "last_command=%s\nlast_result=%s\n", c->last_command ? c->last_command : "",
		 c->last_command ? result : "");
}

static void render_entropy(const struct session *s, struct text *text)
{
	struct health_entropy figures;

	health_entropy_figures(s->machine->pipeline.health, &figures);
	text_add(text, "entropy_symbols=%u\nsymbol_shares=", figures.symbols);
	for (unsigned i = 0; figures.symbols > 0 && i < figures.values; i++)
		text_add(text, i ? ",%.4f" : "%.4f", figures.shares[i]);
	if (figures.symbols > 0)
		text_add(text, "\nmin_entropy=%.4f\nmin_entropy_upper=%.4f\n", figures.min_entropy,
			 figures.min_entropy_upper);
	else
		text_add(text, "\nmin_entropy=\nmin_entropy_upper=\n");
	text_add(text, "entropy_next_symbols=%u\nentropy_warning=%d\n", figures.next_symbols,
		 figures.is_warning);
}

static void render_tests(const struct session *s, struct text *text)
{
	const struct health *health = s->machine->pipeline.health;
	unsigned online[2];

	text_add(text, "alarms=%llu\n", (ull)s->machine->alarms);
	for (unsigned i = 0; i < HEALTH_TESTS; i++) {
		struct health_row row = health_row(health, (enum health_test)i);

		text_add(text, "test.%s.trials=%llu\ntest.%s.alarms=%llu\n", row.name,
			 (ull)row.trials, row.name, (ull)row.alarms);
		text_add(text, "test.%s.expected_alarms=%.4g\n", row.name, row.expected_alarms);
		text_add(text, "test.%s.cutoff=%.10g\ntest.%s.alpha=%.10g\n", row.name, row.cutoff,
			 row.name, row.alpha);
	}
	health_online_cutoffs(health, online);
	text_add(text, "test.online.cutoff_long=%u\n", online[1]);
}

static void render_causality(const struct session *s, struct text *text)
{
	const struct proof *proof = &s->machine->proof;

	text_add(text, "causality=%s\ncausality_reason=%s\ncausality_time=",
		 causality_name(proof->verdict), proof->why);
	if (proof->count)
		events_add_time(text, &s->proof_time);
	text_add(text, "\ncausality_count=%llu\n", (ull)proof->count);
	for (unsigned i = 0; i < CAUSALITY_PHASES; i++) {
		const struct causality_figures *figures = &proof->figures[i];
		const char *name = causality_phase_name((enum causality_phase)i);

		if (figures->is_measured)
			text_add(text, "causality_%s_noise_lsb=%.3f\ncausality_%s_level_lsb=%.1f\n",
				 name, figures->noise_lsb, name, figures->level_lsb);
		else
			text_add(text, "causality_%s_noise_lsb=\ncausality_%s_level_lsb=\n", name,
				 name);
	}
}

static void render(const struct session *session, struct text *text)
{
	render_state(session, text);
	render_start(session, text);
	render_flow(session, text);
	render_account(session, text);
	render_conditioning(session, text);
	render_ledger(session, text);
	render_generator(session, text);
	render_control(session, text);
	render_entropy(session, text);
	render_tests(session, text);
	render_causality(session, text);
}

int status_open(struct session *session, struct handle *handle)
{
	struct text text;
	char *shrunk;

	handle->text = malloc(MAX_BYTES);
	if (!handle->text)
		return -ENOMEM;
	text_init(&text, handle->text, MAX_BYTES);
	render(session, &text);
	handle->text_bytes = text.len_bytes;
	/* What many openers keep is the text, not the room that it might have needed. */
	shrunk = realloc(handle->text, text.len_bytes + 1);
	if (shrunk)
		handle->text = shrunk;
	return 0;
}

void status_read(struct handle *handle, const struct request *request)
{
	handle_reply_text(handle, request, (size_t)request->offset);
}

void status_release(struct handle *handle)
{
	free(handle->text);
}

size_t status_size(struct session *session, const struct handle *handle)
{
	char buffer[MAX_BYTES];
	struct text text;

	if (handle)
		return handle->text_bytes;
	text_init(&text, buffer, sizeof(buffer));
	render(session, &text);
	return text.len_bytes;
}
