#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the server of numbers costs beside nginx with a file of the same size, and what a thousand
# cost who wait: tests/bench/http.sh prints rows of run.sh's table, and all else on standard error.
#
# Both servers and the daemon run all the time and are asked in turn, so that a change of the
# machine's speed hits both; what counts is the median of those rounds that others disturbed least.
# The pool is filled before each round, during which the board sends at its real 60 bit/s. nginx is
# as Debian sets it up (a process for each processor, sendfile) without its log.
exec 3>&1 >&2
. "$(dirname "$0")/../system/http.sh"

ROUNDS=${ROUNDS:-5}
ROUND_S=${ROUND_S:-2}
THREADS=2 # of wrk: one alone is slower than nginx
CONNECTIONS=32
QUIET_PERCENT=5
WAITING=1000
POOL_BYTES=67108864
FILL_BYTES_S=8000000
REAL_BYTES_S=8
DRAW="$API/getRandom?numBits=128&quantity=10"
DRAW_BYTES=160
NGINX_URLS=() OTHERS=0

PATH=$PATH:/usr/sbin # where nginx is, and not everybody looks
for program in nginx wrk; do
    [ -n "$(type -P $program)" ] || skip "no $program"
done

row() {
    printf '| %s | %s | %s | %s |\n' "$@" >&3
}

# median COLUMN FILE
median() {
    cut -d' ' -f"$1" "$2" | sort -g | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

# per A B FORMAT: their ratio.
per() {
    awk -v a="$1" -v b="$2" -v format="$3" 'BEGIN { printf format, a / b }'
}

# ---- who else uses the machine -----------------------------------------------------------------

# Ticks of all processors, and of them what is neither idle nor of a process of our group. The
# kernel's work on interrupts counts for whom it meets, which with this load is us.
ticks() {
    local ours
    ours=$(cat /proc/[0-9]*/stat 2>/dev/null | sed 's/.*) //' |
        awk -v group="$(ps -o pgid= -p $$)" '$3 == group + 0 { sum += $12 + $13 + $14 + $15 } END { print sum }')
    awk -v ours="$ours" '$1 == "cpu" {
        for (i = 2; i <= 9; i++) all += $i
        print all, all - $5 - $6 - ours }' /proc/stat
}

# others_since TICKS: their share since then, in percent.
others_since() {
    awk '{ printf "%.1f", 100 * ($4 - $2) / ($3 - $1) }' <<<"$1 $(ticks)"
}

# ---- the servers -------------------------------------------------------------------------------

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

write_nginx_config() { # PORT TLS-PORT
    cat >"$WORK/nginx.conf" <<END
daemon off;
pid $WORK/nginx.pid;
error_log $WORK/nginx.said;
worker_processes auto;
user $(id -un) $(id -gn);
events { worker_connections 1024; }
http {
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    default_type application/json;
    client_body_temp_path $WORK/nginx.body;
    proxy_temp_path $WORK/nginx.proxy;
    fastcgi_temp_path $WORK/nginx.fastcgi;
    uwsgi_temp_path $WORK/nginx.uwsgi;
    scgi_temp_path $WORK/nginx.scgi;
    ssl_certificate $WORK/tls/certificate.pem;
    ssl_certificate_key $WORK/tls/key.pem;
    server {
        listen 127.0.0.1:$1;
        listen 127.0.0.1:$2 ssl;
        root $WORK/www;
    }
}
END
}

start_nginx() {
    local port tls_port
    port=$(free_port) tls_port=$(free_port)
    write_nginx_config "$port" "$tls_port"
    nginx -c "$WORK/nginx.conf" -e "$WORK/nginx.said" 7<&- &
    NGINX=$!
    CHILDREN+=("$NGINX")
    NGINX_URLS=("http://127.0.0.1:$port/number" "https://127.0.0.1:$tls_port/number")
    wait_for curl -fsk "${NGINX_URLS[1]}" || note "nginx: $(tail -3 "$WORK/nginx.said")"
}

# Its workers are its own to end; SIGQUIT would wait for connections.
stop_nginx() {
    kill -TERM "$NGINX"
    wait "$NGINX"
}

# One server for both kinds of address, without a log unless more is said.
serve() { # [-o KEY=VALUE]...
    stop_httpd
    HTTP_LISTEN='' HTTP_ADDRESSES=2 start_httpd -o httpd.access_log=none "$@"
}

starts() {
    write_config "pool_capacity = $POOL_BYTES" 'silence_ms = 600000' 'total_failure_limit = 14' \
        'rate_bit_s = 60000000' 'httpd {' '    listen = {"http://127.0.0.1:0", "https://127.0.0.1:0"}' \
        "    tls_certificate = \"$WORK/tls/certificate.pem\"" "    tls_key = \"$WORK/tls/key.pem\"" '}'
    sed -i '/^total_failure_limit = 12$/d; /^rate_bit_s = 60000$/d' "$WORK/trng.conf"
    httpd_command --self-signed "$WORK/tls" 127.0.0.1
    start_board --rate $FILL_BYTES_S
    start_running
    serve
    api "$DRAW"
    expect_code 200
    mkdir "$WORK/www"
    cp "$WORK/body" "$WORK/www/number"
    start_nginx
}

# ---- load --------------------------------------------------------------------------------------

cat >"$WORK/report.lua" <<'END'
done = function(summary, latency)
    local bad = summary.errors
    io.write(string.format("measured %d %.1f %.4f %.4f %d\n", summary.requests,
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        bad.connect + bad.read + bad.write + bad.status + bad.timeout))
end
END

