/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Limits per address, in a table that never grows.
 *
 * An address has one set, by its hash, and in it whichever entry was idle when it came; an entry
 * that is idle again is anybody's of that set. Where all are busy, the set's shared entry counts.
 */
#include "httpd/limits.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <pthread.h>
#include <stdlib.h>

#define SETS    4096
#define WAYS    16 /* of each set: 65536 entries, 2 MiB, of which the system gives what is used */
#define NS_S    UINT64_C(1000000000)
#define NS_MS   UINT64_C(1000000)
#define BURST_S 2

struct entry {
	uint64_t key;     /* 0: never used, or shared */
	uint64_t paid_ns; /* until then the requests made are paid for: the bucket is full again */
	unsigned connections;
};

struct set {
	struct entry own[WAYS];
	struct entry shared;
};

struct limits {
	struct limits_settings settings;
	uint64_t salt; /* so that nobody can choose with whom to share */
	pthread_mutex_t mutex;
	uint64_t now_ns;  /* of the latest request */
	struct set *sets; /* SETS */
};

int limits_open(struct limits **limits, const struct limits_settings *settings)
{
	struct limits *new = calloc(1, sizeof(*new));

	if (!new)
		return -ENOMEM;
	new->sets = calloc(SETS, sizeof(*new->sets));
	if (!new->sets) {
		free(new);
		return -ENOMEM;
	}
	new->settings = *settings;
	gnutls_rnd(GNUTLS_RND_NONCE, &new->salt, sizeof(new->salt));
	pthread_mutex_init(&new->mutex, NULL);
	*limits = new;
	return 0;
}

void limits_close(struct limits *limits)
{
	if (!limits)
		return;
	pthread_mutex_destroy(&limits->mutex);
	free(limits->sets);
	free(limits);
}

/* Two rounds of multiply and shift: neighbouring networks land anywhere. */
static struct set *set_of(const struct limits *limits, uint64_t key)
{
	uint64_t hash = key ^ limits->salt;

	for (int round = 0; round < 2; round++) {
		hash ^= hash >> 32;
		hash *= UINT64_C(0xd6e8feb86659fd93);
	}
	return &limits->sets[(hash >> 32) % SETS];
}

static bool is_idle(const struct limits *limits, const struct entry *entry)
{
	return entry->connections == 0 && entry->paid_ns <= limits->now_ns;
}

/* Return: the entry that bears @key, or NULL. */
static struct entry *find(struct set *set, uint64_t key)
{
	for (int i = 0; i < WAYS; i++)
		if (set->own[i].key == key)
			return &set->own[i];
	return NULL;
}

/* Return: the entry of @key, one that it is given now, or the shared one. */
static struct entry *find_or_take(const struct limits *limits, uint64_t key)
{
	struct set *set = set_of(limits, key);
	struct entry *entry = find(set, key);

	for (int i = 0; !entry && i < WAYS; i++) {
		if (!is_idle(limits, &set->own[i]))
			continue;
		entry = &set->own[i];
		*entry = (struct entry){ .key = key };
	}
	return entry ? entry : &set->shared;
}

static bool is_free_to_connect(const struct limits *limits, const struct address *address)
{
	return !limits->settings.limits_loopback_connections && address_is_loopback(address);
}

static bool is_free_to_ask(const struct limits *limits, const struct address *address)
{
	return !limits->settings.limits_loopback_requests && address_is_loopback(address);
}

int limits_connect(struct limits *limits, const struct address *address)
{
	unsigned most = limits->settings.connections, count;

	if (is_free_to_connect(limits, address))
		return 0;
	pthread_mutex_lock(&limits->mutex);
	count = ++find_or_take(limits, address_key(address))->connections;
	pthread_mutex_unlock(&limits->mutex);
	return most && count > most ? -EMFILE : 0;
}

bool limits_is_crowded(struct limits *limits, const struct address *address)
{
	unsigned most = limits->settings.connections, count;

	if (!most || is_free_to_connect(limits, address))
		return false;
	pthread_mutex_lock(&limits->mutex);
	count = find_or_take(limits, address_key(address))->connections;
	pthread_mutex_unlock(&limits->mutex);
	return count / 2 >= most;
}

/* An address may have connections of both kinds, if it got an entry after it had shared: which of
 * them ends first makes no difference to the sum. */
void limits_disconnect(struct limits *limits, const struct address *address)
{
	uint64_t key = address_key(address);
	struct entry *entry;
	struct set *set;

	if (is_free_to_connect(limits, address))
		return;
	pthread_mutex_lock(&limits->mutex);
	set = set_of(limits, key);
	entry = find(set, key);
	if (!entry || entry->connections == 0)
		entry = &set->shared;
	if (entry->connections > 0)
		entry->connections--;
	pthread_mutex_unlock(&limits->mutex);
}

/* Each request costs its share of a second; debts of up to BURST_S seconds are given. Return: how
 * much too early it comes, or 0: then it is charged. */
static uint64_t charge(const struct limits *limits, struct entry *entry)
{
	uint64_t now_ns = limits->now_ns;
	uint64_t from_ns = entry->paid_ns > now_ns ? entry->paid_ns : now_ns;
	uint64_t paid_ns = from_ns + NS_S / limits->settings.requests_per_s;

	if (paid_ns > now_ns + BURST_S * NS_S)
		return paid_ns - (now_ns + BURST_S * NS_S);
	entry->paid_ns = paid_ns;
	return 0;
}

unsigned limits_request(struct limits *limits, const struct address *address, uint64_t now_ms)
{
	uint64_t early_ns;

	if (!limits->settings.requests_per_s || is_free_to_ask(limits, address))
		return 0;
	pthread_mutex_lock(&limits->mutex);
	if (now_ms * NS_MS > limits->now_ns) /* threads may come here in another order */
		limits->now_ns = now_ms * NS_MS;
	early_ns = charge(limits, find_or_take(limits, address_key(address)));
	pthread_mutex_unlock(&limits->mutex);
	return (unsigned)((early_ns + NS_S - 1) / NS_S);
}
