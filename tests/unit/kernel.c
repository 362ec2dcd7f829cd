/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernel: what is asked of the kernel, byte by byte, and what becomes of it when it says no. */
#include "fuse-trng/kernel.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW_MS      5000
#define PIECE_BYTES 4096 /* of one call, as in kernel.c */

/* The kernel in this test: what it answers, and what it was asked. */
static struct {
	bool is_real; /* hands the calls on */
	int add_error;
	int reseed_error;
	char calls[256]; /* "add(BITS/BYTES) reseed " */
	uint8_t mixed[PIECE_BYTES];
	const struct rand_pool_info *info; /* where it was given */
} fake;

typedef int ioctl_function(int fd, unsigned long request, ...);

static int real_ioctl(int fd, unsigned long request, void *argument)
{
	union { /* ISO C has no way from the one to the other */
		void *object;
		ioctl_function *call;
	} found = { .object = dlsym(RTLD_NEXT, "ioctl") };

	return found.call(fd, request, argument);
}

static int answer(int error)
{
	errno = error;
	return error ? -1 : 0;
}

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *format, ...)
{
	size_t len = strlen(fake.calls);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(fake.calls + len, sizeof(fake.calls) - len, format, arguments);
	va_end(arguments);
}

/* In place of the library's. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (fake.is_real)
		return real_ioctl(fd, request, argument);
	if (request == RNDRESEEDCRNG) {
		note("reseed ");
		return answer(fake.reseed_error);
	}
	CU_ASSERT_EQUAL_FATAL(request, RNDADDENTROPY);
	fake.info = argument;
	note("add(%d/%d) ", fake.info->entropy_count, fake.info->buf_size);
	memcpy(fake.mixed, fake.info->buf, (size_t)fake.info->buf_size);
	return answer(fake.add_error);
}

static void expect_calls(const char *calls)
{
	CU_ASSERT_STRING_EQUAL(fake.calls, calls);
	fake.calls[0] = '\0';
}

static void expect_status(const struct kernel *kernel, uint64_t now_ms, const char *expected)
{
	char buffer[512];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	kernel_describe(kernel, &text, now_ms);
	CU_ASSERT_STRING_EQUAL(buffer, expected);
}

static void open_on(struct kernel *kernel)
{
	memset(&fake, 0, sizeof(fake));
	unit_capture();
	CU_ASSERT_EQUAL(kernel_open(kernel, KERNEL_DEVICE, 60, NOW_MS), 0);
	unit_captured(fake.calls, 1);
	CU_ASSERT_EQUAL_FATAL(kernel->state, KERNEL_ON);
	expect_calls("");
}

static void test_off(void)
{
	struct kernel zeroed = { 0 };
	struct kernel kernel;

	memset(&fake, 0, sizeof(fake));
	CU_ASSERT_EQUAL(kernel_open(&kernel, KERNEL_DEVICE, 0, NOW_MS), 0);
	CU_ASSERT_EQUAL(kernel.state, KERNEL_OFF);
	CU_ASSERT_EQUAL(kernel_due_ms(&kernel), UINT64_MAX);
	expect_calls("");
	expect_status(&kernel, NOW_MS,
		      "kernel_feed=off\nkernel_feed_s=0\nkernel_feeds=0\nkernel_bytes=0\n"
		      "kernel_bits=0\nkernel_reseeds=0\nkernel_fed_s=-1\n");
	kernel_close(&kernel);
	kernel_close(&zeroed);
	CU_ASSERT_EQUAL(fcntl(0, F_GETFD) < 0, 0);
}

static void test_asks_first(void)
{
	struct kernel kernel;
	char said[1200];
	int fd;

	memset(&fake, 0, sizeof(fake));
	unit_capture();
	CU_ASSERT_EQUAL(kernel_open(&kernel, KERNEL_DEVICE, 7, NOW_MS), 0);
	unit_captured(said, sizeof(said));
	expect_calls("add(0/0) ");
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "256 bits every 7 s"));
	CU_ASSERT_EQUAL(kernel.state, KERNEL_ON);
	CU_ASSERT_EQUAL(kernel_due_ms(&kernel), NOW_MS);
	fd = kernel.fd;
	CU_ASSERT(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	kernel_close(&kernel);
	CU_ASSERT(fcntl(fd, F_GETFD) < 0);
	CU_ASSERT_EQUAL(kernel_due_ms(&kernel), UINT64_MAX);
	kernel_close(&kernel);
}

/* Opening @device must end in a refusal that says @word. */
static void expect_refusal(const char *device, const char *word)
{
	struct kernel kernel;
	char said[1200];
	int next = dup(0);

	close(next);
	unit_capture();
	CU_ASSERT_EQUAL(kernel_open(&kernel, device, 60, NOW_MS), 0);
	unit_captured(said, sizeof(said));
	CU_ASSERT_EQUAL(kernel.state, KERNEL_REFUSED);
	CU_ASSERT_EQUAL(kernel_due_ms(&kernel), UINT64_MAX);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, word));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "kernel_feed_s = 0"));
	CU_ASSERT_EQUAL(strchr(said, '\n') - said + 1, (long)strlen(said));
	expect_status(&kernel, NOW_MS,
		      "kernel_feed=refused\nkernel_feed_s=60\nkernel_feeds=0\n"
		      "kernel_bytes=0\nkernel_bits=0\nkernel_reseeds=0\nkernel_fed_s=-1\n");
	kernel_close(&kernel);
	CU_ASSERT_EQUAL(dup(0), next);
	close(next);
}

