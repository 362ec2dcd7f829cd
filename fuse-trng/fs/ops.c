/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ops - the kernel's requests, translated into calls of the nodes. */
#include "fuse-trng/fs/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define NAME_TIMEOUT_S 1.0 /* names never change, except that volatile nodes are looked up anew */

/*
 * libfuse derives the most pages of a request from this, and the kernel splits what has more: with
 * one page a read of 16 bytes whose buffer crosses a page boundary would be two readers in the
 * line.
 */
#define MAX_WRITE_BYTES (1024 * 1024)

#define MOST_HANDLES 16384 /* open files of all users; then ENFILE */

static struct session *session_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

static struct handle *handle_of(const struct fuse_file_info *info)
{
	return (struct handle *)(uintptr_t)info->fh;
}

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	(void)userdata;
	conn->max_write = MAX_WRITE_BYTES;
	/*
	 * O_TRUNC arrives as setattr; requests are read into memory, not through pipes; reads of
	 * libaio are ordinary ones, because background requests get no interrupt and hold up the
	 * releases of all.
	 */
	conn->want &=
		~(unsigned)(FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
			    FUSE_CAP_SPLICE_MOVE | FUSE_CAP_ASYNC_DIO);
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	const struct node *node = parent == FUSE_ROOT_ID ? nodes_find(name) : NULL;
	struct session *session = session_of(req);
	struct fuse_entry_param entry = { 0 };

	if (!node) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	nodes_stat(session, node, NULL, &entry.attr);
	entry.ino = nodes_lookup_ino(session, node);
	entry.entry_timeout = node->is_volatile ? 0 : NAME_TIMEOUT_S;
	fuse_reply_entry(req, &entry);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t lookups)
{
	(void)ino, (void)lookups;
	fuse_reply_none(req);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	const struct node *node = nodes_at(ino);
	struct stat attr;

	if (!node && ino != FUSE_ROOT_ID) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	/* A handle's own text has its own size. Directories have no handle of ours. */
	nodes_stat(session_of(req), node, node && info ? handle_of(info) : NULL, &attr);
	fuse_reply_attr(req, &attr, 0);
}

/* O_TRUNC on `control`, as every `>` of a shell does, succeeds without effect. */
static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *wanted, int what,
		       struct fuse_file_info *info)
{
	const int other = FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID;
	const struct node *node = nodes_at(ino);

	(void)wanted;
	if (node && node->write && (what & FUSE_SET_ATTR_SIZE) && !(what & other))
		op_getattr(req, ino, info);
	else
		fuse_reply_err(req, EPERM);
}

/* ---- the directory ---- */

static void add_entry(fuse_req_t req, char *buffer, size_t size, size_t *used, const char *name,
		      const struct stat *attr, off_t next)
{
	size_t len = fuse_add_direntry(req, NULL, 0, name, NULL, 0);

	if (*used + len <= size)
		fuse_add_direntry(req, buffer + *used, size - *used, name, attr, next);
	*used += len; /* past size: full, and so is all that follows */
}

static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		       struct fuse_file_info *info)
{
	struct stat root = { .st_ino = FUSE_ROOT_ID, .st_mode = S_IFDIR };
	struct stat attr;
	char buffer[1024];
	size_t used = 0, filled = 0;
	const off_t end = (off_t)nodes_count() + 2;

	(void)info;
	if (ino != FUSE_ROOT_ID) {
		fuse_reply_err(req, ENOTDIR);
		return;
	}
	if (size > sizeof(buffer))
		size = sizeof(buffer);
	for (off_t at = offset; at < end && used <= size; at++) {
		filled = used;
		if (at < 2) {
			add_entry(req, buffer, size, &used, at == 0 ? "." : "..", &root, at + 1);
			continue;
		}
		const struct node *node = nodes_at((fuse_ino_t)at + FUSE_ROOT_ID - 1);

		attr = (struct stat){ .st_ino = nodes_ino(node), .st_mode = S_IFREG };
		add_entry(req, buffer, size, &used, node->name, &attr, at + 1);
	}
	fuse_reply_buf(req, buffer, used <= size ? used : filled);
}

/* ---- files ---- */

static void handle_free(struct handle *handle)
{
	struct session *session = handle->session;

	*(handle->previous ? &handle->previous->next : &session->handles) = handle->next;
	if (handle->next)
		handle->next->previous = handle->previous;
	if (handle->node->release)
		handle->node->release(handle);
	if (handle->poll)
		fuse_pollhandle_destroy(handle->poll);
	free(handle);
	session->handle_count--;
}

