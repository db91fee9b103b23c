"""The client of a transform server that get-poetry 6 to 8 share (Part 13)."""
from twisted.internet import defer, reactor
from twisted.internet.protocol import ClientFactory
from twisted.protocols.basic import NetstringReceiver


class TransformProtocol(NetstringReceiver):
    def connectionMade(self):
        self.sendString(self.factory.request)

    def stringReceived(self, poem):
        self.transport.loseConnection()
        self.factory.done(poem)


class TransformFactory(ClientFactory):
    protocol = TransformProtocol

    def __init__(self, request):
        self.request = request
        self.finished = defer.Deferred()

    def done(self, result):
        if not self.finished.called:
            self.finished.callback(result)

    def clientConnectionLost(self, connector, reason):
        self.done(reason)

    clientConnectionFailed = clientConnectionLost


def cummingsify(server, poem):
    """A deferred of what the server at (host, port) makes of a poem."""
    factory = TransformFactory(b"cummingsify." + poem)
    reactor.connectTCP(*server, factory)
    return factory.finished
