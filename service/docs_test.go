package service_test

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store/storetest"
)

// TestDocs makes every call of the pages and compares what it answers with what
// the page shows. A page's calls follow one another, on a database of their own.
func TestDocs(t *testing.T) {
	for _, tt := range []struct {
		page  string
		calls int // so that none is passed over
	}{
		{page: "reads.md", calls: 58},
		{page: "writes.md", calls: 30},
	} {
		t.Run(tt.page, func(t *testing.T) {
			text, err := os.ReadFile("../docs/" + tt.page)
			if err != nil {
				t.Fatal(err)
			}
			page := parseDocs(t, string(text))
			if len(page.calls) != tt.calls {
				t.Errorf("the page has %d calls, want %d", len(page.calls), tt.calls)
			}
			contract, err := descriptor.LoadFS(t.Context(), page.protos(t), "proto")
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, worldOptions{contract: contract, migrations: []storetest.Migration{{Name: "page", SQL: page.sql}}})
			methods := map[string]protoreflect.MethodDescriptor{}
			for _, service := range contract.Services() {
				for i := range service.Methods().Len() {
					md := service.Methods().Get(i)
					methods[string(service.Name())+"/"+string(md.Name())] = md
				}
			}
			var before any // the answer of the call before
			for _, c := range page.calls {
				before = c.run(t, w, methods, before)
			}
		})
	}
}

// run makes the call and holds its answer against the page's.
func (c *docsCall) run(t *testing.T, w *world, methods map[string]protoreflect.MethodDescriptor, before any) any {
	t.Helper()
	md := methods[c.method]
	if md == nil {
		t.Fatalf("line %d: no method %s", c.line, c.method)
	}
	got, texts, trailer, err := c.send(t, w, md, before)
	if c.fails != "" {
		st := status.Convert(err)
		if code := codeName(t, st.Code()); code != c.fails || !textAsShown(c.message, st.Message()) {
			t.Errorf("line %d: %s\n got: // fails: %s: %s\nwant: // fails: %s: %s", c.line, c.method, code, st.Message(), c.fails, c.message)
		}
		return nil
	}
	if err != nil {
		t.Errorf("line %d: %s: %v", c.line, c.method, err)
		return nil
	}
	if c.finds != nil {
		if found := docsNames(got); !slices.Equal(found, c.finds) {
			t.Errorf("line %d: %s\n got: %s\nwant: %s", c.line, jsonText(t, c.requests), strings.Join(found, "; "), strings.Join(c.finds, "; "))
		}
		return nil
	}
	for i := range c.answers {
		c.answers[i] = fillIn(t, c.answers[i], before)
	}
	if len(got) != len(c.answers) || !slices.EqualFunc(c.answers, got, asShown) {
		t.Errorf("line %d: %s\n got: %s\nwant: %s", c.line, c.method, strings.Join(texts, "\n"), jsonText(t, c.answers))
	}
	name, value, _ := strings.Cut(c.trailer, ": ")
	if shown := strings.Join(trailer.Get("rowgate-truncated"), ";"); name != "" && shown != value || name == "" && shown != "" {
		t.Errorf("line %d: %s has the trailer rowgate-truncated: %q, want %q", c.line, c.method, shown, value)
	}
	if len(got) != 1 {
		return nil
	}
	return got[0]
}

// send makes the call, of whichever form, and returns the answers, also as they
// would be shown, and the trailer.
func (c *docsCall) send(t *testing.T, w *world, md protoreflect.MethodDescriptor, before any) (answers []any, texts []string, trailer metadata.MD, err error) {
	t.Helper()
	all := persons(t)
	ctx := as(t, all[slices.IndexFunc(all, func(p person) bool { return p.name == c.as })].token)
	stream, err := w.conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, methodPath(md))
	if err != nil {
		return nil, nil, nil, err
	}
	for _, r := range c.requests {
		req := dynamicpb.NewMessage(md.Input())
		if err := protojson.Unmarshal([]byte(jsonText(t, masks(fillIn(t, r, before)))), req); err != nil {
			t.Fatalf("line %d: %v", c.line, err)
		}
		if err := stream.SendMsg(req); errors.Is(err, io.EOF) {
			break // The error comes with the answer.
		} else if err != nil {
			return nil, nil, nil, err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return nil, nil, nil, err
	}
	for {
		res := dynamicpb.NewMessage(md.Output())
		if err := stream.RecvMsg(res); errors.Is(err, io.EOF) {
			return answers, texts, stream.Trailer(), nil
		} else if err != nil {
			return nil, nil, nil, err
		}
		text := jsonOf(t, res)
		texts = append(texts, text)
		values, err := jsonValues(text)
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, values...)
	}
}

// codeName is a code as AIP-193 writes it.
func codeName(t *testing.T, code codes.Code) string {
	t.Helper()
	for name := range strings.SplitSeq("OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED", " ") {
		var c codes.Code
		if err := c.UnmarshalJSON([]byte(`"` + name + `"`)); err != nil {
			t.Fatal(err)
		}
		if c == code {
			return name
		}
	}
	return code.String()
}
