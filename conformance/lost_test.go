package conformance_test

import (
	"net"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"scansion/conformance"
)

// losing returns a target some of whose connections the system loses: nothing ever comes
// on the first ones.
func losing(lost int) *programs {
	var mu sync.Mutex
	gone := map[string]bool{}
	return &programs{
		serves: func(p *program, conn conformance.Socket) {
			mu.Lock()
			if len(gone) < lost {
				gone[conn.RemoteAddr().String()] = true
				mu.Unlock()
				<-p.exited
				return
			}
			mu.Unlock()
			_, _ = conn.Write([]byte("a poem")) // the client tells
		},
		holds: func(client net.Addr) bool {
			mu.Lock()
			defer mu.Unlock()
			return !gone[client.String()]
		},
	}
}

func TestConnectionThatTheSystemHasLost(t *testing.T) {
	simulated(t, "is made again, and the transcript says so", func(w *world) {
		r := w.passes(losing(2), conformance.Options{}, onConn(func(c *conformance.Case, k *conformance.Conn) {
			n, _ := k.Read(make([]byte, 10))
			in(c).Expect(n).To(BeNumerically(">", 0))
		}))
		w.Expect(strings.Count(r.Transcript.String(), "the system has lost the connection: connected again")).To(Equal(2))
		w.Expect(r.Transcript.String()).To(ContainSubstring(`client#1 <- 6 bytes "a poem"`))
	})

	simulated(t, "is not made again once something was sent on it, which the system would send again", func(w *world) {
		w.passes(losing(1), conformance.Options{}, onConn(func(c *conformance.Case, k *conformance.Conn) {
			in(c).Expect(k.Send([]byte("x"))).To(Succeed())
			_, end := k.Read(make([]byte, 10))
			in(c).Expect(end).To(Equal(conformance.Silent))
		}))
	})

	simulated(t, "is not made again for ever", func(w *world) {
		r := w.passes(losing(1000), conformance.Options{}, onConn(func(c *conformance.Case, k *conformance.Conn) {
			_, end := k.Read(make([]byte, 10))
			in(c).Expect(end).To(Equal(conformance.Silent))
		}))
		w.Expect(strings.Count(r.Transcript.String(), "connected again")).To(Equal(5))
	})
}
