/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ais31_report - see ais31_report.h */
#include "evaluate/ais31_report.h"

#include "evaluate/report/json.h"

#include <strings.h>

#define SLOW_SOURCE_BIT_S 60 /* the source of docs/MANUAL.md, for "about 3 h" */

static const struct procedure_name {
	const char *name, *title, *meaning;
} procedures[] = {
	[AIS31_T0] = { "T0", "T0: disjointness", NULL },
	[AIS31_T1] = { "T1", "T1: monobit", NULL },
	[AIS31_T2] = { "T2", "T2: poker", NULL },
	[AIS31_T3] = { "T3", "T3: runs", NULL },
	[AIS31_T4] = { "T4", "T4: long runs", NULL },
	[AIS31_T5] = { "T5", "T5: autocorrelation", NULL },
	[AIS31_T6] = { "T6", "T6: uniform distribution", NULL },
	[AIS31_T7] = { "T7", "T7: comparative test of transitions", NULL },
	[AIS31_T8] = { "T8", "T8: Coron's entropy test", NULL },
	[AIS31_A] = { "A", "Procedure A (AIS 20/31 v2.0)",
		      "Can T0 to T5 tell the internal random numbers from ideal ones? Meant for "
		      "what "
		      "the generator outputs." },
	[AIS31_B] = { "B", "Procedure B (AIS 20/31 v2.0)",
		      "Is there bias, dependence on up to three bits before, or less than 0.997 "
		      "bit of "
		      "Shannon entropy per bit? Meant for what the noise source gives." },
	[AIS31_T_IRN] = { "tirn", "T_irn (AIS 20/31 v3.0)",
			  "Black-box suite of v3.0 for internal random numbers: a sanity check." },
};

_Static_assert(sizeof(procedures) / sizeof(procedures[0]) == AIS31_PROCEDURES,
	       "a row for each procedure");

int ais31_find_procedure(const char *name)
{
	for (unsigned i = 0; i < AIS31_PROCEDURES; i++)
		if (strcasecmp(procedures[i].name, name) == 0)
			return (int)i;
	return strcasecmp(name, "T_irn") == 0 ? AIS31_T_IRN : -1;
}

static json_t *json_of_failures(const struct ais31_verdict *verdict)
{
	json_t *failures = json_array();

	for (unsigned i = 0; i < verdict->runs && i < 2; i++)
		json_array_append_new(failures, json_integer(verdict->failures[i]));
	return failures;
}

static const char *word_of(enum outcome outcome)
{
	if (outcome == OUTCOME_FAIL)
		return "fail";
	return outcome == OUTCOME_PASS ? "pass" : "incomplete";
}

static json_t *json_of_verdict(const struct ais31_verdict *verdict)
{
	json_t *object = json_object();

	json_object_set_new(object, "verdict", json_of_text(word_of(verdict->outcome)));
	json_object_set_new(object, "runs", json_integer(verdict->runs));
	json_object_set_new(object, "failures", json_of_failures(verdict));
	json_object_set_new(object, "used_bits", json_of_count(verdict->used_bits));
	json_object_set_new(object, "needs_bits", json_of_count(verdict->needs_bits));
	json_object_set_new(object, "tests", json_of_count(verdict->tests));
	return object;
}

void ais31_put_report(struct context *context, struct ais31_findings *findings)
{
	uint64_t used_bits = 0, runs = 0;
	json_t *both = json_object(), *failures = json_array();

	for (unsigned i = 0; i < findings->runs; i++) {
		const struct ais31_verdict *verdict = &findings->verdict[findings->ran[i]];
		json_t *own = json_of_failures(verdict);

		used_bits += verdict->used_bits;
		runs += verdict->runs;
		json_array_extend(failures, own);
		json_decref(own);
		json_object_set_new(both, procedures[findings->ran[i]].name,
				    json_of_verdict(verdict));
	}
	command_put(context, "procedure",
		    findings->asked < 0 ? json_string("A, B")
					: json_of_text(procedures[findings->asked].name));
	command_put(context, "runs", json_of_count(runs));
	command_put(context, "failures", failures);
	command_put(context, "used_bits", json_of_count(used_bits));
	command_put(context, "needs_bits", json_of_count(findings->needs_bits));
	if (findings->asked < 0)
		command_put(context, "procedures", both);
	else
		json_decref(both);
	command_put(context, "tests", findings->tests);
}

