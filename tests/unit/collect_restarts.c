/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of collecting from a mount: the first symbols after each start, and gaps in the stream. */
#include "tests/unit/collect_mount.h"

struct scene {
	struct bed bed;
	struct mount *mount;
	char raw[128], control[128];
};

static bool scene_open(struct scene *scene)
{
	bed_open(&scene->bed);
	scene->mount = mount_begin(&scene->bed);
	if (!scene->mount) {
		bed_close(&scene->bed);
		return false;
	}
	snprintf(scene->raw, sizeof(scene->raw), "%s/raw", scene->mount->path);
	snprintf(scene->control, sizeof(scene->control), "%s/control", scene->mount->path);
	return true;
}

static void scene_close(struct scene *scene)
{
	mount_end(scene->mount);
	bed_close(&scene->bed);
}

static int restarts(struct scene *scene, const char *rows, const char *waiting)
{
	return bed_run(&scene->bed, "--quiet", "--restarts", rows, "--from", scene->raw,
		       "--control", scene->control, "-o", scene->bed.folder, waiting, NULL);
}

static unsigned symbol_at(unsigned start, uint64_t index)
{
	return mount_byte(start, index / 4) >> (6 - 2 * (index % 4)) & 3;
}

/* Row r is the start of the stream after start @start[r]. */
static void expect_rows(struct scene *scene, const unsigned *start, size_t rows, size_t symbols)
{
	size_t size, wrong = 0;
	uint8_t *bytes = bed_read(&scene->bed, "restarts.bin", &size);
	json_t *manifest = bed_manifest(&scene->bed);

	CU_ASSERT_EQUAL_FATAL(size, rows * symbols);
	for (size_t i = 0; i < size; i++)
		wrong += bytes[i] != symbol_at(start[i / symbols], i % symbols);
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(manifest, "rows")), rows);
	CU_ASSERT_EQUAL(json_string_length(json_object_get(manifest, "sha256")), 64);
	json_decref(manifest);
	free(bytes);
}

/* The first symbols of each start, whether raw can be opened while the source is off or not. */
static void test_rows(void)
{
	struct scene scene;

	for (int is_closed = 0; is_closed < 2 && scene_open(&scene); is_closed++) {
		scene.mount->is_closed_when_off = is_closed;
		CU_ASSERT_EQUAL(restarts(&scene, "5x1000", NULL), 0);
		CU_ASSERT_STRING_EQUAL(scene.bed.said, "");
		CU_ASSERT_PTR_NOT_NULL(
			strstr(scene.bed.printed, "5 rows of 1000 symbols of 2 bits"));
		CU_ASSERT_STRING_EQUAL(scene.mount->commands, "sisisisisi");
		expect_rows(&scene, (unsigned[]){ 1, 2, 3, 4, 5 }, 5, 1000);
		/* What is there is not collected again. */
		CU_ASSERT_EQUAL(restarts(&scene, "5x1000", NULL), 0);
		CU_ASSERT_EQUAL(scene.mount->starts, 5);
		CU_ASSERT_EQUAL(restarts(&scene, "7x1000", NULL), 0);
		expect_rows(&scene, (unsigned[]){ 1, 2, 3, 4, 5, 6, 7 }, 7, 1000);
		CU_ASSERT_EQUAL(restarts(&scene, "7x999", NULL), 2);
		scene_close(&scene);
	}
}

/* Rows that something interrupts are dropped, in one run or over several. */
static void test_interrupted_rows(void)
{
	struct scene scene;

	for (int is_waiting = 0; is_waiting < 2 && scene_open(&scene); is_waiting++) {
		const char *waiting = is_waiting ? NULL : "--no-wait";

		scene.mount->fault[1] = (struct mount_fault){ .error = EIO, .after_bytes = 200 };
		scene.mount->fault[3] = (struct mount_fault){ .error = -1, .after_bytes = 0 };
		scene.mount->init_fails = 1;
		scene.mount->init_error = ENODEV;
		if (is_waiting) {
			CU_ASSERT_EQUAL(restarts(&scene, "3x1000", waiting), 0);
		} else {
			CU_ASSERT_EQUAL(restarts(&scene, "3x1000", waiting), 3);
			CU_ASSERT_PTR_NOT_NULL(
				strstr(scene.bed.said, "control: the board is gone"));
			CU_ASSERT_EQUAL(restarts(&scene, "3x1000", waiting), 3);
			CU_ASSERT_PTR_NOT_NULL(strstr(scene.bed.said, "raw: Input/output error"));
			CU_ASSERT_EQUAL(restarts(&scene, "3x1000", waiting), 3);
			CU_ASSERT_EQUAL(restarts(&scene, "3x1000", waiting), 0);
		}
		/* Openings: 1 for init's failure, 2 fails, 3 is a row, 4 ends at once, ... */
		expect_rows(&scene, (unsigned[]){ 2, 4, 5 }, 3, 1000);
		scene_close(&scene);
	}
}

static void test_wrong_files(void)
{
	struct scene scene;
	char row[] = "nothing but a file, of some length";

	if (!scene_open(&scene))
		return;
	bed_write(scene.bed.source, row, sizeof(row));
	strcpy(scene.raw, scene.bed.source);
	CU_ASSERT_EQUAL(restarts(&scene, "2x10", NULL), 4);
	CU_ASSERT_PTR_NOT_NULL(strstr(scene.bed.said, "a source that can be restarted is wanted"));
	strcpy(scene.control, "/nonexistent/control");
	CU_ASSERT_EQUAL(restarts(&scene, "2x10", NULL), 4);
	CU_ASSERT_PTR_NOT_NULL(strstr(scene.bed.said, "/nonexistent/control: it is not there"));
	scene_close(&scene);
}

