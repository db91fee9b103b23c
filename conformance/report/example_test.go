package report_test

import (
	"fmt"
	"os"

	"scansion/conformance"
	"scansion/conformance/report"
)

// A run hands each result to the text as it comes; the summary ends it.
func Example() {
	text := &report.Text{W: os.Stdout}
	run := conformance.Run{Done: text.Result} // and a target and a role

	finished := &conformance.Report{
		Version: "1.2.3", Role: "poetry-server", Seed: 42, Target: conformance.TargetInfo{Name: "127.0.0.1:10000", Kind: "addr"},
		Results: []conformance.Result{{
			ID: "poetry-server/sends-exact-poem", Level: conformance.Must, Outcome: conformance.Pass,
		}},
	}
	for _, result := range finished.Results { // as run.Do does
		run.Done(result)
	}
	if err := text.Summary(finished); err != nil {
		fmt.Println(err)
	}
	// Output:
	// pass   MUST    poetry-server/sends-exact-poem                              0.000s
	//
	// MUST 1 passed, 0 failed, 0 skipped
	// poetry-server: 127.0.0.1:10000 (addr), judged in 0.000s by scansion 1.2.3
	// seed: 42
	// verdict: conforms (every MUST holds: 1 of 1)
}
