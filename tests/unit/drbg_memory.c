/* SPDX-License-Identifier: GPL-3.0-or-later */
/* drbg - its key is in locked memory that core dumps leave out, and in no other; an old one
 * nowhere. */
#include "fuse-trng/source/cipher.h"
#include "fuse-trng/source/drbg.h"
#include "tests/unit/drbg_naive.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Sanitizers do not lock, and keep copies; so does valgrind. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_OTHER_MEMORY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_OTHER_MEMORY 1
#endif
#endif
#ifndef HAS_OTHER_MEMORY
#define HAS_OTHER_MEMORY 0
#endif

#define MOST_MAPPINGS 512
#define OUT_BYTES     100
#define GENERATIONS   3

static bool has_other_memory(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	return HAS_OTHER_MEMORY || (preloaded && strstr(preloaded, "vgpreload"));
}

/* ---- where 32 bytes are in our memory ---- */

struct found {
	unsigned guarded; /* in mappings that are locked and not dumped */
	unsigned open;    /* in others */
};

static struct mapping {
	uint64_t from, to;
	bool is_readable;
	bool is_guarded;
} mappings[MOST_MAPPINGS];

static size_t read_mappings(void)
{
	FILE *smaps = fopen("/proc/self/smaps", "r");
	struct mapping mapping;
	char line[512], access[5];
	struct rlimit limit;
	size_t count = 0;

	getrlimit(RLIMIT_MEMLOCK, &limit);
	while (smaps && fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &mapping.from, &mapping.to,
			   access) == 3) {
			mapping.is_readable = access[0] == 'r' && !strstr(line, "[v");
			mappings[count++] = mapping;
			CU_ASSERT_FATAL(count < MOST_MAPPINGS);
		} else if (!strncmp(line, "VmFlags:", 8)) {
			mappings[count - 1].is_guarded =
				strstr(line, " dd") &&
				(limit.rlim_cur < 1 << 20 || strstr(line, " lo"));
		}
	}
	if (smaps)
		fclose(smaps);
	return count;
}

/* What is looked for is given complemented, so that to ask does not make one more of it. */
static bool is_complement(const uint8_t *at, const uint8_t *complement)
{
	for (size_t i = 0; i < NAIVE_KEY; i++) {
		if ((at[i] ^ complement[i]) != 0xff)
			return false;
	}
	return true;
}

static struct found find(const uint8_t *complement)
{
	struct found found = { 0 };
	size_t count = read_mappings();

	for (size_t i = 0; i < count; i++) {
		const uint8_t *from = (const uint8_t *)(uintptr_t)mappings[i].from;
		size_t len = (size_t)(mappings[i].to - mappings[i].from);

		for (size_t at = 0; mappings[i].is_readable && at + NAIVE_KEY <= len; at++) {
			if (!is_complement(from + at, complement))
				continue;
			if (mappings[i].is_guarded)
				found.guarded++;
			else
				found.open++;
		}
	}
	return found;
}

/* ---- the keys ---- */

static const uint8_t seed[DRBG_SEED_BYTES] = "a seed of forty-eight bytes, known to everybody";

/* The keys after 0, 1, ... requests, complemented; computed in a child, whose memory nobody reads.
 */
static void predict(uint8_t (*complements)[NAIVE_KEY])
{
	struct naive naive = { .has_df = true };
	uint8_t out[OUT_BYTES];
	pid_t child = fork();

	CU_ASSERT_FATAL(child >= 0);
	if (child > 0) {
		waitpid(child, NULL, 0);
		return;
	}
	naive_instantiate(&naive, (struct bytes){ seed, sizeof(seed) }, (struct bytes){ 0 });
	for (int i = 0; i < GENERATIONS; i++) {
		for (int j = 0; j < NAIVE_KEY; j++)
			complements[i][j] = (uint8_t)~naive.key[j];
		naive_generate(&naive, out, sizeof(out), (struct bytes){ 0 });
	}
	_exit(0);
}

static void expect_nowhere(const uint8_t *complement)
{
	struct found found = find(complement);

	CU_ASSERT_EQUAL(found.guarded, 0);
	CU_ASSERT_EQUAL(found.open, 0);
}

static void guarded_and_gone(void)
{
	size_t size = GENERATIONS * NAIVE_KEY;
	uint8_t(*keys)[NAIVE_KEY] =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct drbg *drbg;

	CU_ASSERT_FATAL(keys != MAP_FAILED);
	if (has_other_memory()) {
		munmap(keys, size);
		return;
	}
	CU_ASSERT_FATAL(drbg_open(&drbg, true) == 0);
	predict(keys);
	CU_ASSERT(drbg_instantiate(drbg, seed, sizeof(seed), NULL, 0) == 0);
	for (int i = 0; i < GENERATIONS; i++) {
		struct found found = find(keys[i]);
		uint8_t out[OUT_BYTES] = { 0 };

		CU_ASSERT(found.guarded >= 2); /* the state's, and the first of the key schedule */
		CU_ASSERT_EQUAL(found.open, 0);
		for (int j = 0; j < i; j++)
			expect_nowhere(keys[j]);
		if (i + 1 < GENERATIONS)
			CU_ASSERT(drbg_generate(drbg, out, sizeof(out), NULL, 0) == 0);
	}
	drbg_forget(drbg);
	expect_nowhere(keys[GENERATIONS - 1]);
	CU_ASSERT(drbg_instantiate(drbg, seed, sizeof(seed), NULL, 0) == 0);
	CU_ASSERT(find(keys[0]).guarded >= 2);
	drbg_close(drbg);
	expect_nowhere(keys[0]);
	munmap(keys, size);
}

