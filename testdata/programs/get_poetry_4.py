"""A poetry client on Twisted that counts the poems that are done (Part 9)."""
from twisted.internet import reactor

from get_poetry import addresses, get_poetry, tell

waiting = list(addresses())


def got_poem(poem):
    print(poem.decode())


def poem_done(_):
    waiting.pop()
    if not waiting:
        reactor.stop()


for host, port in list(waiting):
    get_poetry(host, port).addCallbacks(got_poem, tell).addBoth(poem_done)
reactor.run()
