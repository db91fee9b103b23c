package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"scansion/conformance/checks"
)

var _ = Describe("Bad usage", func() {
	DescribeTable("is told in one line that says what to do, with status 2, before anything is run",
		func(expected string, args ...string) {
			status, out, errs := call(args...)
			Expect(status).To(Equal(2))
			Expect(out).To(BeEmpty())
			Expect(errs).To(HavePrefix("scansion: "))
			Expect(strings.Count(errs, "\n")).To(Equal(1), errs)
			Expect(errs).To(ContainSubstring(expected))
		},
		Entry("an unknown command", `unknown command "judge"`, "judge"),
		Entry("an unknown flag", "unknown flag: --fast", "check", "--fast"),
		Entry("an unknown role", `unknown role "poem-server"`, "check", "poem-server"),
		Entry("a filter that matches nothing", `--run "nosuch*" matches no requirement`, "check", "poetry-server", "--run", "nosuch*"),
		Entry("a skip that matches nothing", `--skip "nosuch*" matches no requirement`, "check", "--skip", "nosuch*"),
		Entry("a known failure that matches nothing", `--known-failure "nosuch*" matches no requirement`, "check", "--known-failure", "nosuch*"),
		Entry("a malformed filter", `--run "[a"`, "check", "--run", "[a"),
		Entry("filters that leave nothing", "leave no requirement", "check", "--run", "sends-*", "--skip", "sends-*"),
		Entry("an unknown placeholder", "unknown placeholder {prot}", "check", "poetry-server", "--exec", "server {prot}"),
		Entry("another role's placeholder", "unknown placeholder {upstream}", "check", "poetry-server", "--exec", "server {upstream}"),
		Entry("what only a shell can do", "sh -c", "check", "poetry-server", "--exec", "server {port} > log"),
		Entry("an open quote", "cannot be split", "check", "poetry-server", "--exec", "server '{port}"),
		Entry("an empty command", "is empty", "check", "poetry-server", "--exec", " "),
		Entry("an empty command, perhaps of a variable that is not set", "is empty", "check", "poetry-server", "--exec", ""),
		Entry("an empty address", "not HOST:PORT", "check", "poetry-server", "--addr", ""),
		Entry("a port that is too great", "not HOST:PORT", "check", "poetry-server", "--addr", "127.0.0.1:99999"),
		Entry("an assignment, as a shell knows it", "use env PORT={port}", "check", "poetry-server", "--exec", "PORT={port} node x.js"),
		Entry("a redirection without a blank", "no shell runs it", "check", "poetry-server", "--exec", "server {port} >/dev/null"),
		Entry("a role twice", "is named twice", "check", "poetry-server", "poetry-server"),
		Entry("quiet and verbose", "--quiet or --verbose, not both", "check", "--quiet", "--verbose"),
		Entry("a target without a role", "name the one role", "check", "--exec", "server {port}"),
		Entry("two ways to a parser", "one of --exec, --persistent and --addr", "check", "netstring", "--exec", "p", "--persistent", "p"),
		Entry("a server that stays", "--persistent: an adapter that stays is for parsers", "check", "poetry-server", "--persistent", "p"),
		Entry("a client that stays", "a program of the role poetry-client is none: use --exec", "check", "poetry-client", "--persistent", "p"),
		Entry("a client at an address", "--addr: a program of the role poetry-client runs once, and has no address: use --exec", "check", "poetry-client", "--addr", "127.0.0.1:1"),
		Entry("a server's placeholder for a client", "unknown placeholder {port}: a poetry-client command knows {addrs}, {ports}, {transform}, ", "check", "poetry-client", "--exec", "client {port}"),
		Entry("a placeholder of a parser", "unknown placeholder {port}: a netstring command", "check", "netstring", "--exec", "p {port}"),
		Entry("two targets", "one of --exec, --persistent and --addr", "check", "poetry-server", "--exec", "server", "--addr", "127.0.0.1:1"),
		Entry("an address without a port", "not HOST:PORT", "check", "poetry-server", "--addr", "127.0.0.1"),
		Entry("a poem without an address", "--poem goes with --addr", "check", "poetry-server", "--exec", "server", "--poem", "x"),
		Entry("a poem that is not there", "no such file", "check", "poetry-server", "--addr", "127.0.0.1:1", "--poem", "nosuch.txt"),
		Entry("an unknown level", `unknown level "ought"`, "check", "--level", "ought"),
		Entry("an unknown report", `unknown report format "pdf"`, "check", "--report", "pdf=x"),
		Entry("a malformed report", "FORMAT=FILE", "check", "--report", "json"),
		Entry("no case at a time", "--parallel 0", "check", "--parallel", "0"),
		Entry("no time", "--timeout 0s", "check", "--timeout", "0s"),
		Entry("an unknown format of the list", `unknown format "xml"`, "list", "--format", "xml"),
		Entry("a list of an unknown role", `unknown role "bard"`, "list", "bard"),
		Entry("a peer that is not there", `matches no peer`, "selftest", "--peer", "nosuch*"),
		Entry("a peer of another role", `"chomps" matches no peer`, "selftest", "netstring", "--peer", "chomps"),
		Entry("a sample of no peer", "--sample 0", "selftest", "--sample", "0"),
		Entry("a selftest of an unknown role", `unknown role "bard"`, "selftest", "bard"),
		Entry("a server without a name", "fastpoetry or slowpoetry", "serve"),
		Entry("a server that is not there", `unknown command "epic"`, "serve", "epic"),
		Entry("a server without a poem", "arg", "serve", "fastpoetry"),
		Entry("a port that is none", "--port 70000", "serve", "fastpoetry", "--port", "70000", "poem.txt"),
		Entry("a pace without bytes", "--num-bytes 0", "serve", "slowpoetry", "--num-bytes", "0", "poem.txt"),
		Entry("netstrings, but what of them", "encode or decode", "netstring"),
		Entry("what cannot be done to netstrings", `unknown command "judge"`, "netstring", "judge"),
		Entry("strings, and standard input too", "strings or --whole, not both", "netstring", "encode", "--whole", "a"),
		Entry("a string to decode, which standard input has", "unknown command \"3:abc,\"", "netstring", "decode", "3:abc,"),
		Entry("a length that is none", "--max-length -1", "netstring", "decode", "--max-length", "-1"),
		Entry("a pace without a pause", "--delay 0", "serve", "slowpoetry", "--delay", "0", "poem.txt"),
		Entry("no address to get a poem from", "name the servers", "get"),
		Entry("an address without a port to get a poem from", `"localhost" is not HOST:PORT`, "get", "127.0.0.1:1", "localhost"),
		Entry("an address with a port that is none to get a poem from", "not HOST:PORT", "get", "127.0.0.1:0"),
		Entry("no time to get a poem", "--timeout 0s", "get", "--timeout", "0s", "127.0.0.1:1"),
		Entry("less than no time to get a poem", "--timeout -1s", "get", "--timeout=-1s", "127.0.0.1:1"),
		Entry("no seconds to get a poem", "--timeout 0s", "get", "--timeout", "0.0", "127.0.0.1:1"),
		Entry("a time to get a poem that mixes both ways", `invalid argument "1m30"`, "get", "--timeout", "1m30", "127.0.0.1:1"),
		Entry("an empty time to get a poem", `invalid argument ""`, "get", "--timeout", "", "127.0.0.1:1"),
		Entry("a transform server without a port", `--transform: the address "localhost" is not HOST:PORT`, "get", "--transform", "localhost", "127.0.0.1:1"),
		Entry("a transform server that is not named", `--transform: the address "" is not HOST:PORT`, "get", "--transform", "", "127.0.0.1:1"),
		Entry("a time to get a poem that is none", `invalid argument "soon"`, "get", "--timeout", "soon", "127.0.0.1:1"),
	)

	It("shows the help without a command", func() {
		status, out, errs := call()
		Expect(status).To(Equal(2))
		Expect(out).To(ContainSubstring("Exit status: 0 it conforms"))
		Expect(errs).To(Equal("scansion: name a command, for example: scansion check\n"))
	})
})

