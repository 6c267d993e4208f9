#!/usr/bin/env python3
"""Checks a Photofinish archive offline: who won, and whether the record of it is whole.

Exit status: 0 if all holds, 1 if something does not, 2 if the archive or the usage is unreadable.
"""
# "Section N" is of the document of the archive's format, from which alone this was written. What
# the entries imply is computed, and only then compared with what the archive says. Whether each
# command was allowed (section 8: clock, limits, locks, requirements) is not decided here again: the
# other verifier, `jam audit`, does that.
import argparse
import base64
import json
import re
import sys
import time
import zlib
from collections import Counter, defaultdict
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import reduce
from hashlib import sha256, sha512
from pathlib import Path
from types import SimpleNamespace
try:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None

LARGEST, SHOWN = 1 << 30, 10    # Bytes that an archive may unpack to; failures told of each topic.
RECEIPTS = b"\xffphotofinish receipts 1"    # The type of a key that signs receipts.
CLOSING = ("passed", "failed", "doomed", "void")    # A submission that met one of these is over.
FIELDS = {**dict.fromkeys("kind stamp jam team definition task check commitment submission verdict "
                          "counts clue standing ruling".split(), str), "received": dict,
          **dict.fromkeys("version points cost penalty from".split(), int), "opening": dict,
          "change": dict}


def need(holds, failure):
    if not holds:
        raise ValueError(failure)


def same(said, right):
    """Compares two objects, and names the fields that differ."""
    wrong = [name for name in {**right, **said} if said.get(name) != right.get(name)]
    need(not wrong, "; ".join(f"{name} is {said.get(name)!r}, should be {right.get(name)!r}"
                              for name in wrong))


def typed(value, kind):
    need(type(value) is kind and (kind is not int or 0 <= value < 1 << 53),
         f"{str(value)[:40]!r} is no {kind.__name__}")
    return value


def load(raw):
    """A JSON object. No field may stand twice in one: it would have two meanings."""
    def once(pairs):
        need(len(dict(pairs)) == len(pairs), "a field stands twice")
        return dict(pairs)
    return typed(json.loads(raw.decode("utf-8"), object_pairs_hook=once), dict)


