/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store: how files grow, end, fail, are found, and go. */
#include "tests/unit/http_store_bed.h"
#include "tests/unit/unit.h"

#include <gnutls/crypto.h>
#include <time.h>

static int bit_of(uint64_t at)
{
	return bed_byte(at / 8) >> (7 - at % 8) & 1;
}

/* Whether @content is the number that the first bits of every source are. */
static bool is_right(const uint8_t *content, const struct store_file *file)
{
	uint64_t padding = 8 * bits_bytes(file->bits) - file->bits;

	for (uint64_t i = 0; i < file->bits; i++) {
		uint64_t at = padding + i;
		int bit = file->form == BITS_TXT ? content[i] - '0'
						 : content[at / 8] >> (7 - at % 8) & 1;

		if (bit != bit_of(i))
			return false;
	}
	return file->form == BITS_TXT || content[0] >> (8 - padding) == 0;
}

static void check_hash(const uint8_t *content, const struct store_file *file)
{
	char hex[STORE_SHA256_BYTES];
	uint8_t hash[32];

	CU_ASSERT_EQUAL(
		gnutls_hash_fast(GNUTLS_DIG_SHA256, content, (size_t)file->size_bytes, hash), 0);
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	CU_ASSERT_STRING_EQUAL(hex, file->sha256);
}

static void check_content(struct bed *bed, const struct store_file *file)
{
	uint8_t *content = malloc(file->size_bytes);
	int fd = store_open_file(bed->store, file->id);
	struct stat st;

	CU_ASSERT_FATAL(fd >= 0 && content != NULL);
	CU_ASSERT_EQUAL(fstat(fd, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode, S_IFREG | 0600);
	CU_ASSERT_EQUAL((uint64_t)st.st_size, file->size_bytes);
	CU_ASSERT_EQUAL_FATAL((uint64_t)read(fd, content, file->size_bytes), file->size_bytes);
	CU_ASSERT(is_right(content, file));
	check_hash(content, file);
	close(fd);
	free(content);
}

static void check_name(const struct store_file *file, const char *end)
{
	time_t created = (time_t)file->created_s;
	char expected[STORE_NAME_BYTES];
	struct tm utc;

	gmtime_r(&created, &utc);
	strftime(expected, sizeof(expected), "trng-%Y%m%d-%H%M%S-", &utc);
	strcat(expected, end);
	CU_ASSERT_STRING_EQUAL(file->name, expected);
}

/* Who is handed such a file sees what it is. */
static void test_name_of_urandom(void)
{
	struct store_writer *writer;
	struct store_file file;
	struct bed bed;

	bed_open(&bed);
	CU_ASSERT_EQUAL_FATAL(
		store_create(bed.store, OWNER, "urandom", BITS_TXT, 77, &writer, &file), 0);
	CU_ASSERT_NSTRING_EQUAL(file.name, "trng-urandom-2", 14);
	memmove(file.name + 5, file.name + 13, strlen(file.name + 13) + 1);
	check_name(&file, "77bit.txt");
	store_abandon(writer, NULL);
	bed_close(&bed);
}

static void test_grows(void)
{
	struct store_file file, found;
	struct store_writer *writer;
	struct bed bed;

	bed_open(&bed);
	writer = bed_create(&bed, OWNER, BITS_BIN, 5001, &file);
	CU_ASSERT_EQUAL(strlen(file.id), STORE_ID_BYTES - 1);
	CU_ASSERT_EQUAL(strspn(file.id, "0123456789abcdef"), STORE_ID_BYTES - 1);
	check_name(&file, "5001bit.bin");
	CU_ASSERT_EQUAL(file.state, STORE_GROWING);
	CU_ASSERT_EQUAL(store_wants(writer), 626);
	CU_ASSERT_EQUAL(bed_put(writer, 0, 100), 0);
	CU_ASSERT_EQUAL(store_wants(writer), 526);
	store_note(writer, "waits");
	CU_ASSERT_EQUAL(store_find(bed.store, file.id, &found), 0);
	CU_ASSERT_EQUAL(found.done_bits, 800);
	CU_ASSERT_STRING_EQUAL(found.reason, "waits");
	CU_ASSERT_STRING_EQUAL(found.owner, OWNER);
	CU_ASSERT_STRING_EQUAL(found.source, "random");
	CU_ASSERT_EQUAL(store_open_file(bed.store, file.id), -ENOENT);
	CU_ASSERT(bed_has(&bed, file.id, "part"));
	CU_ASSERT_EQUAL(bed_put(writer, 100, 526), 0);
	CU_ASSERT_EQUAL(store_find(bed.store, file.id, &found), 0);
	CU_ASSERT_EQUAL(found.done_bits, 5001);
	CU_ASSERT_EQUAL(store_finish(writer, &file), 0);
	CU_ASSERT_EQUAL(file.state, STORE_WHOLE);
	CU_ASSERT_EQUAL(file.size_bytes, 626);
	CU_ASSERT_STRING_EQUAL(file.reason, "");
	CU_ASSERT(file.finished_s >= file.created_s);
	check_content(&bed, &file);
	CU_ASSERT_EQUAL(store_find(bed.store, file.id, &found), 0);
	CU_ASSERT(!strcmp(found.sha256, file.sha256) && found.finished_s == file.finished_s);
	CU_ASSERT(bed_has(&bed, file.id, "bin") && bed_has(&bed, file.id, "json"));
	CU_ASSERT_EQUAL(bed_count(&bed), 2);
	bed_close(&bed);
}

static void test_modes(void)
{
	mode_t mask = umask(0);
	struct store_file file;
	char path[600];
	struct stat st;
	struct bed bed;

	bed_open(&bed);
	CU_ASSERT_EQUAL(stat(bed.directory, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode, S_IFDIR | 0700);
	file = bed_make(&bed, OWNER, BITS_TXT, 9);
	check_content(&bed, &file);
	bed_path(&bed, path, file.id, "json");
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode, S_IFREG | 0600);
	bed_close(&bed);
	umask(mask);
}

/* Some of them with more bits than are cut, or written back, at once. */
static void test_sizes(void)
{
	static const uint64_t sizes[] = { 1, 7, 8, 9, 5000, 131073, 1000003, 5 << 20, 40 << 20 };
	struct bed bed;

	bed_open(&bed);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (unsigned form = 0; form < BITS_FORMS; form++) {
			struct store_file file;

			if (form == BITS_TXT && sizes[i] > 10 << 20)
				continue;
			file = bed_make(&bed, OWNER, (enum bits_form)form, sizes[i]);
			check_content(&bed, &file);
			CU_ASSERT_EQUAL(store_delete(bed.store, file.id), 0);
		}
	}
	CU_ASSERT_EQUAL(bed_count(&bed), 0);
	bed_close(&bed);
}

