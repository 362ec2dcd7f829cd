/* SPDX-License-Identifier: GPL-3.0-or-later */
/* address: what is an address, which are the same host, and which network holds it. */
#include "httpd/address.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static struct address parsed(const char *text)
{
	struct address address = { 0 };

	if (address_parse(&address, text))
		CU_FAIL("no address");
	return address;
}

static void good_text(void)
{
	static const struct {
		const char *text, *form;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "::1", "::1" },
		{ "[::1]", "::1" },
		{ "2001:DB8:0:0::0001", "2001:db8::1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "[::FFFF:c000:201]", "192.0.2.1" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "::", "::" },
	};
	char text[ADDRESS_TEXT_BYTES];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct address address = parsed(rows[i].text);

		CU_ASSERT_STRING_EQUAL(address_format(&address, false, text), rows[i].form);
	}
}

static void bad_text(void)
{
	static const char *const rows[] = {
		"",
		"localhost",
		"127.1",
		"127.0.0.1 ",
		" ::1",
		"1.2.3.4:80",
		"[::1",
		"::1]",
		"[1.2.3.4]",
		"[]",
		"[[::1]]",
		"[::1]:80",
		"0x7f.1",
		"256.0.0.1",
		"1.2.3",
		"fe80::1%eth0",
		"2130706433",
		"01.2.3.4",
		"1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16:17:18:19:20:21:22",
	};
	struct address address;

	memset(&address, 0x5a, sizeof(address));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CU_ASSERT_EQUAL(address_parse(&address, rows[i]), -EINVAL);
		CU_ASSERT_EQUAL(address.to.any.sa_family, 0x5a5a);
	}
}

static void with_port(void)
{
	static const struct {
		const char *text, *form;
	} rows[] = {
		{ "192.0.2.1:80", "192.0.2.1:80" },
		{ "[::1]:65535", "[::1]:65535" },
		{ "localhost:8000", "127.0.0.1:8000" },
		{ "LocalHost:0", "127.0.0.1:0" },
		{ "[::]:443", "[::]:443" },
		{ "[::ffff:10.0.0.1]:1", "10.0.0.1:1" },
		{ "localhost", NULL },
		{ "127.0.0.1", NULL },
		{ "::1:80", NULL },
		{ "[::1]", NULL },
		{ ":80", NULL },
		{ "*:80", NULL },
		{ "127.0.0.1:", NULL },
		{ "127.0.0.1:65536", NULL },
		{ "127.0.0.1:+1", NULL },
		{ "127.0.0.1: 1", NULL },
		{ "name.example:80", NULL },
		{ "localhost:1:2", NULL },
		{ "", NULL },
		{ "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535",
		  "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535" },
	};
	struct address address = { 0 };
	char text[ADDRESS_TEXT_BYTES];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int ret = address_parse_port(&address, rows[i].text);

		CU_ASSERT_EQUAL(ret, rows[i].form ? 0 : -EINVAL);
		if (rows[i].form)
			CU_ASSERT_STRING_EQUAL(address_format(&address, true, text), rows[i].form);
	}
	CU_ASSERT_EQUAL(address_port(&address), 65535);
	CU_ASSERT_EQUAL(address_len(&address), sizeof(struct sockaddr_in6));
}

static void from_socket(void)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(80) };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(81) };
	struct sockaddr other = { .sa_family = AF_UNIX };
	struct address address = { 0 };
	char text[ADDRESS_TEXT_BYTES];

	CU_ASSERT_STRING_EQUAL(address_format(&address, true, text), "-");
	CU_ASSERT_EQUAL(address_from(&address, &other), -EAFNOSUPPORT);
	CU_ASSERT_EQUAL(address_port(&address), 0);
	inet_pton(AF_INET6, "::ffff:127.0.0.1", &v6.sin6_addr);
	CU_ASSERT_EQUAL(address_from(&address, (struct sockaddr *)&v6), 0);
	CU_ASSERT_STRING_EQUAL(address_format(&address, true, text), "127.0.0.1:80");
	CU_ASSERT(address_is_loopback(&address));
	CU_ASSERT_EQUAL(address_len(&address), sizeof(struct sockaddr_in));
	inet_pton(AF_INET, "192.0.2.7", &v4.sin_addr);
	CU_ASSERT_EQUAL(address_from(&address, (struct sockaddr *)&v4), 0);
	CU_ASSERT_STRING_EQUAL(address_format(&address, true, text), "192.0.2.7:81");
}

