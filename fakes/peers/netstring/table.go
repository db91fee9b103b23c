package netstring

import (
	"errors"
	"io"
)

// The kinds of bytes in a length, and what the table tells to do with them.
const (
	kindZero = iota
	kindDigit
	kindColon
	kindOther
)

const (
	doReject = iota
	doZero   // the whole length is 0
	doDigit
	doColon
)

// lengthTable tells what to do with a byte: at the beginning of a length, after a zero,
// after other digits.
var lengthTable = [3][4]int{
	{kindZero: doZero, kindDigit: doDigit},
	{kindColon: doColon},
	{kindZero: doDigit, kindDigit: doDigit, kindColon: doColon},
}

func kindOf(c byte) int {
	switch {
	case c == '0':
		return kindZero
	case '1' <= c && c <= '9':
		return kindDigit
	case c == ':':
		return kindColon
	}
	return kindOther
}

// tableDecode does what a table tells with lengths, and counts down through data.
func tableDecode(stream io.Reader, deliver func([]byte)) error {
	var (
		buffer    [512]byte
		row, left int // left is how many bytes the string and its comma still need, or 0
		n         int
		data      []byte
	)
	for {
		k, err := stream.Read(buffer[:])
		for _, c := range buffer[:k] {
			switch {
			case left > 1:
				left--
				data = append(data, c)
				continue
			case left == 1 && c == ',':
				deliver(data)
				row, left, n, data = 0, 0, 0, data[:0]
				continue
			case left == 1:
				return errors.New("not a comma")
			}
			switch lengthTable[row][kindOf(c)] {
			case doReject:
				return errors.New("not in the table")
			case doZero:
				row = 1
			case doDigit:
				row = 2
				if n = n*10 + int(c-'0'); n > longest {
					return errors.New("above the limit")
				}
			case doColon:
				left = n + 1
			}
		}
		switch {
		case errors.Is(err, io.EOF) && row == 0 && left == 0:
			return nil
		case err != nil:
			return unexpected(err)
		}
	}
}