def written(value):
    """Section 1: JSON as Go writes it, which is as Python does but for five characters."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = re.sub("[<>&\u2028\u2029]", lambda c: f"\\u{ord(c[0]):04x}", text)
    return text.encode("utf-8", "surrogatepass")


def stamp(text, later=0):
    """Section 2: a stamp, or the one so many slots later. Their order is that of their texts."""
    need(re.fullmatch("[0-9]{13}[.][0-9]{3}", typed(text, str)), f"{text[:40]!r} is no stamp")
    slot = int(text.replace(".", "")) + later
    return f"{slot // 1000:013d}.{slot % 1000:03d}"


def time_of(text):
    moment = datetime.fromtimestamp(int(text[:10]), timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{text[10:13]}Z"


def b64(raw):
    return base64.b64encode(raw).decode()


def verify(public, signature, message):
    """Ed25519: RFC 8032, section 5.1.7, if the cryptography package is not there to do it."""
    if Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    p, order = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
    d = -121665 * pow(121666, -1, p) % p

    def add(v, w):
        a, b = (v[1] - v[0]) * (w[1] - w[0]) % p, (v[1] + v[0]) * (w[1] + w[0]) % p
        c, e = 2 * v[3] * w[3] * d % p, 2 * v[2] * w[2] % p
        a, b, c, e = b - a, e - c, e + c, b + a
        return a * b % p, c * e % p, b * c % p, a * e % p

    def point(raw):
        y = int.from_bytes(raw, "little") % 2**255
        square = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
        x = pow(square, (p + 3) // 8, p)
        x = x if x * x % p == square else x * pow(2, (p - 1) // 4, p) % p
        need(y < p and x * x % p == square and (x or raw[31] < 128), "the key is no point")
        x = x if x % 2 == raw[31] >> 7 else p - x
        return x, y, 1, x * y % p

    k = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little")
    s, (x, y, z, t), r = int.from_bytes(signature[32:], "little"), point(public), (0, 1, 1, 0)
    terms = (s, point(b"\x58" + b"\x66" * 31)), (k % order, (p - x, y, z, p - t))
    for bit in reversed(range(256)):    # It is S * B - k * A that must be R.
        r = add(r, r)
        for n, v in terms:
            r = add(r, v) if n >> bit & 1 else r
    x, y = r[0] * pow(r[2], -1, p) % p, r[1] * pow(r[2], -1, p) % p
    need(s < order and (y + (x % 2 << 255)).to_bytes(32, "little") == signature[:32],
         "the signature is wrong")


def open_note(raw, key, kind=b"\x01"):
    """Section 5: the lines of a signed note, once a signature of the key is there and right."""
    name, digest, public = key.split("+", 2)
    public = base64.b64decode(public, validate=True)
    need(digest == sha256(name.encode() + b"\n" + public).hexdigest()[:8]
         and public[:-32] == kind, f"{key!r} is no key of this kind")
    text, _, signatures = raw.decode("utf-8").rpartition("\n\n")
    need(signatures.endswith("\n"), "its last line does not end")
    for line in signatures.split("\n"):
        if line.startswith(f"\u2014 {name} "):
            signature, said = base64.b64decode(line[len(name) + 3:], validate=True), text.encode() + b"\n"
            if signature[:4].hex() == digest:
                if kind == RECEIPTS:
                    said, signature = batch(said, signature[68], signature[69:]), signature[:68]
                need(len(signature) == 68, "the signature is of another length")
                verify(public[-32:], signature[4:], said)
                return text.split("\n")
    raise ValueError(f"there is no signature of {name}+{digest}")


def batch(text, place, path):
    """Section 5: what was signed for all receipts of a batch, from the text of one and its path."""
    need(len(path) in range(0, 129, 32) and place < 1 << len(path) // 32, "the path leads nowhere")
    root = sha256(b"\0" + text).digest()
    for n in range(len(path) // 32):
        pair = [root, path[32 * n:32 * n + 32]]
        root = sha256(b"\1" + b"".join(pair[::-1] if place >> n & 1 else pair)).digest()
    return RECEIPTS[1:] + b"\n" + b64(root).encode() + b"\n"


def read_members(path):
    """Section 1: the members of a gzipped tar by name, in their order."""
    unpack, members, at = zlib.decompressobj(31), {}, 0
    tar = unpack.decompress(Path(path).read_bytes(), LARGEST)
    need(unpack.eof and not unpack.unused_data, "the gzip file is cut off, too large or continued")
    while tar[at:at + 512].strip(b"\0"):
        head = tar[at:at + 512]
        name, size = head[:100].split(b"\0")[0].decode(), int(head[124:136].strip(b"\0 "), 8)
        total = sum(head[:148] + b" " * 8 + head[156:])
        need(int(head[148:156].strip(b"\0 "), 8) == total and head[156:157] == b"0"
             and name not in members and 0 <= size < len(tar) - at, f"the tar is broken at {name}")
        members[name] = tar[at + 512:at + 512 + size]
        at += 512 + (size + 511) // 512 * 512
    need(tar[at:] == bytes(1024), "the tar does not end with two zero records")
    return members


def read_entry(stored):
    """Section 2: an entry's fields. One that is left out is empty."""
    need(stored.startswith(b"pf1 "), "it does not begin with pf1")
    given = load(stored[4:])
    e = SimpleNamespace(**{name: typed(given.get(name, kind()), kind)
                           for name, kind in FIELDS.items()})
    need(all(text == "" or stamp(text) for text in (e.counts, e.submission)), "")
    e.ms, e.leaf = int(e.stamp[:13]), sha256(b"\x00" + stored).digest()
    # A fact says something about a submission (section 9): its own, or an earlier one.
    e.fact = e.kind in ("submitted", "judged") or e.ruling in ("grant", "void", "verdict")
    e.own = e.kind == "submitted" or e.ruling == "grant"
    e.about = e.stamp if e.own else e.submission
    e.said = "void" if e.ruling == "void" else e.verdict
    return e


