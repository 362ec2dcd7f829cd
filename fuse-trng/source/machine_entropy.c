/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine_entropy - a claim that the symbols contradict is told, in `events` and to a person. */
#include "fuse-trng/source/machine_entropy.h"

#include "common/log.h"

#include <math.h>
#include <stdio.h>

static unsigned most_common(const struct health_entropy *figures)
{
	unsigned most = 0;

	for (unsigned value = 1; value < figures->values; value++)
		if (figures->shares[value] > figures->shares[most])
			most = value;
	return most;
}

/* Rounded figures only, those of status: whoever reads them learns no more than there. */
static void add_event(const struct machine *m, const struct health_entropy *figures)
{
	unsigned value = most_common(figures);
	char line[320];

	snprintf(line, sizeof(line),
		 "entropy_warning=%d symbols=%u value=%u share=%.4f least_share=%.4f "
		 "min_entropy_upper=%.4f health_entropy=%g reason=\"%s\"",
		 figures->is_warning, figures->symbols, value, figures->shares[value],
		 figures->least_share, figures->min_entropy_upper,
		 m->settings.health.health_entropy,
		 figures->is_warning ? "a value came more often than health_entropy allows"
				     : "the shares no longer contradict health_entropy");
	m->ops.event(m->ctx, line);
}

static void warn(const struct machine *m, const struct health_entropy *figures)
{
	unsigned value = most_common(figures);
	double entropy = m->settings.health.health_entropy;

	log_warning("the source may give less than is claimed: among the last %u symbols value %u "
		    "had a share of %.2f %%, at least %.2f %% (99 %% margin), and health_entropy = "
		    "%g allows %.2f %%. Nothing is withheld. Look after the device, evaluate it "
		    "(trng-evaluate), and claim less if that is what it gives; see docs/HEALTH.md, "
		    "\"The running estimate\"",
		    figures->symbols, value, 100 * figures->shares[value],
		    100 * figures->least_share, entropy, 100 * exp2(-entropy));
}

void machine_tell_entropy(struct machine *machine)
{
	struct health_entropy figures;

	if (!health_entropy_news(machine->pipeline.health))
		return;
	health_entropy_figures(machine->pipeline.health, &figures);
	add_event(machine, &figures);
	if (figures.is_warning)
		warn(machine, &figures);
}
