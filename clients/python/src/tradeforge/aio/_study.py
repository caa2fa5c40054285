"""Searches that another program drives: it proposes points, and is told what they came to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tradeforge import _tried
from tradeforge._call import public
from tradeforge._inputs import ParamInput, Reuse, SubscriptionInput, Swept
from tradeforge._tried import Optimizer, Point, Tried

if TYPE_CHECKING:
    from tradeforge.aio._client import Client

LABEL = "study"
"""The label that the runs of a study carry, with its name."""


class Study:
    """A search whose points another program proposes, in batches; `Client.study` makes one.

    Each batch is a run of its own, labelled with the study's name. What the server has computed
    already it does not compute again: a program that proposes the same points again, as after a
    crash, goes through them at once.
    """

    def __init__(
        self,
        client: Client,
        name: str,
        strategy: str,
        on: SubscriptionInput | Sequence[SubscriptionInput],
        params: Mapping[str, ParamInput],
        metrics: Sequence[str],
        options: dict[str, Any],
    ) -> None:
        self.name = name
        """What the label of its runs says."""
        self.metrics = tuple(metrics)
        """What a point is told by."""
        self._client = client
        self._work = (strategy, on, params)
        self._options = options
        self._tried: dict[Any, Tried] = {}
        self._runs: list[str] = []

    @property
    def tried(self) -> list[Tried]:
        """All points so far, each once, in the order in which they were proposed."""
        return list(self._tried.values())

    @property
    def run_ids(self) -> list[str]:
        """The runs of the batches so far."""
        return list(self._runs)

    @public
    async def try_points(self, points: Iterable[Point]) -> list[Tried]:
        """Compute points and return what they came to, in their order.

        A point that was tried in this study before, or stands twice, is computed once.

        Raises:
            Invalid: A point is none: all name the same parameters of the strategy.
        """
        asked = [dict(point) for point in points]
        new = {_tried.key_of(point): point for point in asked}
        wanted = [point for key, point in new.items() if key not in self._tried]
        for batch in _tried.batches(wanted):
            await self._try_batch(batch)
        return [self._tried[_tried.key_of(point)] for point in asked]

    @public
    async def drive(
        self,
        ask: Callable[[int], Iterable[Point]],
        tell: Callable[[list[Tried]], object],
        *,
        trials: int,
        batch: int = 32,
    ) -> list[Tried]:
        """Let `ask(n)` propose up to n points and `tell` learn what they came to, until enough are.

        Ends early when nothing is proposed. Returns all points of the study.
        """
        done = 0
        while done < trials:
            points = list(ask(min(batch, trials - done)))
            if not points:
                break
            tell(await self.try_points(points))
            done += len(points)
        return self.tried

    @public
    async def optimize(
        self,
        optimizer: Optimizer,
        space: Mapping[str, Swept],
        *,
        trials: int,
        batch: int = 32,
    ) -> list[Tried]:
        """Let a study of Optuna propose the points, and tell it the metrics.

        Args:
            optimizer: As `optuna.create_study(direction="maximize")` makes it; with several
                metrics, with as many `directions`.
            space: Parameters by name: a range, Steps or a list of choices.
            trials: How many it proposes.
            batch: How many at once. More use more cores, fewer learn sooner.

        Points that fail, break a constraint or lack a metric are told as failed. Returns all points
        of the study.
        """
        distributions = _tried.distributions(space)
        asked: list[Any] = []

        def ask(count: int) -> list[Point]:
            asked[:] = [optimizer.ask(distributions) for _ in range(count)]
            return [trial.params for trial in asked]

        def tell(results: list[Tried]) -> None:
            for trial, result in zip(asked, results, strict=True):
                if result.is_good:
                    optimizer.tell(trial, list(result.values))
                else:
                    optimizer.tell(trial, state=_tried.failed_state())

        return await self.drive(ask, tell, trials=trials, batch=batch)

    async def _try_batch(self, points: list[dict[str, ParamInput]]) -> None:
        strategy, on, params = self._work
        run = await self._client.sweep(
            strategy,
            on=on,
            params=params,
            points=points,
            objective=self.metrics[0],
            reuse=Reuse.REUSE_COMPLETED,
            display_name=f"{self.name} {len(self._runs) + 1}",
            **self._options,
        )
        await run.wait()
        self._runs.append(run.id)
        names = [f"metrics.{name}" for name in self.metrics]
        trials = await run.trials(columns=names)
        rows = zip(
            trials["trial_index"], trials["state"], *(trials[name] for name in names), strict=True
        )
        for index, state, *values in rows:
            point = points[int(index)]
            by_name = dict(zip(self.metrics, values, strict=True))
            self._tried[_tried.key_of(point)] = Tried(
                point, state, tuple(values), run.id, index, by_name
            )
