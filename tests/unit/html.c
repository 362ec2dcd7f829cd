/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the HTML report: well-formed whatever it is given, self-contained, the same each time.
 */
#include "evaluate/report/html.h"
#include "evaluate/report/html_text.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Memory for free(). */
static char *render(const char *json, const struct exhibits *exhibits)
{
	json_t *report = json_loads(json, 0, NULL);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(report);
	CU_ASSERT_EQUAL(html_write(out, report, exhibits), 0);
	fclose(out);
	json_decref(report);
	return text;
}

/* ---- a document's elements ---- */

static bool is_void(const char *name)
{
	return strcmp(name, "meta") == 0 || strcmp(name, "img") == 0;
}

struct elements {
	char open[32][16];
	unsigned depth;
};

/* Takes one tag that begins at @at ("<"); returns where it ends, or NULL at what is not right. */
static const char *take_tag(struct elements *elements, const char *at)
{
	bool is_end = at[1] == '/';
	const char *end = strchr(at, '>');
	char name[16] = "";

	if (!end || sscanf(at + 1 + is_end, "%15[a-z0-9]", name) != 1)
		return NULL;
	if (is_end)
		return elements->depth && !strcmp(elements->open[--elements->depth], name) ? end
											   : NULL;
	if (is_void(name) || end[-1] == '/')
		return end;
	if (elements->depth == 32)
		return NULL;
	strcpy(elements->open[elements->depth++], name);
	return end;
}

/* Every element ends where it should, attributes hold no "<", and nothing comes from elsewhere. */
static void expect_sound(const char *text)
{
	static const char *const never[] = { "<script", "http:",  "https:",  "<link",
					     "<iframe", "url(",   "src=\"/", "nan%",
					     "\"nan",   ">nan",   "-nan",    "inf\"",
					     "@import", "(null)", "onload",  "href" };
	struct elements elements = { .depth = 0 };
	const char *at = text;

	CU_ASSERT_EQUAL(strncmp(text, "<!DOCTYPE html>\n<html lang=\"en\">", 32), 0);
	for (at = strstr(text, "<html"); at; at = strchr(at, '<')) {
		const char *end = take_tag(&elements, at);

		if (!end) {
			printf("not sound: %.80s\n", at);
			CU_FAIL("not sound");
			return;
		}
		CU_ASSERT_PTR_NULL(memchr(at + 1, '<', (size_t)(end - at - 1)));
		at = end;
	}
	CU_ASSERT_EQUAL(elements.depth, 0);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (strstr(text, never[i])) {
			printf("found: %s\n", never[i]);
			CU_FAIL("a reference or a number that is none");
		}
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

/* ---- reports of each command ---- */

#define INPUT                                                                                      \
	"\"version\":\"1\",\"input\":{\"file\":\"raw.bin\",\"bytes\":1234567,\"sha256\":\"ab\","   \
	"\"width\":2,\"packed\":true,\"skipped_bytes\":0},\"exit_code\":0,"

static const char ais31[] =
	"{\"command\":\"ais31\"," INPUT "\"verdict\":\"fail\",\"procedure\":\"A\",\"runs\":1,"
	"\"failures\":[2],\"tests\":["
	"{\"test\":\"T0\",\"procedure\":\"A\",\"run\":1,\"first_bit\":0,\"words\":65536,\"pass\":"
	"true},"
	"{\"test\":\"T1\",\"procedure\":\"A\",\"run\":1,\"block\":0,\"column\":0,\"first_bit\":0,"
	"\"ones\":10000,\"accept\":\"9654 < ones < 10346\",\"pass\":true},"
	"{\"test\":\"T3\",\"procedure\":\"A\",\"run\":1,\"block\":0,\"column\":0,\"first_bit\":0,"
	"\"runs0\":[2500,1250,625,312,156,156],\"runs1\":[2500,1250,625,312,156,223],\"pass\":true}"
	","
	"{\"test\":\"T1\",\"procedure\":\"A\",\"run\":1,\"block\":1,\"column\":2,\"first_bit\":"
	"20000,"
	"\"ones\":12000,\"accept\":\"9654 < ones < 10346\",\"pass\":false},"
	"{\"test\":\"T3\",\"procedure\":\"A\",\"run\":1,\"block\":1,\"column\":2,\"first_bit\":"
	"20000,"
	"\"runs0\":[2500,1250,625,312,156,156],\"runs1\":[2500,1250,625,312,156,224],\"pass\":"
	"false},"
	"{\"test\":\"T8\",\"procedure\":\"B\",\"run\":1,\"first_bit\":20000,\"f\":null,\"pass\":"
	"null,"
	"\"needs_bits\":77}]}";

static void test_ais31(void)
{
	char *text = render(ais31, NULL);

	expect_sound(text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "<p class=\"word\">Failed</p>"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "2 sequences: 1 passed, 1 failed"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "9654 &lt; ones &lt; 10346"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "All 2 values of A run 1 T1"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Sequences that failed"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "not judged"));
	/* T1 and T3 have two sequences: two plots, in each a dot that failed. */
	CU_ASSERT_EQUAL(count_of(text, "<svg"), 2);
	CU_ASSERT_EQUAL(count_of(text, "class=\"dot out\""), 2);
	free(text);
}

static void test_non_iid(void)
{
	char *text = render(
		"{\"command\":\"sp800-90b non-iid\"," INPUT "\"verdict\":\"pass\","
		"\"literal\":{\"most_common_value\":1.9,\"collision\":null,\"lag\":1.5},"
		"\"bitstring\":{\"most_common_value\":0.9,\"collision\":0.25,\"lag\":0.5},"
		"\"h_original\":1.5,\"h_bitstring\":0.25,\"min_entropy\":0.5,"
		"\"statistics\":{\"literal\":{\"lag\":{\"c\":5,\"p\":0.5}},\"bitstring\":null}}",
		NULL);

	expect_sound(text);
	/* Nothing was claimed: nothing is passed. */
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "<p class=\"word\">Estimated</p>"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Min-entropy: <strong>0.5</strong> of 2 bits"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, ">1.5 (lowest)</td>"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, ">0.25 (lowest)</td>"));
	CU_ASSERT_EQUAL(count_of(text, "(lowest)"), 2);
	CU_ASSERT_EQUAL(count_of(text, "<svg"), 2);
	CU_ASSERT_EQUAL(count_of(text, "class=\"bar out\""), 2);
	free(text);
	text = render("{\"command\":\"sp800-90b non-iid\",\"claim\":0.4,\"verdict\":\"pass\"}",
		      NULL);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "<p class=\"word\">Passed</p>"));
	free(text);
}

