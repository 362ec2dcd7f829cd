/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evaluate_report - findings as JSON and as text, progress, and where reports may be written. */
#include "common/progress.h"
#include "evaluate/report/json.h"
#include "evaluate/report/output.h"
#include "evaluate/report/text.h"
#include "evaluate/tally.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What is printed on a page that is no terminal. */
struct sheet {
	struct page page;
	char *text;
	size_t size;
};

static void sheet_open(struct sheet *sheet)
{
	*sheet = (struct sheet){ 0 };
	page_init(&sheet->page, open_memstream(&sheet->text, &sheet->size));
	CU_ASSERT_PTR_NOT_NULL_FATAL(sheet->page.out);
}

static void sheet_expect(struct sheet *sheet, const char *expected)
{
	fclose(sheet->page.out);
	CU_ASSERT_STRING_EQUAL(sheet->text, expected);
	if (strcmp(sheet->text, expected) != 0)
		printf("got: %s\n", sheet->text);
	free(sheet->text);
}

/* ---- json ---- */

static void expect_json(json_t *json, const char *expected)
{
	char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_STRING_EQUAL(text, expected);
	if (strcmp(text, expected) != 0)
		printf("got: %s\n", text);
	free(text);
	json_decref(json);
}

static void json_values(void)
{
	expect_json(json_of_real(0.5), "0.5");
	expect_json(json_of_real(NAN), "null");
	expect_json(json_of_real(-INFINITY), "null");
	expect_json(json_of_count(UINT64_MAX), "9223372036854775807");
	expect_json(json_of_text("a\"\xC3\xA4"), "\"a\\\"\xC3\xA4\"");
	expect_json(json_of_text("a\xff"), "\"a\\\\xff\"");
	expect_json(json_of_pass(OUTCOME_FAIL), "false");
	expect_json(json_of_pass(OUTCOME_SHORT), "null");
}

static void json_results(void)
{
	const int64_t list[] = { 1, INT64_MIN };
	const double reals[] = { 0.25, NAN };
	struct result result;

	result_init(&result, "T9");
	result_integer(&result, "n", -3);
	result_integers(&result, "list", list, 2);
	result_reals(&result, "reals", reals, 2);
	result_word(&result, "which", "row");
	expect_json(json_of_figures(&result),
		    "{\"n\": -3, \"list\": [1, -9223372036854775808], \"reals\": [0.25, null], "
		    "\"which\": \"row\"}");
	expect_json(json_of_result(&result),
		    "{\"test\": \"T9\", \"n\": -3, \"list\": [1, -9223372036854775808], "
		    "\"reals\": [0.25, null], \"which\": \"row\", \"pass\": null}");
	result = (struct result){ .test = "T1",
				  .procedure = "A",
				  .run = 2,
				  .block = 7,
				  .column = 3,
				  .first_bit = 99,
				  .accept = "x < 1",
				  .outcome = OUTCOME_SHORT,
				  .needs_bits = 5 };
	expect_json(
		json_of_result(&result),
		"{\"test\": \"T1\", \"procedure\": \"A\", \"run\": 2, \"block\": 7, \"column\": 3, "
		"\"first_bit\": 99, \"accept\": \"x < 1\", \"pass\": null, \"needs_bits\": 5}");
}

/* ---- text ---- */

static void numbers(void)
{
	char into[PAGE_NUMBER_BYTES];

	CU_ASSERT_STRING_EQUAL(page_count(0, into), "0");
	CU_ASSERT_STRING_EQUAL(page_count(999, into), "999");
	CU_ASSERT_STRING_EQUAL(page_count(1000, into), "1,000");
	CU_ASSERT_STRING_EQUAL(page_count(UINT64_MAX, into), "18,446,744,073,709,551,615");
	CU_ASSERT_STRING_EQUAL(page_number(0.1, into), "0.1");
	CU_ASSERT_STRING_EQUAL(page_number(NAN, into), "-");
	CU_ASSERT_STRING_EQUAL(page_number(1e300, into), "1e+300");
}

static void lines(void)
{
	struct sheet sheet;

	sheet_open(&sheet);
	CU_ASSERT_FALSE(sheet.page.has_colour);
	page_title(&sheet.page, "Title");
	page_line(&sheet.page, "%d", 5);
	page_paragraph(&sheet.page, 4,
		       "one two three four five six seven eight nine ten eleven twelve thirteen "
		       "fourteen fifteen");
	page_item(&sheet.page, 8, "  label", "text");
	page_item(&sheet.page, 2, "too long ", "text");
	page_verdict(&sheet.page, OUTCOME_FAIL, "why");
	sheet_expect(&sheet,
		     "\nTitle\n5\n"
		     "    one two three four five six seven eight nine ten eleven twelve thirteen\n"
		     "    fourteen fifteen\n"
		     "  label text\ntoo long text\n\nFAILED: why\n");
}

