/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trng-evaluate - what is this source worth? AIS 31 and SP 800-90B, exact and fast. */
#include "common/background.h"
#include "evaluate/evaluate.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	if (background_open_standard_files() < 0)
		return 4;
	return evaluate_main(argc, argv, stdout, stderr);
}
