/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html_tables - see html_tables.h */
#include "evaluate/report/html_tables.h"

#include "evaluate/report/html_text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* More rows than that nobody reads; --json has them all. */
#define ROWS_MOST    2000
#define FAILED_MOST  200
#define COLUMNS_MOST 32

/* Keys of a result that have a place of their own, wherever it is shown. */
static const char *const places[] = { "test",      "procedure", "run",  "block", "column",
				      "first_bit", "accept",    "pass", NULL };

static bool is_among(const char *key, const char *const *keys)
{
	for (; keys && *keys; keys++)
		if (strcmp(key, *keys) == 0)
			return true;
	return false;
}

bool html_is_result(const json_t *value)
{
	return json_is_string(json_object_get(value, "test")) && json_object_get(value, "pass");
}

void html_table_begin(FILE *out, const char *label, bool is_caption)
{
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"", out);
	html_words(out, label);
	fputs("\"><table>\n", out);
	if (!is_caption)
		return;
	fputs("<caption>", out);
	html_words(out, label);
	fputs("</caption>\n", out);
}

void html_table_end(FILE *out)
{
	fputs("</tbody></table></div>\n", out);
}

static void put_head(FILE *out, const char *const *names)
{
	fputs("<thead><tr>", out);
	for (; *names; names++)
		fprintf(out, "<th scope=\"col\">%s</th>", *names);
	fputs("</tr></thead><tbody>\n", out);
}

static void put_name(FILE *out, const char *name)
{
	/* "compression" is the name of an estimator and of a permutation statistic. */
	const char *meaning = name[0] == 'T' ? html_meaning(name) : NULL;

	html_words(out, name);
	if (meaning)
		fprintf(out, "<span class=\"meaning\">%s</span>", meaning);
}

static void put_cell(FILE *out, const json_t *value)
{
	fputs(json_is_number(value) ? "<td class=\"n\">" : "<td>", out);
	if (value)
		html_value(out, value);
	fputs("</td>", out);
}

/* ---- facts ---- */

static bool is_fact(const char *key, const json_t *value, const char *const *without)
{
	return !json_is_object(value) && !is_among(key, without) &&
	       !(json_is_array(value) && json_is_object(json_array_get(value, 0)));
}

bool html_has_facts(const json_t *object, const char *const *without)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		if (is_fact(key, value, without))
			return true;
	}
	return false;
}

void html_facts(FILE *out, const char *label, bool is_caption, const json_t *object,
		const char *const *without)
{
	static const char *const head[] = { "Figure", "Value", NULL };
	const char *key;
	json_t *value;

	if (!html_has_facts(object, without))
		return;
	html_table_begin(out, label, is_caption);
	put_head(out, head);
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		if (!is_fact(key, value, without))
			continue;
		fputs("<tr><th scope=\"row\">", out);
		html_words(out, key);
		fputs("</th><td class=\"fact\">", out);
		html_value(out, value);
		fputs("</td></tr>\n", out);
	}
	html_table_end(out);
}

/* ---- results: kinds of tests ---- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static json_int_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static bool is_same_kind(const json_t *a, const json_t *b)
{
	return strcmp(text_of(a, "test"), text_of(b, "test")) == 0 &&
	       strcmp(text_of(a, "procedure"), text_of(b, "procedure")) == 0 &&
	       number_of(a, "run") == number_of(b, "run");
}

/* One kind of test: where it begins among the results, and what came of it. */
struct kind {
	const json_t *first;
	size_t count, passed, failed;
};

static struct kind count_kind(const json_t *results, size_t at)
{
	struct kind kind = { .first = json_array_get(results, at) };

	for (size_t i = at; i < json_array_size(results); i++) {
		const json_t *result = json_array_get(results, i);
		const json_t *pass = json_object_get(result, "pass");

		if (!is_same_kind(kind.first, result))
			continue;
		kind.count++;
		kind.passed += json_is_true(pass) ? 1 : 0;
		kind.failed += json_is_false(pass) ? 1 : 0;
	}
	return kind;
}

/* Tests come in turns (T1 to T5, then T1 again): a kind is where it is seen first. */
static bool is_first_of_kind(const json_t *results, size_t at)
{
	for (size_t i = at; i-- > 0;)
		if (is_same_kind(json_array_get(results, i), json_array_get(results, at)))
			return false;
	return true;
}

static void put_figures(FILE *out, const json_t *result)
{
	const char *key;
	json_t *value;
	bool is_first = true;

	json_object_foreach((json_t *)(uintptr_t)result, key, value)
	{
		if (is_among(key, places))
			continue;
		fputs(is_first ? "" : ", ", out);
		html_words(out, key);
		fputs(" ", out);
		html_value(out, value);
		is_first = false;
	}
}

static void put_place(FILE *out, const json_t *result)
{
	json_int_t run = number_of(result, "run");

	html_escape(out, text_of(result, "procedure"));
	if (run)
		fprintf(out, " run %" JSON_INTEGER_FORMAT, run);
}

static void put_kind(FILE *out, const struct kind *kind, bool has_places)
{
	fputs(kind->failed ? "<tr class=\"failed\">" : "<tr>", out);
	if (has_places) {
		fputs("<td class=\"place\">", out);
		put_place(out, kind->first);
		fputs("</td>", out);
	}
	fputs("<th scope=\"row\">", out);
	put_name(out, text_of(kind->first, "test"));
	fputs("</th><td class=\"wide\">", out);
	if (kind->count == 1)
		put_figures(out, kind->first);
	else
		fprintf(out, "%zu sequences: %zu passed, %zu failed", kind->count, kind->passed,
			kind->failed);
	fputs("</td><td>", out);
	html_escape(out, text_of(kind->first, "accept"));
	fputs("</td><td>", out);
	html_badge(out, kind->failed                  ? json_false()
			: kind->passed == kind->count ? json_true()
						      : json_null());
	fputs("</td></tr>\n", out);
}

