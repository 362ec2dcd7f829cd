/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snapshot - what the file `status` said at one moment, and what follows from
 * it. */
#include "httpd/snapshot.h"

#include "common/parse.h"
#include "httpd/utf8.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MOST_KEY_BYTES 80
#define CHUNK_BYTES    100 /* of the total failure test, as documented */
#define SEED_BITS      384 /* of assessed min-entropy, of the first seed of `urandom` */
#define TURN_BYTES     256 /* of who stands in the daemon's line */

static const char *const state_names[] = {
	[SNAPSHOT_STANDBY] = "standby",         [SNAPSHOT_STARTING] = "starting",
	[SNAPSHOT_RUNNING] = "running",         [SNAPSHOT_ALARM] = "alarm",
	[SNAPSHOT_FAILED] = "failed",           [SNAPSHOT_ABSENT] = "absent",
	[SNAPSHOT_UNREACHABLE] = "unreachable",
};

_Static_assert(sizeof(state_names) / sizeof(state_names[0]) == SNAPSHOT_STATES, "a name each");

/* Words, whatever they look like: a firmware's build of digits alone is no number. All else are
 * numbers, and null while there is none. */
static const char *const word_keys[] = {
	"state",          "state_since",      "start_phase", "reason",       "device",
	"port",           "profile",          "identity",    "firmware",     "firmware_version",
	"firmware_build", "last_command",     "last_result", "conditioning", "kernel_feed",
	"causality",      "causality_reason", NULL,
};

/* Numbers parted by commas, or nothing. */
static const char *const list_keys[] = { "symbol_shares", NULL };

const char *snapshot_state_name(enum snapshot_state state)
{
	return state_names[state];
}

int snapshot_value(const struct snapshot *snapshot, const char *key, const char **value)
{
	size_t key_len = strlen(key);
	const char *line = snapshot->text;

	while (*line) {
		size_t len = strcspn(line, "\n");

		if (len > key_len && line[key_len] == '=' && !memcmp(line, key, key_len)) {
			*value = line + key_len + 1;
			return (int)(len - key_len - 1);
		}
		line += len + (line[len] == '\n');
	}
	return -1;
}

static int to_number(const char *text, size_t len, double *number)
{
	char digits[40];

	if (len == 0 || len >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, len);
	digits[len] = '\0';
	return parse_double(digits, -1e300, 1e300, number);
}

int snapshot_number(const struct snapshot *snapshot, const char *key, double *number)
{
	const char *value;
	int len = snapshot_value(snapshot, key, &value);

	return len >= 0 && !to_number(value, (size_t)len, number) ? 0 : -ENOENT;
}

static uint64_t read_count(const struct snapshot *snapshot, const char *key)
{
	double number = 0;

	snapshot_number(snapshot, key, &number);
	return number > 0 && number < 1e18 ? (uint64_t)number : 0;
}

static enum snapshot_state read_state(const struct snapshot *snapshot)
{
	const char *value;
	int len = snapshot_value(snapshot, "state", &value);

	for (int i = 0; i < SNAPSHOT_UNREACHABLE; i++)
		if (len == (int)strlen(state_names[i]) &&
		    !memcmp(value, state_names[i], (size_t)len))
			return (enum snapshot_state)i;
	return SNAPSHOT_UNREACHABLE;
}

static void read_grid(struct snapshot *snapshot)
{
	uint64_t symbols = read_count(snapshot, "start_needed_symbols");

	snapshot->release_s = -1;
	snapshot_number(snapshot, "release_eta_s", &snapshot->release_s);
	snapshot->passed_bytes = read_count(snapshot, "passed_bytes");
	snapshot->window_bytes = read_count(snapshot, "window_bytes");
	snapshot->block_in_bytes = read_count(snapshot, "conditioning_in_bytes");
	snapshot->block_out_bytes = read_count(snapshot, "conditioning_out_bytes");
	snapshot->start_bytes = symbols * read_count(snapshot, "symbol_bits") / 8;
}

void snapshot_parse(struct snapshot *snapshot)
{
	const char *value;
	int len;

	utf8_mend(snapshot->text); /* the path of a port may be anything */
	len = snapshot_value(snapshot, "reason", &value);
	snapshot->state = read_state(snapshot);
	snprintf(snapshot->reason, sizeof(snapshot->reason), "%.*s", len > 0 ? len : 0,
		 len > 0 ? value : "");
	utf8_mend(snapshot->reason); /* it may have been cut */
	snapshot->rate_bit_s = 0;
	snapshot_number(snapshot, "rate_bit_s", &snapshot->rate_bit_s);
	read_grid(snapshot);
	snapshot->is_diverted = read_count(snapshot, "diverted") > 0;
	snapshot->pool_bytes = read_count(snapshot, "pool_bytes");
	snapshot->queue_bytes = read_count(snapshot, "queue_bytes");
}

void snapshot_take(struct snapshot *snapshot, const struct vfile *vfile)
{
	ssize_t len = vfile_slurp(vfile, "status", snapshot->text, sizeof(snapshot->text));

	snapshot->len_bytes = len > 0 ? (size_t)len : 0;
	snapshot->text[snapshot->len_bytes] = '\0';
	snapshot_parse(snapshot);
	if (snapshot->state == SNAPSHOT_UNREACHABLE)
		snprintf(snapshot->reason, sizeof(snapshot->reason),
			 "fuse-trng does not answer at the mount point (%s); start it",
			 len < 0 ? strerror((int)-len) : "its status has no state");
}

/* ---- JSON ---- */

static bool is_among(const char *key, const char *const *keys)
{
	while (*keys && strcmp(key, *keys) != 0)
		keys++;
	return *keys;
}

