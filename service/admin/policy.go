package admin

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Policy says who may call what on the admin path: what it does not allow is
// denied. It is made by [ParsePolicy] or [LoadPolicy] and never changes.
type Policy struct {
	requireReason string
	principals    []*principal

	certificates map[san]*principal
	tokens       map[token]*principal
	keys         []secretKey
}

// The values of require_reason.
const (
	reasonNever  = "never"
	reasonWrites = "writes"
	reasonAlways = "always"
)

// principal is who calls, under the name that the log and rowgate.audit have.
type principal struct {
	name  string
	allow []rule
	actAs []string
}

// rule is a pattern of path.Match on package.Service/Method, and where it
// stands in the file.
type rule struct{ pattern, position string }

// san is a subject alternative name of a certificate (RFC 5280, section
// 4.2.1.6): the kind is dns, email or uri.
type san struct{ kind, name string }

// token are the iss and sub that a token must have; empty for any.
type token struct{ issuer, subject string }

// secretKey is the SHA-256 of a key, and whose it is.
type secretKey struct {
	sum [sha256.Size]byte
	of  *principal
}

// LoadPolicy reads the policy of a file.
func LoadPolicy(file string) (*Policy, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the policy of the admin path: %w", err)
	}
	return ParsePolicy(file, text)
}

// methodName is package.Service/Method, which patterns are held against. It
// comes from the descriptor, and never from what a client has sent.
func methodName(md protoreflect.MethodDescriptor) string {
	return string(md.Parent().FullName()) + "/" + string(md.Name())
}

// mayCall says whether a rule allows the method.
func (p *principal) mayCall(md protoreflect.MethodDescriptor) bool {
	return p.mayCallName(methodName(md))
}

// mayCallName is mayCall of a call that was let in, by the method's name.
func (p *principal) mayCallName(name string) bool {
	return slices.ContainsFunc(p.allow, func(r rule) bool { return r.matches(name) })
}

// matches holds the pattern, which is a good one, against a method's name.
func (r rule) matches(name string) bool {
	ok, err := path.Match(r.pattern, name)
	return ok && err == nil
}

// mayActAs says whether the principal may stand in for users of a role.
func (p *principal) mayActAs(role string) bool { return slices.Contains(p.actAs, role) }

// named finds a principal; nil when there is none of that name any more.
func (p *Policy) named(name string) *principal {
	for _, who := range p.principals {
		if who.name == name {
			return who
		}
	}
	return nil
}

// ofToken finds whose a token is: the entry that says most of it counts.
func (p *Policy) ofToken(issuer, subject string) *principal {
	for _, t := range []token{{issuer, subject}, {issuer, ""}, {"", ""}} {
		if found := p.tokens[t]; found != nil {
			return found
		}
	}
	return nil
}

// warnings are the rules that none of the methods' names meets, and what else a
// policy says that has no effect.
func (p *Policy) warnings(names []string) []string {
	var all []string
	if len(p.principals) == 0 {
		all = append(all, "the policy names no principal, so every call is denied")
	}
	for _, who := range p.principals {
		for _, r := range who.allow {
			if !slices.ContainsFunc(names, r.matches) {
				all = append(all, fmt.Sprintf("%s: %s is allowed %q, which no method's name meets", r.position, who.name, r.pattern))
			}
		}
	}
	return all
}
