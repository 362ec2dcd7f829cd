/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config: examples/trng.conf loads, names every key, and shows the defaults that there are. */
#include "common/config_keys.h"
#include "tests/unit/config_load.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>

static char example[16384];

static void test_example(void)
{
	struct config config;

	CU_ASSERT_EQUAL_FATAL(load_text(&config, example), 0);
	CU_ASSERT_STRING_EQUAL(config.port, "/dev/ttyUSB0");
	CU_ASSERT_EQUAL(config.baud_rate, 9600);
	for (size_t i = 2; config_key_at(i); i++)
		CU_ASSERT_EQUAL(config.place[i], 0);
	config_free(&config);
}

/* Takes the # off each line of the example that gives a value. */
static void uncomment(char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";

	for (char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		char *hash = line + strspn(line, " ");
		size_t len;

		if (strncmp(hash, "# ", 2))
			continue;
		len = strspn(hash + 2, letters);
		if (len > 0 && !strncmp(hash + 2 + len, " = ", 3))
			*hash = ' ';
	}
}

/* Bytes of a value that stands in struct config itself: strings and lists do not. */
static size_t size_of(enum config_kind kind)
{
	static const size_t sizes[] = {
		[CONFIG_UNSIGNED] = sizeof(unsigned), [CONFIG_INT] = sizeof(int),
		[CONFIG_SIZE] = sizeof(size_t),       [CONFIG_U64] = sizeof(unsigned long long),
		[CONFIG_DOUBLE] = sizeof(double),     [CONFIG_BOOL] = sizeof(bool),
		[CONFIG_CHOICE] = sizeof(int),        [CONFIG_LIST] = 0,
	};

	return sizes[kind];
}

/* Every key stands there; what the server's section shows is what the defaults are. */
static void test_example_is_whole(void)
{
	struct config config, defaults;
	const struct config_key *key;
	char *all = strdup(example);

	uncomment(all);
	CU_ASSERT_EQUAL_FATAL(load(&defaults, NULL, NULL, 0), 0);
	CU_ASSERT_EQUAL_FATAL(load_text(&config, all), 0);
	for (size_t i = 0; (key = config_key_at(i)); i++) {
		const char *given = (const char *)&config + key->offset;
		const char *fallback = (const char *)&defaults + key->offset;

		CU_ASSERT(config.place[i] != 0 ||
			  (key->kind == CONFIG_LIST && strstr(all, key->name)));
		if (key->section)
			CU_ASSERT_EQUAL(memcmp(given, fallback, size_of(key->kind)), 0);
	}
	config_free(&config);
	config_free(&defaults);
	free(all);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the example", test_example },
		{ "the example is whole", test_example_is_whole },
	};
	const char *parent = getenv("TRNG_TMP");
	FILE *file = fopen("examples/trng.conf", "r"); /* tests run from the root of the tree */
	char directory[4096];
	int ret;

	if (!file || !fread(example, 1, sizeof(example) - 1, file))
		return EXIT_FAILURE;
	fclose(file);
	snprintf(directory, sizeof(directory), "%s/unit-config-example.XXXXXX",
		 parent ? parent : "/tmp");
	if (!mkdtemp(directory) || chdir(directory))
		return EXIT_FAILURE;
	ret = unit_run("config_example", tests, COUNT(tests));
	return chdir("/") || rmdir(directory) ? EXIT_FAILURE : ret;
}
