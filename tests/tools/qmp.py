#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""qmp - one command to a running QEMU: qmp.py SOCKET COMMAND [ARGUMENTS-IN-JSON [EVENT]].

Prints the answer; with EVENT it waits until QEMU has told of that too. Exit status 1: refused.
"""
import json
import socket
import sys


def main():
    path, command = sys.argv[1:3]
    request = {"execute": command}
    if len(sys.argv) > 3:
        request["arguments"] = json.loads(sys.argv[3])
    event = sys.argv[4] if len(sys.argv) > 4 else None
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        lines = connection.makefile("rw", encoding="utf-8")
        json.loads(lines.readline())
        for message in ({"execute": "qmp_capabilities"}, request):
            lines.write(json.dumps(message) + "\n")
            lines.flush()
            answer = {}
            while "return" not in answer and "error" not in answer:
                answer = json.loads(lines.readline())
                event = None if answer.get("event") == event else event
        print(json.dumps(answer))
        if "error" in answer:
            sys.exit(1)
        while event and json.loads(lines.readline()).get("event") != event:
            pass


if __name__ == "__main__":
    main()
