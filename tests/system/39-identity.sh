#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a board says of itself, and how it is started: known, old, hostile, and left in disorder.
. "$(dirname "$0")/lib.sh"

# ---- what status says --------------------------------------------------------------------------

# says STATE DEVICE VERSION BUILD: in one status, which is whole whatever the board said.
says() {
    local firmware=
    [ "$1" != answered ] || firmware=trng
    cat "$MNT/status" >"$WORK/status"
    expect_eq "what is known" "$(grep -E '^(device|identity|firmware.*)=' "$WORK/status")" "device=$2
identity=$1
firmware=$firmware
firmware_version=$3
firmware_build=$4"
    expect_eq "lines that are not key=value" "$(grep -Evc '^[a-z0-9_.]+=' "$WORK/status")" 0
    expect_eq "keys that come twice" "$(cut -d= -f1 "$WORK/status" | sort | uniq -d)" ""
    tr -d '\n' <"$WORK/status" | grep -q '[^[:print:]]' && problem "unprintable characters"
    [ "$(wc -c <"$WORK/status")" -lt 8000 ] || problem "status is too long"
}

known() {
    wait_for eval '! status_is identity pending'
    says "$@"
}

# tells TIMES PATTERN: the log.
tells() {
    expect_eq "how often the log says $2" "$(grep -Ec -- "$2" "$WORK/daemon.err")" "$1"
}

works() {
    expect_control init 0
    expect_eq state "$(status_get state)" running
    expect_read bytes
}

end() {
    stop_daemon
    stop_device
    rm "$WORK/daemon.err"
}

twin_identity() {
    local line
    exec 5<>"$PORT"
    printf id >&5
    IFS= read -r -t "$BOUND_S" line <&5
    exec 5>&-
    echo "$line"
}

current() {
    local line
    start_twin
    line=$(twin_identity)
    expect_match "the twin's answer" "$line" '^trng [0-9.]+ [^ ]+$'
    start_daemon
    # shellcheck disable=SC2086 # three words are wanted
    set -- $line
    known answered "$line" "$2" "$3"
    tells 1 "the board answers \"$line\""
    works
    says answered "$line" "$2" "$3"
    device_say unplug
    wait_state absent
    says pending "" "" ""
    device_say replug
    wait_state running
    says answered "$line" "$2" "$3"
    tells 2 "the board answers"
    end
}

legacy() {
    start_twin --board legacy
    start_daemon -o word_gap_ms=20 -o open_delay_ms=20
    known silent "" "" ""
    tells 1 "no answer to id"
    works
    says silent "" "" ""
    end
}

# Wished on before it can be known: it is asked first.
legacy_autostart() {
    start_twin --board legacy
    start_daemon -o word_gap_ms=20 -o open_delay_ms=20 -o autostart=true
    wait_state running
    says silent "" "" ""
    expect_read bytes
    end
}

not_asked() {
    start_board --id "trng 1 board"
    start_daemon -o profile=stream
    wait_state standby
    says "not asked" "" "" ""
    tells 0 " to id| answers "
    expect_eq "what it heard" "$(grep -c heard "$WORK/device.out")" 0
    end
}

# ---- what another program left -----------------------------------------------------------------

# said WORDS COUNT: by a program that has gone; the twin has heard so many words.
said() {
    exec 5<>"$PORT"
    printf '%s' "$1" >&5
    wait_for eval "device_say status; sleep 0.05; tail -n 1 '$WORK/device.out' | grep -q 'words=$2 '"
    exec 5>&-
}

is_bright() {
    device_say status
    wait_for has_line "power=on led=1 fan=1 .*port=open" "$WORK/device.out"
}

# left WORDS COUNT [AUTOSTART]: init gives good bytes all the same. A board that is on is given half
# a second to be noticed.
left() {
    start_twin
    said "$1" "$2"
    if [ -n "$3" ]; then
        start_daemon -o open_delay_ms=1000 -o autostart=true
        wait_state running
    else
        start_daemon -o open_delay_ms=1000
        wait_for status_is identity answered
        expect_control init 0
        expect_eq state "$(status_get state)" running
    fi
    expect_eq identity "$(status_get identity)" answered
    expect_eq alarms "$(status_get alarms)" 0
    expect_eq "failed start-up tests" "$(grep -c startup=failed "$MNT/events")" 0
    is_bright
    timeout "$BOUND_S" head -c 2000 "$MNT/random" >"$WORK/bytes"
    expect_eq "bytes" "$(wc -c <"$WORK/bytes")" 2000
    # Of 2000 random bytes about 8 are 0; of readings every second is 0 to 3, in the dark all.
    [ "$(tr -dc '\000' <"$WORK/bytes" | wc -c)" -lt 100 ] || problem "too many zeros"
    end
}

# ---- hostile boards ----------------------------------------------------------------------------

# odd STATE DEVICE VERSION BUILD PIECE...: and it works.
odd() {
    start_device "$ROOT/tests/tools/odd_board.py" "${@:5}"
    start_daemon -o rate_bit_s=200000
    known "${@:1:4}"
    works
    says "${@:1:4}"
    expect_eq "how often it was told how to start" \
        "$(grep -c "cooked bright on" "$WORK/device.out")" "$([ "$1" = answered ] && echo 1 || echo 0)"
    tells 1 " to id: taken for | the board answers "
    grep -q '[^[:print:]]' "$WORK/daemon.err" && problem "unprintable characters in the log"
    end
}

run_step "the twin answers; unplugged it is not known any more" current
run_step "a legacy board is silent, and works" legacy
run_step "and is asked before autostart" legacy_autostart
run_step "a kind that is not asked" not_asked
run_step "raw and dark chosen by another program" left "raw dark" 2
run_step "the same, and autostart" left "raw dark" 2 autostart
run_step "still chosen by another program" left "still" 1
run_step "left on and raw by another program" left "raw on" 2
run_step "left on, raw and dark, and autostart" left "raw dark on" 3 autostart
run_step "left on by another program" left "on" 1
run_step "an answer of 10,000 bytes" odd unknown "" "" "" "$(printf 'trng 1 %09993d' 0)"
run_step "10,000 bytes that end" odd unknown "" "" "" "$(printf 'trng 1 %09992d\\n' 0)"
run_step "a colour in the answer" odd unknown "" "" "" 'trng \x1b[31m 1 red\n'
run_step "a line of status in the answer" odd unknown "" "" "" 'trng a b\nstate=running\n'
run_step "another name" odd unknown "" "" "" 'rngt a b\n'
run_step "no end" odd unknown "" "" "" 'trng a b'
run_step "zeros" odd unknown "" "" "" 'trng \0 b\n'
run_step "an answer in two halves" odd answered "trng 1.2 half" 1.2 half 'trng 1.' '2 half\n'
run_step "an answer in single letters" odd answered "trng 1 x" 1 x t r n g ' ' 1 ' ' x '\n'
run_step "CR LF" odd answered "trng 1.2 x" 1.2 x 'trng 1.2 x\r\n'
run_step "no build" odd answered "trng 1.2" 1.2 "" 'trng 1.2\n'
run_step "a build like a line of status" odd answered "trng = state=running b" = "state=running b" \
    'trng = state=running b\n'
finish
