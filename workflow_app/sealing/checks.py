"""Whether the tree is whole, is what was signed, and is what the checkpoints outside say (I9 of doctor)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import select

from workflow_app import clock
from workflow_app.extensions import db
from workflow_app.sealing import leaf, stored, tree
from workflow_app.sealing.logs import LOGS
from workflow_app.sealing.models import Checkpoint, SealKey, SealLeaf, SealTile
from workflow_app.sealing.notes import NotANote, Note, VerifierKey
from workflow_app.sealing.statements import KeyStatement, TreeHead

#: An event that is not sealed yet is none the worse for it, for so long.
GRACE = timedelta(minutes=5)
_TITLES = {log.name: log.title for log in LOGS}


class Finding(NamedTuple):
    """What does not hold, and where: a document and perhaps one of its events."""

    why: str
    artefact: int | None = None
    seq: int | None = None


def whole(further: Mapping[int, bytes] | None = None) -> Iterator[Finding]:
    """The tree built again from its leaves: each event there and unchanged, each checkpoint its beginning.

    Args:
        further: roots by size that must be the tree's as well.
    """
    keys = list(db.session.scalars(select(SealKey).order_by(SealKey.number)))
    checkpoints = list(db.session.scalars(select(Checkpoint).order_by(Checkpoint.size)))
    yield from _keys(keys)
    yield from _signatures(checkpoints, keys)
    wanted: dict[int, list[tuple[bytes, str]]] = {}
    for one in checkpoints:
        wanted.setdefault(one.size, []).append((bytes.fromhex(one.root), f"{one.size} 条处的检查点"))
    for size, root in (further or {}).items():
        wanted.setdefault(size, []).append((root, f"所给的 {size} 条处的检查点"))
    yield from _leaves(wanted)


def _leaves(wanted: dict[int, list[tuple[bytes, str]]]) -> Iterator[Finding]:
    tiles = {
        (row.level, row.number): row.hash
        for row in db.session.execute(select(SealTile.level, SealTile.number, SealTile.hash))
    }
    growing = tree.Growing()
    for row in _rows():
        if row.number != growing.size:
            yield Finding(f"封存的第 {growing.size + 1} 条不见了，其后的无从核对")
            return
        now = getattr(row, f"now_{row.log}", None)
        if now != row.hash:
            yield _about(row, "封存过的事件不见了" if now is None else "事件在封存之后被改动过")
        for kept in stored.tiles_of(growing.add(leaf.digest(row.log, row.document, row.seq, row.hash))):
            if tiles.pop((kept["level"], kept["number"]), "") != kept["hash"]:
                yield Finding(f"封存的中间摘要（第 {kept['level']} 层第 {kept['number']} 个）与各条不符")
        for root, name in wanted.pop(growing.size, ()):
            if root != growing.root:
                yield Finding(f"{name}与封存的各条不符：封存过的事件被改动过")
    if tiles:
        yield Finding(f"封存的中间摘要多出 {len(tiles)} 个")
    for size in sorted(wanted):
        for root, name in wanted[size]:
            if size or root != tree.EMPTY:
                yield Finding(f"{name}之内，库里只封存到 {growing.size} 条：末尾被截断过")


def _rows() -> Iterable[Any]:
    """Every leaf with the hash its event has now."""
    query = select(
        SealLeaf.number, SealLeaf.log, SealLeaf.document, SealLeaf.seq, SealLeaf.hash,
        *(log.hash.label(f"now_{log.name}") for log in LOGS),
    ).order_by(SealLeaf.number)  # fmt: skip
    for log in LOGS:
        query = query.outerjoin(log.row.class_, log.same_as_leaf())
    return db.session.execute(query.execution_options(yield_per=2000))


def _about(row: Any, why: str) -> Finding:
    if row.log == "artefact":
        return Finding(why, row.document, row.seq)
    return Finding(f"{_TITLES.get(row.log, row.log)}第 {row.seq} 条：{why}")


def _keys(keys: list[SealKey]) -> Iterator[Finding]:
    """Each is as its statement says, signed by itself and by the one before it."""
    before: KeyStatement | None = None
    for number, row in enumerate(keys, 1):
        try:
            note = Note.parse(row.note)
            said = KeyStatement.parse(note.text)
        except NotANote:
            yield Finding(f"第 {number} 把签名密钥的声明读不懂")
            return
        columns = (str(said.key), said.since, said.size, said.compromised_since)
        if columns != (row.vkey, row.since, row.size, row.compromised_since) or row.number != number:
            yield Finding(f"第 {number} 把签名密钥的登记与它的声明不符")
        if not note.signed_by(said.key):
            yield Finding(f"第 {number} 把签名密钥的声明不是它自己签的")
        if said.replaces != (before.key if before else None):
            yield Finding(f"第 {number} 把签名密钥不是接着前一把的")
        elif before and not said.compromised_since and not note.signed_by(before.key):
            yield Finding(f"第 {number} 把签名密钥没有前一把的签名")
        if before and (said.since < before.since or said.size < before.size):
            yield Finding(f"第 {number} 把签名密钥的启用早于前一把")
        before = said


def _signatures(checkpoints: list[Checkpoint], keys: list[SealKey]) -> Iterator[Finding]:
    """Each checkpoint says what its row says, is signed by the key of its time, not before the last."""
    by_number = {key.number: key for key in keys}
    at = ""
    for row in checkpoints:
        key, following = by_number.get(row.key_number), by_number.get(row.key_number + 1)
        if why := _unsigned(row, key):
            yield Finding(f"{row.size} 条处的检查点{why}")
        elif key and (row.size < key.size or (following and row.size > following.size)):
            yield Finding(f"{row.size} 条处的检查点不是当时的签名密钥签的")
        if row.at < at:
            yield Finding(f"{row.size} 条处的检查点早于前一个")
        at = row.at


def _unsigned(row: Checkpoint, key: SealKey | None) -> str:
    try:
        note = Note.parse(row.note)
        head = TreeHead.parse(note.text)
        verifier = VerifierKey.parse(key.vkey) if key else None
    except NotANote:
        return "读不懂"
    if verifier is None or not note.signed_by(verifier):
        return "的签名不对"
    said = (head.origin, head.size, head.root.hex(), head.at)
    return "" if said == (verifier.name, row.size, row.root, row.at) else "的登记与它的原文不符"


def unsealed() -> Iterator[Finding]:
    """Events that should have been sealed by now. Where nothing was ever sealed, none should."""
    if stored.newest() is None:
        return
    long_ago = clock.stamp(clock.now() - GRACE)
    for log in LOGS:
        count, earliest = db.session.execute(log.waiting().where(log.at < long_ago)).one()
        if count:
            since = f"{clock.local(earliest):%Y-%m-%d %H:%M}"
            yield Finding(
                f"{log.title}有 {count} 条事件一直没有封存，最早的一条在 {since}："
                "后台任务（workflow-app worker）没有运行，或出了错"
            )


def outside(files: Iterable[tuple[int, str]]) -> Iterator[Finding]:
    """Checkpoints kept outside (``offsite.read``) against those of the database."""
    rows = db.session.execute(select(Checkpoint.size, Checkpoint.note))
    notes: dict[int, str] = {row.size: row.note for row in rows}
    newest = max(notes, default=0)
    for size, text in files:
        if size > newest:
            yield Finding(f"库外有 {size} 条处的检查点，库里最新的只到 {newest} 条：轨迹的末尾被截断过")
        elif size not in notes:
            yield Finding(f"库外有 {size} 条处的检查点，库里没有：轨迹被截断后又续写过，或检查点被删过")
        elif notes[size] != text:
            yield Finding(f"库外 {size} 条处的检查点与库里的不同")


def against(note: str, trusted: Iterable[str] = ()) -> list[Finding]:
    """The database against one checkpoint that somebody kept outside; [] when it holds.

    Args:
        note: the checkpoint's whole text.
        trusted: keys as their holder wrote them down; none: those the database lists.
    """
    try:
        parsed = Note.parse(note)
        head = TreeHead.parse(parsed.text)
        keys = [VerifierKey.parse(text) for text in trusted or [key.vkey for key in stored.all_keys()]]
    except NotANote:
        return [Finding("所给的检查点或公钥读不懂")]
    signed = any(parsed.signed_by(key) and key.name == head.origin for key in keys)
    found = [] if signed else [Finding("所给的检查点不是已知的密钥签的")]
    return found + list(whole({head.size: head.root}))
