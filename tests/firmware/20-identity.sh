#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The firmware on the emulated processor and the twin: same seed, same times, the same bytes.
#
# An Uno hears a letter in 1.15 ms and its clock ticks every 1.024 ms, so it takes each reading up to
# 5 ms later than the twin. What ends or changes a stream is therefore put between two readings:
# words 3 ms after one of the twin's, faults 7 ms.
. "$(dirname "$0")/boards.sh"

SEED=${SEED:-$RANDOM}
echo "SEED=$SEED"
RANDOM=$SEED

# session WORDS READINGS: words, `on`, and `off` after so many readings. T is the device's time.
session() {
    local word
    for word in $1 on; do
        echo "$T say $word"
        T=$((T + 24))
    done
    T=$((T - 24 + 2000 + 8 * $2))
    echo "$((T + 3)) say off"
    T=$((T + 100))
}

long_session() {
    both --seed 1 <<<$'10 say on\n1300000 quit'
    note "$(size emulator) bytes"
    [ "$(size emulator)" -ge 10000 ] || problem "only $(size emulator) bytes"
    cp "$WORK/emulator" "$WORK/long"
}

seeds() {
    local seed
    : >"$WORK/all"
    for seed in 0 1 2 1234567890 18446744073709551615; do
        both --seed "$seed" <<<$'10 say on\n30000 quit'
        head -c 100 "$WORK/emulator" | od -An -v -tx1 -w100 >>"$WORK/all"
    done
    expect_eq "different streams" "$(sort -u "$WORK/all" | wc -l)" 5
}

# Whatever was begun is discarded at `off`, and the next session begins with a whole byte.
in_mid_byte() {
    local readings bytes=0 T=10
    local counts=(1 15 16 17 8 31 32 33 100 3 16)
    both --seed 3 < <(for readings in "${counts[@]}"; do session '' "$readings"; done)
    for readings in "${counts[@]}"; do
        bytes=$((bytes + readings / 16))
    done
    expect_eq bytes "$(size emulator)" "$bytes"
}

# FORMAT POWER: 400 readings, then the usual again.
mode() {
    local bytes=25 T=10
    [ "$1" = cooked ] || bytes=800
    both --seed 4 < <(session "$1 $2" 400; session '' 160)
    expect_eq "bytes of $1 $2" "$(size emulator)" $((bytes + 10))
    head -c $bytes "$WORK/emulator" | od -An -v -tx1 -w$bytes >>"$WORK/modes"
}

# Dark is the only one that has no noise; the others differ from each other.
modes() {
    local format power
    : >"$WORK/modes"
    for format in raw cooked; do
        for power in dark still bright; do
            mode $format $power
        done
    done
    expect_eq "dark streams" "$(grep -c '^[0 ]*$' "$WORK/modes")" 2
    expect_eq "different streams" "$(sort -u "$WORK/modes" | wc -l)" 6
}

