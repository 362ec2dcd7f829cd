/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks through libserialport's list of ports for USB identities of the profile table. */
#include "fuse-trng/device/find.h"

#include <errno.h>
#include <libserialport.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Ports of @profile among the machine's, the first one and the paths of all for the sentence. */
struct match {
	const char *path;
	unsigned count;
	struct text all;
	char all_data[256];
};

static bool has_identity(const struct profile *profile, const struct sp_port *port)
{
	int vendor, product;

	if (sp_get_port_usb_vid_pid(port, &vendor, &product) != SP_OK)
		return false;
	for (size_t i = 0; i < PROFILE_USB_IDS && profile->usb[i].vendor; i++)
		if (profile->usb[i].vendor == (unsigned)vendor &&
		    profile->usb[i].product == (unsigned)product)
			return true;
	return false;
}

static void add_match(struct match *match, const char *path)
{
	if (match->count++ == 0)
		match->path = path;
	text_add(&match->all, "%s%s", match->all.len_bytes ? ", " : "", path);
}

static int judge(const struct match *match, const struct profile *profile, char *path,
		 size_t size_bytes, struct text *why)
{
	if (match->count == 0) {
		text_add(why, "no port has a USB device that could be a %s", profile->name);
		return -ENODEV;
	}
	if (match->count > 1) {
		text_add(why, "%u ports could be a %s (%s): name one of them as port", match->count,
			 profile->name, match->all.data);
		return -ENOTUNIQ;
	}
	if (strlen(match->path) >= size_bytes) {
		text_add(why, "the path of the %s is too long", profile->name);
		return -ENAMETOOLONG;
	}
	memcpy(path, match->path, strlen(match->path) + 1);
	return 0;
}

int find_port(const struct profile *profile, char *path, size_t size_bytes, struct text *why)
{
	struct match match = { .count = 0 };
	struct sp_port **ports;
	int err;

	if (!profile->usb[0].vendor) {
		text_add(why, "port \"auto\" cannot find a %s: the kind has no USB identity",
			 profile->name);
		return -ENOTUNIQ;
	}
	if (sp_list_ports(&ports) != SP_OK) {
		text_add(why, "the machine's serial ports cannot be listed");
		return -ENODEV;
	}
	text_init(&match.all, match.all_data, sizeof(match.all_data));
	for (size_t i = 0; ports[i]; i++)
		if (has_identity(profile, ports[i]))
			add_match(&match, sp_get_port_name(ports[i]));
	err = judge(&match, profile, path, size_bytes, why);
	sp_free_port_list(ports);
	return err;
}

static void print_port(const struct sp_port *port)
{
	const struct profile *profile;
	const char *description = sp_get_port_description(port);
	int vendor, product;
	struct text line;
	char data[1024];

	text_init(&line, data, sizeof(data));
	text_add(&line, "  %s", sp_get_port_name(port));
	if (sp_get_port_usb_vid_pid(port, &vendor, &product) == SP_OK)
		text_add(&line, "  %04x:%04x", (unsigned)vendor, (unsigned)product);
	for (size_t i = 0; (profile = profile_at(i)); i++)
		if (has_identity(profile, port))
			text_add(&line, "  profile %s", profile->name);
	text_add(&line, "  ");
	if (description) /* the device's own words */
		text_add_escaped(&line, description, strlen(description));
	puts(data);
}

int find_list(void)
{
	struct sp_port **ports;
	int count = 0;

	if (sp_list_ports(&ports) != SP_OK)
		return -ENODEV;
	for (; ports[count]; count++)
		print_port(ports[count]);
	sp_free_port_list(ports);
	return count;
}
