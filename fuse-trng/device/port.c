/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One open serial port: libserialport for real ones, plain termios for what else is a terminal. */
#include "fuse-trng/device/port.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libserialport.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

/* Linux's device numbers (admin-guide/devices.txt) of the machine's own terminals. */
#define MAJOR_TTY        4
#define MAJOR_TTYAUX     5
#define VIRTUAL_CONSOLES 64

struct port {
	int fd;
	struct sp_port *serial; /* NULL: plain termios */
};

struct rate {
	unsigned baud_rate;
	speed_t speed;
};

static const struct rate rates[] = {
	{ 50, B50 },           { 75, B75 },           { 110, B110 },         { 134, B134 },
	{ 150, B150 },         { 200, B200 },         { 300, B300 },         { 600, B600 },
	{ 1200, B1200 },       { 1800, B1800 },       { 2400, B2400 },       { 4800, B4800 },
	{ 9600, B9600 },       { 19200, B19200 },     { 38400, B38400 },     { 57600, B57600 },
	{ 115200, B115200 },   { 230400, B230400 },   { 460800, B460800 },   { 500000, B500000 },
	{ 576000, B576000 },   { 921600, B921600 },   { 1000000, B1000000 }, { 1152000, B1152000 },
	{ 1500000, B1500000 }, { 2000000, B2000000 }, { 2500000, B2500000 }, { 3000000, B3000000 },
	{ 3500000, B3500000 }, { 4000000, B4000000 },
};

static const char *kind_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "a regular file";
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a named pipe";
	case S_IFSOCK:
		return "a socket";
	case S_IFBLK:
		return "a block device";
	default:
		return "a device";
	}
}

static void explain_owner(struct text *why, const char *path)
{
	const struct passwd *user;
	const struct group *group;
	struct stat status;

	if (stat(path, &status)) {
		text_add(why, "no permission to reach %s", path);
		return;
	}
	user = getpwuid(status.st_uid);
	group = getgrgid(status.st_gid);
	text_add(why, "no permission to open %s (it belongs to user %s, group %s)", path,
		 user ? user->pw_name : "?", group ? group->gr_name : "?");
}

static int explain(struct text *why, const char *path, int error)
{
	struct stat status;

	switch (error) {
	case ENOENT:
		if (!lstat(path, &status) && S_ISLNK(status.st_mode))
			text_add(why, "%s is a symbolic link to nothing", path);
		else
			text_add(why, "there is no %s", path);
		break;
	case EACCES:
	case EPERM:
		explain_owner(why, path);
		break;
	case EBUSY:
	case EWOULDBLOCK:
		text_add(why, "%s is in use by another program", path);
		return -EBUSY;
	case ENXIO:
	case ENODEV:
	case EIO:
		text_add(why, "there is no device behind %s", path);
		break;
	default:
		text_add(why, "cannot use %s: %s", path, strerror(error));
		break;
	}
	return -error;
}

static int refuse_kind(struct text *why, const char *path, const char *kind)
{
	text_add(why, "%s is %s, not a serial port", path, kind);
	return -ENOTTY;
}

/* Whether sysfs, which knows no ptys, says that the device belongs to something else than tty. */
static bool is_foreign(dev_t device)
{
	char link[64], target[PATH_MAX];
	const char *name;
	ssize_t len;

	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u/subsystem", major(device), minor(device));
	len = readlink(link, target, sizeof(target) - 1);
	if (len < 0)
		return false;
	target[len] = '\0';
	name = strrchr(target, '/');
	return strcmp(name ? name + 1 : target, "tty") != 0;
}

/* Opening other files can wait or act (a FIFO, a watchdog), so they are refused unopened. */
static int check_kind(const char *path, struct text *why)
{
	struct stat status;
	bool is_own;

	if (stat(path, &status))
		return explain(why, path, errno);
	if (!S_ISCHR(status.st_mode))
		return refuse_kind(why, path, kind_name(status.st_mode));
	if (is_foreign(status.st_rdev))
		return refuse_kind(why, path, "a device");
	is_own = major(status.st_rdev) == MAJOR_TTYAUX ||
		 (major(status.st_rdev) == MAJOR_TTY && minor(status.st_rdev) < VIRTUAL_CONSOLES);
	if (is_own)
		return refuse_kind(why, path, "a console or terminal of this machine");
	return 0;
}

/* libserialport's verdict as an errno; its error code is set only with SP_ERR_FAIL. */
static int serial_error(enum sp_return result)
{
	switch (result) {
	case SP_OK:
		return 0;
	case SP_ERR_FAIL:
		return sp_last_error_code() ? sp_last_error_code() : EIO;
	case SP_ERR_MEM:
		return ENOMEM;
	case SP_ERR_ARG:
	case SP_ERR_SUPP:
	default:
		return EINVAL;
	}
}

