/* SPDX-License-Identifier: GPL-3.0-or-later */
/* join - see join.h */
#include "evaluate/collect/join.h"

#include "common/log.h"
#include "evaluate/collect/folder.h"
#include "evaluate/collect/segment.h"
#include "evaluate/core/symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* So many symbols at a time fill whole bytes at any width. */
#define PIECE_SYMBOLS 65536

struct output {
	const char *name, *temporary;
	int fd;
	EVP_MD_CTX *hash;
	uint64_t bytes;
};

struct joint {
	struct manifest *manifest;
	struct output symbols, bits;
	uint8_t *packed, *values, *repacked; /* PIECE_SYMBOLS each */
	unsigned left, left_bits;            /* the bits that do not fill a byte of JOIN_BITS yet */
	uint64_t done, wanted;
};

uint64_t join_share(uint64_t bytes, unsigned width, uint64_t before, uint64_t wanted)
{
	uint64_t most = wanted > before ? wanted - before : 0;
	uint64_t symbols = segment_joinable(bytes, width);

	if (!most)
		return 0;
	if (most < SEGMENT_LEAST_SYMBOLS)
		most = SEGMENT_LEAST_SYMBOLS;
	return symbols < most ? symbols : most;
}

/* ---- the two files ---- */

static int output_open(struct output *output, int folder)
{
	output->fd =
		openat(folder, output->temporary,
		       O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
	if (output->fd < 0)
		return -errno;
	output->hash = EVP_MD_CTX_new();
	if (!output->hash || !EVP_DigestInit_ex(output->hash, EVP_sha256(), NULL))
		return -ENOMEM;
	return 0;
}

static int output_write(struct output *output, const uint8_t *bytes, size_t size_bytes)
{
	if (folder_write(output->fd, bytes, size_bytes) < size_bytes)
		return -errno;
	output->bytes += size_bytes;
	return EVP_DigestUpdate(output->hash, bytes, size_bytes) ? 0 : -EIO;
}

static void output_close(struct output *output, int folder)
{
	if (output->fd >= 0) {
		close(output->fd);
		unlinkat(folder, output->temporary, 0); /* gone already unless it failed */
	}
	EVP_MD_CTX_free(output->hash);
}

/* Its place in the manifest; takes its name. */
static json_t *output_finish(struct output *output, int folder)
{
	char hex[HASH_HEX_BYTES];
	uint8_t hash[32];

	if (folder_commit(folder, output->fd, output->temporary, output->name) ||
	    !EVP_DigestFinal_ex(output->hash, hash, NULL))
		return NULL;
	folder_hex(hash, hex);
	return json_pack("{s:s, s:I, s:s}", "file", output->name, "bytes",
			 (json_int_t)output->bytes, "sha256", hex);
}

/* ---- one segment ---- */

/* @count values behind what is left of those before; returns the bytes that became full. */
static size_t repack(struct joint *joint, size_t count)
{
	unsigned width = joint->manifest->width;
	size_t full = 0;

	for (size_t i = 0; i < count; i++) {
		joint->left = (joint->left << width | joint->values[i]) & 0xFFFF;
		joint->left_bits += width;
		if (joint->left_bits >= 8) {
			joint->left_bits -= 8;
			joint->repacked[full++] = (uint8_t)(joint->left >> joint->left_bits);
		}
	}
	return full;
}

static int add_piece(struct joint *joint, size_t count)
{
	int ret;

	symbols_unpack(joint->packed, joint->manifest->width, count, joint->values);
	ret = output_write(&joint->symbols, joint->values, count);
	if (!ret)
		ret = output_write(&joint->bits, joint->repacked, repack(joint, count));
	joint->done += ret ? 0 : count;
	return ret;
}

static int read_full(int fd, uint8_t *into, size_t size_bytes)
{
	size_t done = 0;
	ssize_t got;

	while (done < size_bytes) {
		got = read(fd, into + done, size_bytes - done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EBADMSG;
		done += (size_t)got;
	}
	return 0;
}

static int copy_symbols(struct joint *joint, int fd, uint64_t share)
{
	size_t count, bytes;
	int ret = 0;

	while (!ret && share) {
		count = share < PIECE_SYMBOLS ? (size_t)share : PIECE_SYMBOLS;
		bytes = (count * joint->manifest->width + 7) / 8;
		ret = read_full(fd, joint->packed, bytes);
		if (!ret)
			ret = add_piece(joint, count);
		share -= count;
	}
	return ret;
}

static int add_segment(struct joint *joint, const char *name, const json_t *entry)
{
	uint64_t bytes = manifest_number(entry, "bytes");
	uint64_t share = join_share(bytes, joint->manifest->width, joint->done, joint->wanted);
	const char *hash = manifest_text(entry, "sha256");
	int folder = joint->manifest->folder;
	char hex[HASH_HEX_BYTES];
	int fd, ret;

	if (!share)
		return 0;
	ret = folder_hash(folder, name, bytes, hex);
	if (ret == -ENODATA || ret == -ENOENT || (!ret && (!hash || strcmp(hash, hex) != 0))) {
		log_error("%s is not what was collected: its hash has changed", name);
		return -EBADMSG;
	}
	if (ret)
		return ret;
	fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = copy_symbols(joint, fd, share);
	close(fd);
	return ret;
}

/* ---- all of them ---- */

static int note(struct joint *joint)
{
	json_t *symbols = output_finish(&joint->symbols, joint->manifest->folder);
	json_t *bits = output_finish(&joint->bits, joint->manifest->folder);
	json_t *joined = json_pack("{s:I, s:o, s:o}", "symbols", (json_int_t)joint->done,
				   "one_symbol_per_byte", symbols, "packed", bits);

	if (!joined)
		return errno ? -errno : -ENOMEM;
	json_object_set_new(joined, "time", manifest_time());
	return manifest_put(joint->manifest->root, "joined", joined);
}

static int join_all(struct joint *joint)
{
	char name[SEGMENT_NAME_BYTES];
	json_t *entry;
	size_t i;
	int ret = output_open(&joint->symbols, joint->manifest->folder);

	if (!ret)
		ret = output_open(&joint->bits, joint->manifest->folder);
	if (!joint->packed || !joint->values || !joint->repacked)
		ret = -ENOMEM;
	json_array_foreach(joint->manifest->list, i, entry)
	{
		if (!ret)
			ret = add_segment(joint, segment_name(i, name), entry);
	}
	if (!ret)
		ret = note(joint);
	return ret ? ret : manifest_save(joint->manifest);
}

int join_segments(struct manifest *manifest, uint64_t wanted, uint64_t *symbols)
{
	struct joint joint = {
		.manifest = manifest,
		.symbols = { .name = JOIN_SYMBOLS, .temporary = JOIN_SYMBOLS ".part", .fd = -1 },
		.bits = { .name = JOIN_BITS, .temporary = JOIN_BITS ".part", .fd = -1 },
		.packed = malloc(PIECE_SYMBOLS),
		.values = malloc(PIECE_SYMBOLS),
		.repacked = malloc(PIECE_SYMBOLS),
		.wanted = wanted,
	};
	int ret = join_all(&joint);

	output_close(&joint.symbols, manifest->folder);
	output_close(&joint.bits, manifest->folder);
	free(joint.packed);
	free(joint.values);
	free(joint.repacked);
	*symbols = joint.done;
	return ret;
}
