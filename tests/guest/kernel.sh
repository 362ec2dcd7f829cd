#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# kernel - fetches a Linux for guests of tests: tests/guest/kernel.sh FOLDER
#
# Takes Debian's small kernel for clouds, installs nothing: FOLDER gets vmlinuz, the modules that
# tests/guest/init.c loads, and, last, `version`. Fails with one line if it cannot be had.
set -eu

folder=$1
meta=linux-image-cloud-$(dpkg --print-architecture)
modules='virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio-rng fuse'

die() {
    echo "a kernel for guests: $*" >&2
    exit 1
}

package=$(apt-cache depends "$meta" 2>/dev/null | sed -n 's/.*Depends: \(linux-image-.*\)/\1/p' | head -1)
[ -n "$package" ] || die "apt knows no $meta"
mkdir -p "$folder"
work=$(mktemp -d "$folder/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
(cd "$work" && apt-get download -q "$package") >"$work/said" 2>&1 || die "$(tail -1 "$work/said")"
dpkg-deb --fsys-tarfile "$work/$package"_*.deb | tar -x -C "$work" --wildcards './boot/vmlinuz-*' './lib/modules/*'
mv "$work"/boot/vmlinuz-* "$folder/vmlinuz"
for module in $modules; do
    found=$(find "$work/lib/modules" -name "$module.ko")
    [ -n "$found" ] || die "$package has no $module.ko"
    mv "$found" "$folder"
done
echo "$package" >"$folder/version"
