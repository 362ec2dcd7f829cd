#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# kernel_feed_s: the kernel's pool is credited with what was assessed, on time, and not in an alarm.
#
# A kernel that is seeded (Linux 5.18 and later) says 256 bits whatever it is given, so that its pool
# rises can be seen in a virtual machine only, whose kernel has just been started.
. "$(dirname "$0")/lib.sh"

# may_feed: the kernel takes a credit of no bits and no bytes from us.
may_feed() {
    python3 -c "import fcntl; fcntl.ioctl(open('/dev/random'), 0x40085203, bytes(8))" 2>/dev/null
}

# seconds_pass NUMBER: of the daemon's own clock.
seconds_pass() {
    wait_for status_least uptime_s $(($(status_get uptime_s) + $1))
}

off() {
    start_board --rate 20000 && start_running
    expect_eq kernel_feed "$(status_get kernel_feed)" off
    wait_for status_least pool_bytes 1000
    expect_eq kernel_bits "$(status_get kernel_bits)" 0
    stop_daemon
}

refused() {
    stop_device
    start_board --rate 20000 && start_running -o kernel_feed_s=1
    expect_eq kernel_feed "$(status_get kernel_feed)" refused
    expect_file "kernel_feed_s needs CAP_SYS_ADMIN" "$WORK/daemon.err"
    seconds_pass 2
    expect_eq kernel_bits "$(status_get kernel_bits)" 0
    expect_read bytes
    stop_daemon
}

fed() {
    stop_device
    start_board --rate 20000 && start_running -o kernel_feed_s=1
    expect_eq kernel_feed "$(status_get kernel_feed)" on
    wait_for status_least kernel_feeds 3
    credited
}

# What was credited is 256 bits each time, in bytes that were assessed to hold them, which the ledger
# knows too.
credited() {
    local feeds bits bytes ledger
    cp "$MNT/status" "$WORK/status"
    feeds=$(sed -n 's/^kernel_feeds=//p' "$WORK/status")
    bits=$(sed -n 's/^kernel_bits=//p' "$WORK/status")
    bytes=$(sed -n 's/^kernel_bytes=//p' "$WORK/status")
    ledger=$(sed -n 's/^ledger.kernel_bits=//p' "$WORK/status")
    note "$(grep -E '^kernel_' "$WORK/status" | xargs)"
    expect_eq "bits" "$bits" $((feeds * 256))
    expect_eq "bits in the ledger" "$ledger" $((bytes * 8))
    expect_eq "entropy of the bytes is enough, and a byte less were not" "$(
        awk -F= -v bytes=$((bytes / feeds)) -v bits=256 '
            /^assessed_entropy=/ { per_symbol = $2 }
            /^symbol_bits=/ { width = $2 }
            END { per_byte = per_symbol * 8 / width
                  print (bytes * per_byte >= bits - 1e-9 && (bytes - 1) * per_byte < bits ? "yes" : "no") }' "$WORK/status")" yes
    expect_eq "reseeds" "$(sed -n 's/^kernel_reseeds=//p' "$WORK/status")" "$feeds"
}

not_in_alarm() {
    local feeds
    device_say stuck
    wait_state alarm
    feeds=$(status_get kernel_feeds)
    seconds_pass 3
    expect_eq "feeds in alarm" "$(status_get kernel_feeds)" "$feeds"
    device_say heal
    wait_state running
    wait_for status_least kernel_feeds $((feeds + 1))
    credited
    stop_daemon
}

# ---- a kernel that has just been started -------------------------------------------------------

# rose BITS: what the pool rose by when it was credited so many. Beside us there are the interrupts,
# from which Linux makes a bit now and then.
rose() {
    local rose
    rose=$(sed -n "s/^credit $1 result=0 rose=\([0-9]*\) .*/\1/p" "$SAID" | head -n 1)
    [ "${rose:-0}" -ge "$1" ] && [ "$rose" -le $(($1 + 2)) ] || problem "credit of $1: the pool rose by '$rose'"
}

credit_raises() {
    pack_guest
    start_linux credit
    guest_says end
    wait_qemu
    note "$(grep -E "^(pool|credit)" "$SAID" | tr '\n' ';')"
    expect_file "^pool first avail=[0-9]{1,2} seeded=no$" "$SAID"
    rose 0
    rose 64
    rose 100
    expect_eq "seeded and reseeded only with the last credit" "$(grep -Eo "seeded=.*|reseeds=.*" "$SAID" | uniq | xargs)" \
        "seeded=no reseeds=0 seeded=no reseeds=0 seeded=no reseeds=0 seeded=no reseeds=0 seeded=no reseeds=1 seeded=yes"
    expect_file "^pool after avail=256 seeded=yes$" "$SAID"
}

# libraries PROGRAM...: what the loader would take for them, as NAME=FILE.
libraries() {
    ldd "$@" | grep -o '/[^ ]*' | grep -v ':$' | sort -u | sed 's/.*/&=&/'
}

daemon_seeds() {
    has_other_memory && { note "not with this build of the daemon"; return; }
    write_config "kernel_feed_s = 1" "autostart = true"
    sed "s|$PORT|/run/board|; s|$MNT|/mnt|" "$WORK/trng.conf" >"$WORK/guest.conf"
    # shellcheck disable=SC2046 # a list
    pack_guest bin/fuse-trng="$BIN/fuse-trng" bin/trng-twin="$BIN/trng-twin" etc/trng.conf="$WORK/guest.conf" \
        modules/fuse.ko="$KERNEL/fuse.ko" $(libraries "$BIN/fuse-trng" "$BIN/trng-twin")
    start_linux daemon
    guest_says end
    wait_qemu
    note "$(grep -E "^(pool|status)" "$SAID" | tr '\n' ';')"
    expect_file "^pool before avail=[0-9]{1,2} seeded=no$" "$SAID"
    expect_file "^pool fed avail=256 seeded=yes$" "$SAID"
    expect_file "^status fed kernel_bits=256$" "$SAID"
    expect_file "^status later kernel_reseeds=[2-9]" "$SAID"
}

# In a user namespace of his own somebody is root, and nobody to the kernel's pool.
if [ "${1:-}" = refused ]; then
    run_step "not permitted: said, told in status, and all else works" refused
    finish
fi
run_step "off unless asked for" off
if may_feed; then
    run_step "fed what is assessed, and the ledger says so" fed
    run_step "nothing is credited in an alarm" not_in_alarm
    if unshare -mrU true; then
        run_step "in a user namespace" unshare -mrU bash "$0" refused
    else
        note "no user namespace here: what a daemon without the right says is not tried"
    fi
else
    run_step "not permitted: said, told in status, and all else works" refused
fi
. "$ROOT/tests/system/qemu.sh"
need_kernel
run_step "a new kernel's pool rises by what is credited, and is seeded by 256 bits" credit_raises
run_step "the daemon in a virtual machine seeds and reseeds its kernel" daemon_seeds
finish
