package deferred_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/harness/deferred"
)

var _ = Describe("Dict", func() {
	type (
		elements = map[string]*deferred.Deferred[int]
		results  = map[string]deferred.Outcome[int]
	)
	var ds elements

	BeforeEach(func() { ds = elements{"oak": deferred.New[int](), "elm": deferred.New[int]()} })

	It("B8: has the outcomes by their keys", func() {
		dict := deferred.Dict(ds, deferred.ListOptions{ConsumeErrors: true})
		Expect(ds["oak"].Errback(errRain)).To(Succeed())
		expectPending(dict)
		Expect(ds["elm"].Callback(2)).To(Succeed())
		Expect(succeeded(dict)).To(Equal(results{"oak": {Err: errRain}, "elm": {Value: 2}}))
		Expect(ds["oak"].Unhandled()).NotTo(HaveOccurred())
	})

	It("B8: is empty at once, or never", func() {
		Expect(succeeded(deferred.Dict(elements{}, deferred.ListOptions{}))).To(BeEmpty())
		expectPending(deferred.Dict(elements{}, deferred.ListOptions{FireOnOneCallback: true}))
	})

	It("B8: has the first success alone, if that is enough", func() {
		dict := deferred.Dict(ds, deferred.ListOptions{FireOnOneCallback: true})
		Expect(ds["elm"].Callback(2)).To(Succeed())
		Expect(ds["oak"].Callback(1)).To(Succeed())
		Expect(succeeded(dict)).To(Equal(results{"elm": {Value: 2}}))
	})

	It("B8: fails with the key of the first failure", func() {
		dict := deferred.Dict(ds, deferred.ListOptions{FireOnOneErrback: true, ConsumeErrors: true})
		Expect(ds["oak"].Errback(errRain)).To(Succeed())
		err := failed(dict)
		Expect(err).To(Equal(&deferred.FirstError{Index: -1, Key: "oak", Err: errRain}))
		Expect(err).To(MatchError("the deferred of key oak failed first: rain"))
	})

	It("B8: takes its elements in the order of their keys", func() {
		many := map[int]*deferred.Deferred[int]{}
		for i := range 10 {
			many[i] = deferred.Succeed(i)
		}
		for range 20 {
			dict := deferred.Dict(many, deferred.ListOptions{FireOnOneCallback: true})
			Expect(succeeded(dict)).To(HaveKey(0))
		}
	})

	It("B8: cancels every element", func() {
		dict := deferred.Dict(ds, deferred.ListOptions{ConsumeErrors: true})
		dict.Cancel()
		cancelled := deferred.Outcome[int]{Err: deferred.ErrCancelled}
		Expect(succeeded(dict)).To(Equal(results{"oak": cancelled, "elm": cancelled}))
	})
})
