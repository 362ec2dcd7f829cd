/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard_forwarded: whom a trusted proxy's headers name, and that nobody can name himself. */
#include "httpd/guard_forwarded.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct row {
	const char *forwarded, *list, *real_ip, *scheme;
	const char *client; /* "-": none */
	char tells;         /* the scheme: 's' https, 'p' plain, '-' nothing */
};

/* The proxies are 127.0.0.1, ::1 and 10.0.0.0/8. */
static void check(const struct row *row)
{
	struct network items[3];
	struct networks proxies = { items, 3 };
	struct guard_headers headers = { .forwarded = row->forwarded,
					 .x_forwarded_for = row->list,
					 .x_real_ip = row->real_ip,
					 .x_forwarded_proto = row->scheme };
	char text[ADDRESS_TEXT_BYTES], tells;
	struct forwarded told;
	bool is_right;

	network_parse(&items[0], "127.0.0.1");
	network_parse(&items[1], "::1");
	network_parse(&items[2], "10.0.0.0/8");
	forwarded_read(&told, &headers, &proxies);
	tells = !told.tells_scheme ? '-' : told.is_https ? 's' : 'p';
	address_format(&told.client, false, text);
	is_right = !strcmp(text, row->client) && tells == row->tells;
	CU_ASSERT(is_right);
	if (!is_right)
		printf("Forwarded: %s, X-Forwarded-For: %s, X-Real-IP: %s: %s %c\n",
		       row->forwarded ? row->forwarded : "-", row->list ? row->list : "-",
		       row->real_ip ? row->real_ip : "-", text, tells);
}

