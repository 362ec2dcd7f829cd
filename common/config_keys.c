/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys of the configuration file, and how a value's text becomes a field of struct config. */
#include "common/config_keys.h"

#include "common/parse.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DAY_S 86400
#define MIB   (1024.0 * 1024)

#define STRING_MAX_BYTES 4095 /* PATH_MAX, the longest that any of them may be */
#define LIST_MAX         256

static const char *const unavailable_words[] = {
	[CONFIG_UNAVAILABLE_FAIL] = "fail",
	[CONFIG_UNAVAILABLE_BLOCK] = "block",
	NULL,
};

static const char *const conditioning_words[] = {
	[CONFIG_CONDITIONING_NONE] = "none",
	[CONFIG_CONDITIONING_SHA256] = "sha256",
	NULL,
};

static const char *const anonymous_words[] = {
	[CONFIG_ANONYMOUS_AUTO] = "auto",
	[CONFIG_ANONYMOUS_NONE] = "none",
	[CONFIG_ANONYMOUS_READER] = "reader",
	[CONFIG_ANONYMOUS_OPERATOR] = "operator",
	NULL,
};

#define AT(field)  .offset = offsetof(struct config, field)
#define HTTPD(key) .section = "httpd", .name = #key, AT(httpd.key)

static const struct config_key keys[] = {
	{ .name = "port", .kind = CONFIG_STRING, AT(port), .fallback = "auto" },
	/* From the slowest UART in use to the fastest Linux names (B4000000). */
	{ .name = "baud_rate", .kind = CONFIG_UNSIGNED, AT(baud_rate), .min = 300, .max = 4e6 },
	{ .name = "profile", .kind = CONFIG_STRING, AT(profile), .fallback = "nodemcu" },
	{ .name = "mountpoint", .kind = CONFIG_STRING, AT(mountpoint) },
	{ .name = "autostart", .kind = CONFIG_BOOL, AT(autostart) },
	{ .name = "init_timeout_s",
	  .kind = CONFIG_UNSIGNED,
	  AT(init_timeout_s),
	  .min = 1,
	  .max = DAY_S },
	{ .name = "unavailable",
	  .kind = CONFIG_CHOICE,
	  AT(unavailable),
	  .words = unavailable_words },
	/* At least the 256 bytes that a read is filled whole with; at most what may be locked. */
	{ .name = "pool_capacity",
	  .kind = CONFIG_SIZE,
	  AT(pool_capacity_bytes),
	  .min = 256,
	  .max = 64 * MIB },
	/* Of 100 bytes at most 100 are equal: a limit of 100 could never fire. */
	{ .name = "total_failure_limit",
	  .kind = CONFIG_UNSIGNED,
	  AT(total_failure_limit),
	  .min = 1,
	  .max = 99 },
	/* Above 1000 a test would mostly cry wolf; 1e-9 is one in the age of the oldest rocks. */
	{ .name = "false_alarms_per_year",
	  .kind = CONFIG_DOUBLE,
	  AT(false_alarms_per_year),
	  .min = 1e-9,
	  .max = 1000 },
	/* Below 0.1 bit the proportion test's cutoff exceeds its window: nothing would be tested.
	 */
	{ .name = "health_entropy",
	  .kind = CONFIG_DOUBLE,
	  AT(health_entropy),
	  .min = 0.1,
	  .max = 8 },
	{ .name = "assessed_entropy",
	  .kind = CONFIG_DOUBLE,
	  AT(assessed_entropy),
	  .min = 1e-3,
	  .max = 8 },
	{ .name = "max_alarms", .kind = CONFIG_UNSIGNED, AT(max_alarms), .min = 1, .max = 1000 },
	{ .name = "alarm_window_chunks",
	  .kind = CONFIG_UNSIGNED,
	  AT(alarm_window_chunks),
	  .min = 1,
	  .max = 1e6 },
	{ .name = "conditioning",
	  .kind = CONFIG_CHOICE,
	  AT(conditioning),
	  .words = conditioning_words },
	/* A reseed a second is more than any source here can feed; none for a day is none. */
	{ .name = "reseed_s", .kind = CONFIG_UNSIGNED, AT(reseed_s), .min = 1, .max = DAY_S },
	{ .name = "drbg_grace_s",
	  .kind = CONFIG_UNSIGNED,
	  AT(drbg_grace_s),
	  .min = 0,
	  .max = DAY_S },
	{ .name = "kernel_feed_s",
	  .kind = CONFIG_UNSIGNED,
	  AT(kernel_feed_s),
	  .min = 0,
	  .max = DAY_S },
	{ .name = "causality_test_h",
	  .kind = CONFIG_UNSIGNED,
	  AT(causality_test_h),
	  .min = 0,
	  .max = 8760 },
	{ .name = "state_dir", .kind = CONFIG_STRING, AT(state_dir) },
	{ .name = "settle_ms", .kind = CONFIG_INT, AT(settle_ms), .min = 0, .max = 600e3 },
	{ .name = "word_gap_ms", .kind = CONFIG_INT, AT(word_gap_ms), .min = 0, .max = 60e3 },
	{ .name = "open_delay_ms", .kind = CONFIG_INT, AT(open_delay_ms), .min = 0, .max = 60e3 },
	{ .name = "silence_ms", .kind = CONFIG_INT, AT(silence_ms), .min = 1, .max = 3600e3 },
	{ .name = "rate_bit_s", .kind = CONFIG_DOUBLE, AT(rate_bit_s), .min = 0.1, .max = 1e9 },

	{ HTTPD(listen), .kind = CONFIG_LIST },
	{ HTTPD(tls_certificate), .kind = CONFIG_STRING },
	{ HTTPD(tls_key), .kind = CONFIG_STRING },
	{ HTTPD(tls_client_ca), .kind = CONFIG_STRING },
	{ HTTPD(tokens), .kind = CONFIG_STRING },
	{ HTTPD(cors_origins), .kind = CONFIG_LIST },
	{ HTTPD(anonymous), .kind = CONFIG_CHOICE, .words = anonymous_words },
	{ HTTPD(allow_insecure), .kind = CONFIG_BOOL },
	{ HTTPD(trusted_proxies), .kind = CONFIG_LIST },
	{ HTTPD(server_names), .kind = CONFIG_LIST },
	{ HTTPD(request_timeout_s), .kind = CONFIG_UNSIGNED, .min = 1, .max = DAY_S },
	{ HTTPD(header_timeout_s), .kind = CONFIG_UNSIGNED, .min = 1, .max = 3600 },
	/* Each connection is a descriptor, and a process has a million at most (fs.nr_open). */
	{ HTTPD(max_connections), .kind = CONFIG_UNSIGNED, .min = 1, .max = 1e6 },
	{ HTTPD(max_connections_per_address), .kind = CONFIG_UNSIGNED, .min = 0, .max = 1e6 },
	{ HTTPD(max_requests_per_s), .kind = CONFIG_UNSIGNED, .min = 0, .max = 1e6 },
	/* 2^43 bits are 1 TiB: beyond any disk this writes to, far below overflow of a sum. */
	{ HTTPD(max_request_bits), .kind = CONFIG_U64, .min = 1, .max = 8 * MIB * MIB },
	{ HTTPD(max_file_bits), .kind = CONFIG_U64, .min = 1, .max = 8 * MIB * MIB },
	{ HTTPD(max_files_bytes), .kind = CONFIG_U64, .min = 1, .max = 8 * MIB * MIB },
	{ HTTPD(max_file_age_s), .kind = CONFIG_U64, .min = 1, .max = 36500.0 * DAY_S },
	{ HTTPD(max_waiting_bytes), .kind = CONFIG_U64, .min = 4096, .max = 64 * 1024 * MIB },
	{ HTTPD(ui_dir), .kind = CONFIG_STRING },
	{ HTTPD(dygraphs_dir), .kind = CONFIG_STRING },
	{ HTTPD(state_dir), .kind = CONFIG_STRING },
	{ HTTPD(access_log), .kind = CONFIG_STRING },
};

