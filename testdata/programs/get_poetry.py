"""What the get-poetry clients on Twisted share (Parts 5 to 9)."""
import sys

from twisted.internet import defer, reactor
from twisted.internet.protocol import ClientFactory, Protocol


def addresses():
    """The addresses on the command line, each HOST:PORT."""
    for word in sys.argv[1:]:
        host, _, port = word.rpartition(":")
        yield host or "127.0.0.1", int(port)


class PoetryProtocol(Protocol):
    def connectionMade(self):
        self.pieces = []

    def dataReceived(self, data):
        self.pieces.append(data)

    def connectionLost(self, reason):
        self.factory.finished.callback(b"".join(self.pieces))


class PoetryFactory(ClientFactory):
    protocol = PoetryProtocol

    def __init__(self):
        self.finished = defer.Deferred()

    def clientConnectionFailed(self, connector, reason):
        self.finished.errback(reason)


def get_poetry(host, port):
    """A deferred of the poem at an address."""
    factory = PoetryFactory()
    reactor.connectTCP(host, port, factory)
    return factory.finished


def tell(failure):
    print("Poem failed:", failure.getErrorMessage(), file=sys.stderr)
