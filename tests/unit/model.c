/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Noise model, faults and the board in memory: deterministic, near uniform, each fault visible. */
#include "firmware/twin/board.h"
#include "tests/unit/twin_bed.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#define SYMBOLS 200000

/* What 200,000 symbols look like: shares, and the greatest share of s[i] = s[i - k], k = 1..32. */
struct look {
	double share[4];
	double match[33];
	unsigned best_lag;
};

static void take(struct model *model, uint8_t *symbols)
{
	for (size_t i = 0; i < SYMBOLS; i++) {
		unsigned sum = 0;

		for (int reading = 0; reading < 4; reading++)
			sum += model_read(model);
		symbols[i] = sum & 3;
	}
}

static struct look look_at(struct model *model)
{
	static uint8_t symbols[SYMBOLS];
	struct look look = { .best_lag = 1 };

	take(model, symbols);
	for (size_t i = 0; i < SYMBOLS; i++)
		look.share[symbols[i]] += 1.0 / SYMBOLS;
	for (unsigned k = 1; k <= 32; k++) {
		for (size_t i = k; i < SYMBOLS; i++)
			look.match[k] += (symbols[i] == symbols[i - k]) / (double)(SYMBOLS - k);
		if (look.match[k] > look.match[look.best_lag])
			look.best_lag = k;
	}
	return look;
}

static void powered(struct model *model, uint64_t seed, const struct model_settings *settings)
{
	model_init(model, seed, settings);
	model_power(model, true, true);
}

static struct look look_with(enum model_fault fault, double argument)
{
	struct model model;

	powered(&model, 7, NULL);
	model_set_fault(&model, fault, argument);
	return look_at(&model);
}

/* Three standard deviations of a share of 1/4, with room for 32 lags. */
static bool is_uniform(const struct look *look)
{
	double limit = 4.0 * sqrt(0.25 * 0.75 / SYMBOLS);

	for (int i = 0; i < 4; i++)
		if (fabs(look->share[i] - 0.25) > limit)
			return false;
	return look->match[look->best_lag] < 0.25 + limit;
}

static void test_known_answer(void)
{
	static const uint16_t known[8] = { 604, 603, 602, 599, 605, 591, 580, 587 };
	static const uint8_t bytes[8] = { 0x39, 0xb2, 0xe6, 0x4d, 0x82, 0xce, 0x3f, 0x2e };
	struct model one, two;
	struct board *board = NULL;
	uint8_t got[8];

	powered(&one, 1, NULL);
	powered(&two, 2, NULL);
	for (size_t i = 0; i < 8; i++)
		CU_ASSERT_EQUAL(model_read(&one), known[i]);
	for (size_t i = 0; i < 8; i++)
		if (model_read(&two) != known[i])
			break;
		else
			CU_ASSERT_NOT_EQUAL(i, 7);
	CU_ASSERT_EQUAL_FATAL(open_board(&board, &chip_current, 1), 0);
	board_hear(board, "on", 2);
	CU_ASSERT_EQUAL(board_read(board, got, sizeof(got)), sizeof(got));
	CU_ASSERT_EQUAL(memcmp(got, bytes, sizeof(got)), 0);
	CU_ASSERT_EQUAL(board_now_ms(board), 2000 + 8 * 128);
	board_close(board);
}

static void test_normal_table(void)
{
	struct model model;
	double mean = 0, variance = 0;

	model_init(&model, 1, NULL);
	for (int i = 0; i < MODEL_NORMAL_CELLS; i++) {
		double low = model.normal[i] / 65536.0, high = model.normal[i + 1] / 65536.0;

		CU_ASSERT(low < high);
		mean += (low + high) / 2 / MODEL_NORMAL_CELLS;
		variance += (low * low + low * high + high * high) / 3 / MODEL_NORMAL_CELLS;
	}
	CU_ASSERT_DOUBLE_EQUAL(mean, 0, 1e-6);
	CU_ASSERT_DOUBLE_EQUAL(variance, 1, 1e-3);
	CU_ASSERT_DOUBLE_EQUAL(model.normal[768] / 65536.0, 0.67449, 1e-3);
	CU_ASSERT_DOUBLE_EQUAL(model.normal[1023] / 65536.0, 3.0973, 1e-3);
}