static void test_others(void)
{
	static const char *const reports[] = {
		"{\"command\":\"sp800-90b iid\"," INPUT "\"verdict\":\"pass\",\"permutation\":["
		"{\"test\":\"excursion\",\"initial\":5.5,\"c0\":6,\"c1\":0,\"c2\":7,\"pass\":true},"
		"{\"test\":\"none\",\"initial\":0,\"c0\":0,\"c1\":0,\"c2\":0,\"pass\":false}],"
		"\"independence\":{\"test\":\"independence\",\"p_value\":0,\"pass\":false},"
		"\"goodness\":{\"test\":\"goodness\",\"p_value\":1e-300,\"pass\":false},"
		"\"repeated\":{\"test\":\"repeated\",\"p_value\":0.5,\"pass\":true}}",
		"{\"command\":\"sp800-90b restart\"," INPUT "\"verdict\":\"fail\","
		"\"sanity\":{\"test\":\"sanity\",\"x_max\":5,\"pass\":true},\"rows\":{\"lag\":1},"
		"\"columns\":{\"lag\":0.5},\"is_valid\":false}",
		"{\"command\":\"sp800-90b conditioning\",\"verdict\":\"pass\",\"n_in\":512,"
		"\"h_out_text\":\"256 - 2^-131.2\",\"full_entropy\":true}",
		"{\"command\":\"fips\"," INPUT "\"verdict\":\"fail\",\"failures\":{\"monobit\":1}}",
		"{\"command\":\"summary\"," INPUT "\"verdict\":\"pass\",\"results\":["
		"{\"test\":\"runs\",\"longest\":-5,\"p_value\":null,\"pass\":null}]}",
		"{\"command\":\"?\",\"verdict\":7,\"tests\":[[],3,{}],\"literal\":[],\"input\":"
		"\"x\"}",
		"{\"tests\":[],\"literal\":{},\"permutation\":{},\"statistics\":[]}",
		"{}",
	};

	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		char *text = render(reports[i], NULL);

		expect_sound(text);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, "a stochastic model"));
		free(text);
	}
}

/* ---- foreign text ---- */

