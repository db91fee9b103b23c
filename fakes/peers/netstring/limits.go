package netstring

import (
	"math"
	"strconv"

	"scansion/conformance/target"
	"scansion/fakes/peers"
)

// countsBy is a length hook with arithmetic of its own. It leaves the limit to others.
func countsBy(add func(n, digit int) int) func(*parsing, byte) (bool, error) {
	return func(p *parsing, c byte) (bool, error) {
		if !isDigit(c) || p.digits > 0 && p.first == '0' {
			return false, nil
		}
		p.digit(c)
		p.n = add(p.n, int(c-'0'))
		return true, nil
	}
}

// saturating is arithmetic that does not overflow.
func saturating(n, digit int) int {
	const far = 1 << 30
	if n >= far {
		return far
	}
	return 10*n + digit
}

// withinLimit is for the ':' of a length.
func withinLimit(p *parsing) error {
	if p.n > p.most() {
		return errTooLong
	}
	if p.n < 0 {
		panic("makeslice: len out of range")
	}
	return nil
}

// weighsAtColon is a parser that looks at the limit at the ':', or at the end of the stream.
func weighsAtColon(declared func(*parsing) error) parser {
	return parser{
		length:   countsBy(saturating),
		declared: declared,
		end: func(p *parsing) error {
			if p.part == inLength && p.n > p.most() {
				return errTooLong
			}
			return p.wholeOrNot()
		},
	}
}

// limitFaults: statement 6.
func limitFaults() []peers.Peer {
	return []peers.Peer{
		faulty("limit-99998", "rejects a string of 99,999 bytes", parser{limit: 99_998}, "accepts-longest-string"),
		faulty("limit-100000", "accepts a string of 100,000 bytes", parser{limit: 100_000}, "rejects-longer-string"),
		faulty("limit-65535", "rejects a string of 65,536 bytes", parser{limit: math.MaxUint16}, "accepts-longest-string"),
		faulty("six-digits", "limits how many digits a length has, to six, and not its value", parser{length: func(p *parsing, c byte) (bool, error) {
			if p.digits == 6 && c != ':' {
				return true, errTooLong
			}
			return countsBy(saturating)(p, c)
		}}, "rejects-longer-string"),
		faulty("no-limit", "takes every length", parser{length: countsBy(saturating)},
			"rejects-longer-string", "rejects-long-length-at-once", "rejects-overflowing-lengths", "rejects-endless-length"),
		faulty("limit-after-data", "looks at the limit when the data has come", parser{
			length: countsBy(saturating), full: withinLimit,
		}, "rejects-long-length-at-once", "rejects-overflowing-lengths", "rejects-endless-length"),
		faulty("limit-while-reading", "looks at the limit when so much data has come", parser{
			length: countsBy(saturating),
			data: func(p *parsing, rest []byte) int {
				k := min(len(rest), p.n-len(p.got), p.most()+1-len(p.got))
				p.got = append(p.got, rest[:k]...)
				return k
			},
			take: func(p *parsing, data []byte) error {
				for len(data) > 0 {
					k, err := p.step(data)
					if err != nil {
						return err
					}
					if len(p.got) > p.most() {
						return errTooLong
					}
					data = data[k:]
				}
				return nil
			},
		}, "rejects-long-length-at-once", "rejects-overflowing-lengths", "rejects-endless-length"),
		faulty("reserves-first", "reserves memory for a length before it looks at the limit", weighsAtColon(func(p *parsing) error {
			target.Hold(p.stream, int64(p.n)) // which it takes from the system
			return withinLimit(p)
		}), "reserves-nothing"),
	}
}

// overflows count in numbers that are too small, and look at the limit at the ':'.
func overflows() []peers.Peer {
	wraps := func(name, about string, n parser) peers.Peer {
		return faulty(name, about, n, "rejects-overflowing-lengths")
	}
	return []peers.Peer{
		wraps("int32", "counts in 32 bits, and crashes with a negative length", parser{
			length:   countsBy(func(n, digit int) int { return int(10*int32(n) + int32(digit)) }), //nolint:gosec // the fault
			declared: withinLimit,
		}),
		wraps("uint32", "counts in 32 bits, so that 4294967301 is 5", parser{
			length:   countsBy(func(n, digit int) int { return int(10*uint32(n) + uint32(digit)) }), //nolint:gosec // the fault
			declared: withinLimit,
		}),
		wraps("int64", "counts in 64 bits, and crashes with a negative length", parser{
			length:   countsBy(func(n, digit int) int { return 10*n + digit }),
			declared: withinLimit,
		}),
		wraps("uint64", "counts in 64 bits, so that 18446744073709551621 is 5", parser{
			length: countsBy(func(n, digit int) int { return 10*n + digit }), // the same bits
			declared: func(p *parsing) error {
				if uint64(p.n) > uint64(p.most()) { //nolint:gosec // the fault
					return errTooLong
				}
				return nil
			},
		}),
		wraps("cuts-floats", "counts in floating point, and cuts to 32 bits, as |0 does in JavaScript", converts(func(digits string) int {
			f, err := strconv.ParseFloat(digits, 64)
			if err != nil {
				return 0 // it is infinite
			}
			return int(int32(uint32(math.Mod(f, 1<<32)))) //nolint:gosec // the fault
		})),
		faulty("panics-at-long-lengths", "panics if a length does not fit into 32 bits", converts(func(digits string) int {
			n, err := strconv.ParseInt(digits, 10, 32)
			if err != nil {
				panic(err)
			}
			return int(n)
		}), "rejects-overflowing-lengths", "rejects-endless-length"),
	}
}

// converts makes a number of all digits, or of the first 400 if there are more.
func converts(convert func(digits string) int) parser {
	return parser{
		length: func(p *parsing, c byte) (bool, error) {
			if !isDigit(c) || p.digits > 0 && p.first == '0' {
				return false, nil
			}
			p.digit(c)
			if p.digits <= 400 {
				p.kept = append(p.kept, c)
			}
			if p.digits == 400 {
				p.n = convert(string(p.kept))
			}
			return true, nil
		},
		declared: func(p *parsing) error {
			p.n = convert(string(p.kept))
			p.kept = p.kept[:0]
			return withinLimit(p)
		},
	}
}
