/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * backtrack - what who reads the memory of a process knows of its CTR_DRBG with AES-256: what comes
 * next, but nothing of what was handed out before.
 *
 * backtrack PID PREVIOUS COMMAND...
 *
 * PREVIOUS holds bytes that the process' generator gave last, in calls of whole 16-byte blocks,
 * best some hundred bytes of each; at most 1 MiB. All readable private mappings of PID are read
 * first; then COMMAND runs, and its standard output is what the generator gives next (at least 32
 * bytes).
 *
 * Every 32 bytes of that memory, at every 8th, are tried as a key. A block of output is the cipher
 * of a counter: a key that decrypts two successive blocks to successive numbers is the one that
 * made them, wherever V is, and V is then that number less one. So each key is tried with every V.
 * And every 16-byte block of PREVIOUS is looked for, at every byte.
 *
 * The last line on standard output is "bytes=N keys=N next=N v=N previous=N pieces=N": how much was
 * read, keys tried, places where the key of the next output is and where its V, places of keys of
 * previous output, blocks of previous output found. Where all that is goes to standard error.
 * Exit status: 0 next and v are positive and the last two 0; 1 not so; 2 it could not be tried.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEY_BYTES      32
#define BLOCK_BYTES    16
#define KEY_STEP_BYTES 8
#define LEAST_DISTINCT 12 /* byte values; 32 random bytes have fewer once in 2^80 */
#define MOST_PREVIOUS  (1024 * 1024)
#define MOST_MAPPING   (256u * 1024 * 1024)
#define NEXT_BYTES     (2 * BLOCK_BYTES)
#define MOST_PLACES    8 /* that are named */

struct mapping {
	struct mapping *next;
	uint64_t from;
	size_t len;
	char name[64];
	uint8_t bytes[];
};

struct table { /* open addressing; blocks of PREVIOUS by their first 8 bytes */
	const uint8_t **slots;
	size_t mask;
};

struct search {
	struct mapping *mappings;
	uint8_t *previous;
	size_t previous_bytes;
	uint8_t next[NEXT_BYTES];
	uint8_t v[BLOCK_BYTES]; /* of the next output, once its key is found */
	uint8_t *plain;         /* scratch, as large as previous */
	struct table table;
	EVP_CIPHER_CTX *cipher;
	size_t bytes, keys, nexts, vs, previouses, pieces;
};

static void fail(const char *what)
{
	fprintf(stderr, "backtrack: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void *need(void *memory)
{
	if (!memory)
		fail("memory");
	return memory;
}

/* ---- reading ---- */

static size_t read_all(int fd, uint8_t *bytes, size_t len)
{
	size_t got = 0;
	ssize_t ret;

	while (got < len && (ret = read(fd, bytes + got, len - got)) != 0) {
		if (ret < 0 && errno != EINTR)
			fail("read");
		got += ret > 0 ? (size_t)ret : 0;
	}
	return got;
}

static void read_previous(struct search *search, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail(path);
	search->previous = need(malloc(MOST_PREVIOUS));
	search->plain = need(malloc(MOST_PREVIOUS + BLOCK_BYTES));
	search->previous_bytes = read_all(fd, search->previous, MOST_PREVIOUS);
	search->previous_bytes -= search->previous_bytes % BLOCK_BYTES;
	close(fd);
	if (search->previous_bytes < NEXT_BYTES) {
		fprintf(stderr, "backtrack: %s: fewer than %d bytes\n", path, NEXT_BYTES);
		exit(2);
	}
}

/* What cannot be read (a guard page, a device) is left out. */
static void read_mapping(struct search *search, int mem, uint64_t from, uint64_t to,
			 const char *name)
{
	size_t len = (size_t)(to - from);
	struct mapping *mapping = need(malloc(sizeof(*mapping) + len));
	ssize_t got;

	*mapping = (struct mapping){ .next = search->mappings, .from = from };
	snprintf(mapping->name, sizeof(mapping->name), "%s", name);
	while (mapping->len < len) {
		got = pread(mem, mapping->bytes + mapping->len, len - mapping->len,
			    (off_t)(from + mapping->len));
		if (got <= 0)
			break;
		mapping->len += (size_t)got;
	}
	search->bytes += mapping->len;
	search->mappings = mapping;
}

static void read_memory(struct search *search, const char *pid)
{
	char path[64], line[512], access[5], name[64];
	uint64_t from, to;
	FILE *maps;
	int mem;

	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	maps = fopen(path, "re");
	snprintf(path, sizeof(path), "/proc/%s/mem", pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	if (!maps || mem < 0)
		fail(path);
	while (fgets(line, sizeof(line), maps)) {
		name[0] = '\0';
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %*s %63s", &from, &to, access,
			   name) < 3)
			continue;
		if (access[0] != 'r' || access[3] != 'p' || strncmp(name, "[v", 2) == 0)
			continue;
		if (to - from > MOST_MAPPING) {
			errno = EFBIG; /* a sanitizer's */
			fail(line);
		}
		read_mapping(search, mem, from, to, name);
	}
	fclose(maps);
	close(mem);
}

static void run_command(struct search *search, char **command)
{
	uint8_t rest[4096];
	int ends[2], status;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		fail("pipe");
	child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execvp(command[0], command);
		fprintf(stderr, "backtrack: %s: %s\n", command[0], strerror(errno));
		_exit(127);
	}
	close(ends[1]);
	if (read_all(ends[0], search->next, NEXT_BYTES) < NEXT_BYTES) {
		fprintf(stderr, "backtrack: %s: fewer than %d bytes\n", command[0], NEXT_BYTES);
		exit(2);
	}
	while (read_all(ends[0], rest, sizeof(rest)) > 0)
		;
	close(ends[0]);
	waitpid(child, &status, 0);
}

