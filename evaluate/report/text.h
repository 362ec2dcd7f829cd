/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text - a report for people: 80 columns, and colours on a terminal that wants them. */
#ifndef TRNG_EVALUATE_REPORT_TEXT_H
#define TRNG_EVALUATE_REPORT_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "evaluate/core/result.h"

#define PAGE_COLUMNS      80
#define PAGE_NUMBER_BYTES 32

struct page {
	FILE *out;
	bool has_colour;
};

/** page_init - colours if @out is a terminal and the environment has no NO_COLOR (no-color.org). */
void page_init(struct page *page, FILE *out);

/** page_line - one line, printf-style; the newline is added. */
void page_line(const struct page *page, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** page_title - an empty line, and @title in bold. */
void page_title(const struct page *page, const char *title);

/** page_paragraph - @text, words wrapped at the page's width, each line behind @indent spaces. */
void page_paragraph(const struct page *page, unsigned indent, const char *text);

/** page_item - @label, and @text as a paragraph beside it. */
void page_item(const struct page *page, unsigned indent, const char *label, const char *text);

/** page_outcome - "pass", "FAIL", "too short" or "-", coloured, padded to @width columns. No
 * newline. */
void page_outcome(const struct page *page, enum outcome outcome, unsigned width);

/** page_verdict - the last line: the outcome in capitals, and @sentence. */
void page_verdict(const struct page *page, enum outcome outcome, const char *sentence);

/** page_figure - value @at of @figure as a person reads it: integers whole, reals by page_number().
 */
const char *page_figure(const struct figure *figure, unsigned at,
			char into[static PAGE_NUMBER_BYTES]);

/** page_number - a number as a person reads it, 7 digits, in @into; "-" for what is no number. */
const char *page_number(double value, char into[static PAGE_NUMBER_BYTES]);

/** page_count - 1234567 as "1,234,567", in @into. */
const char *page_count(uint64_t count, char into[static PAGE_NUMBER_BYTES]);

#endif
