/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tally - see tally.h */
#include "evaluate/tally.h"

#include "common/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define INDENT 18

/* What is judged, of tests that tell more. */
static const struct {
	const char *test, *figure;
} judged_figures[] = {
	{ "T0", "distinct" },    { "T2", "x" },           { "T5", "z" },
	{ "T6a", "deviation" },  { "T6b", "difference" }, { "T7a", "chi_square" },
	{ "T7b", "chi_square" }, { "T8", "f" },
};

/* ---- adding ---- */

static bool is_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static struct tally_test *test_of(struct tally *tally, const struct result *result)
{
	for (unsigned i = 0; i < tally->tests; i++) {
		const struct result *first = &tally->test[i].first;

		if (is_same(first->test, result->test) && first->run == result->run &&
		    is_same(first->procedure, result->procedure))
			return &tally->test[i];
	}
	if (tally->tests == TALLY_TESTS)
		return NULL;
	tally->test[tally->tests].first = *result;
	return &tally->test[tally->tests++];
}

static double value_of(const struct figure *figure, unsigned at)
{
	if (figure->kind == FIGURE_WORD)
		return NAN;
	return figure->kind == FIGURE_REAL ? figure->real[at] : (double)figure->integer[at];
}

static void widen(struct tally_test *test, const struct result *result)
{
	for (unsigned i = 0; i < result->figures; i++)
		for (unsigned j = 0; j < FIGURE_VALUES; j++) {
			double value = value_of(&result->figure[i], j);

			if (!(test->least[i][j] <= value && test->judged))
				test->least[i][j] = value;
			if (!(test->greatest[i][j] >= value && test->judged))
				test->greatest[i][j] = value;
		}
}

void tally_add(struct tally *tally, const struct result *result)
{
	struct tally_test *test = test_of(tally, result);

	if (!test)
		return;
	if (result->outcome == OUTCOME_SHORT) {
		test->is_short = true;
		return;
	}
	widen(test, result);
	test->judged++;
	if (result->outcome != OUTCOME_FAIL)
		return;
	if (test->failed < TALLY_SHOWN)
		test->place[test->failed] = (struct tally_place){ .block = result->block,
								  .column = result->column,
								  .first_bit = result->first_bit };
	test->failed++;
}

/* ---- printing ---- */

static bool is_shown(const struct result *result, const struct figure *figure)
{
	for (size_t i = 0; i < sizeof(judged_figures) / sizeof(judged_figures[0]); i++)
		if (strcmp(judged_figures[i].test, result->test) == 0 &&
		    result_find(result, judged_figures[i].figure))
			return strcmp(judged_figures[i].figure, figure->name) == 0;
	return strcmp(figure->name, "end_bit") != 0;
}

/* "2487", or "2390-2611" where there are several. */
static void describe_range(double least, double greatest, char into[static 2 * PAGE_NUMBER_BYTES])
{
	char from[PAGE_NUMBER_BYTES], to[PAGE_NUMBER_BYTES];

	page_number(least, from);
	page_number(greatest, to);
	snprintf(into, 2 * PAGE_NUMBER_BYTES, "%s%s%s", from, least < greatest ? "-" : "",
		 least < greatest ? to : "");
}

/* The names of the figures are the same in all results of one test; a list that is too long wraps.
 */
static void print_figure(const struct page *page, const struct tally_test *test, unsigned at)
{
	const struct figure *figure = &test->first.figure[at];
	char list[FIGURE_VALUES * 2 * PAGE_NUMBER_BYTES], label[PAGE_COLUMNS];
	struct text text;

	text_init(&text, list, sizeof(list));
	for (unsigned i = 0; i < (figure->values ? figure->values : 1); i++) {
		char range[2 * PAGE_NUMBER_BYTES];

		describe_range(test->least[at][i], test->greatest[at][i], range);
		text_add(&text, "%s%s", i ? " " : "", range);
	}
	snprintf(label, sizeof(label), "      %s ", figure->name);
	page_item(page, INDENT, label, figure->kind == FIGURE_WORD ? figure->word : list);
}

static void print_failures(const struct page *page, const struct tally_test *test)
{
	for (uint64_t i = 0; i < test->failed && i < TALLY_SHOWN; i++) {
		const struct tally_place *place = &test->place[i];

		fprintf(page->out, "      failed: ");
		if (place->block >= 0)
			fprintf(page->out, "block %" PRId64 ", ", place->block);
		if (place->column)
			fprintf(page->out, "bit %u of each number, ", place->column);
		page_line(page, "from bit %" PRIu64, place->first_bit);
	}
	if (test->failed > TALLY_SHOWN)
		page_line(page, "      and %" PRIu64 " more; --json lists all",
			  test->failed - TALLY_SHOWN);
}

static enum outcome outcome_of(const struct tally_test *test)
{
	if (test->failed)
		return OUTCOME_FAIL;
	return test->is_short ? OUTCOME_SHORT : OUTCOME_PASS;
}

static void print_test(const struct page *page, const struct tally_test *test)
{
	const struct result *first = &test->first;

	fprintf(page->out, "  %-4s", first->test);
	page_outcome(page, outcome_of(test), test->judged > 1 ? 9 : 0);
	if (test->judged > 1)
		fprintf(page->out, "   %" PRIu64 " of %" PRIu64 " failed", test->failed,
			test->judged);
	fputc('\n', page->out);
	if (first->accept)
		page_item(page, INDENT, "      accepted", first->accept);
	for (unsigned i = 0; test->judged && i < first->figures; i++)
		if (is_shown(first, &first->figure[i]))
			print_figure(page, test, i);
	print_failures(page, test);
}

void tally_print(const struct tally *tally, const char *procedure, unsigned run,
		 const struct page *page)
{
	for (unsigned i = 0; i < tally->tests; i++)
		if (is_same(tally->test[i].first.procedure, procedure) &&
		    tally->test[i].first.run == run)
			print_test(page, &tally->test[i]);
}
