/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feeds every file of the named corpus directories to a fuzzer's entry: what libFuzzer once found
 * is tried again by every `make check`, with no need of clang. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The data is copied to a block of its very size, so that a sanitizer sees the first byte too many.
 */
static int feed(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	size_t size;

	if (!file)
		return -1;
	if (fstat(fileno(file), &st) || !S_ISREG(st.st_mode)) {
		fclose(file);
		return 0;
	}
	size = (size_t)st.st_size;
	data = malloc(size ? size : 1);
	if (!data || fread(data, 1, size, file) != size)
		abort();
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

/* Return: number of files fed, or -1. */
static int feed_directory(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	char name[4096];
	int count = 0;

	if (!directory)
		return -1;
	while ((entry = readdir(directory)) != NULL) {
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		int fed = feed(name);

		count += fed > 0;
		if (fed < 0)
			perror(name);
	}
	closedir(directory);
	return count;
}

int main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc; i++) {
		int count = feed_directory(argv[i]);

		if (count < 0) {
			perror(argv[i]);
			return EXIT_FAILURE;
		}
		total += count;
	}
	printf("%d inputs\n", total);
	return total > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
