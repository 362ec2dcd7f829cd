/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text - see text.h */
#include "evaluate/report/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *word, *loud, *colour;
} looks[] = {
	[OUTCOME_NONE] = { "-", "DONE", "" },
	[OUTCOME_PASS] = { "pass", "PASSED", "\033[32m" },
	[OUTCOME_FAIL] = { "FAIL", "FAILED", "\033[1;31m" },
	[OUTCOME_SHORT] = { "too short", "INCOMPLETE", "\033[33m" },
};

void page_init(struct page *page, FILE *out)
{
	const char *none = getenv("NO_COLOR");

	page->out = out;
	page->has_colour = isatty(fileno(out)) == 1 && !(none && *none);
}

void page_line(const struct page *page, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(page->out, format, args);
	va_end(args);
	fputc('\n', page->out);
}

static void print_coloured(const struct page *page, const char *colour, const char *text, int width)
{
	if (page->has_colour)
		fprintf(page->out, "%s%-*s\033[0m", colour, width, text);
	else
		fprintf(page->out, "%-*s", width, text);
}

void page_title(const struct page *page, const char *title)
{
	fputc('\n', page->out);
	print_coloured(page, "\033[1m", title, 0);
	fputc('\n', page->out);
}

void page_item(const struct page *page, unsigned indent, const char *label, const char *text)
{
	size_t column = (size_t)fprintf(page->out, "%-*s", (int)indent, label);
	bool is_first = true;

	for (; *text; is_first = false) {
		size_t word = strcspn(text, " ");

		if (!is_first && column + 1 + word > PAGE_COLUMNS - 1) {
			column = (size_t)fprintf(page->out, "\n%*s", (int)indent, "") - 1;
			is_first = true;
		}
		column +=
			(size_t)fprintf(page->out, "%s%.*s", is_first ? "" : " ", (int)word, text);
		text += word;
		text += strspn(text, " ");
	}
	fputc('\n', page->out);
}

void page_paragraph(const struct page *page, unsigned indent, const char *text)
{
	page_item(page, indent, "", text);
}

void page_outcome(const struct page *page, enum outcome outcome, unsigned width)
{
	print_coloured(page, looks[outcome].colour, looks[outcome].word, (int)width);
}

void page_verdict(const struct page *page, enum outcome outcome, const char *sentence)
{
	fputc('\n', page->out);
	print_coloured(page, looks[outcome].colour, looks[outcome].loud, 0);
	fprintf(page->out, ": %s\n", sentence);
}

const char *page_number(double value, char into[static PAGE_NUMBER_BYTES])
{
	if (isfinite(value))
		snprintf(into, PAGE_NUMBER_BYTES, "%.7g", value);
	else
		strcpy(into, "-");
	return into;
}

const char *page_figure(const struct figure *figure, unsigned at,
			char into[static PAGE_NUMBER_BYTES])
{
	if (figure->kind == FIGURE_REAL)
		return page_number(figure->real[at], into);
	if (figure->kind == FIGURE_WORD)
		return figure->word;
	snprintf(into, PAGE_NUMBER_BYTES, "%" PRId64, figure->integer[at]);
	return into;
}

const char *page_count(uint64_t count, char into[static PAGE_NUMBER_BYTES])
{
	char plain[PAGE_NUMBER_BYTES];
	int len = snprintf(plain, sizeof(plain), "%" PRIu64, count), at = 0;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			into[at++] = ',';
		into[at++] = plain[i];
	}
	into[at] = '\0';
	return into;
}
