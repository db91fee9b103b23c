package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"scansion/conformance"
)

// JSON writes a report as indented JSON, with the fields of [conformance.Report].
// The transcripts of cases that passed are left empty unless o.Verbose. Bytes that
// are not UTF-8 are written as escapes (\xff), for JSON cannot hold them. If the
// report cannot be encoded, nothing is written.
func JSON(w io.Writer, report *conformance.Report, o Options) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false) // transcripts are full of arrows, and people read them here too
	if err := encoder.Encode(forJSON(report, o.Verbose)); err != nil {
		return fmt.Errorf("encode the JSON report: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the JSON report: %w", err)
	}
	return nil
}

// forJSON returns a copy of the report with valid strings.
func forJSON(report *conformance.Report, verbose bool) *conformance.Report {
	c := *report
	c.Target.Name = valid(c.Target.Name)
	c.CouldNotRun, c.Output = valid(c.CouldNotRun), valid(c.Output)
	c.Results = make([]conformance.Result, len(report.Results)) // never null
	for i, r := range report.Results {
		r.Message, r.Output, r.Repeat = valid(r.Message), valid(r.Output), valid(r.Repeat)
		r.Transcript = valid(r.Transcript)
		if r.Outcome == conformance.Pass && !verbose {
			r.Transcript = ""
		}
		c.Results[i] = r
	}
	return &c
}

// errNotReport is wrapped by what ReadJSON returns for anything but a report.
var errNotReport = errors.New("not a JSON report of scansion")

// ReadJSON reads what JSON writes. Fields that it does not know are passed over,
// so that reports of later versions can be read; a field that gives the verdict
// its meaning may not be missing.
func ReadJSON(r io.Reader) (*conformance.Report, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read a JSON report: %w", err)
	}
	if err := probe(data); err != nil {
		return nil, err
	}
	report := &conformance.Report{}
	if err := json.Unmarshal(data, report); err != nil {
		return nil, fmt.Errorf("%w: %w", errNotReport, err)
	}
	return report, nil
}

// probe looks for the fields without which the zero values would tell a tale of
// their own: a result without an outcome would be a skip.
func probe(data []byte) error {
	var has struct {
		Version *string `json:"scansion"`
		Results *[]struct {
			ID      *string `json:"id"`
			Level   *string `json:"level"`
			Outcome *string `json:"outcome"`
		} `json:"results"`
	}
	if err := json.Unmarshal(data, &has); err != nil {
		return fmt.Errorf("%w: %w", errNotReport, err)
	}
	switch {
	case has.Version == nil:
		return fmt.Errorf(`%w: it has no "scansion", the version`, errNotReport)
	case has.Results == nil:
		return fmt.Errorf(`%w: it has no "results"`, errNotReport)
	}
	for i, r := range *has.Results {
		if r.ID == nil || r.Level == nil || r.Outcome == nil {
			return fmt.Errorf(`%w: result %d lacks its "id", "level" or "outcome"`, errNotReport, i+1)
		}
	}
	return nil
}
