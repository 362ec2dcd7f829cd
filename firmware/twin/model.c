/* SPDX-License-Identifier: GPL-3.0-or-later */
/* model - what the board's ADC reads: light through whirling snippets, electronic noise, faults. */
#include "firmware/twin/model.h"

#include <math.h>
#include <stddef.h>

#define Q16 65536.0
#define Q30 1073741824.0
#define Q32 4294967296.0

#define ONE_Q30         ((int64_t)1 << 30)
#define READING_S       (MODEL_READING_MS / 1000.0)
#define DRIFT_READINGS  1024u /* the drift is applied in steps of so many: 8.192 s */
#define SYMBOL_READINGS 4u
#define BINOMIAL_N      4096
#define BINOMIAL_SIGMA  32.0 /* sqrt(BINOMIAL_N) / 2 */
/* End of the outermost cell: its even spread then has the second moment of the normal tail. */
#define NORMAL_END      3.666

static uint64_t rotate_left(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void model_prng_seed(struct model_prng *prng, uint64_t seed)
{
	for (size_t i = 0; i < sizeof(prng->s) / sizeof(prng->s[0]); i++)
		prng->s[i] = splitmix64(&seed);
}

uint64_t model_prng_next(struct model_prng *prng)
{
	uint64_t *s = prng->s;
	uint64_t result = rotate_left(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return result;
}

/*
 * Fills @normal with the quantiles of N(0, 1) at i / MODEL_NORMAL_CELLS, taken from the
 * binomial distribution with n = 4096. Products, quotients and sums alone, which IEEE 754 rounds
 * alike everywhere (erf() is not); one side, because the other is its mirror.
 */
static void build_normal(int32_t *normal)
{
	const int half = MODEL_NORMAL_CELLS / 2;
	double weight = 1.0, total = 1.0, below = 0.0;
	double mass[BINOMIAL_N / 2] = { 0.5 }; /* of the upper half, by distance from the centre */
	int k = 0;

	for (int j = 1; j < BINOMIAL_N / 2; j++) {
		weight = weight * (BINOMIAL_N / 2 - j + 1) / (BINOMIAL_N / 2 + j);
		mass[j] = weight;
		total += 2.0 * weight;
	}
	for (int i = 1; i < half; i++) {
		double wanted = i * (total / MODEL_NORMAL_CELLS), from, width;

		while (below + mass[k] < wanted)
			below += mass[k++];
		from = k ? k - 0.5 : 0.0;
		width = k ? 1.0 : 0.5;
		from += width * (wanted - below) / mass[k];
		normal[half + i] = (int32_t)(from / BINOMIAL_SIGMA * Q16 + 0.5);
		normal[half - i] = -normal[half + i];
	}
	normal[half] = 0;
	normal[MODEL_NORMAL_CELLS] = (int32_t)(NORMAL_END * Q16);
	normal[0] = -normal[MODEL_NORMAL_CELLS];
}

/* A normal variate, Q16, from 32 uniform bits: ten choose the cell, the rest the place in it. */
static int64_t normal_q16(const struct model *model, uint32_t draw)
{
	const int32_t *cell = &model->normal[draw >> 22];
	int64_t width = cell[1] - cell[0];

	return cell[0] + (width * (draw & 0x3fffff) >> 22);
}

struct model_settings model_defaults(void)
{
	return (struct model_settings){
		.level_lsb = 600.0,
		.light_sigma_lsb = 12.0,
		.light_tau_ms = 10.0,
		.noise_lsb = 1.0,
		.quiet_lsb = 0.1,
		.dark_lsb = -8.0,
		.still_lsb = 12.0,
		.still_period_s = 60.0,
		.flicker_lsb = 20.0,
	};
}

static bool has(const struct model *model, enum model_fault fault)
{
	return model->faults >> fault & 1u;
}

static bool is_lit(const struct model *model)
{
	return model->is_lit || has(model, MODEL_LAMP_ON);
}

static bool is_blown(const struct model *model)
{
	return model->is_blown || has(model, MODEL_FAN_ON);
}

static enum model_scene choose_scene(const struct model *model)
{
	if (!is_lit(model) || has(model, MODEL_LAMP_OFF))
		return SCENE_DARK;
	if (has(model, MODEL_FLICKER))
		return SCENE_FLICKER;
	return !is_blown(model) || has(model, MODEL_FAN_OFF) ? SCENE_STILL : SCENE_NORMAL;
}

static double scene_noise_lsb(const struct model *model)
{
	if (has(model, MODEL_FAN_OFF))
		return model->argument[MODEL_FAN_OFF];
	if (model->scene == SCENE_FLICKER || !is_blown(model))
		return model->settings.quiet_lsb;
	return model->settings.noise_lsb;
}

static void apply_gain(struct model *model)
{
	const struct model_settings *set = &model->settings;
	double decay = exp(-MODEL_READING_MS / set->light_tau_ms);
	double kick_lsb = set->light_sigma_lsb * sqrt(1.0 - decay * decay);

	model->keep_q30 = (int64_t)(decay * Q30 + 0.5);
	model->kick_q16 = (int64_t)(kick_lsb * Q16 + 0.5) * model->gain_q30 >> 30;
	model->noise_q16 = (int64_t)(scene_noise_lsb(model) * Q16 + 0.5) * model->gain_q30 >> 30;
}

/* After a change of power or faults: what is seen now, and the figures that model_read() uses. */
static void set_scene(struct model *model)
{
	double turns = 0.0;

	model->scene = choose_scene(model);
	if (model->scene == SCENE_FLICKER)
		turns = model->argument[MODEL_FLICKER] * READING_S;
	else if (model->scene == SCENE_STILL)
		turns = READING_S / model->settings.still_period_s;
	model->phase_step = (uint32_t)(uint64_t)((turns - floor(turns)) * Q32);
	apply_gain(model);
}

static void begin_session(struct model *model, uint64_t seed)
{
	model_prng_seed(&model->noise, seed);
	model_prng_seed(&model->whim, ~seed);
	model->phase = (uint32_t)model_prng_next(&model->whim);
	model->light_q16 = 0;
	model->readings = 0;
}

/* The first session has the seed itself, the others one of their own. */
static void power_up(struct model *model)
{
	uint64_t mix = model->power_ups++;

	begin_session(model, mix ? model->seed ^ splitmix64(&mix) : model->seed);
}

void model_init(struct model *model, uint64_t seed, const struct model_settings *settings)
{
	*model = (struct model){ .settings = settings ? *settings : model_defaults(),
				 .seed = seed,
				 .gain_q30 = ONE_Q30 };
	build_normal(model->normal);
	begin_session(model, seed);
	model->last_code = (uint16_t)model->settings.level_lsb;
	set_scene(model);
}

void model_power(struct model *model, bool led, bool fan)
{
	if (!model->is_lit && !model->is_blown && (led || fan))
		power_up(model);
	model->is_lit = led;
	model->is_blown = fan;
	set_scene(model);
}

void model_set_fault(struct model *model, enum model_fault fault, double argument)
{
	model->faults |= 1u << fault;
	model->argument[fault] = argument;
	if (fault == MODEL_BIAS)
		model->bias_limit = (uint64_t)((argument - 0.25) / 0.75 * Q32);
	if (fault == MODEL_DRIFT)
		model->decay_q30 =
			(int64_t)(exp2(-(DRIFT_READINGS * READING_S) / argument) * Q30 + 0.5);
	set_scene(model);
}

void model_heal(struct model *model)
{
	model->faults = 0;
	model->gain_q30 = ONE_Q30;
	set_scene(model);
}

/* A parabola for a sine, Q30: sums of integers, and the same period. */
static int64_t wave_q30(uint32_t phase)
{
	int64_t x = (int32_t)phase;

	return x * (((int64_t)1 << 31) - (x < 0 ? -x : x)) >> 30;
}

static int64_t triangle_q30(uint32_t phase)
{
	int64_t x = (int32_t)phase;

	return (x < 0 ? -x : x) - ONE_Q30;
}

static int64_t to_q16(double lsb)
{
	return (int64_t)(lsb * Q16);
}

/* Mean code of this reading, Q16, before the electronics add their noise. */
static int64_t scene_level_q16(const struct model *model)
{
	const struct model_settings *set = &model->settings;

	switch (model->scene) {
	case SCENE_DARK:
		return to_q16(set->dark_lsb);
	case SCENE_FLICKER:
		return to_q16(set->level_lsb) +
		       (to_q16(set->flicker_lsb) * wave_q30(model->phase) >> 30);
	case SCENE_STILL:
		return to_q16(set->level_lsb) +
		       (to_q16(set->still_lsb) * triangle_q30(model->phase) >> 30);
	case SCENE_NORMAL:
		break;
	}
	return to_q16(set->level_lsb) + model->light_q16;
}

static uint16_t convert(int64_t level_q16)
{
	int64_t code = (level_q16 + 0x8000) >> 16;

	if (code < 0)
		return 0;
	return code > MODEL_ADC_MAX ? MODEL_ADC_MAX : (uint16_t)code;
}

/* A level that is the same in all four readings of a symbol makes it 0: 4 x modulo 4. */
static uint16_t freeze(struct model *model, uint16_t code)
{
	if (model->readings % SYMBOL_READINGS == 0) {
		model->is_frozen = model_prng_next(&model->whim) >> 32 < model->bias_limit;
		return code;
	}
	return model->is_frozen ? model->last_code : code;
}

static void fade(struct model *model)
{
	if (model->readings % DRIFT_READINGS)
		return;
	model->gain_q30 = model->gain_q30 * model->decay_q30 >> 30;
	apply_gain(model);
}

uint16_t model_read(struct model *model)
{
	uint64_t draw = model_prng_next(&model->noise);
	int64_t kick = normal_q16(model, (uint32_t)(draw >> 32));
	int64_t noise = normal_q16(model, (uint32_t)draw);
	uint16_t code;

	if (has(model, MODEL_DRIFT))
		fade(model);
	model->light_q16 =
		(model->keep_q30 * model->light_q16 >> 30) + (model->kick_q16 * kick >> 16);
	model->phase += model->phase_step;
	code = convert(scene_level_q16(model) + (model->noise_q16 * noise >> 16));
	if (has(model, MODEL_STUCK))
		code = model->last_code;
	else if (has(model, MODEL_BIAS))
		code = freeze(model, code);
	model->readings++;
	model->last_code = code;
	return code;
}
