package report_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var update = flag.Bool("update", false, "renew the golden files in testdata")

func TestReport(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "conformance/report")
}

// expectGolden holds what was written against a file in testdata, or renews it.
func expectGolden(name, got string) {
	GinkgoHelper()
	path := filepath.Join("testdata", name)
	if *update {
		Expect(os.MkdirAll("testdata", 0o755)).To(Succeed())
		Expect(os.WriteFile(path, []byte(got), 0o644)).To(Succeed())
	}
	want, err := os.ReadFile(path)
	Expect(err).NotTo(HaveOccurred(), "renew the golden files with: go test ./conformance/report/ -update")
	Expect(got).To(Equal(string(want)), "if the change is wanted: go test ./conformance/report/ -update, and read the difference")
}
