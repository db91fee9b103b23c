package harness

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/kballard/go-shellquote"
)

// rerunGinkgo is the command that runs one spec again, for a shell in the folder of
// the module.
func rerunGinkgo(title string, seed int64) string {
	return shellquote.Join("go", "tool", "ginkgo", fmt.Sprintf("--seed=%d", seed),
		"--focus=^"+regexp.QuoteMeta(title)+"$", packageFolder())
}

// rerunTest is the same for an ordinary test.
func rerunTest(name string) string {
	levels := strings.Split(name, "/")
	for i, level := range levels {
		levels[i] = "^" + regexp.QuoteMeta(level) + "$"
	}
	return shellquote.Join("go", "test", "-count=1", "-run="+strings.Join(levels, "/"), packageFolder())
}

// packageFolder is the working directory, as seen from the folder of the module: tests
// run in the folder of their package.
func packageFolder() string {
	here, err := os.Getwd()
	if err != nil {
		return "."
	}
	for module := here; ; module = filepath.Dir(module) {
		if exists(filepath.Join(module, "go.mod")) {
			if path, err := filepath.Rel(module, here); err == nil {
				return "./" + filepath.ToSlash(path)
			}
		}
		if module == filepath.Dir(module) {
			return "."
		}
	}
}
