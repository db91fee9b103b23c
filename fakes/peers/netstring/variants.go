package netstring

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
)

// Parsers that share nothing with parser: what is odd about them is how they
// are made.

// longest is the limit that they have.
const longest = 99_999

// bufioDecode is the parser that most Go programmers would write.
func bufioDecode(stream io.Reader, deliver func([]byte)) error {
	r := bufio.NewReader(stream)
	data := make([]byte, 0, 512)
	for {
		n := 0
		for i := 0; ; i++ {
			c, err := r.ReadByte()
			switch {
			case errors.Is(err, io.EOF) && i == 0:
				return nil
			case errors.Is(err, io.EOF):
				return io.ErrUnexpectedEOF
			case err != nil:
				return err
			}
			if c == ':' && i > 0 {
				break
			}
			if c < '0' || c > '9' || i == 1 && n == 0 {
				return errors.New("not a length")
			}
			if n = n*10 + int(c-'0'); n > longest {
				return errors.New("too long")
			}
		}
		data = slices.Grow(data[:0], n+1)[:n+1]
		if _, err := io.ReadFull(r, data[:n]); err != nil {
			return unexpected(err)
		}
		if _, err := io.ReadFull(r, data[n:]); err != nil {
			return unexpected(err)
		}
		if data[n] != ',' {
			return errors.New("no comma")
		}
		deliver(data[:n])
	}
}

// unexpected is the error of a read that should have brought something.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readsWhatItNeeds reads into memory of the size that the netstring still needs at least.
func readsWhatItNeeds(stream io.Reader, deliver func([]byte)) error {
	for {
		var header []byte
		for {
			var c [1]byte
			if _, err := io.ReadFull(stream, c[:]); err != nil {
				if len(header) == 0 && errors.Is(err, io.EOF) {
					return nil
				}
				return unexpected(err)
			}
			if c[0] == ':' {
				break
			}
			header = append(header, c[0])
			n, err := strconv.ParseUint(string(header), 10, 32) // takes digits only
			if err != nil {
				return err
			}
			if len(header) > 1 && header[0] == '0' || n > longest {
				return errors.New("not a length that may be")
			}
		}
		n, err := strconv.Atoi(string(header))
		if err != nil {
			return err
		}
		data := make([]byte, n+1)
		if _, err := io.ReadFull(stream, data); err != nil {
			return unexpected(err)
		}
		if data[n] != ',' {
			return errors.New("no comma")
		}
		deliver(data[:n])
	}
}

// descent is a parser with a function for each rule. Its functions panic with a stop.
type descent struct {
	r       *bufio.Reader
	deliver func([]byte)
}

type stop struct{ err error }

// descend parses: stream = *netstring.
func descend(stream io.Reader, deliver func([]byte)) (err error) {
	d := descent{bufio.NewReaderSize(stream, 16), deliver}
	defer func() {
		if r := recover(); r != nil {
			s, ok := r.(stop)
			if !ok {
				panic(r)
			}
			err = s.err
		}
	}()
	for {
		if _, err := d.r.Peek(1); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		d.netstring()
	}
}

// netstring = length ":" data ",".
func (d descent) netstring() {
	n := d.first()
	d.want(':')
	data := make([]byte, n)
	for i := range data {
		data[i] = d.peek()
		d.drop()
	}
	d.want(',')
	d.deliver(data)
}

// length = "0" / nonzero *digit.
func (d descent) first() int {
	c := d.peek()
	if c < '0' || c > '9' {
		panic(stop{errors.New("not a digit")})
	}
	d.drop()
	if c == '0' {
		return 0
	}
	return d.more(int(c - '0'))
}

func (d descent) more(n int) int {
	if n > longest {
		panic(stop{errors.New("too long")})
	}
	c := d.peek()
	if c < '0' || c > '9' {
		return n
	}
	d.drop()
	return d.more(n*10 + int(c-'0'))
}

func (d descent) want(c byte) {
	if d.peek() != c {
		panic(stop{errors.New("not " + strconv.Quote(string(c)))})
	}
	d.drop()
}

func (d descent) peek() byte {
	c, err := d.r.Peek(1)
	if err != nil {
		panic(stop{unexpected(err)})
	}
	return c[0]
}

func (d descent) drop() { _, _ = d.r.Discard(1) } // of what was peeked at

// scannerDecode finds one netstring at a time at the beginning of a scanner's buffer.
// It looks at the length again at each read, which is at most six bytes of work.
func scannerDecode(stream io.Reader, deliver func([]byte)) error {
	s := bufio.NewScanner(stream)
	s.Buffer(make([]byte, 0, 256), 2*longest)
	s.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		size, n, err := measure(data)
		switch {
		case err != nil:
			return 0, nil, err
		case size > 0 && len(data) >= size:
			if data[size-1] != ',' {
				return 0, nil, errors.New("no comma")
			}
			return size, data[size-1-n : size-1], nil
		case atEOF && len(data) > 0:
			return 0, nil, io.ErrUnexpectedEOF
		}
		return 0, nil, nil
	})
	for s.Scan() {
		deliver(s.Bytes())
	}
	return s.Err()
}

// measure returns the sizes of the netstring that begins data, and of its string. They
// are 0 if the length is not there yet.
func measure(data []byte) (size, n int, err error) {
	end := bytes.IndexFunc(data, func(r rune) bool { return r < '0' || r > '9' })
	digits := data
	if end >= 0 {
		digits = data[:end]
	}
	if len(digits) > 5 || len(digits) > 1 && digits[0] == '0' || end == 0 || end > 0 && data[end] != ':' {
		return 0, 0, errors.New("not a length")
	}
	if end < 0 {
		return 0, 0, nil
	}
	n, err = strconv.Atoi(string(digits))
	return end + 1 + n + 1, n, err
}

// deliversLate delivers when it returns.
func deliversLate(stream io.Reader, deliver func([]byte)) error {
	p := parser{handOut: (*parsing).hold}.start(stream, deliver)
	defer p.release()
	return p.run()
}
