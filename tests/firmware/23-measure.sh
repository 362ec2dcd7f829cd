#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The recipe of docs/hardware.md for measuring the noise, as it stands there, prints what stands there.
. "$(dirname "$0")/lib.sh"

DOCUMENT=$ROOT/docs/hardware.md
PORT=$WORK/board

# The indented block from the function to its use.
take_recipe() {
    sed -n '/^    measure() {/,/^    for what in/s/^    //p' "$DOCUMENT" >"$WORK/recipe"
    expect_file 'measure "?\$what"?; done' "$WORK/recipe"
    sed -nE 's/^    ((dark|still|bright) +mean .*)/\1/p' "$DOCUMENT" >"$WORK/documented"
    expect_eq "lines in the document" "$(wc -l <"$WORK/documented")" 3
}

# Ends the board even if the recipe fails; its standard input is a pipe whose end is `quit`.
measures() { # PROGRAM
    local board
    rm -f "$WORK/said" "$PORT"
    exec 6> >(exec "$BUILD/bin/$1" --link "$PORT" --speed 100 --seed 7 >"$WORK/said")
    board=$!
    until [ -s "$WORK/said" ]; do
        kill -0 "$board" 2>/dev/null || return
        sleep 0.05
    done
    bash -c "exec 5<>'$PORT'; . '$WORK/recipe'" >"$WORK/measured" 2>"$WORK/err"
    echo quit >&6
    exec 6>&-
    wait "$board"
    cmp -s "$WORK/measured" "$WORK/documented" || problem "$(cat "$WORK/measured" "$WORK/err")"
}

run_step "the document has a recipe and its result" take_recipe
run_step "on the twin it prints that" measures trng-twin
run_step "on the emulator too" measures trng-emulator
finish
