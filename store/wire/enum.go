package wire

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
)

// enumNumber plans an enum type as a protobuf enum. Its values and the type's
// labels must answer to each other, one to one; the value 0 is UNSPECIFIED and
// has no label.
func enumNumber(b *binding) (conv, error) {
	values := make(map[string][]byte, len(b.typ.Labels))
	labels := make(map[int32]string, len(b.typ.Labels))
	enum := b.column.Field.Enum()
	for i := range enum.Values().Len() {
		value := enum.Values().Get(i)
		num := value.Number()
		label, ok := labelOf(value)
		_, alias := labels[int32(num)] // a second name of the number
		switch {
		case num == 0 && ok:
			return conv{}, fmt.Errorf("value %s, which is 0, has the label %q; 0 stands for no label at all", value.Name(), label)
		case num == 0:
			continue
		case !ok:
			return conv{}, fmt.Errorf("value %s of enum %s stands for no label: give it an option (rowgate.v1.label)", value.Name(), enum.FullName())
		case !slices.Contains(b.typ.Labels, label):
			return conv{}, fmt.Errorf("value %s has the label %q, which is none of the type's: %s", value.Name(), label, someLabels(b.typ.Labels))
		case alias:
			continue
		case values[label] != nil:
			return conv{}, fmt.Errorf("values of enum %s have the label %q twice", enum.FullName(), label)
		}
		values[label] = protowire.AppendVarint(nil, uint64(num))
		labels[int32(num)] = label
	}
	for _, label := range b.typ.Labels {
		if values[label] == nil {
			return conv{}, fmt.Errorf("no value of enum %s has the label %q", enum.FullName(), label)
		}
	}
	name, zero := b.typ.Name, zeroName(enum)
	return conv{func(dst, src []byte) ([]byte, error) {
		value, ok := values[string(src)]
		if !ok {
			return dst, precondition("the label %s of %s has no value in enum %s; pull the .proto again", shown(src), name, enum.FullName())
		}
		return append(dst, value...), nil
	}, func(dst []byte, num uint64, _ []byte) ([]byte, error) {
		label, ok := labels[int32(num)]
		switch {
		case ok:
			return append(dst, label...), nil
		case int32(num) == 0:
			return dst, invalid("%s is not a value that can be stored; one of the others is required", zero)
		default:
			return dst, invalid("%d is not a value of enum %s", int32(num), enum.FullName())
		}
	}}, nil
}

// labelOf is the label that a value of an enum says it stands for.
func labelOf(value protoreflect.EnumValueDescriptor) (string, bool) {
	if !proto.HasExtension(value.Options(), rowgatev1.E_Label) {
		return "", false
	}
	label, _ := proto.GetExtension(value.Options(), rowgatev1.E_Label).(string)
	return label, true
}

func zeroName(enum protoreflect.EnumDescriptor) protoreflect.Name {
	if value := enum.Values().ByNumber(0); value != nil {
		return value.Name()
	}
	return "0"
}

// enumLabel plans an enum type as a string, its label.
func enumLabel(b *binding) (conv, error) {
	labels := make(map[string]struct{}, len(b.typ.Labels))
	for _, label := range b.typ.Labels {
		labels[label] = struct{}{}
	}
	list := someLabels(b.typ.Labels)
	return conv{readText, func(dst []byte, num uint64, s []byte) ([]byte, error) {
		if _, ok := labels[string(s)]; !ok {
			return dst, invalid("%s is not one of %s", shown(s), list)
		}
		return append(dst, s...), nil
	}}, nil
}

// someLabels lists labels for an error.
func someLabels(labels []string) string {
	const most = 20
	if len(labels) > most {
		return strings.Join(labels[:most], ", ") + " and others"
	}
	return strings.Join(labels, ", ")
}
