/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the pictures: what stands outside of the band, where things are drawn, a PNG bit by bit.
 */
#include "evaluate/report/plot.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PLOT_MOST_BYTES (1 << 18)

/* Memory for free(). */
static char *text_of(void (*plot)(FILE *, const struct exhibits *), const struct exhibits *exhibits)
{
	char *text = calloc(1, PLOT_MOST_BYTES);
	FILE *out = fmemopen(text, PLOT_MOST_BYTES, "w");

	plot(out, exhibits);
	fclose(out);
	return text;
}

static unsigned count_of(const char *text, const char *word)
{
	unsigned count = 0;

	while ((text = strstr(text, word))) {
		count++;
		text++;
	}
	return count;
}

/* ---- PNG ---- */

static size_t from_base64(const char *text, uint8_t *bytes)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t window = 0;
	unsigned have = 0;
	size_t count = 0;

	for (; *text && *text != '"' && *text != '='; text++) {
		window = window << 6 | (uint32_t)(strchr(digits, *text) - digits);
		have += 6;
		if (have >= 8) {
			have -= 8;
			bytes[count++] = (uint8_t)(window >> have);
		}
	}
	return count;
}

static uint32_t u32_at(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* Of a chunk's type and data, by polynomial division. */
static uint32_t crc_of(const uint8_t *bytes, size_t count)
{
	uint32_t crc = 0xFFFFFFFF;

	for (size_t i = 0; i < 8 * count; i++) {
		uint32_t bit = (bytes[i / 8] >> i % 8 & 1) ^ (crc & 1);

		crc = (crc >> 1) ^ (bit ? 0xEDB88320 : 0);
	}
	return ~crc;
}

/* The chunk at @at is called @type and sound; returns where the next begins. */
static const uint8_t *expect_chunk(const uint8_t *at, const char *type, uint32_t size)
{
	CU_ASSERT_EQUAL(u32_at(at), size);
	CU_ASSERT_EQUAL(memcmp(at + 4, type, 4), 0);
	CU_ASSERT_EQUAL(u32_at(at + 8 + size), crc_of(at + 4, size + 4));
	return at + 12 + size;
}

static void expect_rows(const uint8_t *data, const struct exhibits *exhibits, uint32_t rows)
{
	static const uint8_t stored[] = { 0x78, 0x01, 1 };
	uint32_t size = 33 * rows, low = 1, high = 0, wrong = 0;

	CU_ASSERT_EQUAL(memcmp(data, stored, 3), 0);
	CU_ASSERT_EQUAL((uint32_t)(data[3] | data[4] << 8), size);
	CU_ASSERT_EQUAL((uint32_t)(data[5] | data[6] << 8), 65535 - size);
	for (uint32_t i = 0; i < size; i++) {
		low = (low + data[7 + i]) % 65521;
		high = (high + low) % 65521;
		wrong += data[7 + i] != (i % 33 ? exhibits->bitmap[i / 33 * 32 + i % 33 - 1] : 0);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(u32_at(data + 7 + size), high << 16 | low);
}

static void test_bitmap(void)
{
	static const uint32_t bits[] = { 256, 511, 512, 5000, EXHIBIT_BITMAP_BITS };
	struct exhibits *exhibits = calloc(1, sizeof(*exhibits));
	uint8_t *png = malloc(20000);

	for (unsigned i = 0; i < sizeof(exhibits->bitmap); i++)
		exhibits->bitmap[i] = (uint8_t)(i * 167 + i / 256);
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		uint32_t rows = bits[i] / 256;
		const uint8_t *at = png + 8;
		char *text;

		exhibits->bitmap_bits = bits[i];
		text = text_of(plot_bitmap, exhibits);
		memset(png, 0, 20000);
		size_t size = from_base64(strstr(text, "base64,") + 7, png);

		CU_ASSERT_EQUAL(memcmp(png, "\x89PNG\r\n\x1a\n", 8), 0);
		CU_ASSERT_EQUAL(u32_at(at + 8), 256);
		CU_ASSERT_EQUAL(u32_at(at + 12), rows);
		at = expect_chunk(at, "IHDR", 13);
		expect_rows(at + 8, exhibits, rows);
		at = expect_chunk(at, "IDAT", 7 + 33 * rows + 4);
		at = expect_chunk(at, "IEND", 0);
		CU_ASSERT_EQUAL((size_t)(at - png), size);
		free(text);
	}
	free(png);
	free(exhibits);
}

/* ---- stems ---- */

/* 4 values, 10,000 each: the band is 2.5758 * sqrt(10000 * 3/4) = 223.07. */
static void test_histogram(void)
{
	struct exhibits exhibits = { .width = 2,
				     .symbols = 40000,
				     .count = { 10223, 9777, 10224, 9776 } };
	char *text = text_of(plot_histogram, &exhibits);

	CU_ASSERT_EQUAL(count_of(text, "class=\"stem\""), 2);
	CU_ASSERT_EQUAL(count_of(text, "class=\"stem out\""), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "outside are 2, where 0.04 would be usual"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "<title id=\"histogram-title\">"));
	free(text);
}

