/* SPDX-License-Identifier: GPL-3.0-or-later */
/* opener - finds and opens a link's port, again and again with back-off, and says why not. */
#include "fuse-trng/device/opener.h"

#include "fuse-trng/device/find.h"

#include <errno.h>
#include <string.h>

#define BACKOFF_FIRST_MS 250
#define BACKOFF_MAX_MS   10000
#define STABLE_MS        1000 /* a port that lasted so long starts its back-off anew */

void opener_init(struct opener *opener)
{
	*opener = (struct opener){ .backoff_ms = BACKOFF_FIRST_MS };
}

static void schedule_retry(struct opener *opener, uint64_t now_ms)
{
	opener->retry_ms = now_ms + opener->backoff_ms;
	opener->backoff_ms *= 2;
	if (opener->backoff_ms > BACKOFF_MAX_MS)
		opener->backoff_ms = BACKOFF_MAX_MS;
}

/* Retries that fail for the reason already told are no news. */
static bool not_open(struct opener *opener, const char *why, uint64_t now_ms)
{
	schedule_retry(opener, now_ms);
	if (!strcmp(opener->why, why))
		return false;
	memcpy(opener->why, why, strlen(why) + 1);
	return true;
}

static int find_path(struct opener *opener, const char *configured, const struct profile *profile,
		     struct text *why)
{
	if (!strcmp(configured, "auto"))
		return find_port(profile, opener->path, sizeof(opener->path), why);
	if (strlen(configured) >= sizeof(opener->path)) {
		text_add(why, "the port's path is too long");
		return -ENAMETOOLONG;
	}
	memcpy(opener->path, configured, strlen(configured) + 1);
	return 0;
}

int opener_try(struct opener *opener, const char *configured, const struct profile *profile,
	       struct port **port, bool *is_news, uint64_t now_ms)
{
	char data[sizeof(opener->why)];
	struct text why;
	int err;

	text_init(&why, data, sizeof(data));
	err = find_path(opener, configured, profile, &why);
	if (!err)
		err = port_open(port, opener->path, profile->baud_rate, &why);
	if (err) {
		*is_news = not_open(opener, data, now_ms);
		return err;
	}
	opener->up_ms = now_ms;
	opener->why[0] = '\0';
	return 0;
}

void opener_lost(struct opener *opener, uint64_t now_ms)
{
	char data[sizeof(opener->why)];
	struct text why;

	text_init(&why, data, sizeof(data));
	text_add(&why, "%s is gone", opener->path);
	if (now_ms >= opener->up_ms + STABLE_MS)
		opener->backoff_ms = BACKOFF_FIRST_MS;
	not_open(opener, data, now_ms);
}
