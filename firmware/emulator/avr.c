/* SPDX-License-Identifier: GPL-3.0-or-later */
/* avr - an ATmega328P at 16 MHz that runs an image, wired as the sketch wants it. */
#include "firmware/emulator/avr.h"

#include "common/log.h"
#include "firmware/emulator/image.h"

#include <errno.h>
#include <simavr/avr_adc.h>
#include <simavr/avr_ioport.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <stdlib.h>

#define CYCLES_PER_MS 16000u
#define LED_PIN       4
#define FAN_PIN       5

/*
 * The converter's input is in whole "millivolts", its range the supply: with 5000 a code is 4 or
 * 5 of them wide. With a supply of 1023 * 64 each code is exactly 64 wide, and fits 16 bits.
 */
#define CODE_WIDTH 64u
#define SUPPLY     (MODEL_ADC_MAX * CODE_WIDTH)

/* Firmware waits up to here for its turn; nothing is said sooner than the owner can ask again. */
#define SLICE_MS 20u

/* No reading for so long: it samples no more. */
#define SAMPLING_MS 100u

struct uno {
	struct wires *wires;
	struct image *image;
	avr_t *avr;       /* NULL before the first power-up */
	uint64_t base_ms; /* device time at its power-up */
	bool can_hear;    /* the receiver is enabled and has room */
	bool is_counting; /* the millisecond counter was set */
	bool is_dead;
	uint64_t read_ms; /* when the last reading was taken */
};

static uint64_t time_ms(const struct uno *it)
{
	return it->base_ms + it->avr->cycle / CYCLES_PER_MS;
}

/* It is in the middle of a step: what happens, happens now. */
static void sync_time(struct uno *it)
{
	it->wires->now_ms = time_ms(it);
}

static avr_irq_t *find_irq(const struct uno *it, uint32_t ioctl, int index)
{
	return avr_io_getirq(it->avr, ioctl, index);
}

/* The receiver says so again and again while there is room in it. */
static void feed(struct uno *it)
{
	avr_irq_t *input = find_irq(it, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);
	int byte;

	while (it->can_hear && (byte = wires_rx(it->wires)) >= 0)
		avr_raise_irq(input, (uint32_t)byte);
}

static void set_millis(struct uno *it)
{
	uint32_t address = image_millis_address(it->image);

	if (it->is_counting)
		return;
	it->is_counting = true;
	for (unsigned i = 0; address && i < 4; i++)
		it->avr->data[address + i] =
			(uint8_t)((it->wires->millis_base + (uint32_t)it->base_ms) >> 8 * i);
}

static void on_room(avr_irq_t *irq, uint32_t value, void *ctx)
{
	struct uno *it = ctx;

	(void)irq;
	(void)value;
	set_millis(it);
	it->can_hear = true;
	feed(it);
}

static void on_full(avr_irq_t *irq, uint32_t value, void *ctx)
{
	struct uno *it = ctx;

	(void)irq;
	(void)value;
	it->can_hear = false;
}

static void on_sent(avr_irq_t *irq, uint32_t value, void *ctx)
{
	struct uno *it = ctx;

	(void)irq;
	sync_time(it);
	wires_tx(it->wires, (uint8_t)value);
}

static void on_pin(avr_irq_t *irq, uint32_t value, void *ctx)
{
	struct uno *it = ctx;
	struct wires *wires = it->wires;

	sync_time(it);
	if (irq->irq == LED_PIN)
		wires_power(wires, value & 1, wires->fan);
	else
		wires_power(wires, wires->led, value & 1);
}

static void on_conversion(avr_irq_t *irq, uint32_t value, void *ctx)
{
	struct uno *it = ctx;

	(void)irq;
	(void)value;
	sync_time(it);
	it->read_ms = it->wires->now_ms;
	avr_raise_irq(find_irq(it, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_ADC0),
		      wires_adc(it->wires) * CODE_WIDTH);
}