static void test_refuses(void)
{
	struct store_writer *writer = NULL;
	struct store_file file;
	char owner[STORE_OWNER_BYTES + 1];
	struct bed bed;

	bed_open(&bed);
	memset(owner, 'a', sizeof(owner));
	owner[STORE_OWNER_BYTES] = '\0';
	static const char *const owners[] = { "", "a\nb", "\x7f", "\xc3\xa4" };
	for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++)
		CU_ASSERT_EQUAL(
			store_create(bed.store, owners[i], "random", BITS_BIN, 1, &writer, &file),
			-EINVAL);
	CU_ASSERT_EQUAL(store_create(bed.store, owner, "random", BITS_BIN, 1, &writer, &file),
			-EINVAL);
	CU_ASSERT_EQUAL(store_create(bed.store, OWNER, "raw", BITS_BIN, 1, &writer, &file),
			-EINVAL);
	CU_ASSERT_EQUAL(store_create(bed.store, OWNER, "random", BITS_BIN, 0, &writer, &file),
			-EINVAL);
	CU_ASSERT_EQUAL(
		store_create(bed.store, OWNER, "random", BITS_BIN, UINT64_MAX, &writer, &file),
		-EINVAL);
	bed.settings.most_bytes = UINT64_MAX;
	CU_ASSERT_EQUAL_FATAL(bed_reopen(&bed), 0);
	CU_ASSERT_EQUAL(
		store_create(bed.store, OWNER, "random", BITS_TXT, INT64_MAX, &writer, &file),
		-ENOSPC);
	CU_ASSERT_PTR_NULL(writer);
	CU_ASSERT_EQUAL(bed_count(&bed), 0);
	owner[STORE_OWNER_BYTES - 1] = '\0';
	bed_make(&bed, owner, BITS_BIN, 1);
	bed_close(&bed);
}

