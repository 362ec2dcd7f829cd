#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Behind nginx, below a path, as docs/API.md has it: page, session, numbers, events, and who leaves.
. "$(dirname "$0")/http.sh"

command -v nginx >/dev/null || skip "no nginx"
BOX= # where a browser finds the server: http://127.0.0.1:PORT/trng-box
STREAMS=()

# documented PATTERN: the lines of the snippet between the line with PATTERN and its brace.
documented() {
    awk -v from="$1" 'index($0, from) { on = 1; next } on && /^    }/ { exit } on' "$ROOT/docs/API.md" |
        sed "s|127.0.0.1:8000|${URL#http://}|"
}

# A port that was free a moment ago; who finds it taken tries another.
spawn_nginx() {
    local port
    port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
    BOX=http://127.0.0.1:$port/trng-box
    mkdir -p "$WORK/nginx"
    cat >"$WORK/nginx.conf" <<END
daemon off;
master_process off;
pid $WORK/nginx/pid;
error_log stderr;
events { }
http {
    access_log off;
    client_body_temp_path $WORK/nginx/body;
    proxy_temp_path $WORK/nginx/proxy;
    fastcgi_temp_path $WORK/nginx/fastcgi;
    uwsgi_temp_path $WORK/nginx/uwsgi;
    scgi_temp_path $WORK/nginx/scgi;
    server {
        listen 127.0.0.1:$port;
        location /trng-box/ {
$(documented "location / {" | grep -v -e proxy_pass -e "Host ")
$(documented "location /trng-box/ {")
            proxy_set_header Host \$$1;
        }
    }
}
END
    nginx -p "$WORK/nginx" -e stderr -c "$WORK/nginx.conf" >"$WORK/nginx.out" 2>&1 6<&- 7<&- &
    NGINX=$!
    CHILDREN+=("$NGINX")
    wait_for eval 'is_gone $NGINX || curl -sS -o /dev/null "$BOX/healthz" 2>/dev/null'
    ! is_gone "$NGINX"
}

start_nginx() { # NAME of the variable that Host is
    local tries
    for tries in 1 2 3 4 5; do
        spawn_nginx "$1" && return
    done
    problem "nginx ended: $(tail -3 "$WORK/nginx.out")"
}

stop_nginx() {
    kill -TERM "$NGINX"
    wait "$NGINX"
}

starts() {
    mkdir "$WORK/charts"
    echo "charts" >"$WORK/charts/dygraph.min.js"
    start_board --rate 20000
    start_running -o silence_ms=600000
    OTTO=$(new_token otto operator)
    start_httpd -o httpd.trusted_proxies=127.0.0.1 -o httpd.anonymous=none -o httpd.dygraphs_dir="$WORK/charts"
    start_nginx host
    AS=(-H "Authorization: Bearer $OTTO")
}

page() {
    local path
    for path in /index.html /dygraphs/dygraph.min.js /openapi.json; do
        api "$BOX$path"
        expect_code 200
    done
    api "$BOX/"
    expect_header content-security-policy "require-trusted-types-for 'script'"
    api "$BOX/" -H "If-None-Match: $(header etag)"
    expect_code 304
    # Without the slash nginx itself sends there.
    expect_match "where $BOX leads" "$(curl -sS -o /dev/null -w '%{http_code} %{redirect_url}' "$BOX")" "^301 .*/trng-box/$"
}

# asks_as_page HEADERS...: what the page does, told by its headers; another site's is refused.
asks_as_page() {
    api "$BOX$API/getRandom?numBits=128&quantity=2" -b "$WORK/jar" "$@"
    expect_code 200
    expect_jq 'length == 2'
    api "$BOX/trng/session" -b "$WORK/jar" "$@"
    expect_jq '.name == "otto" and .limits.request_timeout_s == 900'
    api "$BOX$API/init" -b "$WORK/jar" -H "Origin: http://evil.example"
    expect_error_json 403
    api "$BOX$API/init" -b "$WORK/jar" -H "Referer: http://evil.example/trng-box/"
    expect_error_json 403
}

# The cookie is for this path alone, and the page's requests are its own by Referer or Origin alone.
session() {
    rm -f "$WORK/jar"
    api "$BOX$API/getRandom"
    expect_error_json 401
    api "$BOX/trng/session" -c "$WORK/jar" -d "{\"token\":\"$OTTO\"}" -H "Origin: ${BOX%/*}" -H "Referer: $BOX/"
    expect_code 200
    expect_header set-cookie "; Path=/trng-box/; HttpOnly; SameSite=Strict"
    asks_as_page -H "Referer: $BOX/"
    asks_as_page -H "Origin: ${BOX%/*}" -H "Referer: $BOX/"
    asks_as_page -H "Sec-Fetch-Site: same-origin" -H "Referer: $BOX/"
    api "$BOX/trng/session" -X DELETE -b "$WORK/jar" -c "$WORK/jar" -H "Origin: ${BOX%/*}"
    expect_code 200
    api "$BOX/trng/status" -b "$WORK/jar"
    expect_error_json 401
}

# Host with its port, as nginx has it in another variable.
with_port() {
    stop_nginx
    start_nginx http_host
    session
}

heard() { # PATTERN
    grep -qE -- "$1" "$WORK/stream"
}

events() {
    curl -sN --max-time 300 "${AS[@]}" "$BOX/trng/events?since=0" >"$WORK/stream" &
    STREAMS=($!)
    CHILDREN+=($!)
    wait_for heard '^event: status'
    expect_file '^event: state' "$WORK/stream"
    expect_eq "streams" "$(metric trng_http_event_streams)" 1
    kill "${STREAMS[@]}"
    wait_for metric_is trng_http_event_streams 0
}

# leaves PATH: nginx hangs up when its client does, and the place is free while the source is dry.
leaves() {
    local waiting
    go_dry
    curl -s --max-time 300 "${AS[@]}" "$BOX$1" >"$WORK/answer" &
    waiting=$!
    CHILDREN+=($!)
    wait_for metric_is trng_http_waiting_requests 1
    kill $waiting
    wait $waiting
    wait_for metric_is trng_http_waiting_requests 0
    api "$BOX/trng/files" "${AS[@]}"
    expect_jq '.files == []'
    flow
}

ends() {
    stop_nginx
    stop_all
}

run_step "board, daemon, server and nginx" starts
run_step "the page and its charts" page
run_step "a session, and whose the requests are" session
run_step "the same with the port in Host" with_port
run_step "events" events
run_step "who leaves getRandom" leaves "$API/getRandom?numBits=128"
run_step "who leaves generateTestdata" leaves "$API/generateTestdata?numBits=5000"
run_step "the end" ends
finish
