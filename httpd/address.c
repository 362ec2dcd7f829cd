/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IP addresses: numeric text, prefixes, and which of them mean the same host. */
#include "httpd/address.h"

#include "common/parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define MAPPED_BITS 96 /* RFC 4291, 2.5.5.2: ::ffff:0:0/96 holds the IPv4 addresses */
#define V4_KEY      (UINT64_C(1) << 32) /* ::/8 is nobody's network, so no IPv6 key looks so */

/* The address proper. Return: its bytes, with *@bits of them; NULL for no address. */
static const uint8_t *bytes_of(const struct address *address, unsigned *bits)
{
	switch (address->to.any.sa_family) {
	case AF_INET:
		*bits = 32;
		return (const uint8_t *)&address->to.v4.sin_addr;
	case AF_INET6:
		*bits = 128;
		return address->to.v6.sin6_addr.s6_addr;
	default:
		*bits = 0;
		return NULL;
	}
}

static struct address from_v4(const void *bytes, in_port_t port)
{
	struct address address = { 0 };

	address.to.v4.sin_family = AF_INET;
	address.to.v4.sin_port = port;
	memcpy(&address.to.v4.sin_addr, bytes, sizeof(address.to.v4.sin_addr));
	return address;
}

static struct address from_v6(const struct sockaddr_in6 *v6)
{
	struct address address = { 0 };

	if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		return from_v4(v6->sin6_addr.s6_addr + MAPPED_BITS / 8, v6->sin6_port);
	address.to.v6.sin6_family = AF_INET6;
	address.to.v6.sin6_port = v6->sin6_port;
	address.to.v6.sin6_addr = v6->sin6_addr;
	address.to.v6.sin6_scope_id = v6->sin6_scope_id;
	return address;
}

int address_from(struct address *address, const struct sockaddr *from)
{
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	switch (from->sa_family) {
	case AF_INET:
		memcpy(&v4, from, sizeof(v4));
		*address = from_v4(&v4.sin_addr, v4.sin_port);
		return 0;
	case AF_INET6:
		memcpy(&v6, from, sizeof(v6));
		*address = from_v6(&v6);
		return 0;
	default:
		return -EAFNOSUPPORT;
	}
}

/* Without brackets. A mapped address is still IPv6 here: its prefix counts from there. */
static int parse_bare(const char *text, size_t len, struct sockaddr_in6 *v6)
{
	static const uint8_t mapped[MAPPED_BITS / 8] = { [10] = 0xff, [11] = 0xff };
	char copy[INET6_ADDRSTRLEN];

	if (len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	*v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6 };
	if (inet_pton(AF_INET6, copy, &v6->sin6_addr) == 1)
		return 0;
	memcpy(v6->sin6_addr.s6_addr, mapped, sizeof(mapped));
	return inet_pton(AF_INET, copy, v6->sin6_addr.s6_addr + sizeof(mapped)) == 1 ? 0 : -EINVAL;
}

static int parse_len(const char *text, size_t len, struct sockaddr_in6 *v6)
{
	if (len == 0 || text[0] != '[')
		return parse_bare(text, len, v6);
	if (len < 4 || text[len - 1] != ']' || !memchr(text, ':', len))
		return -EINVAL;
	return parse_bare(text + 1, len - 2, v6);
}

int address_parse(struct address *address, const char *text)
{
	struct sockaddr_in6 v6;

	if (parse_len(text, strlen(text), &v6))
		return -EINVAL;
	*address = from_v6(&v6);
	return 0;
}

int address_parse_port(struct address *address, const char *text)
{
	static const char localhost[] = "localhost";
	const char *colon = strrchr(text, ':');
	struct sockaddr_in6 v6;
	uint64_t port;

	if (!colon || parse_u64(colon + 1, 0, UINT16_MAX, &port))
		return -EINVAL;
	if (colon - text == sizeof(localhost) - 1 &&
	    !strncasecmp(text, localhost, sizeof(localhost) - 1)) {
		text = "127.0.0.1";
		colon = text + strlen(text);
	}
	/* Where "::1:80" would end is anybody's guess. */
	if (text[0] != '[' && memchr(text, ':', (size_t)(colon - text)))
		return -EINVAL;
	if (parse_len(text, (size_t)(colon - text), &v6))
		return -EINVAL;
	v6.sin6_port = htons((uint16_t)port);
	*address = from_v6(&v6);
	return 0;
}

