package checks

import (
	"fmt"
	"slices"

	"scansion/conformance"
	"scansion/conformance/cut"
	"scansion/conformance/oracle"
)

const manyStrings = 2000

// netstringAccepts: statements 1, 2 and 4, good streams.
func netstringAccepts() []conformance.Requirement {
	return []conformance.Requirement{{
		ID: "encodes-netstrings", Source: netstrings(1),
		Statement: "An encoder MUST write the length in decimal ASCII without leading zeros, \":\", the bytes, \",\".",
		Check: func(c *conformance.Case) {
			for _, data := range [][]byte{
				{},
				[]byte("a"), []byte("hello"), []byte("ten bytes."), []byte(",:,"), []byte("Fähre und 渡し場"),
				everyByte(), generated(1000, "line %")(), generated(oracle.DefaultLimit, "a long way down, %")(),
			} {
				want := netstring(data)
				if got := c.Encode(data); string(got) != string(want) {
					c.Wrong(conformance.Quote(want)+" of "+oracle.Describe(data), conformance.Quote(got))
				}
			}
		},
	}, {
		ID: "accepts-netstrings", Source: netstrings(2),
		Statement: "A decoder MUST accept every netstring up to its limit.",
		Check: func(c *conformance.Case) {
			runAll(c, whole(c, vectors(c, isComplete)))
		},
	}, {
		ID: "accepts-empty-string", Source: netstrings(2),
		Statement: "A decoder MUST accept the empty string, `0:,`, and deliver it.",
		Check: func(c *conformance.Case) {
			runAll(c, whole(c, vectors(c, func(v oracle.Vector) bool {
				return isComplete(v) && (slices.ContainsFunc(v.Strings, isEmpty) || v.Name == "request-with-empty-poem")
			})))
		},
	}, {
		ID: "accepts-any-bytes", Source: netstrings(2),
		Statement: "A decoder MUST accept any bytes as data, and deliver them as they are.",
		Needs:     conformance.NeedStrings,
		Check: func(c *conformance.Case) {
			var one, of2 []byte // each byte alone, and with what ends a string behind it
			for b := range 256 {
				one = append(one, netstring([]byte{byte(b)})...)
				of2 = append(of2, netstring([]byte{byte(b), ','})...)
			}
			for _, stream := range [][]byte{netstring(everyByte()), one, of2, netstring(netstring(everyByte()))} {
				judged(cut.Whole(stream)).run(c)
				judged(cut.By(stream, 7)).run(c)
			}
		},
	}, {
		ID: "accepts-longest-string", Source: netstrings(6),
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
		ID: "delivers-in-order", Source: netstrings(4),
		Statement: "Several netstrings in a row MUST be delivered in order, each once.",
		Needs:     conformance.NeedStrings,
		Check: func(c *conformance.Case) {
			stream := row(c)
			runAll(c, []trial{
				judged(cut.By(stream, 4096)), judged(cut.Random(stream, c.Rand(), 100)), judged(cut.Random(stream, c.Rand(), 1000)),
			})
		},
	}, {
		ID: "many-in-one-read", Source: netstrings(4),
		Statement: "Netstrings that come in one read MUST all be delivered.",
		Needs:     conformance.NeedStrings,
		Check: func(c *conformance.Case) {
			trials := whole(c, vectors(c, func(v oracle.Vector) bool { return isComplete(v) && len(v.Strings) > 1 }))
			runAll(c, append(trials, judged(cut.Whole(row(c)))))
		},
	}}
}

func isComplete(v oracle.Vector) bool { return v.Verdict == conformance.Complete }

func isEmpty(s []byte) bool { return len(s) == 0 }

// whole is vectors in one read each.
func whole(c *conformance.Case, of []oracle.Vector) []trial {
	trials := make([]trial, len(of))
	for i, v := range of {
		trials[i] = uncut(c, v)
	}
	return trials
}

// judged is a stream of the check's own, which ends.
func judged(s conformance.Stream) trial {
	return trial{stream: s, ruling: oracle.Judge(slices.Concat(s.Chunks...), oracle.DefaultLimit)}
}

// netstring is data as a netstring.
func netstring(data []byte) []byte {
	return fmt.Appendf(nil, "%d:%s,", len(data), data)
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
		stream = append(stream, netstring(data)...)
		if i%10 == 0 {
			stream = append(stream, "0:,"...)
		}
	}
	return stream
}
