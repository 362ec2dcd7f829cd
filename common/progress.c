/* SPDX-License-Identifier: GPL-3.0-or-later */
/* progress - see progress.h */
#include "common/progress.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REDRAW_S     0.2
#define FIRST_LINE_S 10.0
#define LAST_LINE_S  600.0
#define BAR_CELLS    24
#define MINUTE_S     60.0
#define HOUR_S       3600.0
#define DAY_S        86400.0

static double now_s(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void progress_init(struct progress *progress, FILE *out, const char *unit)
{
	*progress = (struct progress){ .out = out, .unit = unit };
	progress->is_terminal = out && isatty(fileno(out)) == 1;
}

/* Two units where the smaller one is known and matters: nobody needs the minutes of days. */
const char *progress_duration(double seconds, char into[static 32])
{
	if (!(seconds >= 0) || seconds > 1e5 * DAY_S) {
		strcpy(into, "unknown");
	} else if (seconds < 99.5) {
		snprintf(into, 32, "%.0f s", seconds);
	} else if (seconds < 99.5 * MINUTE_S) {
		snprintf(into, 32, "%.0f min", seconds / MINUTE_S);
	} else if (seconds < 10 * HOUR_S) {
		long tens = lround(seconds / (10 * MINUTE_S));

		snprintf(into, 32, tens % 6 ? "%ld h %ld min" : "%ld h", tens / 6, tens % 6 * 10);
	} else if (seconds < 48 * HOUR_S) {
		snprintf(into, 32, "%.0f h", seconds / HOUR_S);
	} else {
		snprintf(into, 32, "%.0f days", seconds / DAY_S);
	}
	return into;
}

/* " 1234 bit of 5140000" needs no fraction; the rate has the digits that a person reads. */
static void add_rate(FILE *out, const struct progress *progress, double rate)
{
	if (!(rate > 0))
		return;
	if (rate >= 1e6)
		fprintf(out, ", %.3g M%s/s", rate / 1e6, progress->unit);
	else
		fprintf(out, ", %.*f %s/s", rate < 10 ? 1 : 0, rate, progress->unit);
}

static void add_bar(FILE *out, double share)
{
	int full = (int)(share * BAR_CELLS);

	fputc('[', out);
	for (int i = 0; i < BAR_CELLS; i++)
		fputc(i < full ? '#' : '.', out);
	fputs("] ", out);
}

static void draw(const struct progress *progress, uint64_t done, uint64_t total, double now)
{
	double elapsed_s = now - progress->start_s;
	double rate = elapsed_s > 0 ? (double)(done - progress->start_done) / elapsed_s : 0;
	char left[32];

	fprintf(progress->out, progress->is_terminal ? "\r\033[K%s: " : "%s: ", progress->what);
	if (total) {
		double share = done < total ? (double)done / (double)total : 1;

		if (progress->is_terminal)
			add_bar(progress->out, share);
		fprintf(progress->out, "%.0f %%", floor(100 * share));
	} else {
		fprintf(progress->out, "%" PRIu64 " %s", done, progress->unit);
	}
	add_rate(progress->out, progress, rate);
	if (rate > 0 && total > done)
		fprintf(progress->out, ", %s left",
			progress_duration((double)(total - done) / rate, left));
	if (!progress->is_terminal)
		fputc('\n', progress->out);
	fflush(progress->out);
}

static void begin(struct progress *progress, const char *what, uint64_t done, double now)
{
	progress->what = what;
	progress->start_done = done;
	progress->start_s = progress->drawn_s = now;
}

/* Elsewhere than on a terminal: after 10, 20, 40, ... seconds, at last every 10 minutes. */
static bool is_due(const struct progress *progress, double now)
{
	double pause_s = progress->drawn_s - progress->start_s;

	if (progress->is_terminal)
		return now - progress->drawn_s >= REDRAW_S;
	if (pause_s < FIRST_LINE_S)
		pause_s = FIRST_LINE_S;
	return now - progress->drawn_s >= (pause_s < LAST_LINE_S ? pause_s : LAST_LINE_S);
}

void progress_tell(struct progress *progress, const char *what, uint64_t done, uint64_t total)
{
	double now;
	bool is_new;

	if (!progress->out)
		return;
	now = now_s();
	is_new =
		!progress->what || strcmp(progress->what, what) != 0 || done < progress->start_done;
	if (is_new)
		begin(progress, what, done, now);
	if (is_new ? progress->is_terminal : !is_due(progress, now))
		return;
	draw(progress, done, total, now);
	progress->drawn_s = now;
	progress->is_drawn = progress->is_terminal;
}

void progress_end(struct progress *progress)
{
	if (progress->is_drawn) {
		fputs("\r\033[K", progress->out);
		fflush(progress->out);
	}
	progress->is_drawn = false;
	progress->what = NULL;
}
