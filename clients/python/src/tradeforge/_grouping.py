"""How days are cut into groups, every choice of some of which judges once."""

from __future__ import annotations

from tradeforge.v1 import types_pb2


def grouped_days(
    cpcv: tuple[int, int] | None, purge_days: int, embargo_days: int | None
) -> types_pb2.Combinatorial | None:
    """Read the groups, and refuse what would be lost without them."""
    if cpcv is None:
        given = [
            name
            for name, is_given in (
                ("purge_days", purge_days != 0),
                ("embargo_days", embargo_days is not None),
            )
            if is_given
        ]
        if given:
            raise TypeError(f"{given[0]} needs cpcv, as in cpcv=(10, 2)")
        return None
    try:
        groups, test_groups = cpcv
    except (TypeError, ValueError):
        raise TypeError(
            f"cpcv is how many groups and how many of them judge, as in (10, 2), not {cpcv!r}"
        ) from None
    return types_pb2.Combinatorial(
        groups=groups, test_groups=test_groups, purge_days=purge_days, embargo_days=embargo_days
    )
