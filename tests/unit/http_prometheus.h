/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * http_prometheus - a small reader of Prometheus' text format 0.0.4, stricter than Prometheus: each
 * name is described once, by HELP and then TYPE, before its samples, which stand together; no
 * series comes twice; a value is a finite decimal number. Faults that begin with "too" are its own
 * limits.
 */
#ifndef TRNG_TESTS_UNIT_HTTP_PROMETHEUS_H
#define TRNG_TESTS_UNIT_HTTP_PROMETHEUS_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROMETHEUS_MOST 512

struct prometheus {
	char name[80]; /* what the last TYPE was about */
	char helped[80];
	bool is_counter;
	char described[PROMETHEUS_MOST][80];
	char series[PROMETHEUS_MOST][160]; /* name and labels as they stand */
	double value[PROMETHEUS_MOST];
	size_t described_count, count;
	const char *fault; /* NULL: none */
};

static inline bool prometheus_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Length of the name at @text; 0: none. */
static inline size_t prometheus_name(const char *text)
{
	size_t len = 0;

	while (prometheus_is_letter(text[len]) || (len > 0 && text[len] >= '0' && text[len] <= '9'))
		len++;
	return len;
}

/* Length of {name="value",...} at @text, 0: none or malformed. No value here needs an escape. */
static inline size_t prometheus_labels(const char *text)
{
	const char *at = text;

	do {
		size_t len = prometheus_name(++at);

		at += len;
		if (len == 0 || strncmp(at, "=\"", 2) != 0)
			return 0;
		for (at += 2; *at != '"'; at++)
			if (*at < ' ' || *at > '~' || *at == '\\')
				return 0;
		at++;
	} while (*at == ',');
	return *at == '}' ? (size_t)(at + 1 - text) : 0;
}

static inline bool prometheus_value(const char *text, double *value)
{
	char *end;

	if (text[strspn(text, "0123456789+-.eE")] || !*text)
		return false;
	*value = strtod(text, &end);
	return *end == '\0' && isfinite(*value);
}

/* "# HELP NAME text" or "# TYPE NAME type". */
static inline const char *prometheus_comment(struct prometheus *reader, const char *line)
{
	bool is_help = !strncmp(line, "# HELP ", 7);
	size_t len = prometheus_name(line + 7);
	char name[80];

	if (!is_help && strncmp(line, "# TYPE ", 7) != 0)
		return "a comment";
	if (len == 0 || len >= sizeof(name) || line[7 + len] != ' ' || !line[8 + len])
		return "a comment without name or text";
	snprintf(name, sizeof(name), "%.*s", (int)len, line + 7);
	if (is_help) {
		for (size_t i = 0; i < reader->described_count; i++)
			if (!strcmp(reader->described[i], name))
				return "described twice";
		if (reader->described_count == PROMETHEUS_MOST)
			return "too many names";
		strcpy(reader->described[reader->described_count++], name);
		strcpy(reader->helped, name);
		return NULL;
	}
	if (strcmp(reader->helped, name) != 0)
		return "TYPE of another name than HELP";
	strcpy(reader->name, name);
	reader->is_counter = !strcmp(line + 8 + len, "counter");
	if (!reader->is_counter && strcmp(line + 8 + len, "gauge") != 0)
		return "a type";
	if (reader->is_counter != (len > 6 && !strcmp(name + len - 6, "_total")))
		return "_total is for counters, and for all of them";
	return NULL;
}

static inline const char *prometheus_sample(struct prometheus *reader, const char *line)
{
	size_t len = prometheus_name(line), labels = 0;
	char *series = reader->series[reader->count];

	if (len == 0 || len != strlen(reader->name) || strncmp(line, reader->name, len) != 0)
		return "a sample of another name than TYPE";
	if (line[len] == '{' && (labels = prometheus_labels(line + len)) == 0)
		return "labels";
	if (line[len + labels] != ' ')
		return "no space before the value";
	if (!prometheus_value(line + len + labels + 1, &reader->value[reader->count]))
		return "a value";
	if (len + labels >= sizeof(reader->series[0]) || reader->count == PROMETHEUS_MOST - 1)
		return "too much";
	memcpy(series, line, len + labels);
	series[len + labels] = '\0';
	for (size_t i = 0; i < reader->count; i++)
		if (!strcmp(reader->series[i], series))
			return "a series twice";
	reader->count++;
	return NULL;
}

/** prometheus_read - @text of @len bytes. Return: whether it is well formed; else @reader->fault.
 */
static inline bool prometheus_read(struct prometheus *reader, const char *text, size_t len)
{
	char line[512];

	memset(reader, 0, sizeof(*reader));
	if (strlen(text) != len)
		reader->fault = "a NUL";
	while (!reader->fault && *text) {
		size_t line_len = strcspn(text, "\n");

		if (text[line_len] != '\n' || line_len >= sizeof(line)) {
			reader->fault = text[line_len] ? "too long a line" : "a line without end";
			break;
		}
		memcpy(line, text, line_len);
		line[line_len] = '\0';
		reader->fault = line[0] == '#' ? prometheus_comment(reader, line)
					       : prometheus_sample(reader, line);
		text += line_len + 1;
	}
	return !reader->fault;
}

/** prometheus_get - value of @series as it is written; NAN if there is none. */
static inline double prometheus_get(const struct prometheus *reader, const char *series)
{
	for (size_t i = 0; i < reader->count; i++)
		if (!strcmp(reader->series[i], series))
			return reader->value[i];
	return NAN;
}

#endif
