/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plot - pictures of a report: SVG and PNG of our own making, as figures of an HTML document. Each
 * says in words what it shows, for those who do not see it.
 */
#ifndef TRNG_EVALUATE_REPORT_PLOT_H
#define TRNG_EVALUATE_REPORT_PLOT_H

#include "evaluate/report/html.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** plot_histogram - counts of each value, the ideal, and the band of 2.58 standard deviations. */
void plot_histogram(FILE *out, const struct exhibits *exhibits);

/** plot_correlation - serial correlation at each lag, and the band within 2.58 / sqrt(n). */
void plot_correlation(FILE *out, const struct exhibits *exhibits);

/** plot_bitmap - the first bits, 256 in a row, as a PNG in a data: URI. */
void plot_bitmap(FILE *out, const struct exhibits *exhibits);

/** One of several values that are compared. NAN: there is none. */
struct plot_bar {
	const char *label;
	double value;
	bool is_marked; /* the lowest, or one outside of what is accepted */
};

struct plot_scale {
	const char *id; /* unique in the document */
	const char *caption, *note;
	const char *marked;  /* what a mark means: "lowest" */
	double most;         /* right end of the axis, which begins at 0 */
	double limit;        /* a line; NAN: none */
	bool is_logarithmic; /* a p-value's axis: from 10^-6 or less to 1, @most being 1 */
};

/** plot_bars - horizontal bars below each other. */
void plot_bars(FILE *out, const struct plot_scale *scale, const struct plot_bar *bars,
	       size_t count);

/** One statistic over the blocks of the data. */
struct plot_dot {
	double value;
	bool is_second; /* of the repetition */
	bool is_out;    /* the test failed */
};

struct plot_region {
	const char *id;
	const char *caption, *note;
	double low, high; /* what is accepted lies between; NAN: no such limit */
};

/** plot_dots - @count statistics in order from left to right, and what is accepted. */
void plot_dots(FILE *out, const struct plot_region *region, const struct plot_dot *dots,
	       size_t count);

/* ---- what the pictures share ---- */

/** plot_begin, plot_end - a figure around an SVG of 720 x @height; texts are escaped. */
void plot_begin(FILE *out, const char *id, const char *caption, const char *note, unsigned height);
void plot_end(FILE *out);

/** plot_step - a round distance (1, 2 or 5 times a power of ten) for about @ticks on @range. */
double plot_step(double range, unsigned ticks);

#endif