/* ---- a stream with gaps ---- */

/* The next byte of the stream from place *at on, over the gap of a new opening if need be. */
static size_t run_of(const uint8_t *bytes, size_t size, uint64_t place)
{
	size_t len = 0;

	while (len < size && bytes[len] == mount_byte(1, place + len))
		len++;
	return len;
}

/* Each error of the source begins a new segment behind a gap; short ones are not joined. */
static void test_gaps(void)
{
	static const struct {
		struct mount_fault fault;
		size_t bytes; /* of the segment; 0: there is none */
		const char *ended;
	} openings[] = {
		{ { .error = ENODATA, .after_bytes = 300 }, 300, "No data available" },
		{ { .open_error = EBUSY }, 0, NULL },
		{ { .error = EIO, .after_bytes = 249 },
		  249,
		  "Input/output error" }, /* 996 symbols */
		{ { .open_error = ENODEV }, 0, NULL },
		{ { .error = -1, .after_bytes = 250 }, 250, "end of the data" },
		{ { .error = 0 }, 450, "all is there" },
	};
	struct scene scene;
	size_t size, index = 0, joined = 0;
	uint64_t place = MOUNT_GAP;
	uint8_t *bytes, *symbols;
	char name[40];
	json_t *manifest, *list;

	if (!scene_open(&scene))
		return;
	scene.mount->is_on = true;
	scene.mount->starts = 1;
	scene.mount->place = 1;
	for (size_t i = 0; i < 6; i++)
		scene.mount->fault[i] = openings[i].fault;
	CU_ASSERT_EQUAL(bed_run(&scene.bed, "--bits", "8000", "--from", scene.raw, "-o",
				scene.bed.folder, NULL),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(scene.bed.said, "the source is off"));
	CU_ASSERT_PTR_NOT_NULL(strstr(scene.bed.said, "another program reads it"));
	CU_ASSERT_PTR_NOT_NULL(strstr(scene.bed.said, "plug it in"));
	CU_ASSERT_PTR_NOT_NULL(strstr(scene.bed.said, "its data have ended"));
	manifest = bed_manifest(&scene.bed);
	list = json_object_get(manifest, "segments");
	CU_ASSERT_EQUAL_FATAL(json_array_size(list), 4);
	symbols = bed_read(&scene.bed, "bits.bin", &size);
	CU_ASSERT_EQUAL_FATAL(size, 1000);
	place = 1 + MOUNT_GAP;
	for (size_t i = 0; i < 6; i++) {
		if (!openings[i].bytes)
			continue;
		snprintf(name, sizeof(name), "segment-%04zu.bin", index + 1);
		bytes = bed_read(&scene.bed, name, &size);
		CU_ASSERT_EQUAL_FATAL(size, openings[i].bytes);
		CU_ASSERT_EQUAL(run_of(bytes, size, place), size);
		place += size + MOUNT_GAP;
		CU_ASSERT_STRING_EQUAL(
			json_string_value(json_object_get(json_array_get(list, index++), "ended")),
			openings[i].ended);
		if (size >= 250) {
			CU_ASSERT_EQUAL(memcmp(symbols + joined, bytes, size), 0);
			joined += size;
		}
		free(bytes);
	}
	CU_ASSERT_EQUAL(joined, 1000);
	free(symbols);
	json_decref(manifest);
	scene_close(&scene);
}

static void test_no_wait(void)
{
	struct scene scene;

	if (!scene_open(&scene))
		return;
	CU_ASSERT_EQUAL(bed_run(&scene.bed, "--no-wait", "--bits", "8000", "--from", scene.raw,
				"-o", scene.bed.folder, NULL),
			3);
	CU_ASSERT_PTR_NOT_NULL(strstr(scene.bed.said, "the source is off: switch it on"));
	CU_ASSERT_PTR_NOT_NULL(strstr(scene.bed.said, "then give the same command again"));
	CU_ASSERT_PTR_NOT_NULL(strstr(scene.bed.said, "symbols of 2 bits"));
	scene_close(&scene);
}

/* A signal is heard while the source is silent, and while it is away. */
static void test_signals(void)
{
	struct scene scene;
	sigset_t set, before;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	for (int is_away = 0; is_away < 2 && scene_open(&scene); is_away++) {
		scene.mount->is_on = !is_away;
		/* It waits for the collector, which finds it. */
		sigprocmask(SIG_BLOCK, &set, &before);
		raise(SIGTERM);
		CU_ASSERT_EQUAL(bed_run(&scene.bed, "--bits", "8000", "--from", scene.raw, "-o",
					scene.bed.folder, NULL),
				3);
		sigprocmask(SIG_SETMASK, &before, NULL);
		CU_ASSERT_PTR_NOT_NULL(strstr(scene.bed.said, "stopped; the same command goes on"));
		scene_close(&scene);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "rows", test_rows },
		{ "interrupted rows", test_interrupted_rows },
		{ "wrong files", test_wrong_files },
		{ "gaps", test_gaps },
		{ "no waiting", test_no_wait },
		{ "signals", test_signals },
	};

	return unit_run("collect_restarts", tests, sizeof(tests) / sizeof(tests[0]));
}
