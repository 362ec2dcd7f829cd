#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Thousands of requests of all kinds, over HTTP and TLS: descriptors as before, memory flat, and
# nothing that was promised to those who left is kept from those who come.
. "$(dirname "$0")/../system/http.sh"

SEED=${SEED:-$RANDOM}
REQUESTS=${REQUESTS:-12000}
FLAT_FROM=2000
GROWTH_KIB=3072 # to be told from a leak of 300 bytes a request

starts() {
    write_config 'httpd {' '    listen = {"http://127.0.0.1:0", "https://127.0.0.1:0"}' \
        "    tls_certificate = \"$WORK/tls/certificate.pem\"" "    tls_key = \"$WORK/tls/key.pem\"" '}'
    sed -i 's/^total_failure_limit = .*/total_failure_limit = 14/; s/^rate_bit_s = .*/rate_bit_s = 8000000/' "$WORK/trng.conf"
    httpd_command --self-signed "$WORK/tls" 127.0.0.1 >"$WORK/said" 2>&1 || problem "$(cat "$WORK/said")"
    SECRET=$(new_token soak reader 100000000000)
    HTTP_LISTEN='' HTTP_ADDRESSES=2
    start_all 1000000 -o httpd.request_timeout_s=20
    expect_eq "kinds of address" "${#URLS[@]}" 2
}

# send COUNT: by several clients at once.
send() {
    local rc
    python3 "$ROOT/tests/tools/bench_soak.py" "$1" "$SEED" "$SECRET" "${URLS[@]}" >"$WORK/soak" 2>&1 6<&- 7<&-
    rc=$?
    [ $rc = 0 ] || problem "with SEED=$SEED: $(tail -5 "$WORK/soak")"
    note "$(head -2 "$WORK/soak" | xargs)"
    SENT=$((SENT + $(sed -n 's/^sent //p' "$WORK/soak")))
    SEED=$((SEED + 1))
}

# What kinds of descriptors there are, and how many of each.
kinds() {
    find "/proc/$HTTPD/fd" -type l -printf '%l\n' | sed 's/[0-9][0-9]*\]$/]/' | sort | uniq -c
}

kinds_are() {
    [ "$(kinds)" = "$1" ]
}

# Nobody is there, and the last who was has been served from the pool.
rest() {
    wait_for metric_is trng_http_waiting_requests 0
    wait_for metric_is trng_http_event_streams 0
    # Only who asks: the others' ends are seen well before header_timeout_s (30).
    BOUND_S=20 wait_for metric_is trng_http_connections 1
    wait_for status_least pool_bytes 60000
    api "$API/getRandom?numBits=128"
    expect_code 200
}

rss_kib() {
    sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$HTTPD/status"
}

# What is opened once and kept is open after the first hundreds.
warms_up() {
    SENT=0
    send 500
    rest
    KINDS=$(kinds)
    note "$(xargs <<<"$KINDS")"
    send $((FLAT_FROM - SENT))
    rest
    RSS_KIB=$(rss_kib)
}

goes_on() {
    local least=$((REQUESTS - SENT)) growth
    send $least
    rest
    wait_for kinds_are "$KINDS" || problem "descriptors: $(xargs <<<"$KINDS") are now $(kinds | xargs)"
    growth=$(($(rss_kib) - RSS_KIB))
    note "$SENT requests; memory $RSS_KIB KiB at $FLAT_FROM, and $growth KiB more now"
    [ $growth -le $GROWTH_KIB ] || has_other_memory || problem "memory has grown by $growth KiB"
    [ $SENT -ge "$REQUESTS" ] || problem "only $SENT were sent"
}

nothing_kept() {
    api "$API/getRandom?numBits=8388608"
    expect_code 200
    api /trng/files
    expect_eq "files growing" "$(jq '[.files[] | select(.state == "growing")] | length' "$WORK/body")" 0
    jq -r '.files[].id' "$WORK/body" | while read -r id; do
        api "/trng/files?id=$id" -X DELETE
        expect_code 200
    done
    expect_eq "bytes of files in the state folder" \
        "$(find "$STATE" -type f -size +4k ! -name '*.log*' -printf '%f ' | xargs)" ""
    expect_eq state "$(status_get state)" running
}

run_step "the daemon, and a server for HTTP and TLS" starts
run_step "the first $FLAT_FROM requests" warms_up
run_step "as many as $REQUESTS: descriptors as before, memory flat" goes_on
run_step "who left has left nothing" nothing_kept
run_step "the end" stop_all
finish
