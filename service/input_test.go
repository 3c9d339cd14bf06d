package service_test

import (
	"bytes"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"
)

// badInput is a call that must be refused.
type badInput struct {
	name    string
	as      string // the sub claim; Alice's when empty, none for "-"
	method  string
	request string // in protobuf's JSON
	mask    string
	// edit changes what JSON cannot say.
	edit func(*dynamicpb.Message)
	// swap is two texts of one length: the first is replaced by the second in
	// the request's bytes, for what no client's library would send.
	swap [2]string
	want answer
}

// TestBadInput makes calls that must be refused: each with its code, its text
// and the field at fault, and with nothing written or given away.
func TestBadInput(t *testing.T) {
	w := newInputWorld(t)
	private := w.privateTexts(t)
	for _, tc := range slices.Concat(badRequests, refusals) {
		t.Run(tc.method+"/"+tc.name, func(t *testing.T) {
			user := alice
			switch tc.as {
			case "":
			case "-":
				user = ""
			default:
				user = tc.as
			}
			message := w.request(t, tc.method, tc.request, tc.mask)
			if tc.edit != nil {
				tc.edit(message)
			}
			req, err := proto.Marshal(message)
			if err != nil {
				t.Fatal(err)
			}
			if tc.swap[0] != "" {
				if len(tc.swap[0]) != len(tc.swap[1]) || !bytes.Contains(req, []byte(tc.swap[0])) {
					t.Fatalf("%q is not in the request", tc.swap[0])
				}
				req = bytes.ReplaceAll(req, []byte(tc.swap[0]), []byte(tc.swap[1]))
			}
			w.unwritten(t, func() { err = w.send(as(t, token(t, user)), tc.method, req) })
			if got := answerOf(t, err); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if told := tells(err, private); len(told) > 0 {
				t.Errorf("the answer tells %q", told)
			}
		})
	}
}
