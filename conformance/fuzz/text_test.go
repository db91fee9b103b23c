package fuzz_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/fuzz"
)

var _ = Describe("The text form of a case", func() {
	text := func(c fuzz.Case) string {
		GinkgoHelper()
		text, err := c.MarshalText()
		Expect(err).NotTo(HaveOccurred())
		return string(text)
	}

	It("is for people", func() {
		stream := "5:he\"\\\x00\xff\naaaaaaaaaaaaaaaaaaaa,"
		Expect(text(fuzz.Case{Bytes: []byte(stream), Cuts: []int{1, 8}})).To(Equal(`netstring case 1
text "5:he\"\\"
hex 00 ff 0a
text "a" * 20
text ","
cuts 1 8
`))
		Expect(text(fuzz.Case{})).To(Equal("netstring case 1\n"))
		Expect(text(fuzz.Case{Bytes: []byte("1:a,"), Cuts: []int{1, 2, 3}})).To(HaveSuffix("cuts 1 2 3\n"))
		Expect(text(fuzz.Case{Bytes: []byte("1:a,0"), Cuts: []int{1, 2, 3, 4}})).To(HaveSuffix("cuts all\n"))
	})

	It("is the same case again when it is read", func() {
		for _, c := range cases(GinkgoRandomSeed(), 1000) {
			var again fuzz.Case
			Expect(again.UnmarshalText([]byte(text(c)))).To(Succeed())
			if !bytes.Equal(again.Bytes, c.Bytes) || !slices.Equal(again.Cuts, c.Cuts) ||
				again.Name() != c.Name() {
				Fail(c.String() + " became " + again.String())
			}
		}
	})

	It("may be written by hand", func() {
		var c fuzz.Case
		Expect(c.UnmarshalText([]byte("# what was wrong\r\n\r\nnetstring case 1\r\n  text \"1:\\xff\\n\"  \nhex 0a0B*2\n# more\nhex * 1\ntext \"ab\" *3\ncuts  1   4\n"))).To(Succeed())
		Expect(string(c.Bytes)).To(Equal("1:\xff\n\n\v\n\vababab"))
		Expect(c.Cuts).To(Equal([]int{1, 4}))
	})

	DescribeTable("is refused, with the line and the reason",
		func(text, message string) {
			c := fuzz.Case{Bytes: []byte("as it was")}
			Expect(c.UnmarshalText([]byte(text))).To(MatchError(message))
			Expect(string(c.Bytes)).To(Equal("as it was"))
		},
		Entry("empty", "", `"netstring case 1" is missing`),
		Entry("comments only", "# x\n\n", `"netstring case 1" is missing`),
		Entry("another version", "\nnetstring case 2\n", `line 2: "netstring case 2" is not "netstring case 1"`),
		Entry("an unknown word", "netstring case 1\nbytes 00\n", `line 2: "bytes" is none of text, hex and cuts`),
		Entry("no quotation marks", "netstring case 1\ntext abc\n", `line 2: abc is not a quoted string`),
		Entry("one quotation mark", "netstring case 1\ntext \"abc\n", `line 2: "abc is not a quoted string`),
		Entry("something after the text", "netstring case 1\ntext \"a\" b\n", `line 2: "b" is not "*" and how many times`),
		Entry("no number of times", "netstring case 1\ntext \"a\" *\n", `line 2: "*" is not "*" and how many times`),
		Entry("no times", "netstring case 1\nhex 00 * 0\n", `line 2: "* 0" is not "*" and how many times`),
		Entry("half a byte", "netstring case 1\nhex 0\n", `line 2: "0" is not hexadecimal: encoding/hex: odd length hex string`),
		Entry("too many times", "netstring case 1\ntext \"ab\" * 9223372036854775807\n", `line 2: the stream would be longer than 16777216 bytes`),
		Entry("too much in all", "netstring case 1\nhex 00 * 16777216\nhex 00\n", `line 3: the stream would be longer than 16777216 bytes`),
		Entry("no cuts", "netstring case 1\ncuts\n", `line 2: a line of cuts has none`),
		Entry("a cut that is none", "netstring case 1\ntext \"abc\"\ncuts 1 x\n", `line 3: the cut "x" is not an offset after the one before it`),
		Entry("a cut before the first byte", "netstring case 1\ntext \"abc\"\ncuts 0\n", `line 3: the cut "0" is not an offset after the one before it`),
		Entry("a cut twice", "netstring case 1\ntext \"abc\"\ncuts 1 1\n", `line 3: the cut "1" is not an offset after the one before it`),
		Entry("a cut behind the last byte", "netstring case 1\ntext \"abc\"\ncuts 1 3\n", `the cut at 3 is not inside the stream of 3 bytes`),
		Entry("more after the cuts", "netstring case 1\ntext \"abc\"\ncuts all\nhex 00\n", `line 4: the cuts are the last line`),
	)

	It("gives the case its name, which no release may change", func() {
		c := fuzz.Case{Bytes: []byte("5:hello,"), Cuts: []int{2}}
		Expect(c.Name()).To(Equal("b18b4bcb99f3b8cc.case"))
		c.Cuts = nil
		Expect(c.Name()).NotTo(Equal("b18b4bcb99f3b8cc.case"))
	})
})

