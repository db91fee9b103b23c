package conformance_test

import (
	"fmt"
	"net"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/sys/unix"

	"scansion/conformance"
)

// unanswering returns the address of a listener that has as many connections waiting as it
// may: Linux drops whatever else knocks.
func unanswering() (addr string) {
	GinkgoHelper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { _ = unix.Close(fd) })
	Expect(unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})).To(Succeed())
	Expect(unix.Listen(fd, 0)).To(Succeed())
	name, err := unix.Getsockname(fd)
	Expect(err).NotTo(HaveOccurred())
	addr = fmt.Sprintf("127.0.0.1:%d", name.(*unix.SockaddrInet4).Port)
	Eventually(func() error {
		conn, err := net.DialTimeout("tcp", addr, 500*time.Millisecond)
		if err == nil {
			DeferCleanup(func() { _ = conn.Close() })
		}
		return err
	}).WithTimeout(time.Minute).Should(MatchError(ContainSubstring("i/o timeout")))
	return addr
}

var _ = Describe("Connecting on real sockets", func() {
	// The dialer looks at the deadline itself, and may be ahead of the case's context.
	It("is no failure of the target where the end of the case's time cuts it short", func() {
		addr := unanswering()
		const timeout = 200 * time.Millisecond
		for range 5 {
			r := onSockets().judge(&programs{}, conformance.Options{Timeout: timeout}).Judge(GinkgoT().Context(), dedicated(must("connect", func(c *conformance.Case) {
				c.Pause(timeout * 3 / 4) // the patience that is left is more than the time
				_, err := c.TryDial(addr)
				c.Wrong("no end", err.Error())
			})))
			onSockets().skips(r, conformance.Inconclusive, "could not be judged within")
		}
	})
})