/* A word that no line can hold stands alone. */
static void long_word(void)
{
	struct sheet sheet;
	char word[101];

	memset(word, 'x', 100);
	word[100] = '\0';
	sheet_open(&sheet);
	page_paragraph(&sheet.page, 2, word);
	fclose(sheet.page.out);
	CU_ASSERT_EQUAL(strlen(sheet.text), 103);
	free(sheet.text);
}

static void colours(void)
{
	struct sheet sheet;

	sheet_open(&sheet);
	sheet.page.has_colour = true;
	page_outcome(&sheet.page, OUTCOME_PASS, 6);
	sheet_expect(&sheet, "\033[32mpass  \033[0m");
}

/* ---- tally ---- */

static void tally_of_many(void)
{
	static struct tally tally; /* large */
	struct result result;
	struct sheet sheet;

	memset(&tally, 0, sizeof(tally));
	for (int block = 0; block < 100; block++) {
		result_init(&result, "T1");
		result.procedure = "A";
		result.run = 1;
		result.block = block;
		result.first_bit = 20000 * (uint64_t)block;
		result.accept = "9654 < ones < 10346";
		result_integer(&result, "ones", 10000 + block);
		result.outcome = block < 98 ? OUTCOME_PASS : OUTCOME_FAIL;
		result.column = block == 99 ? 2 : 0;
		tally_add(&tally, &result);
	}
	result.run = 2;
	tally_add(&tally, &result);
	CU_ASSERT_EQUAL(tally.tests, 2);
	sheet_open(&sheet);
	tally_print(&tally, "A", 1, &sheet.page);
	tally_print(&tally, "B", 1, &sheet.page);
	tally_print(&tally, NULL, 0, &sheet.page);
	sheet_expect(&sheet, "  T1  FAIL        2 of 100 failed\n"
			     "      accepted    9654 < ones < 10346\n"
			     "      ones        10000-10099\n"
			     "      failed: block 98, from bit 1960000\n"
			     "      failed: block 99, bit 2 of each number, from bit 1980000\n");
}

/* More failures than are listed, more tests than there is room for, nothing judged. */
static void tally_limits(void)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i",
					     "j", "k", "l", "m", "n", "o", "p", "q", "r",
					     "s", "t", "u", "v", "w", "x", "y", "z" };
	static struct tally tally;
	struct result result;
	struct sheet sheet;

	memset(&tally, 0, sizeof(tally));
	for (unsigned i = 0; i < COUNT(names); i++) {
		result_init(&result, names[i]);
		result.outcome = OUTCOME_SHORT;
		tally_add(&tally, &result);
	}
	CU_ASSERT_EQUAL(tally.tests, TALLY_TESTS);
	memset(&tally, 0, sizeof(tally));
	for (int i = 0; i < TALLY_SHOWN + 5; i++) {
		result_init(&result, "T7a");
		result.block = i;
		result.outcome = OUTCOME_FAIL;
		tally_add(&tally, &result);
	}
	sheet_open(&sheet);
	tally_print(&tally, NULL, 0, &sheet.page);
	fclose(sheet.page.out);
	CU_ASSERT_PTR_NOT_NULL(strstr(sheet.text, "block 19, from"));
	CU_ASSERT_PTR_NULL(strstr(sheet.text, "block 20, from"));
	CU_ASSERT_PTR_NOT_NULL(strstr(sheet.text, "and 5 more; --json lists all\n"));
	free(sheet.text);
}

/* ---- progress ---- */

static void durations(void)
{
	static const struct {
		double seconds;
		const char *text;
	} rows[] = {
		{ 0, "0 s" },           { 45, "45 s" },           { 99, "99 s" },
		{ 100, "2 min" },       { 720, "12 min" },        { 5969, "99 min" },
		{ 7200, "2 h" },        { 16800, "4 h 40 min" },  { 12 * 3600., "12 h" },
		{ 47 * 3600., "47 h" }, { 6 * 86400., "6 days" }, { -1, "unknown" },
		{ NAN, "unknown" },     { INFINITY, "unknown" },
	};
	char into[32];

	for (unsigned i = 0; i < COUNT(rows); i++)
		CU_ASSERT_STRING_EQUAL(progress_duration(rows[i].seconds, into), rows[i].text);
}

