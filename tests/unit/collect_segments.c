/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of collecting bits from files: segments, what is joined of them, what a crash leaves. */
#include "evaluate/collect/join.h"
#include "evaluate/collect/segment.h"
#include "tests/unit/collect_bed.h"

#include <sys/resource.h>

#define SOURCE_BYTES 20000

static unsigned bit_of_source(uint64_t index)
{
	return bed_byte(index / 8) >> (7 - index % 8) & 1;
}

/* One symbol bit by bit, the slow way. */
static unsigned symbol_of_source(uint64_t first_bit, unsigned width)
{
	unsigned symbol = 0;

	for (unsigned i = 0; i < width; i++)
		symbol = symbol << 1 | bit_of_source(first_bit + i);
	return symbol;
}

/* symbols.bin and bits.bin are the first @symbols of the source, without gap or repetition. */
static void expect_joined(struct bed *bed, uint64_t symbols, unsigned width)
{
	size_t size, wrong = 0;
	uint8_t *bytes = bed_read(bed, "symbols.bin", &size);

	CU_ASSERT_EQUAL_FATAL(size, symbols);
	for (uint64_t i = 0; i < symbols; i++)
		wrong += bytes[i] != symbol_of_source(i * width, width);
	CU_ASSERT_EQUAL(wrong, 0);
	free(bytes);
	bytes = bed_read(bed, "bits.bin", &size);
	CU_ASSERT_EQUAL_FATAL(size, symbols * width / 8);
	for (uint64_t i = 0; i < size; i++)
		wrong += bytes[i] != bed_byte(i);
	CU_ASSERT_EQUAL(wrong, 0);
	free(bytes);
}

static size_t segment_count(struct bed *bed)
{
	json_t *manifest = bed_manifest(bed);
	size_t count = json_array_size(json_object_get(manifest, "segments"));

	json_decref(manifest);
	return count;
}

static void expect_ended(struct bed *bed, size_t index, const char *ended, json_int_t bytes)
{
	json_t *manifest = bed_manifest(bed);
	json_t *entry = json_array_get(json_object_get(manifest, "segments"), index);
	const char *text = json_string_value(json_object_get(entry, "ended"));

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_STRING_EQUAL(text, ended);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(entry, "bytes")), bytes);
	CU_ASSERT_EQUAL(json_string_length(json_object_get(entry, "sha256")), 64);
	json_decref(manifest);
}

/* At every width, and once more: a whole collection is whole. */
static void test_widths(void)
{
	char width_text[4], bits[16];
	struct bed bed;

	for (unsigned width = 1; width <= 8; width++) {
		bed_open(&bed);
		bed_fill(&bed, SOURCE_BYTES);
		snprintf(width_text, sizeof(width_text), "%u", width);
		snprintf(bits, sizeof(bits), "%u", 12345 * width);
		for (int i = 0; i < 2; i++) {
			CU_ASSERT_EQUAL(bed_collect(&bed, bits, width_text), 0);
			CU_ASSERT_PTR_NOT_NULL(strstr(bed.printed, "12345 symbols of"));
			CU_ASSERT_STRING_EQUAL(bed.said, "");
			expect_joined(&bed, 12345, width);
		}
		CU_ASSERT_EQUAL(segment_count(&bed), 1);
		bed_close(&bed);
	}
}

/* A file that grows is read on where the last run ended, at odd widths too. */
static void test_growing_file(void)
{
	static const char *const widths[] = { "1", "2", "3", "5", "6", "7", "8" };
	struct bed bed;

	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		unsigned width = (unsigned)atoi(widths[i]);

		bed_open(&bed);
		bed_fill(&bed, 3001);
		CU_ASSERT_EQUAL(bed_collect(&bed, "80000", widths[i]), 3);
		CU_ASSERT_PTR_NOT_NULL(strstr(bed.said, "the data have ended"));
		CU_ASSERT_PTR_NOT_NULL(strstr(bed.said, "more bits are needed"));
		bed_fill(&bed, 7777);
		CU_ASSERT_EQUAL(bed_collect(&bed, "80000", widths[i]), 3);
		bed_fill(&bed, SOURCE_BYTES);
		CU_ASSERT_EQUAL(bed_collect(&bed, "80000", widths[i]), 0);
		CU_ASSERT_EQUAL(segment_count(&bed), 3);
		expect_joined(&bed, (80000 + width - 1) / width, width);
		/* And more of it, later. */
		CU_ASSERT_EQUAL(bed_collect(&bed, "150000", widths[i]), 0);
		expect_joined(&bed, (150000 + width - 1) / width, width);
		bed_close(&bed);
	}
}

