#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# conditioning = "sha256": what is read are the digests of consecutive blocks of the tested stream, each
# sized from the assessed entropy; nothing of the stream itself is handed out; the ledger adds up.
. "$(dirname "$0")/lib.sh"

# check_digests BLOCK_BYTES FILE: FILE are the SHA-256 of blocks of the board's stream, one after another,
# behind the first 48 bytes, which are the seed of urandom.
check_digests() {
    python3 - "$1" "$2" "$ROOT/tests/tools" <<'END'
import hashlib, sys
sys.path.insert(0, sys.argv[3])
from account import keystream
block, stream = int(sys.argv[1]), keystream(1, 400000)
with open(sys.argv[2], "rb") as file:
    got = file.read()
SEED = 48
digest = lambda at: hashlib.sha256(stream[at:at + block]).digest()
start = next((at for at in range(4096) if digest(at + block)[SEED - 32:] == got[:64 - SEED]), None)
if start is None:
    sys.exit("the first digest is of no block of the stream's beginning")
count = (SEED + len(got)) // 32
if b"".join(digest(start + block * i) for i in range(count))[SEED:] != got[:32 * count - SEED]:
    sys.exit("not the digests of blocks from %d" % start)
print("%d digests of blocks of %d bytes from %d" % (count, block, start))
END
}

of_what_holds_320_bits() { # ASSESSED BLOCK_BYTES
    local said
    start_board && start_running -o conditioning=sha256 -o assessed_entropy="$1" -o silence_ms=600000
    expect_eq conditioning "$(status_get conditioning)" sha256
    expect_eq conditioning_in_bytes "$(status_get conditioning_in_bytes)" "$2"
    expect_eq conditioning_out_entropy "$(status_get conditioning_out_entropy)" 256.000000
    timeout "$BOUND_S" head -c 3200 "$MNT/random" >"$WORK/got"
    said=$(check_digests "$2" "$WORK/got" 2>&1) || problem "$said"
    note "$said"
    expect_ledger
    stop_daemon
    stop_device
}

by_default() {
    of_what_holds_320_bits 1.0 80
}

of_a_poor_source() {
    of_what_holds_320_bits 0.3 267
}

alarms_and_stops() {
    start_board && start_running -o conditioning=sha256
    wait_for status_least pool_bytes 64
    expect_ledger
    device_say stuck
    wait_for eval '! status_is state running'
    expect_ledger
    expect_eq "left for later" "$(status_get ledger.conditioner_bits) $(status_get pool_bytes)" "0 0"
    device_say heal
    wait_state running
    wait_for status_least pool_bytes 32
    expect_read bytes
    expect_control shutdown 0
    expect_ledger
    expect_eq "left for later" "$(status_get ledger.conditioner_bits) $(status_get pool_bytes)" "0 0"
    status_least ledger.conditioned_bits 640 || problem "nothing was conditioned"
    expect_eq made "$(($(status_get ledger.conditioned_bits) * 32))" "$(($(status_get ledger.made_bits) * 80))"
}

run_step "digests of 80 bytes each by default" by_default
run_step "longer blocks of a poorer source" of_a_poor_source
run_step "alarm and shutdown leave no block behind" alarms_and_stops
finish
