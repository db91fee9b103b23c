"""A poetry client on Twisted with inlineCallbacks (Part 17)."""
import sys

from twisted.internet import defer, reactor

from get_poetry import addresses, get_poetry
from transform_poetry import cummingsify

transform_server, *poetry_servers = addresses()
done = []


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


def poem_done(_):
    done.append(_)
    if len(done) == len(poetry_servers):
        reactor.stop()


for host, port in poetry_servers:
    get_transformed_poem(host, port).addCallback(got_poem).addBoth(poem_done)
reactor.run()
