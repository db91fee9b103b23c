package poetry_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/leaks"
	"scansion/harness/reactor"
)

// patience is how long to wait for what must come: long, for slow machines.
const patience = 10 * time.Second

func TestPoetry(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(patience)
	RunSpecs(t, "Poetry servers")
}

var _ = BeforeEach(leaks.Watch)

// running returns a reactor that runs until the end of the spec.
func running() *reactor.TCP {
	GinkgoHelper()
	r := reactor.NewTCP(reactor.Config{Logger: slog.New(slog.NewTextHandler(GinkgoWriter, nil))})
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() { result <- r.Run(ctx) }()
	DeferCleanup(func() {
		cancel()
		Eventually(result).Should(Receive(BeNil()))
	})
	return r
}

// serve has the factory serve, and returns where.
func serve(r reactor.Reactor, factory reactor.ServerFactory) (addr string) {
	GinkgoHelper()
	done := make(chan struct{})
	r.CallFromThread(func() {
		defer GinkgoRecover()
		defer close(done)
		port, err := r.ListenTCP("127.0.0.1:0", factory)
		Expect(err).NotTo(HaveOccurred())
		addr = port.Addr().String()
	})
	Eventually(done).Should(BeClosed())
	return addr
}

// dial connects to addr until the end of the spec.
func dial(addr string) *net.TCPConn {
	GinkgoHelper()
	conn, err := net.DialTimeout("tcp", addr, patience)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { _ = conn.Close() }) // the spec may have done it
	return conn.(*net.TCPConn)
}

// readPoem reads to the end of file, which is to come without a reset.
func readPoem(client net.Conn) string {
	GinkgoHelper()
	poem, err := io.ReadAll(client)
	Expect(err).NotTo(HaveOccurred())
	return string(poem)
}

// expectSame compares poems that are too long to be printed.
func expectSame(actual, expected string) {
	GinkgoHelper()
	Expect(actual).To(HaveLen(len(expected)))
	Expect(strings.Compare(actual, expected)).To(BeZero(), "the bytes differ")
}