/* "1,234 more bits (about 21 s at 60 bit/s)" */
static void print_bits(const struct page *page, const char *who, uint64_t bits)
{
	char count[PAGE_NUMBER_BYTES], duration[32];

	page_line(page, "%s needs %s more bits (about %s at %d bit/s)", who,
		  page_count(bits, count),
		  progress_duration((double)bits / SLOW_SOURCE_BIT_S, duration), SLOW_SOURCE_BIT_S);
}

static void print_verdict(const struct page *page, const struct ais31_verdict *verdict)
{
	char tests[PAGE_NUMBER_BYTES], used[PAGE_NUMBER_BYTES];

	fputs("  ", page->out);
	page_outcome(page, verdict->outcome, 9);
	page_line(page, " %s tests, %u failed%s; %s bits used", page_count(verdict->tests, tests),
		  verdict->failures[0] + verdict->failures[1],
		  verdict->runs > 1 ? " (the repetition counted)" : "",
		  page_count(verdict->used_bits, used));
	if (verdict->needs_bits)
		print_bits(page, "  it", verdict->needs_bits);
}

static void print_procedure(const struct page *page, const struct ais31_findings *findings,
			    unsigned procedure)
{
	const struct ais31_verdict *verdict = &findings->verdict[procedure];
	const char *name = procedures[procedure].name;

	page_title(page, procedures[procedure].title);
	if (procedures[procedure].meaning)
		page_paragraph(page, 2, procedures[procedure].meaning);
	if (procedure < AIS31_A)
		tally_print(&findings->tally, NULL, 0, page);
	for (unsigned i = 1; procedure >= AIS31_A && i <= verdict->runs; i++) {
		if (i > 1)
			page_line(page, "  One failure: once more, on fresh bits:");
		tally_print(&findings->tally, procedure == AIS31_T_IRN ? "T_irn" : name, i, page);
	}
	if (verdict->tests || verdict->needs_bits)
		print_verdict(page, verdict);
}

void ais31_print_report(const struct context *context, const struct ais31_findings *findings,
			enum outcome outcome)
{
	const struct input *input = &context->input;
	const struct page *page = &context->page;
	char used[PAGE_NUMBER_BYTES], left[PAGE_NUMBER_BYTES];
	uint64_t had = input->read_bytes + input->skipped_bytes;

	page_line(page, "AIS 20/31 on %s, internal random numbers of %u bit%s", input->name,
		  context->width, context->width == 1 ? "" : "s");
	for (unsigned i = 0; i < findings->runs; i++)
		print_procedure(page, findings, findings->ran[i]);
	fputc('\n', page->out);
	fprintf(page->out, "%s bytes were read", page_count(input->read_bytes, used));
	if (input->is_regular && input->expected_bytes > had)
		fprintf(page->out, ", %s are left", page_count(input->expected_bytes - had, left));
	fputc('\n', page->out);
	if (findings->needs_bits)
		print_bits(page, "the verdict", findings->needs_bits);
	page_verdict(page, outcome,
		     outcome == OUTCOME_PASS ? "no test found what an ideal source would not show"
		     : outcome == OUTCOME_FAIL
			     ? "an ideal source would hardly ever show this"
			     : "the data ended before the tests could judge them");
	page_paragraph(
		page, 0,
		"Passing proves neither randomness nor conformity: no certification, and the "
		"stochastic model that the standard demands is still owed. Data from a cipher pass "
		"everything; so test the noise source, not what is made of it.");
}
