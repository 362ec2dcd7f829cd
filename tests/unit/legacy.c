/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The original sketch's ears and mouth, in device time: what it hears, what it does not, when. */
#include "firmware/twin/board.h"
#include "firmware/twin/legacy.h"
#include "tests/unit/twin_bed.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <string.h>

/* Bytes the board sends up to @until_ms. */
static size_t run_to(struct board *board, uint64_t until_ms)
{
	uint8_t bytes[256];
	size_t count = 0;

	do {
		board_run(board, until_ms);
		count += board_take(board, bytes, sizeof(bytes));
	} while (board_now_ms(board) < until_ms);
	return count;
}

/* Words said at given times after boot, and what had become of them at the end. */
static void expect_words(const char *const *words, const unsigned *at_ms, uint32_t heard,
			 bool is_on)
{
	struct board *board = NULL;

	CU_ASSERT_EQUAL_FATAL(open_board(&board, &chip_legacy, 1), 0);
	for (size_t i = 0; words[i]; i++) {
		run_to(board, LEGACY_BOOT_MS + at_ms[i]);
		board_hear(board, words[i], strlen(words[i]));
	}
	run_to(board, LEGACY_BOOT_MS + 30000);
	if (board_state(board).words_heard != heard || board_state(board).led != is_on)
		CU_FAIL(words[0]);
	CU_ASSERT_EQUAL(board_state(board).fan, board_state(board).led);
	board_close(board);
}

#define WORDS(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
#define AT(...)                                                                                    \
	(const unsigned[])                                                                         \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

static void test_words(void)
{
	expect_words(WORDS("on"), AT(0), 1, true);
	expect_words(WORDS("on\n"), AT(0), 0, false);
	expect_words(WORDS("o", "n"), AT(0, 900), 1, true);
	expect_words(WORDS("o", "n"), AT(0, 1100), 0, false);
	expect_words(WORDS("on", "off"), AT(0, 500), 0, false);  /* "onoff" */
	expect_words(WORDS("on", "off"), AT(0, 4600), 2, false); /* the gap a host must keep */
	expect_words(WORDS("id"), AT(0), 0, false);
	expect_words(WORDS("id", "on"), AT(0, 500), 0, false); /* an id spoils the word after it */
	expect_words(WORDS("id", "on"), AT(0, 1100), 1, true);
	/* Two words to a board that sleeps or samples are gathered as one: "offon". */
	expect_words(WORDS("on", "off", "on"), AT(0, 1100, 4500), 1, true);
	expect_words(WORDS("on", "off", "on"), AT(0, 4600, 9200), 3, true);
	expect_words(WORDS("xxxxxxxxxxxxxxxxxxxxx", "on"), AT(0, 2000), 1, true);
}

static void test_boot(void)
{
	struct board *board = NULL;

	CU_ASSERT_EQUAL_FATAL(open_board(&board, &chip_legacy, 1), 0);
	board_hear(board, "on", 2);
	run_to(board, LEGACY_BOOT_MS - 1);
	board_hear(board, "on", 2);
	run_to(board, 10000);
	CU_ASSERT_EQUAL(board_state(board).words_heard, 0);
	board_hear(board, "on", 2);
	run_to(board, 20000);
	CU_ASSERT_TRUE(board_state(board).led);
	board_port_opened(board);
	CU_ASSERT_FALSE(board_state(board).led);
	board_hear(board, "on", 2);
	run_to(board, 30000);
	CU_ASSERT_FALSE(board_state(board).led);
	board_close(board);
}

/* After `on`: 1 s gathering, 2 s asleep, then 12 bytes at once every 1.6 s. */
static void test_bursts(void)
{
	const uint64_t on_ms = 5000, first_ms = on_ms + 1000 + 2000 + 1600;
	struct board *board = NULL;

	CU_ASSERT_EQUAL_FATAL(open_board(&board, &chip_legacy, 1), 0);
	run_to(board, on_ms);
	board_hear(board, "on", 2);
	CU_ASSERT_EQUAL(run_to(board, first_ms - 1), 0);
	CU_ASSERT_EQUAL(run_to(board, first_ms), 12);
	for (uint64_t i = 1; i <= 20; i++) {
		CU_ASSERT_EQUAL(run_to(board, first_ms + i * 1600 - 1), 0);
		CU_ASSERT_EQUAL(run_to(board, first_ms + i * 1600), 12);
	}
	/* `off` in mid-batch: the batch is finished, then it listens for a second. */
	run_to(board, first_ms + 20 * 1600 + 800);
	board_hear(board, "off", 3);
	CU_ASSERT_EQUAL(run_to(board, first_ms + 21 * 1600 + 999), 12);
	CU_ASSERT_TRUE(board_state(board).led);
	CU_ASSERT_EQUAL(run_to(board, first_ms + 21 * 1600 + 1000), 0);
	CU_ASSERT_FALSE(board_state(board).led);
	CU_ASSERT_EQUAL(run_to(board, first_ms + 60000), 0);
	board_close(board);
}

/* The same readings as on our board, less two symbols of every 50. */
static void test_lost_symbols(void)
{
	struct board *ours = NULL, *legacy = NULL;
	uint8_t all[50], some[48], symbols[200], expected = 0;

	CU_ASSERT_EQUAL_FATAL(open_board(&ours, &chip_current, 4), 0);
	CU_ASSERT_EQUAL_FATAL(open_board(&legacy, &chip_legacy, 4), 0);
	run_to(legacy, LEGACY_BOOT_MS);
	board_hear(ours, "on", 2);
	board_hear(legacy, "on", 2);
	CU_ASSERT_EQUAL(board_read(ours, all, sizeof(all)), sizeof(all));
	CU_ASSERT_EQUAL(board_read(legacy, some, sizeof(some)), sizeof(some));
	for (unsigned i = 0; i < 200; i++)
		symbols[i] = all[i / 4] >> (6 - 2 * (i % 4)) & 3;
	for (unsigned i = 0; i < 48 * 4; i++) {
		expected = (uint8_t)((unsigned)expected << 2 | symbols[i / 48 * 50 + i % 48]);
		if (i % 4 == 3)
			CU_ASSERT_EQUAL(some[i / 4], expected);
	}
	board_close(ours);
	board_close(legacy);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "words: exact, alone, far enough apart", test_words },
		{ "deaf after reset, and opening resets", test_boot },
		{ "bursts of 12 bytes", test_bursts },
		{ "two symbols of 50 are lost", test_lost_symbols },
	};

	return unit_run("legacy", tests, sizeof(tests) / sizeof(tests[0]));
}
