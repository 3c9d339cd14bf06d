package differential_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// canonical writes an answer as text, from whichever side it comes. What a
// message cannot tell apart is the same: a field without presence that is zero
// and one that is not there.
func canonical(md protoreflect.MessageDescriptor, answers []map[string]any) string {
	var b strings.Builder
	for _, answer := range answers {
		b.WriteString(toJSON(canonicalMessage(md, answer)) + "\n")
	}
	return b.String()
}

func canonicalMessage(md protoreflect.MessageDescriptor, values map[string]any) map[string]any {
	all := map[string]any{}
	for name, v := range values {
		if v == nil {
			continue
		}
		fd := md.Fields().ByName(protoreflect.Name(name))
		switch {
		case fd == nil:
			all[name] = fmt.Sprintf("NO FIELD %v", v)
		case fd.IsList():
			items := v.([]any)
			texts := make([]any, len(items))
			for i, item := range items {
				texts[i] = canonicalValue(fd, item)
			}
			if unordered(md) {
				slices.SortFunc(texts, func(a, b any) int { return strings.Compare(toJSON(a), toJSON(b)) })
			}
			if len(texts) > 0 {
				all[name] = texts
			}
		default:
			text := canonicalValue(fd, v)
			nested, isMessage := text.(map[string]any)
			switch {
			case !fd.HasPresence() && (text == "0" || text == "" || text == "false"):
			case isMessage && len(nested) == 0 && md.Name() == "Group":
			default:
				all[name] = text
			}
		}
	}
	return all
}

// unordered says that a response has its rows in no order.
func unordered(md protoreflect.MessageDescriptor) bool {
	name := string(md.Name())
	return strings.HasPrefix(name, "UpdateMany") || strings.HasPrefix(name, "DeleteMany")
}

func canonicalValue(fd protoreflect.FieldDescriptor, v any) any {
	if fd.Message() != nil && fd.Message().FullName() == "google.protobuf.Value" {
		return toJSON(v)
	}
	switch v := v.(type) {
	case map[string]any:
		if fd.Message() == nil {
			return toJSON(v)
		}
		return canonicalMessage(fd.Message(), v)
	case json.Number:
		return v.String()
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}