# The answer names the core that the image was built from.
identity() {
    local hash version
    hash=$(cat "$ROOT"/firmware/core/*.[ch] | sha256sum | cut -c1-12)
    version=$(sed -n 's/^#define TRNG_VERSION "\(.*\)"/\1/p' "$ROOT/firmware/core/trng_core.h")
    both <<<$'500 say id\n1000 quit'
    expect_eq id "$(cat "$WORK/emulator")" "trng $version $hash"
    expect_eq lines "$(wc -l <"$WORK/emulator")" 1
    both --seed 5 <<<$'0 say id\n500 say id on id\n600 say id\n9000 say off\n9100 say id\n10000 quit'
    expect_eq "answers while off" "$(grep -ac "^trng $version $hash\$" "$WORK/emulator")" 2
}

# Switched while the stream flows, each followed by a second session under it, then healed.
fault() { # NAME [ARGUMENT]
    both --seed 6 <<END
10 say $FORMAT
50 say on
$((2050 + 8 * 100 + 7)) $1
$((2050 + 8 * 900 + 3)) say off
10000 say $FORMAT
10050 say on
$((12050 + 8 * 500 + 7)) heal
$((12050 + 8 * 900 + 7)) quit
END
}

faults() {
    local name FORMAT
    for FORMAT in raw cooked; do
        for name in stuck lamp-off fan-off "fan-off 60" "flicker 120.05" "bias 0.6" "drift 5" silence "garbage 70"; do
            fault "$name"
            [ "$(size emulator)" -gt 25 ] || problem "$name: only $(size emulator) bytes"
        done
    done
    both --seed 7 --fault fan-off=0.5 --fault drift=20 <<<$'10 say on\n60000 quit'
}

# wrap AT: the script in $WORK/words, with the counter wrapping AT ms after its start, is as ever.
wrap() {
    local last
    both --seed 8 <"$WORK/words"
    cp "$WORK/emulator" "$WORK/usual"
    for last in 4294967296 2147483648; do
        both --seed 8 --millis $((last - $1)) <"$WORK/words"
        cmp "$WORK/usual" "$WORK/emulator" || problem "$((last - $1)): not as without a wrap-around"
    done
}

in_warm_up() {
    local at T=1000
    session '' 48 >"$WORK/words"
    for at in 1000 1001 1003 2000 2999 3000; do
        wrap $at
    done
    expect_eq bytes "$(size emulator)" 3
}

in_mid_stream() {
    local at T=1000
    session raw 500 >"$WORK/words"
    for at in 3031 3032 3033 3034 3035 3036 3037 3038 3039 5000; do
        wrap $at
    done
    expect_eq bytes "$(size emulator)" 1000
}

# Half a word is kept for 150 ms and forgotten after 250; junk likewise.
in_a_pause() {
    local at T
    for at in 1001 1050 1149 1151; do
        T=1150
        { echo "1000 say o"; session '' 48 | sed 's/say on/say n/'; } >"$WORK/words"
        wrap $at
        expect_eq "bytes after o, 150 ms, n" "$(size emulator)" 3
    done
    for at in 1001 1100 1199 1202 1249; do
        printf '%s\n' "1000 say o" "1250 say n" "9000 say off" >"$WORK/words"
        wrap $at
        expect_eq "bytes after o, 250 ms, n" "$(size emulator)" 0
        T=1250
        { echo "1000 say x"; session '' 48; } >"$WORK/words"
        wrap $at
        expect_eq "bytes after x, 250 ms, on" "$(size emulator)" 3
    done
}

# The counter is looked up by name: without it --millis would do nothing on the emulator.
has_counter() {
    command -v readelf >/dev/null || { note "skipped: no readelf"; return; }
    expect_eq "timer0_millis in the image" "$(readelf -sW "$IMAGE" | grep -c ' 4 OBJECT .* timer0_millis$')" 1
}

pick() {
    local from=("$@")
    echo "${from[RANDOM % $#]}"
}

random_session() {
    local words='' readings=$((RANDOM % 400)) i
    for ((i = RANDOM % 4; i > 0; i--)); do
        words+=" $(pick raw cooked dark still bright off x\\n '\n\t' 'on\nid')"
    done
    session "$words" $readings
    [ $((RANDOM % 3)) = 0 ] || return 0
    T=$((T + RANDOM % 1000))
    echo "$T $(pick stuck lamp-off 'fan-off 3' 'flicker 99.9' 'bias 0.5' 'drift 3' heal heal heal)"
}

random_script() {
    local i T=$((RANDOM % 300))
    for ((i = 0; i < 12; i++)); do
        random_session
    done
}

random_scripts() {
    local i script bytes=0
    for i in {1..6}; do
        script=$WORK/random.$i
        random_script >"$script"
        both --seed $RANDOM --millis $((RANDOM * RANDOM * 4)) <"$script"
        bytes=$((bytes + $(size emulator)))
    done
    note "$bytes bytes"
}

# over_pty PROGRAM SPEED BYTES
over_pty() {
    start_device "$BIN/trng-$1" --speed "$2" --seed 1
    exec 8<>"$PORT"
    printf on >&8
    timeout "$BOUND_S" head -c "$3" <&8 >"$WORK/$1.pty"
    exec 8>&-
    stop_device
    head -c "$3" "$WORK/long" | cmp - "$WORK/$1.pty" || problem "trng-$1 at speed $2: not the bytes of the script"
}

# The word comes at any time there, and the reader sets the pace: the bytes are those of the script.
ptys() {
    over_pty twin 0 10000
    over_pty emulator 0 10000
    cmp "$WORK/twin.pty" "$WORK/emulator.pty" || problem "they differ"
    over_pty emulator 100 500
}

run_step "a session of 10,000 bytes" long_session
run_step "several seeds" seeds
run_step "off in the middle of a byte" in_mid_byte
run_step "raw and cooked, dark, still and bright" modes
run_step "id" identity
run_step "faults" faults
run_step "the image has a millisecond counter" has_counter
run_step "it wraps around in the warm-up" in_warm_up
run_step "it wraps around in mid-stream" in_mid_stream
run_step "it wraps around in a pause" in_a_pause
run_step "random sessions" random_scripts
run_step "over ptys, 10,000 bytes" ptys
finish
