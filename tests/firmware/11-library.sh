#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The library for the Arduino IDE: what is in the zip, and that its example builds from it alone.
. "$(dirname "$0")/lib.sh"

LIBRARY=$WORK/libraries/trng-core
SKETCH=$LIBRARY/examples/nodemcu
PROPERTIES=$LIBRARY/library.properties

# As the recipes of the Arduino core's platform.txt say for an Uno. DECIMAL_DIG is what Debian's
# compiler wants besides (firmware/firmware.mk).
COMMON=(-c -g -Os -w -ffunction-sections -fdata-sections -flto -mmcu=atmega328p -DF_CPU=16000000L
    -DARDUINO=10819 -DARDUINO_AVR_UNO -DARDUINO_ARCH_AVR -DDECIMAL_DIG=__DECIMAL_DIG__
    "-I$ARDUINO_AVR/cores/arduino" "-I$ARDUINO_AVR/variants/standard")
UNO_C=(avr-gcc -std=gnu11 -fno-fat-lto-objects "${COMMON[@]}")
UNO_CXX=(avr-g++ -std=gnu++11 -fpermissive -fno-exceptions -fno-threadsafe-statics "${COMMON[@]}")

# And as those of the ESP8266's core say, but with warnings.
LX106=(-c -Os -mlongcalls -mtext-section-literals -falign-functions=4 -ffunction-sections
    -fdata-sections -ffreestanding -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)

packs() {
    make_in "$ROOT" BUILD="$WORK/one" arduino-library || problem "$(tail -n 5 "$WORK/out")"
    ZIP=$WORK/one/firmware/trng-core-$(version).zip
    expect_file "^  $ZIP$" "$WORK/out"
    [ -s "$ZIP" ]
}

# Another folder, other dates, umask and time zone.
same_again() {
    mkdir "$WORK/tree" && cp -r "$ROOT/Makefile" "$ROOT/COPYING" "$ROOT/firmware" "$WORK/tree" || return
    find "$WORK/tree" -type f -exec touch -d 2001-02-03 {} +
    (
        umask 077
        export TZ=Asia/Tokyo
        make_in "$WORK/tree" BUILD="$WORK/two" arduino-library
    ) && cmp "$ZIP" "$WORK/two/firmware/${ZIP##*/}"
}

unpacks() {
    mkdir "$WORK/libraries" && python3 -m zipfile -e "$ZIP" "$WORK/libraries" || return
    expect_eq "what is at the top" "$(ls -A "$WORK/libraries")" trng-core
    expect_eq "its files" "$(cd "$LIBRARY" && find . -type f | sort | xargs)" \
        "$(echo ./COPYING ./README.md ./examples/nodemcu/nodemcu.ino ./examples/nodemcu/uno.cpp \
            ./library.properties "$(cd "$ROOT/firmware/core" && printf './src/%s ' *.[ch])" | xargs)"
    grep -rn '@[A-Z]*@' "$LIBRARY" && problem "a template was not filled in"
    return 0
}

property() {
    sed -n "s/^$1=//p" "$PROPERTIES"
}

# The Arduino library specification, 1.5 format: without one of these keys the IDE says no.
describes_itself() {
    local key
    for key in name version author maintainer sentence paragraph category url architectures includes; do
        expect_eq "lines of $key" "$(grep -c "^$key=" "$PROPERTIES")" 1
    done
    grep -vE '^(#|[a-z_]+=)' "$PROPERTIES" && problem "lines that are no property"
    grep -nP '[^\x20-\x7e]' "$PROPERTIES" && problem "characters that are not ASCII"
    expect_eq version "$(property version)" "$(version)"
    [[ $(property version) =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || problem "the version is not semantic"
    [[ $(property name) =~ ^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$ ]] || problem "no name for a folder"
    expect_eq category "$(property category)" "Signal Input/Output"
    expect_eq architectures "$(property architectures)" esp8266,avr
    [ -e "$LIBRARY/src/$(property includes)" ] || problem "includes= names no header"
}

is_the_tree() {
    local file
    for file in "$ROOT"/firmware/core/*.[ch]; do
        diff "$file" "$LIBRARY/src/${file##*/}" >"$WORK/diff" ||
            [ "$(grep '^[<>]' "$WORK/diff" | grep -vc '^[<>] #define TRNG_BUILD "')" = 0 ] ||
            problem "$(cat "$WORK/diff")"
    done
    cmp "$ROOT/firmware/nodemcu/nodemcu.ino" "$SKETCH/nodemcu.ino" || problem "another sketch"
    cmp "$ROOT/firmware/uno/uno.cpp" "$SKETCH/uno.cpp" || problem "another uno.cpp"
    cmp "$ROOT/COPYING" "$LIBRARY/COPYING" || problem "another licence"
}

# ---- an Uno, as the IDE builds it ---------------------------------------------------------------

compile() { # SOURCE OBJECT [ARGS]
    local source=$1 object=$2
    shift 2
    case $source in
    *.cpp) "${UNO_CXX[@]}" "$@" -o "$object" "$source" ;;
    *) "${UNO_C[@]}" "$@" -o "$object" "$source" ;;
    esac || problem "$source does not build"
}