static void test_refused(void)
{
	static const int errors[] = { EINVAL, ENOTTY, EFAULT, ENOSYS };

	memset(&fake, 0, sizeof(fake));
	fake.add_error = EPERM;
	expect_refusal(KERNEL_DEVICE, "CAP_SYS_ADMIN");
	expect_calls("add(0/0) ");
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		fake.add_error = errors[i];
		expect_refusal(KERNEL_DEVICE, strerror(errors[i]));
	}
}

/* Our own file may be bound over /dev/random, and a call on it would be a call to ourselves. */
static void test_other_files(void)
{
	char folder[] = "/tmp/trng-kernel.XXXXXX";
	char fifo[64];

	memset(&fake, 0, sizeof(fake));
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	CU_ASSERT_EQUAL(mkfifo(fifo, 0600), 0);
	expect_refusal(fifo, strerror(ENOTTY));
	expect_refusal(folder, strerror(ENOTTY));
	expect_refusal("/dev/null", strerror(ENOTTY));
	expect_refusal("/nowhere/random", strerror(ENOENT));
	expect_calls("");
	unlink(fifo);
	rmdir(folder);
}

static bool is_zero(const void *memory, size_t len_bytes)
{
	const uint8_t *bytes = memory;

	for (size_t i = 0; i < len_bytes; i++) {
		if (bytes[i] != 0)
			return false;
	}
	return true;
}

static void test_credit(void)
{
	static const size_t sizes[] = { 64, 33, 1, PIECE_BYTES };
	uint8_t bytes[PIECE_BYTES];
	struct kernel kernel;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 31 + 7);
	open_on(&kernel);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t now_ms = NOW_MS + i * 70000;
		char calls[64];

		CU_ASSERT_EQUAL(
			kernel_credit(&kernel, bytes, sizes[i], (unsigned)sizes[i] * 4, now_ms), 0);
		snprintf(calls, sizeof(calls), "add(%zu/%zu) reseed ", sizes[i] * 4, sizes[i]);
		expect_calls(calls);
		CU_ASSERT(memcmp(fake.mixed, bytes, sizes[i]) == 0);
		CU_ASSERT(is_zero(fake.info, sizeof(*fake.info) + PIECE_BYTES));
		CU_ASSERT_EQUAL(kernel_due_ms(&kernel), now_ms + 60000);
	}
	expect_status(&kernel, NOW_MS + 3 * 70000 + 1500,
		      "kernel_feed=on\nkernel_feed_s=60\nkernel_feeds=4\n"
		      "kernel_bytes=4194\nkernel_bits=16776\nkernel_reseeds=4\nkernel_fed_s=1.5\n");
	kernel_close(&kernel);
}

/* A source that is assessed low needs many bytes: the last piece brings the credit. */
static void test_pieces(void)
{
	static uint8_t bytes[2 * PIECE_BYTES + 5];
	struct kernel kernel;

	open_on(&kernel);
	CU_ASSERT_EQUAL(kernel_credit(&kernel, bytes, sizeof(bytes), 256, NOW_MS), 0);
	expect_calls("add(0/4096) add(0/4096) add(256/5) reseed ");
	CU_ASSERT_EQUAL(kernel_credit(&kernel, bytes, PIECE_BYTES, 256, NOW_MS), 0);
	expect_calls("add(256/4096) reseed ");
	CU_ASSERT_EQUAL(kernel.bytes, sizeof(bytes) + PIECE_BYTES);
	CU_ASSERT_EQUAL(kernel.bits, 512);
	fake.add_error = EFAULT;
	unit_capture();
	CU_ASSERT_EQUAL(kernel_credit(&kernel, bytes, sizeof(bytes), 256, NOW_MS), -EFAULT);
	unit_captured(fake.calls + 64, 1);
	expect_calls("add(0/4096) ");
	CU_ASSERT_EQUAL(kernel.bits, 512);
	kernel_close(&kernel);
}

