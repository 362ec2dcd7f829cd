/* SPDX-License-Identifier: GPL-3.0-or-later */
/* secret: zeroed, locked, out of core dumps, wiped; still there when locking is refused. */
#include "common/secret.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* AddressSanitizer turns mlock() into nothing. */
#if defined(__SANITIZE_ADDRESS__)
#define CAN_LOCK 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CAN_LOCK 0
#endif
#endif
#ifndef CAN_LOCK
#define CAN_LOCK 1
#endif

static int is_zero(const void *memory, size_t len)
{
	const unsigned char *bytes = memory;

	for (size_t i = 0; i < len; i++)
		if (bytes[i])
			return 0;
	return 1;
}

/* The VmFlags of the mapping that holds @memory, "" if none does. */
static void mapping_flags(const void *memory, char *flags, size_t size)
{
	FILE *smaps = fopen("/proc/self/smaps", "r");
	unsigned long from, to;
	char line[512];
	int is_ours = 0;

	flags[0] = '\0';
	while (smaps && fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			is_ours = (uintptr_t)memory >= from && (uintptr_t)memory < to;
		if (is_ours && !strncmp(line, "VmFlags:", 8))
			snprintf(flags, size, "%s", line);
	}
	if (smaps)
		fclose(smaps);
}

static void test_zeroed(void)
{
	unsigned char *memory = secret_alloc(70000);

	CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
	CU_ASSERT(is_zero(memory, 70000));
	memset(memory, 0xa5, 70000);
	secret_wipe(memory, 69999);
	CU_ASSERT(is_zero(memory, 69999));
	CU_ASSERT_EQUAL(memory[69999], 0xa5);
	secret_free(memory, 70000);
}

static void test_nothing(void)
{
	void *memory = secret_alloc(0);

	CU_ASSERT_PTR_NOT_NULL(memory);
	secret_free(memory, 0);
	secret_free(NULL, 0);
	secret_free(NULL, 100);
	secret_wipe(NULL, 0);
}

static void test_too_much(void)
{
	errno = 0;
	CU_ASSERT_PTR_NULL(secret_alloc(SIZE_MAX));
	CU_ASSERT_EQUAL(errno, ENOMEM);
	errno = 0;
	CU_ASSERT_PTR_NULL(secret_alloc(SIZE_MAX / 2));
	CU_ASSERT_EQUAL(errno, ENOMEM);
}

static void test_flags(void)
{
	void *memory = secret_alloc(100);
	struct rlimit limit;
	char flags[512];

	CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
	mapping_flags(memory, flags, sizeof(flags));
	if (flags[0]) {
		CU_ASSERT_PTR_NOT_NULL(strstr(flags, " dd"));
		getrlimit(RLIMIT_MEMLOCK, &limit);
		if (CAN_LOCK && limit.rlim_cur >= 65536)
			CU_ASSERT_PTR_NOT_NULL(strstr(flags, " lo"));
	}
	secret_free(memory, 100);
}

/* Root may lock whatever the limit says, so this bites only for others; both must get memory. */
static void test_unlocked(void)
{
	struct rlimit limit, none;
	void *memory;

	getrlimit(RLIMIT_MEMLOCK, &limit);
	none = limit;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_MEMLOCK, &none);
	memory = secret_alloc(4096);
	CU_ASSERT_PTR_NOT_NULL(memory);
	secret_free(memory, 4096);
	setrlimit(RLIMIT_MEMLOCK, &limit);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "zeroed and wiped", test_zeroed },  { "nothing", test_nothing },
		{ "too much", test_too_much },        { "locked, not dumped", test_flags },
		{ "locking refused", test_unlocked },
	};

	return unit_run("secret", tests, sizeof(tests) / sizeof(tests[0]));
}