# load URL THREADS CONNECTIONS: LOAD is its requests, requests/s, median and 99 % in ms, and errors.
load() {
    LOAD=$(wrk -t"$2" -c"$3" -d"${ROUND_S}s" -s "$WORK/report.lua" "$1" | sed -n 's/^measured //p')
    [[ $LOAD == *" 0" ]] || problem "$1: not all replies were good: '$LOAD'"
}

# rounds PREPARE FILE THREADS CONNECTIONS URL...: a line a round, five columns for each URL and then
# what others had. Those in which others had much are made up for, and the quietest count.
rounds() {
    local prepare=$1 file=$2 threads=$3 connections=$4 url line before
    shift 4
    for _ in $(seq $((3 * ROUNDS))); do
        $prepare
        line='' before=$(ticks)
        for url; do
            load "$url" "$threads" "$connections"
            line+="$LOAD "
        done
        echo "$line$(others_since "$before")" >>"$file.all"
        [ "$(awk -v quiet=$QUIET_PERCENT '$NF <= quiet' "$file.all" | wc -l)" -lt "$ROUNDS" ] || break
    done
    awk '{ print $NF, $0 }' "$file.all" | sort -g | head -n "$ROUNDS" >"$file"
    OTHERS=$(tail -n 1 "$file" | awk -v most="$OTHERS" '{ print ($1 > most ? $1 : most) }')
    sed -i 's/^[^ ]* //' "$file"
}

fill() {
    device_say rate $FILL_BYTES_S
    wait_for status_is pool_bytes $POOL_BYTES
    device_say rate $REAL_BYTES_S
}

# compare NAME URL NGINX-URL [WANTED WANTED-99]: rounds in turn, and two rows.
compare() {
    local file=$WORK/rounds.$STEPS drawn requests
    drawn=$(status_get random_bytes)
    rounds fill "$file" $THREADS $CONNECTIONS "$2$DRAW" "$3"
    requests=$(awk '{ sum += $1 } END { print sum }' "$file.all")
    drawn=$(($(status_get random_bytes) - drawn))
    [ $drawn -ge $((requests * DRAW_BYTES)) ] || problem "$requests replies out of $drawn bytes"
    row "getRandom of 10 x 128 bits, $CONNECTIONS connections$1 / nginx, $(stat -c %s "$WORK/www/number") bytes" \
        "$(printf '%.0f / %.0f requests/s' "$(median 2 "$file")" "$(median 7 "$file")")" \
        "$(per "$(median 2 "$file")" "$(median 7 "$file")" %.2f)" "${4:-}"
    row "the same: 99 % of the replies come within" \
        "$(printf '%.2f / %.2f ms' "$(median 4 "$file")" "$(median 9 "$file")")" \
        "$(per "$(median 4 "$file")" "$(median 9 "$file")" %.2f)" "${5:-}"
}

plain() {
    compare "" "${URLS[0]}" "${NGINX_URLS[0]}" "at least 0.35" "under 5 ms"
}

with_tls() {
    compare ", TLS" "${URLS[1]}" "${NGINX_URLS[1]}"
}

with_log() {
    serve -o httpd.access_log="$ACCESS_LOG"
    compare ", with its log" "${URLS[0]}" "${NGINX_URLS[0]}"
}

# ---- those who wait ----------------------------------------------------------------------------

memory_kib() { # Rss or Pss
    sed -n "s/^$1: *\([0-9]*\) kB/\1/p" "/proc/$HTTPD/smaps_rollup"
}

# dry: the pool is emptied, in large pieces, and nothing comes.
dry() {
    device_say limit 0
    dd if="$MNT/random" of=/dev/null bs=1M iflag=nonblock 2>/dev/null
    go_dry
}

waiting() {
    local rss pss alone=$WORK/alone beside=$WORK/beside
    serve
    dry
    rounds true "$alone" 1 1 "$URL/trng/status"
    rss=$(memory_kib Rss) pss=$(memory_kib Pss)
    start_clients $WAITING "$API/getRandom?numBits=128" --crowd
    rounds true "$beside" 1 1 "$URL/trng/status"
    expect_eq "waiting" "$(metric trng_http_waiting_requests)" $WAITING
    rss=$(($(memory_kib Rss) - rss)) pss=$(($(memory_kib Pss) - pss))
    row "$WAITING who wait: memory of trng-httpd, resident (its share)" \
        "$(per $rss 1024 %.1f) ($(per $pss 1024 %.1f)) MiB" "" "under 64 MiB"
    row "/trng/status, one client: requests/s with $WAITING who wait / without" \
        "$(printf '%.0f / %.0f requests/s' "$(median 2 "$beside")" "$(median 2 "$alone")")" \
        "$(per "$(median 2 "$beside")" "$(median 2 "$alone")" %.2f)" ""
    row "the same: median until the reply, with / without" \
        "$(printf '%.3f / %.3f ms' "$(median 3 "$beside")" "$(median 3 "$alone")")" \
        "$(per "$(median 3 "$beside")" "$(median 3 "$alone")" %.2f)" ""
    kill "$CLIENTS"
    wait "$CLIENTS" 2>/dev/null
    wait_for metric_is trng_http_waiting_requests 0
}

# ---- all of it ---------------------------------------------------------------------------------

ends() {
    row "what others had of the processors in these rounds, at most" "$OTHERS %" "" ""
    stop_nginx
    stop_all
}

run_step "the daemon and both servers run" starts
run_step "getRandom beside nginx" plain
run_step "over TLS" with_tls
run_step "with an access log" with_log
run_step "$WAITING who wait" waiting
run_step "the end" ends
finish
