/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loads the configuration: libConfuse knows the grammar, config_keys the meaning of each value. */
#include "common/config.h"

#include "common/config_keys.h"
#include "common/config_source.h"

#include <confuse.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLACE_OVERRIDE (-1) /* the value came with -o */

static const struct config defaults = {
	.init_timeout_s = 60,
	.pool_capacity_bytes = 65536,
	.false_alarms_per_year = 0.1,
	.max_alarms = 5,
	.alarm_window_chunks = 300,
	.reseed_s = 300,
	.drbg_grace_s = 3600,
	.settle_ms = -1,
	.word_gap_ms = -1,
	.open_delay_ms = -1,
	.silence_ms = -1,
	.httpd.request_timeout_s = 900,
	.httpd.header_timeout_s = 30,
	.httpd.max_connections = 4096,
	.httpd.max_connections_per_address = 64,
	.httpd.max_requests_per_s = 50,
	.httpd.max_request_bits = 1ULL << 23,
	.httpd.max_file_bits = 1ULL << 33,
	.httpd.max_files_bytes = 16ULL << 30,
	.httpd.max_file_age_s = 7 * 86400,
	.httpd.max_waiting_bytes = 64ULL << 20,
};

__attribute__((format(printf, 2, 0))) static void complain_syntax(cfg_t *cfg, const char *format,
								  va_list args)
{
	char text[300];

	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	config_complain(cfg->filename, cfg->line, "%s", text);
}

static const char *section_of(const cfg_t *cfg)
{
	return strcmp(cfg->name, "httpd") ? NULL : cfg->name;
}

/* libConfuse has room for a comment on each option and forgets its line: the one keeps the other.
 */
static void remember_line(cfg_opt_t *opt, int line)
{
	char digits[16];

	snprintf(digits, sizeof(digits), "%d", line);
	cfg_opt_setcomment(opt, digits);
}

/* Called by libConfuse after each value, while it still knows the line. */
static int check_value(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct config_key *key =
		config_key_find(section_of(cfg), opt->name, strlen(opt->name));
	unsigned count = cfg_opt_size(opt);
	const char *value = count ? cfg_opt_getnstr(opt, count - 1) : NULL;
	struct text why;
	char reason[200];

	if (!key || !value)
		return 0;
	text_init(&why, reason, sizeof(reason));
	if (!config_key_check(key, value, &why)) {
		remember_line(opt, cfg->line);
		return 0;
	}
	config_complain(cfg->filename, cfg->line, "%s: %s", opt->name, reason);
	return -1;
}

/* Every key is text to libConfuse: its own numbers take octal, hex, "nan" and the locale's comma.
 */
static size_t describe(cfg_opt_t *opts, const char *section)
{
	const struct config_key *key;
	size_t count = 0;

	for (size_t i = 0; (key = config_key_at(i)) != NULL && count < CONFIG_MOST_KEYS; i++) {
		cfg_opt_t opt = CFG_STR(key->name, NULL, CFGF_NODEFAULT);

		if ((section == NULL) != (key->section == NULL))
			continue;
		if (key->kind == CONFIG_LIST)
			opt.flags |= CFGF_LIST;
		opt.validcb = check_value;
		opts[count++] = opt;
	}
	return count;
}

static int take(struct config *config, const struct config_key *key, cfg_opt_t *opt)
{
	size_t count = cfg_opt_size(opt);
	struct text why;
	char reason[200];
	char **values;
	int ret;

	if (!count)
		return 0;
	values = calloc(count, sizeof(*values));
	if (!values)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++)
		values[i] = cfg_opt_getnstr(opt, i);
	text_init(&why, reason, sizeof(reason));
	ret = config_key_set(config, key, values, count, &why);
	if (ret == -EINVAL)
		config_complain(opt->name, 0, "%s", reason);
	free(values);
	return ret;
}

static int take_all(struct config *config, cfg_t *cfg)
{
	cfg_t *httpd = cfg_size(cfg, "httpd") ? cfg_getsec(cfg, "httpd") : NULL;
	const struct config_key *key;
	int ret = 0;

	for (size_t i = 0; !ret && (key = config_key_at(i)) != NULL; i++) {
		cfg_t *section = key->section ? httpd : cfg;
		cfg_opt_t *opt = section ? cfg_getopt(section, key->name) : NULL;

		if (!opt)
			continue;
		ret = take(config, key, opt);
		if (cfg_opt_getcomment(opt))
			config->place[i] = atoi(cfg_opt_getcomment(opt));
	}
	return ret;
}

static int parse_text(struct config *config, const char *path, char *text, size_t len_bytes)
{
	cfg_opt_t top[CONFIG_MOST_KEYS + 2] = { 0 }, httpd[CONFIG_MOST_KEYS + 1] = { 0 };
	size_t count = describe(top, NULL);
	FILE *stream = fmemopen(text, len_bytes, "r");
	cfg_t *cfg;
	int ret = -ENOMEM;

	describe(httpd, "httpd");
	top[count] = (cfg_opt_t)CFG_SEC("httpd", httpd, CFGF_NODEFAULT);
	cfg = cfg_init(top, CFGF_NONE);
	if (!cfg || !stream)
		goto out;
	cfg->filename = strdup(path);
	if (!cfg->filename)
		goto out;
	cfg_set_error_function(cfg, complain_syntax);
	ret = cfg_parse_fp(cfg, stream) == CFG_SUCCESS ? take_all(config, cfg) : -EINVAL;
out:
	if (cfg)
		cfg_free(cfg);
	if (stream)
		fclose(stream);
	return ret;
}

