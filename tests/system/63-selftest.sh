#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# fuse-trng --selftest: a million rounds and five failures for each test, the same report for a seed,
# exit status, progress; with no device, no mount and no rights.
NEEDS_FUSE=no
. "$(dirname "$0")/lib.sh"

TESTS="total_failure repetition proportion lag online startup"

# selftest NAME ARGS...: report in NAME, exit status in RC.
selftest() {
    local name=$1
    shift
    timeout 280 "$BIN/fuse-trng" --selftest "$@" >"$WORK/$name" 2>"$WORK/$name.said"
    RC=$?
}

# column TEST PART NUMBER: of the row of a test in part 1, 2 or 3 of the report $WORK/full.
column() {
    awk -v test="$1" -v part="$2" -v column="$3" \
        '/^[123]\. / { now = $1 + 0 } $1 == test && $2 ~ /^[0-9]+$/ && now == part { print $column; exit }' "$WORK/full"
}

whole() {
    local test
    cd "$WORK" || return
    selftest full -o rate_bit_s=60
    expect_eq "exit status" "$RC" 0
    expect_eq "verdict" "$(tail -1 "$WORK/full")" "verdict: passed"
    for test in $TESTS; do
        [ "$(column "$test" 1 2)" -ge 1000000 ] || problem "$test: $(column "$test" 1 2) rounds as configured"
        [ "$(column "$test" 2 2)" -ge 1000000 ] || problem "$test: $(column "$test" 2 2) rounds, cutoffs lowered"
        [ "$(column "$test" 2 5)" -ge 5 ] || problem "$test: $(column "$test" 2 5) alarms, cutoffs lowered"
        [ "$(column "$test" 3 3)" -ge 5 ] || problem "$test: $(column "$test" 3 3) faults seen"
        expect_eq "$test: faults seen of those injected" "$(column "$test" 3 3)" "$(column "$test" 3 2)"
    done
}

# Cutoffs are those that the daemon would have.
cutoffs() {
    local test
    write_config
    "$BIN/fuse-trng" --config "$WORK/trng.conf" --check-config >"$WORK/cutoffs"
    selftest full --config "$WORK/trng.conf" --rounds 1000
    expect_eq "exit status" "$RC" 0
    for test in $TESTS; do
        expect_eq "$test fires at" "$(column "$test" 1 3)" "$(awk -v test="$test" '$1 == test { print $2 }' "$WORK/cutoffs")"
    done
    expect_file "configuration +$WORK/trng.conf" "$WORK/full"
}

seeds() {
    selftest a --rounds 1000 --seed 7
    selftest b --rounds 1000 --seed 7
    cmp "$WORK/a" "$WORK/b" || problem "one seed gives two reports"
    expect_file "seed +7$" "$WORK/a"
    selftest c --rounds 1000 --seed 8
    cmp -s "$WORK/a" "$WORK/c" && problem "two seeds give one report"
    return 0
}

profiles() {
    local profile
    for profile in $("$BIN/fuse-trng" --list-ports | awk '/kinds/ { kinds = 1; next } kinds { print $1 }'); do
        selftest "$profile" --rounds 1000 -o "profile=$profile"
        expect_eq "$profile: exit status" "$RC" 0
        expect_file "profile +$profile$" "$WORK/$profile"
    done
}

# Settings under which a test cannot do its work are told, by name.
hopeless() {
    selftest bad --rounds 1000 -o health_entropy=0.2
    expect_eq "exit status" "$RC" 1
    expect_file "^  startup .* FAILED$" "$WORK/bad"
    expect_eq "verdict" "$(tail -1 "$WORK/bad")" "verdict: FAILED"
}

refused() {
    local args
    for args in "-o colour=blue" "-o profile=none" "--config $WORK/none.conf" "--seed x" "--seed -1" \
        "--rounds 0" "--rounds 1e6" "-o health_entropy=3"; do
        # shellcheck disable=SC2086 # words
        selftest refused $args
        expect_eq "$args: exit status" "$RC" 2
        [ -s "$WORK/refused.said" ] || problem "$args: nothing was said"
        [ -s "$WORK/refused" ] && problem "$args: there is a report"
    done
    return 0
}

unwritable() {
    timeout "$BOUND_S" "$BIN/fuse-trng" --selftest --rounds 1000 >/dev/full 2>"$WORK/said"
    expect_eq "exit status" $? 1
    expect_file "report" "$WORK/said"
}

# A bar on a terminal, none of its marks in the report or in a file.
progress() {
    script -qec "'$BIN/fuse-trng' --selftest --rounds 300000 >'$WORK/report'" /dev/null >"$WORK/terminal" </dev/null
    grep -q $'\r' "$WORK/terminal" || problem "no bar on a terminal"
    grep -Eq 'left|%' "$WORK/terminal" || problem "neither share nor time: $(head -c 300 "$WORK/terminal")"
    grep -q $'[\r\033]' "$WORK/report" && problem "the report has marks of a terminal"
    selftest plain --rounds 1000
    grep -q $'[\r\033]' "$WORK/plain.said" && problem "marks of a terminal elsewhere"
    return 0
}

run_step "a million rounds and five failures for each test" whole
run_step "the cutoffs are those of the configuration" cutoffs
run_step "a seed is a report" seeds
run_step "every kind of device" profiles
run_step "settings under which a test is blind fail" hopeless
run_step "wrong options and keys" refused
run_step "a report that cannot be written" unwritable
run_step "progress" progress
finish
