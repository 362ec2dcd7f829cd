/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of what a collection refuses: wrong options, other collections' folders, wrong sources. */
#include "tests/unit/collect_bed.h"

#include <sys/file.h>

#define SOURCE_BYTES 20000

static void test_another_collection(void)
{
	char path[160];
	struct bed bed;

	bed_open(&bed);
	bed_fill(&bed, SOURCE_BYTES);
	CU_ASSERT_EQUAL(bed_collect(&bed, "16000", "2"), 0);
	CU_ASSERT_EQUAL(bed_collect(&bed, "16000", "3"), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.said, "was begun with --width 2"));
	CU_ASSERT_EQUAL(
		bed_run(&bed, "--bits", "16000", "--from", "/dev/null", "-o", bed.folder, NULL), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.said, "one collection has one source"));
	CU_ASSERT_EQUAL(
		bed_run(&bed, "--restarts", "2x10", "--from", bed.source, "-o", bed.folder, NULL),
		2);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.said, "holds segments"));
	bed_fill(&bed, 10);
	CU_ASSERT_EQUAL(bed_collect(&bed, "99999", "2"), 4);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.said, "not the same file"));
	for (size_t i = 0; i < 6; i++) {
		static const char *const wrong[] = {
			"",
			"{",
			"[]",
			"{\"format\":1,\"from\":\"x\",\"width\":9,\"segments\":[]}",
			"{\"format\":1,\"from\":\"x\",\"width\":1,\"segments\":[3]}",
			("{\"format\":1,\"from\":\"x\",\"width\":1,\"segments\":[{\"bytes\":-1,"
			 "\"first_time\":\"\",\"last_time\":\"\"}]}"),
		};

		bed_write(bed_path(&bed, "collection.json", path), wrong[i], strlen(wrong[i]));
		CU_ASSERT_EQUAL(bed_collect(&bed, "16000", "2"), 4);
		CU_ASSERT_PTR_NOT_NULL(strstr(bed.said, "cannot be understood"));
	}
	bed_close(&bed);
}

static void test_lock(void)
{
	struct bed bed;
	int fd;

	bed_open(&bed);
	bed_fill(&bed, SOURCE_BYTES);
	CU_ASSERT_EQUAL(mkdir(bed.folder, 0777), 0);
	fd = open(bed.folder, O_RDONLY | O_DIRECTORY);
	CU_ASSERT_EQUAL(flock(fd, LOCK_EX), 0);
	CU_ASSERT_EQUAL(bed_collect(&bed, "8000", "1"), 4);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.said, "another trng-evaluate collects there"));
	close(fd);
	CU_ASSERT_EQUAL(bed_collect(&bed, "8000", "1"), 0);
	bed_close(&bed);
}

static void test_wrong_source(void)
{
	struct bed bed;

	bed_open(&bed);
	CU_ASSERT_EQUAL(bed_collect(&bed, "8000", "1"), 4); /* never there: a mistake */
	CU_ASSERT_PTR_NOT_NULL(strstr(bed.said, "it is not there"));
	CU_ASSERT_EQUAL(bed_run(&bed, "--bits", "8", "--from", "/", "-o", bed.folder, NULL), 4);
	bed_close(&bed);
	CU_ASSERT_EQUAL(
		bed_run(&bed, "--bits", "8", "--from", "/dev/null", "-o", "/dev/null/x", NULL), 4);
	CU_ASSERT_EQUAL(
		bed_run(&bed, "--bits", "8", "--from", "/dev/null", "-o", "/dev/null", NULL), 4);
}

static void test_usage(void)
{
	/* Words apart by spaces; @ stands for an empty one. */
	static const char *const wrong[] = {
		"",
		"--bits 100",
		"-o /x",
		"-o @ --bits 1",
		"-o /x --bits 0",
		"-o /x --bits -5",
		"-o /x --bits 1e6",
		"-o /x --bits 99999999999999999999",
		"-o /x --bits 5 --width 9",
		"-o /x --bits 5 --width two",
		"-o /x --bits 5 --restarts 2x2",
		"-o /x --restarts 1000",
		"-o /x --restarts x",
		"-o /x --restarts 0x5",
		"-o /x --restarts 5x5x5",
		"-o /x --restarts 5x5 --from -",
		"-o /x --bits 5 stray",
		"-o /x --bits 5 --colour",
		"-o /x --bits",
		"-z",
	};
	char words[128], *word[6];
	struct bed bed;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(words, sizeof(words), "%s", wrong[i]);
		word[0] = strtok(words, " ");
		for (size_t j = 1; j < 6; j++)
			word[j] = word[j - 1] ? strtok(NULL, " ") : NULL;
		for (size_t j = 0; j < 6; j++)
			word[j] = word[j] && strcmp(word[j], "@") == 0 ? word[j] + 1 : word[j];
		CU_ASSERT_EQUAL(
			bed_run(&bed, word[0], word[1], word[2], word[3], word[4], word[5], NULL),
			2);
		CU_ASSERT(strlen(bed.said) > 20);
		CU_ASSERT_PTR_EQUAL(strchr(bed.said, '\n'), bed.said + strlen(bed.said) - 1);
	}
	CU_ASSERT_EQUAL(bed_run(&bed, "--help", NULL), 0);
	CU_ASSERT_STRING_EQUAL(bed.printed, collect_usage);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "another collection", test_another_collection },
		{ "one collector at a time", test_lock },
		{ "wrong sources", test_wrong_source },
		{ "usage", test_usage },
	};

	return unit_run("collect_options", tests, sizeof(tests) / sizeof(tests[0]));
}
