/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command - init, shutdown and restart: a word for the file `control`, and what came of it. */
#ifndef TRNG_HTTPD_COMMAND_H
#define TRNG_HTTPD_COMMAND_H

struct exchange;

/**
 * command_handle - GET init, shutdown, restart; the answer comes when the transition is over.
 * Codes: 200; 409 it is so already; 555 with the reason. A client who leaves ends the wait, not the
 *        transition.
 */
void command_handle(struct exchange *exchange);

#endif