static void test_foreign_text(void)
{
	char *text =
		render("{\"command\":\"ais31\",\"verdict\":\"incomplete\",\"error\":\"<b>&\","
		       "\"input\":{\"file\":\"<script>alert('1')</script>\\\"&amp;\\u0007\"},"
		       "\"<i>\":\"</main>\",\"tests\":[{\"test\":\"<x>\",\"<y>\":\"<z>\",\"pass\":"
		       "true,\"accept\":\"<a\"}]}",
		       NULL);

	expect_sound(text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "<bdi>&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"
					    "&quot;&amp;amp;\xEF\xBF\xBD</bdi>"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "&lt;b&gt;&amp;."));
	CU_ASSERT_EQUAL(count_of(text, "</main>"), 1);
	free(text);
}

static void test_numbers(void)
{
	static const struct {
		const char *json, *html;
	} cases[] = {
		{ "[0]", "0" },
		{ "[1234]", "1234" },
		{ "[12345]", "12\xE2\x80\xAF"
			     "345" },
		{ "[-1234567]", "\xE2\x88\x92"
				"1\xE2\x80\xAF"
				"234\xE2\x80\xAF"
				"567" },
		{ "[0.1]", "0.1" },
		{ "[1e-300]", "1e-300" },
		{ "[1, 2.5, null]", "1; 2.5; none" },
		{ "[true]", "yes" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *value = json_loads(cases[i].json, 0, NULL);
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		html_value(out, value);
		fclose(out);
		CU_ASSERT_STRING_EQUAL(text, cases[i].html);
		free(text);
		json_decref(value);
	}
}

/* ---- the pictures' data ---- */

static void fill(struct exhibits *exhibits, unsigned width, uint64_t each)
{
	*exhibits = (struct exhibits){ .width = width, .bitmap_bits = EXHIBIT_BITMAP_BITS };
	for (unsigned i = 0; i < 1u << width; i++) {
		exhibits->count[i] = each + i % 3;
		exhibits->symbols += exhibits->count[i];
	}
	for (unsigned i = 0; i < EXHIBIT_LAGS; i++)
		exhibits->correlation[i] = i % 5 ? 0.01 * i : NAN;
	for (unsigned i = 0; i < sizeof(exhibits->bitmap); i++)
		exhibits->bitmap[i] = (uint8_t)(i * 37);
}

static void test_exhibits(void)
{
	struct exhibits *exhibits = malloc(sizeof(*exhibits));
	char *text, *again;

	for (unsigned width = 0; width <= 8; width++) {
		fill(exhibits, width, 1000);
		text = render("{}", exhibits);
		again = render("{}", exhibits);
		expect_sound(text);
		CU_ASSERT_EQUAL(count_of(text, "<figure>"), width ? 3 : 0);
		CU_ASSERT_STRING_EQUAL(text, again);
		free(text);
		free(again);
	}
	free(exhibits);
}

/* Nothing, one symbol, all symbols alike, very many, few bits, no correlation known. */
static void test_odd_exhibits(void)
{
	struct exhibits *exhibits = calloc(1, sizeof(*exhibits));
	char *text;

	for (int i = 0; i < 5; i++) {
		fill(exhibits, 8, 0);
		memset(exhibits->count, 0, sizeof(exhibits->count));
		exhibits->symbols = (const uint64_t[]){ 0, 1, 1000, UINT64_C(1) << 60, 1 }[i];
		exhibits->count[255] = exhibits->symbols;
		exhibits->bitmap_bits = (const uint32_t[]){ 0, 8, 300, 65536, 255 }[i];
		for (unsigned lag = 0; lag < EXHIBIT_LAGS; lag++)
			exhibits->correlation[lag] = i < 3 ? NAN : 0;
		text = render("{}", exhibits);
		expect_sound(text);
		CU_ASSERT_EQUAL(count_of(text, "<img"), i == 2 || i == 3);
		free(text);
	}
	free(exhibits);
}

static void test_no_room(void)
{
	FILE *full = fopen("/dev/full", "w");
	json_t *report = json_object();

	CU_ASSERT_PTR_NOT_NULL_FATAL(full);
	CU_ASSERT_EQUAL(html_write(full, report, NULL), -EIO);
	fclose(full);
	json_decref(report);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "ais31", test_ais31 },
		{ "non-iid", test_non_iid },
		{ "other commands", test_others },
		{ "foreign text", test_foreign_text },
		{ "numbers", test_numbers },
		{ "exhibits", test_exhibits },
		{ "odd exhibits", test_odd_exhibits },
		{ "no room", test_no_room },
	};

	return unit_run("html", tests, sizeof(tests) / sizeof(tests[0]));
}
