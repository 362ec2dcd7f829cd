/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log - one line for a person: to standard error in the foreground, to syslog as a daemon. */
#ifndef TRNG_COMMON_LOG_H
#define TRNG_COMMON_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_NOTICE, LOG_LEVEL_DEBUG };

/**
 * log_open - say who speaks and where to. Until called: standard error, name "trng".
 *
 * State: the one mutable global of the project (name, target, level).
 * @name:      program name, not copied; must outlive the process.
 * @to_syslog: true sends lines to syslog(3) (facility daemon), false to standard error. On
 *             standard error that is the journal (JOURNAL_STREAM is set), lines carry a
 *             "<N>" priority prefix as sd-daemon(3) describes.
 * @level:     lines above this level are dropped.
 */
void log_open(const char *name, bool to_syslog, enum log_level level);

/** log_to_syslog - from here on lines go to syslog(3). Other threads may be writing lines
 * meanwhile. */
void log_to_syslog(void);

/**
 * log_error, log_warning, log_notice, log_debug - write one line; no newline in @format.
 *
 * Control characters in the result are replaced by '?', so nothing from outside can forge a
 * line. At most 1000 bytes are written. Never fails and keeps errno. Never given random bytes.
 */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