/* 999 symbols are kept but neither joined nor counted; 1000 are. */
static void test_short_segment(void)
{
	size_t size;
	uint8_t *bytes;
	struct bed bed;

	CU_ASSERT_EQUAL(segment_joinable(999, 8), 0);
	CU_ASSERT_EQUAL(segment_joinable(1000, 8), 1000);
	CU_ASSERT_EQUAL(segment_joinable(249, 2), 0);
	CU_ASSERT_EQUAL(segment_joinable(250, 2), 1000);
	bed_open(&bed);
	bed_fill(&bed, 999);
	CU_ASSERT_EQUAL(bed_collect(&bed, "16000", "8"), 3);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.said, "16000 more bits"));
	bed_fill(&bed, 999 + 1500);
	CU_ASSERT_EQUAL(bed_collect(&bed, "16000", "8"), 3);
	/* 500 are missing, but fewer than 1000 in a row cannot be joined. */
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.said, "8000 more bits"));
	bed_fill(&bed, 999 + 1500 + 5000);
	CU_ASSERT_EQUAL(bed_collect(&bed, "16000", "8"), 0);
	bytes = bed_read(&bed, "symbols.bin", &size);
	CU_ASSERT_EQUAL_FATAL(size, 2500);
	for (size_t i = 0; i < size; i++)
		CU_ASSERT_EQUAL_FATAL(bytes[i], bed_byte(999 + i));
	free(bytes);
	bytes = bed_read(&bed, "segment-0001.bin", &size);
	CU_ASSERT_EQUAL(size, 999);
	free(bytes);
	bed_close(&bed);
}

static void test_share(void)
{
	CU_ASSERT_EQUAL(join_share(999, 8, 0, 5000), 0);
	CU_ASSERT_EQUAL(join_share(3000, 8, 0, 5000), 3000);
	CU_ASSERT_EQUAL(join_share(3000, 8, 3000, 5000), 2000);
	CU_ASSERT_EQUAL(join_share(3000, 8, 4999, 5000), 1000);
	CU_ASSERT_EQUAL(join_share(3000, 8, 5000, 5000), 0);
	CU_ASSERT_EQUAL(join_share(1000, 8, 6000, 5000), 0);
}

/* ---- crashes ---- */

/* As SIGKILL leaves it: the last entry is open, its file longer than the manifest knows. */
static void reopen_last(struct bed *bed, const char *boot, json_int_t known_bytes)
{
	json_t *manifest = bed_manifest(bed);
	json_t *list = json_object_get(manifest, "segments");
	json_t *entry = json_array_get(list, json_array_size(list) - 1);
	char path[160];

	json_object_set_new(entry, "ended", json_null());
	json_object_set_new(entry, "sha256", json_null());
	json_object_set_new(entry, "bytes", json_integer(known_bytes));
	if (boot)
		json_object_set_new(entry, "boot_id", json_string(boot));
	json_dump_file(manifest, bed_path(bed, "collection.json", path), 0);
	json_decref(manifest);
}

static void test_killed(void)
{
	struct bed bed;

	bed_open(&bed);
	bed_fill(&bed, 4000);
	CU_ASSERT_EQUAL(bed_collect(&bed, "80000", "2"), 3);
	reopen_last(&bed, NULL, 1024);
	bed_fill(&bed, SOURCE_BYTES);
	CU_ASSERT_EQUAL(bed_collect(&bed, "80000", "2"), 0);
	expect_ended(&bed, 0, "the collector was killed", 4000);
	expect_joined(&bed, 40000, 2);
	bed_close(&bed);
}

/* The machine went down: what the manifest does not know of may be anything. */
static void test_power_cut(void)
{
	char path[160];
	struct bed bed;

	bed_open(&bed);
	bed_fill(&bed, 4000);
	CU_ASSERT_EQUAL(bed_collect(&bed, "80000", "2"), 3);
	bed_write(bed_path(&bed, "segment-0001.bin", path), "", 0);
	CU_ASSERT_EQUAL(truncate(path, 9000), 0);
	bed_fill(&bed, SOURCE_BYTES);
	reopen_last(&bed, "another", 0);
	CU_ASSERT_EQUAL(bed_collect(&bed, "80000", "2"), 0);
	expect_ended(&bed, 0, "the machine went down", 0);
	expect_joined(&bed, 40000, 2);
	bed_close(&bed);
}

/* The manifest knows of a segment whose file was never made. */
static void test_no_file_yet(void)
{
	char path[160];
	struct bed bed;

	bed_open(&bed);
	bed_fill(&bed, 4000);
	CU_ASSERT_EQUAL(bed_collect(&bed, "80000", "2"), 3);
	reopen_last(&bed, NULL, 0);
	CU_ASSERT_EQUAL(unlink(bed_path(&bed, "segment-0001.bin", path)), 0);
	bed_fill(&bed, SOURCE_BYTES);
	CU_ASSERT_EQUAL(bed_collect(&bed, "80000", "2"), 0);
	expect_ended(&bed, 0, "the collector was killed", 0);
	expect_joined(&bed, 40000, 2);
	bed_close(&bed);
}

