package target_test

import (
	"net"
	"net/netip"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/target"
)

var _ = Describe("On Linux, the sockets at a port", func() {
	DescribeTable("are found without connecting",
		func(find func(port int, listening bool) ([]netip.Addr, error)) {
			// at are the addresses of the sockets at the listener's port.
			at := func(listener net.Listener, listening bool) []string {
				GinkgoHelper()
				found, err := find(portOf(listener), listening)
				Expect(err).NotTo(HaveOccurred())
				var all []string
				for _, addr := range found {
					all = append(all, addr.String())
				}
				return all
			}
			listener := listen()
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

			everywhere, err := net.Listen("tcp4", "0.0.0.0:0")
			Expect(err).NotTo(HaveOccurred())
			Expect(at(everywhere, true)).To(Equal([]string{"0.0.0.0"}))
			Expect(everywhere.Close()).To(Succeed())

			if six, err := net.Listen("tcp6", "[::1]:0"); err == nil {
				Expect(at(six, true)).To(Equal([]string{"::1"}))
				Expect(six.Close()).To(Succeed())
			}
		},
		Entry("by asking the kernel", target.AskSockets),
		Entry("in the kernel's table", target.ReadSockets),
	)
})
