/* SPDX-License-Identifier: GPL-3.0-or-later */
/* interrupt - see interrupt.h */
#include "evaluate/interrupt.h"

#include <signal.h>
#include <stddef.h>

static const int signals[] = { SIGINT, SIGTERM };

/* A handler reaches nothing but this. */
static volatile sig_atomic_t has_come;

static void note(int number)
{
	(void)number;
	has_come = 1;
}

static void install(void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = (int)SA_RESETHAND };
	struct sigaction before;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
}

void interrupt_await(void)
{
	has_come = 0;
	install(note);
}

bool interrupt_came(void)
{
	return has_come;
}

void interrupt_release(void)
{
	install(SIG_DFL);
	has_come = 0;
}