/* Return: 0, or -errno with *is_serial telling whether @path is a real port at all. */
static int open_serial(struct port *port, const char *path, bool *is_serial)
{
	char real[PATH_MAX];
	int error;

	*is_serial = realpath(path, real) && sp_get_port_by_name(real, &port->serial) == SP_OK;
	if (!*is_serial) {
		port->serial = NULL;
		return -ENOTTY;
	}
	error = serial_error(sp_open(port->serial, SP_MODE_READ_WRITE));
	if (error) {
		sp_free_port(port->serial);
		port->serial = NULL;
		return -error;
	}
	sp_get_port_handle(port->serial, &port->fd);
	return 0;
}

static int open_descriptor(struct port *port, const char *path)
{
	bool is_serial;
	int err = open_serial(port, path, &is_serial);

	if (is_serial)
		return err;
	port->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	return port->fd < 0 ? -errno : 0;
}

static int claim(const struct port *port)
{
	if (flock(port->fd, LOCK_EX | LOCK_NB))
		return -errno;
	if (port->serial)
		ioctl(port->fd, TIOCEXCL);
	return 0;
}

static int set_raw(const struct port *port)
{
	struct termios termios;
	int flags = fcntl(port->fd, F_GETFL);

	if (flags < 0 || fcntl(port->fd, F_SETFL, flags | O_NONBLOCK) ||
	    fcntl(port->fd, F_SETFD, FD_CLOEXEC) || tcgetattr(port->fd, &termios))
		return -errno;
	cfmakeraw(&termios);
	termios.c_iflag |= IGNBRK;
	termios.c_iflag &= ~(tcflag_t)(INPCK | IXOFF | IXANY);
	termios.c_cflag &= ~(tcflag_t)(CSTOPB | CRTSCTS);
	termios.c_cflag |= CLOCAL | CREAD | HUPCL;
	/* With VMIN 0 an empty port would read as 0 bytes, which is what a lost one does. */
	termios.c_cc[VMIN] = 1;
	termios.c_cc[VTIME] = 0;
	return tcsetattr(port->fd, TCSANOW, &termios) ? -errno : 0;
}

static int set_speed(const struct port *port, speed_t speed)
{
	struct termios termios;

	if (tcgetattr(port->fd, &termios) || cfsetspeed(&termios, speed) ||
	    tcsetattr(port->fd, TCSANOW, &termios))
		return -errno;
	return 0;
}

static int set_baud_rate(const struct port *port, unsigned baud_rate)
{
	if (baud_rate == 0 || baud_rate > INT_MAX)
		return -EINVAL;
	if (port->serial)
		return -serial_error(sp_set_baudrate(port->serial, (int)baud_rate));
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		if (rates[i].baud_rate == baud_rate)
			return set_speed(port, rates[i].speed);
	return -EINVAL;
}

static int set_up(struct port *port, const char *path, unsigned baud_rate, struct text *why)
{
	int err;

	if (!isatty(port->fd) && errno != EIO) /* EIO: a port, and gone again */
		return refuse_kind(why, path, "a device");
	err = claim(port);
	if (!err)
		err = set_raw(port);
	if (err)
		return explain(why, path, -err);
	err = set_baud_rate(port, baud_rate);
	if (err)
		text_add(why, "%s cannot be set to %u baud", path, baud_rate);
	return err;
}

int port_open(struct port **port, const char *path, unsigned baud_rate, struct text *why)
{
	struct port *opened;
	int err = check_kind(path, why);

	if (err)
		return err;
	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return explain(why, path, ENOMEM);
	opened->fd = -1;
	err = open_descriptor(opened, path);
	err = err ? explain(why, path, -err) : set_up(opened, path, baud_rate, why);
	if (err) {
		port_close(opened);
		return err;
	}
	port_flush(opened);
	*port = opened;
	return 0;
}

void port_close(struct port *port)
{
	if (!port)
		return;
	if (port->serial) {
		/* Else the kernel waits up to 30 s for output that a dead device never takes. */
		tcflush(port->fd, TCOFLUSH);
		sp_close(port->serial);
		sp_free_port(port->serial);
	} else if (port->fd >= 0) {
		close(port->fd);
	}
	free(port);
}

int port_fd(const struct port *port)
{
	return port->fd;
}

ssize_t port_read(struct port *port, void *bytes, size_t size_bytes)
{
	ssize_t len = read(port->fd, bytes, size_bytes);

	if (len > 0)
		return len;
	if (len == 0)
		return -EIO;
	return errno == EINTR ? -EAGAIN : -errno;
}

ssize_t port_write(struct port *port, const void *bytes, size_t len_bytes)
{
	ssize_t len = write(port->fd, bytes, len_bytes);

	if (len >= 0)
		return len;
	return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

void port_flush(struct port *port)
{
	tcflush(port->fd, TCIFLUSH);
}

static int with_line(int lines, int mask, enum port_line line)
{
	if (line == PORT_LINE_LEAVE)
		return lines;
	return line == PORT_LINE_HIGH ? lines | mask : lines & ~mask;
}

int port_lines(struct port *port, enum port_line dtr, enum port_line rts)
{
	int before, after;

	if (ioctl(port->fd, TIOCMGET, &before))
		return -errno;
	after = with_line(with_line(before, TIOCM_DTR, dtr), TIOCM_RTS, rts);
	if (after == before)
		return 0;
	return ioctl(port->fd, TIOCMSET, &after) ? -errno : 0;
}
