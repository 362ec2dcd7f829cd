#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# stage - the board, the daemon and the server of a browser test, at its command.
#
# Reads lines of bash on standard input, runs each in this shell with all that http.sh offers, and
# answers each with one line "STATUS OUTPUT" on standard output, OUTPUT being in base64. STATUS is 1
# also where an expectation failed. The end of the input is the end of everything that was started.
exec 8<&0 9>&1 </dev/null >&2
. "$(dirname "$0")/../system/http.sh"

UI=${TRNG_UI:-$ROOT/ui}

# serve [-o KEY=VALUE]...: the server with the page; prints its address.
serve() {
    start_httpd -o httpd.ui_dir="$UI" "$@" && echo "$URL"
}

# serve_again [-o KEY=VALUE]...: where it was before.
serve_again() {
    HTTP_LISTEN="-o httpd.listen=${URL#http://}" serve "$@"
}

# kill_httpd: without a word to anybody.
kill_httpd() {
    kill -KILL "$HTTPD"
    wait_for is_gone "$HTTPD"
    wait "$HTTPD" 2>/dev/null
    HTTPD=
}

# source_at SPEED [-o KEY=VALUE]...: twin at so many times the board's speed, and the daemon, in standby.
source_at() {
    local speed=$1
    shift
    start_twin --speed "$speed"
    start_daemon -o rate_bit_s=$((speed * 60)) -o max_alarms=100 "$@"
}

# running_at SPEED [-o KEY=VALUE]...: the same, and running.
running_at() {
    source_at "$@"
    expect_control init 0
}

# start_nginx PORT PATH: nginx of docs/API.md in front of the server, which is below PATH (/a/b/).
start_nginx() {
    cat >"$WORK/nginx.conf" <<END
daemon off;
user root root;
master_process off;
pid $WORK/nginx.pid;
error_log $WORK/nginx.log;
events {}
http {
    access_log off;
    client_body_temp_path $WORK/nginx.body;
    proxy_temp_path $WORK/nginx.proxy;
    fastcgi_temp_path $WORK/nginx.fastcgi;
    uwsgi_temp_path $WORK/nginx.uwsgi;
    scgi_temp_path $WORK/nginx.scgi;
    server {
        listen 127.0.0.1:$1;
        location / {
            return 404;
        }
        location $2 {
            proxy_pass $URL/;
            proxy_http_version 1.1;
            proxy_set_header Host \$host;
            proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto \$scheme;
            proxy_buffering off;
            proxy_read_timeout 1000s;
        }
    }
}
END
    nginx -c "$WORK/nginx.conf" -e "$WORK/nginx.log" >"$WORK/nginx.out" 2>&1 7<&- &
    CHILDREN+=($!)
    wait_for curl -sS "http://127.0.0.1:$1$2healthz" || note "$(cat "$WORK"/nginx.{out,log})"
}

while IFS= read -r line <&8; do
    STEP_FAILED=0
    eval "$line" >"$WORK/said" 2>&1 8<&- 9>&-
    status=$?
    [ $STEP_FAILED = 0 ] || status=1
    echo "$((status > 0)) $(base64 -w 0 "$WORK/said")" >&9
done
exit 1 # who ends well says so himself
