package service

import (
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/service/table"
)

// unfitMethod is a method that the database has no place for, and why.
type unfitMethod struct {
	descriptor protoreflect.MethodDescriptor
	problems   []table.Problem
}

// errDrift is what an unfit method answers. It is there and cannot be served
// until someone mends the contract or the database: that is
// FAILED_PRECONDITION, and not UNIMPLEMENTED, which clients take for the wrong
// server or a wrong name.
var errDrift = status.New(codes.FailedPrecondition, "SCHEMA_DRIFT",
	"this method does not fit the database's present schema and is not served until the two agree again; "+
		"the rest of the contract is", nil)

// tell says in the log which methods are not served, and why, and which
// findings are allowed.
func (s *Server) tell(p *plan) {
	for _, a := range p.allowed {
		s.log.Warn("allowed by the configuration", "rule", a.Rule, "object", a.Object, "finding", a.Text, "reason", a.Reason)
	}
	for _, e := range p.unused {
		if e.Object == "*" {
			continue // It is for whatever comes.
		}
		s.log.Warn("an exception of the configuration allows nothing any more", "rule", e.Rule, "object", e.Object)
	}
	for _, m := range p.unfit {
		why := make([]string, len(m.problems))
		for i, problem := range m.problems {
			why[i] = problem.String()
		}
		s.log.Warn("the method does not fit the database and is not served",
			"method", table.Path(m.descriptor), "problems", strings.Join(why, "\n"))
	}
}
