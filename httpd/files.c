/* SPDX-License-Identifier: GPL-3.0-or-later */
/* files - what generateTestdata has made: fetch, list, delete. */
#include "httpd/files.h"

#include "httpd/clock.h"
#include "httpd/range.h"
#include "httpd/reply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CODE_NO_FILE    555
#define GROWING_RETRY_S 5

static const char *const state_names[] = {
	[STORE_GROWING] = "growing", [STORE_WHOLE] = "whole", [STORE_FAILED] = "failed"
};

static bool is_id(const char *text)
{
	return strlen(text) == STORE_ID_BYTES - 1 &&
	       strspn(text, "0123456789abcdef") == STORE_ID_BYTES - 1;
}

/* NULL: answered. @fallback: what no id at all means, NULL: it is needed. */
static const char *take_id(struct exchange *exchange, const char *fallback)
{
	const char *id = NULL;
	char why[200] = "";
	struct text text;

	text_init(&text, why, sizeof(why));
	if (query_word(&exchange->query, QUERY_ID, fallback, &id, &text) == 0 && id &&
	    (id == fallback || is_id(id)))
		return id;
	reply_error(exchange, MHD_HTTP_BAD_REQUEST,
		    "id is 32 hexadecimal digits, as generateTestdata gave it%s%s",
		    why[0] ? ": " : "", why);
	return NULL;
}

static bool is_own(const struct exchange *exchange, const struct store_file *file)
{
	char owner[STORE_OWNER_BYTES];

	exchange_owner(exchange, owner);
	return exchange->caller.role >= ROLE_READER && !strcmp(owner, file->owner);
}

static bool is_fresh(const struct store_file *file)
{
	return file->state == STORE_GROWING ||
	       (int64_t)clock_now_s() < file->finished_s + STORE_RIGHT_S;
}

/* ---- download ---- */

