/* SPDX-License-Identifier: GPL-3.0-or-later */
/* result - see result.h */
#include "evaluate/core/result.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void result_init(struct result *result, const char *test)
{
	*result = (struct result){ .test = test, .block = -1 };
}

static struct figure *append(struct result *result, const char *name, enum figure_kind kind)
{
	assert(result->figures < RESULT_FIGURES);
	struct figure *figure = &result->figure[result->figures++];

	*figure = (struct figure){ .name = name, .kind = kind };
	return figure;
}

void result_integer(struct result *result, const char *name, int64_t value)
{
	append(result, name, FIGURE_INTEGER)->integer[0] = value;
}

void result_real(struct result *result, const char *name, double value)
{
	append(result, name, FIGURE_REAL)->real[0] = value;
}

void result_word(struct result *result, const char *name, const char *word)
{
	append(result, name, FIGURE_WORD)->word = word;
}

void result_integers(struct result *result, const char *name, const int64_t *value, unsigned count)
{
	assert(count >= 1 && count <= FIGURE_VALUES);
	struct figure *figure = append(result, name, FIGURE_INTEGER);

	figure->values = count;
	memcpy(figure->integer, value, count * sizeof(*value));
}

void result_reals(struct result *result, const char *name, const double *value, unsigned count)
{
	assert(count >= 1 && count <= FIGURE_VALUES);
	struct figure *figure = append(result, name, FIGURE_REAL);

	figure->values = count;
	memcpy(figure->real, value, count * sizeof(*value));
}

const struct figure *result_find(const struct result *result, const char *name)
{
	for (unsigned i = 0; i < result->figures; i++)
		if (strcmp(result->figure[i].name, name) == 0)
			return &result->figure[i];
	return NULL;
}

double result_get(const struct result *result, const char *name)
{
	const struct figure *figure = result_find(result, name);

	if (!figure || figure->kind == FIGURE_WORD)
		return NAN;
	return figure->kind == FIGURE_REAL ? figure->real[0] : (double)figure->integer[0];
}