/* 10,000 symbols: the band is 0.025758. */
static void test_correlation(void)
{
	struct exhibits exhibits = { .width = 1, .symbols = 10000 };
	char *text;

	for (unsigned i = 0; i < EXHIBIT_LAGS; i++)
		exhibits.correlation[i] = i < 60 ? 0 : NAN;
	exhibits.correlation[0] = 0.02575;
	exhibits.correlation[1] = -0.02576;
	exhibits.correlation[2] = 0.5;
	text = text_of(plot_correlation, &exhibits);
	CU_ASSERT_EQUAL(count_of(text, "class=\"stem\""), 58);
	CU_ASSERT_EQUAL(count_of(text, "class=\"stem out\""), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "outside are 2 of 60, where 0.6 would be usual"));
	free(text);
}

static void test_step(void)
{
	CU_ASSERT_DOUBLE_EQUAL(plot_step(10, 5), 2, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(plot_step(11, 5), 5, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(plot_step(0.03, 5), 0.01, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(plot_step(300, 5), 100, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(plot_step(0, 5), 1, 0);
	CU_ASSERT_DOUBLE_EQUAL(plot_step(NAN, 5), 1, 0);
}

/* ---- bars and dots ---- */

static char *bars_text(const struct plot_scale *scale, const struct plot_bar *bars, size_t count)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	plot_bars(out, scale, bars, count);
	fclose(out);
	return text;
}

static void test_bars(void)
{
	static const struct plot_bar bars[] = {
		{ .label = "half", .value = 1 },
		{ .label = "none", .value = NAN },
		{ .label = "over_all", .value = 3, .is_marked = true },
	};
	struct plot_scale scale = {
		.id = "x", .caption = "<&>", .note = "", .marked = "lowest", .most = 2, .limit = NAN
	};
	char *text = bars_text(&scale, bars, 3);

	/* The axis is 420 wide. */
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "class=\"bar\" x=\"210\" y=\"11.0\" width=\"210.0\""));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "class=\"bar out\" x=\"210\" y=\"55.0\" width=\"420.0\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "not for these data"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "&lt;&amp;&gt;"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, ">3 lowest<"));
	CU_ASSERT_EQUAL(count_of(text, "class=\"limit\""), 0);
	free(text);
}

/* Six decades: 10^-3 is in the middle. */
static void test_logarithmic_bars(void)
{
	static const struct plot_bar bars[] = {
		{ .label = "middle", .value = 1e-3 },
		{ .label = "left", .value = 1e-6 },
		{ .label = "right", .value = 1 },
	};
	static const struct plot_bar zero[] = { { .label = "zero", .value = 0 } };
	struct plot_scale scale = { .id = "p",
				    .caption = "",
				    .note = "",
				    .most = 1,
				    .limit = 0.001,
				    .is_logarithmic = true };
	char *text = bars_text(&scale, bars, 3);

	CU_ASSERT_PTR_NOT_NULL(strstr(text, "class=\"limit\" x1=\"420.0\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "cx=\"420.0\" cy=\"17.0\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "cx=\"210.0\" cy=\"39.0\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "cx=\"630.0\" cy=\"61.0\""));
	free(text);
	text = bars_text(&scale, zero, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "cx=\"210.0\""));
	CU_ASSERT_PTR_NULL(strstr(text, "nan"));
	free(text);
}

static void test_dots(void)
{
	static const struct plot_dot dots[] = {
		{ .value = 5 },
		{ .value = 50, .is_out = true },
		{ .value = NAN },
		{ .value = 5, .is_second = true },
	};
	struct plot_region region = {
		.id = "d", .caption = "", .note = "", .low = NAN, .high = NAN
	};
	char *text;

	for (unsigned limits = 0; limits < 4; limits++) {
		size_t size = 0;
		FILE *out = open_memstream(&text, &size);

		region.low = limits & 1 ? 1 : NAN;
		region.high = limits & 2 ? 9 : NAN;
		plot_dots(out, &region, dots, 4);
		fclose(out);
		CU_ASSERT_EQUAL(count_of(text, "<circle"), 3);
		CU_ASSERT_EQUAL(count_of(text, "class=\"dot out\""), 1);
		CU_ASSERT_EQUAL(count_of(text, "class=\"dot second\""), 1);
		CU_ASSERT_EQUAL(count_of(text, "class=\"limit\""), (limits & 1) + (limits >> 1));
		CU_ASSERT_PTR_NULL(strstr(text, "nan"));
		free(text);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "bitmap", test_bitmap },
		{ "histogram", test_histogram },
		{ "correlation", test_correlation },
		{ "steps of an axis", test_step },
		{ "bars", test_bars },
		{ "logarithmic bars", test_logarithmic_bars },
		{ "dots", test_dots },
	};

	return unit_run("plot", tests, sizeof(tests) / sizeof(tests[0]));
}
