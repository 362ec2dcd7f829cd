/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reply - answers, and the headers that each of them carries. */
#include "httpd/reply.h"

#include "common/secret.h"
#include "httpd/budget.h"
#include "httpd/clock.h"
#include "httpd/utf8.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JSON_TYPE   "application/json"
#define UNKNOWN_S   60 /* when to ask again where nobody can tell */
#define LAST_RESORT "{\"error\": \"out of memory; try again\"}"

void reply_take(struct exchange *exchange, unsigned code, struct MHD_Response *response)
{
	if (exchange->response)
		MHD_destroy_response(exchange->response);
	exchange->response = response;
	exchange->code = code;
}

static void take_body(struct exchange *exchange, unsigned code, const char *type,
		      struct MHD_Response *response, uint64_t len_bytes)
{
	reply_take(exchange, code, response);
	exchange->body_out_bytes = len_bytes;
	reply_header(exchange, MHD_HTTP_HEADER_CONTENT_TYPE, "%s", type);
}

void reply_constant(struct exchange *exchange, unsigned code, const char *type, const char *text,
		    size_t len_bytes)
{
	/* Persistent memory is only read; the library's parameter has no const. */
	void *data = (void *)(uintptr_t)text;

	take_body(exchange, code, type,
		  MHD_create_response_from_buffer(len_bytes, data, MHD_RESPMEM_PERSISTENT),
		  len_bytes);
}

void reply_text(struct exchange *exchange, unsigned code, const char *type, char *text,
		size_t len_bytes)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(len_bytes, text, MHD_RESPMEM_MUST_FREE);

	if (!response)
		free(text);
	take_body(exchange, code, type, response, len_bytes);
}

void reply_json(struct exchange *exchange, unsigned code, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;

	json_decref(json);
	if (text)
		reply_text(exchange, code, JSON_TYPE, text, strlen(text));
	else
		reply_constant(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, JSON_TYPE, LAST_RESORT,
			       sizeof(LAST_RESORT) - 1);
}

void reply_message(struct exchange *exchange, unsigned code, const char *text)
{
	reply_json(exchange, code, json_pack("{s:s}", "message", text));
}

void reply_error(struct exchange *exchange, unsigned code, const char *format, ...)
{
	char text[600];
	json_t *json;
	va_list args;

	va_start(args, format);
	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	va_end(args);
	utf8_mend(text); /* what it quotes may be no UTF-8, or cut */
	json = json_string_nocheck(text);
	reply_json(exchange, code, json_pack("{s:o}", "error", json));
}

struct secret_text {
	_Atomic uint64_t *promised; /* len_bytes of it are ours till the client has them */
	size_t len_bytes;
	char data[];
};

static struct secret_text *secret_text_of(char *data)
{
	return (struct secret_text *)(void *)(data - offsetof(struct secret_text, data));
}

static void wipe_text(void *data)
{
	struct secret_text *text = secret_text_of(data);

	secret_wipe(text->data, text->len_bytes);
	if (text->promised)
		atomic_fetch_sub(text->promised, text->len_bytes);
	free(text);
}

char *reply_secret_alloc(size_t len_bytes)
{
	struct secret_text *text = malloc(sizeof(*text) + len_bytes);

	if (!text)
		return NULL;
	text->promised = NULL;
	text->len_bytes = len_bytes;
	return text->data;
}

void reply_secret(struct exchange *exchange, char *json)
{
	size_t len_bytes = secret_text_of(json)->len_bytes;
	struct MHD_Response *response;

	secret_text_of(json)->promised = &exchange->server->waiting_bytes;
	response = MHD_create_response_from_buffer_with_free_callback(len_bytes, json, wipe_text);

	if (!response)
		wipe_text(json);
	take_body(exchange, MHD_HTTP_OK, JSON_TYPE, response, len_bytes);
}

void reply_file(struct exchange *exchange, unsigned code, const char *type, int fd, uint64_t offset,
		uint64_t len_bytes)
{
	struct MHD_Response *response =
		MHD_create_response_from_fd_at_offset64(len_bytes, fd, offset);

	if (!response)
		close(fd);
	take_body(exchange, code, type, response, len_bytes);
}

