#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# TLS: versions, self-signed certificates, reload under a waiting request, client certificates.
. "$(dirname "$0")/http.sh"

PKI=$WORK/pki
mkdir "$PKI"

# tls_server ARGS...: with the certificate of $PKI/own.
tls_server() {
    start_httpd -o httpd.tls_certificate="$PKI/own/certificate.pem" -o httpd.tls_key="$PKI/own/key.pem" "$@"
}

self_signed() {
    httpd_command --self-signed "$PKI/own" 127.0.0.1 localhost trng.example >"$WORK/out" 2>&1 ||
        problem "$(cat "$WORK/out")"
    openssl x509 -in "$PKI/own/certificate.pem" -noout -text >"$WORK/text"
    expect_file "IP Address:127.0.0.1, DNS:localhost, DNS:trng.example" "$WORK/text"
    expect_file "Public-Key: \(256 bit\)" "$WORK/text"
    expect_file "Signature Algorithm: ecdsa-with-SHA256" "$WORK/text"
    expect_eq "mode of the key" "$(stat -c %a "$PKI/own/key.pem")" 600
    openssl x509 -in "$PKI/own/certificate.pem" -noout -checkend $((364 * 86400)) >/dev/null || problem "ends too soon"
    openssl x509 -in "$PKI/own/certificate.pem" -noout -checkend $((366 * 86400)) >/dev/null && problem "ends too late"
    expect_eq "the key is the certificate's" "$(openssl pkey -in "$PKI/own/key.pem" -pubout)" \
        "$(openssl x509 -in "$PKI/own/certificate.pem" -noout -pubkey)"
}

self_signed_refuses() {
    local before
    before=$(sha256sum "$PKI/own/key.pem")
    httpd_command --self-signed "$PKI/own" 127.0.0.1 >"$WORK/out" 2>&1 && problem "an existing key is overwritten"
    expect_eq "the key" "$(sha256sum "$PKI/own/key.pem")" "$before"
    httpd_command --self-signed "$PKI/bad" "not a name" >"$WORK/out" 2>&1 && problem "a name with spaces"
    httpd_command --self-signed "$PKI/bad" >"$WORK/out" 2>&1 && problem "no name at all"
    [ ! -e "$PKI/bad/key.pem" ] || problem "a key all the same"
}

