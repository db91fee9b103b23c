package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"scansion/conformance"
)

// Options are what a report is written with. The zero value is the default.
type Options struct {
	// Level is the least level whose failures fail the run; the zero value is MUST.
	Level conformance.Level

	// Verbose puts the transcripts of cases that did not fail into the report too.
	Verbose bool
}

// Writer writes finished reports, of one run, in one format. It returns the error of
// writing or encoding, and keeps nothing.
type Writer func(io.Writer, []*conformance.Report, Options) error

var writers = map[string]Writer{"text": WriteText, "json": JSON, "junit": JUnit}

// Lookup returns the writer of a format, by the name that Formats knows it by.
func Lookup(format string) (Writer, error) {
	if write, ok := writers[format]; ok {
		return write, nil
	}
	return nil, fmt.Errorf("unknown report format %q: use %s", format, join(Formats(), "or"))
}

// Formats returns the names of the formats, sorted.
func Formats() []string { return slices.Sorted(maps.Keys(writers)) }

// ParseFile reads FORMAT=FILE. A file's name may have an = in it.
func ParseFile(s string) (File, error) {
	format, path, ok := strings.Cut(s, "=")
	if !ok || format == "" || path == "" {
		return File{}, fmt.Errorf("malformed report %q: use FORMAT=FILE, for example junit=report.xml", s)
	}
	if _, err := Lookup(format); err != nil {
		return File{}, err
	}
	return File{Format: format, Path: path}, nil
}
