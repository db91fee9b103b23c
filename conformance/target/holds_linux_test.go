package target_test

import (
	"net"
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/target"
)

var _ = Describe("On Linux, the program's side of a connection", func() {
	ends := func(conn net.Conn) (local, remote netip.AddrPort) {
		return netip.MustParseAddrPort(conn.LocalAddr().String()), netip.MustParseAddrPort(conn.RemoteAddr().String())
	}
	DescribeTable("is known to exist, or not to",
		func(network, addr string) {
			listener, err := net.Listen(network, addr)
			if err != nil {
				Skip("there is no IPv6 here: " + err.Error())
			}
			defer listener.Close()
			client := dial(listener.Addr().String())
			local, remote := ends(client)
			Expect(target.HasSocket(remote, local)).To(BeTrue(), "before it is accepted")
			accepted, err := listener.Accept()
			Expect(err).NotTo(HaveOccurred())
			Expect(target.HasSocket(remote, local)).To(BeTrue(), "and after")
			elsewhere := netip.AddrPortFrom(local.Addr(), local.Port()-1)
			Expect(target.HasSocket(remote, elsewhere)).To(BeFalse(), "though its port listens")
			Expect(accepted.(*net.TCPConn).SetLinger(0)).To(Succeed())
			Expect(accepted.Close()).To(Succeed())
			Expect(target.HasSocket(remote, local)).To(BeFalse())
		},
		Entry("over IPv4", "tcp4", "127.0.0.1:0"),
		Entry("over IPv6", "tcp6", "[::1]:0"),
		Entry("over IPv4, to a program that listens for both", "tcp", ":0"),
	)
})
