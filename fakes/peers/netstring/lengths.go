package netstring

import (
	"unicode"
	"unicode/utf8"

	"scansion/fakes/peers"
)

// lenient is a netstring parser that takes lengths that are none. Its hook gets each
// byte of a length first, and reports whether it is done with it.
func lenient(name, about string, hook func(p *parsing, c byte) (bool, error), catches ...string) peers.Peer {
	return faulty(name, about, parser{length: hook}, catches...)
}

// skips is a netstring parser that skips bytes of a length.
func skips(name, about string, which func(p *parsing, c byte) bool, catches ...string) peers.Peer {
	return lenient(name, about, func(p *parsing, c byte) (bool, error) { return which(p, c), nil }, catches...)
}

// add adds a digit to a length in the given base.
func (p *parsing) add(base, digit int) error {
	p.digits++
	if p.n = base*p.n + digit; p.n > p.most() {
		return errTooLong
	}
	return nil
}

func isBlank(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// leniencies: what functions that convert text to numbers take, and statement 5 does not.
func leniencies() []peers.Peer {
	return []peers.Peer{
		lenient("leading-zeros", "takes leading zeros", func(p *parsing, c byte) (bool, error) {
			if p.digits > 0 && p.first == '0' && isDigit(c) {
				return true, p.add(10, int(c-'0'))
			}
			return false, nil
		}, "rejects-leading-zero"),
		lenient("octal", "takes a length with a leading zero for octal", func(p *parsing, c byte) (bool, error) {
			if p.digits > 0 && p.first == '0' && '0' <= c && c <= '7' {
				return true, p.add(8, int(c-'0'))
			}
			return false, nil
		}, "rejects-leading-zero"),
		skips("plus-sign", "takes a plus sign", func(p *parsing, c byte) bool {
			p.note++
			return p.note == 1 && c == '+'
		}, "rejects-sign"),
		skips("minus-sign", "takes a negative length for its absolute value", func(p *parsing, c byte) bool {
			p.note++
			return p.note == 1 && c == '-'
		}, "rejects-sign"),
		lenient("minus-zero", "takes -0 for 0", func(p *parsing, c byte) (bool, error) {
			switch {
			case p.digits == 0 && p.note == 0 && c == '-':
				p.note = 1
				return true, nil
			case p.digits == 0 && p.note == 1 && c != '0':
				return false, errNoDigit
			}
			return false, nil
		}, "rejects-sign"),
		skips("blanks-before", "skips white space before a length", func(p *parsing, c byte) bool {
			return p.digits == 0 && isBlank(c)
		}, "rejects-white-space"),
		lenient("blanks-after", "skips white space after a length", func(p *parsing, c byte) (bool, error) {
			switch {
			case p.digits > 0 && isBlank(c):
				p.note = 1
				return true, nil
			case p.note == 1 && c != ':':
				return false, errNoDigit
			}
			return false, nil
		}, "rejects-white-space"),
		skips("line-ends-between", "skips line ends between netstrings", func(p *parsing, c byte) bool {
			return p.digits == 0 && (c == '\n' || c == '\r')
		}, "rejects-white-space"),
		lenient("underscores", "takes underscores between digits", func(p *parsing, c byte) (bool, error) {
			switch {
			case p.digits > 0 && p.note == 0 && c == '_':
				p.note = 1
				return true, nil
			case p.note == 1 && !isDigit(c):
				return false, errNoDigit
			}
			p.note = 0
			return false, nil
		}, "rejects-other-characters"),
		lenient("hexadecimal", "takes hexadecimal lengths after 0x", hexadecimal, "rejects-other-characters"),
		lenient("exponents", "takes lengths like 1e2", func(p *parsing, c byte) (bool, error) {
			switch {
			case p.digits > 0 && p.note == 0 && c == 'e':
				p.note = 1
				return true, nil
			case p.note > 0 && isDigit(c):
				for range min(c-'0', 6) {
					if p.n *= 10; p.n > p.most() {
						return true, errTooLong
					}
				}
				p.note = 2
				return true, nil
			case p.note == 1:
				return true, errNoDigit
			}
			return false, nil
		}, "rejects-other-characters"),
		lenient("unicode-digits", "takes the digits of all scripts", unicodeDigit, "rejects-other-characters"),
		lenient("atoi", "takes what stands between the digits and the ':' for nothing", func(p *parsing, c byte) (bool, error) {
			if p.digits > 0 && !isDigit(c) && c != ':' {
				p.note = 1
			}
			return p.note == 1 && c != ':', nil
		}, "rejects-other-characters", "rejects-missing-colon"),
		lenient("no-digits", "takes a length without digits for 0", func(p *parsing, c byte) (bool, error) {
			if p.digits == 0 && c == ':' {
				return true, p.begin()
			}
			return false, nil
		}, "rejects-empty-length"),
		lenient("refuses-zero", "rejects a length of 0 as one with a leading zero", func(p *parsing, c byte) (bool, error) {
			if p.digits == 0 && c == '0' {
				return true, errLeadingZero
			}
			return false, nil
		}, "accepts-empty-string"),
	}
}

func hexadecimal(p *parsing, c byte) (bool, error) {
	switch {
	case p.note == 0 && p.digits == 1 && p.first == '0' && (c == 'x' || c == 'X'):
		p.note = 1
		return true, nil
	case p.note == 0:
		return false, nil
	case isDigit(c):
		p.note = 2
		return true, p.add(16, int(c-'0'))
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		p.note = 2
		return true, p.add(16, int(c|0x20-'a')+10)
	case p.note == 1:
		return true, errNoDigit
	}
	return false, nil
}

// unicodeDigit takes digits beyond ASCII. It rejects a character at its last byte.
func unicodeDigit(p *parsing, c byte) (bool, error) {
	if c < utf8.RuneSelf && p.note == 0 {
		return false, nil
	}
	p.kept = append(p.kept, c)
	p.note = len(p.kept)
	if !utf8.FullRune(p.kept) {
		return true, nil
	}
	r, _ := utf8.DecodeRune(p.kept)
	p.kept, p.note = p.kept[:0], 0
	if !unicode.IsDigit(r) {
		return true, errNoDigit
	}
	zero := r // digits stand in rows of ten
	for unicode.IsDigit(zero-1) && r-zero < 9 {
		zero--
	}
	return true, p.add(10, int(r-zero))
}

// separatorFaults: the ':' and the ',' of statement 5.
func separatorFaults() []peers.Peer {
	return []peers.Peer{
		lenient("any-byte-for-colon", "skips a byte after the digits, whatever it is", func(p *parsing, c byte) (bool, error) {
			if p.digits > 0 && !isDigit(c) {
				return true, p.begin()
			}
			return false, nil
		}, "rejects-missing-colon"),
		faulty("any-byte-for-comma", "skips a byte after the data, whatever it is", parser{comma: func(p *parsing, _ byte) (int, error) {
			p.finish()
			return 1, nil
		}}, "rejects-missing-comma"),
		faulty("comma-optional", "takes a netstring without its comma if another follows", parser{comma: func(p *parsing, c byte) (int, error) {
			p.finish()
			if c == ',' {
				return 1, nil
			}
			return 0, nil
		}}, "rejects-missing-comma"),
		faulty("forgets-comma", "does not skip the comma", parser{comma: func(p *parsing, c byte) (int, error) {
			if c != ',' {
				return 1, errMissingComma
			}
			p.finish()
			return 0, nil
		}}, "accepts-netstrings", "accepts-empty-string", "delivers-in-order"),
		faulty("newline-for-comma", "takes a line end for a comma", parser{comma: func(p *parsing, c byte) (int, error) {
			if c == '\n' {
				c = ','
			}
			return p.takeComma(c)
		}}, "rejects-missing-comma"),
	}
}
