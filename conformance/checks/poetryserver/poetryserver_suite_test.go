package poetryserver_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestPoetryServer(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "The role of poetry servers")
}
