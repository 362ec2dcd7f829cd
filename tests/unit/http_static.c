/* SPDX-License-Identifier: GPL-3.0-or-later */
/* static: the files of a folder, and nothing that is not below it or not meant for a page. */
#include "httpd/static.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* ROOT/ui is the folder; ROOT/secret.txt and ROOT/other lie beside it. */
static char root[256], folder[300];

static void put(const char *path, const char *content)
{
	char whole[600];
	FILE *file;

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	file = fopen(whole, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(content, file);
	fclose(file);
}

static void make(const char *path)
{
	char whole[600];

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	CU_ASSERT_EQUAL_FATAL(mkdir(whole, 0755), 0);
}

static void point(const char *target, const char *path)
{
	char whole[600];

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	CU_ASSERT_EQUAL_FATAL(symlink(target, whole), 0);
}

static void build(void)
{
	const char *tmp = getenv("TRNG_TMP");

	snprintf(root, sizeof(root), "%.200s/static.XXXXXX", tmp ? tmp : "/tmp");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(root));
	snprintf(folder, sizeof(folder), "%s/ui", root);
	make("ui");
	make("ui/sub");
	make("ui/folder.html");
	make("ui/.git");
	make("other");
	put("ui/index.html", "the page");
	put("ui/app.js", "code");
	put("ui/sub/index.html", "the other page");
	put("ui/sub/style.css", "");
	put("ui/sub/a b%41.txt", "spaces");
	put("ui/.hidden.html", "hidden");
	put("ui/.git/config.txt", "hidden");
	put("ui/README", "no type");
	put("ui/page.html~", "no type");
	put("ui/page.HTML", "no type");
	put("ui/back\\slash.txt", "no");
	put("ui/new\nline.txt", "no");
	put("secret.txt", "secret");
	put("other/secret.txt", "secret");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void tear_down(void)
{
	CU_ASSERT_EQUAL(nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void check_serves(const char *path, const char *type, const char *content)
{
	struct static_file file;
	char bytes[64] = "";

	CU_ASSERT_EQUAL_FATAL(static_open(&file, folder, path), 0);
	CU_ASSERT_STRING_EQUAL(file.type, type);
	CU_ASSERT_EQUAL(file.size_bytes, strlen(content));
	CU_ASSERT_EQUAL(read(file.fd, bytes, sizeof(bytes) - 1), (ssize_t)strlen(content));
	CU_ASSERT_STRING_EQUAL(bytes, content);
	CU_ASSERT_EQUAL(fcntl(file.fd, F_GETFD), FD_CLOEXEC);
	CU_ASSERT(file.modified > 0);
	CU_ASSERT_EQUAL(file.tag[0], '"');
	CU_ASSERT_EQUAL(strchr(file.tag + 1, '"'), file.tag + strlen(file.tag) - 1);
	close(file.fd);
}

static void check_refuses(const char *path)
{
	struct static_file file = { .fd = -77 };
	int ret = static_open(&file, folder, path);

	if (ret != -ENOENT)
		printf("\"%s\": %d\n", path, ret);
	CU_ASSERT_EQUAL(ret, -ENOENT);
	CU_ASSERT_EQUAL(file.fd, -77);
}

static void test_serves(void)
{
	build();
	check_serves("/", "text/html; charset=utf-8", "the page");
	check_serves("/index.html", "text/html; charset=utf-8", "the page");
	check_serves("/app.js", "text/javascript; charset=utf-8", "code");
	check_serves("/sub/index.html", "text/html; charset=utf-8", "the other page");
	check_serves("/sub/style.css", "text/css; charset=utf-8", "");
	check_serves("/sub/a b%41.txt", "text/plain; charset=utf-8", "spaces");
	tear_down();
}

static void test_refuses(void)
{
	static const char *const paths[] = {
		"",
		"index.html",
		"//",
		"//index.html",
		"/sub",
		"/sub/",
		"/sub//index.html",
		"/index.html/",
		"/folder.html",
		"/missing.html",
		"/README",
		"/page.html~",
		"/page.HTML",
		"/.hidden.html",
		"/.git/config.txt",
		"/./index.html",
		"/sub/./index.html",
		"/sub/../index.html",
		"/../ui/index.html",
		"/../secret.txt",
		"/..",
		"/../../../../../../etc/passwd",
		"/sub/../../secret.txt",
		"/%2e%2e/secret.txt",
		"/..\\secret.txt",
		"/back\\slash.txt",
		"/new\nline.txt",
		"/index.html\x7f",
		"/app.js/index.html",
		"/html",
		"/etc/passwd.txt",
	};

	build();
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		check_refuses(paths[i]);
	tear_down();
}

static void test_absolute(void)
{
	char path[300];

	build();
	snprintf(path, sizeof(path), "/%s/secret.txt", root);
	check_refuses(path);
	check_refuses(path + 1);
	tear_down();
}

static void test_long(void)
{
	char path[6000];

	build();
	for (size_t len = 250; len < sizeof(path); len += 1 + len / 8) {
		memset(path, 'a', sizeof(path));
		path[0] = '/';
		memcpy(path + len - 5, ".txt", 5);
		check_refuses(path);
		for (size_t i = 2; i < len - 6; i += 2)
			path[i] = '/';
		check_refuses(path);
	}
	tear_down();
}

static void test_links(void)
{
	build();
	point("../secret.txt", "ui/up.txt");
	point("/etc/passwd", "ui/passwd.txt");
	point("/proc/self/fd/0", "ui/magic.txt");
	point("../other", "ui/other");
	point("/", "ui/all");
	point("loop.txt", "ui/loop.txt");
	point("index.html", "ui/within.html");
	check_refuses("/up.txt");
	check_refuses("/passwd.txt");
	check_refuses("/magic.txt");
	check_refuses("/other/secret.txt");
	check_refuses("/all/etc/passwd");
	check_refuses("/loop.txt");
	check_refuses("/within.html");
	tear_down();
}

/* What is no regular file must not block, nor be taken for one. */
static void test_odd_files(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char fifo[400];
	int socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);

	build();
	snprintf(fifo, sizeof(fifo), "%s/fifo.txt", folder);
	CU_ASSERT_EQUAL(mkfifo(fifo, 0666), 0);
	check_refuses("/fifo.txt");
	CU_ASSERT_EQUAL_FATAL(chdir(folder), 0);
	strcpy(address.sun_path, "socket.txt");
	CU_ASSERT_EQUAL(bind(socket_fd, (struct sockaddr *)&address, sizeof(address)), 0);
	CU_ASSERT_EQUAL_FATAL(chdir("/"), 0);
	check_refuses("/socket.txt");
	close(socket_fd);
	tear_down();
}

static void test_no_folder(void)
{
	struct static_file file;

	CU_ASSERT_EQUAL(static_open(&file, "/nonexistent/ui", "/"), -ENOENT);
	CU_ASSERT_EQUAL(static_open(&file, "/dev/null", "/"), -ENOENT);
}

/* Where descriptors are short, the file is not called missing. */
static void test_descriptors(void)
{
	struct static_file file;
	struct rlimit limit, none;
	int lowest;

	build();
	lowest = dup(STDIN_FILENO);
	close(lowest);
	getrlimit(RLIMIT_NOFILE, &limit);
	none = limit;
	for (int more = 0; more < 2; more++) {
		none.rlim_cur = (rlim_t)(lowest + more);
		CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &none), 0);
		CU_ASSERT_EQUAL(static_open(&file, folder, "/sub/index.html"), -EMFILE);
	}
	setrlimit(RLIMIT_NOFILE, &limit);
	CU_ASSERT_EQUAL(dup(STDIN_FILENO), lowest);
	close(lowest);
	tear_down();
}

