/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of find: the machine's ports are those of this program, whose functions come before
 * libserialport's of the same names when it is linked.
 */
#include "fuse-trng/device/find.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>

#include <errno.h>
#include <libserialport.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sp_port {
	char *name; /* NULL: no port */
	int vendor; /* 0: no USB device */
	int product;
};

static struct sp_port listed[4];
static enum sp_return list_result;
static char why_data[512];

enum sp_return sp_list_ports(struct sp_port ***list_ptr)
{
	size_t count = 0;

	if (list_result != SP_OK)
		return list_result;
	*list_ptr = calloc(5, sizeof(**list_ptr));
	for (size_t i = 0; i < 4; i++)
		if (listed[i].name)
			(*list_ptr)[count++] = &listed[i];
	return SP_OK;
}

void sp_free_port_list(struct sp_port **ports)
{
	free(ports);
}

enum sp_return sp_get_port_usb_vid_pid(const struct sp_port *port, int *usb_vid, int *usb_pid)
{
	if (!port->vendor)
		return SP_ERR_SUPP;
	*usb_vid = port->vendor;
	*usb_pid = port->product;
	return SP_OK;
}

char *sp_get_port_name(const struct sp_port *port)
{
	return port->name;
}

char *sp_get_port_description(const struct sp_port *port)
{
	static char forged[] = "a\033[2Jb\nc";

	return port->vendor ? forged : NULL;
}

static int find(const char *profile, char *path, size_t size_bytes)
{
	struct text why;

	text_init(&why, why_data, sizeof(why_data));
	return find_port(profile_find(profile), path, size_bytes, &why);
}

static void test_find(void)
{
	static char ttyS0[] = "/dev/ttyS0", usb0[] = "/dev/ttyUSB0", usb1[] = "/dev/ttyUSB1",
		    acm0[] = "/dev/ttyACM0";
	char path[32] = "untouched";

	memset(listed, 0, sizeof(listed));
	CU_ASSERT_EQUAL(find("nodemcu", path, sizeof(path)), -ENODEV);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(why_data, "no port has a USB device that could be a nodemcu"));
	listed[0] = (struct sp_port){ ttyS0, 0, 0 };
	listed[1] = (struct sp_port){ usb0, 0x1a86, 0x7523 };
	listed[2] = (struct sp_port){ acm0, 0x04d8, 0xf5fe };
	CU_ASSERT_EQUAL(find("onerng", path, sizeof(path)), -ENODEV);
	CU_ASSERT_EQUAL(find("nodemcu", path, 4), -ENAMETOOLONG);
	CU_ASSERT_STRING_EQUAL(path, "untouched");
	CU_ASSERT_EQUAL(find("nodemcu", path, sizeof(path)), 0);
	CU_ASSERT_STRING_EQUAL(path, usb0);
	CU_ASSERT_EQUAL(find("truerng", path, sizeof(path)), 0);
	CU_ASSERT_STRING_EQUAL(path, acm0);
	listed[3] = (struct sp_port){ usb1, 0x10c4, 0xea60 };
	CU_ASSERT_EQUAL(find("nodemcu", path, sizeof(path)), -ENOTUNIQ);
	CU_ASSERT_PTR_NOT_NULL(strstr(why_data, "/dev/ttyUSB0, /dev/ttyUSB1"));
	CU_ASSERT_EQUAL(find("stream", path, sizeof(path)), -ENOTUNIQ);
	CU_ASSERT_PTR_NOT_NULL(strstr(why_data, "no USB identity"));
	list_result = SP_ERR_FAIL;
	CU_ASSERT_EQUAL(find("nodemcu", path, sizeof(path)), -ENODEV);
	CU_ASSERT_EQUAL(find_list(), -ENODEV);
	list_result = SP_OK;
}

/* What a device says of itself must not steer the terminal. */
static void test_list(void)
{
	static char usb0[] = "/dev/ttyUSB0", ttyS0[] = "/dev/ttyS0";
	char text[512] = "";
	int ends[2], out = dup(STDOUT_FILENO);

	memset(listed, 0, sizeof(listed));
	listed[0] = (struct sp_port){ usb0, 0x10c4, 0xea60 };
	listed[1] = (struct sp_port){ ttyS0, 0, 0 };
	fflush(stdout);
	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	dup2(ends[1], STDOUT_FILENO);
	int count = find_list();
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	close(ends[1]);
	CU_ASSERT_EQUAL(count, 2);
	CU_ASSERT(read(ends[0], text, sizeof(text) - 1) > 0);
	close(ends[0]);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "/dev/ttyUSB0  10c4:ea60  profile nodemcu  a\\x1b[2Jb"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "  /dev/ttyS0"));
	CU_ASSERT_PTR_NULL(strchr(text, '\033'));
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "auto finds the one port", test_find },
		{ "ports are listed", test_list },
	};

	return unit_run("find", tests, sizeof(tests) / sizeof(tests[0]));
}
