/* SPDX-License-Identifier: GPL-3.0-or-later */
/* threads - see threads.h */
#include "evaluate/basic/threads.h"

#include <omp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

static void *pass_gate(void *gate)
{
	pthread_mutex_lock(gate);
	pthread_mutex_unlock(gate);
	return NULL;
}

/* How many threads, at most @count, can be there at once beside this one. */
static unsigned try_threads(unsigned count)
{
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	pthread_t *thread = calloc(count, sizeof(*thread));
	unsigned made = 0;

	if (!thread)
		return 0;
	pthread_mutex_lock(&gate);
	while (made < count && pthread_create(&thread[made], NULL, pass_gate, &gate) == 0)
		made++;
	pthread_mutex_unlock(&gate);
	for (unsigned i = 0; i < made; i++)
		pthread_join(thread[i], NULL);
	free(thread);
	return made;
}

/* OpenMP's library ends the program where it gets no thread, with a status that says "failed". */
void threads_limit(unsigned count)
{
	const unsigned wanted = count ? count : (unsigned)omp_get_max_threads();
	sigset_t all, before;

	/* Signals are for the thread that called: it may be waiting for data. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	omp_set_num_threads(1 + (wanted > 1 ? (int)try_threads(wanted - 1) : 0));
	/* They are made now, while there is room for their stacks, and stay. */
#pragma omp parallel
	{
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}
