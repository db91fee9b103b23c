// Command persistent answers requests for streams, a JSON line each, until standard
// input ends.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

type request struct {
	Chunks [][]byte // base64 in JSON
	End    bool
	Limit  *int
	Encode [][]byte
}

type answer struct {
	Strings [][]byte `json:"strings"`
	Verdict string   `json:"verdict"`
}

func parse(r request) answer {
	a := answer{[][]byte{}, "incomplete"}
	parser := Netstrings{Limit: 99_999, Deliver: func(data []byte) {
		a.Strings = append(a.Strings, append([]byte{}, data...))
	}}
	if r.Limit != nil {
		parser.Limit = *r.Limit
	}
	for _, chunk := range r.Chunks {
		if parser.Feed(chunk) != nil {
			a.Verdict = "rejected"
			return a
		}
	}
	if parser.Whole() {
		a.Verdict = "complete"
	}
	return a
}

func run() error {
	requests, answers := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var r request
		if err := requests.Decode(&r); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		var a any
		if r.Encode == nil {
			a = parse(r)
		} else {
			stream := []byte{}
			for _, s := range r.Encode {
				stream = Encode(stream, s)
			}
			a = map[string][]byte{"stream": stream}
		}
		if err := answers.Encode(a); err != nil {
			return err
		}
	}
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
