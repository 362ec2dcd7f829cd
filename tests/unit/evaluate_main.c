/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evaluate_main - the commands from their words to the report: statuses, sentences, keys. */
#include "tests/unit/evaluate_bed.h"

#include <math.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Bytes that no test of these has anything against. */
static void fill(uint8_t *bytes, size_t size_bytes)
{
	uint64_t state = 7;

	for (size_t i = 0; i < size_bytes; i++) {
		uint64_t z = state += 0x9E3779B97F4A7C15u;

		z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
		z = (z ^ z >> 27) * 0x94D049BB133111EBu;
		bytes[i] = (uint8_t)(z >> 56);
	}
}

static void expect(struct bed *bed, const char *line, int status, const char *sentence)
{
	int got = bed_run(bed, line);

	CU_ASSERT_EQUAL(got, status);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed->err, sentence));
	if (got != status || !strstr(bed->err, sentence))
		printf("%s: %d, %s\n", line, got, bed->err);
}

/* One sentence, which names the program. */
static void expect_refused(struct bed *bed, const char *line, int status, const char *sentence)
{
	const char *newline;

	expect(bed, line, status, sentence);
	newline = strchr(bed->err, '\n');
	CU_ASSERT_STRING_EQUAL(bed->out, "");
	CU_ASSERT_EQUAL(strncmp(bed->err, "trng-evaluate: ", 15), 0);
	CU_ASSERT(newline && newline[1] == '\0');
}

/* ---- help ---- */

static void help(void)
{
	static const char *const commands[] = { "ais31",
						"sp800-90b",
						"sp800-90b non-iid",
						"sp800-90b iid",
						"sp800-90b restart",
						"sp800-90b conditioning",
						"fips",
						"summary" };
	struct bed bed;

	bed_open(&bed, "", 0);
	CU_ASSERT_EQUAL(bed_run(&bed, "--help"), 0);
	for (unsigned i = 2; i < COUNT(commands); i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(bed.out, commands[i]));
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.out, "--packed --width 2 /mnt/trng/raw"));
	for (unsigned i = 0; i < COUNT(commands); i++)
		for (int after = 0; after < 2; after++) {
			char line[60];

			snprintf(line, sizeof(line), after ? "help %s" : "%s --help", commands[i]);
			CU_ASSERT_EQUAL(bed_run(&bed, line), 0);
			CU_ASSERT_STRING_EQUAL(bed.err, "");
			CU_ASSERT_PTR_NOT_NULL(strstr(bed.out, commands[i]));
			CU_ASSERT_PTR_NOT_NULL(strstr(bed.out, "Examples:\n"));
			CU_ASSERT_PTR_NOT_NULL(strstr(bed.out, "Exit status: 0 "));
		}
	CU_ASSERT_EQUAL(bed_run(&bed, "help collect"), 0);
	CU_ASSERT_EQUAL(bed_run(&bed, "--version"), 0);
	CU_ASSERT_EQUAL(strncmp(bed.out, "trng-evaluate ", 14), 0);
	CU_ASSERT_EQUAL(bed_run(&bed, "fips -v"), 0);
	CU_ASSERT_EQUAL(bed_run(&bed, "ais31 --version"), 0);
	CU_ASSERT_EQUAL(strncmp(bed.out, "trng-evaluate ", 14), 0);
	bed_close(&bed);
}

