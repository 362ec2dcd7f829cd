/* SPDX-License-Identifier: GPL-3.0-or-later */
/* files - what generateTestdata has made: fetch, list, delete. */
#ifndef TRNG_HTTPD_FILES_H
#define TRNG_HTTPD_FILES_H

struct exchange;

/**
 * files_download - GET downloadFile: by id, which is a right of its own for an hour, or the
 * caller's latest.
 * Codes: 200; 206, 416 ranges; 400 no id; 401 neither id nor role; 404 no such file; 503 it grows
 *        still; 555 there is none, or its job failed.
 */
void files_download(struct exchange *exchange);

/** files_list - GET /trng/files: the caller's own, newest first. Code: 200. */
void files_list(struct exchange *exchange);

/** files_delete - DELETE /trng/files?id=: one's own; a job that grows ends. Codes: 200; 400; 404;
 * 555. */
void files_delete(struct exchange *exchange);

#endif
