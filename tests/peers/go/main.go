// What do Go's own libraries of transparency logs say of a note, and of an envelope that names it?
//
// golang.org/x/mod/sumdb comes with Go itself; test_go.py puts it beside this file, as it is.
package main

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"strconv"
	"strings"

	"peer/note"
	"peer/tlog"
)

type asked struct {
	Key      string // the verifier's key: name+hash+base64
	Note     string
	Seq      int64 // the number of an entry, from one; none: only the note is looked at
	Leaf     string
	Proof    []string
	Pem      string
	Envelope json.RawMessage
}

type answered struct {
	Origin   string
	Size     int64
	Taken    bool // the note is one of this key
	Included bool // the entry is in the tree that the note tells of
	Signed   bool // the envelope is one of the key in pem
	Why      string
}

func main() {
	var question asked
	if err := json.NewDecoder(os.Stdin).Decode(&question); err != nil {
		panic(err)
	}
	var answer answered
	for _, look := range []func(*asked, *answered) error{checkNote, checkEnvelope} {
		if err := look(&question, &answer); err != nil {
			answer.Why += err.Error() + "; "
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		panic(err)
	}
}

func checkNote(it *asked, say *answered) error {
	verifier, err := note.NewVerifier(it.Key)
	if err != nil {
		return err
	}
	opened, err := note.Open([]byte(it.Note), note.VerifierList(verifier))
	if err != nil {
		return err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 {
		return fmt.Errorf("%d lines", len(lines))
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return err
	}
	say.Origin, say.Taken = lines[0], true
	if say.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || it.Seq == 0 {
		return err
	}
	leaf, err := hex.DecodeString(it.Leaf)
	if err != nil {
		return err
	}
	proof := tlog.RecordProof{}
	for _, text := range it.Proof {
		hash, err := tlog.ParseHash(text)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	if err = tlog.CheckRecord(proof, say.Size, root, it.Seq-1, tlog.Hash(leaf)); err == nil {
		say.Included = true
	}
	return err
}

func checkEnvelope(it *asked, say *answered) error {
	if len(it.Envelope) == 0 {
		return nil
	}
	var envelope struct {
		Payload     []byte
		PayloadType string
		Signatures  []struct{ Sig string }
	}
	if err := json.Unmarshal(it.Envelope, &envelope); err != nil {
		return err
	}
	block, _ := pem.Decode([]byte(it.Pem))
	if block == nil || len(envelope.Signatures) != 1 {
		return fmt.Errorf("no key, or not one signature")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return err
	}
	made, err := base64.StdEncoding.DecodeString(envelope.Signatures[0].Sig)
	if err != nil {
		return err
	}
	kind, payload := envelope.PayloadType, envelope.Payload
	said := fmt.Sprintf("DSSEv1 %d %s %d %s", len(kind), kind, len(payload), payload)
	say.Signed = ed25519.Verify(key.(ed25519.PublicKey), []byte(said), made)
	return nil
}
