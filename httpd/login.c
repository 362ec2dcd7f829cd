/* SPDX-License-Identifier: GPL-3.0-or-later */
/* login - /trng/session: a token becomes a cookie. */
#include "httpd/login.h"

#include "common/secret.h"
#include "httpd/clock.h"
#include "httpd/reply.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define BEARER "Bearer "

static json_t *budget(uint64_t bits)
{
	return bits == UINT64_MAX || bits == 0 ? json_null() : json_integer((json_int_t)bits);
}

/* What a form may ask for, and how long to wait for it. */
static json_t *limits(const struct config_httpd *config)
{
	return json_pack("{s:I, s:I, s:I}", "request_timeout_s",
			 (json_int_t)config->request_timeout_s, "max_request_bits",
			 (json_int_t)config->max_request_bits, "max_file_bits",
			 (json_int_t)config->max_file_bits);
}

/* Taking nothing tells what is left. */
static void show(struct exchange *exchange, enum role role, const struct token *token)
{
	uint64_t left = UINT64_MAX;

	if (token)
		budgets_take(exchange->server->budgets, token, 0, clock_now_s(), &left);
	reply_json(exchange, MHD_HTTP_OK,
		   json_pack("{s:s, s:o, s:o, s:o, s:o}", "role", role_name(role), "name",
			     token ? json_string(token->name) : json_null(), "bits_per_day",
			     budget(token ? token->bits_per_day : 0), "bits_left",
			     left == UINT64_MAX ? json_null() : json_integer((json_int_t)left),
			     "limits", limits(exchange->server->config)));
}

void login_show(struct exchange *exchange)
{
	const struct caller *caller = &exchange->caller;

	show(exchange, caller->role, caller->is_known ? &caller->token : NULL);
}

/* The secret out of the header or the body; false: answered. */
static bool take_secret(struct exchange *exchange, char secret[TOKEN_SECRET_BYTES])
{
	const char *header = exchange->headers.authorization;
	const char *found = NULL;
	json_t *body = NULL;

	if (exchange->body_bytes > EXCHANGE_MOST_BODY_BYTES) {
		reply_error(exchange, MHD_HTTP_CONTENT_TOO_LARGE,
			    "the body is longer than %d bytes", EXCHANGE_MOST_BODY_BYTES);
		return false;
	}
	if (header && !strncasecmp(header, BEARER, sizeof(BEARER) - 1)) {
		found = header + sizeof(BEARER) - 1;
		found += strspn(found, " ");
	} else if (exchange->body) {
		body = json_loadb(exchange->body, exchange->body_bytes, 0, NULL);
		found = json_string_value(json_object_get(body, "token"));
	}
	secret[0] = '\0';
	if (found)
		snprintf(secret, TOKEN_SECRET_BYTES, "%s",
			 strlen(found) < TOKEN_SECRET_BYTES ? found : "?");
	json_decref(body);
	if (found)
		return true;
	reply_error(exchange, MHD_HTTP_BAD_REQUEST,
		    "send Authorization: Bearer SECRET, or {\"token\": \"SECRET\"}");
	return false;
}

static void set_cookie(struct exchange *exchange, const char *value, unsigned age_s)
{
	reply_header(exchange, MHD_HTTP_HEADER_SET_COOKIE,
		     SESSION_COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%u%s", value,
		     age_s, exchange->caller.is_secure ? "; Secure" : "");
}

void login_begin(struct exchange *exchange)
{
	char secret[TOKEN_SECRET_BYTES], id[SESSION_ID_BYTES];
	struct token token;
	int ret;

	if (!take_secret(exchange, secret))
		return;
	ret = guard_log_in(exchange->server->guard, secret, clock_now_s(), &token, id);
	secret_wipe(secret, sizeof(secret));
	if (ret == -EACCES) {
		reply_error(exchange, MHD_HTTP_UNAUTHORIZED, "this is nobody's token");
		reply_header(exchange, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer realm=\"trng\"");
	} else if (ret < 0) {
		reply_error(exchange, MHD_HTTP_INTERNAL_SERVER_ERROR, "no session can be made");
	} else {
		show(exchange, token.role, &token);
		set_cookie(exchange, id, SESSION_IDLE_S);
	}
}

void login_end(struct exchange *exchange)
{
	guard_log_out(exchange->server->guard, &exchange->caller);
	reply_message(exchange, MHD_HTTP_OK, "Session ended");
	set_cookie(exchange, "", 0);
}
