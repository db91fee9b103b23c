"""A poetry client on Twisted with a DeferredList (Part 18)."""
import sys

from twisted.internet import defer, reactor

from get_poetry import addresses, get_poetry
from transform_poetry import cummingsify

transform_server, *poetry_servers = addresses()


@defer.inlineCallbacks
def get_transformed_poem(host, port):
    try:
        poem = yield get_poetry(host, port)
    except Exception as e:
        print("The poem download failed:", e, file=sys.stderr)
        raise
    try:
        poem = yield cummingsify(transform_server, poem)
    except Exception:
        print("Cummingsify failed!", file=sys.stderr)
    return poem


def got_poem(poem):
    print(poem.decode())


poems = defer.DeferredList(
    [get_transformed_poem(host, port).addCallback(got_poem) for host, port in poetry_servers],
    consumeErrors=True)
poems.addCallback(lambda _: reactor.stop())
reactor.run()
