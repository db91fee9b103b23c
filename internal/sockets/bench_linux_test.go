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
	for name, find := range map[string]sockets.Way{"kernel": sockets.AskKernel, "files": sockets.ReadFiles} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if found, err := sockets.At(find, portOf(listener), true); err != nil || len(found) != 1 {
					b.Fatal(found, err)
				}
			}
		})
	}
}
