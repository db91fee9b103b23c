package fakes_test

import (
	"bytes"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/fakes"
	"scansion/harness/reactor"
)

var _ = Describe("A slice that was written to a reactor's transport", func() {
	// writing has a protocol write slices to a peer that does not read, and then calls end.
	// It returns what the network says once the connection is lost, and the reactor's log.
	writing := func(link fakes.Link, slices [][]byte, end func(near *conversation, far reactor.Transport)) (log string, err error) {
		GinkgoHelper()
		s := newSmall(link)
		var records bytes.Buffer
		r := s.near.Reactor(reactor.Config{Logger: slog.New(slog.NewTextHandler(&records, nil))})
		Expect(r.Start()).To(Succeed())
		near, far := &conversation{}, &conversation{made: func(c *conversation) { c.transport.PauseProducing() }}
		_, err = s.remote.ListenTCP(":80", serving(far))
		Expect(err).NotTo(HaveOccurred())
		r.ConnectTCP("10.0.0.2:80", &client{protocol: near}, reactor.ConnectOptions{})
		s.settle()
		for _, slice := range slices {
			near.transport.Write(slice)
		}
		s.clock.Elapse(time.Second)
		end(near, far.transport)
		far.transport.ResumeProducing()
		s.settle()
		Expect(near.losses).To(Equal(1))
		return records.String(), s.network.Err()
	}
	lose := func(near *conversation, _ reactor.Transport) { near.transport.LoseConnection() }

	DescribeTable("is found out if it is changed before the connection is lost",
		func(link fakes.Link, end func(near *conversation, far reactor.Transport)) {
			data := []byte("a lamp at the ferry, and nobody there")
			log, err := writing(link, [][]byte{data}, func(near *conversation, far reactor.Transport) {
				data[30] = 'X'
				end(near, far)
			})
			Expect(err).To(MatchError(fakes.ErrWriteChanged))
			Expect(err).To(MatchError(And(ContainSubstring("connection #1 "),
				ContainSubstring(`write 1 of the connection, 37 bytes that began with "a lamp at the ferry,"`))))
			Expect(log).To(And(ContainSubstring("level=ERROR"), ContainSubstring("write 1 of the connection")))
		},
		Entry("which ends in order", fakes.Link{}, lose),
		Entry("by whom aborts it", fakes.Link{}, func(near *conversation, _ reactor.Transport) { near.transport.AbortConnection() }),
		Entry("by the peer's reset", fakes.Link{}, func(_ *conversation, far reactor.Transport) { far.AbortConnection() }),
		Entry("while it waits for the peer to read", fakes.Link{SendBuffer: 10, ReceiveBuffer: 10}, lose),
	)

	It("is found out of many", func() {
		slices := make([][]byte, 3000)
		for i := range slices {
			slices[i] = []byte{byte(i)}
		}
		_, err := writing(fakes.Link{}, slices, func(near *conversation, far reactor.Transport) {
			slices[1999][0]++
			lose(near, far)
		})
		Expect(err).To(MatchError(ContainSubstring("write 2000 of the connection")))
	})

	It("may be written again, and changed when the connection is lost", func() {
		data := verse(1000)
		log, err := writing(fakes.Link{}, [][]byte{data, data, data[:10]}, func(near *conversation, far reactor.Transport) {
			near.lost = func(error) { clear(data) }
			lose(near, far)
		})
		Expect(err).NotTo(HaveOccurred())
		Expect(log).To(BeEmpty())
		Expect(data).To(HaveEach(BeZero()))
	})

	It("fails a world", func() {
		_, err := fakes.Simulate(1, fakes.WorldConfig{Reactor: quiet()}, func(w *fakes.World) error {
			buffer := []byte("used again")
			near := sends(buffer, func(t reactor.Transport) {
				copy(buffer, "for what comes next")
				t.Write(buffer)
				t.LoseConnection()
			})
			_, err := w.Reactor("far").ListenTCP(":80", serving(&conversation{}))
			w.Reactor("near").ConnectTCP("far:80", &client{protocol: near}, reactor.ConnectOptions{})
			return err
		})
		Expect(err).To(MatchError(fakes.ErrWriteChanged))
	})

	It("is found out by a transport that leads nowhere, too", func() {
		var t fakes.Transport
		data := []byte("a lamp")
		t.Write(data)
		Expect(t.Err()).NotTo(HaveOccurred())
		t.Write(data)
		clear(data)
		Expect(string(t.Value())).To(Equal("a lampa lamp"))
		Expect(t.Err()).To(And(MatchError(fakes.ErrWriteChanged),
			MatchError(ContainSubstring(`write 1 of the connection, 6 bytes that began with "a lamp"`))))
	})
})

func TestConnKeepsNothingThatItIsGiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, near, far := joinedConns(t, fakes.Link{})
		poem := verse(100_000)
		_, err := near.Write(poem)
		must(t, err)
		clear(poem)
		must(t, near.Close())
		expectRead(t, far, string(verse(100_000)))
	})
}
