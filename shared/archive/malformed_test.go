package archive_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"
	"time"
)

// at is where a member stands in whole.
func at(t *testing.T, files []file, name string) int {
	t.Helper()
	i := slices.IndexFunc(files, func(f file) bool { return f.name == name })
	if i < 0 {
		t.Fatal("there is no " + name)
	}
	return i
}

func TestWhatIsNotOfTheFormIsRefusedWithAReason(t *testing.T) {
	// Changes of the list of members.
	edit := func(name string, change func(f []file, i int) []file) func(*testing.T) []byte {
		return func(t *testing.T) []byte {
			files := whole()
			return zip(t, tarOf(t, change(files, at(t, files, name))))
		}
	}
	drop := func(f []file, i int) []file { return slices.Delete(f, i, i+1) }
	double := func(f []file, i int) []file { return slices.Insert(f, i, f[i]) }
	content := func(text string) func([]file, int) []file {
		return func(f []file, i int) []file { f[i].content = text; return f }
	}
	rename := func(name string) func([]file, int) []file {
		return func(f []file, i int) []file { f[i].name = name; return f }
	}
	header := func(change func(*tar.Header)) func([]file, int) []file {
		return func(f []file, i int) []file { f[i].change = change; return f }
	}
	// Changes of the bytes.
	raw := func(change func(plain []byte) []byte) func(*testing.T) []byte {
		return func(t *testing.T) []byte { return zip(t, change(tarOf(t, whole()))) }
	}
	packed := func(change func(packed []byte) []byte) func(*testing.T) []byte {
		return func(t *testing.T) []byte { return change(zip(t, tarOf(t, whole()))) }
	}
	headed := func(change func(*gzip.Header)) func(*testing.T) []byte {
		return func(t *testing.T) []byte { return zip(t, tarOf(t, whole()), change) }
	}
	large := strings.Repeat("x", 1<<20)
	for name, c := range map[string]struct {
		bytes func(*testing.T) []byte
		says  string
	}{
		"nothing":                       {func(*testing.T) []byte { return nil }, "not a gzipped file"},
		"no gzip":                       {func(t *testing.T) []byte { return tarOf(t, whole()) }, "not a gzipped file"},
		"a gzip of nothing":             {func(t *testing.T) []byte { return zip(t, nil) }, "ends after its beginning"},
		"a gzip of text":                {func(t *testing.T) []byte { return zip(t, []byte("hello")) }, "cut off"},
		"an empty tar":                  {func(t *testing.T) []byte { return zip(t, tarOf(t, nil)) }, "ends after its beginning"},
		"a name in the gzip header":     {headed(func(h *gzip.Header) { h.Name = "x.tar" }), "gzip header"},
		"a time in the gzip header":     {headed(func(h *gzip.Header) { h.ModTime = time.Unix(1e9, 0) }), "gzip header"},
		"half of it":                    {packed(func(b []byte) []byte { return b[:len(b)/2] }), "cut off"},
		"all but the last byte":         {packed(func(b []byte) []byte { return b[:len(b)-1] }), "cut off"},
		"a wrong checksum":              {packed(func(b []byte) []byte { b[len(b)-6] ^= 1; return b }), "checksum"},
		"a byte after it":               {packed(func(b []byte) []byte { return append(b, 0) }), "more after the end of its compressed data"},
		"another archive after it":      {packed(func(b []byte) []byte { return append(b, b...) }), "more after the end of its compressed data"},
		"the tar's end cut off":         {raw(func(b []byte) []byte { return b[:len(b)-512] }), "end of its tar is cut off"},
		"no end of the tar":             {raw(func(b []byte) []byte { return b[:len(b)-1024] }), "end of its tar is cut off"},
		"padding after the tar":         {raw(func(b []byte) []byte { return append(b, make([]byte, 512)...) }), "more after the end of its tar"},
		"a tar after the tar":           {raw(func(b []byte) []byte { return append(b, b...) }), "more after the end of its tar"},
		"a header's checksum":           {raw(func(b []byte) []byte { b[148] ^= 1; return b }), "invalid tar header"},
		"a bit of a header":             {raw(func(b []byte) []byte { b[300] ^= 1; return b }), "invalid tar header"},
		"no manifest":                   {edit("photofinish.json", drop), "cannot come after its beginning"},
		"a manifest twice":              {edit("photofinish.json", double), "cannot come after photofinish.json"},
		"another format":                {edit("photofinish.json", content(strings.Replace(manifest, "archive 1", "archive 2", 1))), "its format is"},
		"white space in the manifest":   {edit("photofinish.json", content(manifest+"\n")), "not in the form"},
		"a manifest with more":          {edit("photofinish.json", content(strings.Replace(manifest, `{`, `{"more":1,`, 1))), "unknown field"},
		"a manifest that is no JSON":    {edit("photofinish.json", content("{")), "cut off"},
		"a number as a text":            {edit("photofinish.json", content(strings.Replace(manifest, ":2", `:"2"`, 1))), "cannot unmarshal"},
		"no keys":                       {edit("keys.json", drop), "cannot come after photofinish.json"},
		"large keys":                    {edit("keys.json", content(large)), "at most 65536 can be right"},
		"no teams":                      {edit("teams.json", drop), "cannot come after keys.json"},
		"teams that are null":           {edit("teams.json", content("null")), "holds no teams"},
		"a team twice":                  {edit("teams.json", content(`{"red":"a","red":"b"}`)), "not in the form"},
		"teams before keys":             {edit("keys.json", func(f []file, i int) []file { f[i], f[i+1] = f[i+1], f[i]; return f }), "cannot come after photofinish.json"},
		"a definition twice":            {edit("definitions/"+hash+".json", double), "twice"},
		"a definition after the blocks": {edit("certificate", rename("definitions/"+strings.Repeat("b", 64)+".json")), "cannot come after blocks/00000002/entries"},
		"a short hash":                  {edit("definitions/"+hash+".json", rename("definitions/0a.json")), "which no archive has"},
		"a hash in capitals":            {edit("definitions/"+hash+".json", rename("definitions/"+strings.ToUpper(hash)+".json")), "which no archive has"},
		"a file that nobody knows":      {edit("certificate", rename("notes.txt")), "which no archive has"},
		"a path upwards":                {edit("certificate", rename("../certificate")), "which no archive has"},
		"a path within":                 {edit("certificate", rename("blocks/../certificate")), "which no archive has"},
		"an absolute path":              {edit("certificate", rename("/certificate")), "which no archive has"},
		"a path from here":              {edit("certificate", rename("./certificate")), "which no archive has"},
		"a folder":                      {edit("certificate", header(func(h *tar.Header) { h.Typeflag, h.Size = tar.TypeDir, 0 })), "plain file"},
		"a link":                        {edit("certificate", header(func(h *tar.Header) { h.Typeflag, h.Size, h.Linkname = tar.TypeSymlink, 0, "/etc/passwd" })), "plain file"},
		"a time":                        {edit("certificate", header(func(h *tar.Header) { h.ModTime = time.Unix(1, 0) })), "holds a time"},
		"an owner":                      {edit("certificate", header(func(h *tar.Header) { h.Uid = 1000 })), "holds an owner"},
		"another mode":                  {edit("certificate", header(func(h *tar.Header) { h.Mode = 0o755 })), "another mode"},
		"the format of another tar":     {edit("certificate", header(func(h *tar.Header) { h.Format = tar.FormatGNU })), "USTAR"},
		"a pax header": {edit("certificate", header(func(h *tar.Header) {
			h.Format, h.PAXRecords = tar.FormatPAX, map[string]string{"X.y": "z"}
		})), "USTAR"},
		"a block's number zero":     {edit("blocks/00000001/block.json", rename("blocks/00000000/block.json")), "which no archive has"},
		"a block's number in short": {edit("blocks/00000001/block.json", rename("blocks/1/block.json")), "which no archive has"},
		"a block of another number": {edit("blocks/00000001/block.json", content(two)), "says that it is block 2"},
		"a block that is no block":  {edit("blocks/00000001/block.json", content(`[]`)), "cannot unmarshal"},
		"a block of no stamps":      {edit("blocks/00000001/block.json", content(strings.Replace(one, "1764000000001.000", "1764000000001", 1))), "want 13 digits"},
		"a block with more":         {edit("blocks/00000001/block.json", content(strings.Replace(one, `{`, `{"more":1,`, 1))), "unknown field"},
		"a large block":             {edit("blocks/00000001/block.json", content(large+"x")), "at most 1048576 can be right"},
		"blocks in another order": {edit("blocks/00000001/block.json", func(f []file, i int) []file {
			return append(f[:i:i], append(f[i+3:i+5:i+5], append(f[i:i+3:i+3], f[i+5:]...)...)...)
		}), "cannot come after blocks/00000002/entries"},
		"a block twice":               {edit("blocks/00000002/block.json", func(f []file, i int) []file { return slices.Insert(f, i, f[i:i+2]...) }), "cannot come after blocks/00000002/entries"},
		"a block without entries":     {edit("blocks/00000001/entries", drop), "cannot come after blocks/00000001/checkpoint"},
		"entries without a block":     {edit("blocks/00000001/block.json", drop), "cannot come after definitions"},
		"another block's checkpoint":  {edit("blocks/00000001/checkpoint", rename("blocks/00000002/checkpoint")), "cannot come after blocks/00000001/block.json"},
		"an empty checkpoint":         {edit("blocks/00000001/checkpoint", content("")), "is empty"},
		"a checkpoint after entries":  {edit("blocks/00000001/checkpoint", func(f []file, i int) []file { f[i], f[i+1] = f[i+1], f[i]; return f }), "cannot come after blocks/00000001/entries"},
		"a line that does not end":    {edit("blocks/00000001/entries", content("pf1 a\npf1 b")), "does not end"},
		"a line that is too long":     {edit("blocks/00000001/entries", content(large+"\n")), "longer than 512 KB"},
		"a last line without an end":  {edit("blocks/00000001/entries", content(large)), "longer than 512 KB"},
		"a certificate twice":         {edit("certificate", double), "cannot come after certificate"},
		"a certificate after a board": {edit("certificate", func(f []file, i int) []file { f[i], f[i+1] = f[i+1], f[i]; return f }), "cannot come after board.json"},
		"no board":                    {edit("board.json", drop), "ends after certificate"},
		"a board twice":               {edit("board.json", double), "cannot come after board.json"},
		"more after the board":        {edit("board.json", func(f []file, i int) []file { return append(f, file{name: "keys.json", content: keys}) }), "cannot come after board.json"},
	} {
		t.Run(name, func(t *testing.T) {
			told, err := read(c.bytes(t))
			if err == nil {
				t.Fatalf("it was read:\n%s", told)
			}
			if !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "archive: ") {
				t.Errorf("the error is %q; want %q in it", err, c.says)
			}
		})
	}
}

