#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the board hears: words split, joined, with newlines, in junk, across a wrap-around of its clock.
. "$(dirname "$0")/boards.sh"

END=7000
JUNK=$(printf '#bcde%.0s' {1..1200})

# heard LINE... is LINE...: on both boards the first lines do what the second do on the twin. An Uno
# hears a letter in 1.15 ms, so that it may be a few bytes behind at the end: LATE says how many.
heard() {
    local said=() program
    while [ "$1" != is ]; do
        said+=("$1")
        shift
    done
    shift
    printf '%s\n' "$@" "$END quit" | play twin --seed 9
    mv "$WORK/twin" "$WORK/plain"
    for program in twin emulator; do
        printf '%s\n' "${said[@]}" "$END quit" | play $program --seed 9 "${OPTIONS[@]}"
        expect_plain $program
    done
}

expect_plain() { # PROGRAM
    local size plain late
    size=$(size "$1") plain=$(size plain)
    late=$((plain - size))
    [ "$plain" -gt 0 ] || expect_eq "bytes of $1" "$size" 0
    [ "${late#-}" -le "${LATE:-4}" ] || problem "$1: $size bytes, expected about $plain"
    cmp -s -n "$((size < plain ? size : plain))" "$WORK/$1" "$WORK/plain" ||
        problem "$1: $(cmp "$WORK/$1" "$WORK/plain" 2>&1)"
}

step() { # TEXT LINE... is LINE...
    run_step "$1${OPTIONS:+, ${OPTIONS[*]}}" heard "${@:2}"
}

single_words() {
    step "on" "1000 say on" is "1000 say on"
    step "on, newline" "1000 say on\\n" is "1000 say on"
    step "on, CR LF" "1000 say on\\r\\n" is "1000 say on"
    step "white space, on" "1000 say \\t\\r\\n on" is "1000 say on"
    step "id" "1000 say id" is "1000 say id"
    step "id, CR LF, twice" "1000 say id\\r\\n" "2000 say id" is "1000 say id" "2000 say id"
    step "off while off" "1000 say off" is
    step "on while on" "1000 say on" "4000 say on" "4500 say onon" is "1000 say on"
    step "id while on" "1000 say on" "4000 say id" is "1000 say on"
    step "off" "1000 say on" "5000 say off" is "1000 say on" "5000 say off"
}

split_words() {
    step "o, 195 ms, n" "1000 say o" "1195 say n" is "1195 say on"
    step "o, 205 ms, n" "1000 say o" "1205 say n" is
    step "o, 205 ms, on" "1000 say o" "1205 say on" is "1205 say on"
    step "of, 195 ms, f" "1000 say on" "5000 say of" "5195 say f" is "1000 say on" "5195 say off"
    step "of, 205 ms, f" "1000 say on" "5000 say of" "5205 say f" is "1000 say on"
    step "cooked, letter by letter" "0 say raw" "300 say c" "450 say o" "600 say o" "750 say k" \
        "900 say e" "1050 say d" "1200 say o" "1350 say n" is "1350 say on"
    step "brigh, 205 ms, t" "700 say dark" "900 say brigh" "1105 say t" "1400 say on" is "700 say dark" "1400 say on"
    step "r, 150 ms, aw dar, 150 ms, kon" "800 say r" "950 say aw dar" "1100 say kon" is \
        "800 say raw" "950 say dark" "1105 say on"
    step "o, space, n" "1000 say o n" is
}

joined_words() {
    step "offon" "1000 say offon" is "1000 say on"
    step "offon while on" "1000 say on" "4000 say offon" is "1000 say on" "4000 say off" "4000 say on"
    step "onoff" "1000 say onoff" is
    step "onoffon" "1000 say onoffon" is "100 say on" "200 say off" "1005 say on"
    step "rawdarkon" "1000 say rawdarkon" is "800 say raw" "900 say dark" "1010 say on"
    step "rawstillon" "1000 say rawstillon" is "800 say raw" "900 say still" "1010 say on"
    step "cookedbrighton" "1000 say cookedbrighton" is "1010 say on"
    step "stillon" "1000 say stillon" is "900 say still" "1000 say on"
    step "the last choice counts" "1000 say rawdarkcookedstillon" is "900 say still" "1015 say on"
    step "idon" "1000 say idon" is "1000 say id" "1004 say on"
    step "onraw" "1000 say onraw" is "1000 say on"
    step "one on uses a choice up" "0 say rawstill" "100 say on" "3000 say offon" is \
        "0 say raw" "50 say still" "102 say on" "3000 say off" "3005 say on"
    step "no choice while on" "100 say on" "3000 say raw dark" "3100 say off" "3200 say on" is \
        "100 say on" "3100 say off" "3200 say on"
}

