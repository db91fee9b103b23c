package target_test

import (
	"context"
	"io"
	"net"
	"os"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/harness/leaks"
)

func TestMain(m *testing.M) {
	if mode := os.Getenv(helperMode); mode != "" {
		os.Exit(runHelper(mode))
	}
	os.Exit(m.Run())
}

func TestTarget(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(20 * time.Second) // long, for slow machines
	RunSpecs(t, "Targets")
}

var _ = BeforeEach(leaks.Watch)

// poem is a fixture.
func poem(text string) conformance.Fixture {
	content := []byte(text)
	return conformance.Fixture{Name: "verse", About: "a verse", Bytes: func() []byte { return content }}
}

var verse = poem("A lamp, a rope,\na river.\n")

// started is an instance of a target, until the end of the spec.
func started(t conformance.Target, setup conformance.Setup) conformance.Instance {
	GinkgoHelper()
	instance, err := t.Start(context.Background(), setup)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(instance.Stop()).To(Succeed()) })
	return instance
}

// notStarted is why a target did not start.
func notStarted(t conformance.Target, setup conformance.Setup) *conformance.StartError {
	GinkgoHelper()
	instance, err := t.Start(context.Background(), setup)
	if err == nil {
		Expect(instance.Stop()).To(Succeed())
	}
	var failed *conformance.StartError
	Expect(err).To(HaveOccurred())
	Expect(err).To(Satisfy(func(err error) bool { return asStartError(err, &failed) }), "%v", err)
	return failed
}

// fetch is all that a client is sent.
func fetch(addr string) string {
	GinkgoHelper()
	conn := dial(addr)
	all, err := io.ReadAll(conn)
	Expect(err).NotTo(HaveOccurred())
	Expect(conn.Close()).To(Succeed())
	return string(all)
}

// dial connects until the end of the spec.
func dial(addr string) *net.TCPConn {
	GinkgoHelper()
	conn, err := net.Dial("tcp", addr)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { _ = conn.Close() }) // the spec may have done it
	return conn.(*net.TCPConn)
}

// listen listens at a port of its own until the end of the spec.
func listen() net.Listener {
	GinkgoHelper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { _ = listener.Close() }) // the spec may have done it
	return listener
}

func portOf(listener net.Listener) int { return listener.Addr().(*net.TCPAddr).Port }