/* Its own sleep would wait on the wall's clock. */
static void sleep_not(avr_t *avr, avr_cycle_count_t cycles)
{
	(void)avr;
	(void)cycles;
}

static void connect_wires(struct uno *it)
{
	static const struct {
		uint32_t ioctl;
		int index;
		avr_irq_notify_t notify;
	} table[] = {
		{ AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT, on_sent },
		{ AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XON, on_room },
		{ AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XOFF, on_full },
		{ AVR_IOCTL_IOPORT_GETIRQ('D'), LED_PIN, on_pin },
		{ AVR_IOCTL_IOPORT_GETIRQ('D'), FAN_PIN, on_pin },
		{ AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_OUT_TRIGGER, on_conversion },
	};
	uint32_t flags = 0;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		avr_irq_register_notify(find_irq(it, table[i].ioctl, table[i].index),
					table[i].notify, it);
	/* Neither print what the firmware sends nor sleep when it asks for input. */
	avr_ioctl(it->avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
	flags &= ~(uint32_t)(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP);
	avr_ioctl(it->avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
}

static void uno_close(void *state)
{
	struct uno *it = state;

	if (it->avr) {
		avr_terminate(it->avr);
		free(it->avr);
	}
	image_close(it->image);
	free(it);
}

static int uno_open(void **state, struct wires *wires, const char *path)
{
	struct uno *it = calloc(1, sizeof(*it));
	int err = it ? image_open(&it->image, path) : -ENOMEM;

	if (err) {
		free(it);
		return err;
	}
	it->wires = wires;
	it->avr = image_start(it->image);
	if (!it->avr) {
		uno_close(it);
		return -ENOMEM;
	}
	it->avr->vcc = it->avr->avcc = it->avr->aref = SUPPLY;
	it->avr->sleep = sleep_not;
	connect_wires(it);
	*state = it;
	return 0;
}

/* RAM keeps what it had, as it may on a board: the image clears what it uses. */
static void uno_power_up(void *state)
{
	struct uno *it = state;

	it->is_dead = false;
	it->can_hear = false;
	it->is_counting = false;
	it->base_ms = it->wires->now_ms;
	it->read_ms = 0;
	it->avr->cycle = 0; /* a reset does not */
	avr_reset(it->avr);
}

static void uno_hear(void *state)
{
	feed(state);
}

static uint64_t uno_next_step_ms(const void *state)
{
	const struct uno *it = state;

	return it->is_dead ? CHIP_NEVER_MS : it->wires->now_ms + 1;
}

/* Its clock is its own: it may end a little late, by an instruction or the rest of a sleep. */
static void uno_step(void *state, uint64_t at_ms)
{
	struct uno *it = state;

	while (!it->is_dead && time_ms(it) < at_ms) {
		int cpu = avr_run(it->avr);

		it->is_dead = cpu == cpu_Done || cpu == cpu_Crashed;
	}
	sync_time(it);
	if (it->is_dead)
		log_error("the firmware crashed at 0x%04x after %llu ms: the board is silent",
			  (unsigned)it->avr->pc, (unsigned long long)it->wires->now_ms);
}

static uint64_t uno_next_said_ms(const void *state)
{
	const struct uno *it = state;

	return it->is_dead ? CHIP_NEVER_MS : it->wires->now_ms + SLICE_MS;
}

static bool uno_is_on(const void *state)
{
	const struct uno *it = state;
	const struct wires *wires = it->wires;

	if (it->is_dead)
		return false;
	return wires->led || wires->fan ||
	       (it->read_ms && wires->now_ms - it->read_ms < SAMPLING_MS);
}

const struct chip chip_uno = {
	.name = "uno",
	.open = uno_open,
	.close = uno_close,
	.power_up = uno_power_up,
	.hear = uno_hear,
	.next_step_ms = uno_next_step_ms,
	.step = uno_step,
	.next_said_ms = uno_next_said_ms,
	.is_on = uno_is_on,
};
