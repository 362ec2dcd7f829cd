#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Test data: what is in the files, whose they are, jobs and their progress, room and age.
. "$(dirname "$0")/http.sh"

serves() { # [-o KEY=VALUE]...
    stop_httpd
    start_httpd "$@"
}

starts() {
    start_board --rate 100000
    start_running -o silence_ms=600000 -o pool_capacity=1000000
    start_httpd
}

# generate QUERY [CURL-ARGS...]: ID, NAME and SUM of the new file.
generate() {
    local query=$1
    shift
    api "$API/generateTestdata?$query" "$@"
    expect_match "$ASKED: code" "$CODE" "^20[02]$"
    ID=$(jq -r .id "$WORK/body") NAME=$(jq -r .name "$WORK/body") SUM=$(jq -r '.sha256 // ""' "$WORK/body")
}

body_sum() {
    sha256sum <"$WORK/body" | cut -d' ' -f1
}

# Each width and form: size, leading zero bits, the hash told before, and bytes that are the stream's.
contents() {
    local bits form said
    for form in bin txt; do
        for bits in 1 7 8 9 64 127 5000 5001 5007 100003; do
            generate "numBits=$bits&filetype=$form"
            api "$API/downloadFile?id=$ID"
            expect_code 200
            expect_header content-disposition "filename=\"$NAME\""
            expect_eq "$NAME: sha256" "$(body_sum)" "$SUM"
            said=$("$ROOT/tests/tools/http_file.py" $form $bits "$WORK/body" "$WORK/raw.$form.$bits" 2>&1) || problem "$said"
            [ "$(stat -c %s "$WORK/raw.$form.$bits")" -ge 8 ] || rm "$WORK/raw.$form.$bits"
        done
    done
    said=$("$ACCOUNT" --raw --size 8000000 --lost 8000000 --least 25000 "$WORK"/raw.* 2>&1) || problem "$said"
    note "$said"
}

ranges() {
    local whole=$WORK/whole etag
    generate "numBits=8000"
    api "$API/downloadFile?id=$ID"
    cp "$WORK/body" "$whole"
    expect_header accept-ranges "^bytes$"
    expect_header content-type "^application/octet-stream"
    etag=$(header etag)
    expect_match ETag "$etag" '^"[^"]+"$'
    while read -r range first size; do
        api "$API/downloadFile?id=$ID" -H "Range: bytes=$range"
        expect_code 206
        expect_header content-range "^bytes $first-$((first + size - 1))/1000$"
        cmp -s <(tail -c +$((first + 1)) "$whole" | head -c "$size") "$WORK/body" || problem "bytes of $range"
    done <<<$'0-0 0 1\n10-19 10 10\n990- 990 10\n-7 993 7\n500-99999 500 500'
    api "$API/downloadFile?id=$ID" -H "Range: bytes=1000-"
    expect_error_json 416
    expect_header content-range '^bytes \*/1000$'
    for range in bytes=5-3 bytes=a-b items=0-1 bytes=0-1,5-6; do
        api "$API/downloadFile?id=$ID" -H "Range: $range"
        expect_match "$range: code" "$CODE" "^(200|206|416)$"
        [ "$CODE" != 200 ] || cmp -s "$whole" "$WORK/body" || problem "$range: not the whole file"
    done
    api "$API/downloadFile?id=$ID" -H "Range: bytes=0-9" -H 'If-Range: "another"'
    expect_code 200
    api "$API/downloadFile?id=$ID" -H "Range: bytes=0-9" -H "If-Range: $etag"
    expect_code 206
}

# Two users: each his own latest, his own list; the id alone is a right; another's is not deleted.
two_users() {
    local anna ben
    anna=$(new_token anna operator) ben=$(new_token ben operator)
    serves -o httpd.anonymous=none
    bearer "$anna"
    generate "numBits=1000" "${AS[@]}"
    local anna_id=$ID anna_sum=$SUM
    bearer "$ben"
    api $API/downloadFile "${AS[@]}"
    expect_error_json 555
    generate "numBits=2000" "${AS[@]}"
    local ben_id=$ID ben_sum=$SUM
    api $API/downloadFile "${AS[@]}"
    expect_eq "Ben's latest" "$(body_sum)" "$ben_sum"
    api /trng/files "${AS[@]}"
    expect_jq '[.files[].id] == [$id]' --arg id "$ben_id"
    api "/trng/files?id=$anna_id" -X DELETE "${AS[@]}"
    expect_error_json 404
    bearer "$anna"
    api $API/downloadFile "${AS[@]}"
    expect_eq "Anna's latest" "$(body_sum)" "$anna_sum"
    api "$API/downloadFile?id=$anna_id"
    expect_eq "by id alone" "$CODE $(body_sum)" "200 $anna_sum"
    api $API/downloadFile
    expect_error_json 401
    api "/trng/files?id=$anna_id" -X DELETE "${AS[@]}"
    expect_message 200 "File deleted"
    api "$API/downloadFile?id=$anna_id"
    expect_error_json 404
    api /trng/files "${AS[@]}"
    expect_jq '.files == []'
    AS=()
}

