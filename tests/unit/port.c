/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of port: ptys as ports, odd paths, and libserialport played by this program, whose
 * functions of the same names come first when it is linked.
 */
#include "fuse-trng/device/port.h"
#include "tests/unit/board.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>

#include <errno.h>
#include <libserialport.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* --- libserialport as the tests need it ------------------------------------------------------ */

struct sp_port {
	char *name;
	int fd;
};

static struct {
	const char *real; /* the one path that is a real serial port, NULL: none */
	enum sp_return open_result;
	enum sp_return baud_result;
	int last_error;
	int baud_rate; /* as set */
	int open_count;
} fake;

enum sp_return sp_get_port_by_name(const char *portname, struct sp_port **port_ptr)
{
	if (!fake.real || strcmp(portname, fake.real) != 0)
		return SP_ERR_ARG;
	*port_ptr = calloc(1, sizeof(**port_ptr));
	(*port_ptr)->name = strdup(portname);
	return SP_OK;
}

enum sp_return sp_open(struct sp_port *port, enum sp_mode flags)
{
	(void)flags;
	if (fake.open_result != SP_OK)
		return fake.open_result;
	port->fd = open(port->name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	fake.last_error = errno;
	if (port->fd < 0)
		return SP_ERR_FAIL;
	fake.open_count++;
	return SP_OK;
}

enum sp_return sp_close(struct sp_port *port)
{
	close(port->fd);
	fake.open_count--;
	return SP_OK;
}

enum sp_return sp_get_port_handle(const struct sp_port *port, void *result_ptr)
{
	*(int *)result_ptr = port->fd;
	return SP_OK;
}

enum sp_return sp_set_baudrate(struct sp_port *port, int baudrate)
{
	(void)port;
	fake.baud_rate = baudrate;
	return fake.baud_result;
}

int sp_last_error_code(void)
{
	return fake.last_error;
}

void sp_free_port(struct sp_port *port)
{
	free(port->name);
	free(port);
}

/* --- helpers --------------------------------------------------------------------------------- */

static char why_data[PATH_MAX + 256];

static int try_open(struct port **port, const char *path, unsigned baud_rate)
{
	struct text why;

	*port = NULL;
	text_init(&why, why_data, sizeof(why_data));
	return port_open(port, path, baud_rate, &why);
}

static void expect_refusal(const char *path, int error, const char *sentence)
{
	struct port *port;

	CU_ASSERT_EQUAL(try_open(&port, path, 9600), error);
	CU_ASSERT_PTR_NULL(port);
	if (!strstr(why_data, sentence))
		printf("\n  for %s: %s\n", path, why_data);
	CU_ASSERT_PTR_NOT_NULL(strstr(why_data, sentence));
	CU_ASSERT_PTR_NULL(strchr(why_data, '\n'));
}

static struct board plugged(void)
{
	struct board board;

