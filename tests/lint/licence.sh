#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Checks that every source file names its licence in its first three lines.
set -u
cd "$(dirname "$0")/../.." || exit 1

# In a clone git knows what is ours, new files included; elsewhere everything but what was built.
list_files() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard
    else
        find . -path ./.git -prune -o -path './build*' -prune -o -type f -print | sed 's,^\./,,'
    fi
}

is_source() {
    case $1 in
    */corpus/*) return 1 ;;
    *.[ch] | *.cpp | *.ino | *.properties | *.S | *.sh | *.py | *.js | *.mjs | *.css | *.html | *.svg | *.conf | *.dict) ;;
    Makefile | .ci/run | .clang-format | .editorconfig | *.rules | *.service | *.mk) ;;
    *) return 1 ;;
    esac
}

count=0 faults=0
while read -r file; do
    is_source "$file" && [ -f "$file" ] || continue
    count=$((count + 1))
    if ! head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later'; then
        echo "$file: no SPDX-License-Identifier line"
        faults=$((faults + 1))
    fi
done < <(list_files)
[ -s COPYING ] || { echo "COPYING is missing"; faults=$((faults + 1)); }
echo "$count files, $faults without licence"
[ "$faults" = 0 ] && [ "$count" -gt 0 ]