static void test_finds(void)
{
	struct store_file file, found;
	char id[STORE_ID_BYTES + 1];
	struct bed bed;

	bed_open(&bed);
	bed_make(&bed, OWNER, BITS_BIN, 1);
	file = bed_make(&bed, OWNER, BITS_BIN, 1);
	bed_make(&bed, OWNER, BITS_BIN, 1);
	CU_ASSERT_EQUAL(store_find(bed.store, file.id, &found), 0);
	CU_ASSERT_STRING_EQUAL(found.id, file.id);
	for (size_t i = 0; i < STORE_ID_BYTES - 1; i++) {
		strcpy(id, file.id);
		id[i] = id[i] == 'f' ? '0' : 'f';
		CU_ASSERT_EQUAL(store_find(bed.store, id, &found), -ENOENT);
	}
	strcpy(id, file.id);
	strcat(id, "0");
	CU_ASSERT_EQUAL(store_find(bed.store, id, &found), -ENOENT);
	id[STORE_ID_BYTES - 2] = '\0';
	CU_ASSERT_EQUAL(store_find(bed.store, id, &found), -ENOENT);
	CU_ASSERT_EQUAL(store_find(bed.store, "", &found), -ENOENT);
	CU_ASSERT_EQUAL(store_open_file(bed.store, "../../etc/passwd"), -ENOENT);
	CU_ASSERT_EQUAL(store_delete(bed.store, "../../etc/passwd"), -ENOENT);
	CU_ASSERT_EQUAL(bed_count(&bed), 6);
	bed_close(&bed);
}

static void test_deletes(void)
{
	struct store_file file, found;
	struct bed bed;
	uint8_t byte;
	int fd;

	bed_open(&bed);
	file = bed_make(&bed, OWNER, BITS_BIN, 8);
	fd = store_open_file(bed.store, file.id);
	CU_ASSERT_EQUAL(store_delete(bed.store, file.id), 0);
	CU_ASSERT_EQUAL(store_delete(bed.store, file.id), -ENOENT);
	CU_ASSERT_EQUAL(store_find(bed.store, file.id, &found), -ENOENT);
	CU_ASSERT_EQUAL(store_open_file(bed.store, file.id), -ENOENT);
	CU_ASSERT_EQUAL(bed_count(&bed), 0);
	CU_ASSERT_EQUAL(read(fd, &byte, 1), 1);
	CU_ASSERT_EQUAL(byte, bed_byte(0));
	close(fd);
	bed_close(&bed);
}

static void test_deleted_while_growing(void)
{
	struct store_writer *writer;
	struct store_file file;
	struct bed bed;

	bed_open(&bed);
	for (int is_job = 0; is_job < 2; is_job++) {
		writer = bed_create(&bed, OWNER, BITS_BIN, 80, &file);
		if (is_job)
			store_mark_job(writer);
		CU_ASSERT_EQUAL(bed_put(writer, 0, 3), 0);
		CU_ASSERT_EQUAL(store_delete(bed.store, file.id), 0);
		CU_ASSERT_EQUAL(bed_count(&bed), 0);
		CU_ASSERT_EQUAL(bed_put(writer, 3, 3), -ECANCELED);
		CU_ASSERT_EQUAL(bed_put(writer, 6, 3), -ECANCELED);
		store_note(writer, "nobody reads this");
		store_mark_job(writer);
		store_abandon(writer, "nor this");
		CU_ASSERT_EQUAL(store_find(bed.store, file.id, &file), -ENOENT);
	}
	writer = bed_create(&bed, OWNER, BITS_BIN, 8, &file);
	store_mark_job(writer);
	CU_ASSERT_EQUAL(bed_put(writer, 0, 1), 0);
	CU_ASSERT_EQUAL(store_delete(bed.store, file.id), 0);
	CU_ASSERT_EQUAL(store_finish(writer, &file), -ECANCELED);
	CU_ASSERT_EQUAL(store_find(bed.store, file.id, &file), -ENOENT);
	CU_ASSERT_EQUAL(bed_count(&bed), 0);
	bed_close(&bed);
}

static void test_abandoned(void)
{
	struct store_file plain, job, found;
	struct store_writer *writer;
	char reason[2 * STORE_REASON_BYTES];
	struct bed bed;

	bed_open(&bed);
	writer = bed_create(&bed, OWNER, BITS_BIN, 80, &plain);
	store_abandon(writer, "gone");
	CU_ASSERT_EQUAL(store_find(bed.store, plain.id, &found), -ENOENT);
	writer = bed_create(&bed, OWNER, BITS_BIN, 80, &job);
	store_mark_job(writer);
	CU_ASSERT_EQUAL(bed_put(writer, 0, 5), 0);
	memset(reason, 'x', sizeof(reason));
	reason[sizeof(reason) - 1] = '\0';
	store_note(writer, reason);
	store_abandon(writer, "the device is gone");
	CU_ASSERT_EQUAL(bed_count(&bed), 0);
	CU_ASSERT_EQUAL(store_find(bed.store, job.id, &found), 0);
	CU_ASSERT_EQUAL(found.state, STORE_FAILED);
	CU_ASSERT_EQUAL(found.done_bits, 40);
	CU_ASSERT(found.is_job && found.finished_s >= found.created_s);
	CU_ASSERT_STRING_EQUAL(found.reason, "the device is gone");
	CU_ASSERT_EQUAL(store_open_file(bed.store, job.id), -ENOENT);
	CU_ASSERT_EQUAL(store_latest(bed.store, OWNER, &found), -ENOENT);
	store_expire(bed.store, found.finished_s + 1000);
	CU_ASSERT_EQUAL(store_find(bed.store, job.id, &found), 0);
	store_expire(bed.store, found.finished_s + 1001);
	CU_ASSERT_EQUAL(store_find(bed.store, job.id, &found), -ENOENT);
	writer = bed_create(&bed, OWNER, BITS_BIN, 80, &job);
	store_mark_job(writer);
	store_abandon(writer, NULL);
	CU_ASSERT_EQUAL(store_delete(bed.store, job.id), 0);
	bed_close(&bed);
}

