/* SPDX-License-Identifier: GPL-3.0-or-later */
/* folder - see folder.h */
#include "evaluate/collect/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_MOST_BYTES (64u << 20)

int folder_open(const char *path)
{
	int fd, ret;

	if (mkdir(path, 0777) && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

size_t folder_write(int fd, const void *bytes, size_t size_bytes)
{
	const char *at = bytes;
	size_t done = 0;
	ssize_t got;

	while (done < size_bytes) {
		got = write(fd, at + done, size_bytes - done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return done;
}

int folder_commit(int folder, int fd, const char *temporary, const char *name)
{
	if (fsync(fd) || renameat(folder, temporary, folder, name) || fsync(folder))
		return -errno;
	return 0;
}

int folder_replace(int folder, const char *name, const char *text, size_t len_bytes)
{
	char temporary[64];
	int fd, ret;

	snprintf(temporary, sizeof(temporary), "%s.part", name);
	/* O_NONBLOCK, here and elsewhere: with the signals blocked nothing would end the wait that
	 * a FIFO of this name means. */
	fd = openat(folder, temporary,
		    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
	if (fd < 0)
		return -errno;
	ret = folder_write(fd, text, len_bytes) == len_bytes
		      ? folder_commit(folder, fd, temporary, name)
		      : -errno;
	if (ret)
		unlinkat(folder, temporary, 0);
	close(fd);
	return ret;
}

static char *read_whole(int fd)
{
	size_t size = 4096, len = 0;
	char *text = malloc(size), *more;
	ssize_t got;

	while (text && (got = read(fd, text + len, size - len - 1)) != 0) {
		len += got > 0 ? (size_t)got : 0;
		more = got < 0 || len < size - 1 ? text : realloc(text, size *= 2);
		if ((got < 0 && errno != EINTR) || !more || len > READ_MOST_BYTES) {
			free(more ? more : text);
			errno = got < 0 ? errno : more ? EFBIG : ENOMEM;
			return NULL;
		}
		text = more;
	}
	if (text)
		text[len] = '\0';
	return text;
}

char *folder_read(int folder, const char *name)
{
	/* O_NONBLOCK: whatever has this name, opening it does not wait. */
	int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int error;
	char *text;

	if (fd < 0)
		return NULL;
	text = read_whole(fd);
	error = errno;
	close(fd);
	errno = error;
	return text;
}

void folder_hex(const uint8_t hash[static 32], char hex[static HASH_HEX_BYTES])
{
	for (unsigned i = 0; i < 32; i++)
		snprintf(hex + (size_t)2 * i, 3, "%02x", hash[i]);
}

static int hash_descriptor(int fd, uint64_t size_bytes, EVP_MD_CTX *context)
{
	static const size_t most = 1u << 16;
	uint8_t *bytes = malloc(most);
	int ret = bytes ? 0 : -ENOMEM;
	ssize_t got;

	while (!ret && size_bytes) {
		got = read(fd, bytes, size_bytes < most ? (size_t)size_bytes : most);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			ret = got < 0 ? -errno : -ENODATA;
		else if (!EVP_DigestUpdate(context, bytes, (size_t)got))
			ret = -EIO;
		else
			size_bytes -= (uint64_t)got;
	}
	free(bytes);
	return ret;
}

int folder_hash(int folder, const char *name, uint64_t size_bytes, char hex[static HASH_HEX_BYTES])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int ret = fd < 0 ? -errno : context ? 0 : -ENOMEM;
	uint8_t hash[32];

	if (!ret && !EVP_DigestInit_ex(context, EVP_sha256(), NULL))
		ret = -EIO;
	if (!ret)
		ret = hash_descriptor(fd, size_bytes, context);
	if (!ret && !EVP_DigestFinal_ex(context, hash, NULL))
		ret = -EIO;
	if (!ret)
		folder_hex(hash, hex);
	if (fd >= 0)
		close(fd);
	EVP_MD_CTX_free(context);
	return ret;
}
