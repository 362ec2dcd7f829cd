/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html_style - how a report looks: light, dark, and on paper. */
#ifndef TRNG_EVALUATE_REPORT_HTML_STYLE_H
#define TRNG_EVALUATE_REPORT_HTML_STYLE_H

/** html_style - the style sheet, to stand within <style>. */
extern const char html_style[];

#endif
