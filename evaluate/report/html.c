/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html - see html.h */
#include "evaluate/report/html.h"

#include "evaluate/report/html_plots.h"
#include "evaluate/report/html_style.h"
#include "evaluate/report/html_tables.h"
#include "evaluate/report/html_text.h"
#include "evaluate/report/plot.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Of the report's own keys, those that have a place of their own. */
static const char *const heads[] = { "command", "version", "verdict", "exit_code", "error", NULL };

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* ---- the verdict ---- */

/* In plain words, by command; the longer ones first. @word: where nothing is passed or failed. */
static const struct sentence {
	const char *command, *word, *pass, *fail;
} sentences[] = {
	{ "ais31", NULL,
	  "The tests of AIS 20/31 found nothing that tells these data from ideal ones.",
	  "Tests of AIS 20/31 found these data different from ideal ones." },
	{ "sp800-90b iid", NULL,
	  "Nothing speaks against symbols that are independent and identically distributed.",
	  "The symbols are not independent and identically distributed." },
	{ "sp800-90b restart", NULL, "The source's restarts bear the initial estimate out.",
	  "The source's restarts contradict the initial estimate: it is not valid." },
	{ "sp800-90b conditioning", "Computed", "Entropy of the conditioned output.",
	  "The conditioning component cannot be assessed." },
	{ "sp800-90b", "Estimated", "The lowest estimate of min-entropy counts.",
	  "These data have less min-entropy than claimed, or too little to be estimated." },
	{ "fips", NULL, "No block of 20,000 bits failed.", "Blocks of 20,000 bits failed." },
	{ "summary", "Summary", "Figures to look at; none of them is judged.",
	  "Something is wrong with these data." },
	{ "", NULL, "Passed.", "Failed." },
};

static const struct sentence *sentence_for(const json_t *report)
{
	const struct sentence *sentence = sentences;

	while (!starts_with(text_of(report, "command"), sentence->command))
		sentence++;
	return sentence;
}

static void put_sentence(FILE *out, const json_t *report)
{
	const char *verdict = text_of(report, "verdict");
	const struct sentence *sentence = sentence_for(report);

	if (strcmp(verdict, "incomplete") == 0)
		fputs("There are not enough data to decide.", out);
	else
		fputs(strcmp(verdict, "pass") == 0 ? sentence->pass : sentence->fail, out);
}

/* The one number that is asked for, if there is one. */
static void put_headline(FILE *out, const json_t *report)
{
	const json_t *entropy = json_object_get(report, "min_entropy");
	const json_t *output = json_object_get(report, "h_out_text");
	double width = html_real(json_object_get(report, "input"), "width");
	json_int_t needs = json_integer_value(json_object_get(report, "needs_bits"));

	if (json_is_number(entropy)) {
		fprintf(out, "<p>Min-entropy: <strong>%.6g</strong>", json_number_value(entropy));
		if (!isnan(width))
			fprintf(out, " of %.0f", width);
		fputs(" bits per symbol.</p>\n", out);
	}
	if (json_is_string(output)) {
		fputs("<p>Entropy of the output: <strong>", out);
		html_value(out, output);
		fputs("</strong> bits.</p>\n", out);
	}
	if (*text_of(report, "error")) {
		fputs("<p>", out);
		html_escape(out, text_of(report, "error"));
		fputs(".</p>\n", out);
	} else if (needs > 0) {
		fputs("<p>Needed: ", out);
		html_value(out, json_object_get(report, "needs_bits"));
		fputs(" more bits.</p>\n", out);
	}
}

static void put_verdict(FILE *out, const json_t *report)
{
	static const char *const words[][2] = {
		{ "pass", "Passed" },
		{ "fail", "Failed" },
		{ "incomplete", "Not decided" },
	};
	const char *verdict = text_of(report, "verdict"), *class = "", *word = "No verdict";
	const char *neutral = sentence_for(report)->word;

	for (size_t i = 0; i < 3; i++)
		if (strcmp(verdict, words[i][0]) == 0) {
			class = words[i][0];
			word = words[i][1];
		}
	/* Who made no claim has passed nothing. */
	if (neutral && strcmp(class, "pass") == 0 &&
	    !json_is_number(json_object_get(report, "claim"))) {
		class = "";
		word = neutral;
	}
	fprintf(out, "<div class=\"verdict %s\">\n<p class=\"word\">%s</p>\n<p>", class, word);
	put_sentence(out, report);
	fputs("</p>\n", out);
	put_headline(out, report);
	fputs("</div>\n", out);
}

static void put_head(FILE *out, const json_t *report)
{
	const char *file = text_of(json_object_get(report, "input"), "file");

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'; img-src data:\">\n<title>",
	      out);
	html_escape(out, text_of(report, "command"));
	fputs(*file ? ": " : "", out);
	html_escape(out, file);
	fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n<h1>", html_style);
	html_escape(out, text_of(report, "command"));
	fputs(*file ? " of <bdi>" : "<bdi>", out);
	html_escape(out, file);
	fputs("</bdi></h1>\n<p>Report of trng-evaluate ", out);
	html_escape(out, text_of(report, "version"));
	fputs("</p>\n</header>\n<main>\n", out);
	put_verdict(out, report);
}

/* ---- the figures ---- */

static void put_input(FILE *out, const json_t *report)
{
	const json_t *input = json_object_get(report, "input");

	if (!json_is_object(input))
		return;
	fputs("<section>\n<h2>Data</h2>\n", out);
	html_facts(out, "Data", false, input, NULL);
	fputs("</section>\n", out);
}

