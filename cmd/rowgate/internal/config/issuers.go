package config

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/rowgate/rowgate/service/auth"
)

// issuerSection is an item of the section issuers: an auth.Issuer.
type issuerSection struct {
	auth.Issuer
	// ServiceRole says that its tokens are for the admin path, and not for users.
	ServiceRole bool
	// position is the file and line.
	position string
}

func (s issuerSection) issuer() auth.Issuer { return s.Issuer }

// issuers reads the further issuers.
func (r *reader) issuers(n *yaml.Node) {
	for _, item := range r.items(issuersSection, n) {
		s := r.issuer(resolve(item))
		s.position = fmt.Sprintf("%s:%d", r.file, item.Line)
		r.into.issuers = append(r.into.issuers, s)
	}
}

func (r *reader) issuer(item *yaml.Node) (s issuerSection) {
	texts := map[string]*string{
		"issuer": &s.Issuer.Issuer, "jwks-url": &s.JWKSURL, "secret": &s.Secret,
		"role-claim": &s.RoleClaim, "fixed-role": &s.FixedRole,
	}
	lists := map[string]*[]string{"audience": &s.Audiences, "roles": &s.Roles}
	known := []string{
		"issuer", "jwks-url", "secret", "refresh", "audience", "roles", "role-claim", "fixed-role", "rename", "service-role",
	}
	for key, value := range r.mapping(item, known) {
		switch {
		case texts[key] != nil:
			r.scalar(key, value, texts[key])
		case lists[key] != nil:
			r.list(key, value, lists[key])
		case key == "rename":
			s.Rename = r.rename(value)
		case key == "service-role":
			if err := value.Load(&s.ServiceRole); err != nil {
				r.wrong(value, "service-role is true or false")
			}
		case key == "refresh":
			var err error
			if s.Refresh, err = time.ParseDuration(value.Value); err != nil {
				r.wrong(value, "refresh is %q and no time, such as 10m", value.Value)
			}
		}
	}
	r.into.secrets = r.into.secrets || s.Secret != ""
	switch {
	case item.Kind != yaml.MappingNode:
		r.wrong(item, "an issuer has at least the keys issuer and jwks-url")
	case s.Issuer.Issuer == "":
		r.wrong(item, "an issuer lacks the key issuer: the iss claim of its tokens")
	case s.JWKSURL == "" && s.Secret == "":
		r.wrong(item, "the issuer %s lacks its keys: set jwks-url or secret", s.Issuer.Issuer)
	}
	return s
}

// list reads a list, or a single value as a list of one.
func (r *reader) list(name string, n *yaml.Node, into *[]string) {
	value, ok := r.value(name, n)
	if !ok {
		return
	}
	switch value := value.(type) {
	case string:
		*into = strings.Split(value, ",")
	case []any:
		for _, item := range value {
			*into = append(*into, item.(string))
		}
	}
}

// rename reads the claims' further names.
func (r *reader) rename(n *yaml.Node) map[string]string {
	if n.Kind != yaml.MappingNode {
		r.wrong(n, "rename is a mapping, CLAIM: NAME")
		return nil
	}
	names := map[string]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		at := resolve(n.Content[i])
		var name string
		r.scalar("rename "+at.Value, resolve(n.Content[i+1]), &name)
		if _, twice := names[at.Value]; twice {
			r.wrong(at, "the claim %s is there already", at.Value)
		}
		names[at.Value] = name
	}
	return names
}

var issuerIndex = regexp.MustCompile(`auth: Issuers\[(\d+)\]`)

// Locate writes where the file has the issuers that package auth finds wrong.
// serviceRole says whether they are those of the admin path.
func (f File) Locate(err error, serviceRole bool) error {
	if err == nil {
		return nil
	}
	var positions []string
	for _, s := range f.issuers {
		if s.ServiceRole == serviceRole {
			positions = append(positions, s.position)
		}
	}
	return errors.New(issuerIndex.ReplaceAllStringFunc(err.Error(), func(text string) string {
		i, _ := strconv.Atoi(issuerIndex.FindStringSubmatch(text)[1])
		if i >= len(positions) {
			return text
		}
		return positions[i]
	}))
}
