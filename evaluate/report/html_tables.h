/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html_tables - the figures of a report as tables, whatever tests they come from. */
#ifndef TRNG_EVALUATE_REPORT_HTML_TABLES_H
#define TRNG_EVALUATE_REPORT_HTML_TABLES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/**
 * html_table_begin - a table that scrolls by itself when it is wider than the page; ended by
 * html_table_end(). @label is its name, shown if @is_caption.
 */
void html_table_begin(FILE *out, const char *label, bool is_caption);
void html_table_end(FILE *out);

/**
 * html_facts - the numbers, words and lists of numbers of @object as a table of two columns,
 * without those whose keys are in @without (NULL, or ended by NULL). Nothing where there are none.
 */
void html_facts(FILE *out, const char *label, bool is_caption, const json_t *object,
		const char *const *without);

/** html_has_facts - whether html_facts() has anything to show. */
bool html_has_facts(const json_t *object, const char *const *without);

/**
 * html_results - results of tests (the form of json_of_result()): one row for each kind of test,
 * those that failed, and all values of tests that ran on many sequences, to be unfolded.
 */
void html_results(FILE *out, const json_t *results);

/**
 * html_estimates - min-entropies by estimator, of up to two kinds of data side by side
 * ("literal", "bitstring"); the lowest is marked. Either may be NULL.
 */
void html_estimates(FILE *out, const char *const names[2], const json_t *const estimates[2]);

/** html_details - each object in @object as a table, to be unfolded by @title. */
void html_details(FILE *out, const char *title, const json_t *object);

/** html_is_result - whether @value is the result of a test. */
bool html_is_result(const json_t *value);

#endif