var _ = Describe("scansion check --help", func() {
	It("tells of every role what it is about, and what its commands can be told", func() {
		status, out, _ := call("check", "--help")
		Expect(status).To(BeZero())
		for _, role := range checks.Roles() {
			Expect(out).To(ContainSubstring(role.Name + ": " + role.About + "\n"))
			for _, v := range role.Variables {
				Expect(out).To(MatchRegexp(`\n  \{%s\} +%s\n`, v.Name, regexp.QuoteMeta(v.Help)))
			}
		}
	})
})

var _ = Describe("scansion list", func() {
	roles := checks.Roles()

	It("tells every requirement of a role as text, and none of another role", func() {
		status, out, _ := call("list", roles[1].Name)
		Expect(status).To(BeZero())
		for _, r := range roles[1].Requirements {
			Expect(out).To(ContainSubstring(roles[1].ID(r.Slug)))
			Expect(out).To(ContainSubstring(r.Statement))
		}
		Expect(out).NotTo(ContainSubstring(roles[0].Name + "/"))
	})

	It("tells programs as JSON, all roles in order", func() {
		status, out, _ := call("list", "--format", "json")
		Expect(status).To(BeZero())
		var all []map[string]string
		Expect(json.Unmarshal([]byte(out), &all)).To(Succeed())
		var ids []string
		for _, r := range all {
			ids = append(ids, r["id"])
			Expect(r).To(And(HaveKey("statement"), HaveKey("source")))
			Expect(r["id"]).To(HavePrefix(r["role"] + "/"))
			Expect(r["level"]).To(BeElementOf("MUST", "SHOULD", "MAY"))
		}
		var expected []string
		for _, role := range roles {
			expected = append(expected, role.IDs()...)
		}
		Expect(ids).To(Equal(expected))
	})

	It("tells the roles that are named as Markdown", func() {
		_, out, _ := call("list", "--format", "markdown", roles[2].Name, roles[0].Name)
		Expect(out).To(MatchRegexp(`(?s)^# .*\n## %s\n.*\n## %s\n`, roles[2].Name, roles[0].Name))
		Expect(out).NotTo(ContainSubstring(roles[1].Name))
	})

	It("has written docs/requirements.md, of all roles", func() {
		const file = "../../docs/requirements.md"
		_, out, _ := call("list", "--format", "markdown")
		if *update {
			Expect(os.WriteFile(file, []byte(out), 0o644)).To(Succeed())
		}
		docs, err := os.ReadFile(file)
		Expect(err).NotTo(HaveOccurred())
		Expect(out).To(Equal(string(docs)), "renew it with: go test ./cmd/scansion -update")
	})
})
