/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session - the mounted directory: receives the kernel's requests and hands them to the nodes. */
#ifndef TRNG_FS_SESSION_H
#define TRNG_FS_SESSION_H

#include "common/text.h"
#include "fuse-trng/fs/control.h"
#include "fuse-trng/fs/events.h"
#include "fuse-trng/fs/feed.h"
#include "fuse-trng/fs/generator.h"
#include "fuse-trng/fs/mount.h"
#include "fuse-trng/fs/parked.h"
#include "fuse-trng/fs/queue.h"
#include "fuse-trng/source/machine.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct fuse_session;
struct handle;

struct session_settings {
	const char *mountpoint;       /* an existing, empty directory */
	bool is_for_all;              /* mount with allow_other */
	bool blocks_when_unavailable; /* reads park where they would fail */
	gid_t control_gid;            /* group that may write `control` */
	struct generator_settings generator;
	struct feed_settings feed;
	/* Append the lines of status that only the device's owner knows. */
	void (*describe)(void *ctx, struct text *text);
	void *ctx;
};

struct raw {
	struct handle *handle;     /* the one opener, NULL: none */
	struct pool ring;          /* arrived and not yet read; each byte is wiped as it is read */
	struct parked_list parked; /* reads that wait */
	bool has_begun;       /* a symbol came since it was opened: from here on a gap is an end */
	int end;              /* -errno of every read behind what is in the ring; 0: it goes on */
	uint64_t given_bytes; /* to all openers */
};

struct session {
	struct session_settings settings;
	struct machine *machine; /* not owned */
	struct fuse_session *fuse;
	void *receive_memory;        /* libfuse's buffer for a request, allocated at the first */
	uint64_t now_ms;             /* of the request being served */
	struct timespec event_time;  /* the newest event's, whether its line found memory or not */
	struct timespec state_since; /* when the machine's present state began */
	uint64_t proof_count;        /* verdicts on causality that have gone through event ... */
	struct timespec proof_time;  /* ... and when the newest did */
	uint64_t lookups;
	struct handle *handles; /* all that are open */
	size_t handle_count;
	struct mount mount;
	struct queue queue; /* readers of `random`, and the daemon's own draws */
	struct raw raw;
	struct generator generator;
	struct feed feed;
	struct parked_list seedless; /* reads of `urandom` that wait for its first seed */
	uint8_t *reply;              /* of `urandom`: locked memory, zeros between replies */
	size_t turn_bytes;           /* of `urandom`, in this turn of the loop */
	struct control control;
	struct events events;
};

/**
 * session_open - mount on settings->mountpoint and answer from now on.
 *
 * A mount of ours that a killed predecessor left dead is unmounted first. What is wrong is logged
 * in a sentence.
 * Return: 0; -ENOENT, -ENOTDIR, -ENOTEMPTY, -EBUSY (something is mounted there), -EACCES ... of the
 *         mount point; -ENODEV: /dev/fuse cannot be opened; -EIO: mounting failed; -ENOMEM.
 */
int session_open(struct session *session, const struct session_settings *settings,
		 struct machine *machine);

/** session_close - answer everybody who waits with ENODEV, unmount, release; zeroed memory is fine.
 */
void session_close(struct session *session);

/** session_fd - descriptor to poll, -1 once the directory is unmounted from outside. */
int session_fd(const struct session *session, short *events);

/** session_deadline_ms, session_service - as the loop wants them. */
uint64_t session_deadline_ms(const struct session *session);
void session_service(struct session *session, short revents, uint64_t now_ms);

/** session_is_over - somebody has unmounted the directory. */
bool session_is_over(const struct session *session);

/* News from the machine; see struct machine_ops. */
void session_changed(struct session *session, uint64_t now_ms);
void session_ready(struct session *session, uint64_t now_ms);
void session_done(struct session *session, uint64_t ticket, int result);
void session_event(struct session *session, const char *line);
void session_raw(struct session *session, const uint8_t *bytes, size_t len_bytes, uint64_t now_ms);
void session_raw_gap(struct session *session, uint64_t now_ms);

#endif
