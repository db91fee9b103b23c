"""Answers requests for streams, a JSON line each, until standard input ends."""
import json
import sys
from base64 import b64decode, b64encode

from netstrings import Netstrings, encode


def parse(chunks, end=True, limit=99999):
    strings = []
    parser = Netstrings(strings.append, limit)
    try:
        for chunk in chunks:
            parser.feed(b64decode(chunk))
        verdict = "complete" if parser.whole() else "incomplete"
    except ValueError:
        verdict = "rejected"
    return {"strings": [b64encode(s).decode() for s in strings], "verdict": verdict}


for line in sys.stdin.buffer:
    request = json.loads(line)
    if "encode" in request:
        stream = b"".join(encode(b64decode(s)) for s in request["encode"])
        answer = {"stream": b64encode(stream).decode()}
    else:
        answer = parse(**request)
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