static int handle_open(struct session *session, const struct node *node, struct handle **out)
{
	struct handle *handle;
	int ret;

	if (session->handle_count >= MOST_HANDLES)
		return -ENFILE;
	handle = calloc(1, sizeof(*handle));
	if (!handle)
		return -ENOMEM;
	handle->session = session;
	handle->node = node;
	ret = node->open ? node->open(session, handle) : 0;
	if (ret < 0) {
		free(handle);
		return ret;
	}
	handle->next = session->handles;
	if (handle->next)
		handle->next->previous = handle;
	session->handles = handle;
	session->handle_count++;
	*out = handle;
	return 0;
}

/*
 * libfuse 3.14 has no bit for FOPEN_STREAM, so the reply is put together here. Without it two
 * processes on one inherited descriptor wait for the position lock where no signal reaches them.
 */
static int reply_open(fuse_req_t req, const struct handle *handle)
{
	struct fuse_open_out out = {
		.fh = (uintptr_t)handle,
		.open_flags = FOPEN_DIRECT_IO | (handle->node->is_stream ? FOPEN_STREAM : 0),
	};

	return fuse_reply_buf(req, (const char *)&out, sizeof(out));
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	const struct node *node = nodes_at(ino);
	struct handle *handle;
	int ret;

	if (!node || (!node->write && (info->flags & O_ACCMODE) != O_RDONLY)) {
		fuse_reply_err(req, node ? EACCES : ENOENT);
		return;
	}
	ret = handle_open(session_of(req), node, &handle);
	if (ret < 0)
		fuse_reply_err(req, -ret);
	else if (reply_open(req, handle) < 0)
		handle_free(handle);
}

static void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	(void)ino;
	handle_free(handle_of(info));
	fuse_reply_err(req, 0);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		    struct fuse_file_info *info)
{
	const struct request request = {
		.req = req, .info = info, .offset = offset, .size_bytes = size
	};
	struct handle *handle = handle_of(info);

	(void)ino;
	handle->node->read(handle, &request);
}

static void op_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t offset,
		     struct fuse_file_info *info)
{
	const struct request request = {
		.req = req, .info = info, .offset = offset, .size_bytes = size, .data = data
	};
	struct handle *handle = handle_of(info);

	(void)ino;
	if (handle->node->write)
		handle->node->write(handle, &request);
	else
		fuse_reply_err(req, EACCES);
}

static void op_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info,
		    struct fuse_pollhandle *poll)
{
	struct handle *handle = handle_of(info);
	unsigned revents = POLLIN | POLLRDNORM;

	(void)ino;
	if (poll) {
		if (handle->poll)
			fuse_pollhandle_destroy(handle->poll);
		handle->poll = poll;
	}
	if (handle->node->poll)
		revents = handle->node->poll(handle, info->poll_events);
	fuse_reply_poll(req, revents);
}

/* ---- what this directory never does ---- */

static void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev)
{
	(void)parent, (void)name, (void)mode, (void)rdev;
	fuse_reply_err(req, EPERM);
}

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	(void)parent, (void)name, (void)mode;
	fuse_reply_err(req, EPERM);
}

static void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	(void)parent, (void)name;
	fuse_reply_err(req, EPERM);
}

static void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	(void)target, (void)parent, (void)name;
	fuse_reply_err(req, EPERM);
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
		      const char *new_name, unsigned flags)
{
	(void)parent, (void)name, (void)new_parent, (void)new_name, (void)flags;
	fuse_reply_err(req, EPERM);
}

static void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
	(void)ino, (void)parent, (void)name;
	fuse_reply_err(req, EPERM);
}

static void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		      struct fuse_file_info *info)
{
	(void)parent, (void)name, (void)mode, (void)info;
	fuse_reply_err(req, EPERM);
}

const struct fuse_lowlevel_ops ops_table = {
	.init = op_init,
	.lookup = op_lookup,
	.forget = op_forget,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.readdir = op_readdir,
	.open = op_open,
	.release = op_release,
	.read = op_read,
	.write = op_write,
	.poll = op_poll,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.unlink = op_unlink,
	.rmdir = op_unlink,
	.symlink = op_symlink,
	.rename = op_rename,
	.link = op_link,
	.create = op_create,
};
