package poetry

import (
	"net"

	"scansion/harness/reactor"
)

// FastFactory serves a poem as fast as each client takes it: the tutorial's
// fastpoetry.
type FastFactory struct {
	reactor.FactoryBase

	protocol *fast
}

var _ reactor.ServerFactory = (*FastFactory)(nil)

// NewFastFactory returns a factory that serves poem, which may be empty. The poem is
// held once for all clients, and nobody may change its bytes.
func NewFastFactory(poem []byte) *FastFactory {
	return &FastFactory{protocol: &fast{poem: poem}}
}

// BuildProtocol accepts every client.
func (f *FastFactory) BuildProtocol(net.Addr) reactor.Protocol { return f.protocol }

// fast is the protocol of every connection: there is nothing to remember of one.
type fast struct {
	reactor.ProtocolBase

	poem []byte
}

func (p *fast) ConnectionMade(transport reactor.Transport) {
	transport.Write(p.poem)
	transport.LoseConnection()
}
