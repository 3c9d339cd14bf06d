package descriptor_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/service/descriptor"
)

// root is the repository.
const root = "../.."

func names(s *descriptor.Set) []string {
	var all []string
	for _, sd := range s.Services() {
		all = append(all, string(sd.FullName()))
	}
	return all
}

var exampleServices = []string{
	"app.v1.CommentService", "app.v1.ItemService", "app.v1.PostService", "app.v1.ProfileService", "app.v1.TransactionService",
	"byhand.v1.StockService",
	"rowgate.admin.v1.AdminService",
}

func TestLoadFolder(t *testing.T) {
	set, err := descriptor.Load(t.Context(), filepath.Join(root, "proto"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(exampleServices, names(set)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	checkOptions(t, set)
	d, err := set.Files.FindDescriptorByName("app.v1.Item.title")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(root, "proto/app/v1/resources.proto"))
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(source), "string title = 3")
	line := strings.Count(before, "\n") + 1
	position := set.Position(d)
	if want := filepath.Join(root, "proto/app/v1/resources.proto"); !strings.HasPrefix(position, want+":"+strconv.Itoa(line)+":") {
		t.Errorf("Position: %s, want line %d of %s", position, line, want)
	}
}

// checkOptions sees that options have the types that the program knows.
func checkOptions(t *testing.T, set *descriptor.Set) {
	t.Helper()
	d, err := set.Files.FindDescriptorByName("app.v1.Item")
	if err != nil {
		t.Fatal(err)
	}
	relation, ok := proto.GetExtension(d.Options(), rowgatev1.E_Relation).(*rowgatev1.Relation)
	if !ok || relation.GetName() != "items" {
		t.Errorf("the relation option is %v", relation)
	}
}

func TestLoadImage(t *testing.T) {
	image := filepath.Join(t.TempDir(), "image.binpb")
	cmd := exec.CommandContext(t.Context(), "go", "tool", "-modfile=tools.mod", "buf", "build", "-o", image)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	set, err := descriptor.Load(t.Context(), image)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(exampleServices, names(set)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	checkOptions(t, set)
}

func TestLoadErrors(t *testing.T) {
	broken := fstest.MapFS{
		"a.proto":      {Data: []byte("syntax = \"proto3\";\npackage a;\nmessage A {\n  Missing m = 1;\n  Gone n = 2;\n}\n")},
		"b.proto":      {Data: []byte("syntax = \"proto3\";\npackage b;\nmessage B {\n  a.A a = 1;\n}\n")},
		".git/c.proto": {Data: []byte("not read")},
	}
	_, err := descriptor.LoadFS(t.Context(), broken, "dir")
	if err == nil {
		t.Fatal("broken sources are accepted")
	}
	for _, want := range []string{"dir/a.proto:4:3: ", "unknown type Missing", "dir/a.proto:5:3: ", "unknown type Gone", "dir/b.proto:4:3: "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in:\n%v", want, err)
		}
	}

	if _, err := descriptor.LoadFS(t.Context(), fstest.MapFS{}, "dir"); err == nil || err.Error() != "dir holds no .proto file" {
		t.Errorf("an empty folder: %v", err)
	}
	text := filepath.Join(t.TempDir(), "image.txt")
	if err := os.WriteFile(text, []byte("no image"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := text + " is neither a folder nor a buf image in binary form (buf build -o image.binpb)"
	if _, err := descriptor.Load(t.Context(), text); err == nil || err.Error() != want {
		t.Errorf("a text file: %v", err)
	}
	if _, err := descriptor.Load(t.Context(), "nowhere"); err == nil || !strings.Contains(err.Error(), "the proto folder or image") {
		t.Errorf("no file: %v", err)
	}
}