/* A count stays a whole number in JSON. What is no number, or no UTF-8, is
 * shown as far as it goes.
 */
static json_t *number_json(const char *value, size_t len)
{
	double number;

	if (to_number(value, len, &number))
		return json_stringn_nocheck(value, len);
	if (fabs(number) < 9e15 && number == floor(number) && !memchr(value, '.', len))
		return json_integer((json_int_t)number);
	return json_real(number);
}

static json_t *list_json(const char *value, size_t len)
{
	json_t *list = json_array();
	const char *end = value + len, *comma;

	for (; len > 0 && value <= end; value = comma + 1) {
		comma = memchr(value, ',', (size_t)(end - value));
		if (!comma)
			comma = end;
		json_array_append_new(list, number_json(value, (size_t)(comma - value)));
	}
	return list;
}

static json_t *to_json(const char *key, const char *value, size_t len)
{
	if (is_among(key, word_keys))
		return json_stringn_nocheck(value, len);
	if (is_among(key, list_keys))
		return list_json(value, len);
	return len > 0 ? number_json(value, len) : json_null();
}

/* What is @name in @place; made if need be. NULL: a value stands there. */
static json_t *object_in(json_t *place, const char *name)
{
	json_t *object = json_object_get(place, name);

	if (object)
		return json_is_object(object) ? object : NULL;
	object = json_object();
	return json_object_set_new(place, name, object) < 0 ? NULL : object;
}

/* "test.NAME.KEY" goes into tests, "ledger.KEY" into ledger; what has more dots is kept as it is.
 */
static json_t *place_of(json_t *root, const char **key)
{
	const char *test = *key + 5, *dot;
	char name[MOST_KEY_BYTES];

	if (!strncmp(*key, "ledger.", 7)) {
		*key += 7;
		return object_in(root, "ledger");
	}
	if (strncmp(*key, "test.", 5) != 0 || !(dot = strchr(test, '.')))
		return root;
	snprintf(name, sizeof(name), "%.*s", (int)(dot - test), test);
	*key = dot + 1;
	return object_in(object_in(root, "tests"), name);
}

static void add_line(json_t *root, const char *line, size_t len)
{
	const char *equals = memchr(line, '=', len);
	char whole[MOST_KEY_BYTES];
	const char *key = whole;
	json_t *place;

	if (!equals || equals == line || (size_t)(equals - line) >= sizeof(whole))
		return;
	snprintf(whole, sizeof(whole), "%.*s", (int)(equals - line), line);
	place = place_of(root, &key);
	if (place)
		json_object_set_new(place, key,
				    to_json(whole, equals + 1, len - (size_t)(equals + 1 - line)));
}

json_t *snapshot_json(const struct snapshot *snapshot)
{
	json_t *root = json_object();
	const char *line = snapshot->text;

	while (root && *line) {
		size_t len = strcspn(line, "\n");

		add_line(root, line, len);
		line += len + (line[len] == '\n');
	}
	return root;
}

/* What of the stream is made into @bytes: whole blocks. */
static double line_bytes(const struct snapshot *snapshot, double bytes)
{
	if (snapshot->block_in_bytes == 0 || snapshot->block_out_bytes == 0)
		return bytes;
	return ceil(bytes / (double)snapshot->block_out_bytes) * (double)snapshot->block_in_bytes;
}

/* How much of the stream must have come for @bytes more to have passed the tests: whole chunks, of
 * whole windows, of a whole start. */
static double needed_bytes(const struct snapshot *snapshot, double bytes)
{
	double window = (double)snapshot->window_bytes;
	double end = (double)snapshot->passed_bytes + line_bytes(snapshot, bytes);
	double chunks = ceil(end / CHUNK_BYTES);

	return fmax(ceil(chunks * CHUNK_BYTES / window) * window, (double)snapshot->start_bytes);
}

/* What comes with the next bytes needs no rate, which nobody knows before the first. */
static double over_rate(const struct snapshot *snapshot, double bytes)
{
	if (bytes <= 0)
		return 0;
	return snapshot->rate_bit_s > 0 ? bytes * 8 / snapshot->rate_bit_s : INFINITY;
}

double snapshot_eta_s(const struct snapshot *snapshot, uint64_t bytes, uint64_t ahead_bytes)
{
	double wanted = (double)bytes + (double)ahead_bytes + (double)snapshot->queue_bytes;
	double missing = wanted - (double)snapshot->pool_bytes;

	if (missing <= 0)
		return 0;
	if (snapshot->is_diverted)
		return INFINITY;
	if (snapshot->release_s < 0 || snapshot->window_bytes == 0)
		return over_rate(snapshot, line_bytes(snapshot, missing));
	return snapshot->release_s +
	       over_rate(snapshot, needed_bytes(snapshot, missing) - needed_bytes(snapshot, 1));
}

/* Once the source runs, the seed's next turn in the line is in queue_bytes. */
double snapshot_seed_eta_s(const struct snapshot *snapshot)
{
	double block_bits = 0, seed_bytes;

	snapshot_number(snapshot, "conditioning_out_entropy", &block_bits);
	if (block_bits <= 0 || snapshot->block_out_bytes == 0)
		return INFINITY;
	seed_bytes = ceil(SEED_BITS / (block_bits / (double)snapshot->block_out_bytes));
	if (snapshot->state == SNAPSHOT_RUNNING)
		seed_bytes = fmax(0, seed_bytes - TURN_BYTES);
	return seed_bytes < 1e18 ? snapshot_eta_s(snapshot, (uint64_t)seed_bytes, 0) : INFINITY;
}
