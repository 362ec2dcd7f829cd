#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Bad input: a 4xx with a reason in JSON or a closed connection; never a crash, a leak or a bit drawn.
. "$(dirname "$0")/http.sh"

TWO_64=18446744073709551616
TEN_30=1000000000000000000000000000000
BAD_NUMBERS=("" 0 00 -5 -0 +5 abc 1e3 1.0 0x10 " 8" "8 " %208 8%20 8%00 "1,000" "$TWO_64" "$TEN_30" 8a ٨ %2d5 NaN true)

starts() {
    mkdir "$WORK/charts"
    start_all 20000 -o httpd.header_timeout_s=1 -o httpd.max_file_bits=100000000 -o httpd.dygraphs_dir="$WORK/charts"
    BASE=$(descriptors)
    PID=$HTTPD
}

# is_well: the same process, which serves, with the descriptors that it had.
is_well() {
    is_gone "$PID" && problem "the server is gone"
    api "$API/getRandom?numBits=8"
    expect_code 200
    wait_for eval '[ "$(descriptors)" -le $((BASE + 1)) ]' || note "descriptors: $(descriptors), at first $BASE"
}

# bad PATH-AND-QUERY PATTERN: 400, the reason names what is wrong.
bad() {
    api "$1"
    expect_error_json 400 "$2"
}

numbers() { # PATH PARAMETER
    local drawn value
    drawn=$(status_get random_bytes)
    for value in "${BAD_NUMBERS[@]}"; do
        bad "$API/$1?$2=${value// /+}" "$2"
    done
    bad "$API/$1?$2" "$2"
    bad "$API/$1?$2=8&$2=8" "$2"
    bad "$API/$1?$2=8&x=y&%$(printf %x "'${2:0:1}")${2:1}=9" "$2"
    expect_eq "random_bytes" "$(status_get random_bytes)" "$drawn"
    is_well
}

too_many() {
    local query
    for query in numBits=8388609 "numBits=4194304&quantity=3" "numBits=18446744073709551615" \
        "numBits=4294967296&quantity=4294967296" "quantity=8388609" "numBits=3&quantity=6148914691236517206"; do
        bad "$API/getRandom?$query" "generateTestdata"
    done
    bad "$API/generateTestdata?numBits=100000001" "numBits"
    bad "$API/generateTestdata?numBits=18446744073709551615" "numBits"
    is_well
}

words() {
    local value
    for value in exe ../../etc/passwd ..%2f..%2fetc%2fpasswd "" BIN bin%00 bin/ "txt&filetype=bin"; do
        bad "$API/generateTestdata?filetype=$value" "filetype"
    done
    for value in "" raw RANDOM ../random /dev/urandom "random&source=random"; do
        bad "$API/getRandom?source=$value" "source"
        bad "$API/generateTestdata?source=$value" "source"
    done
    for value in "" "a%20b" a/b %0d%0aSet-Cookie:x=y "$(printf '%65s' '' | tr ' ' a)" "a&tag=b"; do
        bad "$API/getRandom?tag=$value" "tag"
    done
    for value in "" abc ../../etc/passwd "$(printf '%031d' 0)" "$(printf '%033d' 0)" "$(printf '%031dg' 0)"; do
        bad "$API/downloadFile?id=$value" "id"
        api "/trng/files?id=$value" -X DELETE
        expect_error_json 400 "id"
    done
    for value in "" zzz yesterday "2026-11-21 14:38" "2026-11-21T14:38:09+01:00" "0'" 0%00 0%0a %ff \
            "$(printf '%032d' 0)" "$(printf '%065d' 0)" "0&since=0"; do
        bad "/trng/events?since=${value// /%20}" "since"
    done
    api "$API/downloadFile?id=$(printf '%032d' 0)"
    expect_error_json 404
    api "/trng/files?id=$(printf '%032d' 0)" -X DELETE
    expect_error_json 404
    api /trng/files -X DELETE
    expect_error_json 400 "id"
    is_well
}

# Nothing outside of the page's folder is a page, nor inside what a link leads out to.
traversal() {
    local path
    echo "<p>top secret" >"$WORK/secret.html"
    echo "<p>top secret" >"$WORK/ui/.hidden.html"
    mkdir -p "$WORK/ui/sub"
    echo "fine" >"$WORK/ui/sub/fine.html"
    ln -sf ../secret.html "$WORK/ui/link.html"
    ln -sf "$WORK/secret.html" "$WORK/ui/absolute.html"
    ln -sfn .. "$WORK/ui/up"
    mkfifo "$WORK/ui/fifo.html"
    ln -sf ../secret.html "$WORK/charts/link.html"
    ln -sfn ../ui "$WORK/charts/ui"
    echo "<p>top secret" >"$WORK/charts/.hidden.html"
    api /sub/fine.html
    expect_code 200
    for path in /../secret.html /%2e%2e/secret.html /..%2fsecret.html /%2e%2e%2fsecret.html /sub/../../secret.html \
        /sub/%2e%2e/%2e%2e/secret.html /..%5csecret.html '/..\secret.html' /%252e%252e/secret.html /./secret.html \
        //secret.html "/$WORK/secret.html" "/%2f$WORK/secret.html" /link.html /absolute.html /up/secret.html \
        /fifo.html /sub /sub/ /.hidden.html /index.html/ /index.html/x /index.html%00.css /%00 /%ff.html \
        /dygraphs /dygraphs/ /dygraphs/../secret.html /dygraphs/%2e%2e/secret.html /dygraphs//secret.html \
        /dygraphs/../ui/index.html /dygraphs/ui/index.html /dygraphs/link.html /dygraphs/.hidden.html \
        /dygraphs/index.html /./dygraphs/link.html "/dygraphs/$WORK/secret.html" \
        /../../../../../../../../etc/passwd /..%c0%afsecret.html /proc/self/environ; do
        api "$path"
        expect_match "$path: code" "$CODE" "^40[04]$"
        expect_header content-type "^application/json"
        [[ $BODY == *secret\<* || $BODY == *"top secret"* || $BODY == *root:* ]] && problem "$path gives it away"
    done
    is_well
}

