package harness_test

import (
	"fmt"
	"net"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/sys/unix"
)

// silenceIsCertain tells whether nobody answers at the address of unanswering, on this
// system.
const silenceIsCertain = true

// unanswering is the address of a listener that has as many connections waiting as it may:
// Linux drops whatever else knocks. All of it is left to the end of the process.
func unanswering() (addr string) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	Expect(err).NotTo(HaveOccurred())
	Expect(unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})).To(Succeed())
	Expect(unix.Listen(fd, 0)).To(Succeed())
	name, err := unix.Getsockname(fd)
	Expect(err).NotTo(HaveOccurred())
	addr = fmt.Sprintf("127.0.0.1:%d", name.(*unix.SockaddrInet4).Port)
	Eventually(func() error {
		_, err := net.DialTimeout("tcp", addr, time.Second)
		return err
	}).WithTimeout(time.Minute).Should(MatchError(ContainSubstring("i/o timeout")))
	return addr
}