	fake.real = NULL;
	if (!board_plug(&board))
		CU_FAIL_FATAL("no pty");
	return board;
}

/* As a shell leaves a terminal: everything that changes or swallows bytes is on. */
static void cook(const struct board *board)
{
	struct termios termios;

	CU_ASSERT_EQUAL(tcgetattr(board->keeper, &termios), 0);
	termios.c_iflag |= ICRNL | INLCR | IXON | ISTRIP | BRKINT | PARMRK;
	termios.c_oflag |= OPOST | ONLCR;
	termios.c_lflag |= ICANON | ECHO | ISIG | IEXTEN;
	CU_ASSERT_EQUAL(tcsetattr(board->keeper, TCSANOW, &termios), 0);
}

/* --- tests ----------------------------------------------------------------------------------- */

static void test_bytes_pass_unchanged(void)
{
	struct board board = plugged();
	uint8_t all[256], got[256];
	size_t len = 0;
	struct port *port;

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i; /* ^C, ^S, CR, 0xff and everything else a cooked tty changes */
	cook(&board);
	CU_ASSERT_EQUAL_FATAL(try_open(&port, board.path, 9600), 0);
	CU_ASSERT_EQUAL(port_read(port, got, sizeof(got)), -EAGAIN);
	CU_ASSERT(board_say(&board, all, sizeof(all)));
	while (len < sizeof(all) && board_wait(port_fd(port), POLLIN, BOARD_PATIENCE_MS)) {
		ssize_t part = port_read(port, got + len, sizeof(got) - len);

		CU_ASSERT_FATAL(part > 0);
		len += (size_t)part;
	}
	CU_ASSERT_EQUAL(memcmp(all, got, sizeof(all)), 0);
	CU_ASSERT_EQUAL(port_write(port, all, 200), 200);
	CU_ASSERT_EQUAL(board_hear(&board, (char *)got, 256, BOARD_PATIENCE_MS), 200);
	CU_ASSERT_EQUAL(memcmp(all, got, 200), 0);
	port_close(port);
	board_unplug(&board);
}

static void test_stale_bytes_are_flushed(void)
{
	struct board board = plugged();
	uint8_t got[16];
	struct port *port;

	CU_ASSERT(board_say(&board, "stale", 5));
	CU_ASSERT(board_wait(board.keeper, POLLIN, BOARD_PATIENCE_MS));
	CU_ASSERT_EQUAL_FATAL(try_open(&port, board.path, 9600), 0);
	CU_ASSERT_EQUAL(port_read(port, got, sizeof(got)), -EAGAIN);
	CU_ASSERT(board_say(&board, "more", 4));
	CU_ASSERT(board_wait(port_fd(port), POLLIN, BOARD_PATIENCE_MS));
	port_flush(port);
	CU_ASSERT_EQUAL(port_read(port, got, sizeof(got)), -EAGAIN);
	port_close(port);
	board_unplug(&board);
}

static void test_hang_up(void)
{
	struct board board = plugged();
	uint8_t got[16];
	struct port *port;

	CU_ASSERT_EQUAL_FATAL(try_open(&port, board.path, 9600), 0);
	board_unplug(&board);
	CU_ASSERT(board_wait(port_fd(port), POLLIN, BOARD_PATIENCE_MS));
	CU_ASSERT_EQUAL(port_read(port, got, sizeof(got)), -EIO);
	CU_ASSERT(port_write(port, "x", 1) < 0);
	port_close(port);
}

/* A board that reads nothing: the port takes what fits and says so, it never waits. */
static void test_full_port(void)
{
	struct board board = plugged();
	static uint8_t block[4096];
	size_t total = 0;
	ssize_t part;
	struct port *port;

	CU_ASSERT_EQUAL_FATAL(try_open(&port, board.path, 9600), 0);
	while ((part = port_write(port, block, sizeof(block))) > 0 && total < 1u << 24)
		total += (size_t)part;
	CU_ASSERT_EQUAL(part, 0);
	CU_ASSERT(total > 0);
	port_close(port);
	board_unplug(&board);
}

static void test_busy(void)
{
	struct board board = plugged();
	struct port *port;

	CU_ASSERT_EQUAL_FATAL(try_open(&port, board.path, 9600), 0);
	expect_refusal(board.path, -EBUSY, "is in use by another program");
	port_close(port);
	CU_ASSERT_EQUAL(try_open(&port, board.path, 9600), 0);
	port_close(port);
	board_unplug(&board);
}

static void test_baud_rates(void)
{
	const unsigned known[] = { 50, 300, 9600, 115200, 4000000 },
		       odd[] = { 0, 9601, 4294967295u };
	struct board board = plugged();
	struct port *port;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		CU_ASSERT_EQUAL(try_open(&port, board.path, known[i]), 0);
		port_close(port);
	}
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		CU_ASSERT_EQUAL(try_open(&port, board.path, odd[i]), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(why_data, "cannot be set to"));
	}
	CU_ASSERT_EQUAL(try_open(&port, board.path, 9600), 0); /* a refusal left no lock */
	port_close(port);
	board_unplug(&board);
}

static void test_lines_of_a_pty(void)
{
	struct board board = plugged();
	struct port *port;

	CU_ASSERT_EQUAL_FATAL(try_open(&port, board.path, 9600), 0);
	CU_ASSERT(port_lines(port, PORT_LINE_HIGH, PORT_LINE_LOW) < 0);
	port_close(port);
	board_unplug(&board);
}

