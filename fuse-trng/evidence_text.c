/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evidence_text - a record as lines that a person or a script can read. */
#include "fuse-trng/evidence.h"

#define LINE_BYTES 32 /* of symbols, in a line of hex */

static void add_time(struct text *text, const struct timespec *time)
{
	char stamp[32] = "";
	struct tm utc;

	if (gmtime_r(&time->tv_sec, &utc))
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
	text_add(text, "time_utc=%s.%03ldZ\n", stamp, time->tv_nsec / 1000000);
}

static void add_symbols(struct text *text, const char *name, const struct blackbox_symbols *symbols)
{
	text_add(text, "%s_bytes=%zu\n%s_left_out_bytes=%zu\n", name, symbols->len_bytes, name,
		 symbols->left_out_bytes);
	for (size_t at = 0; at < symbols->len_bytes; at += LINE_BYTES) {
		text_add(text, "%s=", name);
		for (size_t i = at; i < symbols->len_bytes && i < at + LINE_BYTES; i++)
			text_add(text, "%02x", symbols->bytes[i]);
		text_add(text, "\n");
	}
}

void evidence_format(struct text *text, const struct blackbox *box, const struct timespec *time,
		     const char *settings)
{
	text_add(text, "# Record of an alarm: docs/HEALTH.md, \"The record of an alarm\".\n");
	text_add(text, "alarm=%s\nnumber=%llu\n", box->alarm, (unsigned long long)box->number);
	add_time(text, time);
	text_add(text, "monotonic_ms=%llu\n", (unsigned long long)box->alarm_ms);
	text_add(text, "stream_bytes=%llu\n", (unsigned long long)box->stream_bytes);
	text_add(text, "\n# device and settings\n%s", settings);
	text_add(text, "\n# the tests, before the symbol that fired\n%s", box->tests);
	text_add(text, "\n# held back and wiped, oldest first: nobody got them\n");
	add_symbols(text, "before", &box->before);
	text_add(text, "\n# after the alarm: nobody gets them\n");
	text_add(text, "after_end=%s\nafter_wanted_bytes=%zu\n",
		 box->end ? box->end : "they are still coming", box->after_wanted_bytes);
	add_symbols(text, "after", &box->after);
}
