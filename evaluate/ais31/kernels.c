/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernels - see kernels.h */
#include "evaluate/ais31/kernels.h"

/* 16 bytes are a register everywhere (SSE2, NEON); where not, compilers make do with two words. */
#define LANES_SUM   sum_16
#define LANES_BYTES 16
#define LANES_TARGET
#include "evaluate/ais31/lanes.h"

#ifdef __x86_64__
#define LANES_SUM    sum_32
#define LANES_BYTES  32
#define LANES_TARGET __attribute__((target("avx2")))
#include "evaluate/ais31/lanes.h"

#define LANES_SUM    sum_64
#define LANES_BYTES  64
#define LANES_TARGET __attribute__((target("avx512f")))
#include "evaluate/ais31/lanes.h"

static bool has_avx512(void)
{
	return __builtin_cpu_supports("avx512f");
}

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}
#endif

static bool always(void)
{
	return true;
}

const struct kernel kernels[] = {
#ifdef __x86_64__
	{ "avx512f", has_avx512, sum_64 },
	{ "avx2", has_avx2, sum_32 },
#endif
	{ "plain", always, sum_16 },
};
const size_t kernels_count = sizeof(kernels) / sizeof(kernels[0]);

const struct kernel *kernels_best(void)
{
	const struct kernel *kernel = kernels;

	while (!kernel->is_supported())
		kernel++;
	return kernel;
}