static void loopback(void)
{
	static const struct {
		const char *text;
		bool is_loopback;
	} rows[] = {
		{ "127.0.0.1", true },    { "127.255.255.254", true },  { "::1", true },
		{ "128.0.0.1", false },   { "126.255.255.255", false }, { "::2", false },
		{ "0.0.0.0", false },     { "::ffff:127.0.0.1", true }, { "::", false },
		{ "::127.0.0.1", false },
	};
	struct address none = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct address address = parsed(rows[i].text);

		CU_ASSERT_EQUAL(address_is_loopback(&address), rows[i].is_loopback);
	}
	CU_ASSERT_FALSE(address_is_loopback(&none));
}

static void networks(void)
{
	static const struct {
		const char *network, *address;
		bool holds;
	} rows[] = {
		{ "10.0.0.0/8", "10.255.0.1", true },
		{ "10.0.0.0/8", "11.0.0.1", false },
		{ "192.0.2.0/25", "192.0.2.127", true },
		{ "192.0.2.0/25", "192.0.2.128", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "0.0.0.0/0", "203.0.113.1", true },
		{ "0.0.0.0/0", "::1", false },
		{ "::/0", "203.0.113.1", false },
		{ "::/0", "2001:db8::1", true },
		{ "fd00::/8", "fdff::1", true },
		{ "[fd00::]/8", "fe00::1", false },
		{ "2001:db8::/127", "2001:db8::1", true },
		{ "2001:db8::/127", "2001:db8::2", false },
		{ "::1/128", "::1", true },
		{ "::ffff:10.0.0.0/104", "10.1.2.3", true },
		{ "::ffff:10.0.0.0/104", "11.1.2.3", false },
		{ "::ffff:10.0.0.1", "10.0.0.1", true },
	};
	static const char *const bad[] = {
		"",
		"10.0.0.0/33",
		"10.0.0.0/",
		"10.0.0.0/-1",
		"/8",
		"::/129",
		"10.0.0.0/8/8",
		"localhost",
		"10.0.0.0/a",
		"::ffff:10.0.0.0/95",
		"10.0.0.0/0x8",
		"*",
	};
	struct network network;
	struct address none = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct address address = parsed(rows[i].address);

		CU_ASSERT_EQUAL_FATAL(network_parse(&network, rows[i].network), 0);
		CU_ASSERT_EQUAL(network_holds(&network, &address), rows[i].holds);
		CU_ASSERT_FALSE(network_holds(&network, &none));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(network_parse(&network, bad[i]), -EINVAL);
}

static void same_host(void)
{
	struct address none = { 0 }, a = parsed("192.0.2.1"), b = parsed("192.0.2.2");
	struct address link = parsed("fe80::1"), other = link;

	CU_ASSERT(address_is_host(&a, &a));
	CU_ASSERT_FALSE(address_is_host(&a, &b));
	CU_ASSERT_FALSE(address_is_host(&none, &none));
	CU_ASSERT_FALSE(address_is_host(&none, &a));
	CU_ASSERT_FALSE(address_is_host(&a, &link));
	a.to.v4.sin_port = htons(80);
	b = parsed("192.0.2.1");
	CU_ASSERT(address_is_host(&a, &b));
	link.to.v6.sin6_scope_id = 2;
	CU_ASSERT(address_is_host(&link, &other));
	other.to.v6.sin6_scope_id = 3;
	CU_ASSERT_FALSE(address_is_host(&link, &other));
}

static void keys(void)
{
	static const char *const different[] = { "0.0.0.0",       "0.0.0.1", "192.0.2.1",
						 "192.0.2.2",     "::1",     "2001:db8::",
						 "2001:db8:0:1::" };
	size_t count = sizeof(different) / sizeof(different[0]);
	struct address none = { 0 }, a = parsed("2001:db8::1"), b = parsed("2001:db8::ffff:2");

	CU_ASSERT_EQUAL(address_key(&a), address_key(&b));
	CU_ASSERT_NOT_EQUAL(address_key(&none), 0);
	for (size_t i = 0; i < count; i++) {
		a = parsed(different[i]);
		CU_ASSERT_NOT_EQUAL(address_key(&a), 0);
		for (size_t j = 0; j < i; j++) {
			b = parsed(different[j]);
			CU_ASSERT_NOT_EQUAL(address_key(&a), address_key(&b));
		}
	}
}

static const struct unit_test tests[] = {
	{ "good text", good_text },       { "bad text", bad_text }, { "with port", with_port },
	{ "from a socket", from_socket }, { "loopback", loopback }, { "networks", networks },
	{ "same host", same_host },       { "keys", keys },
};

int main(void)
{
	return unit_run("http_address", tests, sizeof(tests) / sizeof(tests[0]));
}
