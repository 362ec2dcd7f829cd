/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reply - answers: JSON, texts, files, and the headers that each of them carries. */
#ifndef TRNG_HTTPD_REPLY_H
#define TRNG_HTTPD_REPLY_H

#include "httpd/exchange.h"

#include <jansson.h>

/* Each replaces what was answered before. Lack of memory ends in 503 or a closed connection. */

/** reply_message - {"message": @text}: the documented texts. */
void reply_message(struct exchange *exchange, unsigned code, const char *text);

/** reply_error - {"error": sentence}. */
void reply_error(struct exchange *exchange, unsigned code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** reply_json - @json is taken over. */
void reply_json(struct exchange *exchange, unsigned code, json_t *json);

/** reply_text - @text is taken over and given to free(3). */
void reply_text(struct exchange *exchange, unsigned code, const char *type, char *text,
		size_t len_bytes);

/** reply_constant - @text stays where it is for the life of the program. */
void reply_constant(struct exchange *exchange, unsigned code, const char *type, const char *text,
		    size_t len_bytes);

/** reply_secret_alloc - memory for @len_bytes of JSON that holds random bits; for reply_secret()
 * alone. */
char *reply_secret_alloc(size_t len_bytes);

/** reply_secret - 200 with @json of reply_secret_alloc(); wiped once sent. */
void reply_secret(struct exchange *exchange, char *json);

/** reply_file - @len_bytes from @offset of @fd, which is closed afterwards. */
void reply_file(struct exchange *exchange, unsigned code, const char *type, int fd, uint64_t offset,
		uint64_t len_bytes);

/** reply_none - nobody is there to be answered: @code is for log and metrics, the connection ends.
 */
void reply_none(struct exchange *exchange, unsigned code);

/** reply_empty - no body. */
void reply_empty(struct exchange *exchange, unsigned code);

/** reply_take - any response. */
void reply_take(struct exchange *exchange, unsigned code, struct MHD_Response *response);

/** reply_header - on the answer that is there. */
void reply_header(struct exchange *exchange, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** reply_retry - Retry-After: whole seconds, rounded up, at least 1; INFINITY counts as a day. */
void reply_retry(struct exchange *exchange, double seconds);

/** reply_send - add the headers that every answer has and queue it. On libmicrohttpd's thread. */
enum MHD_Result reply_send(struct exchange *exchange);

#endif