static void tag_of(const char *path, char tag[STATIC_TAG_BYTES])
{
	struct static_file file;

	CU_ASSERT_EQUAL_FATAL(static_open(&file, folder, path), 0);
	memcpy(tag, file.tag, STATIC_TAG_BYTES);
	close(file.fd);
}

/* A file of the same length and time that came later is another one. */
static void test_tag_changes(void)
{
	char before[STATIC_TAG_BYTES], after[STATIC_TAG_BYTES], path[400];
	struct timespec times[2];
	struct stat st;

	build();
	snprintf(path, sizeof(path), "%s/app.js", folder);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	tag_of("/app.js", before);
	tag_of("/app.js", after);
	CU_ASSERT_STRING_EQUAL(before, after);
	/* As long as it takes the file system's clock to go on. */
	do {
		struct stat now;

		put("ui/app.js", "Code");
		CU_ASSERT_EQUAL(utimensat(AT_FDCWD, path, times, 0), 0);
		CU_ASSERT_EQUAL_FATAL(stat(path, &now), 0);
		if (memcmp(&now.st_ctim, &st.st_ctim, sizeof(now.st_ctim)))
			break;
	} while (1);
	tag_of("/app.js", after);
	CU_ASSERT_STRING_NOT_EQUAL(before, after);
	put("ui/app.js", "longer");
	CU_ASSERT_EQUAL(utimensat(AT_FDCWD, path, times, 0), 0);
	tag_of("/app.js", before);
	CU_ASSERT_STRING_NOT_EQUAL(before, after);
	tear_down();
}

static void test_matches(void)
{
	static const struct {
		const char *header;
		int matches;
	} rows[] = {
		{ NULL, 0 },
		{ "", 0 },
		{ "*", 1 },
		{ " * ", 1 },
		{ "*x", 0 },
		{ "\"*\"", 0 },
		{ "\"abc\"", 1 },
		{ "W/\"abc\"", 1 },
		{ "w/\"abc\"", 0 },
		{ "abc", 0 },
		{ "\"abc", 0 },
		{ "\"abcd\"", 0 },
		{ "\"ab\"", 0 },
		{ "\"x\", \"y\" ,W/\"abc\"", 1 },
		{ "\"x\",\"abc\"", 1 },
		{ ",, ,\"abc\",", 1 },
		{ "\"x\" \"abc\"", 0 },
		{ "\"x\"\"abc\"", 0 },
		{ "x, \"abc\"", 0 },
		{ "\"x, \"abc\"", 0 },
		{ "\"x\", *", 0 },
		{ ",", 0 },
		{ "W/", 0 },
		{ "\"", 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int matches = static_tag_matches(rows[i].header, "\"abc\"");

		if (matches != rows[i].matches)
			printf("%s: %d\n", rows[i].header, matches);
		CU_ASSERT_EQUAL(matches, rows[i].matches);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "files and their types", test_serves },
		{ "paths that are refused", test_refuses },
		{ "absolute paths", test_absolute },
		{ "long paths", test_long },
		{ "links", test_links },
		{ "what is no file", test_odd_files },
		{ "no folder", test_no_folder },
		{ "no descriptors", test_descriptors },
		{ "a tag changes with its file", test_tag_changes },
		{ "If-None-Match", test_matches },
	};

	return unit_run("http_static", tests, sizeof(tests) / sizeof(tests[0]));
}
