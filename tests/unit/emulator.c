/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The emulated board and the noise model: each code the firmware reads is the one the model gave.
 */
#include "firmware/emulator/avr.h"
#include "firmware/twin/board.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SEED     31
#define READINGS 4000
#define SKIPPED  77

static char image[PATH_MAX + 64];

/* Of the build folder that this program is in. */
static bool find_image(void)
{
	char program[PATH_MAX] = "";

	if (readlink("/proc/self/exe", program, sizeof(program) - 1) < 0)
		return false;
	snprintf(image, sizeof(image), "%s/../firmware/trng-uno.elf", dirname(program));
	return !access(image, R_OK);
}

static struct board *open_uno(const struct model_settings *settings)
{
	struct board *board = NULL;

	CU_ASSERT_EQUAL_FATAL(board_open(&board, &(struct board_settings){ .chip = &chip_uno,
									   .image = image,
									   .seed = SEED,
									   .model = settings }),
			      0);
	return board;
}

/* Both read the same cell; nothing lies between but the converter, the firmware and the line. */
static void expect_codes(const struct model_settings *settings, unsigned *seen)
{
	static uint8_t bytes[2 * READINGS];
	struct board *board = open_uno(settings);
	struct model model;
	size_t wrong = 0;

	model_init(&model, SEED, settings);
	model_power(&model, true, true);
	board_hear(board, "raw on", 6);
	CU_ASSERT_EQUAL(board_read(board, bytes, sizeof(bytes)), sizeof(bytes));
	for (size_t i = 0; i < READINGS; i++) {
		uint16_t code = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);

		wrong += code != model_read(&model);
		if (code <= MODEL_ADC_MAX)
			seen[code]++;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	board_close(board);
}

/* A level at each rail and white noise that covers what is between them. */
static void test_each_code(void)
{
	static const double levels[] = { 0, 128, 256, 384, 512, 640, 768, 896, 1023 };
	struct model_settings settings = model_defaults();
	unsigned seen[MODEL_ADC_MAX + 1] = { 0 }, missing = 0;

	settings.light_sigma_lsb = 0;
	settings.noise_lsb = 60;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		settings.level_lsb = levels[i];
		expect_codes(&settings, seen);
	}
	for (size_t i = 0; i <= MODEL_ADC_MAX; i++)
		missing += !seen[i];
	CU_ASSERT_EQUAL(missing, 0);
	CU_ASSERT(seen[0] > READINGS / 3);
	CU_ASSERT(seen[MODEL_ADC_MAX] > READINGS / 3);
}

static void test_stuck_at_top(void)
{
	struct model_settings settings = model_defaults();
	unsigned seen[MODEL_ADC_MAX + 1] = { 0 };

	settings.level_lsb = 5000;
	expect_codes(&settings, seen);
	CU_ASSERT_EQUAL(seen[MODEL_ADC_MAX], READINGS);
}

/* Two in one process share nothing: what one hears does not switch the other on. */
static void test_two_boards(void)
{
	struct board *one = open_uno(NULL), *other = open_uno(NULL);
	uint8_t first[64], second[64];

	board_hear(one, "on", 2);
	CU_ASSERT_EQUAL(board_read(one, first, sizeof(first)), sizeof(first));
	CU_ASSERT_EQUAL(board_read(other, second, 1), 0);
	CU_ASSERT_FALSE(board_state(other).led);
	board_hear(other, "on", 2);
	CU_ASSERT_EQUAL(board_read(other, second, sizeof(second)), sizeof(second));
	CU_ASSERT_EQUAL(memcmp(first, second, sizeof(first)), 0);
	board_close(one);
	board_close(other);
}

/* Device time goes on over a power cycle, neither back nor twice. */
static void test_power_cycle(void)
{
	struct board *board = open_uno(NULL);
	uint64_t before_ms;
	uint8_t byte;

	for (int i = 0; i < 20; i++) {
		board_hear(board, "on", 2);
		CU_ASSERT_EQUAL(board_read(board, &byte, 1), 1);
		before_ms = board_now_ms(board);
		board_power_up(board);
		CU_ASSERT_FALSE(board_state(board).led);
		board_run(board, before_ms + 10);
		CU_ASSERT(board_now_ms(board) >= before_ms + 10);
		CU_ASSERT(board_now_ms(board) <= before_ms + 12);
	}
	board_close(board);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "each code, the rails included", test_each_code },
		{ "a cell above the range", test_stuck_at_top },
		{ "two boards at once", test_two_boards },
		{ "a power cycle", test_power_cycle },
	};

	if (!find_image()) {
		printf("no image of the firmware (make firmware builds it)\n");
		return SKIPPED;
	}
	return unit_run("emulator", tests, sizeof(tests) / sizeof(tests[0]));
}