static void test_not_seeded(void)
{
	struct kernel kernel;
	char said[1200];

	open_on(&kernel);
	fake.reseed_error = ENODATA;
	unit_capture();
	CU_ASSERT_EQUAL(kernel_credit(&kernel, (const uint8_t *)"abcd", 4, 8, NOW_MS), 0);
	CU_ASSERT_EQUAL(kernel_credit(&kernel, (const uint8_t *)"efgh", 4, 8, NOW_MS), 0);
	CU_ASSERT_EQUAL(unit_captured(said, sizeof(said)), 0);
	expect_calls("add(8/4) reseed add(8/4) reseed ");
	fake.reseed_error = 0;
	CU_ASSERT_EQUAL(kernel_credit(&kernel, (const uint8_t *)"ijkl", 4, 8, NOW_MS), 0);
	CU_ASSERT_EQUAL(kernel.feeds, 3);
	CU_ASSERT_EQUAL(kernel.reseeds, 1);
	kernel_close(&kernel);
}

static void test_no_reseed(void)
{
	struct kernel kernel;
	char said[1200];

	open_on(&kernel);
	fake.reseed_error = EINVAL;
	unit_capture();
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(kernel_credit(&kernel, (const uint8_t *)"abcd", 4, 8, NOW_MS), 0);
	unit_captured(said, sizeof(said));
	expect_calls("add(8/4) reseed add(8/4) add(8/4) ");
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "4.14"));
	CU_ASSERT_EQUAL(strchr(said, '\n') - said + 1, (long)strlen(said));
	CU_ASSERT_EQUAL(kernel.bits, 24);
	CU_ASSERT_EQUAL(kernel.reseeds, 0);
	kernel_close(&kernel);
}

/* Return: how many lines were said in @count credits. */
static int credit_lines(struct kernel *kernel, int count, int result)
{
	char said[4000];
	int lines = 0;

	unit_capture();
	for (int i = 0; i < count; i++)
		CU_ASSERT_EQUAL(kernel_credit(kernel, (const uint8_t *)"abcd", 4, 8, NOW_MS),
				result);
	unit_captured(said, sizeof(said));
	for (const char *at = said; (at = strchr(at, '\n')); at++)
		lines++;
	return lines;
}

static void test_trouble(void)
{
	struct kernel kernel;

	open_on(&kernel);
	fake.add_error = EFAULT;
	CU_ASSERT_EQUAL(credit_lines(&kernel, 3, -EFAULT), 1);
	expect_calls("add(8/4) add(8/4) add(8/4) ");
	CU_ASSERT(is_zero(fake.info, sizeof(*fake.info) + 4));
	CU_ASSERT_EQUAL(kernel_due_ms(&kernel), NOW_MS + 60000);
	CU_ASSERT_EQUAL(kernel.bits + kernel.bytes + kernel.feeds + kernel.reseeds, 0);
	fake.add_error = 0;
	CU_ASSERT_EQUAL(credit_lines(&kernel, 1, 0), 0);
	fake.add_error = EFAULT;
	CU_ASSERT_EQUAL(credit_lines(&kernel, 2, -EFAULT), 1);
	fake.calls[0] = '\0';
	fake.add_error = EPERM;
	CU_ASSERT_EQUAL(credit_lines(&kernel, 1, -EPERM), 1);
	expect_calls("add(8/4) ");
	CU_ASSERT_EQUAL(kernel.state, KERNEL_REFUSED);
	CU_ASSERT_EQUAL(kernel_due_ms(&kernel), UINT64_MAX);
	expect_status(&kernel, NOW_MS,
		      "kernel_feed=refused\nkernel_feed_s=60\nkernel_feeds=1\n"
		      "kernel_bytes=4\nkernel_bits=8\nkernel_reseeds=1\nkernel_fed_s=0.0\n");
	kernel_close(&kernel);
}

/* The kernel that runs this: mixing without a credit harms nobody. */
static void test_real(void)
{
	struct kernel kernel;

	memset(&fake, 0, sizeof(fake));
	fake.is_real = true;
	unit_capture();
	CU_ASSERT_EQUAL(kernel_open(&kernel, KERNEL_DEVICE, 1, NOW_MS), 0);
	unit_captured(fake.calls, 1);
	if (kernel.state == KERNEL_ON) {
		CU_ASSERT_EQUAL(kernel_credit(&kernel, (const uint8_t *)"abcd", 4, 0, NOW_MS), 0);
		CU_ASSERT_EQUAL(kernel.reseeds, 1);
	} else {
		CU_ASSERT_EQUAL(kernel.state, KERNEL_REFUSED);
	}
	kernel_close(&kernel);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "off", test_off },
		{ "asks first", test_asks_first },
		{ "refused", test_refused },
		{ "not the kernel's device", test_other_files },
		{ "credit and reseed", test_credit },
		{ "in pieces", test_pieces },
		{ "kernel not seeded yet", test_not_seeded },
		{ "kernel before 4.14", test_no_reseed },
		{ "trouble later", test_trouble },
		{ "the real kernel", test_real },
	};

	return unit_run("kernel", tests, sizeof(tests) / sizeof(tests[0]));
}