static void wrong_words(void)
{
	static const struct {
		const char *line;
		int status;
		const char *sentence;
	} rows[] = {
		{ "", 2, "which command?" },
		{ "ais", 2, "there is no command \"ais\"" },
		{ "help nothing", 2, "there is no command \"nothing\"" },
		{ "a\nb\x1b[2J", 2, "\"a\\x0ab\\x1b[2J\"" },
		{ "ais31", 2, "ais31: it wants FILE; see \"trng-evaluate ais31 --help\"" },
		{ "ais31 a b", 2, "it takes no more than FILE" },
		{ "ais31 --seed 1 FILE", 2, "\"--seed\" is no option of this command" },
		{ "ais31 --width 257 FILE", 2, "from 1 to 256, not \"257\"" },
		{ "ais31 --procedure C FILE", 2,
		  "--procedure is A, B, T0 to T8 or tirn, not \"C\"" },
		{ "sp800-90b --width x FILE", 2, "from 1 to 8, not \"x\"" },
		{ "sp800-90b --packed FILE", 2, "--packed wants --width" },
		{ "sp800-90b restart FILE", 2, "wants --initial H" },
		{ "sp800-90b restart --initial 0 FILE", 2, "wants --initial H" },
		{ "sp800-90b conditioning 1 2 3", 2, "it wants N_IN N_OUT NW H_IN" },
		{ "sp800-90b conditioning 0 2 3 4", 2, "N_IN is no number" },
		{ "sp800-90b conditioning 8 8 8 x", 2, "H_IN is no number" },
		{ "sp800-90b conditioning 8 8 8 9", 2, "H_IN must not be more than N_IN" },
		{ "sp800-90b conditioning 8 8 8 8 1.5", 2, "H_PRIME is no number" },
		{ "sp800-90b conditioning -v 8 8 8 8 0.5", 2, "takes no H_PRIME" },
		{ "sp800-90b conditioning -n 8 8 8 8", 2, "wants H_PRIME" },
		{ "sp800-90b conditioning -n -v 8 8 8 8 0.5", 2, "vetted or not" },
		{ "fips --blockcount -1", 10, "--blockcount wants" },
		{ "fips --colour", 10, "is no option" },
		{ "fips a b", 10, "it takes no more than [FILE]" },
		{ "fips --pipe --json FILE", 10, "choose one" },
		{ "summary /nonexistent", 4, "cannot open /nonexistent: No such file" },
		{ "summary /", 4, "Is a directory" },
		{ "fips /", 11, "Is a directory" },
		{ "summary --html FILE FILE", 2, "would overwrite" },
		{ "summary --html / FILE", 4, "cannot write /: Is a directory" },
	};
	struct bed bed;

	bed_open(&bed, "abc", 3);
	for (unsigned i = 0; i < COUNT(rows); i++)
		expect_refused(&bed, rows[i].line, rows[i].status, rows[i].sentence);
	bed_close(&bed);
}

/* ---- reports ---- */

static void expect_head(const struct bed *bed, const char *command, int status, const char *verdict)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(bed->json);
	CU_ASSERT_STRING_EQUAL(bed_text(bed, "command"), command);
	CU_ASSERT_EQUAL(bed_number(bed, "exit_code"), status);
	CU_ASSERT_STRING_EQUAL(bed_text(bed, "verdict"), verdict);
	CU_ASSERT_STRING_NOT_EQUAL(bed_text(bed, "version"), "");
}

static void input_section(void)
{
	struct bed bed;

	bed_open(&bed, "xxabc", 5);
	CU_ASSERT_EQUAL(bed_run(&bed, "summary --json --skip 2 FILE"), 0);
	expect_head(&bed, "summary", 0, "pass");
	CU_ASSERT_STRING_EQUAL(bed_text(&bed, "input.file"), bed.path);
	CU_ASSERT_EQUAL(bed_number(&bed, "input.bytes"), 3);
	CU_ASSERT_EQUAL(bed_number(&bed, "input.skipped_bytes"), 2);
	CU_ASSERT_EQUAL(bed_number(&bed, "input.width"), 8);
	CU_ASSERT(json_is_false(bed_at(&bed, "input.packed")));
	CU_ASSERT_STRING_EQUAL(bed_text(&bed, "input.sha256"),
			       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	bed_close(&bed);
}

/* 0101...: as many ones as zeros, and not random at all. */
static void ais31_single(void)
{
	uint8_t bytes[3 * 2500 + 5];
	struct bed bed;

	memset(bytes, 0x55, sizeof(bytes));
	bed_open(&bed, bytes, sizeof(bytes));
	CU_ASSERT_EQUAL(bed_run(&bed, "ais31 --packed --procedure t1 --json FILE"), 0);
	expect_head(&bed, "ais31", 0, "pass");
	CU_ASSERT_STRING_EQUAL(bed_text(&bed, "procedure"), "T1");
	CU_ASSERT_EQUAL(json_array_size(bed_at(&bed, "tests")), 3);
	CU_ASSERT_EQUAL(bed_number(&bed, "tests.2.ones"), 10000);
	CU_ASSERT_EQUAL(bed_number(&bed, "tests.2.block"), 2);
	CU_ASSERT(json_is_true(bed_at(&bed, "tests.2.pass")));
	CU_ASSERT_EQUAL(bed_run(&bed, "ais31 --procedure T2 --json FILE"), 1);
	expect_head(&bed, "ais31", 1, "fail");
	CU_ASSERT_EQUAL(bed_number(&bed, "failures.0"), 3);
	CU_ASSERT_EQUAL(bed_run(&bed, "ais31 --procedure T1 --bits 20000 FILE"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.out, "2,500 bytes were read, 5,005 are left"));
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.out, "\nPASSED: "));
	bed_close(&bed);
}

