package servers_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/checks/servers"
)

var _ = Describe("Memory", func() {
	// held is what a target holds, in MiB, at each of 160 counts.
	held := func(at func(i int) int) []int {
		all := make([]int, 160)
		for i := range all {
			all[i] = at(i)
		}
		return all
	}
	const plenty = 100 // times as many clients

	DescribeTable("is taken to leak if it grows to the end, whatever else it does",
		func(at func(i int) int) {
			leaks, may := servers.Leaks(100, held(at), 1)
			Expect(leaks).To(BeTrue())
			Expect(may).To(BeTrue())
		},
		Entry("evenly", func(i int) int { return 10 + i }),
		Entry("in steps, as allocators take memory", func(i int) int { return i / 8 * 8 }),
		Entry("in larger and larger steps", func(i int) int { return i * i / 100 }),
		Entry("with the rise and fall of what is collected", func(i int) int { return i + i%10*10 }),
		Entry("and at first by more", func(i int) int { return 3*min(i, 20) + i }),
	)

	DescribeTable("is not taken to leak, nor watched any longer, once it does not grow",
		func(at func(i int) int) {
			leaks, may := servers.Leaks(100, held(at), 2)
			Expect(leaks).To(BeFalse())
			Expect(may).To(BeFalse())
		},
		Entry("at all", func(int) int { return 7 }),
		Entry("after the first clients, by however much", func(i int) int { return 50 * min(i, 39) }),
		Entry("but rises and falls", func(i int) int { return i % 30 * 20 }),
		Entry("but by next to nothing", func(i int) int { return i / 80 }),
	)

	DescribeTable("is not taken to leak, yet watched",
		func(at func(i int) int) {
			leaks, may := servers.Leaks(100, held(at), plenty)
			Expect(leaks).To(BeFalse())
			Expect(may).To(BeTrue())
		},
		Entry("while it grows by little", func(i int) int { return i / 4 }),
		Entry("after one large step", func(i int) int { return i / 100 * 200 }),
		Entry("when growth has come to an end just now", func(i int) int { return 2 * min(i, 90) }),
	)

	It("is remembered by every second count once there are many, the start included", func() {
		Expect(servers.Thinned(6)).To(Equal([]int{0, 2, 4}))
		Expect(servers.Thinned(7)).To(Equal([]int{0, 2, 4, 6}))
	})
})
