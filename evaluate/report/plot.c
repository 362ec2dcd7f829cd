/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot - see plot.h: the frame of all, and stems and dots on two axes. */
#include "evaluate/report/plot.h"

#include "evaluate/report/html_text.h"

#include <inttypes.h>
#include <math.h>

#define LEFT       70.0
#define RIGHT      710.0
#define TOP        10.0
#define TICKS_MOST 20

/* 99 % of what an ideal source gives lies within so many standard deviations. */
#define BAND_SIGMA 2.5758293035489004

void plot_begin(FILE *out, const char *id, const char *caption, const char *note, unsigned height)
{
	fputs("<figure>\n<figcaption>", out);
	html_escape(out, caption);
	fputs("<small>", out);
	html_escape(out, note);
	fprintf(out,
		"</small></figcaption>\n<svg viewBox=\"0 0 720 %u\" role=\"img\" "
		"aria-labelledby=\"%s-title %s-desc\">\n<title id=\"%s-title\">",
		height, id, id, id);
	html_escape(out, caption);
	fprintf(out, "</title><desc id=\"%s-desc\">", id);
	html_escape(out, note);
	fputs("</desc>\n", out);
}

void plot_end(FILE *out)
{
	fputs("</svg>\n</figure>\n", out);
}

double plot_step(double range, unsigned ticks)
{
	double raw = range / ticks, power = pow(10, floor(log10(raw)));

	if (!(range > 0))
		return 1;
	return power * (raw <= power ? 1 : raw <= 2 * power ? 2 : raw <= 5 * power ? 5 : 10);
}

/* ---- two axes ---- */

struct axes {
	FILE *out;
	double x_low, x_high, y_low, y_high;
	double bottom;
};

static double at_x(const struct axes *axes, double x)
{
	return LEFT + (RIGHT - LEFT) * (x - axes->x_low) / (axes->x_high - axes->x_low);
}

/* What lies beyond the axis is drawn at its end. */
static double at_y(const struct axes *axes, double y)
{
	double share = (y - axes->y_low) / (axes->y_high - axes->y_low);

	return axes->bottom - (axes->bottom - TOP) * fmin(1, fmax(0, share));
}

static void draw_level(const struct axes *axes, double y, const char *class)
{
	fprintf(axes->out, "<line class=\"%s\" x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\"/>\n",
		class, LEFT, RIGHT, at_y(axes, y), at_y(axes, y));
}

static void draw_y_axis(const struct axes *axes)
{
	double step = plot_step(axes->y_high - axes->y_low, 5);
	double first = ceil(axes->y_low / step);

	for (unsigned i = 0; i < TICKS_MOST && (first + i) * step <= axes->y_high; i++) {
		double y = (first + i) * step + 0.0; /* no -0 */

		draw_level(axes, y, "grid");
		fprintf(axes->out,
			"<text class=\"soft\" x=\"%.0f\" y=\"%.1f\" "
			"text-anchor=\"end\">%.6g</text>\n",
			LEFT - 6, at_y(axes, y) + 4, y);
	}
}

/* Ticks begin at 0. */
static void draw_x_axis(const struct axes *axes, double step, const char *name)
{
	for (unsigned i = 0; i < TICKS_MOST && i * step < axes->x_high; i++)
		fprintf(axes->out,
			"<text class=\"soft\" x=\"%.1f\" y=\"%.1f\" "
			"text-anchor=\"middle\">%.6g</text>\n",
			at_x(axes, i * step), axes->bottom + 16, i * step);
	fprintf(axes->out,
		"<line class=\"axis\" x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\"/>\n"
		"<text class=\"soft\" x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
		LEFT, RIGHT, axes->bottom, axes->bottom, RIGHT, axes->bottom + 32, name);
}

static void draw_band(const struct axes *axes, double low, double high)
{
	double top = at_y(axes, high), bottom = at_y(axes, low);

	fprintf(axes->out,
		"<rect class=\"band\" x=\"%.0f\" width=\"%.0f\" y=\"%.1f\" height=\"%.1f\"/>\n",
		LEFT, RIGHT - LEFT, top, fmax(0, bottom - top));
}

static void draw_stem(const struct axes *axes, double x, double value, bool is_out)
{
	const char *out = is_out ? " out" : "";

	fprintf(axes->out,
		"<line class=\"stem%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>"
		"<circle class=\"dot%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.2\"/>\n",
		out, at_x(axes, x), at_x(axes, x), at_y(axes, 0), at_y(axes, value), out,
		at_x(axes, x), at_y(axes, value));
}

