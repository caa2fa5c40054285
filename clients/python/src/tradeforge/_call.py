"""What every public call has in common: keywords it knows, and errors that are short to read."""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar, cast, get_args

from tradeforge._errors import TradeForgeError

_P = ParamSpec("_P")
_T = TypeVar("_T")

# What other libraries call it. These names are too far from ours to be found by their letters.
_ELSEWHERE = {
    "capital": "cash",
    "fee": "commission",
    "fees": "commission",
    "from_": "start",
    "leverage": "max_leverage",
    "metric": "objective",
    "n_trials": "random_trials",
    "name": "display_name",
    "since": "start",
    "sort": "order_by",
    "to": "end",
    "trials": "random_trials",
    "until": "end",
}


class _AsDocumented:
    """What a signature shows as the default of an option: its text says it."""

    def __repr__(self) -> str:
        return "..."


_AS_DOCUMENTED = _AsDocumented()


def public(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Make a function a public call.

    A keyword it does not know is refused before anything else happens, all of them together, each
    with the nearest one that it knows. An error of the server is raised from here, without the
    frames and the error of gRPC below, which say nothing that is not in it. Its signature shows
    the options of an `Unpack` one by one.
    """
    names, signature = _keywords(function)

    if inspect.iscoroutinefunction(function):
        # What P and T are for a coroutine function is beyond what can be written here.
        asynchronous = cast("Callable[..., Any]", function)

        async def call_async(*args: Any, **keywords: Any) -> Any:
            _refuse_unknown(function, keywords, names)
            try:
                return await asynchronous(*args, **keywords)
            except TradeForgeError as error:
                raise error.with_traceback(None) from None

        wrapper = cast("Callable[_P, _T]", call_async)
    else:

        def call(*args: _P.args, **keywords: _P.kwargs) -> _T:
            _refuse_unknown(function, keywords, names)
            try:
                return function(*args, **keywords)
            except TradeForgeError as error:
                raise error.with_traceback(None) from None

        wrapper = call
    functools.update_wrapper(wrapper, function)
    wrapper.__signature__ = signature  # type: ignore[attr-defined]
    return wrapper


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that was most probably meant, if there is one."""
    forms = {form: each for each in known for form in (_reordered(each), each.lower())}
    spelt = name.lower()
    if _ELSEWHERE.get(spelt) in forms:
        return forms[_ELSEWHERE[spelt]]
    close = difflib.get_close_matches(spelt, forms, n=1)
    close = close or difflib.get_close_matches(_reordered(name), forms, n=1)
    return forms[close[0]] if close else None


def _reordered(name: str) -> str:
    """Put the words of a name in one order: tick_price is price_tick."""
    return "_".join(sorted(name.lower().split("_")))


def _keywords(function: Callable[..., Any]) -> tuple[list[str], inspect.Signature]:
    """Return the keywords that a function takes, and its signature with each of them in it."""
    signature = inspect.signature(function)
    shown: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            # Annotations are text here. Only that of the options need be understood.
            unpacked = eval(parameter.annotation, function.__globals__)
            (options,) = get_args(unpacked)
            annotations: Mapping[str, Any] = options.__annotations__
            shown += [
                inspect.Parameter(
                    name,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=_AS_DOCUMENTED,
                    annotation=getattr(annotation, "__forward_arg__", annotation),
                )
                for name, annotation in annotations.items()
            ]
        else:
            shown.append(parameter)
    by_keyword = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [each.name for each in shown if each.kind in by_keyword and each.name != "self"]
    return names, signature.replace(parameters=shown)


def _refuse_unknown(
    function: Callable[..., Any], keywords: Mapping[str, object], names: list[str]
) -> None:
    unknown = [name for name in keywords if name not in names]
    if not unknown:
        return
    told: list[str] = []
    for name in unknown:
        meant = nearest(name, names)
        hint = f"did you mean {meant!r}?" if meant else f"it knows {', '.join(names) or 'none'}"
        told.append(f"{name!r}: {hint}")
    raise TypeError(f"{function.__name__}() does not know the keyword {'; '.join(told)}")
