/* SPDX-License-Identifier: GPL-3.0-or-later */
/* threads - fewer than asked for, where the system gives no more. */
#include "evaluate/basic/threads.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <dlfcn.h>
#include <errno.h>
#include <omp.h>
#include <pthread.h>

typedef int create_function(pthread_t *thread, const pthread_attr_t *attributes,
			    void *(*run)(void *), void *ctx);

/* In place of the library's: so many threads are made, the one after them is not. */
static unsigned refused_after = -1U;

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
		   void *ctx)
{
	union { /* ISO C has no way from the one to the other */
		void *object;
		create_function *create;
	} found = { .object = dlsym(RTLD_NEXT, "pthread_create") };

	return refused_after-- == 0 ? EAGAIN : found.create(thread, attributes, run, ctx);
}

static void as_many_as_asked_for(void)
{
	omp_set_dynamic(0);
	threads_limit(3);
	CU_ASSERT_EQUAL(omp_get_max_threads(), 3);
	threads_limit(1);
	CU_ASSERT_EQUAL(omp_get_max_threads(), 1);
}

/* OpenMP's own library would end the program. */
static void as_many_as_there_are(void)
{
	omp_set_num_threads(7);
	refused_after = 2;
	threads_limit(0);
	CU_ASSERT_EQUAL(omp_get_max_threads(), 3);
	refused_after = 0;
	threads_limit(9);
	CU_ASSERT_EQUAL(omp_get_max_threads(), 1);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "as many as asked for", as_many_as_asked_for },
		{ "as many as there are", as_many_as_there_are },
	};

	return unit_run("threads", tests, sizeof(tests) / sizeof(tests[0]));
}
