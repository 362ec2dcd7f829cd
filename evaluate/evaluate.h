/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evaluate - the program trng-evaluate without its main(): finds the command and runs it. */
#ifndef TRNG_EVALUATE_EVALUATE_H
#define TRNG_EVALUATE_EVALUATE_H

#include <stdio.h>

/**
 * evaluate_main - @argv[0] is the program, @argv[1] the command; reports go to @out, errors,
 * remarks and progress to @err. `collect` alone knows standard output and standard error only.
 * Return: the exit status: 0 passed, 1 failed, 2 usage, 3 not enough data, 4 I/O or no memory; of
 * fips as rngtest(1).
 */
int evaluate_main(int argc, char **argv, FILE *out, FILE *err);

#endif
