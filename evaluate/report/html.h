/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html - a report as one self-contained file with plots, to hand to a reviewer. */
#ifndef TRNG_EVALUATE_REPORT_HTML_H
#define TRNG_EVALUATE_REPORT_HTML_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#define EXHIBIT_LAGS        64
#define EXHIBIT_BITMAP_BITS 65536

/** What the plots show besides the report's own figures; zeros where there is nothing. */
struct exhibits {
	unsigned width;   /* bits per symbol of the histogram, 1..8; 0: no data to show */
	uint64_t symbols; /* that were counted */
	uint64_t count[256];
	double correlation[EXHIBIT_LAGS]; /* at lag i + 1, of the symbols' values; NAN: not known */
	uint8_t bitmap[EXHIBIT_BITMAP_BITS / 8]; /* the first bits of the data, MSB first */
	uint32_t bitmap_bits;
};

/**
 * html_write - the @report (the object that --json prints) and its plots on @out.
 * One file: no script, no reference to anything outside; foreign text (file names) is escaped.
 * Light and dark, on paper too. Does not close @out. Return: 0, or -EIO where @out failed.
 */
int html_write(FILE *out, const json_t *report, const struct exhibits *exhibits);

#endif
