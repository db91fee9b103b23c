package target_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

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

// The roles of the programs of these specs.
var (
	server = conformance.Role{
		Name: "fake-server", Lifetime: conformance.Serves,
		Variables: []conformance.Variable{
			{Name: "host", Help: "where to listen"},
			{Name: "port", Help: "the port to listen at"},
			{Name: "poem", Help: "the file to serve", Learn: readAll},
		},
	}
	client = conformance.Role{
		Name: "fake-client", Lifetime: conformance.RunsOnce,
		Variables: []conformance.Variable{
			{Name: "addrs", Help: "the servers' addresses"},
			{Name: "through", Help: "the address of a proxy"},
		},
	}
	parser = conformance.Role{Name: "fake-parser", Lifetime: conformance.Parses}
)

// readAll learns what a server has: all that it sends, up to the end.
func readAll(_ context.Context, conn net.Conn) ([]byte, error) { return io.ReadAll(conn) }

// file is content for a variable.
func file(name, text string) conformance.File {
	content := []byte(text)
	return conformance.File{Name: name, About: "a " + name, Bytes: func() []byte { return content }}
}

var (
	verse     = file("verse", "A lamp, a rope,\na river.\n")
	withVerse = conformance.Launch{"poem": conformance.Content(verse)}
)

// started is an instance of a target, until the end of the spec.
func started(t conformance.Target, launch conformance.Launch) *conformance.Instance {
	GinkgoHelper()
	instance, err := t.Start(context.Background(), launch)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(instance.Stop()).To(Succeed()) })
	return instance
}

// notStarted is why a target did not start.
func notStarted(t conformance.Target, launch conformance.Launch) *conformance.StartError {
	GinkgoHelper()
	instance, err := t.Start(context.Background(), launch)
	if err == nil {
		Expect(instance.Stop()).To(Succeed())
	}
	var failed *conformance.StartError
	Expect(errors.As(err, &failed)).To(BeTrue(), "%v", err)
	return failed
}

// exit is how an ended instance ended.
func exit(instance *conformance.Instance) conformance.Exit {
	GinkgoHelper()
	Eventually(instance.Exited()).Should(BeClosed())
	return instance.Exit()
}

// beExit is an exit with a status and its words, whatever the program took.
func beExit(status int, how string) types.GomegaMatcher {
	return And(HaveField("Status", status), HaveField("How", how))
}

// log returns what an instance has written for people.
func log(instance *conformance.Instance) func() string {
	return func() string { return instance.Output().Log }
}

// has is the content that an instance is known to have.
func has(instance *conformance.Instance) string {
	GinkgoHelper()
	content, ok := instance.Launch["poem"].File()
	Expect(ok).To(BeTrue())
	return string(content.Bytes())
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
