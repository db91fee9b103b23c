package reactor_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/leaks"
	"scansion/harness/reactor"
)

// patience is how long to wait for what must come: long, for slow machines.
const patience = 10 * time.Second

func TestMain(m *testing.M) {
	if os.Getenv(signalledProgram) != "" {
		os.Exit(runSignalledProgram())
	}
	if server := os.Getenv(benchmarkedServer); server != "" {
		os.Exit(runBenchmarkedServer(server))
	}
	os.Exit(m.Run())
}

func TestReactor(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(patience)
	RunSpecs(t, "Reactor")
}

var _ = BeforeEach(leaks.Watch)

// quiet is a configuration whose log is shown only when a spec fails.
func quiet() reactor.Config {
	return reactor.Config{Logger: slog.New(slog.NewTextHandler(GinkgoWriter, nil))}
}

// running returns a reactor that runs until the end of the spec at the latest, and
// what its Run will return.
func running(config reactor.Config) (r *reactor.TCP, returned <-chan error) {
	GinkgoHelper()
	r = reactor.NewTCP(config)
	result := make(chan error, 1)
	go func() { result <- r.Run(context.Background()); close(result) }()
	onLoop(r, func() {})
	DeferCleanup(func() {
		_ = r.Stop() // the spec may have done it
		Eventually(result).Should(BeClosed())
	})
	return r, result
}

// onLoop waits until f has run on the loop.
func onLoop(r reactor.Reactor, f func()) {
	GinkgoHelper()
	done := make(chan struct{})
	r.CallFromThread(func() {
		defer close(done)
		f()
	})
	Eventually(done).Should(BeClosed())
}

// conversation is a Protocol made of functions, any of which may be missing.
type conversation struct {
	made func(transport reactor.Transport)
	data func(transport reactor.Transport, data []byte)
	lost func(reason error)

	transport reactor.Transport
}

func (c *conversation) ConnectionMade(transport reactor.Transport) {
	c.transport = transport
	if c.made != nil {
		c.made(transport)
	}
}

func (c *conversation) DataReceived(data []byte) {
	if c.data != nil {
		c.data(c.transport, data)
	}
}

func (c *conversation) ConnectionLost(reason error) {
	if c.lost != nil {
		c.lost(reason)
	}
}

// halfCloser is a conversation that handles the peer's half-close.
type halfCloser struct {
	conversation
	readLost func(transport reactor.Transport)
}

func (h *halfCloser) ReadConnectionLost() { h.readLost(h.transport) }

// serve has the reactor serve every connection with the protocol that build makes.
func serve(r reactor.Reactor, build func() reactor.Protocol) (addr string) {
	GinkgoHelper()
	onLoop(r, func() {
		port, err := r.ListenTCP("127.0.0.1:0", reactor.FactoryFunc(func(net.Addr) reactor.Protocol { return build() }))
		Expect(err).NotTo(HaveOccurred())
		addr = port.Addr().String()
	})
	return addr
}

// serveOne is serve for a single connection; reasons gets every ConnectionLost.
func serveOne(r reactor.Reactor, c *conversation) (addr string, reasons chan error) {
	GinkgoHelper()
	reasons = make(chan error, 8)
	c.lost = func(reason error) { reasons <- reason }
	return serve(r, func() reactor.Protocol { return c }), reasons
}

// dial connects to addr until the end of the spec.
func dial(addr string) *net.TCPConn {
	GinkgoHelper()
	conn, err := net.DialTimeout("tcp", addr, patience)
	Expect(err).NotTo(HaveOccurred())
	Expect(conn.SetDeadline(farOff())).To(Succeed())
	DeferCleanup(func() { _ = conn.Close() }) // the spec may have done it
	return conn.(*net.TCPConn)
}

// reset connects to a server that resets its connections at once, and returns the
// error: it may come before the dialling is done.
func reset(addr string) error {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = io.ReadAll(conn)
	return err
}

// farOff is when a client gives up: well after anything that must come has come.
func farOff() time.Time { return reactor.NewTCP(reactor.Config{}).Now().Add(6 * patience) }

// readAll reads to the end of file, with small reads.
func readAll(conn net.Conn) []byte {
	GinkgoHelper()
	var all bytes.Buffer
	_, err := io.CopyBuffer(struct{ io.Writer }{&all}, struct{ io.Reader }{conn}, make([]byte, 4096))
	Expect(err).NotTo(HaveOccurred())
	return all.Bytes()
}

// expectSame compares long bytes without printing them.
func expectSame(actual, expected []byte) {
	GinkgoHelper()
	Expect(actual).To(HaveLen(len(expected)))
	Expect(bytes.Equal(actual, expected)).To(BeTrue(), "the bytes differ")
}

// verse is n bytes in which a misplaced piece shows: what it repeats has a length
// that no buffer has.
func verse(n int) []byte {
	line := make([]byte, 65521)
	for i := range line {
		line[i] = byte(i>>8 ^ i)
	}
	return bytes.Repeat(line, n/len(line)+1)[:n]
}
