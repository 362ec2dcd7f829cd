/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * port - one open serial port, raw and non-blocking.
 *
 * Real ports are opened by libserialport; a path that is a terminal but no real port (a pty, which
 * libserialport refuses) by plain termios. Nothing here waits.
 */
#ifndef TRNG_DEVICE_PORT_H
#define TRNG_DEVICE_PORT_H

#include "common/text.h"

#include <stddef.h>
#include <sys/types.h>

enum port_line { PORT_LINE_LEAVE, PORT_LINE_LOW, PORT_LINE_HIGH };

struct port;

/**
 * port_open - open @path for us alone: 8 data bits, no parity, no flow control, input flushed.
 *
 * Another daemon is kept out by flock(2), which also root obeys; other programs from a real port
 * by TIOCEXCL. (Not from a pty: the flag would outlive a killed daemon there.)
 *
 * @port:      owned by the caller, closed with port_close(); untouched on failure.
 * @baud_rate: in baud; whatever libserialport or termios knows.
 * @why:       on failure one sentence for a person is appended.
 * Return: 0; -ENOENT; -EACCES; -EBUSY: somebody has it; -ENOTTY: no serial port; -EINVAL: no such
 *         baud rate; -ENOMEM; or what else open(2) and tcsetattr(3) give.
 */
int port_open(struct port **port, const char *path, unsigned baud_rate, struct text *why);

/** port_close - close and release; NULL is fine. Output still pending on a real port is dropped. */
void port_close(struct port *port);

/** port_fd - for poll(2). */
int port_fd(const struct port *port);

/**
 * port_read - what has arrived, at most @size_bytes.
 * Return: 1 or more; -EAGAIN: nothing; -EIO: hung up; -ENXIO, ...: as read(2).
 */
ssize_t port_read(struct port *port, void *bytes, size_t size_bytes);

/**
 * port_write - as much of @bytes as the port takes now.
 * Return: 0 or more; or -errno, -EAGAIN never among them.
 */
ssize_t port_write(struct port *port, const void *bytes, size_t len_bytes);

/** port_flush - drop what arrived and has not been read, also what only the driver holds. */
void port_flush(struct port *port);

/**
 * port_lines - set both modem control lines in one request, so that no third state is seen.
 * Return: 0; -ENOTTY: the port has none (a pty); or what else ioctl(2) gives.
 */
int port_lines(struct port *port, enum port_line dtr, enum port_line rts);

#endif
