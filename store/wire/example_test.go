package wire_test

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/rowgate/rowgate/store/wire"
)

// A column is bound to a field once; then rows become messages and messages
// become parameters.
func Example() {
	field := (*wrapperspb.StringValue)(nil).ProtoReflect().Descriptor().Fields().ByName("value")
	codec, err := wire.NewCodec(wire.Column{
		Name:  "price",
		Type:  wire.Type{OID: 1700, Name: "numeric(12,2)", Typmod: 12<<16 + 2 + 4},
		Field: field,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	plan := wire.NewPlan([]*wire.Codec{codec})
	fmt.Print(plan)

	// 19.99 as Postgres sends it: two digits of base 10000.
	row := [][]byte{{0, 2, 0, 0, 0, 0, 0, 2, 0, 19, 38, 172}}
	message, err := plan.AppendRow(nil, row)
	if err != nil {
		fmt.Println(err)
		return
	}
	var read wrapperspb.StringValue
	if err := proto.Unmarshal(message, &read); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(read.Value)

	// And back.
	decoder := wire.NewDecoder([]protoreflect.FieldDescriptor{field})
	values, err := decoder.Decode(nil, message)
	if err != nil {
		fmt.Println(err)
		return
	}
	param, err := codec.AppendParam(nil, values[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(param)

	// Nothing is rounded.
	_, err = codec.AppendParam(nil, wire.Value{Present: true, Bytes: []byte("1.005")})
	fmt.Println(err)

	// Output:
	// price numeric(12,2) <-> string value = 1
	// 19.99
	// [0 2 0 0 0 0 0 2 0 19 38 172]
	// value: "1.005" does not fit numeric(12,2), which holds 2 digits after the point
}

func ExampleNewCodec_illegal() {
	_, err := wire.NewCodec(wire.Column{
		Name:  "price",
		Type:  wire.Type{OID: 1700, Name: "numeric(12,2)", Typmod: 12<<16 + 2 + 4},
		Field: (*wrapperspb.DoubleValue)(nil).ProtoReflect().Descriptor().Fields().ByName("value"),
	})
	fmt.Println(err)
	// Output:
	// column "price" of type numeric(12,2) cannot be bound to field "value" of type double; legal: string, google.type.Decimal
}

func ExampleLegal() {
	timestamp := wire.Type{OID: 1114, Name: "timestamp without time zone", Typmod: -1}
	fmt.Println(wire.Legal(timestamp))
	// Output: [google.type.DateTime string]
}
