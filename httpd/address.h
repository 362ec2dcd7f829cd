/* SPDX-License-Identifier: GPL-3.0-or-later */
/* address - IP addresses as text and as what they mean: loopback, a network, the same host. */
#ifndef TRNG_HTTPD_ADDRESS_H
#define TRNG_HTTPD_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define ADDRESS_TEXT_BYTES 56 /* "[ffff:...:255.255.255.255]:65535" and its NUL */

/* IPv4 or IPv6; a v4-mapped IPv6 address is kept as IPv4. Zeroed: no address. */
struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} to;
};

/* The addresses that share their first @bits with @base. */
struct network {
	struct address base;
	unsigned bits;
};

/** address_from - take over what accept(2) or getpeername(2) gave. Return: 0, -EAFNOSUPPORT. */
int address_from(struct address *address, const struct sockaddr *from);

/**
 * address_parse - "192.0.2.1", "::1", "[::1]"; nothing is looked up, the whole of @text counts.
 * Return: 0, or -EINVAL with *@address untouched.
 */
int address_parse(struct address *address, const char *text);

/**
 * address_parse_port - "192.0.2.1:80", "[::1]:80", "localhost:80" (127.0.0.1); port 0 is any free.
 * Return: as address_parse().
 */
int address_parse_port(struct address *address, const char *text);

/** network_parse - "10.0.0.0/8", "fd00::/8", or one address. Return: as address_parse(). */
int network_parse(struct network *network, const char *text);

/** network_holds - whether @address is one of @network. */
bool network_holds(const struct network *network, const struct address *address);

/** address_is_loopback - 127.0.0.0/8 or ::1. */
bool address_is_loopback(const struct address *address);

/** address_is_host - the same host, whatever the ports. */
bool address_is_host(const struct address *a, const struct address *b);

/** address_key - what one customer of a network has: an IPv4 address, an IPv6 /64; never 0. */
uint64_t address_key(const struct address *address);

unsigned address_port(const struct address *address);
socklen_t address_len(const struct address *address);

/** address_format - numeric; with port as a URL has it. Return: @text. */
const char *address_format(const struct address *address, bool with_port,
			   char text[ADDRESS_TEXT_BYTES]);

#endif
