"""Answers requests for streams, a JSON line each, with Twisted's NetstringReceiver."""
import json
import sys
from base64 import b64decode, b64encode

from twisted.internet.testing import StringTransport
from twisted.protocols.basic import NetstringReceiver


class Receiver(NetstringReceiver):
    def __init__(self):
        self.strings = []

    def stringReceived(self, string):
        self.strings.append(string)


def connected(limit=NetstringReceiver.MAX_LENGTH):
    receiver, transport = Receiver(), StringTransport()
    receiver.MAX_LENGTH = limit
    receiver.makeConnection(transport)
    return receiver, transport


def parse(chunks, end=True, limit=NetstringReceiver.MAX_LENGTH):
    if limit < 1:  # it takes the logarithm
        return {"verdict": "unsupported"}
    receiver, transport = connected(limit)
    for chunk in chunks:
        receiver.dataReceived(b64decode(chunk))
        if transport.disconnecting:
            verdict = "rejected"
            break
    else:
        # Twisted does not tell a parser's user where the stream is.
        between = receiver._state == receiver._PARSING_LENGTH and not receiver._remainingData
        verdict = "complete" if between else "incomplete"
    return {"strings": [b64encode(s).decode() for s in receiver.strings], "verdict": verdict}


def encode(strings):
    receiver, transport = connected()
    for string in strings:
        receiver.sendString(b64decode(string))
    return {"stream": b64encode(transport.value()).decode()}


for line in sys.stdin.buffer:
    request = json.loads(line)
    answer = encode(request["encode"]) if "encode" in request else parse(**request)
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
