#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# trng-evaluate on small data that are the same every time: figures, keys, verdicts, and pages for people.
NEEDS_FUSE=no
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/system/evaluate.sh"

RANDOM_BYTES=$WORK/random
ZERO=$WORK/zero
keystream 1 1300000 >"$RANDOM_BYTES"
head -c 1300000 /dev/zero >"$ZERO"
HEAD='(.version | type == "string") and .exit_code == 0 and .verdict == "pass"'

# What Python counts in the blocks of T1, T2 and T4.
plain_counts() {
    python3 - "$RANDOM_BYTES" "$1" <<'END'
import itertools, json, sys
data = open(sys.argv[1], "rb").read()[:2500 * int(sys.argv[2])]
blocks = []
for at in range(0, len(data), 2500):
    bits = "".join(f"{byte:08b}" for byte in data[at:at + 2500])
    nibbles = [bits[i:i + 4] for i in range(0, 20000, 4)]
    blocks.append([bits.count("1"), sum(nibbles.count(n) ** 2 for n in set(nibbles)),
                   max(len(list(group)) for _, group in itertools.groupby(bits))])
print(json.dumps(blocks, separators=(",", ":")))
END
}

ais31_blocks() {
    local expected got=()
    expected=$(plain_counts 5)
    for test in T1:ones T2:sum_of_squares T4:longest; do
        evaluates 0 ais31 --procedure "${test%:*}" --bits 100000 --json "$RANDOM_BYTES"
        expect_jq "$HEAD and .command == \"ais31\" and .runs == 1 and .failures == [0] and .used_bits == 100000"
        got+=("$(jq -c "[.tests[].${test#*:}]" "$WORK/out")")
    done
    expect_eq "counts" "$(jq -cn "[${got[0]}, ${got[1]}, ${got[2]}] | transpose")" "$expected"
}

ais31_procedures() {
    evaluates 0 ais31 --procedure A --json "$RANDOM_BYTES"
    expect_jq "$HEAD"' and .procedure == "A" and (.tests | length) == 1286 and .used_bits == 8285728 and .needs_bits == 0
        and ([.tests[] | select(.test == "T3")] | length) == 257 and all(.tests[]; .pass == true and .procedure == "A" and .run == 1)
        and .input.bytes == 1035716 and .input.packed and .input.width == 1'
    evaluates 0 ais31 --procedure tirn --json "$RANDOM_BYTES"
    expect_jq "$HEAD"' and .used_bits == 2040000 and all(.tests[]; .pass)'
    evaluates 0 ais31 --procedure B --json "$RANDOM_BYTES"
    expect_jq "$HEAD"' and .procedure == "B" and ([.tests[].test] | unique) == ["T6a", "T6b", "T7a", "T7b", "T8"]'
    evaluates 3 ais31 --json "$RANDOM_BYTES"
    expect_jq '.verdict == "incomplete" and .exit_code == 3 and .procedures.A.verdict == "pass"
        and .procedures.B.verdict == "incomplete" and .needs_bits > 1000000'
    expect_said "at least [0-9]+ more bits are needed"
    evaluates 1 ais31 --json "$ZERO"
    expect_jq '.verdict == "fail" and .exit_code == 1 and .procedures.A.verdict == "fail"'
}

non_iid() {
    keystream 2 10000 >"$WORK/symbols"
    evaluates 0 sp800-90b --json "$WORK/symbols"
    expect_jq "$HEAD"' and .command == "sp800-90b non-iid" and .samples == 10000 and .distinct == 256
        and (.literal | keys) == (["most_common_value", "collision", "markov", "compression", "t_tuple", "lrs", "multi_mcw", "lag",
            "multi_mmc", "lz78y"] | sort) and (.literal | keys) == (.bitstring | keys)
        and .literal.collision == null and .bitstring.collision > 0
        and .min_entropy == ([.h_original, 8 * .h_bitstring] | min)
        and .h_original == ([.literal[] | select(. != null)] | min)'
    # 6.3.1 by hand
    expect_jq '.statistics.literal.most_common_value.mode_count as $c | ($c / 10000) as $p
        | ($p + 2.5758293035489008 * (($p * (1 - $p) / 9999) | sqrt)) as $u
        | (.literal.most_common_value + ($u | log2)) | fabs < 1e-12'
    evaluates 0 sp800-90b non-iid --claim 2 "$WORK/symbols"
    evaluates 1 sp800-90b non-iid --claim 7.9 --json "$WORK/symbols"
    expect_jq '.verdict == "fail" and .claim == 7.9'
    evaluates 1 sp800-90b --symbols 5000 --json "$ZERO"
    expect_jq '.verdict == "fail" and .min_entropy == 0'
    expect_said "there is no entropy"
}

# Packed and one per byte are the same symbols.
packed() {
    head -c 2500 "$RANDOM_BYTES" >"$WORK/packed"
    python3 -c "
import sys
for byte in open(sys.argv[1], 'rb').read():
    sys.stdout.buffer.write(bytes(byte >> shift & 3 for shift in (6, 4, 2, 0)))" "$WORK/packed" >"$WORK/unpacked"
    evaluates 0 sp800-90b --packed --width 2 --json "$WORK/packed"
    jq 'del(.input)' "$WORK/out" >"$WORK/first"
    evaluates 0 sp800-90b --json "$WORK/unpacked"
    expect_jq '.input.width == 2 and .input.packed == false'
    expect_eq "report" "$(jq 'del(.input)' "$WORK/out")" "$(cat "$WORK/first")"
}

iid() {
    evaluates 0 sp800-90b iid --packed --width 1 --symbols 2000 --seed 5 --json "$RANDOM_BYTES"
    expect_jq "$HEAD"' and .is_iid and (.permutation | length) == 19 and .seed == 5
        and all(.permutation[]; .pass and (.c0 + .c1 + .c2 >= 6)) and .independence.p_value >= 0.001'
    cp "$WORK/out" "$WORK/first"
    evaluates 0 sp800-90b iid --packed --width 1 --symbols 2000 --seed 5 --threads 1 --json "$RANDOM_BYTES"
    expect_eq "the same again" "$(cat "$WORK/out")" "$(cat "$WORK/first")"
    # 0, 1, 2, 3, 0, 1, ...: the order is special
    python3 -c "import sys; sys.stdout.buffer.write(bytes(i % 4 for i in range(300)))" >"$WORK/cycle"
    evaluates 1 sp800-90b iid --json "$WORK/cycle"
    expect_jq '.is_iid == false and .verdict == "fail"'
}

restart() {
    evaluates 0 sp800-90b restart --iid --initial 0.9 --packed --width 1 --json "$RANDOM_BYTES"
    expect_jq "$HEAD"' and .is_valid and .sanity.pass and .h_initial == 0.9 and .min_entropy == ([.h_row, .h_column, 0.9] | min)
        and .input.bytes == 125000'
    head -c 999999 "$RANDOM_BYTES" >"$WORK/few"
    evaluates 3 sp800-90b restart --initial 4 "$WORK/few"
    expect_said "999999 symbols; 1000 rows of 1000 are needed"
}

conditioning() {
    evaluates 0 sp800-90b conditioning -v 512 256 256 384 --json
    expect_jq "$HEAD"' and .h_out_text == "256 - 2^-123.2" and (.log2_epsilon + 131.2 | fabs) < 0.05 and .full_entropy and .vetted'
    evaluates 0 sp800-90b conditioning -n 64 32 32 48 0.95 --json
    expect_jq "$HEAD"' and .h_out_text == "30.4" and .h_prime == 0.95 and .vetted == false'
    evaluates 2 sp800-90b conditioning 512 256 256
}

# Readable in 80 columns, no colours in a file, the verdict and what it does not prove.
pages() {
    head -c 20000 "$RANDOM_BYTES" >"$WORK/little"
    for command in "ais31 --procedure A" "ais31 --procedure T3" "sp800-90b" "sp800-90b iid --packed --width 1 --symbols 1000" "fips" "summary"; do
        (cd "$WORK" && $EVALUATE $command little) >"$WORK/out" 2>/dev/null
        expect_eq "lines over 80 columns of $command" "$(grep -cE '^.{81}' "$WORK/out")" 0
        expect_eq "blanks at ends of lines of $command" "$(grep -c ' $' "$WORK/out")" 0
        expect_eq "control characters of $command" "$(grep -cP '[\x00-\x08\x0b-\x1f]' "$WORK/out")" 0
        expect_file '^(PASSED|FAILED|INCOMPLETE|DONE): ' "$WORK/out"
        expect_file 'cipher' "$WORK/out"
    done
}

# Colours and a bar are for terminals.
terminal() {
    local escape=$'\033'
    script -qec "$EVALUATE summary $WORK/little" /dev/null </dev/null >"$WORK/out"
    grep -qF "$escape[" "$WORK/out" || problem "no colours on a terminal"
    NO_COLOR=1 script -qec "$EVALUATE summary --quiet $WORK/little" /dev/null </dev/null >"$WORK/out"
    grep -qF "$escape[" "$WORK/out" && problem "colours, although NO_COLOR is set"
    expect_file "Shannon entropy" "$WORK/out"
}

run_step "AIS 31, test by test" ais31_blocks
run_step "AIS 31, procedures" ais31_procedures
run_step "SP 800-90B, non-IID track" non_iid
run_step "packed symbols" packed
run_step "SP 800-90B, IID track" iid
run_step "SP 800-90B, restart tests" restart
run_step "SP 800-90B, conditioning" conditioning
run_step "pages" pages
command -v script >/dev/null && run_step "on a terminal" terminal
finish