static void ais31_short(void)
{
	struct bed bed;

	bed_open(&bed, "abc", 3);
	expect(&bed, "ais31 --json FILE", 3, "ended too early: at least ");
	expect_head(&bed, "ais31", 3, "incomplete");
	CU_ASSERT_STRING_EQUAL(bed_text(&bed, "procedures.A.verdict"), "incomplete");
	CU_ASSERT_STRING_EQUAL(bed_text(&bed, "procedures.B.verdict"), "incomplete");
	CU_ASSERT_EQUAL(bed_number(&bed, "procedures.A.needs_bits"), 8285728 - 24);
	CU_ASSERT(bed_number(&bed, "needs_bits") > 8285728 + 6000000);
	expect(&bed, "ais31 --procedure A FILE", 3, "8285704 more bits are needed");
	CU_ASSERT_PTR_NOT_NULL(
		strstr(bed.out, "needs 8,285,704 more bits (about 38 h at 60 bit/s)"));
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.out, "\nINCOMPLETE: "));
	bed_close(&bed);
}

static void non_iid(void)
{
	uint8_t bytes[20000];
	struct bed bed;

	fill(bytes, sizeof(bytes));
	bed_open(&bed, bytes, sizeof(bytes));
	CU_ASSERT_EQUAL(bed_run(&bed, "sp800-90b --packed --width 2 --symbols 20000 --json FILE"),
			0);
	expect_head(&bed, "sp800-90b non-iid", 0, "pass");
	CU_ASSERT_EQUAL(bed_number(&bed, "samples"), 20000);
	CU_ASSERT_EQUAL(bed_number(&bed, "distinct"), 4);
	CU_ASSERT_EQUAL(bed_number(&bed, "input.bytes"), 5000);
	CU_ASSERT(json_is_true(bed_at(&bed, "input.packed")));
	CU_ASSERT(json_is_null(bed_at(&bed, "literal.markov")));
	CU_ASSERT(bed_number(&bed, "literal.most_common_value") > 1.5);
	CU_ASSERT(bed_number(&bed, "bitstring.compression") > 0.3);
	CU_ASSERT(bed_number(&bed, "statistics.literal.most_common_value.mode_count") > 5000);
	CU_ASSERT_EQUAL(bed_number(&bed, "min_entropy"),
			fmin(bed_number(&bed, "h_original"), 2 * bed_number(&bed, "h_bitstring")));
	CU_ASSERT_EQUAL(bed_run(&bed, "sp800-90b --packed --width 1 --symbols 9000 --json FILE"),
			0);
	CU_ASSERT(json_is_null(bed_at(&bed, "bitstring")));
	CU_ASSERT_EQUAL(bed_run(&bed, "sp800-90b non-iid --claim 7.9 --symbols 9000 FILE"), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.out, "\nFAILED: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.out, "3.1.1 asks for 1,000,000"));
	expect(&bed, "sp800-90b --width 7 --json FILE", 2, "more than --width 7 has room for");
	expect_head(&bed, "sp800-90b non-iid", 2, "incomplete");
	CU_ASSERT_PTR_NOT_NULL(strstr(bed_text(&bed, "error"), "--width 7"));
	bed_close(&bed);
}

/* Whatever the command: one sentence, the right status, and JSON all the same. */
static void poor_data(void)
{
	static const struct {
		const char *data;
		size_t size_bytes;
		const char *line;
		int status;
		const char *verdict;
	} rows[] = {
		{ "", 0, "sp800-90b --json FILE", 3, "incomplete" },
		{ "", 0, "sp800-90b iid --json FILE", 3, "incomplete" },
		{ "", 0, "sp800-90b restart --initial 1 --json FILE", 3, "incomplete" },
		{ "", 0, "summary --json FILE", 3, "incomplete" },
		{ "", 0, "ais31 --json FILE", 3, "incomplete" },
		{ "", 0, "fips --json FILE", 1, "fail" },
		{ "aaaaaaaaaa", 10, "sp800-90b --json FILE", 1, "fail" },
		{ "aaaaaaaaaa", 10, "sp800-90b iid --json FILE", 1, "fail" },
		{ "aaaaaaaaaa", 10, "summary --json FILE", 1, "fail" },
		{ "ab", 2, "sp800-90b --json FILE", 3, "incomplete" },
		{ "ab", 2, "sp800-90b restart --initial 1 --json FILE", 3, "incomplete" },
		{ "ab", 2, "summary --json FILE", 0, "pass" },
		{ "a", 1, "sp800-90b --packed --width 8 --json FILE", 3, "incomplete" },
		{ "aa", 2, "sp800-90b --packed --width 8 --json FILE", 1, "fail" },
		{ "a", 1, "sp800-90b --skip 1 --json FILE", 3, "incomplete" },
		{ "abcd", 4, "fips --json FILE", 1, "fail" },
	};

	for (unsigned i = 0; i < COUNT(rows); i++) {
		struct bed bed;

		bed_open(&bed, rows[i].data, rows[i].size_bytes);
		CU_ASSERT_EQUAL(bed_run(&bed, rows[i].line), rows[i].status);
		CU_ASSERT_PTR_NOT_NULL(bed.json);
		CU_ASSERT_STRING_EQUAL(bed_text(&bed, "verdict"), rows[i].verdict);
		CU_ASSERT_EQUAL(bed_number(&bed, "exit_code"), rows[i].status);
		CU_ASSERT(rows[i].status != 3 || strlen(bed.err) > 0);
		bed_close(&bed);
	}
}

static void iid(void)
{
	uint8_t bytes[1500];
	double permutations;
	struct bed bed;

	fill(bytes, sizeof(bytes));
	bed_open(&bed, bytes, sizeof(bytes));
	CU_ASSERT_EQUAL(bed_run(&bed, "sp800-90b iid --packed --width 2 --seed 3 --json FILE"), 0);
	expect_head(&bed, "sp800-90b iid", 0, "pass");
	CU_ASSERT_EQUAL(json_array_size(bed_at(&bed, "permutation")), 19);
	CU_ASSERT_STRING_EQUAL(bed_text(&bed, "permutation.0.test"), "excursion");
	CU_ASSERT_EQUAL(bed_number(&bed, "seed"), 3);
	CU_ASSERT(json_is_true(bed_at(&bed, "is_iid")));
	permutations = bed_number(&bed, "permutations");
	CU_ASSERT(permutations > 10);
	CU_ASSERT_EQUAL(
		bed_run(&bed, "sp800-90b iid --packed --width 2 --seed 3 --threads 2 --json FILE"),
		0);
	CU_ASSERT_EQUAL(bed_number(&bed, "permutations"), permutations);
	CU_ASSERT_EQUAL(bed_run(&bed, "sp800-90b iid --packed --width 2 --seed 3 FILE"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.out, "\nPASSED: "));
	bed_close(&bed);
}

static void conditioning(void)
{
	struct bed bed;

	bed_open(&bed, "", 0);
	CU_ASSERT_EQUAL(bed_run(&bed, "sp800-90b conditioning 512 256 256 300 --json"), 0);
	expect_head(&bed, "sp800-90b conditioning", 0, "pass");
	CU_ASSERT_STRING_EQUAL(bed_text(&bed, "h_out_text"), "256 - 2^-43.5");
	CU_ASSERT_DOUBLE_EQUAL(bed_number(&bed, "log2_epsilon"), -51.47, 0.01);
	CU_ASSERT(json_is_false(bed_at(&bed, "full_entropy")));
	CU_ASSERT_EQUAL(bed_run(&bed, "sp800-90b conditioning 64 32 32 48 0.95 --json"), 0);
	CU_ASSERT(json_is_false(bed_at(&bed, "vetted")));
	CU_ASSERT_STRING_EQUAL(bed_text(&bed, "h_out_text"), "30.4");
	CU_ASSERT_EQUAL(bed_run(&bed, "sp800-90b conditioning -v 512 256 256 384"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.out, "256 - 2^-123.2 bits"));
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.out, "2^-131.2, where h_out = (1 - epsilon) n_out"));
	CU_ASSERT_EQUAL(bed_run(&bed, "sp800-90b conditioning 8 8 8 0"), 0);
	bed_close(&bed);
}

