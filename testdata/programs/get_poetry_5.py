"""A poetry client on Twisted whose failures go down a chain of errbacks (Part 10)."""
import sys

from twisted.internet import reactor

from get_poetry import addresses, get_poetry, tell

waiting = 0


def not_text(failure):
    failure.trap(UnicodeDecodeError)
    print("A poem is not UTF-8", file=sys.stderr)
    return failure.value.object.decode(errors="surrogateescape")


def got_poem(poem):
    sys.stdout.buffer.write(poem.encode(errors="surrogateescape") + b"\n")


def poem_done(_):
    global waiting
    waiting -= 1
    if waiting == 0:
        reactor.stop()


for host, port in addresses():
    waiting += 1
    d = get_poetry(host, port)
    d.addCallback(bytes.decode)
    d.addErrback(not_text)
    d.addCallbacks(got_poem, tell)
    d.addBoth(poem_done)
reactor.run()
