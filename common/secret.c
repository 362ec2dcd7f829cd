/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory for random bytes and keys: whole pages, so that locking one secret locks nothing else. */
#include "common/secret.h"

#include "common/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Return: @size_bytes rounded up to whole pages, at least one; 0 if there is no such size. */
static size_t whole_pages(size_t size_bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (size_bytes > SIZE_MAX / 2)
		return 0;
	return size_bytes ? (size_bytes + page - 1) / page * page : page;
}

static void warn_unlocked(int error)
{
	static atomic_flag is_warned = ATOMIC_FLAG_INIT;

	if (!atomic_flag_test_and_set(&is_warned))
		log_warning(
			"memory for random bytes cannot be locked (%s); raise the memlock limit, "
			"or swap may keep a copy",
			strerror(error));
}

void *secret_alloc(size_t size_bytes)
{
	size_t size = whole_pages(size_bytes);
	void *memory;

	if (!size) {
		errno = ENOMEM;
		return NULL;
	}
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		errno = ENOMEM;
		return NULL;
	}
	if (mlock(memory, size))
		warn_unlocked(errno);
	madvise(memory, size, MADV_DONTDUMP);
	return memory;
}

void secret_free(void *memory, size_t size_bytes)
{
	if (!memory)
		return;
	secret_wipe(memory, size_bytes);
	munmap(memory, whole_pages(size_bytes));
}

void secret_wipe(void *memory, size_t size_bytes)
{
	if (size_bytes)
		explicit_bzero(memory, size_bytes);
}
