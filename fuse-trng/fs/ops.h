/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ops - the kernel's requests, translated into calls of the nodes. */
#ifndef TRNG_FS_OPS_H
#define TRNG_FS_OPS_H

#include "fuse-trng/fs/nodes.h"

/* Userdata of the fuse session is the struct session. */
extern const struct fuse_lowlevel_ops ops_table;

#endif