int network_parse(struct network *network, const char *text)
{
	const char *slash = strchr(text, '/');
	struct sockaddr_in6 v6;
	struct address base;
	unsigned most, skip;
	uint64_t bits;

	if (parse_len(text, slash ? (size_t)(slash - text) : strlen(text), &v6))
		return -EINVAL;
	base = from_v6(&v6);
	bytes_of(&base, &most);
	/* "::ffff:10.0.0.0/104" is 10.0.0.0/8. */
	skip = most == 32 && memchr(text, ':', strlen(text)) ? MAPPED_BITS : 0;
	bits = skip + most;
	if (slash && parse_u64(slash + 1, skip, skip + most, &bits))
		return -EINVAL;
	*network = (struct network){ .base = base, .bits = (unsigned)bits - skip };
	return 0;
}

bool network_holds(const struct network *network, const struct address *address)
{
	unsigned whole = network->bits / 8, rest = network->bits % 8, base_bits, bits;
	const uint8_t *base = bytes_of(&network->base, &base_bits);
	const uint8_t *bytes = bytes_of(address, &bits);

	if (!base || !bytes || base_bits != bits || memcmp(base, bytes, whole))
		return false;
	return rest == 0 || (base[whole] ^ bytes[whole]) >> (8 - rest) == 0;
}

bool address_is_loopback(const struct address *address)
{
	unsigned bits;
	const uint8_t *bytes = bytes_of(address, &bits);

	if (!bytes)
		return false;
	return bits == 32 ? bytes[0] == 127 : IN6_IS_ADDR_LOOPBACK(&address->to.v6.sin6_addr);
}

/* fe80::1 is another host on each link; an address that was text names no link. */
static bool is_same_link(const struct address *a, const struct address *b)
{
	uint32_t first = a->to.v6.sin6_scope_id, second = b->to.v6.sin6_scope_id;

	return first == second || first == 0 || second == 0;
}

bool address_is_host(const struct address *a, const struct address *b)
{
	struct network network = { .base = *a };

	bytes_of(a, &network.bits);
	return network_holds(&network, b) && (network.bits == 32 || is_same_link(a, b));
}

uint64_t address_key(const struct address *address)
{
	unsigned bits;
	const uint8_t *bytes = bytes_of(address, &bits);
	uint64_t key = 0;

	for (unsigned i = 0; i < 8 && i < bits / 8; i++)
		key = key << 8 | bytes[i];
	if (bits == 32)
		return V4_KEY | key;
	return key ? key : 1;
}

unsigned address_port(const struct address *address)
{
	switch (address->to.any.sa_family) {
	case AF_INET:
		return ntohs(address->to.v4.sin_port);
	case AF_INET6:
		return ntohs(address->to.v6.sin6_port);
	default:
		return 0;
	}
}

socklen_t address_len(const struct address *address)
{
	return address->to.any.sa_family == AF_INET6 ? sizeof(address->to.v6)
						     : sizeof(address->to.v4);
}

const char *address_format(const struct address *address, bool with_port,
			   char text[ADDRESS_TEXT_BYTES])
{
	char bare[INET6_ADDRSTRLEN];
	unsigned bits;
	const uint8_t *bytes = bytes_of(address, &bits);
	bool is_in_brackets = bits == 128 && with_port;
	int len;

	if (!bytes)
		strcpy(bare, "-");
	else
		inet_ntop(address->to.any.sa_family, bytes, bare, sizeof(bare));
	len = snprintf(text, ADDRESS_TEXT_BYTES, is_in_brackets ? "[%s]" : "%s", bare);
	if (bytes && with_port)
		snprintf(text + len, ADDRESS_TEXT_BYTES - (size_t)len, ":%u",
			 address_port(address));
	return text;
}
