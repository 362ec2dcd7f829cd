/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each token has drawn today: {"day": N, "drawn": {NAME: BITS}}, in memory as in the file. */
#include "httpd/budget.h"

#include "common/log.h"
#include "httpd/replace.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY_S 86400

struct budgets {
	char *path;
	pthread_mutex_t saving; /* held while the file is written, taken before the other */
	pthread_mutex_t mutex;  /* of all below */
	json_t *drawn;          /* bits by name */
	uint64_t day;           /* since 1970 */
	bool is_changed;
};

static bool is_sane(json_t *drawn)
{
	const char *name;
	json_t *bits;

	json_object_foreach(drawn, name, bits) if (strlen(name) >= TOKEN_NAME_BYTES ||
						   !json_is_integer(bits) ||
						   json_integer_value(bits) < 0) return false;
	return json_object_size(drawn) <= TOKEN_MOST;
}

/* Return: whether @root was understood. */
static bool take_over(struct budgets *budgets, json_t *root)
{
	json_t *drawn;
	json_int_t day;

	if (json_unpack(root, "{s:I, s:o}", "day", &day, "drawn", &drawn) || day < 0 ||
	    !json_is_object(drawn) || !is_sane(drawn))
		return false;
	budgets->day = (uint64_t)day;
	json_decref(budgets->drawn);
	budgets->drawn = json_incref(drawn);
	return true;
}

static void load(struct budgets *budgets)
{
	json_error_t error;
	json_t *root;

	if (access(budgets->path, F_OK) && errno == ENOENT)
		return;
	root = json_load_file(budgets->path, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		log_warning("%s: %s; nobody has drawn anything today, then", budgets->path,
			    error.text);
	else if (!take_over(budgets, root))
		log_warning("%s: not what was written there; nobody has drawn anything today, then",
			    budgets->path);
	json_decref(root);
}

int budgets_open(struct budgets **budgets, const char *path)
{
	struct budgets *new = calloc(1, sizeof(*new));

	if (!new)
		return -ENOMEM;
	pthread_mutex_init(&new->saving, NULL);
	pthread_mutex_init(&new->mutex, NULL);
	new->drawn = json_object();
	new->path = path ? strdup(path) : NULL;
	if (!new->drawn || (path && !new->path)) {
		budgets_close(new);
		return -ENOMEM;
	}
	if (path)
		load(new);
	*budgets = new;
	return 0;
}

void budgets_close(struct budgets *budgets)
{
	int ret;

	if (!budgets)
		return;
	ret = budgets_save(budgets);
	if (ret)
		log_error("%s: %s; who has drawn how much today is lost", budgets->path,
			  strerror(-ret));
	json_decref(budgets->drawn);
	pthread_mutex_destroy(&budgets->mutex);
	pthread_mutex_destroy(&budgets->saving);
	free(budgets->path);
	free(budgets);
}

/* Return: the file's new text for free(), NULL if it need not be written or (-ENOMEM) cannot. */
static char *take_text(struct budgets *budgets, int *ret)
{
	char *text = NULL;
	json_t *root;

	*ret = 0;
	if (!budgets->is_changed)
		return NULL;
	root = json_pack("{s:I, s:O}", "day", (json_int_t)budgets->day, "drawn", budgets->drawn);
	text = root ? json_dumps(root, JSON_INDENT(1) | JSON_SORT_KEYS) : NULL;
	json_decref(root);
	if (text)
		budgets->is_changed = false;
	else
		*ret = -ENOMEM;
	return text;
}

static int save(struct budgets *budgets)
{
	char *text;
	int ret;

	pthread_mutex_lock(&budgets->mutex);
	text = take_text(budgets, &ret);
	pthread_mutex_unlock(&budgets->mutex);
	if (!text)
		return ret;
	/* The disk may be slow: who takes need not wait for it. */
	ret = replace_file(budgets->path, text, strlen(text), NULL, 0600);
	free(text);
	if (ret) {
		pthread_mutex_lock(&budgets->mutex);
		budgets->is_changed = true;
		pthread_mutex_unlock(&budgets->mutex);
	}
	return ret;
}

int budgets_save(struct budgets *budgets)
{
	int ret;

	if (!budgets->path)
		return 0;
	pthread_mutex_lock(&budgets->saving);
	ret = save(budgets);
	pthread_mutex_unlock(&budgets->saving);
	return ret;
}

/* A clock that is set back over midnight begins no new day; one that was years ahead does. */
static void begin_day(struct budgets *budgets, uint64_t now_s)
{
	uint64_t day = now_s / DAY_S;

	if (day == budgets->day || day + 1 == budgets->day)
		return;
	json_object_clear(budgets->drawn);
	budgets->day = day;
	budgets->is_changed = true;
}

static uint64_t drawn_by(const struct budgets *budgets, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(budgets->drawn, name));
}

static int set_drawn(struct budgets *budgets, const char *name, uint64_t bits)
{
	if (json_object_set_new(budgets->drawn, name, json_integer((json_int_t)bits)))
		return -ENOMEM;
	budgets->is_changed = true;
	return 0;
}

static int take(struct budgets *budgets, const struct token *token, uint64_t bits, uint64_t *left)
{
	uint64_t drawn = drawn_by(budgets, token->name);
	uint64_t rest = token->bits_per_day > drawn ? token->bits_per_day - drawn : 0;
	int ret;

	if (bits > rest) {
		*left = rest;
		return -EDQUOT;
	}
	ret = set_drawn(budgets, token->name, drawn + bits);
	if (!ret)
		*left = rest - bits;
	return ret;
}

int budgets_take(struct budgets *budgets, const struct token *token, uint64_t bits, uint64_t now_s,
		 uint64_t *left)
{
	int ret;

	if (!token->bits_per_day) {
		*left = UINT64_MAX;
		return 0;
	}
	pthread_mutex_lock(&budgets->mutex);
	begin_day(budgets, now_s);
	ret = take(budgets, token, bits, left);
	pthread_mutex_unlock(&budgets->mutex);
	return ret;
}

void budgets_return(struct budgets *budgets, const char *name, uint64_t bits, uint64_t taken_s)
{
	uint64_t drawn;

	pthread_mutex_lock(&budgets->mutex);
	drawn = drawn_by(budgets, name);
	if (drawn > 0 && taken_s / DAY_S == budgets->day)
		set_drawn(budgets, name, drawn > bits ? drawn - bits : 0);
	pthread_mutex_unlock(&budgets->mutex);
}

unsigned budgets_wait_s(uint64_t now_s)
{
	return (unsigned)(DAY_S - now_s % DAY_S);
}
