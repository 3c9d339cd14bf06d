package admin

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// policyFile is a policy as its file has it. Leaves are nodes, since they know
// their line, and an empty one from one that is not there.
type policyFile struct {
	RequireReason yaml.Node        `yaml:"require_reason"`
	Principals    []*principalFile `yaml:"principals"`
}

// principalFile is one of its principals.
type principalFile struct {
	Name         yaml.Node   `yaml:"name"`
	Certificates []yaml.Node `yaml:"certificates"`
	Tokens       []yaml.Node `yaml:"tokens"`
	Keys         []yaml.Node `yaml:"keys"`
	Allow        []yaml.Node `yaml:"allow"`
	ActAs        []yaml.Node `yaml:"act_as"`
}

// The keys of the file's mappings, for who has written another.
var policyKeys = map[string]string{
	"admin.policyFile":    "require_reason and principals",
	"admin.principalFile": "name, certificates, tokens, keys, allow and act_as",
}

// policyReader reads a policy and gathers all that is wrong with it.
type policyReader struct {
	file   string
	policy *Policy
	errs   []error
	// principals are the lines of the names, and credentials those of all
	// credentials, to tell of one that is there twice.
	principals, credentials map[string]int
}

// ParsePolicy reads a policy in YAML, as docs/admin.md describes it. Its error
// lists everything that is wrong, a line each, which begins with the file's
// name and the line.
func ParsePolicy(file string, text []byte) (*Policy, error) {
	r := &policyReader{
		file:       file,
		policy:     &Policy{requireReason: reasonNever, certificates: map[san]*principal{}, tokens: map[token]*principal{}},
		principals: map[string]int{}, credentials: map[string]int{},
	}
	var f policyFile
	if err := yaml.Load(text, &f, yaml.WithKnownFields()); err != nil {
		r.syntax(err)
	}
	r.reason(&f.RequireReason)
	for i, p := range f.Principals {
		if p == nil {
			r.errs = append(r.errs, fmt.Errorf("%s: item %d of principals is empty; a principal has a name, a credential and what it is allowed", file, i+1))
			continue
		}
		r.principal(p)
	}
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	return r.policy, nil
}

var unknownKey = regexp.MustCompile(`^field (.*) not found in type (.*)$`)

// syntax tells what the YAML library has found, in the file's words.
func (r *policyReader) syntax(err error) {
	var several *yaml.LoadErrors
	var one *yaml.LoadError
	switch {
	case errors.As(err, &several):
		for _, e := range several.Errors {
			r.loadError(e)
		}
	case errors.As(err, &one):
		r.loadError(one)
	default:
		r.errs = append(r.errs, fmt.Errorf("%s: %w", r.file, err))
	}
}

func (r *policyReader) loadError(e *yaml.LoadError) {
	text := strings.TrimPrefix(e.Message, "yaml: ")
	if m := unknownKey.FindStringSubmatch(text); m != nil {
		text = fmt.Sprintf("there is no key %q here; there are %s", m[1], policyKeys[m[2]])
	} else if what, into, ok := strings.Cut(text, " into "); ok {
		belongs := "a mapping of " + policyKeys[strings.TrimLeft(into, "*")]
		if strings.HasPrefix(into, "[]") {
			belongs = "a list"
		}
		text = strings.TrimPrefix(what, "cannot construct ") + " stands where " + belongs + " belongs"
	}
	if e.Mark.Line == 0 {
		r.errs = append(r.errs, fmt.Errorf("%s: %s", r.file, text))
		return
	}
	r.wrong(e.Mark.Line, "%s", text)
}

func (r *policyReader) wrong(line int, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s: "+format, append([]any{r.position(line)}, args...)...))
}

func (r *policyReader) position(line int) string { return fmt.Sprintf("%s:%d", r.file, line) }

