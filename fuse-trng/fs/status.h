/* SPDX-License-Identifier: GPL-3.0-or-later */
/* status - the source as key=value lines, rendered once per open. */
#ifndef TRNG_FS_STATUS_H
#define TRNG_FS_STATUS_H

#include <stddef.h>

struct session;
struct handle;
struct request;

/** status_open, status_read, status_release, status_size - the node. */
int status_open(struct session *session, struct handle *handle);
void status_read(struct handle *handle, const struct request *request);
void status_release(struct handle *handle);
size_t status_size(struct session *session, const struct handle *handle);

#endif
