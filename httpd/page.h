/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page - the web page's files, those of its charts, and the description of the API. */
#ifndef TRNG_HTTPD_PAGE_H
#define TRNG_HTTPD_PAGE_H

struct exchange;

/**
 * page_handle - GET, HEAD of a file of dygraphs_dir, below /dygraphs/, or of ui_dir.
 * Codes: 200; 304; 404; 405 with Allow; 503.
 */
void page_handle(struct exchange *exchange);

/** page_openapi - GET, HEAD /openapi.json. Code: 200. */
void page_openapi(struct exchange *exchange);

#endif
