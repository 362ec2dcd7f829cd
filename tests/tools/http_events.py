#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""http_events - a recorded event stream, one event a line: http_events.py FILE

Reads what `curl -N` wrote (text/event-stream), holds it to the format and each event to its kind,
and prints "EVENT ID JSON" (ID - where there is none). What is unfinished at the end does not count.
"""
import json
import sys

NUMBER, TEXT = (int, float), (str,)
MAYBE = TEXT + (type(None),)

# event: whether it has an id, and the fields its data must have
KINDS = {
    "status": (False, {"state": TEXT, "reason": TEXT}),
    "state": (True, {"time": TEXT, "state": TEXT, "from": MAYBE, "reason": TEXT}),
    "alarm": (True, {"time": TEXT, "test": MAYBE, "text": TEXT}),
    "progress": (False, {"route": TEXT, "tag": MAYBE, "id": MAYBE, "bits": (int,),
                         "done_bits": (int,), "eta_s": NUMBER + (type(None),)}),
}


def blocks(text):
    """The blocks that an empty line has ended."""
    text = text.replace("\r\n", "\n")
    return [block for block in text.split("\n\n")[:-1] if block]


def fields_of(block):
    fields = {}
    for line in block.split("\n"):
        if line.startswith(":"):
            continue
        name, _, value = line.partition(":")
        if name not in ("event", "id", "data", "retry"):
            raise ValueError(f"no such field: {line!r}")
        value = value.removeprefix(" ")
        fields[name] = fields[name] + "\n" + value if name == "data" and "data" in fields else value
    return fields


def check(fields):
    """The line to print, or None for a comment or retry alone."""
    if "data" not in fields:
        return None
    name = fields.get("event", "message")
    if name not in KINDS:
        raise ValueError(f"no such event: {name!r}")
    has_id, kinds = KINDS[name]
    if has_id != ("id" in fields):
        raise ValueError(f"{name} {'without' if has_id else 'with'} an id: {fields}")
    data = json.loads(fields["data"])
    for key, kind in kinds.items():
        if key not in data or not isinstance(data[key], kind) or isinstance(data[key], bool):
            raise ValueError(f"{name}: {key} is missing or of the wrong type: {data}")
    return f"{name} {fields.get('id', '-')} {json.dumps(data)}"


def main():
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        text = file.read()
    try:
        for block in blocks(text):
            line = check(fields_of(block))
            if line:
                print(line)
    except ValueError as error:
        print(f"http_events: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