lists() {
    serves
    generate "numBits=77&filetype=txt"
    api /trng/files
    expect_jq '.files[0] | .id == $id and .name == $name and .source == "random" and .filetype == "txt"
        and .state == "whole" and .bits == 77 and .done_bits == 77 and .size_bytes == 77 and .sha256 == $sum
        and has("created") and has("finished") and has("reason") and has("eta_s")' \
        --arg id "$ID" --arg name "$NAME" --arg sum "$SUM"
    expect_eq "mode of the state folder" "$(stat -c %a "$STATE")" 700
    expect_eq "temporary files" "$(find "$STATE" -name '*.tmp' -o -name '*.part' | wc -l)" 0
}

# The bits that the job has, or "whole".
job_has() {
    api "$API/downloadFile?id=$ID"
    if [ "$CODE" = 200 ]; then echo whole; else jq -r .done_bits "$WORK/body"; fi
}

# A job: 202, 503 with progress that only grows while it does, and then what its note says.
job() {
    local has last=0 seen=0
    serves -o httpd.request_timeout_s=1
    go_dry
    flow 20000
    generate "numBits=1200000&tag=long"
    expect_code 202
    expect_header retry-after "^[1-9][0-9]*$"
    expect_jq '.message == "Generation started" and .bits == 1200000 and .filetype == "bin" and (.eta_s | type) == "number"'
    api "$API/downloadFile?id=$ID"
    expect_error_json 503
    expect_header retry-after "^[1-9][0-9]*$"
    expect_jq '.id == $id and .bits == 1200000 and (.done_bits | type) == "number" and has("eta_s")' --arg id "$ID"
    api /trng/files
    expect_jq '.files[0] | .id == $id and .state == "growing" and .finished == null and (.sha256 // "") == ""' --arg id "$ID"
    while has=$(job_has) && [ "$has" != whole ]; do
        [ "$has" -ge $last ] || problem "progress goes back from $last to $has"
        [ "$has" = $last ] || seen=$((seen + 1))
        last=$has
        [ $STEP_FAILED = 0 ] || return
        sleep 0.1
    done
    [ $seen -ge 3 ] || problem "progress was seen $seen times"
    api /trng/files
    SUM=$(jq -r --arg id "$ID" '.files[] | select(.id == $id) | .sha256' "$WORK/body")
    api "$API/downloadFile?id=$ID"
    expect_eq "its hash" "$(body_sum)" "$SUM"
    "$ROOT/tests/tools/http_file.py" bin 1200000 "$WORK/body" "$WORK/raw.job" || problem "its form"
    "$ACCOUNT" --raw --size 20000000 --least 149000 "$WORK/raw.job" >"$WORK/said" 2>&1 || problem "$(cat "$WORK/said")"
}

# One that grows is deleted; a restart of the server drops what grew and keeps what was whole.
growing_ends() {
    local whole
    generate "numBits=800"
    whole=$ID
    generate "numBits=80000000"
    expect_code 202
    api "/trng/files?id=$ID" -X DELETE
    expect_message 200 "File deleted"
    api "$API/downloadFile?id=$ID"
    expect_error_json 404
    generate "numBits=80000000"
    serves
    api "$API/downloadFile?id=$whole"
    expect_code 200
    api "$API/downloadFile?id=$ID"
    expect_match "what grew" "$CODE" "^(404|555)$"
}

retention() {
    local first
    serves -o httpd.max_files_bytes=2500
    generate "numBits=8000"
    first=$ID
    generate "numBits=8000"
    api "$API/downloadFile?id=$first"
    expect_code 200
    generate "numBits=8000"
    wait_for eval 'api "$API/downloadFile?id='"$first"'"; [ "$CODE" = 404 ]'
    api "$API/downloadFile?id=$ID"
    expect_code 200
    serves -o httpd.max_file_age_s=1
    wait_for eval 'api /trng/files; jq -e ".files == []" "$WORK/body"'
}

# A folder of 20 MiB: 16 are spared, so 8 MiB do not go in; and one that is filled up meanwhile.
disk_full() {
    STATE=$WORK/small
    mkdir "$STATE" && mount -t tmpfs -o size=20m,mode=700 tmpfs "$STATE" || {
        note "no tmpfs can be mounted here"
        return 0
    }
    serves
    api "$API/generateTestdata?numBits=$((8 * 8 << 20))"
    expect_error_json 507
    expect_eq "files" "$(find "$STATE" -type f | wc -l)" 0
    go_dry
    curl -sS --max-time "$BOUND_S" -o "$WORK/full" -w '%{http_code}' "$URL$API/generateTestdata?numBits=8000000" >"$WORK/code" &
    local waiting=$!
    wait_for metric_is trng_http_waiting_requests 1
    head -c 30000000 /dev/zero >"$STATE/filler" 2>/dev/null
    flow 100000
    wait $waiting
    expect_eq "code" "$(cat "$WORK/code")" 507
    jq -e .error "$WORK/full" >/dev/null || problem "no reason: $(cat "$WORK/full")"
    rm "$STATE/filler"
    generate "numBits=8000"
    api "$API/downloadFile?id=$ID"
    expect_code 200
    stop_httpd
    umount "$STATE"
}

run_step "board, daemon and server" starts
run_step "contents: size, zero bits in front, hash, and the stream's own bits" contents
run_step "ranges" ranges
run_step "two users do not get each other's file" two_users
run_step "the list" lists
run_step "a job: 202, 503 with progress, the file" job
run_step "a growing file is deleted, or ends with the server; a whole one stays" growing_ends
run_step "old files go by total size and by age" retention
run_step "a full disk: 507" disk_full
run_step "the end" stop_all
finish
