/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * collect - gathers what an evaluation needs from a slow source, for days if need be: gap-free
 * segments in a folder, resumable after reboots, with times, status and hashes (SP 800-90B 3.1.1,
 * 3.1.4).
 *
 * A restart is: `shutdown` to its end; open the source; `init`, not waited for; the first symbols;
 * close. So nothing comes before the symbols that are read: restarts.c gives the reasons.
 */
#ifndef TRNG_EVALUATE_COLLECT_COLLECT_H
#define TRNG_EVALUATE_COLLECT_COLLECT_H

/**
 * collect_main - `trng-evaluate collect`: @argv[0] is "collect"; parses its own options.
 * Return: the exit status: 0 all that was asked is there, 2 usage, 3 the source ended before, 4
 * I/O.
 */
int collect_main(int argc, char **argv);

/** collect_usage - the text of `trng-evaluate collect --help`. */
extern const char collect_usage[];

#endif
