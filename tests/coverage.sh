#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Shows what of the firmware's core its unit programs take: tests/coverage.sh [PROGRAM.c ...]
#
# Without arguments the programs are tests/unit/core*.c; with fewer of them one sees what the
# others are there for. Everything is built in a temporary folder, with TRNG_CC (gcc).
# Exit status: 0 every line and branch is taken, 1 not so or a program fails, 2 cannot be measured.
set -u
cd "$(dirname "$0")/.." || exit 2

cc=${TRNG_CC:-gcc}
gcov=$(dirname "$cc")/$(basename "$cc" | sed 's/gcc/gcov/')
gcov=${gcov#./}
folder=firmware/core
programs=("$@")
[ $# -gt 0 ] || programs=(tests/unit/core.c tests/unit/core_*.c)

give_up() {
    echo "coverage: $*" >&2
    exit 2
}

build() { # object or program, what it is made of
    local out=$1
    shift
    "$cc" -std=gnu11 -D_GNU_SOURCE -I. -O0 -g -o "$out" "$@" || give_up "$out cannot be built"
}

# The build is named, so that a program which takes its own TRNG_BUILD for the core's is found out.
build_core() {
    local source
    mkdir "$work/core"
    for source in "$folder"/*.c; do
        build "$work/core/$(basename "$source" .c).o" --coverage -ffreestanding \
            -DTRNG_BUILD='"coverage"' -c "$source"
    done
    build "$work/unit.o" -c tests/unit/unit.c
}

run() { # PROGRAM.c
    build "$work/program" "$1" "$work/unit.o" "$work"/core/*.o -lcunit -lgcov
    timeout 300 "$work/program" > "$work/said" 2>&1 && return
    cat "$work/said"
    echo "coverage: $1 fails"
    exit 1
}

# What gcov says of every source: each line after how often it was taken, then its branches.
annotate() {
    local object
    for object in "$work"/core/*.o; do
        "$gcov" --stdout --branch-probabilities --branch-counts --object-file "$object" "$object" \
            || give_up "$gcov does not understand what $cc has built"
    done
}

# The table on standard output, what was not taken in file `missing`.
tabulate() {
    awk -v missing="$work/missing" '
        function percent(part, whole) {
            return whole ? int(1000 * part / whole) / 10 : 100
        }
        function row(name) {
            printf "  %-28s %5d of %-5d %5.1f %%   %5d of %-5d %5.1f %%\n", name,
                lines[name] - bare[name], lines[name],
                percent(lines[name] - bare[name], lines[name]),
                branches[name] - untaken[name], branches[name],
                percent(branches[name] - untaken[name], branches[name])
        }
        function lacks(what) {
            printf "%s:%d: %s: %s\n", file, number, what, code > missing
        }
        /^ *-: *0:Source:/ {
            file = $0
            sub(/^[^:]*:[^:]*:Source:/, "", file)
            files[++count] = file
            next
        }
        /^branch / {
            branches[file]++
            if (/never executed|taken 0( |$)/) {
                untaken[file]++
                lacks("branch " $2 " not taken")
            }
            next
        }
        /^ *[-#=0-9*]+: *[0-9]+:/ {
            split($0, part, ":")
            number = part[2] + 0
            code = $0
            sub(/^[^:]*:[^:]*:[ \t]*/, "", code)
            if (part[1] ~ /-$/)
                next
            lines[file]++
            if (part[1] ~ /[#=]$/) {
                bare[file]++
                lacks("line not taken")
            }
        }
        END {
            printf "  %-28s %22s   %22s\n", "taken by the unit programs", "lines", "branches"
            for (i = 1; i <= count; i++) {
                file = files[i]
                row(file)
                lines["total"] += lines[file]; bare["total"] += bare[file]
                branches["total"] += branches[file]; untaken["total"] += untaken[file]
            }
            row("total")
            if (!lines["total"] || !branches["total"])
                exit 2
            exit bare["total"] + untaken["total"] > 0
        }'
}

command -v "$cc" > /dev/null || give_up "$cc is not installed"
! "$cc" --version | grep -qi clang || give_up "$cc is no gcc"
command -v "$gcov" > /dev/null || give_up "$gcov, which belongs to $cc, is not installed"
for program in "${programs[@]}"; do
    [ -f "$program" ] || give_up "there is no $program"
done
work=$(mktemp -d "${TMPDIR:-/tmp}/trng-coverage.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

build_core
for program in "${programs[@]}"; do
    run "$program"
done
annotate > "$work/annotated"
tabulate < "$work/annotated"
status=$?
[ "$status" = 0 ] && exit 0
[ "$status" = 1 ] || give_up "nothing was measured"
cat "$work/missing"
echo "coverage: $(wc -l < "$work/missing") lines or branches are not taken"
exit 1