/* What one value's text says. */
union value {
	uint64_t number;
	double real;
	bool truth;
	int choice;
};

_Static_assert(sizeof(keys) / sizeof(keys[0]) <= CONFIG_MOST_KEYS,
	       "struct config has a place each");

const struct config_key *config_key_at(size_t index)
{
	return index < sizeof(keys) / sizeof(keys[0]) ? &keys[index] : NULL;
}

static bool is_in_section(const struct config_key *key, const char *section)
{
	return key->section && section ? !strcmp(key->section, section) : key->section == section;
}

size_t config_key_index(const struct config_key *key)
{
	return (size_t)(key - keys);
}

const struct config_key *config_key_find(const char *section, const char *name, size_t len)
{
	const struct config_key *key;

	for (size_t i = 0; (key = config_key_at(i)) != NULL; i++)
		if (is_in_section(key, section) && strlen(key->name) == len &&
		    !memcmp(key->name, name, len))
			return key;
	return NULL;
}

/* Starts the reason with the refused text itself, cut where a person stops reading. */
static int refuse(struct text *why, const char *value, const char *reason)
{
	text_add(why, "\"");
	text_add_escaped(why, value, strnlen(value, 60));
	text_add(why, "\" %s", reason);
	return -EINVAL;
}

static int refuse_number(const struct config_key *key, const char *value, int error,
			 struct text *why)
{
	if (error == -EINVAL)
		return refuse(why, value,
			      key->kind == CONFIG_DOUBLE ? "is no decimal number"
							 : "is no whole number");
	refuse(why, value, "is not between");
	text_add(why, " %.10g and %.10g", key->min, key->max);
	return -EINVAL;
}

