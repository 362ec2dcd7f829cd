/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls - the server's certificate and key, and who may sign its clients'. */
#ifndef TRNG_HTTPD_TLS_H
#define TRNG_HTTPD_TLS_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>

#define TLS_PRIORITIES       "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" /* what GnuTLS is told */
#define TLS_FILE_MOST_BYTES  (1 << 20)
#define TLS_SELF_SIGNED_DAYS 365

struct tls;

/**
 * tls_open - read certificate chain and key (PEM), and the clients' authority (NULL or "": none).
 *
 * Complains in the log with the file's name and what to do: missing, unreadable, no PEM, key and
 * certificate do not match; warns of a key that everybody can read and of a certificate that is not
 * valid now. Paths are copied. All functions but tls_open() and tls_close() are safe from any
 * thread. Return: 0; -EINVAL: what a file holds; another -errno: it could not be read; -ENOMEM.
 */
int tls_open(struct tls **tls, const char *certificate, const char *key, const char *client_ca);

/**
 * tls_reload - read the files again; what cannot be used leaves the old ones in use (logged).
 *
 * Sessions that have begun keep what they began with, the clients' authority included, until they
 * end. Reads files: not for a thread that must not wait.
 * Return: as tls_open().
 */
int tls_reload(struct tls *tls);

/** tls_close - when every session has been given back. @tls may be NULL. */
void tls_close(struct tls *tls);

/**
 * tls_attach - give @session what was read last, before its handshake.
 *
 * A client is asked for a certificate, and need not have one, if there is an authority.
 * @fd: the session's socket, by which tls_detach() finds what it holds.
 * Return: 0; -ENOMEM: the session has nothing, so its handshake fails.
 */
int tls_attach(struct tls *tls, gnutls_session_t session, int fd);

/** tls_detach - the session of @fd is gone; @fd is still open, so no other session has it. */
void tls_detach(struct tls *tls, int fd);

/**
 * tls_is_certified - whether the client of @session showed a certificate that our authority signed,
 * valid now and meant for clients. Cost: the check of a signature or more, each time.
 */
bool tls_is_certified(gnutls_session_t session);

/**
 * tls_self_signed - DIRECTORY/certificate.pem and DIRECTORY/key.pem (mode 0600) for these names.
 *
 * ECDSA P-256, SHA-256, subjectAltName with each name (DNS or IP), the first as common name, good
 * for 365 days, with a random serial number; usable as its own authority with curl --cacert. The
 * directory is made if need be; existing files are not overwritten. Complains in the log.
 * Return: 0; -EEXIST; -EINVAL: no name, or one that is neither host name nor address; -EIO: GnuTLS
 *         failed; another -errno.
 */
int tls_self_signed(const char *directory, char *const *names, size_t count);

#endif
