package sockets_test

import (
	"net"
	"testing"

	"scansion/internal/sockets"
)

// BenchmarkListeners is what a look costs at a program that is starting: there are hundreds
// a second.
func BenchmarkListeners(b *testing.B) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	for name, table := range map[string]sockets.Table{"kernel": sockets.Diag, "files": sockets.Files} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if found, err := sockets.At(table, portOf(listener), true); err != nil || len(found) != 1 {
					b.Fatal(found, err)
				}
			}
		})
	}
}
