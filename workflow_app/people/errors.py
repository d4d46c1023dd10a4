"""What may go wrong when people, units, roles or periods are changed."""


class Invalid(ValueError):
    """What was typed does not fit: field name to sentence. Nothing was changed."""

    code = "bad_input"

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("；".join(problems.values()))
        self.problems = problems


class BadPassword(Invalid):
    """The old password is wrong (field ``old``) or the new one will not do (field ``new``)."""


class Missing(LookupError):
    """There is no such person, unit, role or token."""
