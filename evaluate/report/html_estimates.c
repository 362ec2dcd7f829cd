/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html_estimates - see html_tables.h: estimates of min-entropy, and what they came from. */
#include "evaluate/report/html_tables.h"
#include "evaluate/report/html_text.h"

#include <math.h>
#include <stdint.h>

static double lowest(const json_t *estimates)
{
	double least = INFINITY;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)estimates, key, value)
	{
		if (json_is_number(value))
			least = fmin(least, json_number_value(value));
	}
	return least;
}

static void put_estimate(FILE *out, const json_t *value, double least)
{
	if (!json_is_number(value)) {
		fputs("<td class=\"n meaning\">not for these data</td>", out);
		return;
	}
	fprintf(out, "<td class=\"n\">%.10g%s</td>", json_number_value(value),
		json_number_value(value) <= least ? " (lowest)" : "");
}

static void put_row(FILE *out, const char *key, const json_t *const estimates[2],
		    const double least[2])
{
	const char *meaning = html_meaning(key);
	bool is_lowest = false;

	for (unsigned i = 0; i < 2; i++)
		is_lowest |= html_real(estimates[i], key) <= least[i];
	fputs(is_lowest ? "<tr class=\"lowest\"><th scope=\"row\">" : "<tr><th scope=\"row\">",
	      out);
	html_words(out, key);
	if (meaning)
		fprintf(out, "<span class=\"meaning\">%s</span>", meaning);
	fputs("</th>", out);
	for (unsigned i = 0; i < 2; i++)
		if (json_is_object(estimates[i]))
			put_estimate(out, json_object_get(estimates[i], key), least[i]);
	fputs("</tr>\n", out);
}

void html_estimates(FILE *out, const char *const names[2], const json_t *const estimates[2])
{
	const double least[] = { lowest(estimates[0]), lowest(estimates[1]) };
	const json_t *keys = json_is_object(estimates[0]) ? estimates[0] : estimates[1];
	const char *key;
	json_t *value;

	html_table_begin(out, "Min-entropy by estimator, in bits per symbol and per bit", true);
	fputs("<thead><tr><th scope=\"col\">Estimator</th>", out);
	for (unsigned i = 0; i < 2; i++) {
		if (!json_is_object(estimates[i]))
			continue;
		fputs("<th scope=\"col\" class=\"n\">", out);
		html_words(out, names[i]);
		fputs("</th>", out);
	}
	fputs("</tr></thead><tbody>\n", out);
	json_object_foreach((json_t *)(uintptr_t)keys, key, value)
	{
		put_row(out, key, estimates, least);
	}
	html_table_end(out);
}

void html_details(FILE *out, const char *title, const json_t *object)
{
	const char *key;
	json_t *value;

	fputs("<details><summary>", out);
	html_words(out, title);
	fputs("</summary>\n", out);
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		if (!json_is_object(value))
			continue;
		fputs("<h3>", out);
		html_words(out, key);
		fputs("</h3>\n", out);
		html_facts(out, key, false, value, NULL);
	}
	fputs("</details>\n", out);
}
