/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nodes - THE table of files: inode, name, mode, handlers. */
#ifndef TRNG_FS_NODES_H
#define TRNG_FS_NODES_H

#include "fuse-trng/fs/session.h"

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

/* One open file. */
struct handle {
	struct handle *previous, *next; /* in session->handles */
	struct session *session;
	const struct node *node;
	struct fuse_pollhandle *poll; /* whom to wake, NULL: nobody */
	struct place place;           /* random: where it stands in the line */
	char *text;                   /* status, control: what this opener reads; owned */
	size_t text_bytes;
	size_t cursor;   /* control: next byte of text; events: end of what was read */
	uint64_t ticket; /* control: transition that a non-blocking write began, 0: none */
};

/* A read or write as the kernel asks for it. */
struct request {
	fuse_req_t req;
	const struct fuse_file_info *info;
	off_t offset;
	size_t size_bytes;
	const char *data; /* of a write */
};

struct node {
	const char *name;
	mode_t mode;       /* permission bits */
	bool is_for_group; /* owned by settings.control_gid */
	bool is_stream; /* no file position: the kernel must not lock one around a waiting read */
	/* A new inode at each lookup: a parked write locks its inode, and the page cache of an
	 * inode shows one opener's text to the next. */
	bool is_volatile;
	/* Prepare @handle; 0 or -errno. NULL: nothing to prepare. */
	int (*open)(struct session *session, struct handle *handle);
	/* Each replies, now or later. NULL: not possible on this file. */
	void (*read)(struct handle *handle, const struct request *request);
	void (*write)(struct handle *handle, const struct request *request);
	/* What poll(2) reports now; the handle's poll is notified when that changes. */
	unsigned (*poll)(struct handle *handle, unsigned asked);
	void (*release)(struct handle *handle);
	/* Size in bytes for stat; @handle is NULL when asked by name. */
	size_t (*size)(struct session *session, const struct handle *handle);
};

/** nodes_find - the node called @name; NULL: none. */
const struct node *nodes_find(const char *name);

/** nodes_at - the node of inode number @ino of any lookup; NULL: none (the root is not in the
 * table). */
const struct node *nodes_at(fuse_ino_t ino);

/** nodes_count - rows in the table; their inodes are FUSE_ROOT_ID + 1 and up. */
size_t nodes_count(void);

/** nodes_ino - the constant inode number of @node. */
fuse_ino_t nodes_ino(const struct node *node);

/** nodes_lookup_ino - the number a lookup answers: fresh for volatile nodes. */
fuse_ino_t nodes_lookup_ino(struct session *session, const struct node *node);

/** nodes_stat - attributes of @node, of the root when @node is NULL. */
void nodes_stat(struct session *session, const struct node *node, const struct handle *handle,
		struct stat *attr);

/** handle_wake - tell pollers of @handle to ask again. */
void handle_wake(struct handle *handle);

/** handle_reply_text - answer a read of @handle->text from @offset. */
void handle_reply_text(const struct handle *handle, const struct request *request, size_t offset);

#endif
