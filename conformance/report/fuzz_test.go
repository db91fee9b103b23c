package report_test

import (
	"bytes"
	"testing"

	"scansion/conformance/report"
)

// What is not a report is refused, and what is one can be written and read again.
func FuzzReadJSON(f *testing.F) {
	f.Add([]byte(`{"format":2,"scansion":"1","results":[{"id":"a/b","level":"MUST","outcome":"fail"}]}`))
	f.Add([]byte(`[{"format":2,"scansion":"1","results":[]}]`))
	f.Add([]byte(`{}`))
	f.Add([]byte(`[1,`))
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := report.ReadJSON(bytes.NewReader(data))
		if err != nil {
			return
		}
		var written bytes.Buffer
		if err := report.JSON(&written, first, report.Options{Verbose: true}); err != nil {
			t.Skip("not every time that JSON can say can be written again")
		}
		again, err := report.ReadJSON(&written)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if len(again) != len(first) {
			t.Fatalf("%d reports became %d", len(first), len(again))
		}
		for i := range first {
			if len(again[i].Results) != len(first[i].Results) {
				t.Fatalf("%d results became %d", len(first[i].Results), len(again[i].Results))
			}
		}
	})
}