builds_core() {
    local source
    mkdir "$WORK/core" "$WORK/objects"
    for source in "$ARDUINO_AVR"/cores/arduino/*.{c,cpp,S}; do
        compile "$source" "$WORK/core/${source##*/}.o"
    done
    avr-gcc-ar rcs "$WORK/core.a" "$WORK"/core/*.o
}

builds_example() {
    local source
    for source in "$LIBRARY"/src/*.c; do
        compile "$source" "$WORK/objects/${source##*/}.o" -I"$LIBRARY/src"
    done
    printf '#include <Arduino.h>\n#line 1 "nodemcu.ino"\n' | cat - "$SKETCH/nodemcu.ino" >"$WORK/nodemcu.ino.cpp"
    compile "$WORK/nodemcu.ino.cpp" "$WORK/objects/nodemcu.ino.cpp.o" -I"$LIBRARY/src"
    compile "$SKETCH/uno.cpp" "$WORK/uno.cpp.o" -I"$LIBRARY/src"
}

combine() { # ELF OBJECT...
    local elf=$1
    shift
    avr-gcc -w -Os -g -flto -fuse-linker-plugin -Wl,--gc-sections -mmcu=atmega328p -o "$elf" "$@" \
        "$WORK/core.a" -lm || problem "$elf does not link"
}

sleeps() {
    avr-objdump -d "$1" | grep -qw sleep
}

links_example() {
    combine "$WORK/uno.elf" "$WORK"/objects/*.o "$WORK/uno.cpp.o"
    grep -aqF "trng $(version) $(tree_hash "$ROOT")" "$WORK/uno.elf" ||
        problem "says '$(grep -aoE 'trng [0-9.]+ [[:graph:]]+' "$WORK/uno.elf")', not $(tree_hash "$ROOT")"
    sleeps "$WORK/uno.elf" || problem "our yield() did not replace the Arduino core's"
}

# The library alone takes no timer and no sleep from somebody else's sketch.
links_without_uno() {
    combine "$WORK/plain.elf" "$WORK"/objects/*.o
    sleeps "$WORK/plain.elf" && problem "sleeps without uno.cpp"
    return 0
}

# ---- an ESP8266, as far as that goes without its Arduino core (esp8266_calls.h says how far) -----

compiles_for_lx106() {
    local source calls="$ROOT/tests/firmware/esp8266_calls.h"
    mkdir "$WORK/lx106"
    for source in "$LIBRARY"/src/*.c; do
        xtensa-lx106-elf-gcc -std=gnu17 "${LX106[@]}" -o "$WORK/lx106/${source##*/}.o" "$source" ||
            problem "$source"
    done
    for source in "$SKETCH/nodemcu.ino" "$SKETCH/uno.cpp"; do
        xtensa-lx106-elf-g++ -std=gnu++17 -fno-exceptions -fno-rtti "${LX106[@]}" -I"$LIBRARY/src" \
            -include "$calls" -o "$WORK/lx106/${source##*/}.o" -x c++ "$source" || problem "$source"
    done
    expect_eq "code of uno.cpp" "$(xtensa-lx106-elf-nm "$WORK/lx106/uno.cpp.o")" ""
}

# Sketch and library together: what is left is the Arduino core's to give. A sketch may copy structs.
asks_only_arduino() {
    local left
    xtensa-lx106-elf-gcc -nostdlib -r -o "$WORK/lx106/all.o" "$WORK"/lx106/*.o || return
    left=$(xtensa-lx106-elf-nm -C -u "$WORK/lx106/all.o" | sed 's/^ *U //' | grep -vx memcpy | sort | paste -sd' ')
    expect_eq "asked for" "$left" "HardwareSerial::availableForWrite() HardwareSerial::begin(unsigned long)\
 HardwareSerial::read() HardwareSerial::write(unsigned char) Serial analogRead digitalWrite millis pinMode yield"
    expect_eq offered "$(xtensa-lx106-elf-nm "$WORK/lx106/all.o" | grep -cE ' T (setup|loop)$')" 2
}

run_step "make arduino-library packs a zip" packs
run_step "the same bytes again, elsewhere and later" same_again
run_step "one folder, these files" unpacks
run_step "library.properties as the specification wants it" describes_itself
run_step "the sources are the tree's but for the build" is_the_tree
run_step "the Arduino core builds" builds_core
run_step "the example builds from the library" builds_example
run_step "the image knows its sources and sleeps" links_example
run_step "without uno.cpp it does not" links_without_uno
run_step "library and sketch compile for an ESP8266" compiles_for_lx106
run_step "and ask for Arduino's calls only" asks_only_arduino
finish
