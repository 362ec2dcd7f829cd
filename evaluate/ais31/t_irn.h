/* SPDX-License-Identifier: GPL-3.0-or-later */
/* t_irn - the black-box suite T_irn of the functionality classes v3.0 (10 September 2024). */
#ifndef TRNG_EVALUATE_AIS31_T_IRN_H
#define TRNG_EVALUATE_AIS31_T_IRN_H

#include "evaluate/ais31/session.h"

#define T_IRN_BITS 2040000

/**
 * t_irn_run - monobit and poker test on 20,000 bits each, the MultiMMC and LZ78Y predictors of
 * SP 800-90B (6.3.9, 6.3.10) on 1,000,000 bits each.
 * Return: 0, SESSION_SHORT, -ENOMEM or what the source failed with.
 */
int t_irn_run(struct session *session);

#endif
