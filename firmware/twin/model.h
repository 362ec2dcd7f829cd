/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * model - what the board's ADC reads: light through whirling snippets, electronic noise, faults.
 *
 * The light is an Ornstein-Uhlenbeck process around a mean, the electronics add white noise, the
 * converter rounds and clips to 0..1023. All figures are in LSB of that 10-bit converter. One
 * call is one reading, MODEL_READING_MS after the last: the model knows no other time, so the
 * same seed and the same sequence of calls give the same readings on every machine (integer
 * arithmetic; only the constants are computed in floating point, once).
 *
 * The parameters are invented: nobody has measured a board's noise in LSB yet.
 */
#ifndef TRNG_TWIN_MODEL_H
#define TRNG_TWIN_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define MODEL_READING_MS   8
#define MODEL_ADC_MAX      1023
#define MODEL_NORMAL_CELLS 1024

/* Physical parameters; LSB of the converter, except where a unit is named. */
struct model_settings {
	double level_lsb;       /* mean light */
	double light_sigma_lsb; /* of the light that the snippets modulate */
	double light_tau_ms;    /* its correlation time */
	double noise_lsb;       /* electronic noise, fan running: its motor is most of it */
	double quiet_lsb;       /* electronic noise, fan stopped */
	double dark_lsb;        /* mean in the dark: below zero, by the converter's offset */
	double still_lsb;       /* fan stopped: the light creeps by +- this ... */
	double still_period_s;  /* ... in this time */
	double flicker_lsb;     /* amplitude of a flickering lamp, which outshines the rest */
};

enum model_fault {
	MODEL_STUCK,    /* the converter gives one code */
	MODEL_LAMP_OFF, /* no light: clipped at 0 */
	MODEL_FLICKER,  /* a strong lamp shines in, periodic; argument: frequency in Hz */
	MODEL_FAN_OFF,  /* snippets at rest: creeping light; argument: noise left, in LSB */
	MODEL_BIAS,     /* symbol 0 too often; argument: its share, 0.25..1 */
	MODEL_DRIFT,    /* all noise shrinks; argument: half-life in s */
	MODEL_LAMP_ON,  /* the LED is powered whatever the board says */
	MODEL_FAN_ON,   /* so is the fan */
	MODEL_FAULTS,
};

/* xoshiro256** 1.0 (Blackman, Vigna); not cryptographic, but equal on every machine. */
struct model_prng {
	uint64_t s[4];
};

/* One cell and its converter. Owned by one caller; fields are private to model.c. */
struct model {
	struct model_settings settings;
	uint64_t seed;
	uint64_t power_ups;                     /* from both off to LED or fan */
	struct model_prng noise;                /* exactly one draw per reading */
	struct model_prng whim;                 /* draws of the bias fault */
	int32_t normal[MODEL_NORMAL_CELLS + 1]; /* quantiles of N(0, 1), Q16 */
	uint32_t faults;                        /* bit per enum model_fault */
	double argument[MODEL_FAULTS];
	bool is_lit, is_blown; /* LED and fan powered by the board */
	enum model_scene { SCENE_NORMAL, SCENE_DARK, SCENE_FLICKER, SCENE_STILL } scene;
	uint32_t readings;           /* since LED and fan were powered, modulo 2^32 */
	int64_t light_q16;           /* deviation from the mean */
	int64_t keep_q30;            /* of the light, per reading */
	int64_t kick_q16, noise_q16; /* deviations of what is added, as the faults leave them */
	int64_t gain_q30, decay_q30; /* drift: what is left of the noise; factor per step */
	uint32_t phase, phase_step;  /* of flicker or creep, in turns / 2^32 */
	uint64_t bias_limit;         /* a 32-bit draw below it freezes a symbol */
	bool is_frozen;
	uint16_t last_code;
};

/** model_defaults - parameters whose symbols are as good as uniform (sigma 12, tau 10 ms, 1 LSB).
 */
struct model_settings model_defaults(void);

/**
 * model_init - a healthy cell, not powered.
 * @settings: copied; NULL stands for model_defaults().
 * Cost:      some 10,000 operations; later calls use no libm.
 */
void model_init(struct model *model, uint64_t seed, const struct model_settings *settings);

/**
 * model_power - the board switches LED and fan.
 * State: from both off to either on, the noise begins anew, drawn from @seed and how often that
 *        has happened, so that a session's readings do not depend on how long others lasted.
 */
void model_power(struct model *model, bool led, bool fan);

/**
 * model_set_fault - switch a fault on, from the next reading.
 * @argument: as enum model_fault says; must be in the range that fault.c's table gives.
 * State:     faults add up; where two concern the same light, the first in the enum wins.
 */
void model_set_fault(struct model *model, enum model_fault fault, double argument);

/** model_heal - all faults off, noise back to full strength. */
void model_heal(struct model *model);

/** model_read - the next reading, 0..MODEL_ADC_MAX. Cost: about 7 ns. */
uint16_t model_read(struct model *model);

/** model_prng_seed - start @prng from @seed (by splitmix64). */
void model_prng_seed(struct model_prng *prng, uint64_t seed);

/** model_prng_next - 64 uniform bits. */
uint64_t model_prng_next(struct model_prng *prng);

#endif
