package simulation_test

// mistake is one thing that the core could do wrong: an edit of its source, guarded by a switch of the mistake's name.
type mistake struct {
	name string // of the switch
	what string
	file string // below shared/
	old  string // stands in the file exactly once
	new  string // the same with the mistake in it; mistaken("") stands for its switch
	also []edit
}

// edit is a further edit of the same file.
type edit struct{ old, new string }

// mistakes are those of the mutation table.
var mistakes = []mistake{
	{
		name: "handler-time", what: "stamps by the handler's time", file: "ledger/append.go",
		old: "if r.Gateway != 0 && !r.Late {", new: "if r.Gateway != 0 && !r.Late && !mistaken() {",
	},
	{
		name: "retry-time", what: "stamps a retry anew", file: "ledger/append.go",
		old: "	if a.at == nil {\n", new: "	if mistaken() && len(a.doubtful) > 0 {\n		a.at, a.milli = nil, a.Now().UnixMilli()\n	}\n	if a.at == nil {\n",
	},
	{
		name: "eight-seconds", what: "commits eight seconds after the stamp", file: "ledger/append.go",
		old: "	return a.Now().UnixMilli()-a.since() >= ", new: "	return !mistaken() && a.Now().UnixMilli()-a.since() >= ",
	},
	{
		name: "slot-condition", what: "drops the slot's condition", file: "ledger/append.go",
		old: "	sent := a.Now()\n",
		new: "	sent := a.Now()\n	if mistaken() {\n		now, _ := a.Store.Get(ctx, writes[0].Key)\n		writes[0] = store.PutVersion(writes[0].Key, now[writes[0].Key].Version, writes[0].Body)\n	}\n",
	},
	{
		name: "state-condition", what: "drops the state's condition", file: "ledger/append.go",
		old: "	if a.tooOld() { // looked",
		new: "	if mistaken() {\n		now, _ := a.Store.Get(ctx, stateKey)\n		writes[1] = store.PutVersion(stateKey, now[stateKey].Version, writes[1].Body)\n	}\n	if a.tooOld() { // looked",
	},
	{
		name: "key-condition", what: "drops the key's condition", file: "ledger/append.go",
		old: "	if err := a.Store.Commit(ctx, writes...); err != nil {\n",
		new: "	if mistaken() {\n		now, _ := a.Store.Get(ctx, idemKey)\n		writes[2] = store.PutVersion(idemKey, now[idemKey].Version, writes[2].Body)\n	}\n	if err := a.Store.Commit(ctx, writes...); err != nil {\n",
	},
	{
		name: "key-apart", what: "writes the key in a commit of its own, afterwards", file: "ledger/append.go",
		old: "	a.committed(decision, sent)\n	return done, false, nil\n",
		new: "	a.committed(decision, sent)\n	if mistaken() {\n		_ = a.Store.Commit(ctx, key)\n	}\n	return done, false, nil\n",
		also: []edit{
			{old: "	if a.Beside != nil {\n", new: "	key := writes[2]\n	if a.Beside != nil {\n"},
			{old: "		writes = append(writes, beside...)\n	}\n", new: "		writes = append(writes, beside...)\n	}\n	if mistaken() {\n		writes = append(writes[:2:2], writes[3:]...)\n	}\n"},
			{old: "record: writes[2].Body", new: "record: key.Body"},
		},
	},
	{
		name: "unknown-is-failure", what: "takes an unknown outcome for a failure", file: "ledger/outcome.go",
		old: "		a.doubtful = append(a.doubtful, sent)\n", new: "		if !mistaken() {\n			a.doubtful = append(a.doubtful, sent)\n		}\n",
	},
	{
		name: "unknown-is-success", what: "takes an unknown outcome for a success", file: "ledger/outcome.go",
		old: "	case !ok:\n", new: "	case !ok && mistaken():\n		a.committed(sent.decision, time.Time{})\n		return sent.done, false, nil\n	case !ok:\n",
	},
	{
		name: "refuse-at-once", what: "refuses before it has looked at the key", file: "ledger/outcome.go",
		old: "	items, err := a.Store.Get(ctx, idemKey)\n", new: "	if mistaken() {\n		return Done{}, false, refusal\n	}\n	items, err := a.Store.Get(ctx, idemKey)\n",
	},
	{
		name: "any-reply", what: "gives a key's reply to any request", file: "ledger/outcome.go",
		old: "if r.Request != a.Command.Fingerprint {", new: "if r.Request != a.Command.Fingerprint && !mistaken() {",
	},
	{
		name: "not-handed-on", what: "does not hand on what it finds committed after a lost reply", file: "ledger/outcome.go",
		old: "			a.committed(own.decision, time.Time{})\n", new: "			if !mistaken() {\n				a.committed(own.decision, time.Time{})\n			}\n",
	},
	{
		name: "remembered-state", what: "decides by a state that it remembers, whatever its version", file: "ledger/state.go",
		old: "if ok && t.Version == item.Version {", new: "if ok && (t.Version == item.Version || mistaken()) {",
	},
	{
		name: "old-clock", what: "remembers the clock for minutes", file: "ledger/state.go",
		old: "age < rules.ClockCache\n", new: "(age < rules.ClockCache || mistaken() && age < 5*time.Minute)\n",
	},
	{
		name: "no-settle", what: "seals what has not settled", file: "ledger/seal.go",
		old: "	through := jam.LastStampAt(now.Add(-Settle))\n",
		new: "	through := jam.LastStampAt(now.Add(-Settle))\n	if mistaken() {\n		through = jam.LastStampAt(now)\n	}\n",
	},
	{
		name: "any-clock", what: "seals by a clock that nobody has checked", file: "ledger/seal.go",
		old: "if skew.Abs() > MaxSkew {", new: "if skew.Abs() > MaxSkew && !mistaken() {",
	},
	{
		name: "tail-first", what: "reads the tail before the head", file: "ledger/seal.go",
		old: "		if err := s.Reader.Refresh(ctx); err != nil {\n			return done, err\n		}\n		last := s.Reader.Newest()\n",
		new: "		if mistaken() {\n			early, full, err := s.unsealed(ctx, s.Reader.Newest().End, through)\n			if err != nil {\n				return done, err\n			}\n			if !full {\n				tails.Store(s, early)\n			}\n		}\n		if err := s.Reader.Refresh(ctx); err != nil {\n			return done, err\n		}\n		last := s.Reader.Newest()\n",
		also: []edit{{
			old: "	leaves, full, err := s.unsealed(ctx, from, through)\n",
			new: "	leaves, full, err := s.unsealed(ctx, from, through)\n	if early, ok := tails.LoadAndDelete(s); ok && mistaken() {\n		leaves = early.([]leaf)\n	}\n",
		}},
	},
	{
		name: "no-look-back", what: "never looks back for what came late", file: "ledger/seal.go",
		old: "if now.Sub(s.looked).Abs() >= lookBackEvery ||", new: "if now.Sub(s.looked).Abs() >= lookBackEvery && !mistaken() ||",
	},
	{
		name: "sign-unread", what: "signs a block that was not read back", file: "ledger/seal.go",
		old: "	return err == nil, nil\n}\n\n// fillCheckpoint", new: "	if mistaken() {\n		return err == nil, s.fillCheckpoint(ctx, b)\n	}\n	return err == nil, nil\n}\n\n// fillCheckpoint",
	},
	{
		name: "keeps-lost-block", what: "goes on from its own block after a rival's was put", file: "ledger/seal.go",
		old: "			s.looked = time.Time{} // the rival", new: "			if mistaken() {\n				_ = s.Reader.append(block)\n			}\n			s.looked = time.Time{} // the rival",
	},
	{
		name: "time-cursor", what: "keeps a cursor by time when it reads the tail", file: "ledger/reader.go",
		old: "	var leaves []Leaf\n	err := r.span(ctx, from, lastStamp, func(at jam.Stamp, body []byte) {\n",
		new: "	var leaves []Leaf\n	if last, ok := tails.Load(r); ok && mistaken() && from.Before(last.(jam.Stamp)) {\n		from = last.(jam.Stamp)\n	}\n	err := r.span(ctx, from, lastStamp, func(at jam.Stamp, body []byte) {\n		if mistaken() {\n			tails.Store(r, at)\n		}\n",
	},
	{
		name: "late-own-stamp", what: "lets what came late count from its own stamp", file: "board/board.go",
		old: "	at := placeOf(stamp)\n	if f.late[at] == placeOf(floor) {\n", new: "	at := placeOf(stamp)\n	if f.late[at] == placeOf(floor) || mistaken() {\n",
	},
	{
		name: "finality-waits-for-nobody", what: "calls final what waits for a verdict", file: "board/final.go",
		old: "	if !f.mayHold(x) {\n		return false\n	}\n	if f.kinds", new: "	if !f.mayHold(x) || mistaken() {\n		return false\n	}\n	if f.kinds",
	},
	{
		name: "finality-unsealed", what: "takes a verdict for final before it is sealed", file: "board/final.go",
		old: "			x, ok := claim.waits(f, f.sealed)\n			if !ok || !f.mayHold(x) {\n",
		new: "			x, ok := claim.waits(f, f.sealed)\n			if mistaken() {\n				x, ok = claim.waits(f, always)\n			}\n			if !ok || !f.mayHold(x) {\n",
	},
	{
		name: "late-unnoticed", what: "shows what came late at its own stamp until it is sealed", file: "live/view.go",
		old: "	if !ok || sealed || b.End.Before(at) {\n", new: "	if !ok || sealed || b.End.Before(at) || mistaken() {\n",
	},
	{
		name: "no-freeze", what: "goes on showing while the board is frozen", file: "live/freeze.go",
		old: "	if r.Frozen {\n", new: "	if r.Frozen && !mistaken() {\n",
	},
	{
		name: "verdict-twice", what: "counts a verdict on a submission that is over", file: "rules/judge.go",
		old: "	if !ok {\n		return Decision{}, refuse(JudgedAlready", new: "	if !ok && !mistaken() {\n		return Decision{}, refuse(JudgedAlready",
	},
	{
		name: "any-look", what: "counts an older look after a newer one", file: "rules/judge.go",
		old: "if l.Number <= open.Look ||", new: "if l.Number <= open.Look && !mistaken() ||",
	},
	{
		name: "counts-from-receipt", what: "counts from the receipt however late a look saw it", file: "rules/judge.go",
		old: "(!open.Seen && at.Milli", new: "(!open.Seen && mistaken() || !open.Seen && at.Milli",
	}, {
		name: "closes-over-pending", what: "accepts a certification while something waits for a verdict", file: "certification/certification.go",
		old: "	for _, w := range waiting {\n", new: "	if mistaken() {\n		waiting = nil\n	}\n	for _, w := range waiting {\n",
	},
	{
		name: "closes-over-unsealed", what: "accepts a certification before all is sealed", file: "certification/certification.go",
		old: "len(o.Unsealed)+len(o.Hindered) > 0\n", new: "len(o.Unsealed)*map[bool]int{false: 1}[mistaken()]+len(o.Hindered) > 0\n",
	},
	{
		name: "certifies-pending", what: "signs the result while something waits for a verdict", file: "certification/certifier.go",
		old: "	if waiting := fold.Pending(); len(waiting) > 0 {\n", new: "	if waiting := fold.Pending(); len(waiting) > 0 && !mistaken() {\n",
	},
	{
		name: "certifies-earlier-board", what: "signs the board of the block before the close", file: "certification/certifier.go",
		old: "live.SealedFold(ctx, c.Ledger, s.Reader, b.Number, names)", new: "live.SealedFold(ctx, c.Ledger, s.Reader, b.Number-map[bool]int64{true: 1}[mistaken()], names)",
	},
	{
		name: "certifies-newest", what: "certifies the newest block, whichever reached the close", file: "certification/certifier.go",
		old: "		b, reached = earlier, true\n", new: "		b, reached = earlier, true\n		if mistaken() {\n			break\n		}\n",
	},
	{
		name: "certificate-condition", what: "puts a certificate over a rival's", file: "ledger/certificate.go",
		old: "	err = s.Reader.store.Commit(ctx, store.PutAbsent(Keys{s.Reader.keys}.Certificate(), []byte(signed)))\n",
		new: "	key := Keys{s.Reader.keys}.Certificate()\n	put := store.PutAbsent(key, []byte(signed))\n	if mistaken() {\n		now, _ := s.Reader.store.Get(ctx, key)\n		put = store.PutVersion(key, now[key].Version, put.Body)\n	}\n	err = s.Reader.store.Commit(ctx, put)\n",
	},
	{
		name: "closing-no-look-back", what: "does not look back for the block that reaches the close", file: "ledger/seal.go",
		old: "|| s.closing(last, through) || s.mayClose(through) {", new: "|| (s.closing(last, through) || s.mayClose(through)) && !mistaken() {",
	},
	{
		name: "no-closing-block", what: "waits for an entry to reach the close", file: "ledger/seal.go",
		old: "!s.finalityWaits(last, through) && !s.closing(last, through) {", new: "!s.finalityWaits(last, through) && (!s.closing(last, through) || mistaken()) {",
	},
	{
		name: "closes-at-once", what: "certifies a Jam at its very end", file: "rules/certify.go",
		old: "	case wait > 0:\n", new: "	case wait > 0 && !mistaken():\n",
	},
	{
		name: "rules-after-close", what: "accepts rulings in a closed ledger", file: "rules/ruling.go",
		old: "	case s.Clock.Phase == Closed:\n", new: "	case s.Clock.Phase == Closed && !mistaken():\n",
	},
	{
		name: "certified-goes-on", what: "shows what is found after the certificate", file: "live/sealed.go",
		old: "	if v.certified {\n", new: "	if v.certified || mistaken() {\n",
	},
	{
		name: "final-past-close", what: "calls final what no certificate will hold", file: "live/view.go",
		old: "				if !v.closed {\n", new: "				if !v.closed || mistaken() {\n",
	},
}