func TestAMemberThatClaimsToBeEnormousIsRefusedUnread(t *testing.T) {
	plain := tarOf(t, whole())
	i := bytes.Index(plain, []byte("board.json\x00"))
	copy(plain[i+124:], "77777777777\x00") // 8 GB, in octal
	copy(plain[i+148:], "        ")
	sum := 0
	for _, c := range plain[i : i+512] {
		sum += int(c)
	}
	copy(plain[i+148:], []byte{'0' + byte(sum>>15&7), '0' + byte(sum>>12&7), '0' + byte(sum>>9&7), '0' + byte(sum>>6&7), '0' + byte(sum>>3&7), '0' + byte(sum&7), 0, ' '})
	if _, err := read(zip(t, plain)); err == nil || !strings.Contains(err.Error(), "at most 134217728 can be right") {
		t.Error(err)
	}
}

func TestNoCutArchiveIsReadAndNoneMakesTheReaderPanic(t *testing.T) {
	packed := write(t)
	for n := range packed {
		if _, err := read(packed[:n]); err == nil {
			t.Errorf("its first %d bytes were read as whole", n)
		}
		changed := bytes.Clone(packed)
		changed[n] ^= 0x10
		if told, err := read(changed); err == nil {
			if whole, _ := read(packed); told != whole {
				t.Errorf("with byte %d changed it reads as\n%s", n, told)
			}
		}
	}
}