static void check_list(struct bed *bed, const char *owner, const struct store_file *const *expected)
{
	struct store_file *files = NULL;
	ssize_t count = store_list(bed->store, owner, &files), i;

	for (i = 0; expected[i] && i < count; i++)
		CU_ASSERT_STRING_EQUAL(files[i].id, expected[i]->id);
	CU_ASSERT(i == count && !expected[i]);
	free(files);
}

static void check_latest(struct bed *bed, const char *owner, const struct store_file *expected)
{
	struct store_file latest;

	CU_ASSERT_EQUAL_FATAL(store_latest(bed->store, owner, &latest), 0);
	CU_ASSERT_STRING_EQUAL(latest.id, expected->id);
}

/* Two owners, neither of whom sees what the other has. */
static void test_owners(void)
{
	struct store_file slow, first, second, other, found;
	struct store_writer *writer;
	struct bed bed;

	bed_open(&bed);
	CU_ASSERT_EQUAL(store_latest(bed.store, OWNER, &found), -ENOENT);
	check_list(&bed, OWNER, (const struct store_file *const[]){ NULL });
	writer = bed_create(&bed, OWNER, BITS_BIN, 8, &slow);
	CU_ASSERT_EQUAL(store_latest(bed.store, OWNER, &found), -ENOENT);
	store_mark_job(writer);
	check_latest(&bed, OWNER, &slow);
	first = bed_make(&bed, OWNER, BITS_BIN, 1);
	other = bed_make(&bed, "token:alic", BITS_BIN, 1);
	second = bed_make(&bed, OWNER, BITS_TXT, 1);
	check_latest(&bed, OWNER, &second);
	check_latest(&bed, "token:alic", &other);
	check_list(&bed, OWNER, (const struct store_file *const[]){ &second, &first, &slow, NULL });
	/* What ends last is the latest, whenever it began. */
	CU_ASSERT_EQUAL(bed_put(writer, 0, 1), 0);
	CU_ASSERT_EQUAL(store_finish(writer, &slow), 0);
	check_latest(&bed, OWNER, &slow);
	check_list(&bed, OWNER, (const struct store_file *const[]){ &slow, &second, &first, NULL });
	check_list(&bed, "token:alic", (const struct store_file *const[]){ &other, NULL });
	CU_ASSERT_EQUAL(store_delete(bed.store, slow.id), 0);
	check_latest(&bed, OWNER, &second);
	bed_close(&bed);
}

static void test_age(void)
{
	struct store_writer *writer;
	struct store_file file, growing;
	struct bed bed;

	bed_open(&bed);
	file = bed_make(&bed, OWNER, BITS_BIN, 1);
	writer = bed_create(&bed, OWNER, BITS_BIN, 1, &growing);
	store_expire(bed.store, file.finished_s - 100000);
	store_expire(bed.store, file.finished_s + 1000);
	CU_ASSERT_EQUAL(bed_state(&bed, file.id), STORE_WHOLE);
	store_expire(bed.store, file.finished_s + 1001);
	CU_ASSERT_EQUAL(store_find(bed.store, file.id, &file), -ENOENT);
	CU_ASSERT_EQUAL(bed_state(&bed, growing.id), STORE_GROWING);
	CU_ASSERT_EQUAL(bed_count(&bed), 1);
	store_abandon(writer, NULL);
	bed_close(&bed);
}