static void put_kinds(FILE *out, const json_t *results)
{
	static const char *const head[] = { "Of", "Test", "Found", "Accepted", "Verdict", NULL };

	bool has_places = json_object_get(json_array_get(results, 0), "procedure");

	html_table_begin(out, "Tests", false);
	put_head(out, has_places ? head : head + 1);
	for (size_t i = 0; i < json_array_size(results); i++) {
		struct kind kind;

		if (!is_first_of_kind(results, i))
			continue;
		kind = count_kind(results, i);
		put_kind(out, &kind, has_places);
	}
	html_table_end(out);
}

/* ---- results: one by one ---- */

/* Which of many: block, column, first bit. */
static void put_where(FILE *out, const json_t *result)
{
	static const char *const keys[] = { "block", "column", "first_bit" };

	for (size_t i = 0; i < 3; i++)
		put_cell(out, json_object_get(result, keys[i]));
}

static void put_failed(FILE *out, const json_t *results)
{
	static const char *const head[] = { "Of",        "Test",  "Sequence", "Column",
					    "First bit", "Found", "Accepted", NULL };
	size_t failed = 0, i;
	json_t *result;

	json_array_foreach(results, i, result)
	{
		if (!json_is_false(json_object_get(result, "pass")) ||
		    !json_object_get(result, "block") || ++failed > FAILED_MOST)
			continue;
		if (failed == 1) {
			fputs("<h3>Sequences that failed</h3>\n", out);
			html_table_begin(out, "Sequences that failed", false);
			put_head(out, head);
		}
		fputs("<tr><td class=\"place\">", out);
		put_place(out, result);
		fputs("</td><th scope=\"row\">", out);
		html_words(out, text_of(result, "test"));
		fputs("</th>", out);
		put_where(out, result);
		fputs("<td class=\"wide\">", out);
		put_figures(out, result);
		fputs("</td><td>", out);
		html_escape(out, text_of(result, "accept"));
		fputs("</td></tr>\n", out);
	}
	if (failed)
		html_table_end(out);
	if (failed > FAILED_MOST)
		fprintf(out, "<p>and %zu more; --json lists them all.</p>\n", failed - FAILED_MOST);
}

/* The keys that the results of one kind have, in the order in which they are met. */
static size_t find_columns(const json_t *results, const json_t *kind,
			   const char *columns[COLUMNS_MOST + 1])
{
	size_t count = 0, i;
	const char *key;
	json_t *result, *value;

	columns[0] = NULL;
	json_array_foreach(results, i, result)
	{
		if (!is_same_kind(result, kind))
			continue;
		json_object_foreach(result, key, value)
		{
			if (count == COLUMNS_MOST || is_among(key, places) ||
			    is_among(key, columns))
				continue;
			columns[count++] = key;
			columns[count] = NULL;
		}
	}
	return count;
}

static void put_row(FILE *out, const json_t *result, const char *const *columns)
{
	fputs(json_is_false(json_object_get(result, "pass")) ? "<tr class=\"failed\">" : "<tr>",
	      out);
	put_where(out, result);
	for (; *columns; columns++)
		put_cell(out, json_object_get(result, *columns));
	fputs("<td>", out);
	html_badge(out, json_object_get(result, "pass"));
	fputs("</td></tr>\n", out);
}

static void put_all(FILE *out, const json_t *results, const struct kind *kind)
{
	const char *columns[COLUMNS_MOST + 1];
	size_t rows = 0, i;
	json_t *result;

	find_columns(results, kind->first, columns);
	fprintf(out, "<details><summary>All %zu values of ", kind->count);
	put_place(out, kind->first);
	fputc(' ', out);
	html_words(out, text_of(kind->first, "test"));
	fputs("</summary>\n", out);
	html_table_begin(out, "All values", false);
	fputs("<thead><tr><th scope=\"col\" class=\"n\">Sequence</th><th scope=\"col\" "
	      "class=\"n\">Column</th><th scope=\"col\" class=\"n\">First bit</th>",
	      out);
	for (const char **column = columns; *column; column++) {
		fputs("<th scope=\"col\" class=\"n\">", out);
		html_words(out, *column);
		fputs("</th>", out);
	}
	fputs("<th scope=\"col\">Verdict</th></tr></thead><tbody>\n", out);
	json_array_foreach(results, i, result)
	{
		if (is_same_kind(result, kind->first) && rows++ < ROWS_MOST)
			put_row(out, result, columns);
	}
	html_table_end(out);
	if (rows > ROWS_MOST)
		fprintf(out, "<p>and %zu more; --json has them all.</p>\n", rows - ROWS_MOST);
	fputs("</details>\n", out);
}

void html_results(FILE *out, const json_t *results)
{
	put_kinds(out, results);
	put_failed(out, results);
	for (size_t i = 0; i < json_array_size(results); i++) {
		struct kind kind;

		if (!is_first_of_kind(results, i))
			continue;
		kind = count_kind(results, i);
		if (kind.count > 1)
			put_all(out, results, &kind);
	}
}