def came(e):
    """Section 2: a stamp's millisecond is that of the receipt, or of a look's start."""
    gateway, handler = e.received.get("gateway", 0), typed(e.received["handler"], int)
    late, took = e.received.get("late", False), handler - gateway if gateway else 0
    need(took == 3000 or late is (took > 3000), "it was late, or not, against its times")
    due = gateway if gateway and not late else handler
    need(e.ms == due if e.kind != "judged" else handler - e.ms <= 8000
         and (e.ms - handler <= 8000 or e.ms == int(e.submission[:13])),
         f"its request came at {due}, which is not its stamp")


def read_definition(raw):
    """Section 6: the tasks, each with the attempts that hold for it, and what the clues cost."""
    whole = load(raw)
    both = [(c, f"{c['id']}/") for c in whole.get("challenges") or []]
    return SimpleNamespace(
        tasks={at + t["id"]: {**t, "attempts": t.get("attempts") or whole.get("attempts") or {}}
               for c, at in both for t in c["tasks"]},
        clues={at + q["id"]: q.get("cost", 0) for c, at in both for q in c.get("clues") or []})


def team_and_task(claims, sealed):
    """Section 9: what a team has of a task. A claim is the facts about one submission, in order."""
    def passes(through="~"):    # All stamps are before "~".
        yield ("~",), 0, None
        for facts in claims:
            f = ([None] + [f for f in facts if f.position <= through])[-1]
            if f and f.said == "passed":
                late = [g.position for g in (f, facts[0]) if g.late]
                yield (max([f.counts] + late), f.counts), f.version, f

    (place, _, fact), known, waiting, tried = min(passes()), min(passes(sealed))[0], [], []
    t = SimpleNamespace(place=place, fact=fact, cost=0, worth=0, first=False, newest=[], holds=[])
    watch = [f for facts in claims for f in facts if f.check != "manual" and f.ruling != "grant"]
    newest = max((f.version for f in watch if f.own), default=0)
    passed = max((f.version for f in watch if f.verdict == "passed"), default=0)
    for facts in claims:
        own, over = facts[0], [f.position for f in facts if f.said in CLOSING]
        took = [f for f in facts if f.penalty and f.said != "passed"
                and not any(g.ruling in ("void", "verdict") for g in facts)]
        t.cost += sum(f.penalty for f in took)
        t.newest += [f.position for f in took + [f for f in facts if f.ruling]]
        if own.kind == "submitted" and facts[-1].said != "void":
            tried.append(own.stamp)
        if own.kind == "submitted" and own.verdict == "pending":
            manual, hold = own.check == "manual", (own.position, own.stamp)
            if not over and (manual or own.version == newest > passed):
                waiting.append(own)
            if not any(p <= sealed for p in over) and (
                    manual or sealed < f"{own.ms + 60000:013d}.999" and known > hold):
                t.holds.append(hold)
    t.newest += [place[0], fact.position] if fact else [x.position for x in waiting]
    t.state = "passed" if fact else "pending" if waiting else "tried" if tried else None
    t.at = place[0] if fact else min((x.stamp for x in waiting), default=max(tried, default=""))
    return t


