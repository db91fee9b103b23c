"""A poetry server on Twisted, in the tutorial's manner (Part 11)."""
import sys

from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol


class Poetry(Protocol):
    def connectionMade(self):
        self.transport.write(self.factory.poem)
        self.transport.loseConnection()


host, port, name = sys.argv[1:]
factory = Factory.forProtocol(Poetry)
with open(name, encoding="utf-8") as file:
    factory.poem = file.read().encode("utf-8")
reactor.listenTCP(int(port), factory, interface=host)
reactor.run()
