/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot_bars - see plot.h: values below each other. */
#include "evaluate/report/html_text.h"
#include "evaluate/report/plot.h"

#include <math.h>

#define LEFT  210.0
#define RIGHT 630.0 /* the value stands behind the bar */
#define ROW   22.0
#define TOP   6.0

/* A p-value this small is as good as nothing; the axis goes so far at most. */
#define LEAST_EXPONENT (-18.0)

struct lane {
	double low; /* exponent at the left end; 0: a linear axis */
	double most;
};

static double at(const struct lane *lane, double value)
{
	double share = lane->low < 0 ? 1 - log10(fmax(value, exp10(lane->low))) / lane->low
				     : value / lane->most;

	return LEFT + (RIGHT - LEFT) * fmin(1, fmax(0, share));
}

static struct lane lane_for(const struct plot_scale *scale, const struct plot_bar *bars,
			    size_t count)
{
	struct lane lane = { .most = scale->most > 0 ? scale->most : 1 };

	if (!scale->is_logarithmic)
		return lane;
	lane.low = -6;
	for (size_t i = 0; i < count; i++)
		if (bars[i].value < exp10(lane.low))
			lane.low =
				fmax(LEAST_EXPONENT, bars[i].value > 0 ? floor(log10(bars[i].value))
								       : LEAST_EXPONENT);
	return lane;
}

static void draw_tick(FILE *out, const struct lane *lane, double value, double bottom,
		      const char *text)
{
	double x = at(lane, value);

	fprintf(out,
		"<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.0f\" y2=\"%.1f\"/>"
		"<text class=\"soft\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
		x, x, TOP, bottom, x, bottom + 15, text);
}

static void draw_ticks(FILE *out, const struct lane *lane, double bottom)
{
	double step = lane->low < 0 ? ceil(-lane->low / 6) : plot_step(lane->most, 5);
	char text[32];

	if (lane->low < 0) {
		for (double exponent = 0; exponent >= lane->low; exponent -= step) {
			snprintf(text, sizeof(text), "%.6g", exp10(exponent));
			draw_tick(out, lane, exp10(exponent), bottom, text);
		}
		return;
	}
	for (double value = 0; value <= lane->most * 1.0001; value += step) {
		snprintf(text, sizeof(text), "%.6g", value);
		draw_tick(out, lane, value, bottom, text);
	}
}

static void draw_label(FILE *out, const struct plot_bar *bar, double y)
{
	fprintf(out, "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">", LEFT - 8, y + 4);
	html_words(out, bar->label);
	fputs("</text>", out);
}

static void draw_bar(FILE *out, const struct plot_scale *scale, const struct lane *lane,
		     const struct plot_bar *bar, double y)
{
	double x = at(lane, bar->value);

	draw_label(out, bar, y);
	if (isnan(bar->value)) {
		fprintf(out,
			"<text class=\"soft\" x=\"%.0f\" y=\"%.1f\">not for these data</text>\n",
			LEFT + 4, y + 4);
		return;
	}
	if (scale->is_logarithmic)
		fprintf(out, "<circle class=\"dot%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\"/>",
			bar->is_marked ? " out" : "", x, y);
	else
		fprintf(out,
			"<rect class=\"%s\" x=\"%.0f\" y=\"%.1f\" width=\"%.1f\" height=\"12\"/>",
			bar->is_marked ? "bar out" : "bar", LEFT, y - 6, fmax(0.5, x - LEFT));
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\">%.4g%s", x + 8, y + 4, bar->value,
		bar->is_marked ? " " : "");
	if (bar->is_marked)
		html_escape(out, scale->marked);
	fputs("</text>\n", out);
}

void plot_bars(FILE *out, const struct plot_scale *scale, const struct plot_bar *bars, size_t count)
{
	struct lane lane = lane_for(scale, bars, count);
	double bottom = TOP + ROW * (double)count;

	plot_begin(out, scale->id, scale->caption, scale->note, (unsigned)bottom + 24);
	draw_ticks(out, &lane, bottom);
	if (!isnan(scale->limit))
		fprintf(out,
			"<line class=\"limit\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.0f\" y2=\"%.1f\"/>\n",
			at(&lane, scale->limit), at(&lane, scale->limit), TOP, bottom);
	for (size_t i = 0; i < count; i++)
		draw_bar(out, scale, &lane, &bars[i], TOP + ROW * ((double)i + 0.5));
	plot_end(out);
}