/* ---- libcrypto used before ---- */

static size_t count(const char *text, const char *word)
{
	size_t found = 0;

	for (text = strstr(text, word); text; text = strstr(text + 1, word))
		found++;
	return found;
}

/* In a child: what is the first use cannot be tried twice. It works, and is said once. */
static void late(void)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	pid_t child = fork();
	struct drbg *drbg;
	char text[4096];
	int status;

	CU_ASSERT_FATAL(child >= 0);
	if (child == 0) {
		unit_capture();
		status = !EVP_Digest("", 0, digest, NULL, EVP_sha256(), NULL);
		status |= drbg_self_test() != 0;
		status |= drbg_open(&drbg, true) != 0;
		unit_captured(text, sizeof(text));
		status |= count(text, "libcrypto was in use before") != 1;
		drbg_close(drbg);
		_exit(status);
	}
	waitpid(child, &status, 0);
	CU_ASSERT_EQUAL(status, 0);
}

/* Here it is the first: no complaint. */
static void in_time(void)
{
	char text[4096];
	int ret;

	unit_capture();
	ret = drbg_self_test();
	unit_captured(text, sizeof(text));
	CU_ASSERT_EQUAL(ret, 0);
	CU_ASSERT_EQUAL(count(text, "libcrypto"), 0);
}

/* ---- whatever else libcrypto has its memory for ---- */

static void resized(void)
{
	unsigned char *memory = OPENSSL_malloc(10);

	CU_ASSERT_FATAL(memory != NULL);
	memcpy(memory, "0123456789", 10);
	memory = OPENSSL_realloc(memory, 100000);
	CU_ASSERT_FATAL(memory != NULL);
	CU_ASSERT(memcmp(memory, "0123456789", 10) == 0);
	memory = OPENSSL_realloc(memory, 5);
	CU_ASSERT_FATAL(memory != NULL);
	CU_ASSERT(memcmp(memory, "01234", 5) == 0);
	CU_ASSERT((uintptr_t)memory % _Alignof(max_align_t) == 0);
	CU_ASSERT(OPENSSL_realloc(memory, 0) == NULL);
	memory = OPENSSL_realloc(NULL, 7);
	CU_ASSERT(memory != NULL);
	CU_ASSERT(OPENSSL_realloc(memory, SIZE_MAX) == NULL); /* and it is there still */
	OPENSSL_free(memory);
	CU_ASSERT(OPENSSL_malloc(0) == NULL);
	CU_ASSERT(OPENSSL_malloc(SIZE_MAX) == NULL);
	OPENSSL_free(NULL);
}

/* ---- what is outside of us changes nothing ---- */

/* A configuration that makes libcrypto's own ciphers unavailable, for a child that would read it.
 */
static void no_configuration(void)
{
	static const char text[] =
		"openssl_conf = main\n[main]\nproviders = list\nalg_section = a\n"
		"[list]\nlegacy = on\n[on]\nactivate = 1\n"
		"[a]\ndefault_properties = provider=none\n";
	char path[] = "/tmp/drbg-conf-XXXXXX", self[4096] = "";
	int fd = mkstemp(path), status;
	pid_t child;

	CU_ASSERT_FATAL(fd >= 0 && write(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	CU_ASSERT_FATAL(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	for (int i = 0; i < 2; i++) { /* that it would matter; and that it does not */
		child = fork();
		CU_ASSERT_FATAL(child >= 0);
		if (child == 0) {
			setenv("OPENSSL_CONF", path, 1);
			execl(self, self, i ? "ours" : "plain", (char *)NULL);
			_exit(99);
		}
		waitpid(child, &status, 0);
		CU_ASSERT_EQUAL(status == 0, i);
	}
	unlink(path);
}

int main(int argc, char **argv)
{
	static const struct unit_test tests[] = {
		{ "libcrypto used before", late }, /* first: it needs a libcrypto that was not */
		{ "libcrypto not used before", in_time },
		{ "guarded, and gone", guarded_and_gone },
		{ "memory that is resized", resized },
		{ "no configuration from outside", no_configuration },
	};

	if (argc > 1 && strcmp(argv[1], "ours") == 0)
		return drbg_self_test() == 0 ? 0 : 1;
	if (argc > 1)
		return EVP_CIPHER_fetch(NULL, "AES-256-CTR", NULL) ? 0 : 1;
	return unit_run("drbg_memory", tests, sizeof(tests) / sizeof(tests[0]));
}
