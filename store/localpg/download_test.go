//go:build linux || darwin

package localpg

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// repository is a Maven repository with one version of Postgres in it, whose
// programs do nothing but name their version.
type repository struct {
	*httptest.Server
	requests atomic.Int32
	broken   atomic.Bool   // the archive ends too early
	blocked  chan struct{} // when not nil, answers wait for its end
	asked    chan struct{} // gets a value at a request that has to wait
}

func newRepository(t *testing.T, version string) *repository {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir()) // The library leaves an empty file there.
	whole := archive(t, map[string]string{
		"bin/postgres":      "#!/bin/sh\necho 'postgres (PostgreSQL) " + version + "'\n",
		"bin/initdb":        "#!/bin/sh\n",
		"bin/pg_ctl":        "#!/bin/sh\necho the library has run pg_ctl >&2\nexit 1\n",
		"share/timezone":    strings.Repeat("UTC\n", 100_000),
		"share/last/of/all": "end\n",
	})
	r := &repository{asked: make(chan struct{}, 1)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.requests.Add(1)
		if r.blocked != nil {
			r.asked <- struct{}{}
			<-r.blocked
		}
		content := jar(t, whole)
		if r.broken.Load() {
			content = jar(t, whole[:len(whole)-1000])
		}
		switch {
		case !strings.Contains(q.URL.Path, "-"+version+".0.jar") && !strings.Contains(q.URL.Path, "-"+version+".jar"):
			http.NotFound(w, q)
		case strings.HasSuffix(q.URL.Path, ".sha256"):
			fmt.Fprintf(w, "%x", sha256.Sum256(content))
		default:
			_, _ = w.Write(content)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func TestDownload(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077)) // The account of Postgres must read it all the same.
	r := newRepository(t, "17.5")
	cache := tempDir(t) + "/cache"
	if err := os.MkdirAll(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	cfg := Config{CacheDir: cache, DownloadURL: r.URL}
	want := Installation{cache + "/postgres-17.5.0/bin", "17.5", 17}
	for range 2 {
		got, err := newTestSearch(t, cfg, cluster{}).run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if got := r.requests.Load(); got != 2 {
		t.Errorf("there were %d requests, want 2: the archive and its checksum", got)
	}
	onlyHas(t, cache, "postgres-17.5.0")
	info, err := os.Stat(cache + "/postgres-17.5.0/share/last/of/all")
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("the last file: %v %v", info, err)
	}
}

func TestDownloadForCluster(t *testing.T) {
	r := newRepository(t, "15.13")
	cache := tempDir(t)
	got, err := newTestSearch(t, Config{CacheDir: cache, DownloadURL: r.URL}, cluster{"/pg", 15}).run(t.Context())
	if want := (Installation{cache + "/postgres-15.13.0/bin", "15.13", 15}); err != nil || got != want {
		t.Errorf("got %+v and %v, want %+v", got, err, want)
	}
	_, err = newTestSearch(t, Config{CacheDir: cache, DownloadURL: r.URL}, cluster{"/pg", 99}).run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "download: no Postgres 99 is offered\n") {
		t.Errorf("got %v", err)
	}
}

func TestBrokenDownload(t *testing.T) {
	r := newRepository(t, "17.5")
	r.broken.Store(true)
	cache := tempDir(t)
	cfg := Config{CacheDir: cache, DownloadURL: r.URL}
	_, err := newTestSearch(t, cfg, cluster{}).run(t.Context())
	if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "download: Postgres 17.5.0: ") {
		t.Errorf("got %v", err)
	}
	onlyHas(t, cache)

	r.broken.Store(false)
	if _, err := newTestSearch(t, cfg, cluster{}).run(t.Context()); err != nil {
		t.Errorf("after the repository was mended: %v", err)
	}
	r.Close()
	cfg.CacheDir = tempDir(t)
	_, err = newTestSearch(t, cfg, cluster{}).run(t.Context())
	if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "unable to connect to "+r.URL) {
		t.Errorf("without a repository: %v", err)
	}
}

func TestStoppedDownload(t *testing.T) {
	r := newRepository(t, "17.5")
	r.blocked = make(chan struct{})
	cache := tempDir(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-r.asked
		cancel()
	}()
	_, err := newTestSearch(t, Config{CacheDir: cache, DownloadURL: r.URL}, cluster{}).run(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	go func() {
		for range r.asked { // The request for the checksum.
		}
	}()
	close(r.blocked)
	eventually(t, "what was downloaded is removed", func() bool {
		entries, _ := os.ReadDir(cache)
		return len(entries) == 0
	})
	time.Sleep(10 * time.Millisecond)
	onlyHas(t, cache)
}

// onlyHas checks what a folder has in it.
func onlyHas(t *testing.T, dir string, names ...string) {
	t.Helper()
	found, err := filepath.Glob(dir + "/{*,.*}")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(names) || len(names) > 0 && entries[0].Name() != names[0] {
		t.Errorf("%s has %v (%v) in it, want %v", dir, entries, found, names)
	}
}

// jar wraps an archive as the repository does.
func jar(t *testing.T, archive []byte) []byte {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	w, err := z.Create("postgres-linux-x86_64.txz")
	if err == nil {
		_, err = w.Write(archive)
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Error(err)
	}
	return buf.Bytes()
}

// archive makes a .tar.xz of files.
func archive(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, name := range []string{"bin/postgres", "bin/initdb", "bin/pg_ctl", "share/timezone", "share/last/of/all"} {
		mode := int64(0o644)
		if strings.HasPrefix(name, "bin/") {
			mode = 0o755
		}
		err := w.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: int64(len(files[name])), Typeflag: tar.TypeReg})
		if err == nil {
			_, err = w.Write([]byte(files[name]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return xz(buf.Bytes())
}

// xz stores data in the .xz format without compressing it
// (https://tukaani.org/xz/xz-file-format.txt).
func xz(data []byte) []byte {
	sum := func(b []byte) []byte { return binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(b)) }
	pad := func(b []byte) []byte { return append(b, make([]byte, -len(b)&3)...) }
	flags := []byte{0, 1} // The check is a CRC32.

	out := append([]byte("\xfd7zXZ\x00"), flags...)
	out = append(out, sum(flags)...)

	header := []byte{2, 0, 0x21, 1, 22, 0, 0, 0} // One filter: LZMA2 with a dictionary of 8 MiB.
	block := append(header, sum(header)...)
	for rest, control := data, byte(1); len(rest) > 0; control = 2 {
		n := min(len(rest), 1<<16)
		block = append(block, control, byte((n-1)>>8), byte(n-1))
		block = append(block, rest[:n]...)
		rest = rest[n:]
	}
	block = append(block, 0)
	unpadded := len(block) + 4
	out = append(out, pad(block)...)
	out = append(out, sum(data)...)

	index := binary.AppendUvarint([]byte{0, 1}, uint64(unpadded))
	index = pad(binary.AppendUvarint(index, uint64(len(data))))
	index = append(index, sum(index)...)
	out = append(out, index...)

	footer := binary.LittleEndian.AppendUint32(nil, uint32(len(index)/4-1))
	footer = append(footer, flags...)
	out = append(out, sum(footer)...)
	out = append(out, footer...)
	return append(out, "YZ"...)
}
