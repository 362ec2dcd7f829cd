/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html_text - see html_text.h */
#include "evaluate/report/html_text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

void html_escape(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			/* Control characters have no place in a document, not even as numbers. */
			if ((unsigned char)*text < ' ' || *text == 0x7f)
				fputs("\xEF\xBF\xBD", out);
			else
				fputc(*text, out);
		}
	}
}

void html_words(FILE *out, const char *key)
{
	char one[2] = "";

	for (; *key; key++) {
		one[0] = *key == '_' ? ' ' : *key;
		html_escape(out, one);
	}
}

/* Thousands apart by narrow spaces that do not break. */
static void put_integer(FILE *out, json_int_t value)
{
	char digits[32];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT,
				      value < 0 ? -value : value);

	if (value < 0)
		fputs("\xE2\x88\x92", out); /* a minus sign */
	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0 && len > 4)
			fputs("\xE2\x80\xAF", out);
		fputc(digits[i], out);
	}
}

void html_value(FILE *out, const json_t *value)
{
	const json_t *item;
	size_t i;

	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_INTEGER:
		put_integer(out, json_integer_value(value));
		break;
	case JSON_REAL:
		fprintf(out, "%.10g", json_real_value(value));
		break;
	case JSON_STRING:
		html_escape(out, json_string_value(value));
		break;
	case JSON_TRUE:
		fputs("yes", out);
		break;
	case JSON_FALSE:
		fputs("no", out);
		break;
	case JSON_ARRAY:
		json_array_foreach(value, i, item)
		{
			fputs(i ? "; " : "", out);
			html_value(out, item);
		}
		break;
	case JSON_OBJECT:
	case JSON_NULL:
	default:
		fputs("none", out);
	}
}

void html_badge(FILE *out, const json_t *pass)
{
	if (json_is_true(pass))
		fputs("<span class=\"badge pass\">pass</span>", out);
	else if (json_is_false(pass))
		fputs("<span class=\"badge fail\">FAIL</span>", out);
	else
		fputs("<span class=\"badge\">not judged</span>", out);
}

const char *html_meaning(const char *name)
{
	static const char *const meanings[][2] = {
		{ "T0", "disjointness of 48-bit words" },
		{ "T1", "monobit" },
		{ "T2", "poker" },
		{ "T3", "runs" },
		{ "T4", "long runs" },
		{ "T5", "autocorrelation" },
		{ "T6a", "uniform distribution" },
		{ "T6b", "transitions, order 1" },
		{ "T7a", "transitions, order 2" },
		{ "T7b", "transitions, order 3" },
		{ "T8", "entropy (Coron)" },
		{ "most_common_value", "6.3.1" },
		{ "collision", "6.3.2, bits only" },
		{ "markov", "6.3.3, bits only" },
		{ "compression", "6.3.4, bits only" },
		{ "t_tuple", "6.3.5" },
		{ "lrs", "6.3.6, longest repeated substring" },
		{ "multi_mcw", "6.3.7, most common in window" },
		{ "lag", "6.3.8" },
		{ "multi_mmc", "6.3.9, Markov model with counting" },
		{ "lz78y", "6.3.10" },
	};

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strcmp(name, meanings[i][0]) == 0)
			return meanings[i][1];
	return NULL;
}

double html_real(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}
