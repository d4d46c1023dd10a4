"""The county's rules once more, written from the words of the guidance and not from the definitions.

A little world of people around one document, and who may do what in it. It knows nothing of
ladders, guards or machines: only principals, deputies, leads and what people have agreed on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product

KINDS = ("school_plan", "development_plan", "annual_summary")
STATES = ("draft", "school_review", "training_review", "returned", "approved", "archived", "discarded")
ACTIONS = (
    "submit", "sign", "approve", "return", "withdraw", "take_back", "amend", "cancel_amendment", "archive",
    "discard",
)  # fmt: skip

#: Everybody near a document: name -> (role, where seen from the document).
CAST = {
    "principal": ("principal", "school"),
    "deputy": ("deputy", "school"),
    "coordinator": ("coordinator", "school"),
    "teacher": ("teacher", "school"),
    "parent principal": ("principal", "parent"),
    "lead": ("lead", "department"),
    "other lead": ("lead", "training_school"),
    "reviewer": ("reviewer", "department"),
    "inspector": ("inspector", "county"),
    "auditor": ("auditor", "county"),
    "administrator": ("administrator", "county"),
    "stranger": ("", ""),
}


@dataclass(frozen=True)
class World:
    """One document and the people around it; ``absent`` posts are vacant."""

    kind: str
    state: str
    me: str
    authors: frozenset[str]
    absent: frozenset[str] = frozenset()
    signed: frozenset[str] = frozenset()
    submitter: str = ""
    last_signer: str = ""
    flags: frozenset[str] = frozenset()
    people: tuple[str, ...] = field(default=tuple(CAST), compare=False)

    def there(self, *names: str) -> set[str]:
        return {name for name in names if name not in self.absent}


def asked(world: World, state: str, authors: frozenset[str], signed: frozenset[str]) -> set[str]:
    """Whose turn it is: nobody signs their own, nobody twice in a round; then the next in line."""
    leads = [world.there("lead"), world.there("lead", "other lead")]
    if state == "training_review":
        line = leads
    elif world.kind == "development_plan":
        line = [world.there("principal", "deputy"), world.there("parent principal"), leads[0]]
    else:
        line = [world.there("principal"), world.there("deputy"), world.there("parent principal"), leads[0]]
    return next((group for group in line if group - authors - signed), set())


def drafts(world: World, who: str) -> bool:
    if who in world.absent:
        return False
    return who == "teacher" if world.kind == "development_plan" else who in ("coordinator", "principal")


def allowed(world: World, action: str) -> bool:
    """Whether ``world.me`` may do it, everything asked for being sent along."""
    me, state, flags = world.me, world.state, world.flags
    in_review = state in ("school_review", "training_review")
    turn = asked(world, state, world.authors, world.signed) if in_review else set()
    mine = me in turn and me not in world.authors
    first_time = me not in world.signed
    match action:
        case "submit":
            ready = not flags & {"closed", "problems", "unanswered"}
            next_one = asked(world, "school_review", world.authors | {me}, frozenset())
            return state in ("draft", "returned") and drafts(world, me) and ready and bool(next_one)
        case "sign":
            next_one = asked(world, "training_review", world.authors, world.signed | {me})
            return state == "school_review" and mine and first_time and bool(next_one)
        case "approve":
            return state == "training_review" and mine and first_time
        case "return":
            return in_review and mine
        case "withdraw":
            return in_review and me == world.submitter and not flags & {"acted", "closed"}
        case "take_back":
            again = asked(world, "school_review", world.authors, frozenset())
            untouched = "acted" not in flags
            return state == "training_review" and me == world.last_signer and untouched and bool(again)
        case "amend":
            return state == "approved" and drafts(world, me) and "closed" not in flags
        case "cancel_amendment":
            return state in ("draft", "returned") and drafts(world, me) and "amending" in flags
        case "archive":
            return state == "approved" and me == "lead" and me not in world.absent and "over" in flags
        case "discard":
            return state == "draft" and drafts(world, me) and not flags & {"submitted", "amending"}
    raise AssertionError(action)


def leads_to(world: World, action: str) -> str:
    """Where it goes when it is done."""
    if action == "approve" and "more" in world.flags:
        return "training_review"
    return {
        "submit": "school_review", "sign": "training_review", "approve": "approved", "return": "returned",
        "withdraw": "draft", "take_back": "school_review", "amend": "draft", "cancel_amendment": "approved",
        "archive": "archived", "discard": "discarded",
    }[action]  # fmt: skip


FLAGS = [frozenset(one) for one in ((), ("closed",), ("problems",), ("unanswered",), ("acted",), ("more",))]
FLAGS += [frozenset({"over"}), frozenset({"amending"}), frozenset({"submitted"})]
ABSENT = [
    frozenset(one)
    for one in ((), ("principal",), ("deputy",), ("deputy", "parent principal"), ("lead", "other lead"))
]


def worlds(step: int = 1) -> Iterator[World]:
    """All of them, or every ``step``-th."""
    number = 0
    for kind, state, me, absent, flags in product(KINDS, STATES, CAST, ABSENT, FLAGS):
        if me in absent:
            continue
        author = "teacher" if kind == "development_plan" else "coordinator"
        groups = {frozenset({author}), frozenset({author, "principal"}), frozenset({author, me})}
        for authors, signed in product(sorted(groups, key=sorted), ((), ("principal",), ("lead",), (me,))):
            number += 1
            if number % step:
                continue
            base = World(kind, state, me, authors, absent, frozenset(signed), flags=flags)
            yield replace(base, submitter=author, last_signer="principal")
            if state in ("school_review", "training_review"):
                yield replace(base, submitter=me, last_signer=me)
