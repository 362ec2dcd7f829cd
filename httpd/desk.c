/* SPDX-License-Identifier: GPL-3.0-or-later */
/* desk - where requests that need not wait are served together, by one read of `random`. */
#include "httpd/desk.h"

#include "common/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define DESK_BYTES 65536
#define KNOWN_MS   1000

int desk_open(struct desk *desk)
{
	*desk = (struct desk){ .fd = -1, .scratch = secret_alloc(DESK_BYTES) };
	return desk->scratch ? 0 : -ENOMEM;
}

static void desk_forget(struct desk *desk)
{
	if (desk->fd >= 0)
		close(desk->fd);
	desk->fd = -1;
}

void desk_close(struct desk *desk)
{
	desk_forget(desk);
	secret_free(desk->scratch, DESK_BYTES);
}

static void spend(struct desk *desk, size_t bytes)
{
	desk->pool_bytes -= desk->pool_bytes < bytes ? desk->pool_bytes : bytes;
}

/* A descriptor of an earlier turn may belong to a daemon that has gone: then
 * once more with a new one. */
ssize_t desk_read(struct hub *hub, struct desk *desk, uint64_t len)
{
	for (;;) {
		bool was_used = desk->is_used;
		ssize_t got;

		if (desk->fd < 0) {
			was_used = false;
			desk->fd = vfile_open(hub_vfile(hub), "random", O_RDONLY);
			if (desk->fd < 0)
				return desk->fd;
		}
		desk->is_used = true;
		got = read(desk->fd, desk->scratch, len < DESK_BYTES ? len : DESK_BYTES);
		if (got > 0)
			spend(desk, (size_t)got);
		if (got > 0 || (got < 0 && errno == EAGAIN))
			return got > 0 ? got : -EAGAIN;
		if (got < 0 && errno == EINTR)
			continue;
		got = got < 0 ? -errno : -EIO;
		desk_forget(desk);
		if (!was_used)
			return got;
	}
}

uint64_t desk_expects(const struct hub *hub, const struct desk *desk)
{
	return hub_now_ms(hub) < desk->known_until_ms ? desk->pool_bytes : 0;
}

void desk_learn(struct hub *hub, struct desk *desk)
{
	desk->pool_bytes = hub_snapshot(hub)->pool_bytes;
	desk->known_until_ms = hub_now_ms(hub) + KNOWN_MS;
}

int desk_give_place(struct desk *desk)
{
	int fd = desk->fd;

	desk->fd = -1;
	return fd;
}