// text returns what a node says, and false with an error when that is nothing.
func (r *policyReader) text(n *yaml.Node, what string) (string, bool) {
	at := n
	if n.Kind == yaml.AliasNode {
		at = n.Alias
	}
	if at.Kind != yaml.ScalarNode || at.Tag == "!!null" || at.Value == "" {
		r.wrong(n.Line, "%s is missing or no text", what)
		return "", false
	}
	return at.Value, true
}

func (r *policyReader) reason(n *yaml.Node) {
	if n.Kind == 0 {
		return
	}
	all := []string{reasonWrites, reasonAlways, reasonNever}
	text, ok := r.text(n, "require_reason")
	if ok && !slices.Contains(all, text) {
		r.wrong(n.Line, "require_reason is %q; write one of %s", text, strings.Join(all, ", "))
	}
	r.policy.requireReason = text
}

// maxPrincipalName bounds a principal's name, in bytes.
const maxPrincipalName = 100

func (r *policyReader) principal(f *principalFile) {
	if f.Name.Kind == 0 {
		r.errs = append(r.errs, fmt.Errorf("%s: a principal has no name; the audit needs one", r.file))
		return
	}
	name, ok := r.text(&f.Name, "the principal's name")
	if !ok {
		return
	}
	p := &principal{name: name}
	if len(name) > maxPrincipalName || strings.ContainsFunc(name, func(c rune) bool { return !unicode.IsPrint(c) || c == utf8.RuneError }) {
		r.wrong(f.Name.Line, "the principal's name is longer than %d bytes, or not printable", maxPrincipalName)
	}
	if line, twice := r.principals[name]; twice {
		r.wrong(f.Name.Line, "the principal %s is there already, on line %d; put the two together", name, line)
	}
	r.principals[name] = f.Name.Line
	if len(f.Certificates)+len(f.Tokens)+len(f.Keys) == 0 {
		r.wrong(f.Name.Line, "nobody can be %s: give it certificates, tokens or keys", name)
	}
	for i := range f.Certificates {
		r.certificate(p, &f.Certificates[i])
	}
	for i := range f.Tokens {
		r.token(p, &f.Tokens[i])
	}
	for i := range f.Keys {
		r.key(p, &f.Keys[i])
	}
	for i := range f.Allow {
		r.rule(p, &f.Allow[i])
	}
	for i := range f.ActAs {
		r.actAs(p, &f.ActAs[i])
	}
	r.policy.principals = append(r.policy.principals, p)
}

// once notes a credential, and says whether it is the first time.
func (r *policyReader) once(line int, credential string) bool {
	if first, twice := r.credentials[credential]; twice {
		r.wrong(line, "%s is there already, on line %d; a credential belongs to one principal", credential, first)
		return false
	}
	r.credentials[credential] = line
	return true
}

func (r *policyReader) certificate(p *principal, n *yaml.Node) {
	text, ok := r.text(n, "a name of a certificate")
	if !ok {
		return
	}
	name, err := parseSAN(text)
	if err != nil {
		r.wrong(n.Line, "%w", err)
		return
	}
	if r.once(n.Line, "the certificate "+text) {
		r.policy.certificates[name] = p
	}
}

