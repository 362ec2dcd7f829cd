# SPDX-License-Identifier: GPL-3.0-or-later
# The board's firmware: an Arduino Uno's image, the core for the ESP8266, the Arduino library.
# Included by the Makefile, which gives BUILD, WARNINGS, CORE_HASH, FIRST, FORCE and `say`.

# --- knobs -------------------------------------------------------------------------------------
# Bytes, 20 to 25 % above what was needed when they were set: room for a mended fault, not for a
# feature that nobody weighed. RAM is what is static; the Uno's stack has the rest.
UNO_FLASH_BUDGET   ?= 4600
UNO_RAM_BUDGET     ?= 430
AVR_FLASH_BUDGET   ?= 2150
AVR_RAM_BUDGET     ?= 120
LX106_FLASH_BUDGET ?= 1550
LX106_RAM_BUDGET   ?= 205

ARDUINO_AVR ?= /usr/share/arduino/hardware/arduino/avr
UNO_FLASH   := 32256
UNO_RAM     := 2048

# --- lists -------------------------------------------------------------------------------------
FW            := $(BUILD)/firmware
CORE_SOURCES  := $(wildcard firmware/core/*.c)
CORE_HEADERS  := $(wildcard firmware/core/*.h)
CORE_VERSION  := $(shell sed -n 's/^\#define TRNG_VERSION "\(.*\)"/\1/p' firmware/core/trng_core.h)
AVR_OBJECTS   := $(CORE_SOURCES:firmware/core/%.c=$(FW)/avr/%.o)
LX106_OBJECTS := $(CORE_SOURCES:firmware/core/%.c=$(FW)/lx106/%.o)
LIBRARY_ZIP   := $(FW)/trng-core-$(CORE_VERSION).zip

# What an Uno's core may ask of compiler and C library: start-up code, a jump table, a copy.
# Division and floating point have names that are not here, and neither has anything new.
AVR_HELPERS   := __do_copy_data __do_clear_bss __tablejump2__
LX106_HELPERS :=

# --- commands ----------------------------------------------------------------------------------
# No -flto: the emulator looks up timer0_millis in the symbol table to move the board's clock.
FW_SMALL    := -Os -ffunction-sections -fdata-sections
AVR_CPU     := -mmcu=atmega328p -DF_CPU=16000000L
CORE_FLAGS   = -std=c11 -ffreestanding $(FW_SMALL) $(WARNINGS) -Werror -DTRNG_BUILD=\"$(CORE_HASH)\"
AVR_CORE     = avr-gcc $(AVR_CPU) $(CORE_FLAGS)
LX106_CORE   = xtensa-lx106-elf-gcc -mlongcalls -mtext-section-literals -falign-functions=4 $(CORE_FLAGS)

# DECIMAL_DIG: the compiler's float.h hides it from C++11, and Arduino's WString.cpp wants it.
# Their headers are not -isystem: there an AVR compiler takes C++ for C.
ARDUINO_FLAGS := $(AVR_CPU) $(FW_SMALL) -DARDUINO=10819 -DARDUINO_AVR_UNO -DARDUINO_ARCH_AVR \
	-DDECIMAL_DIG=__DECIMAL_DIG__ -I$(ARDUINO_AVR)/cores/arduino -I$(ARDUINO_AVR)/variants/standard
ARDUINO_CC    := avr-gcc -std=gnu11 $(ARDUINO_FLAGS)
ARDUINO_CXX   := avr-g++ -std=gnu++11 -fno-exceptions -fno-threadsafe-statics $(ARDUINO_FLAGS)
SKETCH         = $(ARDUINO_CXX) $(filter-out -Wstrict-prototypes -Wmissing-prototypes,$(WARNINGS)) -Werror

# $(call expect_helpers,nm,names): fails if the target needs anything else to be linked.
expect_helpers = $1 -u $@ | awk -v known=' $2 ' '\
	!index(known, " " $$2 " ") { print "$@: the core must do without " $$2; bad = 1 } END { exit bad }'

# $(call measure,name,size,file,flash budget,RAM budget,flash,RAM): a line; fails over the budget.
# Read-only data is in RAM too, on both processors.
measure = $2 -A $3 | awk -v name='$1' -v flash_most=$4 -v ram_most=$5 -v flash_all=$6 -v ram_all=$7 '\
	function of(size, most, all) { \
		return sprintf("%6d %6d %7s", size, most, all ? sprintf("%.1f %%", 100 * size / all) : "") \
	} \
	/^\.(text|literal|progmem|data|rodata)/ { flash += $$2 } \
	/^\.(data|rodata|bss|noinit)/ { ram += $$2 } \
	END { \
		over = flash > flash_most || ram > ram_most || !flash; \
		line = sprintf("  %-14s %s   %s", name, of(flash, flash_most, flash_all), of(ram, ram_most, ram_all)); \
		sub(/ +$$/, "", line); \
		print line (over ? "  OVER BUDGET" : ""); \
		exit over \
	}'

# --- rules -------------------------------------------------------------------------------------
.PHONY: firmware arduino-library

firmware: $(FW)/trng-uno.elf $(FW)/trng-uno.hex $(FW)/libtrng-lx106.a ## build the board's firmware, print its sizes
	@printf '  %-14s %6s %6s %7s   %6s %6s %7s\n' bytes flash budget share RAM budget share; bad=0; \
	$(call measure,Uno image,avr-size,$(FW)/trng-uno.elf,$(UNO_FLASH_BUDGET),$(UNO_RAM_BUDGET),$(UNO_FLASH),$(UNO_RAM)) || bad=1; \
	$(call measure,core on AVR,avr-size,$(FW)/core-avr.o,$(AVR_FLASH_BUDGET),$(AVR_RAM_BUDGET)) || bad=1; \
	$(call measure,core on lx106,xtensa-lx106-elf-size,$(FW)/core-lx106.o,$(LX106_FLASH_BUDGET),$(LX106_RAM_BUDGET)) || bad=1; \
	exit $$bad

arduino-library: $(LIBRARY_ZIP) ## zip the core for the Arduino IDE's "Add .ZIP Library"
	@echo '  $(LIBRARY_ZIP)'

# Rebuilds the firmware when a command, a recipe or what `id` answers changes.
$(FW)/flags: FORCE | $(FIRST)
	@mkdir -p $(FW)/avr $(FW)/lx106 $(FW)/uno $(FW)/arduino
	@{ echo '$(AVR_CORE) $(LX106_CORE) $(SKETCH)'; cat firmware/firmware.mk; } > $@.new; \
	cmp -s $@.new $@ || cp $@.new $@; rm $@.new

$(AVR_OBJECTS): $(FW)/avr/%.o: firmware/core/%.c $(FW)/flags
	$(call say,CC)$(AVR_CORE) -MMD -MP -c -o $@ $<

$(LX106_OBJECTS): $(FW)/lx106/%.o: firmware/core/%.c $(FW)/flags
	$(call say,CC)$(LX106_CORE) -MMD -MP -c -o $@ $<

# What the core as a whole asks of others.
$(FW)/core-avr.o: $(AVR_OBJECTS)
	$(call say,LD)avr-gcc $(AVR_CPU) -nostdlib -r -o $@ $^
	@$(call expect_helpers,avr-nm,$(AVR_HELPERS))

$(FW)/core-lx106.o: $(LX106_OBJECTS)
	$(call say,LD)xtensa-lx106-elf-gcc -nostdlib -r -o $@ $^
	@$(call expect_helpers,xtensa-lx106-elf-nm,$(LX106_HELPERS))

$(FW)/libtrng-lx106.a: $(LX106_OBJECTS) $(FW)/core-lx106.o
	@rm -f $@
	$(call say,AR)xtensa-lx106-elf-ar rcsD $@ $(LX106_OBJECTS)

$(FW)/uno/uno.o: firmware/uno/uno.cpp $(FW)/flags
	$(call say,CXX)$(SKETCH) -MMD -MP -c -o $@ $<

# What the Arduino IDE puts before a sketch is the inclusion of Arduino.h, and prototypes that
# functions defined before their use do not need.
$(FW)/uno/nodemcu.o: firmware/nodemcu/nodemcu.ino $(FW)/flags
	$(call say,CXX)$(SKETCH) -Ifirmware/core -include Arduino.h -MMD -MP -c -o $@ -x c++ $<

# The recipe looks up the Arduino core's files: `deps` may have installed them in this very run.
$(FW)/arduino/core.a: $(FW)/flags
	@rm -f $(@D)/*
	$(call say,AR)for source in $(ARDUINO_AVR)/cores/arduino/*.[cS] $(ARDUINO_AVR)/cores/arduino/*.cpp; do \
		compile='$(ARDUINO_CC)'; [ "$${source%.cpp}" = "$$source" ] || compile='$(ARDUINO_CXX)'; \
		$$compile -w -c -o $(@D)/$${source##*/}.o $$source || exit 1; \
	done; avr-ar rcs $@ $(@D)/*.o

$(FW)/trng-uno.elf: $(FW)/uno/nodemcu.o $(FW)/uno/uno.o $(AVR_OBJECTS) $(FW)/arduino/core.a | $(FW)/core-avr.o
	$(call say,LINK)avr-gcc $(AVR_CPU) -Os -Wl,--gc-sections -o $@ $^ -lm

$(FW)/trng-uno.hex: $(FW)/trng-uno.elf
	$(call say,HEX)avr-objcopy -O ihex -R .eeprom $< $@

$(LIBRARY_ZIP): $(CORE_SOURCES) $(CORE_HEADERS) firmware/nodemcu/nodemcu.ino firmware/uno/uno.cpp COPYING \
		$(wildcard firmware/library/*) $(FW)/flags
	$(call say,ZIP)firmware/library/zip.py $(CORE_HASH) $@

-include $(wildcard $(FW)/*/*.d)