serves_tls() {
    start_board --rate 20000
    start_running -o silence_ms=600000
    tls_server || return
    expect_match "what it says" "$URL" "^https://127.0.0.1:[0-9]+$"
    HOST_PORT=${URL#https://}
    api /healthz
    expect_eq "a stranger's certificate" "$CODE" 000
    cp "$PKI/own/certificate.pem" "$PKI/trusted.pem"
    export CURL_CA_BUNDLE=$PKI/trusted.pem
    api "$API/getRandom?numBits=128"
    expect_code 200
    expect_header strict-transport-security "max-age=[1-9]"
    api "https://localhost:${URL##*:}/healthz"
    expect_code 200
    api "https://wrong.example:${URL##*:}/healthz" --resolve "wrong.example:${URL##*:}:127.0.0.1"
    expect_eq "a name that is not in it" "$CODE" 000
    SECRET=$(new_token otto operator)
    api /trng/session -X POST -H "Authorization: Bearer $SECRET"
    expect_header set-cookie "; Secure"
}

# speaks VERSION: whether a handshake with it succeeds.
speaks() {
    openssl s_client -connect "$1" "-$2" -cipher "ALL:@SECLEVEL=0" </dev/null >"$WORK/s_client" 2>&1 &&
        grep -q "^New, TLSv1" "$WORK/s_client"
}

# That s_client can do what it is refused is shown by a server that takes everything.
versions() {
    local version port server
    for version in tls1_2 tls1_3; do
        speaks "$HOST_PORT" $version || problem "no $version: $(head -c 300 "$WORK/s_client")"
    done
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$PKI/old.key" -out "$PKI/old.pem" -days 1 -subj /CN=old 2>/dev/null
    mkfifo "$WORK/silence"
    openssl s_server -accept 127.0.0.1:0 -cert "$PKI/old.pem" -key "$PKI/old.key" -cipher "ALL:@SECLEVEL=0" \
        -no_tls1_3 -no_tls1_2 >"$WORK/s_server" 2>&1 6<&- 7<&- <>"$WORK/silence" &
    server=$!
    CHILDREN+=("$server")
    wait_for has_line "^ACCEPT 127" "$WORK/s_server"
    port=$(sed -n 's/^ACCEPT .*://p' "$WORK/s_server")
    for version in tls1 tls1_1; do
        speaks "127.0.0.1:$port" $version || {
            note "s_client itself cannot do $version here"
            continue
        }
        speaks "$HOST_PORT" $version && problem "$version is spoken"
    done
    kill $server
    api "http://$HOST_PORT/healthz"
    [ "$CODE" = 000 ] || [ "$CODE" = 400 ] || problem "plain HTTP on the TLS port: $CODE"
    speaks "$HOST_PORT" tls1_3 || problem "and no TLS after it"
}

fingerprint() {
    openssl s_client -connect "$HOST_PORT" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256
}

# A handshake after SIGHUP shows the new certificate; who waits goes on waiting, and is served.
reload() {
    local old waiting new
    old=$(fingerprint)
    go_dry
    curl -sS --max-time "$BOUND_S" -o "$WORK/waiting" -w '%{http_code}' "$URL$API/getRandom?numBits=128" >"$WORK/code" &
    waiting=$!
    wait_for metric_is trng_http_waiting_requests 1
    httpd_command --self-signed "$PKI/new" 127.0.0.1 localhost >/dev/null 2>&1
    cp "$PKI/new"/*.pem "$PKI/own/"
    cp "$PKI/new/certificate.pem" "$PKI/trusted.pem"
    kill -HUP "$HTTPD"
    wait_for eval '[ "$(fingerprint)" != "'"$old"'" ]'
    new=$(openssl x509 -in "$PKI/new/certificate.pem" -noout -fingerprint -sha256)
    expect_eq "the certificate shown" "$(fingerprint)" "$new"
    flow
    wait $waiting
    expect_eq "the one who waited" "$(cat "$WORK/code")" 200
    expect_match "his number" "$(cat "$WORK/waiting")" '^\["[0-9A-F]{32}"\]'
}

# A broken file leaves the old certificate in use, and is told of.
bad_reload() {
    local old
    old=$(fingerprint)
    echo nonsense >"$PKI/own/certificate.pem"
    kill -HUP "$HTTPD"
    wait_for has_line "certificate.pem" "$HTTPD_ERR"
    expect_eq "the certificate shown" "$(fingerprint)" "$old"
    api /healthz
    expect_code 200
    cp "$PKI/new"/*.pem "$PKI/own/"
    stop_httpd
}

authority() { # NAME: a CA, and a client's certificate of it
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj "/CN=$1" \
        -keyout "$PKI/$1.ca.key" -out "$PKI/$1.ca.pem" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1 client" \
        -keyout "$PKI/$1.key" -out "$PKI/$1.csr" 2>/dev/null
    openssl x509 -req -in "$PKI/$1.csr" -CA "$PKI/$1.ca.pem" -CAkey "$PKI/$1.ca.key" -CAcreateserial \
        -days 1 -out "$PKI/$1.pem" 2>/dev/null
}

client_certificate() {
    authority ours
    authority theirs
    tls_server -o httpd.tls_client_ca="$PKI/ours.ca.pem" -o httpd.anonymous=none
    HOST_PORT=${URL#https://}
    api "$API/getRandom?numBits=8"
    expect_error_json 401
    api $API/init --cert "$PKI/ours.pem" --key "$PKI/ours.key"
    expect_message 409 "System already initialized"
    api /trng/session --cert "$PKI/ours.pem" --key "$PKI/ours.key"
    expect_jq '.role == "operator"'
    api $API/init --cert "$PKI/theirs.pem" --key "$PKI/theirs.key"
    [ "$CODE" = 000 ] || expect_error_json 401
    api /healthz
    expect_code 200
    stop_httpd
}

# Both kinds of address in one server.
mixed() {
    write_config 'httpd {' '    listen = {"http://127.0.0.1:0", "https://127.0.0.1:0", "https://[::1]:0"}' \
        "    tls_certificate = \"$PKI/own/certificate.pem\"" "    tls_key = \"$PKI/own/key.pem\"" '}'
    HTTP_LISTEN='' HTTP_ADDRESSES=3 start_httpd
    expect_match "addresses" "${URLS[*]}" "^http://127.0.0.1:[0-9]+ https://127.0.0.1:[0-9]+ https://\[::1\]:[0-9]+$"
    for URL in "${URLS[@]:0:2}"; do
        api "$API/getRandom?numBits=8"
        expect_code 200
    done
    api "${URLS[2]}/healthz" -k
    expect_code 200
    stop_httpd
}

refusals() {
    write_config
    refuses_to_start "missing.pem" -o httpd.tls_certificate="$PKI/missing.pem" -o httpd.tls_key="$PKI/own/key.pem"
    refuses_to_start "tls_key" -o httpd.tls_certificate="$PKI/own/certificate.pem"
    refuses_to_start "match|belong" -o httpd.tls_certificate="$PKI/own/certificate.pem" -o httpd.tls_key="$PKI/ours.key"
    refuses_to_start "PEM|certificate" -o httpd.tls_certificate="$WORK/trng.conf" -o httpd.tls_key="$PKI/own/key.pem"
    refuses_to_start "tls_certificate" -o httpd.listen=https://127.0.0.1:0
}

run_step "--self-signed: names, 365 days, a key that is private" self_signed
run_step "--self-signed overwrites nothing and takes no nonsense" self_signed_refuses
run_step "served with it; trusted by who was given it" serves_tls
run_step "TLS 1.2 and 1.3, nothing older, nothing plain" versions
run_step "SIGHUP: the new certificate, and who waits is served" reload
run_step "SIGHUP with a broken file: the old certificate stays" bad_reload
run_step "a client certificate of our authority is an operator" client_certificate
run_step "plain and TLS addresses in one server" mixed
run_step "what cannot work is refused at the start" refusals
run_step "the end" eval 'stop_daemon && stop_device'
finish
