package sockets_test

import (
	"net"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/leaks"
)

func TestSockets(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(20 * time.Second) // long, for slow machines
	RunSpecs(t, "Sockets")
}

var _ = BeforeEach(leaks.Watch)

// listen listens until the end of the spec, which is skipped where the network is missing.
func listen(network, addr string) net.Listener {
	GinkgoHelper()
	listener, err := net.Listen(network, addr)
	if err != nil && network == "tcp6" {
		Skip("this machine has no IPv6: " + err.Error())
	}
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { _ = listener.Close() }) // the spec may have done it
	return listener
}

// dial connects until the end of the spec.
func dial(addr string) *net.TCPConn {
	GinkgoHelper()
	conn, err := net.Dial("tcp", addr)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { _ = conn.Close() }) // the spec may have done it
	return conn.(*net.TCPConn)
}

func portOf(listener net.Listener) int { return listener.Addr().(*net.TCPAddr).Port }
