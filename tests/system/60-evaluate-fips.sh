#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# trng-evaluate fips beside the real rngtest(1): the same counts, statuses and passed blocks.
NEEDS_FUSE=no
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/system/evaluate.sh"
command -v rngtest >/dev/null || skip "no rngtest"

# The counts that rngtest told last, as the report has them.
their_counts() {
    awk -F': ' '/successes:/ { good = $NF } / failures:/ { bad = $NF } /Monobit:/ { m = $NF } /Poker:/ { p = $NF }
        /Runs:/ { r = $NF } /Long run:/ { l = $NF } /Continuous run:/ { c = $NF }
        END { printf "{\"blocks\":%d,\"failed_blocks\":%d,\"failures\":{\"monobit\":%d,\"poker\":%d,\"runs\":%d,\"long_run\":%d,\"continuous_run\":%d}}\n",
              good + bad, bad, m, p, r, l, c }' "$WORK/theirs"
}

# compare FILE [ARGS...]: status and counts.
compare() {
    local file=$1 status
    shift
    rngtest "$@" <"$file" >/dev/null 2>"$WORK/theirs"
    status=$?
    evaluates $status fips --json "$@" - <"$file"
    expect_eq "counts on $(basename "$file") $*" "$(jq -c '{blocks, failed_blocks, failures}' "$WORK/out")" "$(their_counts)"
}

# A stream of 16-bit words turned to bits that are 1 with @2 of 65536, and, with "chain", that differ so often.
biased() { # KEY SHARE [chain] >FILE
    keystream "$1" 4000000 | python3 -c '
import array, sys
words = array.array("H", sys.stdin.buffer.read())
share, chain, last, out = int(sys.argv[1]), len(sys.argv) > 2, 0, bytearray()
for at in range(0, len(words) - 7, 8):
    byte = 0
    for word in words[at:at + 8]:
        bit = word < share
        last = last ^ bit if chain else bit
        byte = byte << 1 | last
    out.append(byte)
sys.stdout.buffer.write(out)' "${@:2}"
}

ideal() {
    keystream 3 20000000 >"$WORK/ideal"
    compare "$WORK/ideal"
}

# So far from ideal that counts stand at their limits, where each run at a block's edge matters.
at_the_limits() {
    for share in 33300 33600 33760 34000 32000; do
        biased 4 $share >"$WORK/biased$share"
        compare "$WORK/biased$share"
    done
    for share in 33600 34000 31700; do
        biased 5 $share chain >"$WORK/chain$share"
        compare "$WORK/chain$share"
    done
}

crafted() {
    head -c 300000 /dev/zero >"$WORK/zeros"
    tr '\0' '\377' <"$WORK/zeros" >"$WORK/ones"
    yes '' | tr '\n' U | head -c 300000 >"$WORK/alternating"
    { head -c 40004 "$WORK/ideal"; head -c 37 "$WORK/zeros"; tail -c 60000 "$WORK/ideal"; head -c 5000 "$WORK/ones"; } >"$WORK/mixed"
    for file in zeros ones alternating mixed; do
        compare "$WORK/$file"
    done
}

little() {
    for size in 0 1 3 4 5 2503 2504 2505 5003 5004; do
        head -c $size "$WORK/ideal" >"$WORK/little"
        rngtest <"$WORK/little" >/dev/null 2>&1
        evaluates $? fips "$WORK/little"
    done
}

counted() {
    compare "$WORK/mixed" -c 7
    compare "$WORK/mixed" --blockcount=1
    compare "$WORK/mixed" -c 0
    compare "$WORK/mixed" -c 1000 -b 3 -t 5
    rngtest -b 7 <"$WORK/mixed" 2>"$WORK/theirs"
    evaluates 1 fips -b 7 "$WORK/mixed"
    expect_eq "times told" "$(grep -c 'blocks of 20,000 bits passed' "$WORK/said.err")" $(($(grep -c successes "$WORK/theirs") - 1))
}

filter() {
    rngtest -p <"$WORK/mixed" >"$WORK/passed" 2>/dev/null
    evaluates $? fips --pipe <"$WORK/mixed"
    expect_eq "passed on" "$(sha256sum <"$WORK/out")" "$(sha256sum <"$WORK/passed")"
    rngtest -p <"$WORK/mixed" >/dev/full 2>/dev/null
    expect_eq "their status on a full disk" $? 11
    timeout "$BOUND_S" "$EVALUATE" fips -p <"$WORK/mixed" >/dev/full 2>"$WORK/said.err"
    expect_eq "status on a full disk" $? 11
}

wrong() {
    for args in "-c x" "-c -1" "--nonsense" "-b" "a b"; do
        rngtest $args </dev/null >/dev/null 2>&1
        expect_eq "their status of $args" $? 10
        evaluates 10 fips $args
    done
    evaluates 11 fips "$WORK"
    evaluates 11 fips "$WORK/none"
    evaluates 10 fips --pipe --json "$WORK/mixed"
}

run_step "an ideal stream" ideal
run_step "streams at the limits" at_the_limits
run_step "crafted streams" crafted
run_step "little data" little
run_step "--blockcount, --blockstats" counted
run_step "--pipe" filter
run_step "wrong words and files" wrong
finish
