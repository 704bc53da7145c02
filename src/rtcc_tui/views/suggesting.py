"""What the house suggests: a line a person reads before one key proposes it and a second one accepts it."""

from __future__ import annotations

from rtcc_core.domain.suggestions import Suggestion, SuggestionKind
from rtcc_tui.session import Mode, Session
from rtcc_tui.spans import Line, Tone, cut, row, wrap
from rtcc_tui.views.leaving import suggestion_words
from rtcc_tui.words import minutes_seconds, since

URGENT = frozenset({SuggestionKind.TRAFFIC, SuggestionKind.HEALTH, SuggestionKind.ENERGY})


def shown_suggestion(session: Session) -> str | None:
    """The one suggestion on the bottom rows; None while a prompt or a confirmation stands there."""
    if session.mode is not Mode.LOOK:
        return None
    first = next(iter(session.model.suggestions()), None)
    return first.suggestion_id if first else None


def suggestion_lines(session: Session, now: float, width: int, rows: int) -> list[Line]:
    """The most urgent suggestion in at most so many rows; its text is cut before what stands behind it."""
    every = session.model.suggestions()
    if not every or rows <= 0:
        return []
    first, dot = every[0], session.glyphs.dot
    more = f", +{len(every) - 1} more" if len(every) > 1 else ""
    tail = f" ({ages(session, first, now)}{more}) {dot} y accepts"
    room = width - 2
    head = f"SUGGESTED {kind_words(session, first, now)}"
    if rows == 1 and len(head) + len(tail) > room and first.expires_at is None:
        # One row is for what it would do: how old it is stands on its page.
        tail = f"{f' ({more[2:]})' if more else ''} {dot} y accepts"
    head = cut(head, room * rows - len(tail) - (room // 8 if rows > 1 else 0))
    texts = wrap(head + tail, room)
    if len(texts) > rows:
        texts = [*texts[: rows - 1], cut(" ".join(texts[rows - 1 :]), room)]
    return [row(width, (f" {text}", tone_of(first))) for text in texts]


def kind_words(session: Session, suggestion: Suggestion, now: float) -> str:
    """`divert D3 to 1043 P2: overhead 0:40`; a kind that its words begin with is said once."""
    words = suggestion_words(session, suggestion, now)
    kind = suggestion.kind.value
    return words if words.startswith(f"{kind} ") else f"{kind}: {words}"


def tone_of(suggestion: Suggestion) -> Tone:
    """Where seconds count it stands out."""
    return Tone.WARN if suggestion.kind in URGENT else Tone.STRONG


def ages(session: Session, suggestion: Suggestion, now: float) -> str:
    """`0:12 ago`, and how long it stands where it ends by itself."""
    at = session.model.core_now(now)
    if at is None:
        return "?"
    left = ""
    if suggestion.expires_at is not None:
        left = f", {minutes_seconds((suggestion.expires_at - at).total_seconds())} left"
    return f"{since(suggestion.raised_at, at)} ago{left}"


def suggestion_texts(session: Session, now: float) -> list[tuple[str, Tone]]:
    """Every suggestion whole, with the words that answer it."""
    texts: list[tuple[str, Tone]] = []
    for each in session.model.suggestions():
        subject = each.drone or each.call_id
        name = f" {subject}" if subject else ""
        words = suggestion_words(session, each, now)
        answer = f"accept{name}, or decline{name} REASON"
        texts.append((f"{each.kind.value}: {words} ({ages(session, each, now)}). {answer}", tone_of(each)))
    return texts or [("nothing is suggested now", Tone.QUIET)]