static int read_bool(const char *value, bool *out, struct text *why)
{
	static const char *const words[] = { "false", "true", "no", "yes", "off", "on" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcasecmp(value, words[i])) {
			*out = i & 1;
			return 0;
		}
	}
	return refuse(why, value, "is neither true nor false");
}

static int read_choice(const struct config_key *key, const char *value, int *out, struct text *why)
{
	for (int i = 0; key->words[i]; i++) {
		if (!strcmp(value, key->words[i])) {
			*out = i;
			return 0;
		}
	}
	refuse(why, value, "is none of");
	for (int i = 0; key->words[i]; i++)
		text_add(why, " %s", key->words[i]);
	return -EINVAL;
}

static int check_string(const struct config_key *key, const char *value, struct text *why)
{
	if (!*value && (key->fallback || key->kind == CONFIG_LIST))
		return refuse(why, value, "is empty");
	if (strnlen(value, STRING_MAX_BYTES + 1) > STRING_MAX_BYTES)
		return refuse(why, value, "is too long");
	for (const char *at = value; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return refuse(why, value, "contains a control character");
	return 0;
}

static int read_value(const struct config_key *key, const char *value, union value *out,
		      struct text *why)
{
	int ret;

	switch (key->kind) {
	case CONFIG_UNSIGNED:
	case CONFIG_INT:
	case CONFIG_SIZE:
	case CONFIG_U64:
		ret = parse_u64(value, (uint64_t)key->min, (uint64_t)key->max, &out->number);
		return ret ? refuse_number(key, value, ret, why) : 0;
	case CONFIG_DOUBLE:
		ret = parse_double(value, key->min, key->max, &out->real);
		return ret ? refuse_number(key, value, ret, why) : 0;
	case CONFIG_BOOL:
		return read_bool(value, &out->truth, why);
	case CONFIG_CHOICE:
		return read_choice(key, value, &out->choice, why);
	case CONFIG_STRING:
	case CONFIG_LIST:
		break;
	}
	return check_string(key, value, why);
}

int config_key_check(const struct config_key *key, const char *value, struct text *why)
{
	union value ignored;

	return read_value(key, value, &ignored, why);
}

static void free_list(struct config_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct config_list){ 0 };
}

void config_key_reset(struct config *config, const struct config_key *key)
{
	void *field = (char *)config + key->offset;

	if (key->kind == CONFIG_LIST) {
		free_list(field);
	} else if (key->kind == CONFIG_STRING) {
		free(*(char **)field);
		*(char **)field = NULL;
	}
}

static int store_string(char **field, const char *value)
{
	if (!*value)
		return 0;
	*field = strdup(value);
	return *field ? 0 : -ENOMEM;
}

static int store_list(struct config_list *list, char *const *values, size_t count)
{
	list->items = calloc(count ? count : 1, sizeof(*list->items));
	if (!list->items)
		return -ENOMEM;
	for (; list->count < count; list->count++) {
		list->items[list->count] = strdup(values[list->count]);
		if (!list->items[list->count])
			return -ENOMEM;
	}
	return 0;
}

/* @value is the last of @values, read; choices are stored as the int that an enum is. */
static int store(void *field, enum config_kind kind, const union value *value, char *const *values,
		 size_t count)
{
	switch (kind) {
	case CONFIG_UNSIGNED:
		*(unsigned *)field = (unsigned)value->number;
		break;
	case CONFIG_INT:
		*(int *)field = (int)value->number;
		break;
	case CONFIG_SIZE:
		*(size_t *)field = (size_t)value->number;
		break;
	case CONFIG_U64:
		*(unsigned long long *)field = value->number;
		break;
	case CONFIG_DOUBLE:
		*(double *)field = value->real;
		break;
	case CONFIG_BOOL:
		*(bool *)field = value->truth;
		break;
	case CONFIG_CHOICE:
		*(int *)field = value->choice;
		break;
	case CONFIG_STRING:
		return store_string(field, values[count - 1]);
	case CONFIG_LIST:
		return store_list(field, values, count);
	}
	return 0;
}

_Static_assert(sizeof(enum config_unavailable) == sizeof(int) &&
		       sizeof(enum config_anonymous) == sizeof(int),
	       "choices are stored as int");

int config_key_set(struct config *config, const struct config_key *key, char *const *values,
		   size_t count, struct text *why)
{
	union value value = { 0 };
	int ret = 0;

	if (count > LIST_MAX)
		return refuse(why, values[LIST_MAX], "is one item too many");
	for (size_t i = 0; i < count && !ret; i++)
		ret = read_value(key, values[i], &value, why);
	if (ret)
		return ret;
	config_key_reset(config, key);
	return store((char *)config + key->offset, key->kind, &value, values, count);
}
