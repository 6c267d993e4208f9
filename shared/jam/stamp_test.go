package jam

import (
	"cmp"
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func anyStamp() *rapid.Generator[Stamp] {
	return rapid.Custom(func(t *rapid.T) Stamp {
		return Stamp{
			Milli: rapid.Int64Range(0, maxMilli).Draw(t, "milli"),
			Slot:  rapid.IntRange(0, MaxSlot).Draw(t, "slot"),
		}
	})
}

func TestTheOrderOfStampsIsThatOfTheirTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyStamp().Draw(t, "a"), anyStamp().Draw(t, "b")
		if rapid.Bool().Draw(t, "same millisecond") {
			b.Milli = a.Milli
		}
		want := cmp.Compare(a.String(), b.String())
		if a.Compare(b) != want || b.Compare(a) != -want || a.Before(b) != (want < 0) {
			t.Fatalf("%s against %s: %d, their texts %d", a, b, a.Compare(b), want)
		}
	})
}

func TestAStampComesBackFromItsTextAndItsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyStamp().Draw(t, "s")
		if parsed, err := ParseStamp(s.String()); err != nil || parsed != s || !s.Valid() {
			t.Fatalf("%s came back as %s, %v", s, parsed, err)
		}
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		again := Stamp{Milli: 1}
		if err := json.Unmarshal(b, &again); err != nil || again != s {
			t.Fatalf("%s came back as %s, %v", b, again, err)
		}
	})
}

func TestWhatIsNoStampIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "0", "1764000000123", "1764000000123.0000", "176400000012.0000", "1764000000123,000", "176400000012x.000",
		"1764000000123.00x", "-764000000123.000", "+764000000123.000", "1764000000123.+00", " 764000000123.000",
	} {
		if s, err := ParseStamp(text); err == nil {
			t.Errorf("%q is read as %s", text, s)
		}
	}
	for _, text := range []string{`""`, `7`, `"1764000000123"`, `{}`} {
		var s Stamp
		if err := json.Unmarshal([]byte(text), &s); err == nil {
			t.Errorf("%s is read as %s", text, s)
		}
	}
	for _, s := range []Stamp{{Milli: -1}, {Milli: maxMilli + 1}, {Slot: -1}, {Slot: MaxSlot + 1}} {
		if s.Valid() {
			t.Errorf("%+v is valid", s)
		}
	}
}

func TestAMillisecondHoldsAllOfItsSlots(t *testing.T) {
	at := time.Date(2026, 12, 2, 10, 0, 0, 123_999_999, time.FixedZone("KST", 9*3600))
	first, last := StampAt(at), LastStampAt(at)
	if first.String() != "1796173200123.000" || last.String() != "1796173200123.999" {
		t.Errorf("from %s to %s", first, last)
	}
	if !first.Time().Equal(at.Truncate(time.Millisecond)) || first.Time().Location() != time.UTC {
		t.Errorf("its time is %s", first.Time())
	}
}

func TestTimesTravelInUTCToTheMillisecond(t *testing.T) {
	var at Time
	if err := json.Unmarshal([]byte(`"2026-12-02T10:00:00.123987+09:00"`), &at); err != nil {
		t.Fatal(err)
	}
	if b, err := json.Marshal(at); err != nil || string(b) != `"2026-12-02T01:00:00.123Z"` {
		t.Errorf("it is written as %s, %v", b, err)
	}
	if b, err := json.Marshal(Time{}); err != nil || string(b) != "null" {
		t.Errorf("no time is written as %s, %v", b, err)
	}
	for _, text := range []string{`"2026-12-02"`, `"2026-12-02T10:00:00"`, `1796173200`, `"soon"`} {
		if err := json.Unmarshal([]byte(text), &at); err == nil {
			t.Errorf("%s is read as %s", text, at)
		}
	}
	if err := json.Unmarshal([]byte("null"), &at); err != nil || !at.IsZero() {
		t.Errorf("null is read as %s, %v", at, err)
	}
}
