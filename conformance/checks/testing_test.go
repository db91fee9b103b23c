package checks_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"scansion/conformance"
	"scansion/conformance/checks"
	"scansion/conformance/target"
)

// A server in Go is judged in an ordinary test: it is given a listener and a poem.
func TestServerInGo(t *testing.T) {
	server := target.NewInProcess("a server in Go", target.Serve(func(listener net.Listener, poem []byte) error {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return err
			}
			go func() {
				defer conn.Close()
				if _, err := conn.Write(poem); err == nil {
					_ = conn.(*target.TrackedConn).CloseWrite()
					_, _ = io.Copy(io.Discard, conn)
				}
			}()
		}
	}))
	catalogue := checks.PoetryServer().Filter(nil, conformance.Globs{"holds-1000-connections"})
	conformance.Test(t, server, catalogue, conformance.Should, conformance.Options{Quick: true})
}

// A netstring decoder in Go is judged and fuzzed likewise.
func TestDecoderInGo(t *testing.T) { checks.TestNetstringDecoder(t, decode) }

func FuzzDecoderInGo(f *testing.F) { checks.FuzzNetstringDecoder(f, decode) }

// decode is a netstring decoder as many are written.
func decode(stream io.Reader, deliver func(data []byte)) error {
	in := bufio.NewReader(stream)
	for {
		length := 0
		for digits := 0; ; digits++ {
			b, err := in.ReadByte()
			switch {
			case errors.Is(err, io.EOF) && digits == 0:
				return nil
			case errors.Is(err, io.EOF):
				return io.ErrUnexpectedEOF
			case err != nil:
				return err
			case b == ':' && digits > 0:
			case b < '0' || b > '9' || (digits == 1 && length == 0):
				return fmt.Errorf("%q in a length", b)
			default:
				if length = 10*length + int(b-'0'); length > 99_999 {
					return errors.New("the string is too long")
				}
				continue
			}
			break
		}
		data := make([]byte, length+1)
		if n, err := io.ReadFull(in, data); err != nil {
			if errors.Is(err, io.EOF) || n > 0 && errors.Is(err, io.ErrUnexpectedEOF) {
				return io.ErrUnexpectedEOF
			}
			return err
		}
		if data[length] != ',' {
			return fmt.Errorf("%q after the data", data[length])
		}
		deliver(data[:length])
	}
}
