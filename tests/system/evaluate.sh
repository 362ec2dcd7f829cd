# SPDX-License-Identifier: GPL-3.0-or-later
# evaluate - what the system tests of trng-evaluate share: data, and one run of the program.
# shellcheck shell=bash

EVALUATE=$BIN/trng-evaluate
[ -x "$EVALUATE" ] || skip "no $EVALUATE: build first"
command -v jq >/dev/null || skip "no jq"

# keystream KEY BYTES: AES-256-CTR, the same every time; KEY is a decimal number.
keystream() {
    head -c "$2" /dev/zero | openssl enc -aes-256-ctr -nosalt -K "$(printf %064x "$1")" -iv "$(printf %032x 0)"
}

# evaluates STATUS ARGS...: output in out, standard error in said; standard input is handed on.
evaluates() {
    local expected=$1 rc
    shift
    timeout "$BOUND_S" "$EVALUATE" "$@" >"$WORK/out" 2>"$WORK/said.err"
    rc=$?
    [ $rc = "$expected" ] || problem "trng-evaluate $*: status $rc, expected $expected: $(head -c 300 "$WORK/said.err")"
}

# expect_said PATTERN: one line of standard error, from the program, with it.
expect_said() {
    expect_eq "lines of standard error" "$(wc -l <"$WORK/said.err")" 1
    expect_file "^trng-evaluate: .*$1" "$WORK/said.err"
}

# expect_jq FILTER: true of the report, which is one object and nothing else.
expect_jq() {
    expect_eq "objects" "$(jq -cs 'length, type' "$WORK/out" 2>&1 | tr '\n' ' ')" '1 "array" '
    jq -e "$1" "$WORK/out" >/dev/null 2>"$WORK/jq" ||
        problem "not so: $1 $(cat "$WORK/jq"): $(jq -c 'del(.statistics, .tests)' "$WORK/out" | head -c 600)"
}
