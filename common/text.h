/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text - a bounded text buffer in the caller's memory; appends never overflow it. */
#ifndef TRNG_COMMON_TEXT_H
#define TRNG_COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *data;       /* NUL-terminated; the caller's memory */
	size_t size_bytes;
	size_t len_bytes; /* without the NUL; always < size_bytes */
	bool is_cut;      /* an append did not fit: nothing is added after it, so no gap hides */
};

/** text_init - start an empty text in @data of @size_bytes (at least 1). */
void text_init(struct text *text, char *data, size_t size_bytes);

/**
 * text_add - append printf-style; all of it or none.
 * Return: 0, or -ENOSPC (text unchanged, is_cut set).
 */
int text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * text_add_escaped - append @len_bytes of foreign bytes, printable ASCII as it is, the rest as
 * \xHH (the backslash too), so that they can be shown to a person.
 * Return: 0, or -ENOSPC (text unchanged, is_cut set).
 */
int text_add_escaped(struct text *text, const void *bytes, size_t len_bytes);

#endif
