package poetryclient

import (
	"bytes"
	"testing"

	"scansion/conformance"
)

// TestRemarksOfAFlood shows that comparing what two runs wrote takes time linear in that:
// programs write millions of lines, of which each would otherwise be compared with all.
func TestRemarksOfAFlood(t *testing.T) {
	t.Parallel()
	var flood []byte
	for line := range 300_000 {
		for ; line > 0; line /= 20 {
			flood = append(flood, "abcdefghijklmnopqrst"[line%20])
		}
		flood = append(flood, '\n')
	}
	usual := finished{Output: conformance.Output{Stdout: flood}}
	if usual.saysMore([]finished{usual}) {
		t.Error("the same is not more")
	}
	more := finished{Output: conformance.Output{Stdout: append(bytes.Clone(flood), "refused\n"...)}}
	if !more.saysMore([]finished{usual}) {
		t.Error("a line more is more")
	}
}