static void test_odd_paths(void)
{
	char dir[] = "/tmp/trng-port-XXXXXX", path[PATH_MAX + 8], link[64];

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	expect_refusal(dir, -ENOTTY, "is a directory, not a serial port");
	snprintf(path, sizeof(path), "%s/none", dir);
	expect_refusal(path, -ENOENT, "there is no /tmp/");
	snprintf(link, sizeof(link), "%s/link", dir);
	CU_ASSERT_EQUAL(symlink(path, link), 0);
	expect_refusal(link, -ENOENT, "is a symbolic link to nothing");
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	expect_refusal(path, -ENOTTY, "is a named pipe, not a serial port");
	expect_refusal(link, -ENOTTY, "is a named pipe, not a serial port");
	unlink(path);
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	expect_refusal(path, -ENOTTY, "is a regular file, not a serial port");
	strcat(path, "/below");
	expect_refusal(path, -ENOTDIR, "Not a directory");
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	CU_ASSERT(unlink(link) == 0 && symlink(link, link) == 0);
	expect_refusal(link, -ELOOP, "cannot use");
	expect_refusal("", -ENOENT, "there is no ");
	expect_refusal("/dev/null", -ENOTTY, "is a device, not a serial port");
	expect_refusal("/dev/full", -ENOTTY, "is a device, not a serial port");
	expect_refusal("/dev/tty", -ENOTTY, "is a console or terminal of this machine");
	expect_refusal("/dev/ptmx", -ENOTTY, "is a console or terminal of this machine");
	struct port *port;

	CU_ASSERT_EQUAL(try_open(&port, path, 9600), -ENAMETOOLONG);
	unlink(link);
	snprintf(path, sizeof(path), "%s/none", dir);
	unlink(path);
	rmdir(dir);
}

/* A port of another user, tried as nobody. */
static void test_no_permission(void)
{
	struct board board = plugged();
	struct port *port;
	int status = -1;
	pid_t child;

	fflush(stdout);
	CU_ASSERT_EQUAL(chmod(board.path, geteuid() == 0 ? 0600 : 0), 0);
	child = fork();
	if (child == 0) {
		if (geteuid() == 0 && setuid(65534))
			_exit(2);
		_exit(try_open(&port, board.path, 9600) == -EACCES &&
				      strstr(why_data, "no permission to open /dev/") &&
				      strstr(why_data, "belongs to user ")
			      ? 0
			      : 1);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_EQUAL(status, 0);
	board_unplug(&board);
}

/* A pty that is said to be a real port takes libserialport's way. */
static void test_real_port(void)
{
	struct board board = plugged();
	struct port *port;

	fake.real = board.path;
	fake.open_result = fake.baud_result = SP_OK;
	CU_ASSERT_EQUAL_FATAL(try_open(&port, board.path, 12345), 0);
	CU_ASSERT_EQUAL(fake.baud_rate, 12345);
	CU_ASSERT(fcntl(port_fd(port), F_GETFL) & O_NONBLOCK);
	CU_ASSERT(fcntl(port_fd(port), F_GETFD) & FD_CLOEXEC);
	expect_refusal(board.path, -EBUSY, "in use");
	CU_ASSERT_EQUAL(fake.open_count, 1);
	port_close(port);
	CU_ASSERT_EQUAL(fake.open_count, 0);
	fake.real = NULL;
	board_unplug(&board);
}

static void test_real_port_refused(void)
{
	static const struct {
		enum sp_return result;
		int last_error;
		int expected;
		const char *sentence;
	} cases[] = {
		{ SP_ERR_FAIL, EACCES, -EACCES, "no permission to open" },
		{ SP_ERR_FAIL, EBUSY, -EBUSY, "in use" },
		{ SP_ERR_FAIL, ENXIO, -ENXIO, "no device behind" },
		{ SP_ERR_FAIL, 0, -EIO, "no device behind" },
		{ SP_ERR_MEM, 0, -ENOMEM, "Cannot allocate memory" },
		{ SP_ERR_SUPP, 0, -EINVAL, "cannot use" },
	};
	struct board board = plugged();
	struct port *port;

	fake.real = board.path;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake.open_result = cases[i].result;
		fake.last_error = cases[i].last_error;
		expect_refusal(board.path, cases[i].expected, cases[i].sentence);
	}
	fake.open_result = SP_OK;
	fake.baud_result = SP_ERR_SUPP;
	CU_ASSERT_EQUAL(try_open(&port, board.path, 12345), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why_data, "cannot be set to 12345 baud"));
	CU_ASSERT_EQUAL(fake.open_count, 0);
	fake.baud_result = SP_OK;
	fake.real = NULL;
	board_unplug(&board);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "all byte values pass unchanged", test_bytes_pass_unchanged },
		{ "stale bytes are flushed", test_stale_bytes_are_flushed },
		{ "a hang-up is an error, not an empty read", test_hang_up },
		{ "a full port takes nothing and does not wait", test_full_port },
		{ "a port has one owner", test_busy },
		{ "baud rates", test_baud_rates },
		{ "a pty has no modem lines", test_lines_of_a_pty },
		{ "odd paths", test_odd_paths },
		{ "no permission", test_no_permission },
		{ "a real port is opened by libserialport", test_real_port },
		{ "libserialport's refusals", test_real_port_refused },
	};

	return unit_run("port", tests, sizeof(tests) / sizeof(tests[0]));
}
