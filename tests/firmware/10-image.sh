#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The firmware as `make firmware` builds it: what is in the image, its budget, what the core asks for.
. "$(dirname "$0")/lib.sh"

FW=$WORK/build/firmware
TREE=$WORK/tree

firmware() { # [VARIABLE=VALUE]
    make_in "$ROOT" BUILD="$WORK/build" "$@" firmware
}

builds() {
    firmware || problem "make firmware: $(tail -n 20 "$WORK/out")"
    grep -i warning "$WORK/out" && problem "there are warnings"
    expect_file '^  Uno image +[0-9]+ +[0-9]+ +[0-9.]+ % +[0-9]+ +[0-9]+ +[0-9.]+ %$' "$WORK/out"
    expect_file '^  core on AVR +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+$' "$WORK/out"
    expect_file '^  core on lx106 +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+$' "$WORK/out"
    [ -s "$FW/libtrng-lx106.a" ] || problem "no libtrng-lx106.a"
}

# The other tests run the image of the build folder: it has to be that of these sources.
is_up_to_date() {
    [ -e "$BUILD/firmware/trng-uno.elf" ] || {
        echo "     no image in $BUILD to compare with"
        return 0
    }
    cmp "$FW/trng-uno.elf" "$BUILD/firmware/trng-uno.elf" || problem "the image in $BUILD is another"
}

builds_once() {
    firmware || problem "make firmware: $(tail -n 20 "$WORK/out")"
    expect_eq "what was done again" "$(grep -cE '^  (CC|CXX|LD|AR|LINK|HEX) ' "$WORK/out")" 0
}

# Sizes as avr-size counts them, apart from the recipe's own sums.
sizes_are_true() {
    local flash ram
    read -r flash ram < <(avr-size "$FW/trng-uno.elf" | awk 'NR == 2 { print $1 + $2, $2 + $3 }')
    expect_file "^  Uno image +$flash +[0-9]+ +[0-9.]+ % +$ram " "$WORK/out"
}

keeps_budget() {
    local name
    for name in {UNO,AVR,LX106}_{FLASH,RAM}_BUDGET; do
        firmware "$name=1" && problem "$name=1 was enough"
        expect_eq "lines over $name=1" "$(grep -c 'OVER BUDGET' "$WORK/out")" 1
    done
}

symbol() { # NAME: its size and kind in the image
    avr-nm -S "$FW/trng-uno.elf" | awk -v name="$1" '$NF == name { print $2, $3 }'
}

has_symbols() {
    expect_eq timer0_millis "$(symbol timer0_millis)" "00000004 B"
    expect_eq "kind of yield" "$(symbol yield | cut -d' ' -f2)" T
    expect_eq "kind of initVariant" "$(symbol initVariant | cut -d' ' -f2)" T
    avr-objdump -d "$FW/trng-uno.elf" | sed -n '/<yield>:/,/^$/p' | grep -qw sleep ||
        problem "yield() does not sleep"
}

answers() { # ELF FOLDER: the line it has for `id` names the sources in FOLDER
    grep -aqF "trng $(version) $(tree_hash "$2")" "$1" ||
        problem "$1 says '$(grep -aoE 'trng [0-9.]+ [[:graph:]]+' "$1")', not $(tree_hash "$2")"
}

hex_is_the_image() {
    avr-objcopy -O binary -R .eeprom "$FW/trng-uno.elf" "$WORK/elf.bin" &&
        avr-objcopy -I ihex -O binary "$FW/trng-uno.hex" "$WORK/hex.bin" &&
        cmp "$WORK/elf.bin" "$WORK/hex.bin"
}

# ---- a tree with a changed core ----------------------------------------------------------------

copy_tree() {
    mkdir -p "$TREE" && cp -r "$ROOT/Makefile" "$ROOT/COPYING" "$ROOT/firmware" "$TREE"
}

changed_core_is_built() {
    make_in "$TREE" BUILD="$WORK/changed" "$WORK/changed/firmware/trng-uno.elf" || return
    echo '/* changed */' >>"$TREE/firmware/core/trng_core.c"
    make_in "$TREE" BUILD="$WORK/changed" "$WORK/changed/firmware/trng-uno.elf" || return
    [ "$(tree_hash "$TREE")" != "$(tree_hash "$ROOT")" ] || problem "the hash is the same"
    answers "$WORK/changed/firmware/trng-uno.elf" "$TREE"
}

# refuses PROCESSOR PATTERN CODE: such a file in the core does not build, and make says why.
refuses() {
    echo "$3" >"$TREE/firmware/core/scratch.c"
    if make_in "$TREE" BUILD="$WORK/changed" "$WORK/changed/firmware/core-$1.o"; then
        problem "the core on $1 may have: $3"
    else
        expect_file "$2" "$WORK/out"
    fi
    [ ! -e "$WORK/changed/firmware/core-$1.o" ] || problem "core-$1.o was left"
    rm "$TREE/firmware/core/scratch.c"
}

refuses_both() { # PATTERN CODE
    refuses avr "$@"
    refuses lx106 "$@"
}

accepts_plain_code() {
    echo 'unsigned half(unsigned a); unsigned half(unsigned a) { return a / 2u; }' \
        >"$TREE/firmware/core/scratch.c"
    make_in "$TREE" BUILD="$WORK/changed" "$WORK/changed/firmware/core-avr.o" \
        "$WORK/changed/firmware/core-lx106.o" || problem "$(tail -n 5 "$WORK/out")"
    rm "$TREE/firmware/core/scratch.c"
}

DIVISION='long f(long a, long b); long f(long a, long b) { return a / b; }'
REMAINDER='unsigned f(unsigned a, unsigned b); unsigned f(unsigned a, unsigned b) { return a % b; }'
FLOAT='float f(float a, float b); float f(float a, float b) { return a * b; }'
COMPARED='int f(double a, double b); int f(double a, double b) { return a < b; }'
FROM_INT='float f(short a); float f(short a) { return a; }'
FOREIGN='void other(void); void f(void); void f(void) { other(); }'
CLUMSY='unsigned char f(int a); unsigned char f(int a) { return a; }'

run_step "make firmware builds and prints sizes" builds
run_step "the build folder's image is the same" is_up_to_date
run_step "nothing is built twice" builds_once
run_step "the sizes are the compiler's" sizes_are_true
run_step "each budget can fail" keeps_budget
run_step "millis' counter can be found, and our yield() and initVariant() are in" has_symbols
run_step "id names these sources" answers "$FW/trng-uno.elf" "$ROOT"
run_step "the hex file is the same image" hex_is_the_image

run_step "a tree of its own" copy_tree
run_step "a changed core is built again and says so" changed_core_is_built
run_step "the core may divide by a power of two" accepts_plain_code
run_step "the core may not divide" refuses_both 'must do without __u?divmod|must do without __divsi3' "$DIVISION"
run_step "nor take remainders" refuses_both 'must do without __u?(div)?mod' "$REMAINDER"
run_step "nor multiply floats" refuses_both 'must do without __mulsf3' "$FLOAT"
run_step "nor compare them" refuses_both 'must do without __(lt|le|cmp)[sd]f2' "$COMPARED"
run_step "nor make them of integers" refuses_both 'must do without __floatsi?sf' "$FROM_INT"
run_step "nor call what it does not have" refuses_both 'must do without other' "$FOREIGN"
run_step "nor draw a warning" refuses_both 'Werror' "$CLUMSY"
finish
