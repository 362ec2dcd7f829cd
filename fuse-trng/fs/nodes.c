/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nodes - THE table of files. */
#include "fuse-trng/fs/nodes.h"

#include "fuse-trng/fs/random.h"
#include "fuse-trng/fs/raw.h"
#include "fuse-trng/fs/status.h"
#include "fuse-trng/fs/urandom.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct node table[] = {
	{ .name = "random",
	  .mode = 0444,
	  .is_stream = true,
	  .open = random_open,
	  .read = random_read,
	  .poll = random_poll,
	  .release = random_release,
	  .size = random_size },
	{ .name = "urandom",
	  .mode = 0444,
	  .is_stream = true,
	  .read = urandom_read,
	  .poll = urandom_poll,
	  .size = random_size },
	{ .name = "raw",
	  .mode = 0400,
	  .is_stream = true,
	  .open = raw_open,
	  .read = raw_read,
	  .poll = raw_poll,
	  .release = raw_release,
	  .size = random_size },
	{ .name = "control",
	  .mode = 0660,
	  .is_for_group = true,
	  .is_stream = true,
	  .is_volatile = true,
	  .open = control_open,
	  .read = control_read,
	  .write = control_write,
	  .poll = control_poll,
	  .release = control_release,
	  .size = control_size },
	{ .name = "status",
	  .mode = 0444,
	  .is_volatile = true,
	  .open = status_open,
	  .read = status_read,
	  .release = status_release,
	  .size = status_size },
	{ .name = "events",
	  .mode = 0444,
	  .is_volatile = true,
	  .read = events_read,
	  .poll = events_poll,
	  .size = events_size },
};

#define NODE_COUNT (sizeof(table) / sizeof(table[0]))

/*
 * st_blksize. A buffered reader asks for a block at a time: a short one, lest a read of 16 bytes
 * wait for minutes of source. A stdio writer with a block of less than 128 bytes is unbuffered and
 * would cut a command from its newline: an ordinary one for the other files.
 */
#define RANDOM_BLOCK_BYTES 32
#define TEXT_BLOCK_BYTES   4096

/* Inode numbers of lookups: the low byte names the node, what is above makes it fresh. */
#define INO_MASK  0xffU
#define INO_SHIFT 8

const struct node *nodes_find(const char *name)
{
	for (size_t i = 0; i < NODE_COUNT; i++) {
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	}
	return NULL;
}

const struct node *nodes_at(fuse_ino_t ino)
{
	size_t index = (ino & INO_MASK) - FUSE_ROOT_ID - 1;

	return index < NODE_COUNT ? &table[index] : NULL;
}

size_t nodes_count(void)
{
	return NODE_COUNT;
}

fuse_ino_t nodes_ino(const struct node *node)
{
	return (fuse_ino_t)(node - table) + FUSE_ROOT_ID + 1;
}

fuse_ino_t nodes_lookup_ino(struct session *session, const struct node *node)
{
	fuse_ino_t ino = nodes_ino(node);

	return node->is_volatile ? ino | ++session->lookups << INO_SHIFT : ino;
}

void nodes_stat(struct session *session, const struct node *node, const struct handle *handle,
		struct stat *attr)
{
	*attr = (struct stat){ .st_uid = getuid(),
			       .st_gid = getgid(),
			       .st_blksize = TEXT_BLOCK_BYTES };
	attr->st_mtim = attr->st_ctim = attr->st_atim = session->events.modified;
	if (!node) {
		attr->st_ino = FUSE_ROOT_ID;
		attr->st_mode = S_IFDIR | 0555;
		attr->st_nlink = 2;
		return;
	}
	attr->st_ino = nodes_ino(node);
	attr->st_mode = S_IFREG | node->mode;
	attr->st_nlink = 1;
	attr->st_size = (off_t)node->size(session, handle);
	if (node->size == random_size)
		attr->st_blksize = RANDOM_BLOCK_BYTES;
	if (node->is_for_group)
		attr->st_gid = session->settings.control_gid;
}

void handle_wake(struct handle *handle)
{
	struct fuse_pollhandle *poll = handle->poll;

	if (!poll)
		return;
	handle->poll = NULL;
	/* It may be gone by now: then nobody needs waking. */
	(void)fuse_lowlevel_notify_poll(poll);
	fuse_pollhandle_destroy(poll);
}

void handle_reply_text(const struct handle *handle, const struct request *request, size_t offset)
{
	size_t left = offset < handle->text_bytes ? handle->text_bytes - offset : 0;
	size_t len = left < request->size_bytes ? left : request->size_bytes;

	fuse_reply_buf(request->req, len ? handle->text + offset : NULL, len);
}
