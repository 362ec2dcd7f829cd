/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * link - one board on one port: open, on and off, settle, reconnect with back-off.
 *
 * Never blocks and keeps no clock: the owner polls link_fd() until link_deadline_ms() and then
 * calls link_service() with the time. Bytes reach the owner only between `settled` and the next
 * off, cycle or loss; whatever else the port gives is read, wiped and dropped.
 */
#ifndef TRNG_DEVICE_LINK_H
#define TRNG_DEVICE_LINK_H

#include "fuse-trng/device/identity.h"
#include "fuse-trng/device/profile.h"
#include "fuse-trng/device/prove.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Callbacks; each may call back into link_power() and link_cycle(). */
struct link_events {
	/* The port is open. Also called after each reconnect. */
	void (*up)(void *ctx, uint64_t now_ms);
	/*
	 * The port could not be opened or is gone; why is a sentence. Once per loss, and again
	 * when a retry fails for another reason ("... is gone", then "there is no ...").
	 */
	void (*down)(void *ctx, int error, const char *why, uint64_t now_ms);
	/*
	 * It is known what the board answers to id, if anything. Once per opening at most, before
	 * the first `on`; never for kinds that are not asked.
	 */
	void (*identified)(void *ctx, uint64_t now_ms);
	/*
	 * The board was told to be on or off (word written and drained, or lines set). Once for
	 * each change of the wish while the port is open, and for an off that the link says of
	 * itself to a board that was left on. An `on` that was overtaken is not reported.
	 */
	void (*powered)(void *ctx, bool is_on, uint64_t now_ms);
	/* On, settled and flushed: the next bytes are the first of the new stream. */
	void (*settled)(void *ctx, uint64_t now_ms);
	/* So much came that is no symbol of a settled board; it has been wiped. */
	void (*dropped)(void *ctx, size_t len_bytes);
	/* Symbols, packed. The memory is the link's and is wiped after the call. */
	void (*bytes)(void *ctx, const uint8_t *bytes, size_t len_bytes, uint64_t now_ms);
	/*
	 * A proof has come so far; its readings are wiped with the next off. Its end is `settled`,
	 * as after link_cycle(), unless link_power(), link_cycle() or a loss of the port ended it.
	 */
	void (*proving)(void *ctx, const struct prove_report *report, uint64_t now_ms);
};

struct link_settings {
	const char *port;       /* path, or "auto": found by the profile's USB identity */
	struct profile profile; /* with the configuration's overrides applied */
};

struct link;

/**
 * link_open - make a link; the first attempt to open the port is made by link_service().
 * @settings, @events: copied; the strings in them must outlive the link. @ctx: for the callbacks.
 * Return: 0; -ENOMEM.
 */
int link_open(struct link **link, const struct link_settings *settings,
	      const struct link_events *events, void *ctx);

/**
 * link_close - tell the board to be off if it is on, close, wipe, release. NULL is fine.
 *
 * Blocks for at most 800 ms, so that a board that listens slowly still hears the word.
 */
void link_close(struct link *link, uint64_t now_ms);

/** link_fd - descriptor to poll, -1 while there is none; *@events as for poll(2). */
int link_fd(const struct link *link, short *events);

/** link_deadline_ms - when link_service() wants to be called at the latest; UINT64_MAX: never. */
uint64_t link_deadline_ms(const struct link *link);

/** link_service - do what is due: open, read, write, settle. @revents as poll(2) returned. */
void link_service(struct link *link, short revents, uint64_t now_ms);

/**
 * link_power - want the board on or off; returns at once, `powered` tells when it was told.
 *
 * A pending off followed by on is carried out as both, in order, with the word gap between. While
 * the port is gone only the wish is kept: on reconnection the board is told again. A board
 * that was on when the port went is first told off, if its kind has a word for it.
 */
void link_power(struct link *link, bool is_on, uint64_t now_ms);

/** link_cycle - off, then on, whatever it was; `powered` is called for both. */
void link_cycle(struct link *link, uint64_t now_ms);

/**
 * link_prove - the active causality test (prove.h) of a board whose bytes flow; returns at once.
 *
 * State:    nothing comes through `bytes` until `settled`; `powered` is not called for what the
 *           test switches on, and for its offs as for any.
 * @left_ms: until the board is told on as usual, if all goes well.
 * Return:   0; -EOPNOTSUPP: nothing silences a board of this kind; -EBUSY: no bytes flow now.
 */
int link_prove(struct link *link, uint64_t now_ms, uint64_t *left_ms);

/** link_is_up - whether the port is open. */
bool link_is_up(const struct link *link);

/** link_port - the port's path in use, or as configured while none is. Valid until changed. */
const char *link_port(const struct link *link);

/** link_identity - what the board on the open port said of itself; pending while none is open. */
const struct identity *link_identity(const struct link *link);

/**
 * link_list_ports - print the machine's serial ports with USB identity, and which profile each
 * would match, to standard output; for --list-ports.
 * Return: number of ports, or -errno.
 */
int link_list_ports(void);

#endif