/* Who changes a segment, or had a file of its name before, is told. */
static void test_foreign_hands(void)
{
	char path[160];
	struct bed bed;

	bed_open(&bed);
	bed_fill(&bed, SOURCE_BYTES);
	CU_ASSERT_EQUAL(mkdir(bed.folder, 0777), 0);
	bed_write(bed_path(&bed, "segment-0001.bin", path), "mine", 4);
	CU_ASSERT_EQUAL(bed_collect(&bed, "8000", "1"), 4);
	CU_ASSERT_EQUAL(segment_count(&bed), 0);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(bed_collect(&bed, "8000", "1"), 0);
	bed_write(path, "mine", 4);
	CU_ASSERT_EQUAL(bed_collect(&bed, "8000", "1"), 4);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.said, "segment-0001.bin is not what was collected"));
	bed_close(&bed);
}

/* What a crash left open is cut to its length: not if it is a link to somebody's file. */
static void test_link(void)
{
	char path[160], other[160];
	struct stat st;
	struct bed bed;

	bed_open(&bed);
	bed_fill(&bed, 4000);
	CU_ASSERT_EQUAL(bed_collect(&bed, "80000", "2"), 3);
	reopen_last(&bed, "another", 10);
	bed_write(bed_path(&bed, "other", other), "somebody's own file", 19);
	CU_ASSERT_EQUAL(unlink(bed_path(&bed, "segment-0001.bin", path)), 0);
	CU_ASSERT_EQUAL(symlink("other", path), 0);
	CU_ASSERT_EQUAL(bed_collect(&bed, "80000", "2"), 4);
	CU_ASSERT_EQUAL(stat(other, &st), 0);
	CU_ASSERT_EQUAL(st.st_size, 19);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0); /* nor waited for */
	CU_ASSERT_EQUAL(bed_collect(&bed, "80000", "2"), 4);
	bed_close(&bed);
}

/* No file may be longer than 5000 bytes; when that is over, nothing is lost or doubled. */
static void test_no_room(void)
{
	struct rlimit limit, small;
	struct bed bed;

	getrlimit(RLIMIT_FSIZE, &limit);
	small = limit;
	small.rlim_cur = 5000;
	bed_open(&bed);
	bed_fill(&bed, SOURCE_BYTES);
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &small), 0);
	CU_ASSERT_EQUAL(bed_collect(&bed, "80000", "2"), 4);
	setrlimit(RLIMIT_FSIZE, &limit);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.said, "make room, then give the same command again"));
	CU_ASSERT_EQUAL(bed_collect(&bed, "80000", "2"), 0);
	expect_joined(&bed, 40000, 2);
	CU_ASSERT_EQUAL(segment_count(&bed), 2);
	bed_close(&bed);
}

/* ---- what the source says of itself ---- */

static void test_status(void)
{
	static const char status[] = "state=running\nsymbol_bits=2\nprofile=nodemcu\n";
	char path[160];
	size_t size;
	char *text;
	json_t *manifest, *entry;
	struct bed bed;

	bed_open(&bed);
	bed_fill(&bed, SOURCE_BYTES);
	snprintf(path, sizeof(path), "%s/status", bed.work);
	bed_write(path, status, strlen(status));
	CU_ASSERT_EQUAL(bed_run(&bed, "--quiet", "--bits", "8000", "--from", bed.source, "-o",
				bed.folder, NULL),
			0);
	expect_joined(&bed, 4000, 2);
	text = (char *)bed_read(&bed, "status-0001.txt", &size);
	CU_ASSERT_STRING_EQUAL(text,
			       "# at the start\nstate=running\nsymbol_bits=2\nprofile=nodemcu\n"
			       "# at the end\nstate=running\nsymbol_bits=2\nprofile=nodemcu\n");
	free(text);
	manifest = bed_manifest(&bed);
	entry = json_array_get(json_object_get(manifest, "segments"), 0);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(entry, "state_at_start")),
			       "running");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(entry, "state_at_end")),
			       "running");
	json_decref(manifest);
	bed_close(&bed);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "every width", test_widths },
		{ "a file that grows", test_growing_file },
		{ "short segments", test_short_segment },
		{ "a segment's share", test_share },
		{ "killed", test_killed },
		{ "a power cut", test_power_cut },
		{ "no file yet", test_no_file_yet },
		{ "foreign hands", test_foreign_hands },
		{ "a link", test_link },
		{ "no room", test_no_room },
		{ "status", test_status },
	};

	return unit_run("collect_segments", tests, sizeof(tests) / sizeof(tests[0]));
}
