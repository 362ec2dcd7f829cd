/* SPDX-License-Identifier: GPL-3.0-or-later */
/* setup - from the configuration to what every part of the server needs to know. */
#ifndef TRNG_HTTPD_SETUP_H
#define TRNG_HTTPD_SETUP_H

#include "common/config.h"
#include "httpd/address.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define SETUP_MOST_ADDRESSES   64
#define SETUP_MOST_MOUNTPOINTS 2

struct setup_listen {
	struct address address;
	bool is_tls;
};

/* All paths are absolute, because a daemon leaves its directory; "" where there is none. */
struct setup {
	const struct config *config; /* borrowed */
	struct setup_listen listen[SETUP_MOST_ADDRESSES];
	size_t listen_count;
	char mountpoints[SETUP_MOST_MOUNTPOINTS][PATH_MAX]; /* tried in this order */
	size_t mountpoint_count;
	char state_dir[PATH_MAX]; /* exists */
	char tokens[PATH_MAX];
	char ui_dir[PATH_MAX], dygraphs_dir[PATH_MAX];
	char access_log[PATH_MAX];
	char tls_certificate[PATH_MAX], tls_key[PATH_MAX], tls_client_ca[PATH_MAX];
};

/**
 * setup_make - check @config for serving, and fill @setup.
 *
 * listen: "ADDRESS:PORT" speaks TLS if there is a certificate, else plain HTTP; "http://" or
 * "https://" in front says which. Beyond loopback plain HTTP is refused unless allow_insecure, and
 * without TLS or `anonymous` the sentence names both keys. No listen: 127.0.0.1:8000.
 * mountpoint: as given, else $XDG_RUNTIME_DIR/trng (not for root), then /mnt/trng.
 * state_dir: as given, else $STATE_DIRECTORY (systemd), else /var/lib/trng for root, else
 * $XDG_STATE_HOME/trng, else $HOME/.local/state/trng; made if need be (mode 0700). In it, unless
 * they are given: the file of tokens and the access log.
 * ui_dir, dygraphs_dir: as given (whether they exist is seen at each request), else where they are
 * installed; given as "", none.
 * Return: 0; -EINVAL or another -errno, complained of.
 */
int setup_make(struct setup *setup, const struct config *config);

#endif