def fold(jam, entries, sealed, definition, names):
    """Sections 9 and 10: the board of these entries."""
    standing, adjust, claims, tasks, rows = {}, defaultdict(list), {}, defaultdict(dict), []
    for e in sorted(entries, key=lambda e: e.version):
        if e.kind in ("joined", "listed"):
            standing[e.team] = e.standing
        elif e.fact:
            claims.setdefault((e.team, e.task), defaultdict(list))[e.about].append(e)
        elif e.kind in ("clue-taken", "ruled"):
            points = e.points if e.ruling == "award" else -e.points - e.cost
            adjust[e.team].append((points, e.position))
    for (team, task), of in claims.items():     # Without its own entry a claim says nothing.
        tasks[team][task] = team_and_task([f for f in of.values() if f[0].own], sealed)
    listed = [team for team in standing if standing[team] == "competing"]
    for task in {task for _, task in claims}:
        having = [(tasks[team][task], team) for team in listed if task in tasks[team]]
        solved = sorted((t.place, t.fact.position, team) for t, team in having if t.fact)
        d, n = definition.tasks.get(task, {}), len(solved)
        decay = d.get("decay") or {}
        m, s = decay.get("minimum", 0), decay.get("solves", 0)
        for i, (_, _, team) in enumerate(solved):
            t = tasks[team][task]
            b, t.first = t.fact.points, i == 0
            t.worth = (b if not decay or n <= 1 or b <= m else m if n >= s
                       else b - (b - m) * (n - 1) // (s - 1))
            t.worth += d.get("first_solve_bonus", 0) if t.first else 0
    hold = min((h for of in tasks.values() for t in of.values() for h in t.holds), default=("~",))
    final = min(sealed, stamp(hold[0], -1)) if hold[1:] else sealed
    for team in listed:
        mine = tasks[team]
        score = sum(p for p, _ in adjust[team]) + sum(t.worth - t.cost for t in mine.values())
        last = max((t.place for t in mine.values() if t.fact and t.worth > 0), default=())
        newest = max([p for _, p in adjust[team]] + [p for t in mine.values() for p in t.newest],
                     default="")
        rows.append(((-score, not last, last, team), {
            "rank": 0, "team": {"id": team, "name": names.get(team) or team}, "score": score,
            "solved": sum(t.fact is not None for t in mine.values()),
            "last_scored_at": time_of(last[0]) if last else None,
            "last_scored": last[1] if last else None, "final": newest <= final,
            "waits_for": hold[1] if newest > final and hold[0] <= newest else None,
            "tasks": {name: {"state": t.state, "points": t.worth, "at": time_of(t.at),
                             **({"first": True} if t.first else {})}
                      for name, t in sorted(mine.items()) if t.state}}))
    rows.sort(key=lambda row: row[0])
    for i, (key, row) in enumerate(rows):
        row["rank"] = rows[i - 1][1]["rank"] if i and rows[i - 1][0][:3] == key[:3] else i + 1
    return {"jam": jam, "through": max((e.stamp for e in entries), default=None), "sealed_through":
            sealed, "final_through": final, "frozen_at": None, "rows": [row for _, row in rows]}


class Audit:
    """Section 11, for one archive. What is checked is counted, and a failure has its reason."""

    def __init__(self, path):
        self.done, self.failed, self.failures, self.told = Counter(), Counter(), [], 2
        self.members = read_members(path)
        self.head, self.keys, self.names = (load(self.members[f"{name}.json"])
                                            for name in ("photofinish", "keys", "teams"))
        self.jam, self.key = typed(self.head["jam"], str), typed(self.keys["checkpoints"], str)
        self.edge, self.size, self.end, self.blocks, self.entries = [], 0, "", {}, {}
        self.definitions, self.force, self.board = {}, [], {"rows": []}
        self.certified = "certificate" in self.members

    @contextmanager
    def check(self, topic, what):
        """Whatever does not hold of one thing, or is missing or malformed in it, is a failure."""
        self.done[topic] += 1
        try:
            yield
        except Exception as error:      # What malformed input raises is of many kinds.
            self.failed[topic] += 1
            if self.failed[topic] <= SHOWN:
                why = str(error) if isinstance(error, ValueError) else repr(error)
                self.failures.append(f"FAILED: {topic}: {what}: {why[:1000]}")
        if time.process_time() > self.told:
            self.told = time.process_time() + 1
            print(f"  ... {topic}: {what}", file=sys.stderr)

    def follow(self):
        """Steps 1 to 5 without the certificate: members, definitions, blocks, tree, checkpoints."""
        defined = [name for name in self.members if name.startswith("definitions/")]
        for name in defined:
            with self.check("definitions", name):
                digest = sha256(self.members[name]).hexdigest()
                need(name == f"definitions/{digest}.json", f"its hash is {digest}")
                self.definitions[digest] = read_definition(self.members[name])
        count = min(typed(self.head["blocks"], int), len(self.members))
        blocks = [f"blocks/{n + 1:08d}/{part}" for n in range(count)
                  for part in ("block.json", "checkpoint", "entries")]
        if count and blocks[-2] not in self.members:
            del blocks[-2]              # The last block may have no checkpoint yet.
        for n in range(1, count + 1):
            with self.check("blocks, with root and edge", f"block {n}"):
                self.block(n, f"blocks/{n:08d}/")
        with self.check("members", "the archive"):
            expected = ["photofinish.json", "keys.json", "teams.json", *defined, *blocks,
                        *["certificate"] * self.certified, "board.json"]
            wrong = sorted(set(expected) ^ set(self.members))
            need(not wrong, f"missing, or not to be there: {', '.join(wrong)}")
            need(list(self.members) == expected, "the members are not in their order")
            same(self.head, {"format": "photofinish archive 1", "jam": self.jam, "blocks": count,
                             "shards": self.head["shards"], "entries": self.size})

    def block(self, n, folder):
        block, first, after = load(self.members[folder + "block.json"]), self.size, self.end
        stamps, end = [stamp(s) for s in block["stamps"] or []], stamp(block["end"])
        *lines, rest = self.members[folder + "entries"].split(b"\n")
        for due, stored in zip(stamps, lines):
            with self.check("entries", f"block {n}, entry {self.size}"):
                self.edge.append(sha256(b"\x00" + stored).digest())
                self.size += 1
                while len(self.edge) > bin(self.size).count("1"):   # Section 4.
                    self.edge[-2:] = [sha256(b"\x01" + self.edge[-2] + self.edge[-1]).digest()]
                e = read_entry(stored)
                same({"stamp": e.stamp, "jam": e.jam}, {"stamp": due, "jam": self.jam})
                need(e.stamp not in self.entries, "its stamp stands twice")
                came(e)
                e.block, e.where = n, f"block {n}, {e.kind} {e.team} {e.stamp}"
                e.late = e.stamp <= after           # Section 3, with its position.
                e.position = stamp(after, 1) if e.late else e.stamp
                self.entries[e.stamp] = e
        root = b64(reduce(lambda right, left: sha256(b"\x01" + left + right).digest(),
                          reversed(self.edge)) if self.edge else sha256(b"").digest())
        self.end, self.blocks[n] = end, [f"photofinish/{self.jam}", str(self.size), root,
                                         f"block {n}", f"through {end}"]
        if folder + "checkpoint" in self.members:
            with self.check("checkpoints", f"block {n}"):
                need(open_note(self.members[folder + "checkpoint"], self.key) == self.blocks[n],
                     "its checkpoint is of another tree or block")
        same(block, {"number": n, "first": first, "after": after or None, "end": end,
                     "stamps": sorted(set(stamps)) or None, "size": first + len(lines),
                     "root": root, "edge": [b64(h) for h in self.edge] or block["edge"]})
        need(end >= max([after] + stamps) and len(stamps) <= 8000, "a stamp is after its end")
        need(len(lines) == len(stamps) and not rest, "it has not one line for each stamp")

    def decisions(self):
        """Step 6: versions, the definition in force, verdicts, and where points come from."""
        if not self.blocks:         # Nothing is sealed yet, and there is only the keys' names.
            self.end = stamp("0000000000000.000")
            with self.check("keys", "keys.json"):
                for of, end in ("checkpoints", ""), ("receipts", "/receipts"):
                    need(f"{self.keys[of]}+".startswith(("+", f"photofinish/{self.jam}{end}+")),
                         f"the key of {of} is not of this Jam")
            return
        subjects, claims = defaultdict(list), defaultdict(list)
        for e in sorted(self.entries.values(), key=lambda e: e.version):
            subjects[e.team].append(e)
        with self.check("keys", "the entry that opened the Jam"):
            opened = subjects[""][0]
            self.force = [(0, opened.definition)] + [
                (vars(e)["from"], e.commitment) for e in subjects[""] if e.kind == "defined"]
            same(opened.opening, {"clock": opened.opening["clock"], "shards": self.head["shards"],
                 "receipt_key": self.keys["receipts"], "checkpoint_key": self.key})
        for mine in subjects.values():
            for i, e in enumerate(mine):
                with self.check("versions", e.where):
                    # A verdict is stamped with its look's start. So while a ledger is open, a
                    # version may be missing that is stamped after the last block's end.
                    due = mine[i - 1].version + 1 if i else 1
                    need(e.version == due or e.version > due and not self.certified
                         and int(self.end[:13]) - e.ms < 900000,
                         f"version {e.version}, {due} is due")
                with self.check("definitions in force, verdicts, points, costs", e.where):
                    self.rules(e, claims[e.team, e.about])

    def in_force(self, ms):
        return [digest for since, digest in self.force if since <= ms][-1]

    def rules(self, e, facts):
        """What of section 8 follows from the definition and the facts about one submission."""
        right = {"definition": self.in_force(e.ms), "cost": 0, "points": 0, "penalty": 0}
        definition = self.definitions[right["definition"]]
        if e.kind == "clue-taken":
            right["cost"] = definition.clues[e.clue]
        elif e.ruling in ("award", "penalty"):
            right["points"] = e.points
        elif e.fact:
            own, task = (facts + [e])[0], definition.tasks.get(e.task, {})
            need(own.own and (own.task, own.check) == (e.task, e.check), "it has no submission")
            need(e.kind != "judged" or not any(f.said in CLOSING for f in facts),
                 "its submission was over, and has a verdict that counts already")
            if e.verdict == "passed":
                at_once = (e.kind != "judged" or e.check == "manual" or e.ms - own.ms <= 60000
                           and not any(f.kind == "judged" for f in facts))
                right["points"], right["counts"] = task.get("points", 0), (
                    own.counts if own.ruling == "grant" else own.stamp if at_once else e.stamp)
            elif e.verdict == "failed" and e.kind != "ruled" and e.check in ("answer", "manual"):
                right["penalty"] = task.get("attempts", {}).get("penalty", 0)
            facts.append(e)
        same({name: getattr(e, name) for name in right}, right)

    def result(self):
        """Step 7: the certificate and the board."""
        raw, n = self.members["board.json"], max(self.blocks, default=0)
        if self.certified:
            with self.check("certificate", "certificate"):
                lines = open_note(self.members["certificate"], self.key)
                n = int(lines[3][6:])
                need(lines[:5] == self.blocks[n], "it is of another tree or block")
                need(lines[5:] == ["board " + b64(sha256(raw).digest())], "it is of another board")
                need(any(e.change.get("op") == "certify" and e.block <= n
                         and e.change["from"] <= int(self.blocks[n][4][8:21])
                         for e in self.entries.values()), "the ledger was not closed by then")
        sealed = self.blocks[n][4][8:] if n else None
        defined = self.definitions[self.in_force(int(sealed[:13]))] if n else {}
        self.board = fold(self.jam, [e for e in self.entries.values() if e.block <= n], sealed,
                          defined, self.names)
        said = load(raw)
        theirs, ours = ({row["team"]["id"]: {**row, **row["tasks"], "tasks": list(row["tasks"])}
                         for row in rows} for rows in (said["rows"], self.board["rows"]))
        for team in {**ours, **theirs}:
            with self.check("rows of the board, with first solves", team):
                same(theirs.get(team, {}), ours.get(team, {}))
        same({**said, "rows": list(theirs)}, {**self.board, "rows": list(ours)})
        need(written(self.board) == raw, "it is not the board byte for byte")

    def kept(self, receipts, checkpoints):
        """Step 8: what others kept is in this ledger, or a receipt's stamp is after its end."""
        for path, line in ((path, line) for path in receipts for line in open(path, "rb")):
            with self.check("receipts", f"{path}: {line[:60]}"):
                lines = open_note(load(line)["receipt"].encode("utf-8"), self.keys["receipts"], RECEIPTS)
                e = self.entries.get(stamp(lines[3]))
                right = [e.team or "-", e.stamp, b64(e.leaf)] if e else lines[2:]
                awaited = not self.certified and int(self.end[:13]) - int(lines[3][:13]) < 900000
                need(len(lines) == 5, "it has not five lines")
                need(lines == ["photofinish receipt 1", self.jam, *right]
                     and (e or lines[3] > self.end or awaited),
                     f"the ledger does not hold {lines[2:]}")
        for path in checkpoints:
            with self.check("published checkpoints", path):
                raw = Path(path).read_bytes()       # The note, or the API's answer that holds it.
                raw = load(raw)["checkpoint"].encode() if raw.startswith(b"{") else raw
                need(open_note(raw, self.key)[:5] in self.blocks.values(),
                     "it is of another tree, that was written anew since, or of a later block")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", help="what `jam export` wrote")
    parser.add_argument("--key", help="the checkpoint key that was published before the end, or a "
                        "file with it; without it an archive is only consistent")
    parser.add_argument("--receipts", metavar="FILE", nargs="+", default=[])
    parser.add_argument("--checkpoint", metavar="FILE", nargs="+", default=[], help="kept ones")
    parser.add_argument("--json", action="store_true", help="tell it as JSON")
    args = parser.parse_args()
    try:
        audit = Audit(args.archive)
        if args.key:
            with audit.check("keys", "--key"):
                key = Path(args.key).read_text() if Path(args.key).is_file() else args.key
                same({"key": audit.key}, {"key": key.strip()})
        audit.follow()
        audit.decisions()
        with audit.check("board", "board.json"):
            audit.result()
        audit.kept(args.receipts, args.checkpoint)
    except Exception as error:
        print(f"audit: {args.archive} cannot be checked: {error!r}", file=sys.stderr)
        return 2
    if args.json:
        print(json.dumps({"ok": not audit.failed, "jam": audit.jam, "key": audit.key, "checked":
                          audit.done, "failures": audit.failures, "board": audit.board}, indent=1))
        return 1 if audit.failed else 0
    late = [f"late: {e.where}" for e in audit.entries.values() if e.late]
    told = [f"{audit.jam}: {audit.size} entries, {len(late)} late, signed with {audit.key}"]
    told += [f"{n:8}  {topic}: {audit.failed[topic]} FAILED" for topic, n in audit.done.items()]
    told += [f"{row['rank']:8}. {row['team']['name']}: {row['score']} points"
             for row in audit.board["rows"][:5]] + late[:SHOWN] + audit.failures
    told.append("some checks FAILED" if audit.failed else "all of it holds")
    sys.stdout.reconfigure(encoding="utf-8")
    for line in told:   # A name may hold what would turn a terminal's text around.
        print("".join(c if c.isprintable() else ascii(c)[1:-1] for c in line))
    return 1 if audit.failed else 0


if __name__ == "__main__":
    sys.exit(main())
