/* SPDX-License-Identifier: GPL-3.0-or-later */
/* records - between the machine's alarms, the files of evidence, and what `events` says of them. */
#include "fuse-trng/records.h"

#include "common/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LINE_BYTES 400 /* an event's line is not longer */

void records_open(struct records *records, const char *state_dir, const struct records_ops *ops,
		  void *ctx)
{
	*records = (struct records){ .ops = *ops, .ctx = ctx, .error = -ENOENT };
	if (state_dir[0])
		records->error = evidence_open(&records->evidence, state_dir);
	if (records->error)
		log_warning("alarms will leave no record: %s",
			    state_dir[0] ? strerror(-records->error)
					 : "no state_dir is set, and the user has none");
}

void records_close(struct records *records)
{
	evidence_close(records->evidence);
	records->evidence = NULL;
}

static void tell_failure(struct records *records, const char *alarm, int error)
{
	char line[LINE_BYTES];

	snprintf(line, sizeof(line), "evidence=none alarm=%s reason=\"%s\"", alarm,
		 strerror(-error));
	records->ops.event(records->ctx, line);
}

/* A long path is cut to its last part rather than anywhere. */
static void tell_success(struct records *records, const struct evidence_result *result)
{
	const char *folder = evidence_folder(records->evidence);
	char line[LINE_BYTES];

	if (snprintf(line, sizeof(line), "evidence=%s/%s alarm=%s", folder, result->name,
		     result->alarm) >= LINE_BYTES)
		snprintf(line, sizeof(line), "evidence=%s alarm=%s", result->name, result->alarm);
	records->ops.event(records->ctx, line);
	memcpy(records->named, result->name, sizeof(records->named));
}

static void tell(struct records *records, const struct evidence_result *result)
{
	if (result->error && !records->has_warned)
		log_warning("%s: the record of an alarm cannot be written: %s",
			    evidence_folder(records->evidence), strerror(-result->error));
	records->has_warned = result->error != 0;
	if (result->error && !result->is_again)
		tell_failure(records, result->alarm, result->error);
	else if (!result->error && strcmp(result->name, records->named) != 0)
		tell_success(records, result);
}

static void begin(struct records *records, const struct blackbox *box)
{
	struct text text;

	records->number = box->number;
	text_init(&text, records->settings, sizeof(records->settings));
	records->ops.describe(records->ctx, &text);
	if (!records->evidence)
		tell_failure(records, box->alarm, records->error);
}

void records_keep(struct records *records, const struct blackbox *box)
{
	if (records->number != box->number)
		begin(records, box);
	if (records->evidence)
		evidence_write(records->evidence, box, records->settings);
}

int records_fd(const struct records *records)
{
	return records->evidence ? evidence_fd(records->evidence) : -1;
}

void records_service(struct records *records)
{
	struct evidence_result result;

	while (evidence_next(records->evidence, &result))
		tell(records, &result);
}
