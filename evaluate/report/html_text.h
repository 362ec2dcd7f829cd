/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html_text - words and numbers of a report as HTML. */
#ifndef TRNG_EVALUATE_REPORT_HTML_TEXT_H
#define TRNG_EVALUATE_REPORT_HTML_TEXT_H

#include <jansson.h>
#include <stdio.h>

/** html_escape - @text, whoever wrote it, as plain text within elements and quoted attributes. */
void html_escape(FILE *out, const char *text);

/** html_words - a key as a person reads it: "most_common_value" is "most common value". Escaped. */
void html_words(FILE *out, const char *key);

/** html_value - a number (10 digits), word or list of them; "none" for null. Escaped. */
void html_value(FILE *out, const json_t *value);

/** html_badge - whether a test passed, as a word on colour: true, false; null: not judged. */
void html_badge(FILE *out, const json_t *pass);

/** html_meaning - what test or estimator @name is about, or NULL. */
const char *html_meaning(const char *name);

/** html_real - the number @key of @object as a real; NAN without one. */
double html_real(const json_t *object, const char *key);

#endif
