/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fault - THE table of what can go wrong with a board: names, arguments, ranges. */
#include "firmware/twin/fault.h"

#include "common/parse.h"

#include <errno.h>
#include <string.h>

static const struct fault_row table[] = {
	{ "stuck", FAULT_STUCK, NULL, 0, 0, 0, "the ADC gives one code" },
	{ "lamp-off", FAULT_LAMP_OFF, NULL, 0, 0, 0, "no light: the ADC gives 0" },
	{ "fan-off", FAULT_FAN_OFF, "LSB", 0.1, 0, 100,
	  "the light only creeps; argument: ADC noise that is left" },
	{ "flicker", FAULT_FLICKER, "Hz", 100, 0.001, 100000,
	  "a strong flickering lamp shines in" },
	{ "bias", FAULT_BIAS, "share", 0.35, 0.25, 1, "symbol 0 comes with this share" },
	{ "drift", FAULT_DRIFT, "s", 300, 0.01, 1e9, "all noise fades, with this half-life" },
	{ "lamp-on", FAULT_LAMP_ON, NULL, 0, 0, 0, "the LED stays on whatever the board says" },
	{ "fan-on", FAULT_FAN_ON, NULL, 0, 0, 0, "the fan stays on whatever the board says" },
	{ "silence", FAULT_SILENCE, NULL, 0, 0, 0, "the board sends nothing, and still hears" },
	{ "garbage", FAULT_GARBAGE, "bytes", 64, 1, 1000000, "one burst of junk on the line" },
	{ "babble", FAULT_BABBLE, "ms", 100, 1, 1000000,
	  "junk, a byte each so many ms, while off as well" },
	{ "deaf", FAULT_DEAF, NULL, 0, 0, 0, "the board hears no word, and still sends" },
	{ "unplug", FAULT_UNPLUG, NULL, 0, 0, 0, "the cable is pulled: hang-up, the link is gone" },
	{ "replug", FAULT_REPLUG, NULL, 0, 0, 0, "the cable is back, the board as after power-up" },
	{ "none", FAULT_HEAL, NULL, 0, 0, 0, "all faults off, cable plugged" },
	{ "heal", FAULT_HEAL, NULL, 0, 0, 0, "the same" },
};

const struct fault_row *fault_row(size_t index)
{
	return index < sizeof(table) / sizeof(table[0]) ? &table[index] : NULL;
}

static const struct fault_row *find(const char *name, size_t length)
{
	const struct fault_row *row = NULL;

	for (size_t i = 0; (row = fault_row(i)) != NULL; i++)
		if (strlen(row->name) == length && !strncmp(row->name, name, length))
			break;
	return row;
}

int fault_parse(struct fault *fault, const char *text)
{
	size_t length = strcspn(text, "= ");
	const struct fault_row *row = find(text, length);
	double argument;
	int err;

	if (!row)
		return -ENOENT;
	argument = row->preset;
	if (text[length]) {
		if (!row->unit)
			return -EINVAL;
		err = parse_double(text + length + 1, row->min, row->max, &argument);
		if (err)
			return err;
	}
	*fault = (struct fault){ row->kind, argument };
	return 0;
}