raw() { # CASE
    local said
    said=$(timeout "$BOUND_S" "$ROOT/tests/tools/http_raw.py" "${URL#http://}" "$1" 2>&1) || problem "$said"
    note "$said"
    is_well
}

# Half-sent requests hold nobody up and are closed after header_timeout_s.
held_open() {
    local i
    "$ROOT/tests/tools/http_hold.py" "${URL#http://}" 200 >"$WORK/hold" 2>&1 &
    CHILDREN+=($!)
    wait_for has_line '^held 200$' "$WORK/hold"
    for i in 1 2 3 4 5; do
        api "$API/getRandom?numBits=64"
        expect_code 200
    done
    wait_for has_line '^closed' "$WORK/hold"
    expect_file '^closed 200$' "$WORK/hold"
    is_well
}

# 3000 replies on one connection that nobody reads must not become memory without end.
unread() {
    python3 - "${URL#http://}" <<'END'
import socket, sys
host, port = sys.argv[1].split(":")
with socket.create_connection((host, int(port)), timeout=5) as sock:
    try:
        for _ in range(3000):
            sock.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    except OSError:
        pass
END
    is_well
}

memory_kb() {
    sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$HTTPD/status"
}

requests() { # COUNT: good and bad ones, over kept-alive connections
    curl -sS --max-time 300 -o /dev/null "$URL$API/getRandom?numBits=8&_=[1-$(($1 / 2))]"
    curl -sS --max-time 300 -o /dev/null "$URL$API/getRandom?numBits=abc&_=[1-$(($1 / 4))]"
    curl -sS --max-time 300 -o /dev/null "$URL/nothing?_=[1-$(($1 / 4))]"
}

# Two halves of 10,000: what the second adds is no more than an allocator's whim.
flat() {
    local before
    requests 5000
    before=$(memory_kb)
    requests 5000
    note "memory of the server: $before kB, then $(memory_kb) kB"
    [ "$(memory_kb)" -le $((before + 512)) ] || has_other_memory || problem "memory grows"
    is_well
}

run_step "board, daemon and server" starts
run_step "getRandom: numBits that is none" numbers getRandom numBits
run_step "getRandom: quantity that is none" numbers getRandom quantity
run_step "generateTestdata: numBits that is none" numbers generateTestdata numBits
run_step "more bits than one request may have" too_many
run_step "filetype, source, tag, id, since" words
run_step "paths that lead out of the page's folder" traversal
for case in $("$ROOT/tests/tools/http_raw.py" --list); do
    run_step "raw: $case" raw "$case"
done
run_step "200 half-sent requests: others are served, they are closed" held_open
run_step "replies that nobody reads" unread
run_step "10,000 requests leave memory and descriptors as they were" flat
# One address has its share of the places, and not all of them; nor all the memory.
greedy() {
    stop_httpd
    start_httpd -o httpd.max_connections=40 -o httpd.max_connections_per_address=4 \
        -o httpd.max_waiting_bytes=8000000 -o httpd.trusted_proxies=127.0.0.9
    python3 - "${URL#http://}" >"$WORK/said" 2>&1 <<'END' || problem "$(cat "$WORK/said")"
import socket, sys

host, port = sys.argv[1].split(":")

def connect(source):
    sock = socket.socket()
    sock.settimeout(60)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    sock.bind((source, 0))
    sock.connect((host, int(port)))
    return sock

def code(sock, path):
    sock.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    return sock.recv(12)[-3:].decode()

held = [connect("127.0.0.2") for _ in range(60)]
assert code(connect("127.0.0.3"), "/healthz") == "200", "another address finds no place"
codes = []
for sock in held:
    try:
        codes.append(code(sock, "/healthz"))
    except ConnectionError:
        codes.append("")
assert codes.count("200") == 4 and set(codes) == {"200", "429", ""}, codes
for sock in held:
    sock.close()
# A proxy of ours comes for many.
many = [connect("127.0.0.9") for _ in range(20)]
codes = [code(sock, "/healthz") for sock in many]
assert codes == ["200"] * 20, codes
for sock in many:
    sock.close()
# Answers that nobody fetches count until they are gone: two have room, a third has not.
slow = [connect(f"127.0.1.{i}") for i in range(3)]
big = "/trng/randomNum/getRandom?numBits=1&quantity=800000"
codes = [code(sock, big) for sock in slow]
assert codes == ["200", "200", "503"], codes
END
    stop_httpd
    start_httpd
}

run_step "one address cannot have everything" greedy
run_step "the end" stop_all
finish
