package sockets_test

import (
	"net"
	"strconv"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/internal/sockets"
)

const loopback = "127.0.0.1"

var _ = Describe("A free port", func() {
	It("is handed out once", func() {
		const (
			callers = 4
			each    = 100
		)
		var (
			mu   sync.Mutex
			seen = map[int]bool{}
			wg   sync.WaitGroup
		)
		for range callers {
			wg.Go(func() {
				defer GinkgoRecover()
				for range each {
					port, release, err := sockets.FreePort(loopback)
					Expect(err).NotTo(HaveOccurred())
					release()
					Expect(port).To(And(BeNumerically(">", 1023), BeNumerically("<", 32768)), "outside of what kernels give to clients")
					mu.Lock()
					seen[port] = true
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		Expect(seen).To(HaveLen(callers * each))
	})

	It("can be listened at", func() {
		port, release, err := sockets.FreePort(loopback)
		Expect(err).NotTo(HaveOccurred())
		defer release()
		listener := listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port)))
		Expect(portOf(listener)).To(Equal(port))
	})

	// Another judge's program, told the same port at the same moment, may be the first to
	// bind it, and would be judged in place of ours.
	It("cannot be claimed by anybody else until it is released", func() {
		port, release, err := sockets.FreePort(loopback)
		Expect(err).NotTo(HaveOccurred())
		_, ok := sockets.Claim(port)
		Expect(ok).To(BeFalse(), "it is ours")
		release()
		again, ok := sockets.Claim(port)
		Expect(ok).To(BeTrue(), "it is not ours any more")
		release() // a second time, it does nothing
		_, ok = sockets.Claim(port)
		Expect(ok).To(BeFalse(), "it is the second owner's")
		again()
	})

	It("is not one that somebody has claimed", func() {
		for range 20 {
			port, release, err := sockets.FreePort(loopback)
			Expect(err).NotTo(HaveOccurred())
			defer release()
			_, ok := sockets.Claim(port)
			Expect(ok).To(BeFalse())
		}
	})
})
