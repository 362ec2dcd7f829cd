/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config - the one configuration file, read by both daemons; grammar by libConfuse. */
#ifndef TRNG_COMMON_CONFIG_H
#define TRNG_COMMON_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* What a read of `random` does while there is nothing to read from. */
enum config_unavailable { CONFIG_UNAVAILABLE_FAIL, CONFIG_UNAVAILABLE_BLOCK };

enum config_conditioning { CONFIG_CONDITIONING_NONE, CONFIG_CONDITIONING_SHA256 };

enum config_anonymous {
	CONFIG_ANONYMOUS_AUTO,
	CONFIG_ANONYMOUS_NONE,
	CONFIG_ANONYMOUS_READER,
	CONFIG_ANONYMOUS_OPERATOR
};

struct config_list {
	char **items;
	size_t count;
};

/* The section httpd { }. Strings are NULL when not given. */
struct config_httpd {
	struct config_list listen;
	char *tls_certificate;
	char *tls_key;
	char *tls_client_ca;
	char *tokens;
	struct config_list cors_origins;
	enum config_anonymous anonymous;
	bool allow_insecure;
	struct config_list trusted_proxies;
	struct config_list server_names;
	unsigned request_timeout_s;
	unsigned header_timeout_s; /* for a whole request header */
	unsigned max_connections;
	unsigned max_connections_per_address; /* 0: no limit */
	unsigned max_requests_per_s;          /* of one address; 0: no limit */
	unsigned long long max_request_bits;
	unsigned long long max_file_bits;
	unsigned long long max_files_bytes; /* of whole generated files together */
	unsigned long long max_file_age_s;
	unsigned long long max_waiting_bytes;
	char *ui_dir;
	char *dygraphs_dir;
	char *state_dir;
	char *access_log; /* NULL: in state_dir; "none": none is kept */
};

#define CONFIG_MOST_KEYS 64

/* Zero (or a negative number where 0 has a meaning) stands for "as the profile says". */
struct config {
	char *port;         /* "/dev/ttyUSB0", or "auto" */
	unsigned baud_rate; /* 0: profile */
	char *profile;      /* row of the device table, "nodemcu" */
	char *mountpoint;   /* NULL: the daemon's default for its user */
	bool autostart;
	unsigned init_timeout_s; /* per attempt, 60 */
	enum config_unavailable unavailable;
	size_t pool_capacity_bytes;   /* pool_capacity, 65536, at least 256 */
	unsigned total_failure_limit; /* 0: profile */
	double false_alarms_per_year; /* 0.1 */
	double health_entropy;        /* bits per symbol; 0: profile */
	double assessed_entropy;      /* bits per symbol; 0: profile */
	unsigned max_alarms;          /* 5 */
	unsigned alarm_window_chunks; /* 300 */
	enum config_conditioning conditioning;
	unsigned reseed_s;         /* of the DRBG, if it was used, 300 */
	unsigned drbg_grace_s;     /* without a source, 3600 */
	unsigned kernel_feed_s;    /* 0: the kernel is fed nothing */
	unsigned causality_test_h; /* 0: only when told to prove */
	char *state_dir;           /* NULL: the daemon's default for its user */
	int settle_ms;             /* -1: profile */
	int word_gap_ms;           /* -1: profile */
	int open_delay_ms;         /* -1: profile */
	int silence_ms;            /* -1: profile */
	double rate_bit_s;         /* expected raw rate; 0: profile */
	struct config_httpd httpd;
	char *path;                  /* of the file; NULL: none was read */
	int place[CONFIG_MOST_KEYS]; /* of each row of the table of keys: line, 0: not given, -1: -o
				      */
};

/**
 * config_load - read @path, then apply @overrides ("key=value", sections as "httpd.listen=...").
 *
 * Every failure is reported here, by one line on standard error; callers add nothing:
 * "FILE:LINE: key: reason" for a bad value, libConfuse's words after "FILE:LINE: " for an unknown
 * key or wrong grammar, "-o key=value: reason" for an override, "FILE: reason" for a file that
 * cannot be read. Never blocks, whatever @path names. A later override wins; a list override
 * replaces the list, items separated by commas. Cross-checks: assessed_entropy must not exceed
 * health_entropy when both are given.
 *
 * @config: filled on success, untouched on failure; release with config_free().
 * @path:   NULL reads no file, only defaults and overrides.
 * Return:  0; -ENOENT, -EACCES, -EISDIR, -EFBIG (over 1 MiB), ...: the file could not be read;
 *          -EINVAL: key or value refused, or no regular file; -ENOMEM.
 */
int config_load(struct config *config, const char *path, const char *const *overrides,
		size_t override_count);

/**
 * config_refuse - say what is wrong with @key that only the program which uses it can know.
 *
 * Written on standard error as config_load() does: "FILE:LINE: key: reason".
 * @key: "port", "httpd.listen": an existing one.
 * Return: -EINVAL, for the caller to pass on.
 */
int config_refuse(const struct config *config, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** config_is_given - whether the file or an override names @key, whatever its value. */
bool config_is_given(const struct config *config, const char *key);

/**
 * config_absolute - @given, or what it is from the working directory: a daemon leaves that.
 *
 * Does not look at the disk; complains as config_refuse() does, of @key.
 * Return: 0; -EINVAL: longer than PATH_MAX, or the working directory is gone.
 */
int config_absolute(const struct config *config, const char *key, const char *given,
		    char path[PATH_MAX]);

/** config_free - release what config_load() allocated; @config may be zeroed memory. */
void config_free(struct config *config);

#endif
