# SPDX-License-Identifier: GPL-3.0-or-later
# qemu - QEMU with an entropy device whose bytes come from one of our files.
# shellcheck shell=bash
#
# A test sources lib.sh first. Its functions keep QEMU's process id in QEMU, the guest's in GUEST.
# Facts from QEMU's own manual (qemu-system-x86_64(1)) and from trying version 7.2.

QEMU= GUEST= GUEST_BYTES=0
QTEST=$WORK/qtest QMP=$WORK/qmp
GOT=$WORK/got # what the guest got, as tests/tools/account.py reads it

command -v qemu-system-x86_64 >/dev/null || skip "no qemu-system-x86_64 (package qemu-system-x86)"

# A machine's firmware of two instructions: interrupts off, halt for ever. The processor begins 16
# bytes below 4 GiB, where the end of the image is.
write_firmware() {
    head -c 65520 /dev/zero
    printf '\372\364\353\375'
    head -c 12 /dev/zero
}

# spawn_qemu ARGS...: standard error in qemu.err, exit status for wait_qemu.
spawn_qemu() {
    qemu-system-x86_64 -nodefaults -no-user-config -display none "$@" \
        >"$WORK/qemu.out" 2>"$WORK/qemu.err" </dev/null 7<&- &
    QEMU=$!
    CHILDREN+=("$QEMU")
}

# start_qemu FILE [OPTIONS]: a machine without any software, whose devices a test can reach. OPTIONS of
# its entropy device begin with a comma.
start_qemu() {
    rm -f "$QTEST"
    [ -e "$WORK/halt.bin" ] || write_firmware >"$WORK/halt.bin"
    spawn_qemu -M pc -m 16 -accel tcg -bios "$WORK/halt.bin" \
        -qtest "unix:$QTEST,server=on,wait=off" -qtest-log none \
        -object "rng-random,id=source,filename=$1" \
        -device "virtio-rng-pci,rng=source,disable-modern=on${2:-}"
    wait_for socket_or_exit "$QTEST"
    is_gone "$QEMU" && problem "QEMU ended: $(tail -3 "$WORK/qemu.err")"
    return 0
}

socket_or_exit() {
    is_gone "$QEMU" || [ -S "$1" ]
}

# start_guest [OPTION...]: asks for bytes again and again, into $GOT.
start_guest() {
    : >"$WORK/guest.out"
    "$ROOT/tests/tools/qemu_guest.py" "$@" "$QTEST" "$GOT" >"$WORK/guest.out" 2>"$WORK/guest.err" 7<&- &
    GUEST=$!
    CHILDREN+=("$GUEST")
    wait_for has_line "^ready$" "$WORK/guest.out" || note "$(cat "$WORK/guest.err")"
}

got_size() {
    stat -c %s "$GOT" 2>/dev/null || echo 0
}

got_least() {
    [ "$(got_size)" -ge "$1" ]
}

# guest_goes_on: ten answers more, and perhaps one that was under way.
guest_goes_on() {
    wait_for got_least $(($(got_size) + 680))
}

# end_guest: its last request is answered before, so that nothing is between QEMU and it.
# In GUEST_BYTES: what it got.
end_guest() {
    kill "$GUEST"
    wait_for has_line "^done " "$WORK/guest.out"
    wait "$GUEST"
    GUEST=
    GUEST_BYTES=$(sed -n 's/^done //p' "$WORK/guest.out")
}

qemu_lives() {
    is_gone "$QEMU" && problem "QEMU ended: $(tail -3 "$WORK/qemu.err")"
    return 0
}

# wait_qemu: its exit status in RC.
wait_qemu() {
    wait_for is_gone "$QEMU"
    wait "$QEMU"
    RC=$?
    QEMU=
}

stop_qemu() {
    kill "$QEMU" 2>/dev/null
    wait_qemu
    [ -z "$GUEST" ] || wait "$GUEST"
    GUEST=
}

# qemu_aborted: the assertion of QEMU's rng-random that a read does not fail. Other versions may do
# better.
qemu_aborted() {
    wait_qemu
    note "$(qemu-system-x86_64 --version | head -1): exit status $RC"
    expect_eq "exit status" "$RC" 134
    expect_file "entropy_available" "$WORK/qemu.err"
    : >"$WORK/qemu.err" # not a complaint about us
    [ -z "$GUEST" ] || wait "$GUEST"
    GUEST=
}

# ---- a guest with software ---------------------------------------------------------------------

KERNEL=$BUILD/guest
SAID=$WORK/guest.said

# need_kernel: a Linux for guests, which `make` fetches.
need_kernel() {
    [ -e "$KERNEL/version" ] || skip "no $KERNEL/version: a kernel for guests (tests/guest/kernel.sh) could not be had"
}

# pack_guest NAME=FILE...: tests/guest/init.c and these files, in $WORK/initramfs.
pack_guest() {
    rm -f "$SAID"
    local sources=(tests/guest/init.c fuse-trng/kernel.c common/secret.c common/log.c common/text.c)
    (cd "$ROOT" && gcc -std=gnu11 -D_GNU_SOURCE -I. -O2 -static -o "$WORK/init" "${sources[@]}") ||
        problem "tests/guest/init.c does not compile"
    "$ROOT/tests/guest/initramfs.py" "$WORK/initramfs" init="$WORK/init" "$@"
}

# start_linux WHAT ARGS...: what it says goes to $SAID. Nothing but what a test gives it makes
# entropy: no instruction of the processor, no seed of the loader, and emulation, which is as slow and
# as regular here as there.
start_linux() {
    local what=$1
    shift
    spawn_qemu -M pc -m 192 -accel tcg -cpu qemu64 -no-reboot -serial "file:$WORK/serial" \
        -debugcon "file:$SAID" \
        -kernel "$KERNEL/vmlinuz" -initrd "$WORK/initramfs" \
        -append "console=ttyS0 quiet panic=-1 random.trust_cpu=off random.trust_bootloader=off trng=$what" "$@"
}

# guest_says PATTERN
guest_says() {
    wait_for has_line "^$1" "$SAID" || note "$(tail -n 5 "$SAID" "$WORK/serial" | cut -c1-200)"
}

guest_lines() { # PATTERN
    grep -Ec "^$1" "$SAID"
}
