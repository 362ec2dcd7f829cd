#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Real programs read `random`; each ends and gets bytes.
. "$(dirname "$0")/lib.sh"

R=$MNT/random

start() {
    start_board --rate 400000
    start_running -o rate_bit_s=3200000
}

# gives BYTES COMMAND...: its standard output has so many bytes and is not one value repeated.
gives() {
    local expected=$1 rc
    shift
    timeout "$BOUND_S" "$@" >"$WORK/out" 2>"$WORK/said"
    rc=$?
    [ $rc = 0 ] || problem "exit status $rc: $(head -3 "$WORK/said")"
    expect_eq "bytes" "$(stat -c %s "$WORK/out")" "$expected"
    [ "$(od -An -v -tx1 -w1 "$WORK/out" | sort -u | wc -l)" -gt 3 ] || problem "no random bytes: $(od -tx1 "$WORK/out" | head -2)"
}

# uses COMMAND...: it ends well and has taken bytes.
uses() {
    local before
    before=$(status_get random_bytes)
    timeout "$BOUND_S" "$@" >"$WORK/out" 2>"$WORK/said" </dev/null ||
        problem "exit status $?: $(head -3 "$WORK/said")"
    [ "$(status_get random_bytes)" -gt "$before" ] || problem "it has taken no bytes"
}

endless_cat() {
    timeout 1 cat "$R" >"$WORK/out"
    expect_eq "exit status of timeout" $? 124
    [ "$(stat -c %s "$WORK/out")" -gt 1000 ] || problem "only $(stat -c %s "$WORK/out") bytes"
}

cat_head() {
    gives 5000 bash -c 'cat "$1" | head -c 5000' _ "$R"
}

dd_plain() {
    gives 64 dd if="$R" bs=16 count=4
    gives 256 dd if="$R" bs=256 count=1
    timeout "$BOUND_S" dd if="$R" bs=4096 count=1 of="$WORK/out" 2>/dev/null
    [ "$(stat -c %s "$WORK/out")" -ge 1 ] || problem "dd bs=4096 got nothing"
}

dd_nonblock() {
    gives 64 dd if="$R" bs=16 count=4 iflag=nonblock
}

sort_r() {
    seq 100 >"$WORK/lines"
    uses sort -R --random-source="$R" "$WORK/lines"
    expect_eq "lines" "$(sort -n "$WORK/out" | cksum)" "$(seq 100 | cksum)"
}

shuf_n() {
    uses shuf --random-source="$R" -i 1-1000 -n 20
    expect_eq "distinct numbers" "$(sort -u "$WORK/out" | wc -l)" 20
}

shred_file() {
    head -c 8192 /dev/zero >"$WORK/secret"
    uses shred -n 1 --random-source="$R" "$WORK/secret"
    [ "$(tr -d '\0' <"$WORK/secret" | wc -c)" -gt 6000 ] || problem "not overwritten"
}

openssl_rand() {
    local taken
    taken=$(status_get random_bytes)
    timeout "$BOUND_S" openssl rand -rand "$R" -hex 16 >"$WORK/out" 2>"$WORK/said"
    expect_eq "exit status" $? 0
    expect_match "output" "$(cat "$WORK/out")" "^[0-9a-f]{32}$"
    taken=$(($(status_get random_bytes) - taken))
    note "openssl rand -rand took $taken bytes"
    [ $taken -ge 16 ] || problem "it has taken only $taken bytes"
}

python_reads() { # EXPRESSION BYTES MOST
    local taken
    taken=$(status_get random_bytes)
    timeout "$BOUND_S" python3 -c "
import os, sys
f = sys.argv[1]
b = $1
assert len(b) == $2 and len(set(b)) > 3, b" "$R" 2>"$WORK/said" ||
        problem "$(tail -1 "$WORK/said")"
    taken=$(($(status_get random_bytes) - taken))
    [ $taken -le "$3" ] || problem "$1 took $taken bytes of the source for $2"
}

c_stdio() {
    local taken
    command -v gcc >/dev/null || return 0
    printf '#include <stdio.h>\nint main(int c, char **v) { char b[16]; FILE *f = fopen(v[1], "r"); return c != 2 || !f || fread(b, 16, 1, f) != 1; }\n' >"$WORK/stdio.c"
    gcc -o "$WORK/stdio" "$WORK/stdio.c" || return 1
    taken=$(status_get random_bytes)
    timeout "$BOUND_S" "$WORK/stdio" "$R" || problem "fread failed"
    taken=$(($(status_get random_bytes) - taken))
    [ $taken -le 64 ] || problem "fread of 16 bytes took $taken bytes of the source"
}

rngtest_blocks() {
    command -v rngtest >/dev/null || { note "rngtest is not installed"; return; }
    timeout "$BOUND_S" rngtest -c 8 <"$R" >/dev/null 2>"$WORK/said"
    expect_file "bits received from input: 160032" "$WORK/said"
    note "$(grep -E 'FIPS 140-2 (successes|failures)' "$WORK/said" | sed 's/rngtest: //' | xargs)"
}

wc_size() {
    expect_eq "wc -c FILE" "$(timeout "$BOUND_S" wc -c "$R" | cut -d' ' -f1)" 32
    # A stream has no position to count from: coreutils then says 0, others read on for ever.
    note "wc -c < FILE: $(timeout 5 wc -c <"$R")"
}

while_starting() {
    expect_control shutdown 0
    device_say rate 20
    control init >/dev/null &
    wait_state starting
    expect_errno EAGAIN dd if="$R" bs=16 count=1 iflag=nonblock
    timeout 0.3 head -c 16 "$R" >"$WORK/out"
    expect_eq "exit status of timeout head" $? 124
}

run_step "a board streams" start
run_step "cat under timeout" endless_cat
run_step "cat under head" cat_head
run_step "head -c" gives 1000 head -c 1000 "$R"
run_step "dd" dd_plain
run_step "dd iflag=nonblock" dd_nonblock
run_step "dd iflag=fullblock" gives 9000 dd if="$R" bs=3000 count=3 iflag=fullblock
run_step "dd iflag=fullblock,nonblock of one small block" gives 32 dd if="$R" bs=32 count=1 iflag=fullblock,nonblock
run_step "od -N" uses od -An -tx1 -N 64 "$R"
run_step "shuf --random-source" shuf_n
run_step "sort -R --random-source" sort_r
run_step "shred --random-source" shred_file
run_step "openssl rand -rand" openssl_rand
run_step "Python os.read" python_reads 'os.read(os.open(f, os.O_RDONLY), 32)' 32 32
run_step "Python unbuffered" python_reads 'open(f, "rb", buffering=0).read(100)' 100 100
run_step "Python buffered" python_reads 'open(f, "rb").read(16)' 16 64
run_step "Python readinto" python_reads '(lambda b: (open(f, "rb").readinto(b), b)[1])(bytearray(300))' 300 600
run_step "C stdio takes no page for sixteen bytes" c_stdio
run_step "rngtest" rngtest_blocks
run_step "wc -c says 32" wc_size
run_step "while starting: dd nonblock gets EAGAIN, timeout head ends" while_starting
run_step "the daemon ends cleanly" stop_daemon
finish
