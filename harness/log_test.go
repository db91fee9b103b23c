package harness_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	. "github.com/onsi/gomega"

	"scansion/harness"
	"scansion/harness/deferred"
)

var _ = inner("logs", func() {
	chat := func(lines int) func(s *harness.Spec) *deferred.Deferred[int] {
		return func(s *harness.Spec) *deferred.Deferred[int] {
			for i := range lines {
				s.Log().Log(context.Background(), slog.Level(-100), "low", "line", i)
			}
			slog.Info("for all")
			return nil
		}
	}
	It("says nothing", harness.OnFakeReactor, harness.Sync(func(*harness.Spec) {}))
	It("passes, and tells", harness.Async(chat(3)))
	It("it's a title: $HOME/* & more", harness.Async(func(s *harness.Spec) *deferred.Deferred[int] {
		chat(100)(s)
		return failed()
	}))
})

var _ = Describe("The log of a spec (G7)", func() {
	logs := func(folder string) []string {
		GinkgoHelper()
		names, err := filepath.Glob(filepath.Join(folder, "*.log"))
		Expect(err).NotTo(HaveOccurred())
		for i, name := range names {
			names[i] = filepath.Base(name)
		}
		return names
	}

	It("has all records, in a file for each spec", func() {
		r := run("logs", "-ginkgo.seed=7")
		folder := filepath.Join(r.folder, "_scansion_temp")
		Expect(logs(folder)).To(Equal([]string{"0001-logs-passes-and-tells.log", "0002-logs-it-s-a-title-HOME-more.log"}))
		text, err := os.ReadFile(filepath.Join(folder, "0001-logs-passes-and-tells.log"))
		Expect(err).NotTo(HaveOccurred())
		lines := strings.Split(string(text), "\n")
		Expect(lines).To(HaveLen(5))
		Expect(lines[2]).To(HaveSuffix("level=DEBUG-96 msg=low line=2"))
		Expect(lines[3]).To(HaveSuffix("level=INFO msg=\"for all\""))
	})

	It("is shown by its last lines with a spec that has failed, and so is the command that repeats the spec", func() {
		r := run("logs", "-ginkgo.seed=7")
		Expect(r.specs["passes, and tells"].ReportEntries).To(BeEmpty())
		entries := r.specs["it's a title: $HOME/* & more"].ReportEntries
		Expect(entries).To(HaveLen(2))
		Expect(entries[0].Name).To(Equal("the end of the log; all of it is in " +
			filepath.Join(r.folder, "_scansion_temp", "0002-logs-it-s-a-title-HOME-more.log")))
		Expect(entries[0].Visibility).To(Equal(types.ReportEntryVisibilityFailureOrVerbose))
		lines := strings.Split(strings.TrimSpace(entries[0].StringRepresentation()), "\n")
		Expect(lines).To(HaveLen(41))
		Expect(lines[0]).To(Equal("... 61 lines are left out here"))
		Expect(lines[1]).To(HaveSuffix("line=61"))
		Expect(lines[40]).To(ContainSubstring("for all"))

		Expect(entries[1].Name).To(Equal("to repeat this spec"))
		Expect(entries[1].StringRepresentation()).To(Equal(
			`go tool ginkgo --seed=7 '--focus=^logs it'\''s a title: \$HOME/\* & more$' .`))
	})

	Describe("is in a folder", func() {
		var parent string

		BeforeEach(func() { parent = GinkgoT().TempDir() })

		It("that the next run replaces", func() {
			runIn(parent, "logs")
			Expect(os.WriteFile(filepath.Join(parent, "_scansion_temp", "9999-old.log"), nil, 0o666)).To(Succeed())
			runIn(parent, "logs")
			Expect(logs(filepath.Join(parent, "_scansion_temp"))).To(HaveLen(2))
			Expect(filepath.Join(parent, "_scansion_temp-1")).NotTo(BeADirectory())
		})

		It("that has another name if a folder of this name is not ours", func() {
			mine := filepath.Join(parent, "_scansion_temp")
			Expect(os.Mkdir(mine, 0o777)).To(Succeed())
			Expect(os.WriteFile(filepath.Join(mine, "novel.txt"), nil, 0o666)).To(Succeed())
			runIn(parent, "logs")
			Expect(filepath.Join(mine, "novel.txt")).To(BeAnExistingFile())
			Expect(logs(mine)).To(BeEmpty())
			Expect(logs(mine + "-1")).To(HaveLen(2))
		})

		It("that has another name if another run uses it", func() {
			runIn(parent, "logs while another runs")
			Expect(logs(filepath.Join(parent, "_scansion_temp"))).To(HaveLen(1))
			Expect(logs(filepath.Join(parent, "_scansion_temp-1"))).To(HaveLen(2))
		})
	})
})

// This one is itself a suite that has a suite run, in its own folder.
var _ = inner("logs while another runs", func() {
	It("runs", harness.Sync(func(s *harness.Spec) {
		s.Log().Info("it has the folder")
		s.Allow(harness.Goroutines, "another process is waited for")
		here, err := os.Getwd()
		Expect(err).NotTo(HaveOccurred())
		for _, name := range []string{"report.json", "events"} {
			_ = os.Remove(filepath.Join(here, name))
		}
		r := runIn(here, "logs")
		Expect(r.reports).To(HaveLen(3))
	}))
})
