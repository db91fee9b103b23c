package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
)

var update = flag.Bool("update", false, "renew docs/requirements.md")

// patience is how long to wait for what must come: long, for slow machines.
const patience = 90 * time.Second

func TestScansion(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(patience)
	RunSpecs(t, "The command")
}

// scansion is the program, built once for all processes of the suite.
var scansion string

var _ = SynchronizedBeforeSuite(func() []byte {
	path, err := gexec.Build("scansion/cmd/scansion")
	Expect(err).NotTo(HaveOccurred())
	return []byte(path)
}, func(path []byte) { scansion = string(path) })

var _ = SynchronizedAfterSuite(func() {}, gexec.CleanupBuildArtifacts)

// call runs the command in this process, which is for what starts no reference.
func call(args ...string) (status int, out, errs string) {
	var o, e bytes.Buffer
	status = run(context.Background(), args, &o, &e)
	return status, o.String(), e.String()
}

// poemFile writes a poem to a file.
func poemFile(poem string) string {
	GinkgoHelper()
	name := filepath.Join(GinkgoT().TempDir(), "poem.txt")
	Expect(os.WriteFile(name, []byte(poem), 0o600)).To(Succeed())
	return name
}
