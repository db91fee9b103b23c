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
		conn, err := net.DialTimeout("tcp", addr, time.Second)
		if err == nil {
			DeferCleanup(func() { _ = conn.Close() })
		}
		return err
	}).WithTimeout(time.Minute).Should(MatchError(ContainSubstring("i/o timeout")))
	return addr
}

var _ = Describe("Connecting", func() {
	// The dialer looks at the deadline itself, and may be ahead of the case's context.
	It("that the end of the case's time cuts short is no failure of the target", func() {
		addr := unanswering()
		const timeout = 300 * time.Millisecond
		for range 10 {
			o := conformance.Options{Timeout: timeout}
			r := judge(&programs{}, o).Judge(GinkgoT().Context(), alone(must("connect", func(c *conformance.Case) {
				c.Pause(timeout * 3 / 4) // the patience that is left is more than the time
				_, err := c.TryDial(addr)
				c.Wrong("no end", err.Error())
			})))
			Expect(r.Outcome).To(Equal(conformance.Skip), r.Message)
			Expect(r.Message).To(ContainSubstring("could not be judged within"))
		}
	})
})