/* The third file of 400 bytes has no place beside two; one of 1001 never has. */
static void test_total(void)
{
	struct store_writer *writer = NULL;
	struct store_file files[4], growing;
	struct bed bed;

	bed_prepare(&bed);
	bed.settings.most_bytes = 1000;
	CU_ASSERT_EQUAL_FATAL(bed_reopen(&bed), 0);
	writer = bed_create(&bed, OWNER, BITS_TXT, 900, &growing);
	for (int i = 0; i < 4; i++) {
		files[i] = bed_make(&bed, OWNER, i % 2 ? BITS_TXT : BITS_BIN, i % 2 ? 400 : 3200);
		CU_ASSERT_EQUAL(files[i].size_bytes, 400);
	}
	CU_ASSERT_EQUAL(store_find(bed.store, files[0].id, &files[0]), -ENOENT);
	CU_ASSERT_EQUAL(store_find(bed.store, files[1].id, &files[1]), -ENOENT);
	CU_ASSERT_EQUAL(bed_state(&bed, files[2].id), STORE_WHOLE);
	CU_ASSERT_EQUAL(bed_state(&bed, files[3].id), STORE_WHOLE);
	CU_ASSERT_EQUAL(bed_state(&bed, growing.id), STORE_GROWING);
	CU_ASSERT_EQUAL(bed_count(&bed), 5);
	CU_ASSERT_EQUAL(bed_put(writer, 0, store_wants(writer)), 0);
	CU_ASSERT_EQUAL(store_finish(writer, &growing), 0);
	CU_ASSERT_EQUAL(bed_state(&bed, growing.id), STORE_WHOLE);
	CU_ASSERT_EQUAL(bed_count(&bed), 2);
	CU_ASSERT_EQUAL(store_create(bed.store, OWNER, "random", BITS_TXT, 1001, &writer, &growing),
			-ENOSPC);
	/* A deleted file no longer counts. */
	CU_ASSERT_EQUAL(store_delete(bed.store, growing.id), 0);
	files[0] = bed_make(&bed, OWNER, BITS_TXT, 500);
	files[1] = bed_make(&bed, OWNER, BITS_TXT, 500);
	CU_ASSERT_EQUAL(bed_state(&bed, files[0].id), STORE_WHOLE);
	CU_ASSERT_EQUAL(bed_state(&bed, files[1].id), STORE_WHOLE);
	bed_close(&bed);
}

/* Files that were cut, replaced or taken away behind the store's back. */
static void test_tampered(void)
{
	struct store_file file;
	char path[600];
	struct bed bed;

	bed_open(&bed);
	file = bed_make(&bed, OWNER, BITS_TXT, 100);
	bed_path(&bed, path, file.id, "txt");
	CU_ASSERT_EQUAL(truncate(path, 99), 0);
	CU_ASSERT_EQUAL(store_open_file(bed.store, file.id), -EIO);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(store_open_file(bed.store, file.id), -ENOENT);
	CU_ASSERT_EQUAL(symlink("/etc/passwd", path), 0);
	CU_ASSERT_EQUAL(store_open_file(bed.store, file.id), -ELOOP);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	CU_ASSERT_EQUAL(store_open_file(bed.store, file.id), -EIO);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(store_delete(bed.store, file.id), 0);
	CU_ASSERT_EQUAL(bed_count(&bed), 0);
	bed_close(&bed);
}

/* What cannot be deleted is nobody's all the same, and the log says so. The directory's name need
 * not have lived on for that. */
static void test_undeletable(void)
{
	char path[600], text[1000], directory[256];
	struct store_file file;
	struct bed bed;

	bed_prepare(&bed);
	strcpy(directory, bed.directory);
	bed.settings.directory = directory;
	CU_ASSERT_EQUAL_FATAL(bed_reopen(&bed), 0);
	memset(directory, 0, sizeof(directory));
	file = bed_make(&bed, OWNER, BITS_TXT, 100);
	bed_path(&bed, path, file.id, "txt");
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
	unit_capture();
	CU_ASSERT_EQUAL(store_delete(bed.store, file.id), -EISDIR);
	unit_captured(text, sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, bed.directory));
	CU_ASSERT_PTR_NULL(strstr(text, file.id));
	CU_ASSERT_EQUAL(store_find(bed.store, file.id, &file), -ENOENT);
	bed_close(&bed);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "a file grows", test_grows },
		{ "the name of a file of urandom", test_name_of_urandom },
		{ "modes", test_modes },
		{ "sizes and forms", test_sizes },
		{ "what is refused", test_refuses },
		{ "found by id only", test_finds },
		{ "deleted", test_deletes },
		{ "deleted while it grows", test_deleted_while_growing },
		{ "abandoned", test_abandoned },
		{ "owners", test_owners },
		{ "age", test_age },
		{ "total size", test_total },
		{ "files tampered with", test_tampered },
		{ "files that cannot be deleted", test_undeletable },
	};

	return unit_run("http_store", tests, sizeof(tests) / sizeof(tests[0]));
}
