package sockets_test

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/internal/sockets"
)

// ends are the two ends of a connection.
func ends(conn net.Conn) (local, remote netip.AddrPort) {
	unmapped := func(addr net.Addr) netip.AddrPort {
		both := netip.MustParseAddrPort(addr.String())
		return netip.AddrPortFrom(both.Addr().Unmap(), both.Port())
	}
	return unmapped(conn.LocalAddr()), unmapped(conn.RemoteAddr())
}

var _ = Describe("On Linux, the sockets at a port", func() {
	for name, find := range map[string]sockets.Way{"the kernel": sockets.AskKernel, "the kernel's files": sockets.ReadFiles} {
		Describe("by "+name, func() {
			BeforeEach(func() {
				if _, err := sockets.At(find, 1, true); err != nil {
					Skip("this system does not tell: " + err.Error())
				}
			})

			at := func(listener net.Listener, listening bool) []string {
				GinkgoHelper()
				found, err := sockets.At(find, portOf(listener), listening)
				Expect(err).NotTo(HaveOccurred())
				return found
			}

			It("are found without connecting, in whatever state", func() {
				listener := listen("tcp", "127.0.0.1:0")
				Expect(at(listener, true)).To(Equal([]string{"127.0.0.1"}))
				Expect(at(listener, false)).To(Equal([]string{"127.0.0.1"}))

				client := dial(listener.Addr().String())
				accepted, err := listener.Accept()
				Expect(err).NotTo(HaveOccurred())
				Expect(at(listener, true)).To(Equal([]string{"127.0.0.1"}))
				Expect(at(listener, false)).To(Equal([]string{"127.0.0.1", "127.0.0.1"}))

				Expect(accepted.Close()).To(Succeed()) // first, so that it lingers
				Expect(client.Close()).To(Succeed())
				Expect(listener.Close()).To(Succeed())
				Expect(at(listener, true)).To(BeEmpty())
				Eventually(at).WithArguments(listener, false).Should(HaveLen(1), "in TIME_WAIT")
			})

			It("are found at every interface", func() {
				Expect(at(listen("tcp4", "0.0.0.0:0"), true)).To(Equal([]string{"0.0.0.0"}))
			})

			It("are found over IPv6", func() {
				Expect(at(listen("tcp6", "[::1]:0"), true)).To(Equal([]string{"::1"}))
			})

			DescribeTable("exist, or not, by their two ends",
				func(network, addr string) {
					listener := listen(network, addr)
					client := dial(listener.Addr().String())
					local, remote := ends(client)
					Expect(sockets.Has(find, remote, local)).To(BeTrue(), "before it is accepted")
					accepted, err := listener.Accept()
					Expect(err).NotTo(HaveOccurred())
					Expect(sockets.Has(find, remote, local)).To(BeTrue(), "and after")
					elsewhere := netip.AddrPortFrom(local.Addr(), local.Port()-1)
					Expect(sockets.Has(find, remote, elsewhere)).To(BeFalse(), "though its port listens")
					Expect(accepted.(*net.TCPConn).SetLinger(0)).To(Succeed())
					Expect(accepted.Close()).To(Succeed())
					Expect(sockets.Has(find, remote, local)).To(BeFalse())
				},
				Entry("over IPv4", "tcp4", "127.0.0.1:0"),
				Entry("over IPv6", "tcp6", "[::1]:0"),
				Entry("over IPv4, to a program that listens for both", "tcp", ":0"),
			)
		})
	}

	It("that takes no IPv4 is told from one that does", func() {
		if _, err := sockets.At(sockets.AskKernel, 1, true); err != nil {
			Skip("this system does not tell: " + err.Error())
		}
		only := listen("tcp6", "[::]:0")
		Expect(sockets.Listeners(portOf(only))).To(Equal([]netip.Addr{netip.IPv6Loopback()}))
		Expect(sockets.Listeners(portOf(listen("tcp", "[::]:0")))).To(Equal([]netip.Addr{netip.IPv6Unspecified()}))
	})

	It("make it in use, though nobody listens", func() {
		listener := listen("tcp", "127.0.0.1:0")
		port := portOf(listener)
		Expect(sockets.InUse(port)).To(BeTrue())
		client := dial(listener.Addr().String())
		accepted, err := listener.Accept()
		Expect(err).NotTo(HaveOccurred())
		Expect(listener.Close()).To(Succeed())
		Expect(sockets.InUse(port)).To(BeTrue(), "by the connection")
		local, remote := ends(client)
		Expect(sockets.Exists(remote, local)).To(BeTrue())
		Expect(accepted.(*net.TCPConn).SetLinger(0)).To(Succeed())
		Expect(accepted.Close()).To(Succeed())
		Expect(sockets.InUse(port)).To(BeFalse())
		Expect(sockets.Exists(remote, local)).To(BeFalse())
	})

	It("are those of a process, or of another", func() {
		port := portOf(listen("tcp", "127.0.0.1:0"))
		Expect(sockets.ListensAt(os.Getpid(), port)).To(BeTrue())
		Expect(sockets.ListensAt(os.Getpid(), port-1)).To(BeFalse(), "port %s", strconv.Itoa(port-1))
		parent, err := sockets.ListensAt(os.Getppid(), port)
		if errors.Is(err, os.ErrPermission) {
			Skip("the parent process is another user's")
		}
		Expect(err).NotTo(HaveOccurred())
		Expect(parent).To(BeFalse())
	})
})
