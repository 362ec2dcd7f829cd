/* SPDX-License-Identifier: GPL-3.0-or-later */
/* output - where reports go: standard output, and a file that is opened before the long work
 * begins. */
#ifndef TRNG_EVALUATE_REPORT_OUTPUT_H
#define TRNG_EVALUATE_REPORT_OUTPUT_H

#include <stdio.h>

#include "evaluate/report/html.h"

/**
 * output_open - @path for writing; what is in it stays there until output_html().
 * @taken_fd: of a file that must not be overwritten, or -1.
 * Return: a descriptor; -EEXIST: it is that file; -errno.
 */
int output_open(const char *path, int taken_fd);

/** output_html - @report as html_write() does, in place of all that @fd had; closes @fd. Return: 0,
 * -errno. */
int output_html(int fd, const json_t *report, const struct exhibits *exhibits);

/** output_json - @report and a newline on @out. Return: 0, -errno (-ENOMEM: @report is NULL). */
int output_json(FILE *out, const json_t *report);

/** output_flush - what @out still holds must be out now. Return: 0, -errno. */
int output_flush(FILE *out);

#endif
