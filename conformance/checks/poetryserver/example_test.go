package poetryserver_test

import (
	"context"
	"fmt"
	"net"

	"scansion/conformance"
	"scansion/conformance/checks/poetryserver"
	"scansion/conformance/target"
)

// A server that drops the last line end is judged by three requirements.
func Example() {
	chomps := target.NewInProcess("a server that chomps", conformance.TCP{}, target.Serve(func(listener net.Listener, poem []byte) error {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return err
			}
			if _, err := conn.Write(poem[:len(poem)-1]); err != nil {
				return err
			}
			if err := conn.Close(); err != nil {
				return err
			}
		}
	}))
	report, err := conformance.Run{
		Role:   poetryserver.Role().Filter(conformance.Globs{"sends-*-poem", "*without-waiting"}, nil),
		Target: chomps,
	}.Do(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, result := range report.Results {
		fmt.Println(result.Outcome, result.ID)
		if result.Outcome == conformance.Fail {
			fmt.Println(result.Message)
		}
	}
	// Output:
	// pass poetry-server/sends-without-waiting
	// fail poetry-server/sends-exact-poem
	// expected: exactly the poem's 190 bytes
	// seen:     an orderly close after 189 of 190 bytes
	// fail poetry-server/sends-one-byte-poem
	// expected: exactly the poem's 1 bytes
	// seen:     an orderly close after 0 of 1 bytes
}