words_in_junk() {
    local word
    for word in xon oon ON On onn oN o-n ison iid idle RAW offo n ff; do
        case $word in
        onn) step "$word" "1000 say $word" is "1000 say on" ;;
        idle) step "$word" "1000 say $word" is "1000 say id" ;;
        *) step "$word" "1000 say $word" is ;;
        esac
    done
    step "xon on" "1000 say xon on" is "1000 say on"
    step "onx off" "1000 say on" "5000 say onx off" is "1000 say on" "5004 say off"
    step "onxoff" "1000 say onxoff" is "1000 say on"
    step "on!" "1000 say on!" is "1000 say on"
    step "onward, 250 ms, off" "1000 say onward" "5000 say x" "5250 say off" is "1000 say on" "5250 say off"
    step "darkness on" "1000 say darkness on" is "900 say dark" "1010 say on"
    step "rawx on" "1000 say rawx on" is "900 say raw" "1008 say on"
    step "dar k on" "1000 say dar k on" is "1010 say on"
    step "bytes above 127" $'1000 say \xff\xfe\x80on \xc3\xb6 on' is "1000 say on"
    step "x, 205 ms, on" "1000 say x" "1205 say on" is "1205 say on"
    step "x, 195 ms, on" "1000 say x" "1195 say on" is
}

# An Uno hears 6,000 bytes in 6.9 s: as many more bytes the twin has said by the end.
much_junk() {
    local END=20000 LATE=60
    step "6,000 bytes of junk, space, on" "1000 say $JUNK on" is "1000 say on"
    step "6,000 bytes of junk, on" "1000 say ${JUNK}on" is
    step "6,000 bytes of junk, on, pause, on" "1000 say ${JUNK}on" "8500 say on" is "8500 say on"
    step "6,000 bytes of junk while on, off" "100 say on" "3000 say $JUNK" "12000 say off" is \
        "100 say on" "12000 say off"
    step "on, 2,000 times" "1000 say $(printf 'on %.0s' {1..2000})" is "1000 say on"
    step "off, 1,500 times, on" "1000 say $(printf 'off\\n%.0s' {1..1500})on" is "1000 say on"
    step "raw, 1,000 times" "1000 say $(printf 'raw %.0s' {1..1000})" "9000 say on" is "8000 say raw" "9000 say on"
    step "onoff, 200 times, on" "1000 say $(printf 'onoff%.0s' {1..200})on" is \
        "1000 say $(printf 'onoff%.0s' {1..200})on"
}

# lamps TEXT LED FAN: what is powered, and whether bytes come, 3 s of device time after TEXT.
lamps() {
    local bytes
    printf '%b' "$1" >&8
    pass 3000
    expect_match "$1" "$ANSWER" " led=$2 fan=$3 "
    bytes=$(field bytes)
    [ -n "$4" ] || wait_for field_least bytes $((bytes + 3))
    printf '\noff\non\noff' >&8
    pass 300
    expect_match "off after $1" "$ANSWER" " led=0 fan=0 "
}

lamps_of() { # PROGRAM
    start_port "$1" --speed 100
    ask status
    expect_match "after power-up" "$ANSWER" " power=off led=0 fan=0 "
    lamps on 1 1
    lamps 'on\r\n' 1 1
    lamps bright\ on 1 1
    lamps still\ on 1 0
    lamps 'dark\non' 0 0
    lamps rawstillon 1 0
    lamps darkrawcookedbrighton 1 1
    lamps still 0 0 silent
    lamps onoff 0 0 silent
    lamps xon 0 0 silent
    lamps 'ON on' 1 1
    lamps "$JUNK" 0 0 silent
    stop_port
}

OPTIONS=()
single_words
split_words
joined_words
words_in_junk
much_junk
OPTIONS=(--millis 4294966194) # wraps around at 1102 ms: in what the words are split by
split_words
words_in_junk
OPTIONS=(--millis 4294963296) # at 4 s: in mid-junk, and in mid-stream
much_junk
OPTIONS=()
for program in twin emulator; do
    run_step "what is powered: $program" lamps_of $program
done
finish
