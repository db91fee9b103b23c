package main

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"scansion/conformance/reference/netstring"
)

func netstringCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "netstring",
		Short: "Encode and decode netstrings",
		Args:  cobra.NoArgs, // a name that is no subcommand is unknown
		RunE: func(*cobra.Command, []string) error {
			return errors.New("say what to do with netstrings: encode or decode")
		},
	}
	c.AddCommand(encodeCommand(), decodeCommand())
	return c
}

func encodeCommand() *cobra.Command {
	var whole bool
	c := &cobra.Command{
		Use:   "encode [STRING ...]",
		Short: "Write strings as netstrings",
		Long: `Encode writes each STRING as a netstring to standard output, with nothing between
or after them. Without a STRING, each line of standard input is one, without its
line feed; the last one needs none. A carriage return before it stays.`,
		Example: `  scansion netstring encode 'cummingsify.HERE IS MY POEM' | nc localhost 11000
  scansion netstring encode --whole < poem.txt`,
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case whole && len(args) > 0:
				return errors.New("give strings or --whole, not both")
			case whole:
				return filter(c, encodeWhole)
			case len(args) > 0:
				return filter(c, func(_ io.Reader, out *bufio.Writer) error { return encodeStrings(args, out) })
			default:
				return filter(c, encodeLines)
			}
		},
	}
	c.Flags().BoolVar(&whole, "whole", false, "all of standard input is one string")
	return c
}

func encodeStrings(strings []string, out io.Writer) error {
	for _, s := range strings {
		if _, err := out.Write(netstring.Append(nil, s)); err != nil {
			return err
		}
	}
	return nil
}

func encodeWhole(in io.Reader, out *bufio.Writer) error {
	data, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	_, err = out.Write(netstring.Append(nil, data))
	return err
}

func encodeLines(in io.Reader, out *bufio.Writer) error {
	lines := bufio.NewReader(in)
	var encoded []byte
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err != nil && len(line) == 0 {
			return nil
		}
		if err == nil {
			line = line[:len(line)-1]
		}
		encoded = netstring.Append(encoded[:0], line)
		if _, err := out.Write(encoded); err != nil {
			return err
		}
	}
}

func decodeCommand() *cobra.Command {
	var d decoding
	c := &cobra.Command{
		Use:   "decode",
		Short: "Write the strings of netstrings as lines",
		Long: `Decode reads netstrings from standard input, and writes each string and a line feed
to standard output as soon as it is whole.

Exit status: 0 if the input ended between netstrings; 1 if it was malformed, over
the limit or incomplete, which standard error says once the strings before are
written; 2 wrong usage.`,
		Example: `  scansion netstring encode a '' bc | scansion netstring decode
  nc localhost 11000 < request.txt | scansion netstring decode --max-length 1000000`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if d.maxLength < 0 {
				return fmt.Errorf("--max-length %d: a string has 0 bytes at least", d.maxLength)
			}
			return filter(c, d.decode)
		},
	}
	c.Flags().BoolVar(&d.hex, "hex", false, "write the strings as lower-case hexadecimal digits")
	c.Flags().IntVar(&d.maxLength, "max-length", netstring.DefaultMaxLength, "refuse strings of more than so many `BYTES`")
	return c
}

// decoding is what the flags of decode say.
type decoding struct {
	hex       bool
	maxLength int
}

func (d decoding) decode(in io.Reader, out *bufio.Writer) error {
	strings := netstring.NewReader(in)
	strings.MaxLength = d.maxLength
	if d.maxLength == 0 {
		strings.MaxLength = -1
	}
	var line []byte
	return strings.Each(func(data []byte) error {
		if d.hex {
			line = hex.AppendEncode(line[:0], data)
		} else {
			line = append(line[:0], data...)
		}
		_, err := out.Write(append(line, '\n'))
		return err
	})
}

// filter has work read standard input and write standard output. What is written
// goes out before more is read, and at the end, be it a bad one. A signal ends it also
// while it waits.
//
// Where standard output was closed by its reader, the Go runtime ends the program by
// SIGPIPE, as usual tools end.
func filter(c *cobra.Command, work func(in io.Reader, out *bufio.Writer) error) error {
	out := bufio.NewWriter(c.OutOrStdout())
	result := make(chan error, 1)
	go func() {
		err := work(flushing{c.InOrStdin(), out}, out)
		if failed := out.Flush(); failed != nil {
			err = failed // which may have come out of a Read too
		}
		result <- err
	}()
	select {
	case err := <-result:
		if err != nil {
			return statusError{exitFails, err}
		}
		return nil
	case <-c.Context().Done():
		return statusError{exitInterrupted, nil}
	}
}

// flushing is an input before each read of which the output goes out.
type flushing struct {
	in  io.Reader
	out *bufio.Writer
}

func (f flushing) Read(p []byte) (int, error) {
	if err := f.out.Flush(); err != nil {
		return 0, err
	}
	return f.in.Read(p)
}
