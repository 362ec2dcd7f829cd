/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bits: numbers and files against references that go bit by bit. */
#include "httpd/bits.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t random_state;

/* splitmix64 */
static uint64_t draw(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Blocks of their very size, so that a sanitizer sees a byte too many. */
static uint8_t *draw_bytes(uint64_t len)
{
	uint8_t *bytes = malloc(len ? len : 1);

	CU_ASSERT_FATAL(bytes != NULL);
	for (uint64_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)draw();
	return bytes;
}

static int bit_of(const uint8_t *source, uint64_t at)
{
	return source[at / 8] >> (7 - at % 8) & 1;
}

/* The numbers as the definition has them: each digit is four bits of the padded number. */
static char *reference_json(uint64_t bits, uint64_t quantity, const uint8_t *source, size_t *len)
{
	uint64_t digits = (bits + 3) / 4, padding = digits * 4 - bits;
	char *json = malloc(quantity * (digits + 3) + 3), *at = json;

	CU_ASSERT_FATAL(json != NULL);
	*at++ = '[';
	for (uint64_t k = 0; k < quantity; k++) {
		*at++ = '"';
		for (uint64_t d = 0; d < digits; d++) {
			unsigned digit = 0;

			for (uint64_t i = 4 * d; i < 4 * d + 4; i++)
				digit = digit * 2 +
					(unsigned)(i < padding ? 0
							       : bit_of(source,
									k * bits + i - padding));
			*at++ = "0123456789ABCDEF"[digit];
		}
		*at++ = '"';
		*at++ = k + 1 < quantity ? ',' : ']';
	}
	*len = (size_t)(at - json);
	return json;
}

static void check_json(uint64_t bits, uint64_t quantity)
{
	uint8_t *source = draw_bytes(bits_bytes(bits * quantity));
	uint64_t len = bits_json_bytes(bits, quantity);
	char *json = malloc(len), *expected;
	size_t expected_len;

	CU_ASSERT_FATAL(json != NULL);
	expected = reference_json(bits, quantity, source, &expected_len);
	CU_ASSERT_EQUAL_FATAL(len, expected_len);
	bits_json(bits, quantity, source, json);
	CU_ASSERT(!memcmp(json, expected, len));
	free(expected);
	free(json);
	free(source);
}

static void test_sizes(void)
{
	CU_ASSERT_EQUAL(bits_bytes(0), 0);
	CU_ASSERT_EQUAL(bits_bytes(1), 1);
	CU_ASSERT_EQUAL(bits_bytes(8), 1);
	CU_ASSERT_EQUAL(bits_bytes(9), 2);
	CU_ASSERT_EQUAL(bits_bytes(UINT64_MAX), UINT64_MAX / 8 + 1);
	CU_ASSERT_EQUAL(bits_json_bytes(1, 0), strlen("[]"));
	CU_ASSERT_EQUAL(bits_json_bytes(1, 1), strlen("[\"1\"]"));
	CU_ASSERT_EQUAL(bits_json_bytes(5, 2), strlen("[\"1F\",\"1F\"]"));
	CU_ASSERT_EQUAL(bits_file_bytes(BITS_BIN, 5000), 625);
	CU_ASSERT_EQUAL(bits_file_bytes(BITS_BIN, 5001), 626);
	CU_ASSERT_EQUAL(bits_file_bytes(BITS_TXT, 5001), 5001);
}

static void test_known(void)
{
	static const uint8_t source[] = { 0xA5, 0xC3, 0x7E };
	char json[64] = "";

	bits_json(4, 6, source, json);
	CU_ASSERT_STRING_EQUAL(json, "[\"A\",\"5\",\"C\",\"3\",\"7\",\"E\"]");
	memset(json, 0, sizeof(json));
	bits_json(24, 1, source, json);
	CU_ASSERT_STRING_EQUAL(json, "[\"A5C37E\"]");
	memset(json, 0, sizeof(json));
	/* 10100 10111 00001 */
	bits_json(5, 3, source, json);
	CU_ASSERT_STRING_EQUAL(json, "[\"14\",\"17\",\"01\"]");
	memset(json, 0, sizeof(json));
	bits_json(1, 0, source, json);
	CU_ASSERT_STRING_EQUAL(json, "[]");
}

static void test_every_width(void)
{
	for (uint64_t bits = 1; bits <= 130; bits++)
		for (uint64_t quantity = 1; quantity <= 17; quantity++)
			check_json(bits, quantity);
}

static void test_long(void)
{
	check_json(100000, 3);
	check_json(100001, 3);
	check_json(99999, 5);
	check_json(65536, 16);
	check_json(7, 30011);
	check_json(8388608, 1);
	check_json(8388607, 1);
}

/* The most that one request may ask for, in its longest form. */
static void test_single_bits(void)
{
	check_json(1, 8388608);
}

static void test_forms(void)
{
	enum bits_form form = BITS_FORMS;
	static const char *const bad[] = { "", "BIN", "exe", "bin ", "binx", "../../etc/passwd" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(bits_form_parse(&form, bad[i]), -EINVAL);
	CU_ASSERT_EQUAL(form, BITS_FORMS);
	CU_ASSERT_EQUAL(bits_form_parse(&form, "bin"), 0);
	CU_ASSERT_EQUAL(form, BITS_BIN);
	CU_ASSERT_EQUAL(bits_form_parse(&form, "txt"), 0);
	CU_ASSERT_EQUAL(form, BITS_TXT);
	CU_ASSERT_STRING_EQUAL(bits_form_name(BITS_BIN), "bin");
	CU_ASSERT_STRING_EQUAL(bits_form_name(BITS_TXT), "txt");
}

/* How long the next piece is: @most at a time, or drawn. */
static size_t next_piece(uint64_t wanted, size_t most)
{
	size_t piece = most ? most : (size_t)(draw() % 9);

	return piece < wanted ? piece : (size_t)wanted;
}

/* The file of @bits bits of @source, put together from pieces. */
static uint8_t *write_file(enum bits_form form, uint64_t bits, const uint8_t *source, size_t most)
{
	uint64_t size = bits_file_bytes(form, bits), done = 0;
	uint8_t *file = malloc(size);
	struct bits_writer writer;

	CU_ASSERT_FATAL(file != NULL);
	bits_writer_init(&writer, form, bits);
	CU_ASSERT_EQUAL(bits_writer_wants(&writer), bits_bytes(bits));
	while (bits_writer_wants(&writer) > 0) {
		size_t len = next_piece(bits_writer_wants(&writer), most);
		uint8_t *piece = malloc(len ? len : 1);
		uint8_t *out = malloc(8 * len + 1);
		size_t written;

		memcpy(piece, source, len);
		written = bits_writer_put(&writer, piece, len, out);
		CU_ASSERT_FATAL(done + written <= size);
		memcpy(file + done, out, written);
		done += written;
		source += len;
		free(piece);
		free(out);
	}
	CU_ASSERT_EQUAL(done, size);
	CU_ASSERT_EQUAL(writer.carry, 0);
	return file;
}

static void check_txt(const uint8_t *txt, uint64_t bits, const uint8_t *source)
{
	size_t wrong = 0;

	for (uint64_t i = 0; i < bits; i++)
		wrong += txt[i] != '0' + bit_of(source, i);
	CU_ASSERT_EQUAL(wrong, 0);
}

/* BIN ends where TXT ends: bit for bit the same number, and zero bits in front. */
static void check_same_number(const uint8_t *bin, const uint8_t *txt, uint64_t bits)
{
	uint64_t padding = 8 * bits_bytes(bits) - bits;
	size_t wrong = 0;

	for (uint64_t i = 0; i < padding; i++)
		wrong += bit_of(bin, i) != 0;
	for (uint64_t i = 0; i < bits; i++)
		wrong += txt[i] != '0' + bit_of(bin, padding + i);
	CU_ASSERT_EQUAL(wrong, 0);
}

static void check_file(uint64_t bits)
{
	static const size_t cuts[] = { 1, 2, 3, 7, 64, 1000 };
	uint8_t *source = draw_bytes(bits_bytes(bits));
	uint8_t *whole[BITS_FORMS];

	for (unsigned i = 0; i < BITS_FORMS; i++) {
		enum bits_form form = (enum bits_form)i;

		whole[i] = write_file(form, bits, source, SIZE_MAX);
		for (size_t k = 0; k <= sizeof(cuts) / sizeof(cuts[0]); k++) {
			size_t most = k < sizeof(cuts) / sizeof(cuts[0]) ? cuts[k] : 0;
			uint8_t *cut = write_file(form, bits, source, most);

			CU_ASSERT(!memcmp(cut, whole[i], bits_file_bytes(form, bits)));
			free(cut);
		}
	}
	check_txt(whole[BITS_TXT], bits, source);
	check_same_number(whole[BITS_BIN], whole[BITS_TXT], bits);
	free(whole[BITS_BIN]);
	free(whole[BITS_TXT]);
	free(source);
}

static void test_files(void)
{
	for (uint64_t bits = 1; bits <= 130; bits++)
		check_file(bits);
	for (uint64_t bits = 4993; bits <= 5008; bits++)
		check_file(bits);
}

static void test_known_file(void)
{
	static const uint8_t source[] = { 0xA5, 0xC3 };
	struct bits_writer writer;
	uint8_t out[16] = { 0 };

	/* 1010 0101 110: 101 0010 1110 behind five zero bits */
	bits_writer_init(&writer, BITS_BIN, 11);
	CU_ASSERT_EQUAL(bits_writer_put(&writer, source, 2, out), 2);
	CU_ASSERT_EQUAL(out[0], 0x05);
	CU_ASSERT_EQUAL(out[1], 0x2E);
	CU_ASSERT_EQUAL(bits_writer_wants(&writer), 0);
	bits_writer_init(&writer, BITS_TXT, 11);
	CU_ASSERT_EQUAL(bits_writer_put(&writer, source, 2, out), 11);
	CU_ASSERT(!memcmp(out, "10100101110", 11));
	CU_ASSERT_EQUAL(bits_writer_put(&writer, source, 0, out), 0);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "sizes", test_sizes },
		{ "known numbers", test_known },
		{ "every width from 1 to 130", test_every_width },
		{ "long numbers", test_long },
		{ "8 Mi numbers of one bit", test_single_bits },
		{ "names of forms", test_forms },
		{ "a known file", test_known_file },
		{ "files, however they are cut", test_files },
	};

	random_state = unit_seed();
	return unit_run("http_bits", tests, sizeof(tests) / sizeof(tests[0]));
}