static void progress_lines(void)
{
	struct progress progress;
	struct sheet sheet;

	sheet_open(&sheet);
	progress_init(&progress, sheet.page.out, "bit");
	CU_ASSERT_FALSE(progress.is_terminal);
	progress_tell(&progress, "first", 0, 100);
	progress_tell(&progress, "first", 50, 100); /* not now */
	progress_tell(&progress, "second", 7, 0);
	progress.start_s -= 1e6; /* so long that how fast this test runs makes no difference */
	progress.drawn_s -= 1e6;
	progress_tell(&progress, "second", 60000007, 60000607);
	progress_tell(&progress, "second", 60000008, 60000607);
	progress.drawn_s -= 300; /* the next is due in 10 minutes */
	progress_tell(&progress, "second", 60000009, 60000607);
	progress_end(&progress);
	fclose(sheet.page.out);
	CU_ASSERT_PTR_NOT_NULL(strstr(
		sheet.text, "first: 0 %\nsecond: 7 bit\nsecond: 99 %, 60 bit/s, 10 s left\n"));
	CU_ASSERT_PTR_NULL(strchr(strstr(sheet.text, "left") + 5, 's'));
	free(sheet.text);
}

static void progress_bar(void)
{
	struct progress progress;
	struct sheet sheet;

	sheet_open(&sheet);
	progress_init(&progress, sheet.page.out, "symbols");
	progress.is_terminal = true;
	progress_tell(&progress, "reading", 0, 100);
	CU_ASSERT_FALSE(progress.is_drawn);
	progress.start_s -= 1e6;
	progress.drawn_s -= 1;
	progress_tell(&progress, "reading", 5000000, 10000000);
	CU_ASSERT(progress.is_drawn);
	progress_end(&progress);
	progress_end(&progress);
	sheet_expect(&sheet, "\r\033[Kreading: [############............] 50 %, 5.0 symbols/s, "
			     "12 days left\r\033[K");
}

static void quiet(void)
{
	struct progress progress;

	progress_init(&progress, NULL, "bit");
	progress_tell(&progress, "nobody", 1, 2);
	progress_end(&progress);
}

/* ---- output ---- */

static void own_input(void)
{
	char path[40];
	int fd = memfd_create("report", MFD_CLOEXEC), out;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CU_ASSERT_EQUAL(output_open(path, fd), -EEXIST);
	out = output_open(path, -1);
	CU_ASSERT(out >= 0);
	close(out);
	CU_ASSERT_EQUAL(output_open("/", -1), -EISDIR);
	CU_ASSERT_EQUAL(output_open("/nonexistent/report", -1), -ENOENT);
	close(fd);
}

/* What was there is replaced, not before there is something else, and wholly. */
static void replaces(void)
{
	json_t *report =
		json_pack("{s:s, s:s, s:i}", "command", "ais31", "verdict", "pass", "exit_code", 0);
	struct exhibits exhibits = { 0 };
	int fd = memfd_create("report", MFD_CLOEXEC);
	char path[40], *old = calloc(1, 1 << 20), text[16] = "";
	off_t size;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CU_ASSERT_EQUAL(write(fd, old, 1 << 20), 1 << 20);
	free(old);
	CU_ASSERT_EQUAL(output_html(output_open(path, -1), report, &exhibits), 0);
	size = lseek(fd, 0, SEEK_END);
	CU_ASSERT(size > 100 && size < 1 << 20);
	CU_ASSERT_EQUAL(pread(fd, text, 9, 0), 9);
	CU_ASSERT_EQUAL(strncasecmp(text, "<!doctype", 9), 0);
	CU_ASSERT_EQUAL(output_html(output_open("/dev/full", -1), report, &exhibits), -ENOSPC);
	CU_ASSERT_EQUAL(output_html(output_open("/dev/null", -1), NULL, &exhibits), -ENOMEM);
	json_decref(report);
	close(fd);
}

static void full(void)
{
	FILE *out = fopen("/dev/full", "w");
	json_t *report = json_object();

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	CU_ASSERT_EQUAL(output_json(out, NULL), -ENOMEM);
	CU_ASSERT_EQUAL(output_json(out, report), 0);
	CU_ASSERT_EQUAL(output_flush(out), -ENOSPC);
	fclose(out);
	json_decref(report);
}

static const struct unit_test tests[] = {
	{ "values as JSON", json_values },
	{ "results as JSON", json_results },
	{ "numbers", numbers },
	{ "lines", lines },
	{ "a long word", long_word },
	{ "colours", colours },
	{ "a tally of many", tally_of_many },
	{ "limits of a tally", tally_limits },
	{ "durations", durations },
	{ "progress in lines", progress_lines },
	{ "progress in a bar", progress_bar },
	{ "quiet", quiet },
	{ "own input", own_input },
	{ "replaces", replaces },
	{ "full", full },
};

int main(void)
{
	return unit_run("evaluate_report", tests, COUNT(tests));
}