static int load_file(struct config *config, const char *path)
{
	size_t len_bytes = 0;
	char *text = NULL;
	int ret;

	ret = config_source_read(path, &text, &len_bytes);
	if (ret)
		return ret;
	ret = config_source_clean(path, text, len_bytes);
	if (!ret && len_bytes > 0)
		ret = parse_text(config, path, text, len_bytes);
	free(text);
	return ret;
}

/* Cuts @value at its commas into a list that points into it; "" is the empty list. */
static int set_list(struct config *config, const struct config_key *key, char *value,
		    struct text *why)
{
	size_t count = 0, commas = 0;
	char **items;
	char *item;
	int ret;

	for (const char *at = value; *at; at++)
		commas += *at == ',';
	items = calloc(commas + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	if (!*value)
		value = NULL;
	while ((item = strsep(&value, ",")) != NULL)
		items[count++] = item;
	ret = config_key_set(config, key, items, count, why);
	free(items);
	return ret;
}

static int set_text(struct config *config, const struct config_key *key, const char *text,
		    struct text *why)
{
	char *value = strdup(text);
	int ret;

	if (!value)
		return -ENOMEM;
	ret = key->kind == CONFIG_LIST ? set_list(config, key, value, why)
				       : config_key_set(config, key, &value, 1, why);
	free(value);
	return ret;
}

/* "key" or "httpd.key", the first @len bytes of @name. */
static const struct config_key *find_key(const char *name, size_t len)
{
	static const char prefix[] = "httpd.";
	size_t skip = sizeof(prefix) - 1;

	if (len > skip && !memcmp(name, prefix, skip))
		return config_key_find("httpd", name + skip, len - skip);
	return config_key_find(NULL, name, len);
}

static int apply(struct config *config, const char *override, struct text *why)
{
	const char *equals = strchr(override, '=');
	const struct config_key *key;

	if (!equals) {
		text_add(why, "not of the form key=value");
		return -EINVAL;
	}
	key = find_key(override, (size_t)(equals - override));
	if (!key) {
		text_add(why, "no such key");
		return -EINVAL;
	}
	config->place[config_key_index(key)] = PLACE_OVERRIDE;
	return set_text(config, key, equals + 1, why);
}

static int apply_override(struct config *config, const char *override)
{
	char reason[200], shown[200];
	struct text why, where;
	int ret;

	text_init(&why, reason, sizeof(reason));
	ret = apply(config, override, &why);
	if (ret == -EINVAL) {
		text_init(&where, shown, sizeof(shown));
		text_add(&where, "-o ");
		text_add_escaped(&where, override, strnlen(override, 45));
		config_complain(shown, 0, "%s", reason);
	}
	return ret;
}

static int set_fallbacks(struct config *config)
{
	const struct config_key *key;

	for (size_t i = 0; (key = config_key_at(i)) != NULL; i++) {
		char **field = (char **)(void *)((char *)config + key->offset);

		if (!key->fallback)
			continue;
		*field = strdup(key->fallback);
		if (!*field)
			return -ENOMEM;
	}
	return 0;
}

static int place_of(const struct config *config, const char *name)
{
	return config->place[config_key_index(find_key(name, strlen(name)))];
}

bool config_is_given(const struct config *config, const char *key)
{
	return place_of(config, key) != 0;
}

int config_refuse(const struct config *config, const char *key, const char *format, ...)
{
	int place = place_of(config, key);
	char reason[500];
	va_list args;

	va_start(args, format);
	if (vsnprintf(reason, sizeof(reason), format, args) < 0)
		reason[0] = '\0';
	va_end(args);
	if (place > 0 && config->path)
		config_complain(config->path, place, "%s: %s", key, reason);
	else
		config_complain(place ? "-o" : "default", 0, "%s: %s", key, reason);
	return -EINVAL;
}

int config_absolute(const struct config *config, const char *key, const char *given,
		    char path[PATH_MAX])
{
	char directory[PATH_MAX] = "";

	if (given[0] != '/' && !getcwd(directory, sizeof(directory)))
		return config_refuse(config, key, "relative, and the working directory is gone");
	if (snprintf(path, PATH_MAX, "%s%s%s", directory, directory[0] ? "/" : "", given) >=
	    PATH_MAX)
		return config_refuse(config, key, "path too long");
	return 0;
}

static int check_together(const struct config *config)
{
	if (config->health_entropy > 0 && config->assessed_entropy > config->health_entropy)
		return config_refuse(config, "assessed_entropy", "%g exceeds health_entropy, %g",
				     config->assessed_entropy, config->health_entropy);
	return 0;
}

static int remember_path(struct config *config, const char *path)
{
	config->path = strdup(path);
	return config->path ? 0 : -ENOMEM;
}

int config_load(struct config *config, const char *path, const char *const *overrides,
		size_t override_count)
{
	struct config fresh = defaults;
	int ret = set_fallbacks(&fresh);

	if (!ret && path)
		ret = remember_path(&fresh, path);
	if (!ret && path)
		ret = load_file(&fresh, path);
	for (size_t i = 0; i < override_count && !ret; i++)
		ret = apply_override(&fresh, overrides[i]);
	if (!ret)
		ret = check_together(&fresh);
	if (ret) {
		config_free(&fresh);
		return ret;
	}
	*config = fresh;
	return 0;
}

void config_free(struct config *config)
{
	const struct config_key *key;

	for (size_t i = 0; (key = config_key_at(i)) != NULL; i++)
		config_key_reset(config, key);
	free(config->path);
	*config = (struct config){ 0 };
}