static void answer_range(struct exchange *exchange, const struct store_file *file, int fd)
{
	const char *header =
		MHD_lookup_connection_value(exchange->mhd, MHD_HEADER_KIND, MHD_HTTP_HEADER_RANGE);
	const char *only_if = MHD_lookup_connection_value(exchange->mhd, MHD_HEADER_KIND,
							  MHD_HTTP_HEADER_IF_RANGE);
	const char *type = file->form == BITS_BIN ? "application/octet-stream"
						  : "text/plain; charset=us-ascii";
	struct range range = { 0, file->size_bytes };
	char tag[STORE_SHA256_BYTES + 2];
	enum range_verdict verdict;

	snprintf(tag, sizeof(tag), "\"%s\"", file->sha256);
	if (only_if && strcmp(only_if, tag) != 0)
		header = NULL;
	verdict = range_parse(header, file->size_bytes, &range);
	if (verdict == RANGE_UNSATISFIABLE) {
		close(fd);
		reply_error(exchange, MHD_HTTP_RANGE_NOT_SATISFIABLE, "the file has %llu bytes",
			    (unsigned long long)file->size_bytes);
		reply_header(exchange, MHD_HTTP_HEADER_CONTENT_RANGE, "bytes */%llu",
			     (unsigned long long)file->size_bytes);
		return;
	}
	reply_file(exchange, verdict == RANGE_PART ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK, type,
		   fd, range.first, range.len_bytes);
	if (verdict == RANGE_PART)
		reply_header(exchange, MHD_HTTP_HEADER_CONTENT_RANGE, "bytes %llu-%llu/%llu",
			     (unsigned long long)range.first,
			     (unsigned long long)(range.first + range.len_bytes - 1),
			     (unsigned long long)file->size_bytes);
	reply_header(exchange, MHD_HTTP_HEADER_ETAG, "%s", tag);
	reply_header(exchange, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
	reply_header(exchange, MHD_HTTP_HEADER_CONTENT_DISPOSITION, "attachment; filename=\"%s\"",
		     file->name);
	reply_header(exchange, "Trng-Source", "%s", file->source);
}

static void answer_whole(struct exchange *exchange, const struct store_file *file)
{
	int fd = store_open_file(exchange->server->store, file->id);

	if (fd >= 0)
		answer_range(exchange, file, fd);
	else
		reply_error(exchange, CODE_NO_FILE, "%s cannot be read: %s", file->name,
			    strerror(-fd));
}

/* As fast as it has been so far. */
static double eta_s(const struct store_file *file)
{
	double age_s = (double)((int64_t)clock_now_s() - file->created_s);

	if (file->done_bits == 0 || age_s <= 0)
		return GROWING_RETRY_S;
	return (double)(file->bits - file->done_bits) * age_s / (double)file->done_bits;
}

static void answer_growing(struct exchange *exchange, const struct store_file *file)
{
	double wait_s = eta_s(file);

	reply_json(exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
		   json_pack("{s:s, s:s, s:I, s:I, s:f, s:s}", "error", "the file still grows",
			     "id", file->id, "bits", (json_int_t)file->bits, "done_bits",
			     (json_int_t)file->done_bits, "eta_s", wait_s, "reason", file->reason));
	reply_retry(exchange, wait_s);
}

static void answer_file(struct exchange *exchange, const struct store_file *file)
{
	snprintf(exchange->file, sizeof(exchange->file), "%s", file->name);
	switch (file->state) {
	case STORE_WHOLE:
		answer_whole(exchange, file);
		break;
	case STORE_GROWING:
		answer_growing(exchange, file);
		break;
	case STORE_FAILED:
	default:
		reply_error(exchange, CODE_NO_FILE, "the file could not be made: %s", file->reason);
		break;
	}
}

static void answer_latest(struct exchange *exchange)
{
	char owner[STORE_OWNER_BYTES];
	struct store_file file;

	if (exchange->caller.role < ROLE_READER) {
		reply_error(exchange, MHD_HTTP_UNAUTHORIZED,
			    "an id or a token is needed to download a file");
		reply_header(exchange, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer realm=\"trng\"");
		return;
	}
	exchange_owner(exchange, owner);
	if (store_latest(exchange->server->store, owner, &file) == 0)
		answer_file(exchange, &file);
	else
		reply_error(exchange, CODE_NO_FILE,
			    "there is no file of yours; generateTestdata makes one");
}

void files_download(struct exchange *exchange)
{
	const char *id = take_id(exchange, "");
	struct store_file file;

	if (!id)
		return;
	if (!*id)
		answer_latest(exchange);
	else if (store_find(exchange->server->store, id, &file) == 0 &&
		 (is_fresh(&file) || is_own(exchange, &file)))
		answer_file(exchange, &file);
	else
		reply_error(exchange, MHD_HTTP_NOT_FOUND, "there is no file of this id");
}

/* ---- list and delete ---- */

static json_t *time_json(int64_t at_s)
{
	char text[CLOCK_ISO_BYTES];

	return at_s > 0 ? json_string(clock_iso(at_s, text)) : json_null();
}

static json_t *describe(const struct store_file *file)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:s, s:s, s:o}", "id",
			 file->id, "name", file->name, "source", file->source, "filetype",
			 bits_form_name(file->form), "state", state_names[file->state], "bits",
			 (json_int_t)file->bits, "done_bits", (json_int_t)file->done_bits,
			 "size_bytes", (json_int_t)file->size_bytes, "created",
			 time_json(file->created_s), "finished", time_json(file->finished_s),
			 "sha256", file->sha256, "reason", file->reason, "eta_s",
			 file->state == STORE_GROWING ? json_real(eta_s(file)) : json_null());
}

void files_list(struct exchange *exchange)
{
	char owner[STORE_OWNER_BYTES];
	struct store_file *files = NULL;
	json_t *list = json_array();
	ssize_t count;

	exchange_owner(exchange, owner);
	count = store_list(exchange->server->store, owner, &files);
	for (ssize_t i = 0; i < count; i++)
		json_array_append_new(list, describe(&files[i]));
	free(files);
	reply_json(exchange, MHD_HTTP_OK, json_pack("{s:o}", "files", list));
}

void files_delete(struct exchange *exchange)
{
	const char *id = take_id(exchange, NULL);
	struct store_file file;
	int ret;

	if (!id)
		return;
	ret = store_find(exchange->server->store, id, &file);
	if (ret == 0)
		ret = is_own(exchange, &file) ? store_delete(exchange->server->store, id) : -ENOENT;
	if (ret == 0)
		reply_message(exchange, MHD_HTTP_OK, "File deleted");
	else if (ret == -ENOENT)
		reply_error(exchange, MHD_HTTP_NOT_FOUND, "there is no file of yours of this id");
	else
		reply_error(exchange, CODE_NO_FILE, "the file cannot be deleted: %s",
			    strerror(-ret));
}
