package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"scansion/conformance"
)

// JSON writes reports as indented JSON, with the fields of [conformance.Report]: one as an
// object, several as a list. The transcripts of cases that passed are left out unless
// o.Verbose. Bytes that are not UTF-8 are written as escapes (\xff), for JSON cannot hold
// them, and what went over the wire is in base64. If the report cannot be encoded, nothing
// is written.
func JSON(w io.Writer, reports []*conformance.Report, o Options) error {
	var all any
	if len(reports) == 1 {
		all = forJSON(reports[0], o.Verbose)
	} else {
		list := make([]*conformance.Report, len(reports))
		for i, report := range reports {
			list[i] = forJSON(report, o.Verbose)
		}
		all = list
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false) // transcripts are full of arrows, and people read them here too
	if err := encoder.Encode(all); err != nil {
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
		r.Transcript = slices.Clone(r.Transcript)
		for k := range r.Transcript {
			r.Transcript[k].Text = valid(r.Transcript[k].Text)
		}
		if r.Outcome == conformance.Pass && !verbose {
			r.Transcript = nil
		}
		c.Results[i] = r
	}
	return &c
}

// errNotReport is wrapped by what ReadJSON returns for anything but a report.
var errNotReport = errors.New("not a JSON report of scansion")

// ReadJSON reads what JSON writes. Fields that it does not know are passed over; a field
// that gives the verdict its meaning may not be missing, and the format must be that of
// this version.
func ReadJSON(r io.Reader) ([]*conformance.Report, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read a JSON report: %w", err)
	}
	list := []json.RawMessage{data}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		if err := json.Unmarshal(data, &list); err != nil {
			return nil, fmt.Errorf("%w: %w", errNotReport, err)
		}
	}
	reports := make([]*conformance.Report, len(list))
	for i, one := range list {
		if err := probe(one); err != nil {
			return nil, err
		}
		reports[i] = &conformance.Report{}
		if err := json.Unmarshal(one, reports[i]); err != nil {
			return nil, fmt.Errorf("%w: %w", errNotReport, err)
		}
	}
	return reports, nil
}

// probe looks for the fields without which the zero values would tell a tale of
// their own: a result without an outcome would be a skip.
func probe(data []byte) error {
	var has struct {
		Format  *int    `json:"format"`
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
	case has.Format == nil || *has.Format != conformance.ReportFormat:
		return fmt.Errorf(`%w: its "format" is not %d; write it anew with this version`, errNotReport, conformance.ReportFormat)
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