static void test_uniform(void)
{
	struct model model;
	struct look look;

	for (uint64_t seed = 1; seed <= 3; seed++) {
		powered(&model, seed, NULL);
		look = look_at(&model);
		CU_ASSERT_TRUE(is_uniform(&look));
	}
}

/* White noise alone: shares by the wrapped normal distribution, worst phase (level an integer). */
static void expect_white(double sigma_lsb, double p0, double p1, double p2)
{
	struct model_settings settings = model_defaults();
	struct model model;
	struct look look;

	settings.light_sigma_lsb = 0;
	settings.noise_lsb = sigma_lsb;
	powered(&model, 5, &settings);
	look = look_at(&model);
	CU_ASSERT_DOUBLE_EQUAL(look.share[0], p0, 0.005);
	CU_ASSERT_DOUBLE_EQUAL(look.share[1], p1, 0.005);
	CU_ASSERT_DOUBLE_EQUAL(look.share[2], p2, 0.005);
	CU_ASSERT_DOUBLE_EQUAL(look.share[3], p1, 0.005);
}

static void test_white_noise(void)
{
	expect_white(0.4, 0.4712, 0.222, 0.084);
	expect_white(0.9, 0.2560, 0.250, 0.244);
}

static void test_light_faults(void)
{
	struct look look = look_with(MODEL_STUCK, 0);

	CU_ASSERT_DOUBLE_EQUAL(look.share[0], 1, 1e-9);
	look = look_with(MODEL_LAMP_OFF, 0);
	CU_ASSERT(look.share[0] > 0.9999);
	look = look_with(MODEL_FAN_OFF, 0.1);
	CU_ASSERT(look.share[0] > 0.7);
	look = look_with(MODEL_FAN_OFF, 0.3);
	CU_ASSERT(look.share[0] > 0.35);
	/* With 1 LSB of electronic noise nobody can tell from the symbols. */
	look = look_with(MODEL_FAN_OFF, 1.0);
	CU_ASSERT_TRUE(is_uniform(&look));
	look = look_with(MODEL_DRIFT, 300);
	CU_ASSERT(look.share[0] > 0.4);
	look = look_with(MODEL_BIAS, 0.4);
	CU_ASSERT_DOUBLE_EQUAL(look.share[0], 0.4, 0.005);
	CU_ASSERT_DOUBLE_EQUAL(look.share[1], 0.2, 0.005);
	look = look_with(MODEL_BIAS, 0.25);
	CU_ASSERT_TRUE(is_uniform(&look));
}

/* At 31.25 symbols a second 100 Hz is 3.2 turns a symbol and 120 Hz 3.84: periods 5 and 25. */
static void test_flicker(void)
{
	struct look look = look_with(MODEL_FLICKER, 100);

	CU_ASSERT_EQUAL(look.best_lag % 5, 0);
	CU_ASSERT(look.match[5] > 0.7);
	CU_ASSERT(look.share[0] < 0.4);
	look = look_with(MODEL_FLICKER, 120);
	CU_ASSERT_EQUAL(look.best_lag, 25);
	CU_ASSERT(look.match[25] > 0.5);
	look = look_with(MODEL_FLICKER, 100.05);
	CU_ASSERT(look.match[look.best_lag] > 0.35);
}

static void test_power_and_heal(void)
{
	struct model model;
	struct look look;

	powered(&model, 3, NULL);
	for (enum model_fault fault = 0; fault < MODEL_FAULTS; fault++)
		model_set_fault(&model, fault, fault == MODEL_BIAS ? 1.0 : 0.5);
	look = look_at(&model);
	CU_ASSERT_DOUBLE_EQUAL(look.share[0], 1, 1e-9);
	model_heal(&model);
	look = look_at(&model);
	CU_ASSERT_TRUE(is_uniform(&look));
	model_power(&model, false, false);
	CU_ASSERT_EQUAL(model_read(&model), 0);
	model_power(&model, true, false);
	look = look_at(&model);
	CU_ASSERT(look.share[0] > 0.7);
}

