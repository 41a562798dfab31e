// Verifies checkpoints, tiles and proofs of a log with the code of Go's own checksum database. Reads one JSON document a line
// from standard input, and prints how much of each kind it has verified; ends with 1 at the first that does not hold.
//
//	{"key": "…", "directory": "…"}                         which log: its verifier key, and where its tiles are
//	{"checkpoint": "…"}                                    a signed note
//	{"old": "…", "new": "…", "growth": ["base64", …]}      two checkpoints, and the proof that the first is how the second began
//	{"checkpoint": "…", "record": "…", "index": 0, "path": ["base64", …]}
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type line struct {
	Key, Directory, Checkpoint, Old, New string
	Record                               *string
	Index                                int64
	Path, Growth                         []string
}

type log struct {
	verifiers note.Verifiers
	name      string
	directory string
}

func main() {
	var here log
	counts := map[string]int{}
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	decoder := json.NewDecoder(input)
	for decoder.More() {
		var next line
		check(decoder.Decode(&next))
		switch {
		case next.Key != "":
			verifier, err := note.NewVerifier(next.Key)
			check(err)
			here = log{note.VerifierList(verifier), verifier.Name(), next.Directory}
		case next.Old != "":
			older, newer := here.open(next.Old), here.open(next.New)
			check(tlog.CheckTree(hashes(next.Growth), newer.N, newer.Hash, older.N, older.Hash))
			counts["consistency proofs"]++
		case next.Record != nil:
			tree := here.open(next.Checkpoint)
			leaf := tlog.RecordHash([]byte(*next.Record))
			check(tlog.CheckRecord(hashes(next.Path), tree.N, tree.Hash, next.Index, leaf))
			counts["inclusion proofs"]++
		default:
			tree := here.open(next.Checkpoint)
			here.checkTiles(tree)
			counts["checkpoints"]++
		}
	}
	check(json.NewEncoder(os.Stdout).Encode(counts))
}

// open verifies the signature of a checkpoint, and that it is one of this log.
func (l log) open(text string) tlog.Tree {
	signed, err := note.Open([]byte(text), l.verifiers)
	check(err)
	lines := strings.Split(signed.Text, "\n")
	if lines[0] != l.name {
		check(fmt.Errorf("the origin is %q", lines[0]))
	}
	// Go's own trees have another first line.
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + strings.Join(lines[1:], "\n")))
	check(err)
	return tree
}

// checkTiles reads all hashes of the first level through Go's reader, which holds every tile to the root.
func (l log) checkTiles(tree tlog.Tree) {
	reader := tlog.TileHashReader(tree, tileReader{l.directory})
	for first := int64(0); first < tree.N; first += 256 {
		_, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, first)})
		check(err)
	}
}

type tileReader struct{ directory string }

func (tileReader) Height() int                                { return 8 }
func (tileReader) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

// ReadTiles finds tiles where C2SP tlog-tiles has them: Go's paths have the height of a tile in front.
func (t tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := filepath.Join(t.directory, "tile", strings.TrimPrefix(tile.Path(), "tile/8/"))
		data, err := os.ReadFile(path)
		if err != nil && tile.W < 256 {
			full := tile
			full.W = 256
			data, err = os.ReadFile(filepath.Join(t.directory, "tile", strings.TrimPrefix(full.Path(), "tile/8/")))
			if err == nil {
				data = data[:tile.W*32]
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func hashes(encoded []string) []tlog.Hash {
	var all []tlog.Hash
	for _, text := range encoded {
		bytes, err := base64.StdEncoding.DecodeString(text)
		check(err)
		var hash tlog.Hash
		if copy(hash[:], bytes) != len(hash) {
			check(fmt.Errorf("%q is no hash", text))
		}
		all = append(all, hash)
	}
	return all
}

func check(err error) {
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
