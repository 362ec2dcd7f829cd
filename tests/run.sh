#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs tests, each in a temporary directory of its own, and counts them: tests/run.sh TEST...
#
# A test is a program or script; 0 passes, 77 skips (its last line says why), all else fails. It
# also fails by what it leaves: a mount, a process, or a complaint of a sanitizer, of valgrind or
# of an assertion in any file of its directory. Output is shown of failures only.
#
# Tests get:  TRNG_BUILD (where the programs are), TRNG_TMP (their directory), SEED if given.
# Read here:  TRNG_JOBS (tests at once, 4), TRNG_TIMEOUT_S (each, 300), TRNG_WRAP (put before unit
#             programs; system tests put it before the daemon).
set -u
cd "$(dirname "$0")/.." || exit 1

# libsimavr keeps what it allocated for a processor when that is ended.
export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0${LSAN_OPTIONS:+:$LSAN_OPTIONS}
export TRNG_BUILD=${TRNG_BUILD:-$PWD/build} TRNG_WRAP=${TRNG_WRAP:-}
jobs=${TRNG_JOBS:-4}
timeout_s=${TRNG_TIMEOUT_S:-300}
target=${TRNG_TARGET:-check}
complaints='Sanitizer|runtime error:|[Aa]ssert|ERROR SUMMARY: [1-9]'
work=$(mktemp -d "${TMPDIR:-/tmp}/trng-check.XXXXXX") || exit 1
chmod 711 "$work" # tests that become somebody else find their folder
declare -A started=()

# Ends processes. No `wait` here: bash 5.2 can hang in one that repeats the one it was interrupted
# in. It reaps children unasked, and then kill -0 fails.
end() {
    for pid; do
        kill "$pid" 2>/dev/null
    done
    for pid; do
        while kill -0 "$pid" 2>/dev/null; do
            sleep 0.1
        done
    done
}

finish() {
    end "${!started[@]}"
    rm -rf --one-file-system "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

# Why tests on a mount cannot run here; silence if they can.
mount_hindrance() {
    if [ "$(id -u)" = 0 ]; then
        (exec 3<>/dev/fuse) 2>/dev/null || echo "/dev/fuse cannot be opened"
    elif ! unshare -mrU true 2>/dev/null; then
        echo "neither root nor allowed to make a user namespace"
    else
        unshare -mrU bash -c '(exec 3<>/dev/fuse) 2>/dev/null' || echo "/dev/fuse cannot be opened"
    fi
}

# The command line of test $1, one word per line of the array `command`.
find_command() {
    local name=${1##*/}
    command=("./$1")
    [ "${1#/}" = "$1" ] || command=("$1")
    case $1 in
    */replay/*) command+=("tests/fuzz/corpus/$name") ;;
    tests/system/* | tests/firmware/* | tests/long/*.sh)
        command=(bash "./$1")
        [ "$(id -u)" = 0 ] || command=(unshare -mrU "${command[@]}") ;;
    tests/browser/*.mjs)
        command=(sh -c 'command -v node >/dev/null || { echo "no node"; exit 77; }; exec node "$1"' sh "./$1")
        [ "$(id -u)" = 0 ] || command=(unshare -mrU "${command[@]}") ;;
    esac
    case $1 in
    */test/* | */replay/*) command=(${TRNG_WRAP} "${command[@]}") ;;
    esac
}

processes_of() { # directory; a zombie has no environment any more
    grep -lszx "TRNG_TMP=$1" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3
}

# What test directory $1 shows to have gone wrong besides the exit status.
find_traces() {
    local tmp=$1 pids mounts files
    for _ in {1..50}; do
        pids=$(processes_of "$tmp")
        [ -n "$pids" ] || break
        sleep 0.1
    done
    if [ -n "$pids" ]; then
        echo "left processes:" $(ps -o pid=,args= -p "$(echo $pids | tr ' ' ,)")
        kill -9 $pids 2>/dev/null
    fi
    mounts=$(awk -v tmp="$tmp/" 'index($5 "/", tmp) == 1 { print $5 }' /proc/self/mountinfo)
    for mount in $mounts; do
        echo "left mounted: $mount"
        umount -l "$mount"
    done
    files=$(find "$tmp" -xdev -type f -exec grep -lE "$complaints" {} + 2>/dev/null)
    for file in $files; do
        echo "complaint in ${file#"$tmp"/}:"
        grep -E -B2 -A20 "$complaints" "$file" | head -60
    done
}

# Runs test $1 as number $2 and writes $work/$2.verdict: "passed", "failed" or "skipped REASON".
run_one() {
    local test=$1 number=$2 tmp=$work/$2 out=$work/$2.out status verdict traces command child
    if [[ $test =~ ^tests/((system|long)/.*\.sh|browser/.*\.mjs)$ ]] && [ -n "$hindrance" ]; then
        echo "skipped $hindrance" > "$work/$number.verdict"
        return
    fi
    mkdir "$tmp"
    find_command "$test"
    trap 'end "$child"; exit 143' TERM
    # A background job ignores SIGINT, and a shell could never trap it again.
    TRNG_TMP=$tmp env --default-signal=INT,QUIT \
        timeout --kill-after=20 "$timeout_s" "${command[@]}" > "$out" 2>&1 < /dev/null &
    child=$!
    wait "$child"
    status=$?
    traces=$(find_traces "$tmp")
    case $status in
    0) verdict=passed ;;
    77) verdict="skipped $(tail -n 1 "$out")" ;;
    124 | 137) verdict=failed; echo "no end after $timeout_s s" >> "$out" ;;
    *) verdict=failed; echo "exit status $status" >> "$out" ;;
    esac
    if [ -n "$traces" ]; then
        verdict=failed
        printf '%s\n' "$traces" >> "$out"
    fi
    chmod -R u+rwX "$tmp" 2>/dev/null
    rm -rf --one-file-system "$tmp"
    echo "$verdict" > "$work/$number.verdict"
}

passed=0 failed=0 skipped=0 again=()

tell() { # test, number
    local verdict name=${1#"$TRNG_BUILD"/}
    verdict=$(cat "$work/$2.verdict" 2>/dev/null || echo failed)
    case $verdict in
    passed) passed=$((passed + 1)); echo "  ok    $name" ;;
    skipped*) skipped=$((skipped + 1)); echo "  SKIP  $name (${verdict#skipped })" ;;
    *)
        failed=$((failed + 1))
        again+=("$(basename "$1" | sed 's/\.[a-z]*$//')")
        echo "  FAIL  $name"
        sed 's/^/        | /' "$work/$2.out" 2>/dev/null ;;
    esac
}

reap() { # waits for one test and tells of it
    local pid
    wait -n -p pid "${!started[@]}"
    [ -n "${pid:-}" ] || return
    tell ${started[$pid]}
    unset "started[$pid]"
}

hindrance=
[[ ! $* =~ tests/(system|long)/[^\ ]*\.sh|tests/browser/ ]] || hindrance=$(mount_hindrance)
number=0
for test in "$@"; do
    [ "${#started[@]}" -lt "$jobs" ] || reap
    number=$((number + 1))
    run_one "$test" "$number" &
    started[$!]="$test $number"
done
while [ "${#started[@]}" -gt 0 ]; do
    reap
done

for name in "${again[@]}"; do
    echo "repeat with: ${SEED:+SEED=$SEED }make $target T=$name"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$number" -gt 0 ]
