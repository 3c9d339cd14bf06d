package wire

import "testing"

func TestArrayMessages(t *testing.T) {
	testBoth(t, []pairCase{
		{typ: arrayOf(textType), decl: "rowgate.v1.Array", bin: "00000000 00000000 00000019", text: `value {}`},
		{
			typ: arrayOf(textType), decl: "rowgate.v1.Array", bin: "00000001 00000001 00000019 00000002 00000001 00000000 ffffffff",
			text: `value {dimensions {size: 2 lower_bound: 1} elements {value: ""} elements {}}`,
		},
		{
			typ: arrayOf(int8Type), decl: "rowgate.v1.Array", bin: "00000002 00000000 00000014 00000001 ffffffff 00000001 80000000 00000008 00000000 00000007",
			text: `value {dimensions {size: 1 lower_bound: -1} dimensions {size: 1 lower_bound: -2147483648} elements {value: "7"}}`,
		},
		// Elements without a string of their own are texts.
		{
			typ: arrayOf(int4Type), decl: "rowgate.v1.Array", bin: "00000001 00000000 00000019 00000001 00000001 00000001 37",
			text: `value {dimensions {size: 1 lower_bound: 1} elements {value: "7"}}`,
		},
	})
	const dimension = "dimensions {size: 1} "
	testWrite(t, []pairCase{
		{typ: arrayOf(textType), decl: "rowgate.v1.Array", bin: "00000001 00000001 00000019 00000001 00000001 ffffffff", text: `value {elements {}}`},
		{typ: arrayOf(textType), decl: "rowgate.v1.Array", bin: "00000001 00000000 00000019 00000001 00000001 00000001 61", text: `value {dimensions {size: 1} elements {value: "a"}}`},
		{
			typ: arrayOf(textType), decl: "rowgate.v1.Array", text: `value {dimensions {size: 2} dimensions {size: 2} elements {} elements {} elements {}}`,
			err: "invalid: value.elements: there are 3, which is not the product of the dimensions' sizes",
		},
		{
			typ: arrayOf(textType), decl: "rowgate.v1.Array", text: `value {dimensions {size: 2147483646} dimensions {size: 2147483646} dimensions {size: 2147483646}}`,
			err: "invalid: value.elements: there are 0, which is not the product of the dimensions' sizes",
		},
		{
			typ: arrayOf(textType), decl: "rowgate.v1.Array", text: `value {dimensions {size: 1} dimensions {}}`,
			err: "invalid: value.dimensions[1].size: it is 0, and a dimension has at least one element",
		},
		{
			typ: arrayOf(textType), decl: "rowgate.v1.Array", text: `value {dimensions {size: -1}}`,
			err: "invalid: value.dimensions[0].size: it is -1, and a dimension has at least one element",
		},
		{
			typ: arrayOf(textType), decl: "rowgate.v1.Array", text: `value {dimensions {size: 1 lower_bound: 2147483647} elements {}}`,
			err: "invalid: value.dimensions[0].lower_bound: the indexes from 2147483647 on would go beyond 2147483646",
		},
		{
			typ: arrayOf(textType), decl: "rowgate.v1.Array", text: `value {` + dimension + dimension + dimension + dimension + dimension + dimension + dimension + `elements {}}`,
			err: "invalid: value.dimensions: there are 7, and an array has at most 6",
		},
		{
			typ: arrayOf(price), decl: "rowgate.v1.Array", text: `value {elements {value: "1"} elements {value: "1.005"}}`,
			err: `out of range: value.elements[1].value: "1.005" does not fit numeric(12,2), which holds 2 digits after the point`,
		},
	})
	testRead(t, []pairCase{
		{
			typ: arrayOf(textType), decl: "rowgate.v1.Array", bin: "00000001 00000000 00000019 00000002 00000001 00000000 00000001 ff",
			err: `precondition: column "col": item 2 of the array: the text is not valid UTF-8, which protobuf strings must be`,
		},
		{typ: arrayOf(textType), decl: "rowgate.v1.Array", bin: "00000007 00000000 00000019", err: changed("text[]")},
		{typ: arrayOf(textType), decl: "rowgate.v1.Array", bin: "00000001 00000000 00000019", err: changed("text[]")},
		{typ: arrayOf(textType), decl: "rowgate.v1.Array", bin: "00000001 00000000 00000017 00000001 00000001 ffffffff", err: changed("text[]")},
		{typ: arrayOf(textType), decl: "rowgate.v1.Array", bin: "00000001 00000000 00000019 00000000 00000001", err: changed("text[]")},
		{typ: arrayOf(textType), decl: "rowgate.v1.Array", bin: "00000001 00000000 00000019 ffffffff 00000001", err: changed("text[]")},
		{typ: arrayOf(textType), decl: "rowgate.v1.Array", bin: "00000001 00000000 00000019 00000001 00000001", err: changed("text[]")},
		{typ: arrayOf(textType), decl: "rowgate.v1.Array", bin: "00000000 00000000 00000019 00", err: changed("text[]")},
	})
}
