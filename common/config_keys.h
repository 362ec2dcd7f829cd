/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config_keys - THE table of configuration keys: type, range and place of each. */
#ifndef TRNG_COMMON_CONFIG_KEYS_H
#define TRNG_COMMON_CONFIG_KEYS_H

#include "common/config.h"
#include "common/text.h"

enum config_kind {
	CONFIG_UNSIGNED, /* unsigned */
	CONFIG_INT,      /* int */
	CONFIG_SIZE,     /* size_t */
	CONFIG_U64,      /* unsigned long long */
	CONFIG_DOUBLE,
	CONFIG_BOOL,
	CONFIG_CHOICE, /* an enum: index into words */
	CONFIG_STRING, /* char *, NULL when empty and no default */
	CONFIG_LIST    /* struct config_list */
};

struct config_key {
	const char *section; /* NULL: top level */
	const char *name;
	enum config_kind kind;
	size_t offset;            /* in struct config */
	double min, max;          /* of numbers, both included */
	const char *const *words; /* of a choice, in the order of its enum, ended by NULL */
	const char *fallback;     /* of a string */
};

/** config_key_at - row @index, NULL past the end. */
const struct config_key *config_key_at(size_t index);

/** config_key_index - which row @key is. */
size_t config_key_index(const struct config_key *key);

/** config_key_find - the row of @name (@len bytes) in @section (NULL: top level), or NULL. */
const struct config_key *config_key_find(const char *section, const char *name, size_t len);

/**
 * config_key_check - whether @value may be given to @key (to a list: as one of its items).
 * @why: gets the reason, without the key, on failure.
 * Return: 0, or -EINVAL.
 */
int config_key_check(const struct config_key *key, const char *value, struct text *why);

/**
 * config_key_set - give @key its value: the last of @values, or, for a list, all of them.
 *
 * State:  replaces what @config had, releasing it.
 * Return: as config_key_check(); -ENOMEM.
 */
int config_key_set(struct config *config, const struct config_key *key, char *const *values,
		   size_t count, struct text *why);

/** config_key_reset - release what @key holds in @config. */
void config_key_reset(struct config *config, const struct config_key *key);

#endif
