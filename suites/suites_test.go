package suites_test

import (
	"errors"
	"flag"
	"os"
	"sync"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance"
	"scansion/conformance/checks"
	"scansion/conformance/target"
	"scansion/harness/leaks"
)

// The target to judge in place of the reference.
var (
	execFlag  = flag.String("exec", os.Getenv("SCANSION_EXEC"), "judge the program that this command starts")
	addrFlag  = flag.String("addr", os.Getenv("SCANSION_ADDR"), "judge the server at this address")
	roleFlag  = flag.String("role", os.Getenv("SCANSION_ROLE"), "the role of the program")
	levelFlag = flag.String("level", os.Getenv("SCANSION_LEVEL"), "what fails the suite: must (the default), should or may")
)

func TestSuites(t *testing.T) {
	RegisterFailHandler(Fail)
	flag.Parse() // the specs depend on the flags
	if err := plan(); err != nil {
		t.Fatal(err)
	}
	RunSpecs(t, "The suites")
}

// plan builds the specs.
func plan() error {
	if *execFlag == "" && *addrFlag == "" {
		describeReference()
		describePrograms()
		describeClients()
		describeParsers()
		return nil
	}
	return describeTarget()
}

// describeTarget is the suite of a target that was given.
func describeTarget() error {
	level := conformance.Must
	if *levelFlag != "" {
		if err := level.UnmarshalText([]byte(*levelFlag)); err != nil {
			return err
		}
	}
	if *execFlag != "" && *addrFlag != "" {
		return errors.New("give --exec or --addr, not both")
	}
	if *roleFlag == "" {
		return errors.New("name the role of the program with --role or SCANSION_ROLE")
	}
	role, err := checks.ForRole(*roleFlag)
	if err != nil {
		return err
	}
	var t conformance.Target
	if *execFlag != "" {
		t, err = target.ForExec(role, *execFlag)
	} else {
		t, err = target.ForAddr(role, *addrFlag, nil)
	}
	if err != nil {
		return err
	}
	describe(role, t, level, conformance.Options{})
	return nil
}

// describe makes a spec of each requirement of a role.
func describe(role conformance.Role, t conformance.Target, level conformance.Level, options conformance.Options) {
	Describe(role.Name+" "+t.Name(), func() {
		options.Seed = uint64(GinkgoRandomSeed()) //nolint:gosec // a seed may be any number
		judge := sync.OnceValue(func() *conformance.Judge {
			j := conformance.NewJudge(role, t, options)
			closeAtEnd(j)
			return j
		})
		for _, requirement := range role.Requirements {
			It("meets "+requirement.Slug, Label(role.Name, requirement.Level.String()), func(ctx SpecContext) {
				expectMet(judge().Judge(ctx, requirement), level)
			})
		}
	})
}

// expectMet turns a result into the outcome of a spec.
func expectMet(result conformance.Result, level conformance.Level) {
	GinkgoHelper()
	GinkgoWriter.Println(result.Statement)
	GinkgoWriter.Println(result.Transcript)
	switch {
	case result.Why == conformance.Broken:
		Fail(result.Message)
	case result.Outcome == conformance.Skip:
		Skip(result.Message)
	case result.Outcome == conformance.Fail && result.Level < level:
		Skip(result.Level.String() + " not met: " + result.Message)
	case result.Outcome == conformance.Fail:
		Fail(result.Statement + "\n" + result.Message + "\n" + result.Output)
	}
}

// judges are those of this process, to be closed when its specs are done.
var judges struct {
	sync.Mutex
	open []*conformance.Judge
}

func closeAtEnd(j *conformance.Judge) {
	judges.Lock()
	defer judges.Unlock()
	judges.open = append(judges.open, j)
}

// What the suite started must end with it: programs, servers and goroutines.
var (
	_ = BeforeSuite(leaks.Watch)
	_ = AfterSuite(func() {
		judges.Lock()
		defer judges.Unlock()
		for _, j := range judges.open {
			Expect(j.Close()).To(Succeed())
		}
	})
)
