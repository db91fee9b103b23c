package poetryserver_test

import (
	"net"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/checks/poems"
	"scansion/conformance/checks/poetryserver"
)

// launched is the poem that a requirement is judged with.
func launched(r conformance.Requirement) []byte {
	GinkgoHelper()
	file, ok := r.Launch["poem"].File()
	Expect(ok).To(BeTrue(), r.Slug)
	return file.Bytes()
}

var _ = Describe("The role of poetry servers", func() {
	// Levels are what the exit status depends on, so a change must be meant.
	It("binds as the specification does", func() {
		levels := map[string]conformance.Level{
			"1.1": conformance.Must, "1.2": conformance.Must, "1.4": conformance.Must, "1.5": conformance.Must,
			"1.6": conformance.Must, "1.7": conformance.Must, "1.8": conformance.Must, "1.9": conformance.Must,
			"1.10": conformance.Should, "1.11": conformance.Should, "1.12": conformance.Should, "1.13": conformance.Should,
			"1.14": conformance.Should, "1.15": conformance.Should, "1.16": conformance.Must, "1.17": conformance.Should,
		}
		for _, r := range poetryserver.Role().Requirements {
			want, one := levels[r.Source.Section]
			if !one { // 1.3 is a MUST for text poems and a SHOULD for others
				Expect(r.Source.Section).To(Equal("1.3"))
				want = conformance.Should
				if poems.IsText(launched(r)) {
					want = conformance.Must
				}
			}
			Expect(r.Level).To(Equal(want), r.Slug)
		}
	})

	It("begins with a poem that every server can serve", func() {
		file, ok := poetryserver.Role().Baseline["poem"].File()
		Expect(ok).To(BeTrue())
		Expect(len(file.Bytes())).To(BeNumerically("<=", 4096))
		Expect(poems.IsText(file.Bytes())).To(BeTrue())
	})

	It("uses a poem that is more than the kernel holds where clients leave in the middle of it", func() {
		narrow := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
			o := conformance.Narrow()
			return raw.Control(func(fd uintptr) {
				Expect(syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, o.Window)).To(Succeed())
				Expect(syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, o.Segment)).To(Succeed())
			})
		}}
		for _, id := range []string{"survives-reset-mid-poem", "frees-descriptors-of-aborted-clients", "frees-memory-of-aborted-clients"} {
			requirement, ok := poetryserver.Role().Requirement(id)
			Expect(ok).To(BeTrue())
			poem := launched(requirement)
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			Expect(err).NotTo(HaveOccurred())
			client, err := narrow.Dial("tcp", listener.Addr().String())
			Expect(err).NotTo(HaveOccurred())
			server, err := listener.Accept()
			Expect(err).NotTo(HaveOccurred())
			written := make(chan struct{})
			go func() {
				defer close(written)
				_, _ = server.Write(poem) // it ends with the client
			}()
			Expect(client.Read(make([]byte, 1))).To(Equal(1))
			Consistently(written, "100ms").ShouldNot(BeClosed(), id)
			Expect(client.Close()).To(Succeed())
			Eventually(written).Should(BeClosed())
			Expect(server.Close()).To(Succeed())
			Expect(listener.Close()).To(Succeed())
		}
	})
})
