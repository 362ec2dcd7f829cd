/* SPDX-License-Identifier: GPL-3.0-or-later */
/* image - an ELF file for the ATmega328P, and processors that start with it. */
#include "firmware/emulator/image.h"

#include "common/log.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <simavr/sim_elf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSOR    "atmega328p"
#define FREQUENCY_HZ 16000000u
#define FLASH_BYTES  0x8000u
#define FUSE_BYTES   6u
#define RAM_ADDRESS  0x800000u /* where the linker puts what begins at 0 in RAM */
#define RAM_START    0x100u    /* behind the registers */
#define RAM_END      0x900u

struct image {
	elf_firmware_t firmware;
};

/* What the library says at its own errors; the rest is of no use to anybody here. */
__attribute__((format(printf, 3, 0))) static void log_simavr(avr_t *avr, const int level,
							     const char *format, va_list arguments)
{
	char text[256];

	(void)avr;
	if (level > LOG_ERROR)
		return;
	vsnprintf(text, sizeof(text), format, arguments);
	text[strcspn(text, "\n")] = '\0';
	log_warning("%s", text);
}

/* The library trusts a file: it would stumble over one for another machine. */
static int check_header(const char *path)
{
	Elf32_Ehdr header = { 0 };
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, &header, sizeof(header));
	int err = length < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	if (!err && (length < (ssize_t)sizeof(header) || memcmp(header.e_ident, ELFMAG, SELFMAG) ||
		     header.e_ident[EI_CLASS] != ELFCLASS32 || header.e_machine != EM_AVR ||
		     header.e_type != ET_EXEC))
		err = -ENOEXEC;
	return err;
}

static bool fits(const elf_firmware_t *firmware)
{
	return firmware->flashsize && firmware->flashsize <= FLASH_BYTES &&
	       firmware->flashbase <= FLASH_BYTES - firmware->flashsize &&
	       firmware->fusesize <= FUSE_BYTES;
}

static int load(struct image *image, const char *path)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	int err = -EIO;

	fflush(stdout);
	if (nowhere >= 0 && out >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0) {
		err = elf_read_firmware(path, &image->firmware) ? -ENOEXEC : 0;
		fflush(stdout);
		dup2(out, STDOUT_FILENO);
	}
	if (nowhere >= 0)
		close(nowhere);
	if (out >= 0)
		close(out);
	if (!err && !fits(&image->firmware))
		err = -ENOEXEC;
	return err;
}

/*
 * The rest of a header is followed unchecked, out of the file if it says so. A process of its own
 * tries first; what ends that one is no image.
 */
static int try_load(struct image *image, const char *path)
{
	int status = 0;
	pid_t pid;

	fflush(stdout); /* else load() prints it once more, there */
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		static const struct rlimit no_core;
		int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

		setrlimit(RLIMIT_CORE, &no_core);
		dup2(nowhere, STDERR_FILENO);
		_exit(load(image, path) || !image_start(image));
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return status ? -ENOEXEC : 0;
}

int image_open(struct image **image, const char *path)
{
	struct image *opened = calloc(1, sizeof(*opened));
	int err;

	if (!opened)
		return -ENOMEM;
	avr_global_logger_set(log_simavr);
	err = check_header(path);
	if (!err)
		err = try_load(opened, path);
	if (!err)
		err = load(opened, path);
	if (err) {
		log_error("%s: %s", path,
			  err == -ENOEXEC ? "no image for this processor" : strerror(-err));
		image_close(opened);
		return err;
	}
	opened->firmware.frequency = FREQUENCY_HZ;
	*image = opened;
	return 0;
}

void image_close(struct image *image)
{
	if (!image)
		return;
	for (uint32_t i = 0; i < image->firmware.symbolcount; i++)
		free(image->firmware.symbol[i]);
	free(image->firmware.symbol);
	free(image->firmware.flash);
	free(image->firmware.eeprom);
	free(image->firmware.fuse);
	free(image->firmware.lockbits);
	free(image);
}

avr_t *image_start(struct image *image)
{
	avr_t *avr = avr_make_mcu_by_name(PROCESSOR);

	if (!avr)
		return NULL;
	avr_init(avr);
	avr_load_firmware(avr, &image->firmware);
	return avr;
}

uint32_t image_millis_address(const struct image *image)
{
	for (uint32_t i = 0; i < image->firmware.symbolcount; i++) {
		const avr_symbol_t *symbol = image->firmware.symbol[i];
		uint32_t address = symbol->addr - RAM_ADDRESS;

		if (!strcmp(symbol->symbol, "timer0_millis") && address >= RAM_START &&
		    address <= RAM_END - sizeof(uint32_t))
			return address;
	}
	return 0;
}
