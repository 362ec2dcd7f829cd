/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame of every unit program: registers, runs and counts one CUnit suite. */
#include "tests/unit/unit.h"

#include <CUnit/Basic.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static int kept_stderr = -1;
static int captured = -1;

/* Return: 0, or -1 when CUnit refuses (no memory, a name used twice). */
static int register_tests(const char *suite, const struct unit_test *tests, size_t count)
{
	CU_pSuite cu_suite = CU_add_suite(suite, NULL, NULL);

	if (!cu_suite)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (!CU_add_test(cu_suite, tests[i].name, tests[i].fn))
			return -1;
	return 0;
}

int unit_run(const char *suite, const struct unit_test *tests, size_t count)
{
	const char *verbose = getenv("V");
	unsigned run = 0, failed = 0;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return EXIT_FAILURE;
	if (register_tests(suite, tests, count)) {
		fprintf(stderr, "%s: %s\n", suite, CU_get_error_msg());
	} else {
		CU_basic_set_mode(verbose && !strcmp(verbose, "1") ? CU_BRM_VERBOSE
								   : CU_BRM_NORMAL);
		CU_basic_run_tests();
		run = CU_get_number_of_tests_run();
		failed = CU_get_number_of_tests_failed() + CU_get_number_of_suites_failed();
	}
	CU_cleanup_registry();
	return run == count && run > 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

uint64_t unit_seed(void)
{
	const char *given = getenv("SEED");
	struct timespec now = { 0 };
	uint64_t seed;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = given ? strtoull(given, NULL, 0)
		     : (uint64_t)now.tv_sec * 1000000007u ^ (uint64_t)now.tv_nsec;
	printf("SEED=%" PRIu64 "\n", seed);
	fflush(stdout);
	return seed;
}

void unit_capture(void)
{
	fflush(stderr);
	kept_stderr = dup(STDERR_FILENO);
	captured = memfd_create("stderr", MFD_CLOEXEC);
	if (kept_stderr < 0 || captured < 0 || dup2(captured, STDERR_FILENO) < 0)
		abort();
}

size_t unit_captured(char *text, size_t size_bytes)
{
	ssize_t len;

	fflush(stderr);
	dup2(kept_stderr, STDERR_FILENO);
	close(kept_stderr);
	len = pread(captured, text, size_bytes - 1, 0);
	close(captured);
	text[len > 0 ? len : 0] = '\0';
	return len > 0 ? (size_t)len : 0;
}
