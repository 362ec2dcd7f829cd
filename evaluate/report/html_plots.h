/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html_plots - the figures of a report that are best seen as pictures. */
#ifndef TRNG_EVALUATE_REPORT_HTML_PLOTS_H
#define TRNG_EVALUATE_REPORT_HTML_PLOTS_H

#include <jansson.h>
#include <stdio.h>

/**
 * html_plots - whatever @report has of: min-entropy by estimator, p-values, ranks among
 * permutations, and the statistics of T1 to T5 over the sequences. Nothing where it has nothing.
 */
void html_plots(FILE *out, const json_t *report);

#endif
