# SPDX-License-Identifier: GPL-3.0-or-later
# steps - the frame of every test that is a script.
# shellcheck shell=bash
#
# A test calls run_step for each claim and ends with finish; in a step, problem and the expectations
# say what is wrong, and the step goes on.

SELF=$(basename "$0" .sh)
STEPS=0 FAILED=0 STEP_FAILED=0

skip() {
    echo "SKIP $SELF: $*"
    exit 77
}

# run_step TEXT COMMAND...: runs it in this shell; fails if it does, or if an expectation in it did.
run_step() {
    local text=$1
    shift
    STEPS=$((STEPS + 1)) STEP_FAILED=0
    "$@" || STEP_FAILED=1
    if [ $STEP_FAILED = 0 ]; then
        echo "ok   $text"
    else
        echo "FAIL $text"
        FAILED=$((FAILED + 1))
    fi
}

problem() {
    echo "     $*"
    STEP_FAILED=1
}

note() {
    echo "     $*"
}

finish() {
    if [ $FAILED = 0 ]; then
        echo "$SELF: $STEPS steps passed"
    else
        echo "$SELF: $FAILED of $STEPS steps failed; repeat: $0"
    fi
    exit $((FAILED > 0))
}

expect_eq() { # WHAT GOT EXPECTED
    [ "$2" = "$3" ] || problem "$1: got '$2', expected '$3'"
}

expect_match() { # WHAT GOT PATTERN (extended regular expression)
    [[ $2 =~ $3 ]] || problem "$1: got '$2', expected /$3/"
}

expect_file() { # PATTERN FILE
    grep -Eq -- "$1" "$2" || problem "no line with /$1/ in $(basename "$2"): $(head -c 600 "$2")"
}