/* ---- searching ---- */

static void name_place(const char *what, const struct mapping *mapping, size_t at, size_t *count)
{
	if ((*count)++ < MOST_PLACES)
		fprintf(stderr, "%s at %" PRIx64 " in %s\n", what, mapping->from + at,
			mapping->name[0] ? mapping->name : "memory of its own");
}

/* Pointers, text, tables and zeros are no keys: random bytes are more various. */
static bool is_various(const uint8_t *bytes)
{
	uint64_t seen[4] = { 0 };
	int count = 0;

	for (int i = 0; i < KEY_BYTES; i++)
		seen[bytes[i] / 64] |= 1ULL << bytes[i] % 64;
	for (int i = 0; i < 4; i++)
		count += __builtin_popcountll(seen[i]);
	return count >= LEAST_DISTINCT;
}

static void increment(uint8_t *block)
{
	for (int i = BLOCK_BYTES; i-- > 0 && ++block[i] == 0;)
		;
}

static bool is_next(const uint8_t *first, const uint8_t *second)
{
	uint8_t counter[BLOCK_BYTES];

	memcpy(counter, first, BLOCK_BYTES);
	increment(counter);
	return memcmp(counter, second, BLOCK_BYTES) == 0;
}

static void decrypt(struct search *search, const uint8_t *bytes, size_t len)
{
	int done;

	if (!EVP_DecryptUpdate(search->cipher, search->plain, &done, bytes, (int)len) ||
	    done != (int)len)
		abort();
}

static void try_key(struct search *search, const struct mapping *mapping, size_t at)
{
	search->keys++;
	if (!EVP_DecryptInit_ex(search->cipher, NULL, NULL, mapping->bytes + at, NULL))
		abort();
	decrypt(search, search->next, NEXT_BYTES);
	if (is_next(search->plain, search->plain + BLOCK_BYTES)) {
		name_place("the key of the next output", mapping, at, &search->nexts);
		memcpy(search->v, search->plain, BLOCK_BYTES);
		for (int i = BLOCK_BYTES; i-- > 0 && search->v[i]-- == 0;)
			;
	}
	decrypt(search, search->previous, search->previous_bytes);
	for (size_t i = 0; i + NEXT_BYTES <= search->previous_bytes; i += BLOCK_BYTES) {
		if (is_next(search->plain + i, search->plain + i + BLOCK_BYTES)) {
			name_place("a key of previous output", mapping, at, &search->previouses);
			break;
		}
	}
}

static void try_keys(struct search *search, const struct mapping *mapping)
{
	for (size_t at = 0; at + KEY_BYTES <= mapping->len; at += KEY_STEP_BYTES) {
		if (is_various(mapping->bytes + at))
			try_key(search, mapping, at);
	}
}

static void find_v(struct search *search, const struct mapping *mapping)
{
	const uint8_t *at = mapping->bytes, *found;

	while ((found = memmem(at, mapping->len - (size_t)(at - mapping->bytes), search->v,
			       BLOCK_BYTES))) {
		name_place("its V", mapping, (size_t)(found - mapping->bytes), &search->vs);
		at = found + 1;
	}
}

static uint64_t hash(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word * 0x9E3779B97F4A7C15u >> 24;
}

static void fill_table(struct search *search)
{
	struct table *table = &search->table;

	table->mask = 1;
	while (table->mask < 4 * search->previous_bytes / BLOCK_BYTES)
		table->mask <<= 1;
	table->slots = need(calloc(table->mask--, sizeof(*table->slots)));
	for (size_t i = 0; i < search->previous_bytes; i += BLOCK_BYTES) {
		size_t slot = hash(search->previous + i) & table->mask;

		while (table->slots[slot])
			slot = (slot + 1) & table->mask;
		table->slots[slot] = search->previous + i;
	}
}

static void find_pieces(struct search *search, const struct mapping *mapping)
{
	const struct table *table = &search->table;

	for (size_t at = 0; at + BLOCK_BYTES <= mapping->len; at++) {
		size_t slot = hash(mapping->bytes + at) & table->mask;

		for (; table->slots[slot]; slot = (slot + 1) & table->mask) {
			if (memcmp(table->slots[slot], mapping->bytes + at, BLOCK_BYTES) != 0)
				continue;
			name_place("previous output", mapping, at, &search->pieces);
			break;
		}
	}
}

int main(int argc, char **argv)
{
	struct search search = { .mappings = NULL };
	bool is_well;

	if (argc < 4) {
		fprintf(stderr, "usage: backtrack PID PREVIOUS COMMAND...\n");
		return 2;
	}
	read_previous(&search, argv[2]);
	read_memory(&search, argv[1]);
	run_command(&search, argv + 3);
	fill_table(&search);
	search.cipher = need(EVP_CIPHER_CTX_new());
	if (!EVP_DecryptInit_ex(search.cipher, EVP_aes_256_ecb(), NULL, NULL, NULL))
		abort();
	EVP_CIPHER_CTX_set_padding(search.cipher, 0);
	for (const struct mapping *mapping = search.mappings; mapping; mapping = mapping->next) {
		try_keys(&search, mapping);
		find_pieces(&search, mapping);
	}
	for (const struct mapping *mapping = search.mappings; mapping && search.nexts > 0;
	     mapping = mapping->next)
		find_v(&search, mapping);
	is_well = search.nexts > 0 && search.vs > 0 && !search.previouses && !search.pieces;
	printf("bytes=%zu keys=%zu next=%zu v=%zu previous=%zu pieces=%zu\n", search.bytes,
	       search.keys, search.nexts, search.vs, search.previouses, search.pieces);
	return is_well ? 0 : 1;
}
