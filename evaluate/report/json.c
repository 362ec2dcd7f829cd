/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json - see json.h */
#include "evaluate/report/json.h"

#include "common/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

json_t *json_of_real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_of_count(uint64_t value)
{
	return json_integer(value < INT64_MAX ? (json_int_t)value : INT64_MAX);
}

json_t *json_of_text(const char *text)
{
	json_t *json = json_string(text);
	size_t size_bytes = 4 * strlen(text) + 1; /* a byte becomes \xHH */
	struct text escaped;
	char *data;

	if (json)
		return json;
	data = malloc(size_bytes);
	if (!data)
		return NULL;
	text_init(&escaped, data, size_bytes);
	text_add_escaped(&escaped, text, strlen(text));
	json = json_string(data);
	free(data);
	return json;
}

json_t *json_of_pass(enum outcome outcome)
{
	if (outcome == OUTCOME_PASS)
		return json_true();
	return outcome == OUTCOME_FAIL ? json_false() : json_null();
}

static json_t *json_of_value(const struct figure *figure, unsigned at)
{
	switch (figure->kind) {
	case FIGURE_INTEGER:
		return json_integer(figure->integer[at]);
	case FIGURE_REAL:
		return json_of_real(figure->real[at]);
	case FIGURE_WORD:
	default:
		return json_of_text(figure->word);
	}
}

static json_t *json_of_figure(const struct figure *figure)
{
	json_t *list;

	if (figure->values == 0)
		return json_of_value(figure, 0);
	list = json_array();
	for (unsigned i = 0; i < figure->values; i++)
		json_array_append_new(list, json_of_value(figure, i));
	return list;
}

static void add_figures(json_t *object, const struct result *result)
{
	for (unsigned i = 0; i < result->figures; i++)
		json_object_set_new(object, result->figure[i].name,
				    json_of_figure(&result->figure[i]));
}

json_t *json_of_figures(const struct result *result)
{
	json_t *object = json_object();

	add_figures(object, result);
	return object;
}

json_t *json_of_result(const struct result *result)
{
	json_t *object = json_object();

	json_object_set_new(object, "test", json_of_text(result->test));
	if (result->procedure)
		json_object_set_new(object, "procedure", json_of_text(result->procedure));
	if (result->run)
		json_object_set_new(object, "run", json_integer(result->run));
	if (result->block >= 0) {
		json_object_set_new(object, "block", json_integer(result->block));
		json_object_set_new(object, "column", json_integer(result->column));
	}
	if (result->procedure || result->block >= 0)
		json_object_set_new(object, "first_bit", json_of_count(result->first_bit));
	add_figures(object, result);
	if (result->accept)
		json_object_set_new(object, "accept", json_of_text(result->accept));
	json_object_set_new(object, "pass", json_of_pass(result->outcome));
	if (result->outcome == OUTCOME_SHORT)
		json_object_set_new(object, "needs_bits", json_of_count(result->needs_bits));
	return object;
}
