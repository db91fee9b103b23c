package netstring

import (
	"fmt"
	"slices"

	"scansion/conformance"
	"scansion/conformance/checks/poems"
	"scansion/conformance/cut"
	"scansion/conformance/oracle"
)

const manyStrings = 2000

// goodStreams: statements 1, 2 and 4, good streams.
func goodStreams() []conformance.Requirement {
	return []conformance.Requirement{{
		Slug: "encodes-netstrings", Source: source(1), Needs: []conformance.Need{conformance.NeedEncoder},
		Statement: "An encoder MUST write the length in decimal ASCII without leading zeros, \":\", the bytes, \",\".",
		Check: func(c *conformance.Case) {
			for _, data := range [][]byte{
				{},
				[]byte("a"), []byte("hello"), []byte("ten bytes."), []byte(",:,"), []byte("Fähre und 渡し場"),
				poems.EveryByte(), poems.Generated(1000, "line %"), poems.Generated(oracle.DefaultLimit, "a long way down, %"),
			} {
				want := encoded(data)
				if got := c.Encode(data); string(got) != string(want) {
					c.Wrong(conformance.Quote(want)+" of "+oracle.Describe(data), conformance.Quote(got))
				}
			}
		},
	}, {
		Slug: "accepts-netstrings", Source: source(2),
		Statement: "A decoder MUST accept every netstring up to its limit.",
		Check: func(c *conformance.Case) {
			runAll(c, whole(c, vectors(c, isComplete)))
		},
	}, {
		Slug: "accepts-empty-string", Source: source(2),
		Statement: "A decoder MUST accept the empty string, `0:,`, and deliver it.",
		Check: func(c *conformance.Case) {
			runAll(c, whole(c, vectors(c, func(v oracle.Vector) bool {
				return isComplete(v) && (slices.ContainsFunc(v.Strings, isEmpty) || v.Name == "request-with-empty-poem")
			})))
		},
	}, {
		Slug: "accepts-any-bytes", Source: source(2),
		Statement: "A decoder MUST accept any bytes as data, and deliver them as they are.",
		Needs:     []conformance.Need{conformance.NeedStrings},
		Check: func(c *conformance.Case) {
			var one, of2 []byte // each byte alone, and with what ends a string behind it
			for b := range 256 {
				one = append(one, encoded([]byte{byte(b)})...)
				of2 = append(of2, encoded([]byte{byte(b), ','})...)
			}
			for _, stream := range [][]byte{encoded(poems.EveryByte()), one, of2, encoded(encoded(poems.EveryByte()))} {
				judged(cut.Whole(stream)).run(c)
				judged(cut.By(stream, 7)).run(c)
			}
		},
	}, {
		Slug: "accepts-longest-string", Source: source(6),
		Statement: "A decoder MUST accept a string of exactly its maximum length, 99,999 bytes by default.",
		Check: func(c *conformance.Case) {
			longest := vectors(c, func(v oracle.Vector) bool {
				return isComplete(v) && slices.ContainsFunc(v.Strings, func(s []byte) bool { return len(s) >= oracle.DefaultLimit-1 })
			})
			trials := whole(c, longest)
			for _, v := range longest {
				trials = append(trials, cutAs(c, v, cut.By(v.Input, 4096)))
			}
			runAll(c, trials)
		},
	}, {
		Slug: "delivers-in-order", Source: source(4),
		Statement: "Several netstrings in a row MUST be delivered in order, each once.",
		Needs:     []conformance.Need{conformance.NeedStrings},
		Check: func(c *conformance.Case) {
			stream := row(c)
			runAll(c, []trial{
				judged(cut.By(stream, 4096)), judged(cut.Random(stream, c.Rand(), 100)), judged(cut.Random(stream, c.Rand(), 1000)),
			})
		},
	}, {
		Slug: "many-in-one-read", Source: source(4),
		Statement: "Netstrings that come in one read MUST all be delivered.",
		Needs:     []conformance.Need{conformance.NeedStrings},
		Check: func(c *conformance.Case) {
			trials := whole(c, vectors(c, func(v oracle.Vector) bool { return isComplete(v) && len(v.Strings) > 1 }))
			runAll(c, append(trials, judged(cut.Whole(row(c)))))
		},
	}}
}

// row is many netstrings in a row, each of which is told from every other.
func row(c *conformance.Case) []byte {
	var stream []byte
	for i := range manyStrings {
		size := c.Rand().IntN(40)
		if i%100 == 0 {
			size = c.Rand().IntN(3000)
		}
		data := fmt.Appendf(nil, "%d:", i)
		for len(data) < size {
			data = append(data, byte(c.Rand().Uint32()))
		}
		stream = append(stream, encoded(data)...)
		if i%10 == 0 {
			stream = append(stream, "0:,"...)
		}
	}
	return stream
}
