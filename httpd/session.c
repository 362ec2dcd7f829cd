/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sessions in an array without gaps. Every look-up compares all names whole, so that time tells
 * nothing about them. */
#include "httpd/session.h"

#include "common/secret.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM_BYTES ((SESSION_ID_BYTES - 1) / 2)

struct session {
	char id[SESSION_ID_BYTES];
	char name[TOKEN_NAME_BYTES];
	uint8_t hash[TOKEN_HASH_BYTES];
	uint64_t used_s;
};

struct sessions {
	pthread_mutex_t mutex;
	size_t count;
	struct session items[SESSION_MOST];
};

int sessions_open(struct sessions **sessions)
{
	struct sessions *new = calloc(1, sizeof(*new));

	if (!new)
		return -ENOMEM;
	pthread_mutex_init(&new->mutex, NULL);
	*sessions = new;
	return 0;
}

void sessions_close(struct sessions *sessions)
{
	if (!sessions)
		return;
	pthread_mutex_destroy(&sessions->mutex);
	secret_wipe(sessions, sizeof(*sessions));
	free(sessions);
}

static int make_id(char id[SESSION_ID_BYTES])
{
	unsigned char bytes[RANDOM_BYTES];
	gnutls_datum_t random = { .data = bytes, .size = sizeof(bytes) };
	size_t size = SESSION_ID_BYTES;
	int ret = 0;

	if (gnutls_rnd(GNUTLS_RND_KEY, bytes, sizeof(bytes)) < 0 ||
	    gnutls_hex_encode(&random, id, &size) < 0)
		ret = -EIO;
	secret_wipe(bytes, sizeof(bytes));
	return ret;
}

static struct session *find(struct sessions *sessions, const char *id)
{
	struct session *found = NULL;

	if (strlen(id) != SESSION_ID_BYTES - 1)
		return NULL;
	for (size_t i = 0; i < sessions->count; i++)
		if (!gnutls_memcmp(sessions->items[i].id, id, SESSION_ID_BYTES - 1))
			found = &sessions->items[i];
	return found;
}

static void end(struct sessions *sessions, struct session *session)
{
	struct session *last = &sessions->items[--sessions->count];

	if (session != last)
		*session = *last;
	secret_wipe(last, sizeof(*last));
}

/* Return: room for one more. */
static struct session *make_room(struct sessions *sessions)
{
	struct session *oldest = &sessions->items[0];

	if (sessions->count < SESSION_MOST)
		return &sessions->items[sessions->count++];
	for (size_t i = 1; i < sessions->count; i++)
		if (sessions->items[i].used_s < oldest->used_s)
			oldest = &sessions->items[i];
	return oldest;
}

int sessions_add(struct sessions *sessions, const struct token *token, uint64_t now_s,
		 char id[SESSION_ID_BYTES])
{
	struct session new = { .used_s = now_s };
	int ret = make_id(new.id);

	if (ret)
		return ret;
	memcpy(new.name, token->name, sizeof(new.name));
	memcpy(new.hash, token->hash, sizeof(new.hash));
	pthread_mutex_lock(&sessions->mutex);
	*make_room(sessions) = new;
	pthread_mutex_unlock(&sessions->mutex);
	memcpy(id, new.id, SESSION_ID_BYTES);
	secret_wipe(&new, sizeof(new));
	return 0;
}

/* Return: 0 with a copy of session @id in *@copy, -ENOENT. */
static int use(struct sessions *sessions, const char *id, uint64_t now_s, struct session *copy)
{
	struct session *session = find(sessions, id);

	if (!session)
		return -ENOENT;
	if (now_s > session->used_s && now_s - session->used_s >= SESSION_IDLE_S) {
		end(sessions, session);
		return -ENOENT;
	}
	session->used_s = now_s;
	*copy = *session;
	return 0;
}

int sessions_find(struct sessions *sessions, struct tokens *tokens, const char *id, uint64_t now_s,
		  struct token *found)
{
	struct session session;
	int ret;

	pthread_mutex_lock(&sessions->mutex);
	ret = use(sessions, id, now_s, &session);
	pthread_mutex_unlock(&sessions->mutex);
	if (ret)
		return ret;
	ret = tokens_find_name(tokens, session.name, session.hash, found);
	secret_wipe(&session, sizeof(session));
	return ret;
}

void sessions_remove(struct sessions *sessions, const char *id)
{
	struct session *session;

	pthread_mutex_lock(&sessions->mutex);
	session = find(sessions, id);
	if (session)
		end(sessions, session);
	pthread_mutex_unlock(&sessions->mutex);
}