/* What the board switches and does not go off. */
static void test_stuck_on(void)
{
	struct model model;
	struct look look;

	powered(&model, 3, NULL);
	model_set_fault(&model, MODEL_FAN_ON, 0);
	model_power(&model, true, false);
	look = look_at(&model);
	CU_ASSERT_TRUE(is_uniform(&look));
	model_power(&model, false, false);
	CU_ASSERT_EQUAL(model_read(&model), 0);
	model_set_fault(&model, MODEL_LAMP_ON, 0);
	look = look_at(&model);
	CU_ASSERT_TRUE(is_uniform(&look));
	model_heal(&model);
	model_set_fault(&model, MODEL_LAMP_ON, 0);
	CU_ASSERT(model_read(&model) > 500);
	look = look_at(&model);
	CU_ASSERT(look.share[0] > 0.7);
	model_set_fault(&model, MODEL_LAMP_OFF, 0); /* dark is dark */
	CU_ASSERT_EQUAL(model_read(&model), 0);
}

static void test_clipping(void)
{
	struct model_settings settings = model_defaults();
	struct model model;
	unsigned low = 0, high = 0;

	settings.light_sigma_lsb = 2000;
	powered(&model, 3, &settings);
	for (int i = 0; i < 1000; i++) {
		uint16_t code = model_read(&model);

		CU_ASSERT(code <= MODEL_ADC_MAX);
		low += code == 0;
		high += code == MODEL_ADC_MAX;
	}
	CU_ASSERT(low > 100 && high > 100);
}

static void test_fault_names(void)
{
	struct fault fault = { FAULT_HEAL, -1 };
	const struct fault_row *row;

	for (size_t i = 0; (row = fault_row(i)) != NULL; i++) {
		CU_ASSERT_EQUAL(fault_parse(&fault, row->name), 0);
		CU_ASSERT_EQUAL(fault.kind, row->kind);
		CU_ASSERT_EQUAL(fault.argument, row->preset);
	}
	CU_ASSERT_EQUAL(fault_parse(&fault, "bias=0.5"), 0);
	CU_ASSERT_EQUAL(fault.argument, 0.5);
	CU_ASSERT_EQUAL(fault_parse(&fault, "flicker 120.05"), 0);
	CU_ASSERT_EQUAL(fault.kind, FAULT_FLICKER);
	CU_ASSERT_EQUAL(fault.argument, 120.05);
	CU_ASSERT_EQUAL(fault_parse(&fault, "bias=0.2"), -ERANGE);
	CU_ASSERT_EQUAL(fault_parse(&fault, "bias=x"), -EINVAL);
	CU_ASSERT_EQUAL(fault_parse(&fault, "bias="), -EINVAL);
	CU_ASSERT_EQUAL(fault_parse(&fault, "stuck=1"), -EINVAL);
	CU_ASSERT_EQUAL(fault_parse(&fault, ""), -ENOENT);
	CU_ASSERT_EQUAL(fault_parse(&fault, "stuc"), -ENOENT);
	CU_ASSERT_EQUAL(fault_parse(&fault, "stucks"), -ENOENT);
	CU_ASSERT_EQUAL(fault.argument, 120.05);
}