void reply_empty(struct exchange *exchange, unsigned code)
{
	reply_take(exchange, code,
		   MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT));
	exchange->body_out_bytes = 0;
}

void reply_none(struct exchange *exchange, unsigned code)
{
	reply_take(exchange, code, NULL);
	exchange->body_out_bytes = 0;
}

void reply_header(struct exchange *exchange, const char *name, const char *format, ...)
{
	char value[512];
	va_list args;

	va_start(args, format);
	if (exchange->response && vsnprintf(value, sizeof(value), format, args) >= 0)
		MHD_add_response_header(exchange->response, name, value);
	va_end(args);
}

void reply_retry(struct exchange *exchange, double seconds)
{
	double whole = isfinite(seconds) ? ceil(seconds) : UNKNOWN_S;

	reply_header(exchange, MHD_HTTP_HEADER_RETRY_AFTER, "%.0f", whole < 1 ? 1 : whole);
}

/* ---- headers of every answer ---- */

/* The page's code and style are files of ours: no inline script, no string that becomes one. */
#define PAGE_POLICY                                                                                \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "    \
	"connect-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; "            \
	"form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; "         \
	"trusted-types default"
#define API_POLICY "default-src 'none'; frame-ancestors 'none'"

static void add_security(struct exchange *exchange)
{
	reply_header(exchange, "X-Content-Type-Options", "nosniff");
	reply_header(exchange, "X-Frame-Options", "DENY");
	/* The page's own requests are known by their Referer where browsers send no Sec-Fetch-Site:
	 * in plain HTTP beyond loopback. "no-referrer" would have them look like a program's. */
	reply_header(exchange, "Referrer-Policy", "same-origin");
	reply_header(exchange, "Cross-Origin-Resource-Policy", "same-site");
	reply_header(exchange, "Content-Security-Policy", "%s",
		     exchange->is_page ? PAGE_POLICY : API_POLICY);
	reply_header(exchange, MHD_HTTP_HEADER_CACHE_CONTROL, "%s",
		     exchange->is_page ? "no-cache" : "no-store");
	if (exchange->caller.is_secure)
		reply_header(exchange, "Strict-Transport-Security", "max-age=31536000");
}

static void add_cors(struct exchange *exchange)
{
	const char *origin = exchange->headers.origin;

	reply_header(exchange, MHD_HTTP_HEADER_VARY, "Origin");
	if (!origin || !guard_allows_origin(exchange->server->guard, &exchange->headers))
		return;
	reply_header(exchange, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_ORIGIN, "%s", origin);
	reply_header(exchange, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
	reply_header(exchange, MHD_HTTP_HEADER_ACCESS_CONTROL_EXPOSE_HEADERS,
		     "Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
		     "Content-Disposition, ETag, Trng-Source");
}

static void add_budget(struct exchange *exchange)
{
	const struct token *token = &exchange->caller.token;
	/* Who got no bits is given back what they would have cost. */
	uint64_t returned = exchange->bits == 0 ? exchange->charged_bits : 0;

	if (!exchange->caller.is_known || token->bits_per_day == 0 ||
	    exchange->left_bits == UINT64_MAX)
		return;
	reply_header(exchange, "RateLimit-Limit", "%llu", (unsigned long long)token->bits_per_day);
	reply_header(exchange, "RateLimit-Remaining", "%llu",
		     (unsigned long long)(exchange->left_bits + returned));
	reply_header(exchange, "RateLimit-Reset", "%u", budgets_wait_s(clock_now_s()));
}

enum MHD_Result reply_send(struct exchange *exchange)
{
	enum MHD_Result ret;

	if (!exchange->response)
		return MHD_NO;
	add_security(exchange);
	add_cors(exchange);
	add_budget(exchange);
	if (exchange->connection->is_over_limit)
		reply_header(exchange, MHD_HTTP_HEADER_CONNECTION, "close");
	ret = MHD_queue_response(exchange->mhd, exchange->code, exchange->response);
	MHD_destroy_response(exchange->response);
	exchange->response = NULL;
	return ret;
}