var _ = Describe("A corpus of cases", func() {
	var folder string
	BeforeEach(func() { folder = filepath.Join(GinkgoT().TempDir(), "new", "[corpus]") })

	It("keeps cases, each once", func() {
		all := cases(3, 50)
		want := map[string]bool{}
		for range 2 {
			for _, c := range all {
				path, err := fuzz.Save(folder, c)
				Expect(err).NotTo(HaveOccurred())
				Expect(path).To(Equal(filepath.Join(folder, c.Name())))
				want[c.Name()] = true
			}
		}
		loaded, err := fuzz.Load(folder)
		Expect(err).NotTo(HaveOccurred())
		Expect(loaded).To(HaveLen(len(want)))
		for _, c := range loaded {
			Expect(want).To(HaveKey(c.Name()))
		}
	})

	It("may have files of other names, and comments, which are kept", func() {
		path, err := fuzz.Save(folder, fuzz.Case{Bytes: []byte("0:,")})
		Expect(err).NotTo(HaveOccurred())
		commented := []byte("# why\nnetstring case 1\ntext \"0:,\"\n")
		Expect(os.WriteFile(path, commented, 0o600)).To(Succeed())
		Expect(os.WriteFile(filepath.Join(folder, "by-hand.case"), []byte("netstring case 1\n"), 0o600)).To(Succeed())
		Expect(os.WriteFile(filepath.Join(folder, "README.md"), []byte("# no case\n"), 0o600)).To(Succeed())
		_, err = fuzz.Save(folder, fuzz.Case{Bytes: []byte("0:,")})
		Expect(err).NotTo(HaveOccurred())
		Expect(os.ReadFile(path)).To(Equal(commented))
		Expect(fuzz.Load(folder)).To(HaveLen(2))
	})

	It("is empty if it is not there", func() {
		loaded, err := fuzz.Load(folder)
		Expect(err).NotTo(HaveOccurred())
		Expect(loaded).To(BeEmpty())
	})

	It("tells which files cannot be read, and loads the others", func() {
		_, err := fuzz.Save(folder, fuzz.Case{Bytes: []byte("0:,")})
		Expect(err).NotTo(HaveOccurred())
		Expect(os.WriteFile(filepath.Join(folder, "a.case"), []byte("netstring case 1\ntext\n"), 0o600)).To(Succeed())
		Expect(os.Mkdir(filepath.Join(folder, "b.case"), 0o700)).To(Succeed())
		loaded, err := fuzz.Load(folder)
		Expect(loaded).To(HaveLen(1))
		Expect(err).To(MatchError(And(ContainSubstring("a.case: line 2: "), ContainSubstring("b.case"))))
	})

	It("tells why it cannot be written or read", func() {
		file := filepath.Join(GinkgoT().TempDir(), "file")
		Expect(os.WriteFile(file, nil, 0o600)).To(Succeed())
		_, err := fuzz.Save(file, fuzz.Case{})
		Expect(err).To(MatchError(HavePrefix("the corpus: ")))
		_, err = fuzz.Load(file)
		Expect(err).To(MatchError(HavePrefix("the corpus: ")))
	})
})

// What can be read can be written and read again, as the same case.
func FuzzUnmarshalText(f *testing.F) {
	f.Add([]byte("netstring case 1\ntext \"1:a,\" * 2\nhex 00 ff\ncuts 1 2\n"))
	f.Add([]byte("# x\nnetstring case 1\nhex 00 * 20\ncuts all"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var c, again fuzz.Case
		if c.UnmarshalText(text) != nil || len(c.Bytes) > 1<<16 {
			return
		}
		written, err := c.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		if err := again.UnmarshalText(written); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if string(again.Bytes) != string(c.Bytes) || len(again.Cuts) != len(c.Cuts) || !whole(c) {
			t.Fatalf("%v became %v", c, again)
		}
	})
}
