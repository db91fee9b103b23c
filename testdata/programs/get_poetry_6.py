"""A poetry client on Twisted whose callbacks return deferreds (Part 13)."""
import sys

from twisted.internet import reactor

from get_poetry import addresses, get_poetry, tell
from transform_poetry import cummingsify

transform_server, *waiting = addresses()


def try_to_cummingsify(poem):
    def fail(_):
        print("Cummingsify failed!", file=sys.stderr)
        return poem

    return cummingsify(transform_server, poem).addErrback(fail)


def got_poem(poem):
    print(poem.decode())


def poem_done(_):
    waiting.pop()
    if not waiting:
        reactor.stop()


for host, port in list(waiting):
    d = get_poetry(host, port)
    d.addCallback(try_to_cummingsify)
    d.addCallbacks(got_poem, tell)
    d.addBoth(poem_done)
reactor.run()