static void fips(void)
{
	static uint8_t bytes[8 + 3 * 2500 + 7];
	struct bed bed;

	fill(bytes, sizeof(bytes));
	memset(bytes + 4 + 2500, 0, 1000); /* the second block */
	bed_open(&bed, bytes, sizeof(bytes));
	CU_ASSERT_EQUAL(bed_run(&bed, "fips --json FILE"), 1);
	expect_head(&bed, "fips", 1, "fail");
	CU_ASSERT_EQUAL(bed_number(&bed, "blocks"), 3);
	CU_ASSERT_EQUAL(bed_number(&bed, "failed_blocks"), 1);
	CU_ASSERT_EQUAL(bed_number(&bed, "failures.monobit"), 1);
	CU_ASSERT_EQUAL(bed_number(&bed, "failures.continuous_run"), 1);
	CU_ASSERT_EQUAL(bed_run(&bed, "fips -c1 FILE"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.out, "1 blocks of 20,000 bits passed, 0 failed"));
	CU_ASSERT_EQUAL(bed_run(&bed, "fips -b 1 FILE"), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.err, "1 blocks of 20,000 bits passed, 1 failed"));
	bed_close(&bed);
}

/* Good blocks, 8 bytes later, and nothing else on standard output. */
static void fips_pipe(void)
{
	static uint8_t bytes[8 + 3 * 2500];
	size_t out_size = 0, err_size = 0;
	char *out_data = NULL, *err_data = NULL,
	     *argv[] = { (char[]){ "trng-evaluate" }, (char[]){ "fips" }, (char[]){ "-p" }, NULL };
	FILE *out = open_memstream(&out_data, &out_size),
	     *err = open_memstream(&err_data, &err_size);
	struct bed bed;

	fill(bytes, sizeof(bytes));
	memset(bytes + 8 + 2500, 0, 2500);
	bed_open(&bed, bytes, sizeof(bytes));
	argv[3] = bed.path;
	CU_ASSERT_EQUAL(evaluate_main(4, argv, out, err), 1);
	fclose(out);
	fclose(err);
	CU_ASSERT_EQUAL_FATAL(out_size, 5000);
	CU_ASSERT_EQUAL(memcmp(out_data, bytes + 8, 2500), 0);
	CU_ASSERT_EQUAL(memcmp(out_data + 2500, bytes + 8 + 5000, 2500), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err_data, "5000 bytes were passed on"));
	free(out_data);
	free(err_data);
	bed_close(&bed);
}

