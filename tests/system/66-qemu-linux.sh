#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A virtual machine with Linux in it, whose entropy device is fed by `random`: it reads /dev/hwrng
# through whatever befalls the source, and through a restart of the daemon without its device.
#
# The board is faster than the guest, so that no answer is shorter than asked for: after such a one the
# driver of Debian's 6.1.192 waits for ever (copy_data() counts the bytes that were taken twice).
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/system/qemu.sh"

R=$MNT/random
SIZE=3000000 # of the stream that is looked in
need_kernel

reads() {
    local modules=()
    start_board --rate 20000
    start_running -o unavailable=block
    for module in "$KERNEL"/*.ko; do
        modules+=("modules/${module##*/}=$module")
    done
    pack_guest "${modules[@]}"
    start_linux hwrng -qmp "unix:$QMP,server=on,wait=off" \
        -object "rng-random,id=source,filename=$R" -device virtio-rng-pci,rng=source,id=entropy
    guest_says "hwrng virtio_rng.0" || return 1
    guest_says "pool now avail=256 seeded=yes"
    expect_file "^pool first .* seeded=no" "$SAID"
    goes_on
}

lines_least() { # NUMBER
    [ "$(guest_lines "bytes ")" -ge "$1" ]
}

goes_on() {
    wait_for lines_least $(($(guest_lines "bytes ") + 10)) || note "$(tail -n 3 "$SAID")"
    qemu_lives
}

meets() { # FAULT STATE REMEDY
    device_say "$1"
    wait_state "$2"
    qemu_lives
    device_say "$3"
    wait_state running
    goes_on
}

ask_qemu() {
    timeout "$BOUND_S" "$ROOT/tests/tools/qmp.py" "$QMP" "$@" >"$WORK/said" || problem "$*: $(cat "$WORK/said")"
}

plug_source() {
    ask_qemu object-add '{"qom-type": "rng-random", "id": "source", "filename": "'"$R"'"}'
    ask_qemu device_add '{"driver": "virtio-rng-pci", "rng": "source", "id": "entropy"}'
}

# The machine may live on without its device; it gets a new one when the daemon is back.
without() {
    ask_qemu device_del '{"id": "entropy"}' DEVICE_DELETED
    ask_qemu object-del '{"id": "source"}'
    stop_daemon
    qemu_lives
    start_running -o unavailable=block
    plug_source
    goes_on
}

# As a record of account.py: 32-bit length, and the bytes.
account() {
    local said
    sed -n 's/^bytes \([0-9a-f]*\)$/\1/p' "$SAID" |
        python3 -c '
import struct, sys
for line in sys.stdin:
    data = bytes.fromhex(line)
    sys.stdout.buffer.write(struct.pack("=I", len(data)) + data)' >"$GOT"
    said=$("$ACCOUNT" --size $SIZE --lost $SIZE --least 1000 "$GOT") || problem "$said"
    note "$said"
    note "the guest's pool: $(grep "^pool" "$SAID" | uniq | xargs)"
}

run_step "Linux finds the device, seeds itself from it, reads /dev/hwrng" reads
run_step "alarm" meets stuck alarm heal
run_step "unplugged" meets unplug absent replug
run_step "the device is taken out, the daemon restarted, the device plugged in again" without
run_step "bytes of the stream, none twice" account
stop_qemu
run_step "the daemon ends cleanly" stop_daemon
finish