static void lists(void)
{
	static const struct row rows[] = {
		{ .list = "203.0.113.1", .client = "203.0.113.1", .tells = '-' },
		{ .list = " 203.0.113.1\t", .client = "203.0.113.1", .tells = '-' },
		{ .list = "203.0.113.1:4711", .client = "203.0.113.1", .tells = '-' },
		{ .list = "2001:db8::1", .client = "2001:db8::1", .tells = '-' },
		{ .list = "[2001:db8::1]:80", .client = "2001:db8::1", .tells = '-' },
		{ .list = "::ffff:203.0.113.1", .client = "203.0.113.1", .tells = '-' },
		{ .list = "127.0.0.1, 203.0.113.1", .client = "203.0.113.1", .tells = '-' },
		{ .list = "198.51.100.1,203.0.113.1,10.0.0.1",
		  .client = "203.0.113.1",
		  .tells = '-' },
		{ .list = "10.0.0.9, 10.0.0.1", .client = "10.0.0.9", .tells = '-' },
		{ .list = "127.0.0.1", .client = "127.0.0.1", .tells = '-' },
		{ .list = "127.0.0.1, unknown", .client = "-", .tells = '-' },
		{ .list = "127.0.0.1, unknown, 10.0.0.1", .client = "-", .tells = '-' },
		{ .list = "unknown, 203.0.113.1", .client = "203.0.113.1", .tells = '-' },
		{ .list = "127.0.0.1,", .client = "-", .tells = '-' },
		{ .list = ",203.0.113.1", .client = "203.0.113.1", .tells = '-' },
		{ .list = "", .client = "-", .tells = '-' },
		{ .list = " ", .client = "-", .tells = '-' },
		{ .list = ":", .client = "-", .tells = '-' },
		{ .list = "[", .client = "-", .tells = '-' },
		{ .list = "127.0.0.1 203.0.113.1", .client = "-", .tells = '-' },
		{ .list = "localhost", .client = "-", .tells = '-' },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		check(&rows[i]);
}

static void forwarded(void)
{
	static const struct row rows[] = {
		{ .forwarded = "for=203.0.113.1", .client = "203.0.113.1", .tells = '-' },
		{ .forwarded = "For=\"203.0.113.1:80\"; By=10.0.0.1 ;Proto=HTTPS",
		  .client = "203.0.113.1",
		  .tells = 's' },
		{ .forwarded = "proto=http;for=\"[2001:db8::1]:80\"",
		  .client = "2001:db8::1",
		  .tells = 'p' },
		{ .forwarded = "for=\"[2001:db8::1]\"", .client = "2001:db8::1", .tells = '-' },
		{ .forwarded = "for=\"\\203.0.113.1\"", .client = "203.0.113.1", .tells = '-' },
		{ .forwarded = "for=127.0.0.1;proto=https, for=203.0.113.1;proto=http",
		  .client = "203.0.113.1",
		  .tells = 'p' },
		{ .forwarded = "for=203.0.113.1;proto=https, for=10.0.0.1;proto=http",
		  .client = "203.0.113.1",
		  .tells = 's' },
		{ .forwarded = "for=127.0.0.1", .client = "127.0.0.1", .tells = '-' },
		{ .forwarded = "for=127.0.0.1, for=_hidden", .client = "-", .tells = '-' },
		{ .forwarded = "for=127.0.0.1, by=10.0.0.1", .client = "-", .tells = '-' },
		{ .forwarded = "for=127.0.0.1,", .client = "-", .tells = '-' },
		{ .forwarded = "for=127.0.0.1;", .client = "127.0.0.1", .tells = '-' },
		{ .forwarded = "", .client = "-", .tells = '-' },
		{ .forwarded = "proto=https", .client = "-", .tells = 's' },
		/* quotes that swallow what a proxy appended */
		{ .forwarded = "for=127.0.0.1;x=\", for=203.0.113.1", .client = "-", .tells = '-' },
		{ .forwarded = "for=127.0.0.1;x=\", for=\"203.0.113.1:80\"",
		  .client = "-",
		  .tells = '-' },
		{ .forwarded = "for=127.0.0.1;x=\"\\, for=203.0.113.1",
		  .client = "-",
		  .tells = '-' },
		{ .forwarded = "for=127.0.0.1;x=\"a\\", .client = "-", .tells = '-' },
		{ .forwarded = "for=127.0.0.1;x=\"a\"b, for=203.0.113.1",
		  .client = "-",
		  .tells = '-' },
		{ .forwarded = "for=127.0.0.1 proto=http", .client = "-", .tells = '-' },
		{ .forwarded = "for", .client = "-", .tells = '-' },
		{ .forwarded = "=127.0.0.1", .client = "-", .tells = '-' },
		{ .forwarded = "for =127.0.0.1", .client = "-", .tells = '-' },
		{ .forwarded = "for=", .client = "-", .tells = '-' },
		{ .forwarded = "xfor=127.0.0.1", .client = "-", .tells = '-' },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		check(&rows[i]);
}

/* The proxy writes one of them; what the caller wrote into another does him no good. */
static void together(void)
{
	static const struct row rows[] = {
		{ "for=203.0.113.1", "203.0.113.1", "203.0.113.1", NULL, "203.0.113.1", '-' },
		{ "for=127.0.0.1", "203.0.113.1", NULL, NULL, "203.0.113.1", '-' },
		{ NULL, "127.0.0.1", "203.0.113.1", NULL, "203.0.113.1", '-' },
		{ NULL, "203.0.113.1", "127.0.0.1", NULL, "203.0.113.1", '-' },
		{ "for=127.0.0.9", "203.0.113.1", NULL, NULL, "-", '-' },
		{ NULL, "198.51.100.1", "203.0.113.1", NULL, "-", '-' },
		{ "for=203.0.113.2", "203.0.113.1", NULL, NULL, "-", '-' },
		{ "for=\"", "203.0.113.1", NULL, NULL, "-", '-' },
		{ NULL, "127.0.0.1", "10.0.0.1", NULL, "-", '-' },
		{ NULL, NULL, "203.0.113.1, 203.0.113.1", NULL, "-", '-' },
		{ NULL, NULL, "127.0.0.1", "https", "127.0.0.1", 's' },
		{ NULL, NULL, NULL, "https", "-", 's' },
		{ NULL, NULL, NULL, "HTTPS", "-", 's' },
		{ NULL, NULL, NULL, "https, http", "-", 'p' },
		{ NULL, NULL, NULL, "", "-", 'p' },
		{ "for=203.0.113.1;proto=http", NULL, NULL, "https", "203.0.113.1", 'p' },
		{ "for=203.0.113.1;proto=https", NULL, NULL, "https", "203.0.113.1", 's' },
		{ "for=203.0.113.1;proto=https", NULL, NULL, "http", "203.0.113.1", 'p' },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		check(&rows[i]);
}

static void too_long(void)
{
	char *text = malloc(GUARD_MOST_HEADER_BYTES + 2);
	struct row row = { .list = text, .client = "127.0.0.1", .tells = '-' };

	memset(text, ' ', GUARD_MOST_HEADER_BYTES + 1);
	memcpy(text, "127.0.0.1", 9);
	text[GUARD_MOST_HEADER_BYTES] = '\0';
	check(&row);
	text[GUARD_MOST_HEADER_BYTES] = ' ';
	text[GUARD_MOST_HEADER_BYTES + 1] = '\0';
	row.client = "-";
	check(&row);
	memset(text, '1', GUARD_MOST_HEADER_BYTES);
	text[GUARD_MOST_HEADER_BYTES] = '\0';
	check(&row);
	row.list = NULL;
	row.forwarded = text;
	memcpy(text, "for=", 4);
	check(&row);
	free(text);
}

static const struct unit_test tests[] = {
	{ "lists", lists },
	{ "Forwarded", forwarded },
	{ "together", together },
	{ "too long", too_long },
};

int main(void)
{
	return unit_run("http_guard_forwarded", tests, COUNT(tests));
}
