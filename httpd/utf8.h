/* SPDX-License-Identifier: GPL-3.0-or-later */
/* utf8 - text from outside made fit for JSON. */
#ifndef TRNG_HTTPD_UTF8_H
#define TRNG_HTTPD_UTF8_H

/** utf8_mend - each byte of @text that is no part of a UTF-8 character becomes
 * '?'. */
void utf8_mend(char *text);

#endif
