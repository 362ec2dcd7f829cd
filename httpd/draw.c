/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draw - what getRandom and generateTestdata share. */
#include "httpd/draw.h"

#include "httpd/clock.h"
#include "httpd/reply.h"
#include "httpd/wait.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TAG_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

static const char *const source_names[] = { [DRAW_RANDOM] = "random", [DRAW_URANDOM] = "urandom" };

const char *draw_source_name(enum draw_source source)
{
	return source_names[source];
}

bool draw_take_u64(struct exchange *exchange, enum query_key key, uint64_t max, uint64_t fallback,
		   uint64_t *out)
{
	char why[200];
	struct text text;

	text_init(&text, why, sizeof(why));
	if (query_u64(&exchange->query, key, 1, max, fallback, out, &text) == 0)
		return true;
	reply_error(exchange, MHD_HTTP_BAD_REQUEST, "%s", why);
	return false;
}

static bool take_word(struct exchange *exchange, enum query_key key, const char *fallback,
		      const char **out)
{
	char why[200];
	struct text text;

	text_init(&text, why, sizeof(why));
	if (query_word(&exchange->query, key, fallback, out, &text) == 0)
		return true;
	reply_error(exchange, MHD_HTTP_BAD_REQUEST, "%s", why);
	return false;
}

bool draw_take_source(struct exchange *exchange, enum draw_source *source)
{
	const char *word;

	if (!take_word(exchange, QUERY_SOURCE, source_names[DRAW_RANDOM], &word))
		return false;
	for (int i = DRAW_RANDOM; i <= DRAW_URANDOM; i++) {
		if (!strcmp(word, source_names[i])) {
			*source = (enum draw_source)i;
			return true;
		}
	}
	reply_error(exchange, MHD_HTTP_BAD_REQUEST, "source is random or urandom");
	return false;
}

bool draw_take_tag(struct exchange *exchange, char tag[QUERY_TAG_BYTES])
{
	const char *word;

	if (!take_word(exchange, QUERY_TAG, "", &word))
		return false;
	snprintf(tag, QUERY_TAG_BYTES, "%s", word);
	if (strspn(word, TAG_CHARACTERS) == strlen(word))
		return true;
	reply_error(exchange, MHD_HTTP_BAD_REQUEST,
		    "tag is made of letters, digits, dot, underscore and hyphen");
	return false;
}

bool draw_charge(struct exchange *exchange, uint64_t bits)
{
	const struct token *token = &exchange->caller.token;
	uint64_t now_s = clock_now_s();
	int ret;

	if (!exchange->caller.is_known)
		return true;
	ret = budgets_take(exchange->server->budgets, token, bits, now_s, &exchange->left_bits);
	if (ret == 0) {
		exchange->charged_bits = token->bits_per_day > 0 ? bits : 0;
		exchange->charged_s = now_s;
		return true;
	}
	reply_error(exchange, MHD_HTTP_TOO_MANY_REQUESTS,
		    "%llu bits are left of the %llu that this token may draw a day",
		    (unsigned long long)exchange->left_bits,
		    (unsigned long long)token->bits_per_day);
	reply_retry(exchange, budgets_wait_s(now_s));
	return false;
}

static void refuse_seedless(struct exchange *exchange, const struct snapshot *snapshot)
{
	double wait_s = snapshot_seed_eta_s(snapshot);

	reply_json(exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
		   json_pack("{s:s, s:f}", "error",
			     "urandom has no seed yet: it needs 384 bits of tested min-entropy",
			     "eta_s", isfinite(wait_s) ? wait_s : -1.0));
	reply_retry(exchange, wait_s);
}

unsigned draw_judge_urandom(const struct snapshot *snapshot, int error)
{
	unsigned code = wait_judge(snapshot, error);

	return code ? code : MHD_HTTP_SERVICE_UNAVAILABLE;
}

void draw_refuse(struct exchange *exchange, unsigned code, const struct snapshot *snapshot)
{
	if (code == MHD_HTTP_SERVICE_UNAVAILABLE)
		refuse_seedless(exchange, snapshot);
	else
		wait_refuse(exchange, code, snapshot, 0);
}
