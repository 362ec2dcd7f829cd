/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clock - time as the server uses it. */
#ifndef TRNG_HTTPD_CLOCK_H
#define TRNG_HTTPD_CLOCK_H

#include <stdint.h>

/** clock_now_ms - monotonic. */
uint64_t clock_now_ms(void);

/** clock_now_s - since the epoch, UTC. */
uint64_t clock_now_s(void);

/** clock_iso - "2026-11-21T14:38:09Z". */
#define CLOCK_ISO_BYTES 24
const char *clock_iso(int64_t at_s, char text[CLOCK_ISO_BYTES]);

#endif
