package netstring_test

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"scansion/conformance/reference/netstring"
)

func ExampleAppend() {
	stream := netstring.Append(nil, "cummingsify.THE FERRY")
	stream = netstring.Append(stream, []byte{})
	fmt.Printf("%s\n", stream)
	// Output: 21:cummingsify.THE FERRY,0:,
}

// Bytes come as the network has cut them, and one of them is wrong.
func ExampleDecoder() {
	var d netstring.Decoder
	for _, chunk := range []string{"9:the f", "erry,8:", "the lamp,0:,4:ro", "pes,"} {
		d.Feed([]byte(chunk))
		for d.Next() {
			fmt.Printf("%q\n", d.Bytes())
		}
	}
	fmt.Println(d.Close())
	// Output:
	// "the ferry"
	// "the lamp"
	// ""
	// netstring at byte 32: found 's' where ',' was due
}

// A stream ends in the middle of a netstring.
func ExampleReader() {
	r := netstring.NewReader(strings.NewReader("9:the ferry,8:the lamp,4:ro"))
	data, err := r.Next()
	for err == nil {
		fmt.Printf("%s\n", data)
		data, err = r.Next()
	}
	if !errors.Is(err, io.EOF) {
		fmt.Println(err)
		fmt.Println("incomplete:", errors.Is(err, netstring.ErrIncomplete))
	}
	// Output:
	// the ferry
	// the lamp
	// netstring at byte 27: found the end where the rest of 4 bytes was due
	// incomplete: true
}
