#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs each libFuzzer program named for FUZZ_SECONDS, from a copy of its corpus, and counts them.
# What breaks one is left beside it, with the command that repeats it.
set -u
cd "$(dirname "$0")/../.." || exit 1
seconds=${FUZZ_SECONDS:-30}
passed=0 failed=0

for fuzzer in "$@"; do
    name=${fuzzer##*/}
    work=$(dirname "$fuzzer")/work-$name
    rm -rf "$work"
    mkdir -p "$work"
    options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=4096
        -close_fd_mask=3 -print_final_stats=1 -artifact_prefix="$work-")
    [ ! -f "tests/fuzz/$name.dict" ] || options+=(-dict="tests/fuzz/$name.dict")
    if "$fuzzer" "${options[@]}" "$work" "tests/fuzz/corpus/$name" > "$work.log" 2>&1; then
        passed=$((passed + 1))
        echo "  ok    fuzz/$name ($(sed -n 's/^stat::number_of_executed_units: *//p' "$work.log") inputs in $seconds s)"
    else
        failed=$((failed + 1))
        echo "  FAIL  fuzz/$name"
        tail -n 40 "$work.log" | sed 's/^/        | /'
        echo "repeat with: $fuzzer $work-*"
    fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
