/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page - the web page's files, those of its charts, and the description of the API. */
#include "httpd/page.h"

#include "httpd/reply.h"
#include "httpd/setup.h"
#include "httpd/static.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* httpd/openapi.json as it stands, put into the program by the assembler. */
__asm__(".pushsection .rodata\n"
	".globl page_openapi_begin\n"
	"page_openapi_begin:\n"
	".incbin \"httpd/openapi.json\"\n"
	".globl page_openapi_end\n"
	"page_openapi_end:\n"
	".popsection\n");
extern const char page_openapi_begin[], page_openapi_end[];

/* What is below which path; the first that fits. */
static const struct place {
	const char *prefix;
	size_t folder; /* in struct setup */
} places[] = {
	{ "/dygraphs/", offsetof(struct setup, dygraphs_dir) },
	{ "/", offsetof(struct setup, ui_dir) },
};

static int open_file(struct static_file *file, const struct setup *setup, const char *path)
{
	const struct place *place = places;
	const char *folder;

	while (strncmp(path, place->prefix, strlen(place->prefix)) != 0)
		if (++place == places + sizeof(places) / sizeof(places[0]))
			return -ENOENT;
	folder = (const char *)setup + place->folder;
	return folder[0] ? static_open(file, folder, path + strlen(place->prefix) - 1) : -ENOENT;
}

static bool is_get_or_head(const struct exchange *exchange)
{
	return !strcmp(exchange->method, MHD_HTTP_METHOD_GET) ||
	       !strcmp(exchange->method, MHD_HTTP_METHOD_HEAD);
}

static void answer(struct exchange *exchange, const struct static_file *file)
{
	const char *known = MHD_lookup_connection_value(exchange->mhd, MHD_HEADER_KIND,
							MHD_HTTP_HEADER_IF_NONE_MATCH);

	exchange->is_page = true;
	if (static_tag_matches(known, file->tag)) {
		close(file->fd);
		reply_empty(exchange, MHD_HTTP_NOT_MODIFIED);
	} else {
		reply_file(exchange, MHD_HTTP_OK, file->type, file->fd, 0, file->size_bytes);
	}
	reply_header(exchange, MHD_HTTP_HEADER_ETAG, "%s", file->tag);
}

void page_handle(struct exchange *exchange)
{
	struct static_file file;
	int ret = open_file(&file, exchange->server->setup, exchange->path);

	if (ret == -ENOENT) {
		reply_error(exchange, MHD_HTTP_NOT_FOUND,
			    "there is nothing at this path; /openapi.json lists what there is");
	} else if (ret < 0) {
		reply_error(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "the file cannot be opened: %s",
			    strerror(-ret));
		reply_retry(exchange, 1);
	} else if (!is_get_or_head(exchange)) {
		close(file.fd);
		reply_error(exchange, MHD_HTTP_METHOD_NOT_ALLOWED,
			    "this path takes GET, HEAD, OPTIONS");
		reply_header(exchange, MHD_HTTP_HEADER_ALLOW, "GET, HEAD, OPTIONS");
	} else {
		answer(exchange, &file);
	}
}

void page_openapi(struct exchange *exchange)
{
	reply_constant(exchange, MHD_HTTP_OK, "application/json", page_openapi_begin,
		       (size_t)(page_openapi_end - page_openapi_begin));
}
