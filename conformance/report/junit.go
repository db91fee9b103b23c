package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/onsi/ginkgo/v2/reporters"

	"scansion/conformance"
)

// JUnit writes reports as the XML that CI services read: for each a suite with a case for
// each requirement, its name the requirement's ID, since many services show
// nothing else, and its class the role.
//
// A failure is one that fails the run at o.Level; other failures, the known ones
// among them, are skipped cases that say so, because CI services know nothing in
// between. What could not be judged through a fault of Scansion is an error. A
// target that could not be run or of which no MUST could be judged, and a run that
// was interrupted, have one case more, with an error, so that they are never taken for
// a success.
//
// The transcripts of cases that passed or were skipped are in it if o.Verbose.
func JUnit(w io.Writer, reports []*conformance.Report, o Options) error {
	var all reporters.JUnitTestSuites
	for _, report := range reports {
		suite := junitSuite(report, orMust(o.Level), o.Verbose)
		all.Tests, all.Disabled = all.Tests+suite.Tests, all.Disabled+suite.Skipped
		all.Errors, all.Failures = all.Errors+suite.Errors, all.Failures+suite.Failures
		all.Time += suite.Time
		all.TestSuites = append(all.TestSuites, suite)
	}
	data, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the JUnit report: %w", err)
	}
	if _, err := io.WriteString(w, xml.Header+string(data)+"\n"); err != nil {
		return fmt.Errorf("write the JUnit report: %w", err)
	}
	return nil
}

func junitSuite(report *conformance.Report, level conformance.Level, verbose bool) reporters.JUnitTestSuite {
	suite := reporters.JUnitTestSuite{
		Name:      cleanLine(report.Target.Name),
		Package:   "scansion",
		Time:      milliseconds(report.Seconds),
		Timestamp: report.Started.UTC().Format("2006-01-02T15:04:05"),
		Properties: reporters.JUnitProperties{Properties: []reporters.JUnitProperty{
			{Name: "scansion", Value: cleanLine(report.Version)},
			{Name: "seed", Value: strconv.FormatUint(report.Seed, 10)},
			{Name: "kind", Value: cleanLine(report.Target.Kind)},
			{Name: "level", Value: level.String()},
			{Name: "verdict", Value: verdict(report, level)},
		}},
		TestCases: junitExtra(report, level),
	}
	for _, r := range report.Results {
		suite.TestCases = append(suite.TestCases, junitCase(report.Role, r, classify(r, level), verbose))
	}
	for _, c := range suite.TestCases {
		suite.Tests++
		switch {
		case c.Failure != nil:
			suite.Failures++
		case c.Error != nil:
			suite.Errors++
		case c.Skipped != nil:
			suite.Skipped++
		}
	}
	return suite
}

// junitExtra returns the cases for what is wrong with the run as a whole.
func junitExtra(report *conformance.Report, level conformance.Level) []reporters.JUnitTestCase {
	class := cleanLine(report.Role)
	var cases []reporters.JUnitTestCase
	if report.CouldNotRun != "" {
		body := report.CouldNotRun
		if report.Output != "" {
			body += "\n\nWhat the target printed:\n" + report.Output
		}
		cases = append(cases, reporters.JUnitTestCase{
			Name: "target starts", Classname: class, Status: "error",
			Error: &reporters.JUnitError{
				Message:     headline("the target could not be run: " + report.CouldNotRun),
				Type:        "could not run",
				Description: clean(body),
			},
		})
	}
	if report.CouldNotRun == "" && report.Verdict(level) == conformance.NotRun {
		cases = append(cases, reporters.JUnitTestCase{
			Name: "some MUST is judged", Classname: class, Status: "error",
			Error: &reporters.JUnitError{
				Message:     "no MUST could be judged",
				Type:        "not judged",
				Description: "No MUST could be judged, so nothing is known of the target. The skipped cases say why.",
			},
		})
	}
	if report.Interrupted {
		cases = append(cases, reporters.JUnitTestCase{
			Name: "run completes", Classname: class, Status: "error",
			Error: &reporters.JUnitError{
				Message:     "the run was interrupted",
				Type:        "interrupted",
				Description: "The run was interrupted: what was not judged by then counts as skipped.",
			},
		})
	}
	return cases
}

func junitCase(role string, r conformance.Result, stands status, verbose bool) reporters.JUnitTestCase {
	c := reporters.JUnitTestCase{
		Name:      cleanLine(r.ID),
		Classname: cleanLine(role),
		Status:    strings.ToLower(stands.String()),
		Time:      milliseconds(r.Seconds),
	}
	body := block(r, true)
	switch stands {
	case failed:
		c.Failure = &reporters.JUnitFailure{Message: headline(r.Message), Type: r.Level.String(), Description: body}
	case broken:
		c.Error = &reporters.JUnitError{Message: headline(r.Message), Type: "broken", Description: body}
	case warned:
		c.Skipped = &reporters.JUnitSkipped{Message: headline(r.Level.String() + " not met: " + r.Message)}
		c.SystemOut = body
	case known:
		c.Skipped = &reporters.JUnitSkipped{Message: headline("known failure: " + r.Message)}
		c.SystemOut = body
	case skipped:
		c.Skipped = &reporters.JUnitSkipped{Message: headline(r.Message)}
		c.SystemOut = pick(verbose, body, "")
	case passed:
		c.SystemOut = pick(verbose, body, "")
	case unexpected:
		c.SystemOut = "Listed as a known failure, but it passes: take it off the list.\n" + pick(verbose, "\n"+body, "")
	}
	return c
}

// headline returns the first lines of a message, for an attribute.
func headline(message string) string {
	const most = 3
	all := lines(clean(message))
	short := strings.Join(all[:min(most, len(all))], "\n")
	return shorten(short, lineLength)
}

// milliseconds rounds, so that no time is written as 1.2e-05, which not every
// reader of JUnit takes for a number.
func milliseconds(seconds float64) float64 { return math.Round(seconds*1000) / 1000 }