/* Faults of the line, between bytes: exactly what was sent before, then exactly the fault. */
static void test_board_faults(void)
{
	struct board *board = NULL;
	uint8_t bytes[300];

	CU_ASSERT_EQUAL_FATAL(open_board(&board, &chip_current, 9), 0);
	CU_ASSERT_EQUAL(board_read(board, bytes, 1), 0);
	board_hear(board, "on", 2);
	CU_ASSERT_EQUAL(board_read(board, bytes, 100), 100);
	CU_ASSERT_EQUAL(board_set_fault(board, "silence"), 0);
	CU_ASSERT_EQUAL(board_read(board, bytes, 100), 0);
	CU_ASSERT_EQUAL(board_set_fault(board, "garbage=50"), 0);
	CU_ASSERT_EQUAL(board_read(board, bytes, 100), 50);
	CU_ASSERT_EQUAL(board_set_fault(board, "heal"), 0);
	CU_ASSERT_EQUAL(board_read(board, bytes, 300), 300);
	CU_ASSERT_EQUAL(board_set_fault(board, "stuck"), 0);
	CU_ASSERT_EQUAL(board_read(board, bytes, 100), 100);
	for (int i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(bytes[i], 0);
	CU_ASSERT_EQUAL(board_set_fault(board, "unplug"), -ENOTSUP);
	CU_ASSERT_EQUAL(board_set_fault(board, "rain"), -ENOENT);
	board_hear(board, "off", 3);
	CU_ASSERT_EQUAL(board_read(board, bytes, 1), 0);
	CU_ASSERT_EQUAL(board_state(board).bytes_out, 550);
	CU_ASSERT_EQUAL(board_state(board).words_heard, 2);
	CU_ASSERT_FALSE(board_state(board).led);
	board_close(board);
	board_close(NULL);
}

/* While off as well, each 100 ms one byte; and a board that does not hear. */
static void test_babble_and_deaf(void)
{
	struct board *board = NULL;
	uint8_t bytes[300];

	CU_ASSERT_EQUAL_FATAL(open_board(&board, &chip_current, 9), 0);
	CU_ASSERT_EQUAL(board_set_fault(board, "babble"), 0);
	CU_ASSERT_EQUAL(board_next_ms(board), 100);
	board_run(board, 99);
	CU_ASSERT_EQUAL(board_take(board, bytes, sizeof(bytes)), 0);
	board_run(board, 1050);
	CU_ASSERT_EQUAL(board_now_ms(board), 1050);
	CU_ASSERT_EQUAL(board_take(board, bytes, sizeof(bytes)), 10);
	board_hear(board, "on", 2);
	board_run(board, 1050 + 2000 + 10 * 128);
	CU_ASSERT_EQUAL(board_take(board, bytes, sizeof(bytes)), 33 + 10);
	CU_ASSERT_EQUAL(board_set_fault(board, "deaf"), 0);
	board_hear(board, "off", 3);
	CU_ASSERT_TRUE(board_state(board).is_on);
	CU_ASSERT_EQUAL(board_set_fault(board, "heal"), 0);
	board_hear(board, "off", 3);
	CU_ASSERT_FALSE(board_state(board).is_on);
	CU_ASSERT_EQUAL(board_next_ms(board), BOARD_FOREVER_MS);
	board_close(board);
}

/* Nothing taken: the transmit buffer keeps 128 bytes, the rest is lost, and time goes on. */
static void test_board_buffers(void)
{
	struct board *board = NULL;
	uint8_t bytes[200];

	CU_ASSERT_EQUAL_FATAL(open_board(&board, &chip_current, 9), 0);
	board_hear(board, "on", 2);
	board_run(board, 2000 + 10 * 128);
	CU_ASSERT_EQUAL(board_now_ms(board), 2000 + 10 * 128);
	CU_ASSERT_EQUAL(board_take(board, bytes, 4), 4);
	CU_ASSERT_EQUAL(board_take(board, bytes, sizeof(bytes)), 6);
	board_run(board, 3600000);
	CU_ASSERT_EQUAL(board_take(board, bytes, sizeof(bytes)), BOARD_BURST);
	CU_ASSERT(board_now_ms(board) < 3600000);
	board_power_up(board);
	board_run(board, 7200000);
	CU_ASSERT_EQUAL(board_now_ms(board), 7200000);
	CU_ASSERT_EQUAL(board_next_ms(board), BOARD_FOREVER_MS);
	CU_ASSERT_EQUAL(board_take(board, bytes, sizeof(bytes)), 0);
	board_close(board);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "known answer for seed 1", test_known_answer },
		{ "table of the normal distribution", test_normal_table },
		{ "defaults are near uniform", test_uniform },
		{ "white noise as the theory says", test_white_noise },
		{ "stuck, lamp off, fan off, drift, bias", test_light_faults },
		{ "flicker is periodic", test_flicker },
		{ "power, healing", test_power_and_heal },
		{ "stuck on", test_stuck_on },
		{ "clipping", test_clipping },
		{ "names and arguments of faults", test_fault_names },
		{ "board: faults of the line", test_board_faults },
		{ "babble and deaf", test_babble_and_deaf },
		{ "board: buffers and time", test_board_buffers },
	};

	return unit_run("model", tests, sizeof(tests) / sizeof(tests[0]));
}