static bool is_list_of_objects(const json_t *value)
{
	return json_is_array(value) && json_is_object(json_array_get(value, 0));
}

/* Results that stand alone ("independence": {...}) are shown together as a list. */
static void put_single_results(FILE *out, const json_t *report)
{
	json_t *singles = json_array(), *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)report, key, value)
	{
		if (html_is_result(value))
			json_array_append(singles, value);
	}
	if (json_array_size(singles)) {
		fputs("<section class=\"long\">\n<h2>Tests</h2>\n", out);
		html_results(out, singles);
		fputs("</section>\n", out);
	}
	json_decref(singles);
}

static void put_estimates(FILE *out, const json_t *report, const char *first, const char *second)
{
	const char *const names[] = { first, second };
	const json_t *const estimates[] = { json_object_get(report, first),
					    json_object_get(report, second) };

	if (!json_is_object(estimates[0]) && !json_is_object(estimates[1]))
		return;
	fputs("<section>\n<h2>Estimates</h2>\n", out);
	html_estimates(out, names, estimates);
	fputs("</section>\n", out);
}

/* A list of lists: "statistics": {"literal": {...}}. */
static void put_statistics(FILE *out, const json_t *report)
{
	const json_t *statistics = json_object_get(report, "statistics");
	const char *key;
	json_t *value;

	if (!json_is_object(statistics))
		return;
	fputs("<section class=\"long\">\n<h2>What the estimates come from</h2>\n", out);
	json_object_foreach((json_t *)(uintptr_t)statistics, key, value)
	{
		if (json_is_object(value))
			html_details(out, key, value);
	}
	fputs("</section>\n", out);
}

/* Objects of plain figures: "failures": {"monobit": 0, ...}, "procedures": {"A": {...}}. */
static void put_others(FILE *out, const json_t *report)
{
	static const char *const placed[] = { "input", "literal", "bitstring",
					      "rows",  "columns", "statistics" };
	const char *key, *inner;
	json_t *value, *object;
	char label[128];

	json_object_foreach((json_t *)(uintptr_t)report, key, value)
	{
		bool is_placed = !json_is_object(value) || html_is_result(value);

		for (size_t i = 0; i < sizeof(placed) / sizeof(placed[0]); i++)
			is_placed |= strcmp(key, placed[i]) == 0;
		if (is_placed)
			continue;
		html_facts(out, key, true, value, NULL);
		json_object_foreach(value, inner, object)
		{
			snprintf(label, sizeof(label), "%s: %s", key, inner);
			if (json_is_object(object))
				html_facts(out, label, true, object, NULL);
		}
	}
}

static void put_figures(FILE *out, const json_t *report)
{
	const char *key;
	json_t *value;

	if (html_has_facts(report, heads)) {
		fputs("<section>\n<h2>Figures</h2>\n", out);
		html_facts(out, "Figures", false, report, heads);
		put_others(out, report);
		fputs("</section>\n", out);
	}
	put_estimates(out, report, "literal", "bitstring");
	put_estimates(out, report, "rows", "columns");
	json_object_foreach((json_t *)(uintptr_t)report, key, value)
	{
		if (!is_list_of_objects(value))
			continue;
		fputs("<section class=\"long\">\n<h2>", out);
		html_words(out, strcmp(key, "tests") == 0     ? "Tests"
				: strcmp(key, "results") == 0 ? "Results"
							      : key);
		fputs("</h2>\n", out);
		html_results(out, value);
		fputs("</section>\n", out);
	}
	put_single_results(out, report);
	put_statistics(out, report);
}

/* ---- pictures and the end ---- */

static void put_plots(FILE *out, const json_t *report, const struct exhibits *exhibits)
{
	fputs("<section class=\"long\">\n<h2>Pictures</h2>\n", out);
	html_plots(out, report);
	if (exhibits && exhibits->width >= 1 && exhibits->width <= 8 && exhibits->symbols > 0) {
		plot_histogram(out, exhibits);
		plot_correlation(out, exhibits);
		plot_bitmap(out, exhibits);
	}
	fputs("</section>\n", out);
}

static const char closing[] =
	"<section>\n<h2>What this shows, and what it does not</h2>\n<ul>\n"
	"<li>Tests can refute randomness; they cannot prove it. Passing means that these tests saw "
	"nothing in these data.</li>\n"
	"<li>It is evidence <em>towards</em> class PTG.2 of AIS 20/31 and towards SP 800-90B. It "
	"is "
	"no certificate. The AIS 20/31 of 2024 demands a stochastic model of the source besides, "
	"and "
	"that is still owed.</li>\n"
	"<li>T0 to T8 say nothing about min-entropy: bits of which 52 % are ones pass procedure B, "
	"with 0.943 bits of min-entropy each.</li>\n"
	"<li>An estimate by SP 800-90B is that of these data, not of the source: a claim needs the "
	"restart tests, too, and reasons why the noise is what it is. The estimators are cautious "
	"with ideal data and blind to some that are not.</li>\n"
	"<li>Output of a cryptographic function passes everything, be there entropy in it or not. "
	"Only the source's own symbols, before any conditioning, are worth this evaluation.</li>\n"
	"</ul>\n</section>\n";

int html_write(FILE *out, const json_t *report, const struct exhibits *exhibits)
{
	put_head(out, report);
	put_input(out, report);
	put_figures(out, report);
	put_plots(out, report, exhibits);
	fputs(closing, out);
	fputs("</main>\n</body>\n</html>\n", out);
	return fflush(out) || ferror(out) ? -EIO : 0;
}