// parseSAN reads the name of a certificate.
func parseSAN(text string) (san, error) {
	if name, ok := strings.CutPrefix(text, "dns:"); ok && name != "" {
		return san{"dns", name}, nil
	}
	if name, ok := strings.CutPrefix(text, "email:"); ok && name != "" {
		return san{"email", name}, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || !strings.Contains(text, "://") {
		return san{}, fmt.Errorf("%q is no name of a certificate; write a URI such as spiffe://example.org/backend, dns:NAME or email:ADDRESS", text)
	}
	// crypto/x509 has URIs parsed, and this is how they are written again.
	if again := u.String(); again != text {
		return san{}, fmt.Errorf("the URI %q has to be written %q", text, again)
	}
	return san{"uri", text}, nil
}

func (r *policyReader) token(p *principal, n *yaml.Node) {
	at := n
	if n.Kind == yaml.AliasNode {
		at = n.Alias
	}
	if at.Kind != yaml.MappingNode {
		r.wrong(n.Line, "an item of tokens is a mapping: {issuer: ISS, subject: SUB}, {issuer: ISS}, or {} for any service_role token")
		return
	}
	var t token
	for i := 0; i < len(at.Content); i += 2 {
		key, value := at.Content[i], at.Content[i+1]
		field := map[string]*string{"issuer": &t.issuer, "subject": &t.subject}[key.Value]
		if field == nil {
			r.wrong(key.Line, "there is no key %q here; there are issuer and subject", key.Value)
			return
		}
		if *field != "" {
			r.wrong(key.Line, "%s is there twice", key.Value)
			return
		}
		text, ok := r.text(value, key.Value)
		if !ok {
			return
		}
		*field = text
	}
	if t.issuer == "" && t.subject != "" {
		r.wrong(n.Line, "the subject %q needs its issuer: another issuer may have the same subject", t.subject)
		return
	}
	if r.once(n.Line, t.String()) {
		r.policy.tokens[t] = p
	}
}

// String describes the tokens that are meant.
func (t token) String() string {
	switch {
	case t.issuer == "":
		return "any service_role token"
	case t.subject == "":
		return "any token of issuer " + t.issuer
	default:
		return "the token of issuer " + t.issuer + " and subject " + t.subject
	}
}

func (r *policyReader) key(p *principal, n *yaml.Node) {
	text, ok := r.text(n, "a key")
	if !ok {
		return
	}
	digest, prefixed := strings.CutPrefix(text, "sha256:")
	sum, err := hex.DecodeString(digest)
	if !prefixed || err != nil || len(sum) != sha256.Size {
		// The text is not repeated: it may be the key itself.
		r.wrong(n.Line, "a key is written sha256: and 64 hexadecimal digits, which printf %%s \"$KEY\" | sha256sum prints, and never as it is")
		return
	}
	k := secretKey{[sha256.Size]byte(sum), p}
	if k.sum == sha256.Sum256(nil) || k.sum == sha256.Sum256([]byte("\n")) {
		r.wrong(n.Line, "this is the SHA-256 of nothing; the variable that was to hold the key was empty")
		return
	}
	if r.once(n.Line, "the key sha256:"+hex.EncodeToString(sum)) {
		r.policy.keys = append(r.policy.keys, k)
	}
}

func (r *policyReader) rule(p *principal, n *yaml.Node) {
	text, ok := r.text(n, "a rule")
	if !ok {
		return
	}
	_, err := path.Match(text, "")
	service, method, both := strings.Cut(text, "/")
	switch {
	case err != nil:
		r.wrong(n.Line, "%q is no pattern: a [ has no ], or a \\ nothing behind it", text)
	case strings.Contains(text, "[!"):
		// path.Match would take the ! for one of the characters.
		r.wrong(n.Line, "%q has [!, as shells write it; here it is [^", text)
	case !both || service == "" || method == "" || strings.Contains(method, "/"):
		r.wrong(n.Line, "%q is no rule; write package.Service/Method, such as app.v1.ItemService/GetItem, app.v1.*/Get* or */*", text)
	default:
		p.allow = append(p.allow, rule{text, r.position(n.Line)})
	}
}

// maxRoleName is what Postgres keeps of a name, in bytes.
const maxRoleName = 63

func (r *policyReader) actAs(p *principal, n *yaml.Node) {
	role, ok := r.text(n, "a role of act_as")
	switch {
	case !ok:
	case role == "service_role" || role == "none":
		r.wrong(n.Line, "%s cannot act as %s, which no user is; write a role of users, such as authenticated", p.name, role)
	case len(role) > maxRoleName || !utf8.ValidString(role) || strings.ContainsAny(role, "*\x00"):
		r.wrong(n.Line, "%q is no name of a role; roles are written out, such as authenticated", role)
	default:
		p.actAs = append(p.actAs, role)
	}
}
