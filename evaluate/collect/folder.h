/* SPDX-License-Identifier: GPL-3.0-or-later */
/* folder - the folder of a collection: one collector at a time, and files that survive a power cut.
 */
#ifndef TRNG_EVALUATE_COLLECT_FOLDER_H
#define TRNG_EVALUATE_COLLECT_FOLDER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HASH_HEX_BYTES 65

/**
 * folder_open - make @path unless it is there, and lock it until the descriptor is closed.
 * Return: descriptor; -EWOULDBLOCK: another collector has it; -errno.
 */
int folder_open(const char *path);

/**
 * folder_replace - @name in @folder becomes @text, or stays what it was: at no time, not even
 * after a power cut, is it half of each. Return: 0 or -errno.
 */
int folder_replace(int folder, const char *name, const char *text, size_t len_bytes);

/**
 * folder_commit - @fd, written as @temporary, is from now on @name: data first, then the name.
 * Return: 0 or -errno. Does not close @fd.
 */
int folder_commit(int folder, int fd, const char *temporary, const char *name);

/**
 * folder_read - @name whole, NUL-terminated, at most 64 MiB. Its path may be absolute.
 * Return: memory for free(), or NULL with errno.
 */
char *folder_read(int folder, const char *name);

/** folder_write - all of @bytes to @fd. Return: what was written; less only with errno set. */
size_t folder_write(int fd, const void *bytes, size_t size_bytes);

/** folder_hash - SHA-256 of @name's first @size_bytes, as hex. Return: 0; -ENODATA: it is shorter;
 * -errno. */
int folder_hash(int folder, const char *name, uint64_t size_bytes, char hex[static HASH_HEX_BYTES]);

/** folder_hex - 32 bytes as hex. */
void folder_hex(const uint8_t hash[static 32], char hex[static HASH_HEX_BYTES]);

#endif
