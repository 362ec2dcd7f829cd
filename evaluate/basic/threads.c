/* SPDX-License-Identifier: GPL-3.0-or-later */
/* threads - see threads.h */
#include "evaluate/basic/threads.h"

#include <omp.h>

void threads_limit(unsigned count)
{
	omp_set_num_threads((int)count);
}