/* Stems from 0; up to @band to each side is where 99 of 100 belong. */
static void draw_stems(struct axes *axes, const double *values, unsigned count, double band)
{
	axes->y_low = -1.15 * band;
	axes->y_high = 1.15 * band;
	for (unsigned i = 0; i < count; i++) {
		/* fmin() and fmax() pass over NAN */
		axes->y_low = fmin(axes->y_low, 1.05 * values[i]);
		axes->y_high = fmax(axes->y_high, 1.05 * values[i]);
	}
	if (!(axes->y_high > axes->y_low)) {
		axes->y_low = -1;
		axes->y_high = 1;
	}
	draw_band(axes, -band, band);
	draw_y_axis(axes);
	draw_level(axes, 0, "ideal");
	for (unsigned i = 0; i < count; i++)
		if (!isnan(values[i]))
			draw_stem(axes, axes->x_low + 1 + i, values[i], fabs(values[i]) > band);
}

static unsigned count_out(const double *values, unsigned count, double band)
{
	unsigned out = 0;

	for (unsigned i = 0; i < count; i++)
		out += fabs(values[i]) > band; /* false for NAN */
	return out;
}

void plot_histogram(FILE *out, const struct exhibits *exhibits)
{
	unsigned values = 1u << exhibits->width;
	double ideal = (double)exhibits->symbols / values;
	double band = BAND_SIGMA * sqrt(ideal * (1 - 1.0 / values));
	struct axes axes = { .out = out, .x_low = -1, .x_high = values, .bottom = 240 };
	double off[256];
	char note[400];

	for (unsigned i = 0; i < values; i++)
		off[i] = (double)exhibits->count[i] - ideal;
	snprintf(note, sizeof(note),
		 "How far the count of each of the %u values among %" PRIu64 " symbols is from the "
		 "ideal, %.10g. The band holds 99 of 100 counts of an ideal source: outside are "
		 "%u, where %.3g would be usual.",
		 values, exhibits->symbols, ideal, count_out(off, values, band), 0.01 * values);
	plot_begin(out, "histogram", "How often each value occurred", note, 280);
	draw_stems(&axes, off, values, band);
	draw_x_axis(&axes, values <= 16 ? 1 : values / 16, "value");
	plot_end(out);
}

void plot_correlation(FILE *out, const struct exhibits *exhibits)
{
	double band = BAND_SIGMA / sqrt((double)exhibits->symbols);
	struct axes axes = { .out = out, .x_high = EXHIBIT_LAGS + 1, .bottom = 240 };
	unsigned known = 0;
	char note[400];

	for (unsigned i = 0; i < EXHIBIT_LAGS; i++)
		known += isnan(exhibits->correlation[i]) ? 0 : 1;
	if (!known)
		return;
	snprintf(note, sizeof(note),
		 "Correlation of each symbol with the one so many places later. The band, up to "
		 "%.3g to each side, holds 99 of 100 values of an ideal source: outside are %u of "
		 "%u, where %.2g would be usual.",
		 band, count_out(exhibits->correlation, EXHIBIT_LAGS, band), known, 0.01 * known);
	plot_begin(out, "correlation", "Serial correlation", note, 280);
	draw_stems(&axes, exhibits->correlation, EXHIBIT_LAGS, band);
	draw_x_axis(&axes, 8, "lag in symbols");
	plot_end(out);
}

/* ---- dots over blocks ---- */

static void span(struct axes *axes, double value)
{
	if (isnan(value))
		return;
	axes->y_low = fmin(axes->y_low, value);
	axes->y_high = fmax(axes->y_high, value);
}

/* All dots and both limits, and some room. */
static void span_all(struct axes *axes, const struct plot_region *region,
		     const struct plot_dot *dots, size_t count)
{
	axes->y_low = INFINITY;
	axes->y_high = -INFINITY;
	span(axes, region->low);
	span(axes, region->high);
	for (size_t i = 0; i < count; i++)
		span(axes, dots[i].value);
	double room = axes->y_high > axes->y_low ? 0.06 * (axes->y_high - axes->y_low) : 1;

	axes->y_low -= room;
	axes->y_high += room;
}

void plot_dots(FILE *out, const struct plot_region *region, const struct plot_dot *dots,
	       size_t count)
{
	struct axes axes = { .out = out, .x_low = -1, .x_high = (double)count, .bottom = 150 };

	span_all(&axes, region, dots, count);
	plot_begin(out, region->id, region->caption, region->note, 190);
	draw_band(&axes, isnan(region->low) ? axes.y_low : region->low,
		  isnan(region->high) ? axes.y_high : region->high);
	draw_y_axis(&axes);
	if (!isnan(region->low))
		draw_level(&axes, region->low, "limit");
	if (!isnan(region->high))
		draw_level(&axes, region->high, "limit");
	for (size_t i = 0; i < count; i++)
		if (!isnan(dots[i].value))
			fprintf(out, "<circle class=\"dot%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"/>\n",
				dots[i].is_out      ? " out"
				: dots[i].is_second ? " second"
						    : "",
				at_x(&axes, (double)i), at_y(&axes, dots[i].value),
				dots[i].is_out ? "4" : "2");
	draw_x_axis(&axes, fmax(1, plot_step((double)count, 8)), "number of the sequence");
	plot_end(out);
}
