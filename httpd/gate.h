/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gate - what every request must pass before a handler sees it. */
#ifndef TRNG_HTTPD_GATE_H
#define TRNG_HTTPD_GATE_H

#include <stdbool.h>

struct exchange;

/**
 * gate_passes - find the route, and check in this order: is the server stopping (503), headers
 * (400), Host (421), length of the URL (414), path (404, and OPTIONS: 204), method (405),
 * connections and requests of the address (429), credential (401), role (401, 403), site (403).
 *
 * The caller is known already; a wrong credential only counts where it is checked.
 * Return: true; false: answered.
 */
bool gate_passes(struct exchange *exchange);

#endif
