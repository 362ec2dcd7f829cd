/* SPDX-License-Identifier: GPL-3.0-or-later */
/* login - /trng/session: a token becomes a cookie, for the page, the event stream and downloads. */
#ifndef TRNG_HTTPD_LOGIN_H
#define TRNG_HTTPD_LOGIN_H

struct exchange;

/** login_show - GET: who the caller is and what he may. Code: 200. */
void login_show(struct exchange *exchange);

/** login_begin - POST: by Authorization, or {"token": "..."}. Codes: 200; 400; 401; 413; 500. */
void login_begin(struct exchange *exchange);

/** login_end - DELETE: the session ends, if there is one. Code: 200. */
void login_end(struct exchange *exchange);

#endif
