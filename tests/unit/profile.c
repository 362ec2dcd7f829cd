/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the table of device kinds: every row must be one that the rest can work with. */
#include "fuse-trng/device/profile.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>

#include <string.h>

static void test_find(void)
{
	const char *const names[] = { "nodemcu", "truerng", "onerng", "neug", "stream" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct profile *profile = profile_find(names[i]);

		CU_ASSERT_PTR_NOT_NULL_FATAL(profile);
		CU_ASSERT_STRING_EQUAL(profile->name, names[i]);
		CU_ASSERT_PTR_EQUAL(profile, profile_at(i));
	}
	CU_ASSERT_PTR_NULL(profile_find("nodemc"));
	CU_ASSERT_PTR_NULL(profile_find("nodemcu "));
	CU_ASSERT_PTR_NULL(profile_find(""));
	CU_ASSERT_PTR_NULL(profile_at(5));
	CU_ASSERT_PTR_NULL(profile_at((size_t)-1));
}

static void test_default_row(void)
{
	const struct profile *profile = profile_at(0);

	CU_ASSERT_STRING_EQUAL(profile->name, "nodemcu");
	CU_ASSERT_STRING_EQUAL(profile->word_on, "on");
	CU_ASSERT_STRING_EQUAL(profile->word_off, "off");
	CU_ASSERT_STRING_EQUAL(profile->word_id, "id");
	CU_ASSERT_STRING_EQUAL(profile->word_on_known, "cooked bright on");
	CU_ASSERT_EQUAL(profile->word_gap_ms, 4600);
	CU_ASSERT_EQUAL(profile->open_delay_ms, 2500);
	CU_ASSERT_EQUAL(profile->baud_rate, 9600);
	CU_ASSERT_EQUAL(profile->settle_ms, 2000);
	CU_ASSERT_EQUAL(profile->silence_ms, 5000);
	CU_ASSERT_EQUAL(profile->symbol_bits, 2);
	CU_ASSERT_EQUAL(profile->rate_bit_s, 60.0);
	CU_ASSERT_EQUAL(profile->health_entropy, 1.9);
	CU_ASSERT_EQUAL(profile->assessed_entropy, 1.0);
	CU_ASSERT_EQUAL(profile->total_failure_limit, 6);
	CU_ASSERT_EQUAL(profile->dtr, profile->rts); /* else the auto-reset circuit acts */
	CU_ASSERT_NOT_EQUAL(profile->dtr, LINE_POWER);
}

static void test_rows_hold_together(void)
{
	const struct profile *row;

	for (size_t i = 0; (row = profile_at(i)); i++) {
		CU_ASSERT(row->description && *row->description);
		CU_ASSERT(row->assessed_entropy > 0);
		CU_ASSERT(row->assessed_entropy <= row->health_entropy);
		CU_ASSERT(row->health_entropy <= row->symbol_bits);
		CU_ASSERT(row->symbol_bits == 1 || row->symbol_bits == 2 || row->symbol_bits == 4 ||
			  row->symbol_bits == 8);
		CU_ASSERT(row->rate_bit_s > 0);
		CU_ASSERT(row->baud_rate > 0);
		CU_ASSERT(row->silence_ms > 0);
		CU_ASSERT_EQUAL(!row->word_on, !row->word_off);
		CU_ASSERT(!row->word_on_known || (row->word_id && row->word_on));
		CU_ASSERT_PTR_EQUAL(profile_find(row->name), row);
	}
}

/* "auto" must not find one kind's device for another. */
static void test_usb_identities_are_unique(void)
{
	const struct profile *a, *b;

	for (size_t i = 0; (a = profile_at(i)); i++)
		for (size_t j = 0; j < i && (b = profile_at(j)); j++)
			for (size_t k = 0; k < PROFILE_USB_IDS && a->usb[k].vendor; k++)
				for (size_t l = 0; l < PROFILE_USB_IDS && b->usb[l].vendor; l++)
					CU_ASSERT(memcmp(&a->usb[k], &b->usb[l],
							 sizeof(a->usb[k])) != 0);
	CU_ASSERT_EQUAL(profile_find("nodemcu")->usb[0].vendor, 0x10c4);
	CU_ASSERT_EQUAL(profile_find("nodemcu")->usb[1].vendor, 0x1a86);
	CU_ASSERT_EQUAL(profile_find("stream")->usb[0].vendor, 0);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "rows are found by name and by index", test_find },
		{ "the default row is the documented one", test_default_row },
		{ "every row holds together", test_rows_hold_together },
		{ "USB identities are unique", test_usb_identities_are_unique },
	};

	return unit_run("profile", tests, sizeof(tests) / sizeof(tests[0]));
}
