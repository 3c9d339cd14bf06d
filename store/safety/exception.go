package safety

import (
	"fmt"
	"slices"
	"strings"
)

// Exception allows a finding. Every rule can be allowed: some projects have
// their reasons, and the reason is logged at every start.
type Exception struct {
	Rule Rule
	// Object is the finding's, or "*" for all of the rule.
	Object string
	// Reason says why it is no hole here. Required.
	Reason string
}

// Allowed is a finding that an exception allows.
type Allowed struct {
	Finding
	// Reason is the exception's.
	Reason string
}

// String writes the finding without its SQL, and the reason.
func (a Allowed) String() string {
	return fmt.Sprintf("%s  %s: %s\n    allowed: %s", a.Rule, a.Object, a.Text, a.Reason)
}

// Split parts findings into those that are refused and those that an exception
// allows; one for the object itself gives its reason before one for the whole
// rule. unused are the exceptions for one object that allow nothing, since what
// they were for was mended or never was. An exception for a rule that there is not, without
// an object or without a reason is an error.
func Split(findings []Finding, allow []Exception) (refused []Finding, allowed []Allowed, unused []Exception, err error) {
	for _, e := range allow {
		if err := e.check(); err != nil {
			return nil, nil, nil, err
		}
	}
	used := make([]bool, len(allow))
	for _, f := range findings {
		by := -1
		for i, e := range allow {
			if e.Rule != f.Rule || e.Object != f.Object && e.Object != "*" {
				continue
			}
			used[i] = true
			if by < 0 || allow[by].Object == "*" && e.Object != "*" {
				by = i
			}
		}
		if by < 0 {
			refused = append(refused, f)
			continue
		}
		allowed = append(allowed, Allowed{f, allow[by].Reason})
	}
	for i, e := range allow {
		if !used[i] && e.Object != "*" {
			unused = append(unused, e)
		}
	}
	return refused, allowed, unused, nil
}

func (e Exception) check() error {
	switch {
	case !slices.Contains(Rules(), e.Rule):
		var names []string
		for _, r := range Rules() {
			names = append(names, string(r))
		}
		return fmt.Errorf("an exception is for the rule %q, which there is not; the rules are %s", e.Rule, strings.Join(names, ", "))
	case e.Object == "":
		return fmt.Errorf(`the exception for %s names no object: write the one that the finding shows, or "*" for all`, e.Rule)
	case strings.TrimSpace(e.Reason) == "":
		return fmt.Errorf("the exception for %s of %s has no reason: say why it is no hole here", e.Rule, e.Object)
	}
	return nil
}