static void html(void)
{
	uint8_t bytes[3000];
	char line[100], text[16] = "";
	struct bed bed, report;

	fill(bytes, sizeof(bytes));
	bed_open(&bed, bytes, sizeof(bytes));
	bed_open(&report, "", 0);
	snprintf(line, sizeof(line), "summary --html %s FILE", report.path);
	CU_ASSERT_EQUAL(bed_run(&bed, line), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.out, "Shannon"));
	CU_ASSERT_EQUAL(pread(report.fd, text, 9, 0), 9);
	CU_ASSERT_EQUAL(strncasecmp(text, "<!doctype", 9), 0);
	snprintf(line, sizeof(line), "ais31 --html %s --procedure T1 --json --width 9 FILE",
		 report.path);
	CU_ASSERT_EQUAL(bed_run(&bed, line), 0);
	CU_ASSERT_PTR_NOT_NULL(bed.json);
	expect(&bed, "summary --json --html /dev/full FILE", 4,
	       "cannot write /dev/full: No space left");
	expect_head(&bed, "summary", 4, "incomplete");
	bed_close(&report);
	bed_close(&bed);
}

static const struct unit_test tests[] = {
	{ "help", help },
	{ "wrong words", wrong_words },
	{ "the section about the input", input_section },
	{ "ais31, one test", ais31_single },
	{ "ais31, too few bits", ais31_short },
	{ "non-iid", non_iid },
	{ "poor data", poor_data },
	{ "iid", iid },
	{ "conditioning", conditioning },
	{ "fips", fips },
	{ "fips as a filter", fips_pipe },
	{ "html", html },
};

int main(void)
{
	return unit_run("evaluate_main", tests, COUNT(tests));
}
