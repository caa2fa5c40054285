"""Searches over parameters, and their trials as columns."""

from __future__ import annotations

from typing import Any

import numpy
import pandas
import polars
import pytest

import tradeforge
from tradeforge import Steps, _convert, _request
from tradeforge.v1 import result_service_pb2, types_pb2

WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def sweep(
    client: tradeforge.Client, bars: tradeforge.Series
) -> tradeforge.Run[tradeforge.SweepResult]:
    """6 x 5 combinations, of which 6 make no sense."""
    run = client.sweep(
        "sma_cross",
        on=bars.subscription,
        params={"fast": range(5, 31, 5), "slow": range(15, 56, 10), "direction": "long_only"},
        constraints={"trade_count": (150, None)},
        commission="0.001",
    )
    assert run.total == 30
    run.wait(timeout=WAIT_SECONDS)
    return run


def test_trials_come_as_columns(sweep: tradeforge.Run[tradeforge.SweepResult]) -> None:
    trials = sweep.trials()
    assert trials.row_count == 30
    assert trials["trial_index"] == list(range(30))
    assert trials["params.fast"] == [fast for fast in range(5, 31, 5) for _ in range(5)]
    assert set(trials["params.direction"]) == {"long_only"}
    assert {len(values) for values in trials.to_dict().values()} == {30}
    result = sweep.result()
    states = trials["state"]
    counts = [states.count(state) for state in ("COMPLETED", "FAILED", "INFEASIBLE")]
    assert counts == [
        result.completed - result.infeasible,
        result.failed,
        result.infeasible,
    ]
    assert all(counts), "the search has trials of every kind"


def test_points_are_tried_in_their_order(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    points = [{"fast": 9, "slow": 40}, {"fast": 5, "slow": 40}, {"fast": 9, "slow": 25}]
    run = client.sweep("sma_cross", on=bars.subscription, points=points)
    result = run.wait(timeout=WAIT_SECONDS)
    assert run.total == 3
    trials = run.trials()
    assert trials["trial_index"] == [0, 1, 2]
    assert [
        {"fast": fast, "slow": slow}
        for fast, slow in zip(trials["params.fast"], trials["params.slow"], strict=True)
    ] == points
    assert result.best_trial is not None
    assert result.best_trial.params["direction"] == "long_only"
    assert run.heatmap() is not None


def test_a_search_is_gone_on_with(client: tradeforge.Client, bars: tradeforge.Series) -> None:
    def search(last: int, **options: Any) -> tradeforge.Run[tradeforge.SweepResult]:
        params: Any = {"fast": range(5, last, 5), "slow": [40, 55]}
        run = client.sweep("sma_cross", on=bars.subscription, params=params, **options)
        run.wait(timeout=WAIT_SECONDS)
        return run

    first = search(16)
    wider = search(31, extend=first)
    assert wider.total == 12
    assert wider.info().pb.extended_run_id == first.id
    again = search(31, reuse="ALWAYS_NEW")
    assert again.result().result_sha256 == wider.result().result_sha256
    with pytest.raises(tradeforge.Invalid) as refused:
        search(31, extend=first.id, commission="0.01")
    assert any(field.startswith("extend_run_id") for field, _ in refused.value.fields)


@pytest.mark.parametrize(("kind", "also"), [("Genetic", ["-max_drawdown"]), ("Tpe", [])])
def test_trials_follow_from_the_best_so_far(
    client: tradeforge.Client, bars: tradeforge.Series, kind: str, also: list[str]
) -> None:
    def searched(seed: int) -> tradeforge.Run[tradeforge.SweepResult]:
        params: Any = {"fast": range(2, 100), "slow": range(3, 300)}
        run = client.sweep(
            "sma_cross",
            on=bars.subscription,
            params=params,
            where="fast < slow",
            search=getattr(tradeforge, kind)(96, seed=seed, batch=16),
            also=also,
            reuse="ALWAYS_NEW",
        )
        assert run.total == 96
        return run

    one, again, other = searched(1), searched(1), searched(2)
    hashes = [run.wait(timeout=WAIT_SECONDS).result_sha256 for run in (one, again, other)]
    assert hashes[0] == hashes[1] != hashes[2]
    trials = one.trials()
    assert len(set(trials["trial_index"])) == 96
    pairs = zip(trials["params.fast"], trials["params.slow"], strict=True)
    assert all(fast < slow for fast, slow in pairs)
    assert one.heatmap("fast", "slow") is not None
    with pytest.raises(ValueError, match="search"):
        client.sweep("sma_cross", random_trials=5, search=tradeforge.Genetic(5))


def test_the_front_is_what_no_other_trial_beats_in_everything(
    sweep: tradeforge.Run[tradeforge.SweepResult],
) -> None:
    sweep.wait(timeout=WAIT_SECONDS)
    front = sweep.pareto("sharpe", "-max_drawdown", limit=500)
    assert front.total == len(front.trials) > 0
    assert front.hypervolume is not None
    pairs = [(trial.metrics["sharpe"], -trial.metrics["max_drawdown"]) for trial in front.trials]
    assert pairs == sorted(pairs, reverse=True)
    for trial in sweep.top(1_000):
        own = (trial.metrics["sharpe"], -trial.metrics["max_drawdown"])
        is_on_it = own in pairs
        is_beaten = any(
            all(left >= right for left, right in zip(pair, own, strict=True)) and pair != own
            for pair in pairs
        )
        assert is_on_it != is_beaten
    assert len(sweep.pareto("sharpe", "-max_drawdown", limit=1).trials) == 1
    with pytest.raises(tradeforge.Invalid, match="objectives"):
        sweep.pareto("sharpe")


def test_a_point_that_is_no_mapping_is_refused_before_it_is_sent() -> None:
    with pytest.raises(TypeError, match="records"):
        _request.sweep_request("sma_cross", on="A:B@1h", params={}, points=[(5, 20)])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="random_trials"):
        _request.sweep_request(
            "sma_cross", on="A:B@1h", params={}, points=[{"fast": 5}], random_trials=3
        )


def test_a_finished_search_is_judged_by_how_luck_would_have_done(
    sweep: tradeforge.Run[tradeforge.SweepResult],
) -> None:
    run = sweep.validate(
        excess_over=tradeforge.ExcessOver.ZERO, bootstrap=200, seed=3, permutations=3
    )
    assert run.total == 4 * 30
    result = run.wait(timeout=WAIT_SECONDS)
    assert run.info().kind == tradeforge.RunKind.VALIDATION
    assert result.trial_count + result.left_out_count == 30
    best = sweep.result().best_trial
    assert best is not None
    assert result.best_trial == best.index
    assert result.days == sweep.trial(best.index).metrics["return_days"]
    assert result.spa_p is not None
    assert 0 < result.spa_p <= 1
    assert result.sentence == result.pb.sentence
    assert "of 100 searches by luck" in result.sentence
    assert next(trials for trials, _ in result.deflated_curve) == 2
    assert result.permutation_p in {0.25, 0.5, 0.75, 1.0}
    permuted = run.distribution("permuted_best")
    assert len(permuted) <= 3
    assert permuted == sorted(permuted)
    assert run.distribution("observed_objective") == [best.objective]
    assert len(run.distribution("null_best")) == 200
    with pytest.raises(tradeforge.Invalid, match="null_best"):
        run.distribution("null_bets")
    with pytest.raises(tradeforge.Precondition) as none:
        sweep.distribution("logits")
    assert none.value.reason == "NO_DISTRIBUTIONS"
    assert result.tried_ever is not None
    assert result.tried_ever >= 30
    with pytest.raises(tradeforge.Invalid) as refused:
        sweep.validate(blocks=5)
    assert [path for path, _ in refused.value.fields] == ["validation.blocks"]


def test_choices_by_other_days_make_paths_through_all_of_them(
    sweep: tradeforge.Run[tradeforge.SweepResult],
) -> None:
    run = sweep.validate(bootstrap=200, cpcv=(6, 2), purge_days=1, embargo_days=2)
    paths = run.wait(timeout=WAIT_SECONDS).paths
    assert paths is not None
    assert (paths.path_count, paths.split_count, len(paths.quantiles)) == (5, 15, 7)
    ratios = sorted(run.distribution("path_ratios"))
    assert (paths.quantiles[0], paths.quantiles[3], paths.quantiles[6]) == (
        ratios[0],
        ratios[2],
        ratios[4],
    )
    assert paths.share_below_zero == sum(ratio < 0 for ratio in ratios) / 5
    assert 1 <= paths.chosen_trial_count <= 15
    with pytest.raises(TypeError, match="purge_days needs cpcv"):
        sweep.validate(purge_days=3)
    with pytest.raises(tradeforge.Invalid) as refused:
        sweep.validate(cpcv=(6, 6))
    assert [path for path, _ in refused.value.fields] == ["validation.combinatorial.test_groups"]


def test_the_ledger_counts_what_was_tried(
    client: tradeforge.Client,
    bars: tradeforge.Series,
    sweep: tradeforge.Run[tradeforge.SweepResult],
) -> None:
    done = sweep.result()
    entries = client.ledger(f"{bars.exchange}:{bars.symbol}")
    tried = next(entry for entry in entries if entry.strategy == "sma_cross")
    assert tried.trials >= done.completed
    assert 0.95 * done.completed <= tried.configurations <= 1.05 * tried.trials
    assert tried in client.ledger()
    with pytest.raises(tradeforge.Invalid):
        client.ledger(bars.exchange)


def test_what_is_undefined_is_none_and_nothing_else_is(
    sweep: tradeforge.Run[tradeforge.SweepResult],
) -> None:
    for row in sweep.trials().to_dicts():
        has_failed = row["state"] == "FAILED"
        assert (row["metrics.trade_count"] is None) == has_failed
        assert (row["error.reason"] == "PARAM_INVALID") == has_failed
        assert (row["error.message"] is None) != has_failed
        fast, slow = row["params.fast"], row["params.slow"]
        assert isinstance(fast, int)
        assert isinstance(slow, int)
        assert has_failed == (fast >= slow)


def test_a_row_is_the_trial_and_the_trial_is_its_backtest(
    client: tradeforge.Client,
    bars: tradeforge.Series,
    sweep: tradeforge.Run[tradeforge.SweepResult],
) -> None:
    best = sweep.result().best_trial
    assert best is not None
    row = next(sweep.trials(f"trial_index = {best.index}").to_dicts())
    trial = sweep.trial(best.index)
    assert trial.objective == best.objective == row["objective_value"] == row["metrics.sharpe"]
    metrics = {
        name.removeprefix("metrics."): value
        for name, value in row.items()
        if name.startswith("metrics.") and value is not None
    }
    run = client.backtest(
        "sma_cross", on=bars.subscription, params=trial.params, commission="0.001"
    )
    result = run.wait(timeout=WAIT_SECONDS)
    assert trial.metrics == metrics == result.metrics
    assert sweep.trades(best.index) == run.trades()


def test_trials_are_filtered_sorted_cut_and_chosen(
    sweep: tradeforge.Run[tradeforge.SweepResult],
) -> None:
    trials = sweep.trials(
        "NOT state = FAILED", order_by="metrics.sharpe desc", columns=["metrics.sharpe"], limit=7
    )
    assert list(trials.columns) == ["trial_index", "state", "metrics.sharpe"]
    sharpes: list[Any] = trials["metrics.sharpe"]
    assert sharpes == sorted(sharpes, reverse=True)
    assert trials.row_count == len(sharpes) == 7
    assert sweep.trials("params.fast > 1000", columns=["params.slow"])["params.slow"] == []


def test_a_data_frame_keeps_types_and_gaps(sweep: tradeforge.Run[tradeforge.SweepResult]) -> None:
    pandas = pytest.importorskip("pandas")
    trials = sweep.trials()
    frame = trials.to_pandas()
    assert frame.index.name == "trial_index"
    assert str(frame["params.fast"].dtype) == "Int64"
    assert str(frame["metrics.sharpe"].dtype) == "float64"
    for name, values in trials.to_dict().items():
        if name != "trial_index":
            found = [None if pandas.isna(value) else value for value in frame[name]]
            assert found == values, name
    assert sweep.trials("params.fast > 1000").to_pandas().empty


def test_faults_are_told_by_their_fields(
    client: tradeforge.Client,
    bars: tradeforge.Series,
    sweep: tradeforge.Run[tradeforge.SweepResult],
) -> None:
    with pytest.raises(tradeforge.Invalid) as caught:
        sweep.trials(order_by="metrics.shrp")
    assert caught.value.fields[0][0] == "order_by"
    with pytest.raises(tradeforge.Invalid, match="fats"):
        client.sweep("sma_cross", on=bars.subscription, params={"fats": range(1, 5)})
    with pytest.raises(tradeforge.NotFound):
        sweep.trial(30)
    backtest = client.backtest("buy_and_hold", on=bars.subscription)
    with pytest.raises(tradeforge.Precondition) as precondition:
        backtest.trials()
    assert precondition.value.reason == "NOT_AN_OPTIMIZATION"


def test_the_rules_of_a_search_are_kept(client: tradeforge.Client, bars: tradeforge.Series) -> None:
    run = client.sweep(
        "rsi_reversion",
        on_each=[bars.subscription, "SYN:DEMO@4h"],
        params={"oversold": Steps(10.0, 30.0, 2.5), "direction": ["both", "long_only"]},
        where=["oversold >= 15", 'direction != "both"'],
        random_trials=10,
        seed=3,
        objective="max_drawdown",
        goal="minimize",
    )
    assert run.total == 10
    result = run.wait(timeout=WAIT_SECONDS)
    trials = run.trials()
    assert set(trials["params.direction"]) == {"long_only"}
    oversold: list[Any] = trials["params.oversold"]
    assert min(oversold) >= 15.0
    assert all(value % 2.5 == 0.0 for value in oversold)
    assert set(trials["subscription"]) == {"SYN:DEMO@1h", "SYN:DEMO@4h"}
    drawdowns: list[Any] = [value for value in trials["objective_value"] if value is not None]
    assert result.best_trial is not None
    assert result.best_trial.objective == min(drawdowns)


@pytest.mark.parametrize(
    ("rule", "right"),
    [
        ("fast < slow", types_pb2.ParamConstraint(param="slow")),
        ("fast<10", types_pb2.ParamConstraint(value=types_pb2.ParamValue(int_value=10))),
        (" fast < 0.5 ", types_pb2.ParamConstraint(value=types_pb2.ParamValue(double_value=0.5))),
        ("fast < 'x'", types_pb2.ParamConstraint(value=types_pb2.ParamValue(string_value="x"))),
    ],
)
def test_a_rule_compares_with_a_parameter_or_a_value(
    rule: str, right: types_pb2.ParamConstraint
) -> None:
    right.left, right.op = "fast", types_pb2.COMPARISON_LESS
    assert _request.param_constraint(rule) == right


def test_what_is_no_rule_and_what_is_no_range_is_refused() -> None:
    for rule in ("fast", "fast = slow", "fast <", "< slow"):
        with pytest.raises(ValueError, match="is no rule"):
            _request.param_constraint(rule)
    for empty in (range(5, 5), range(10, 1, -1)):
        with pytest.raises(ValueError, match="fast"):
            _request.axis("fast", empty)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (numpy.arange(0.1, 0.6, 0.1), {"double_range": {"min": 0.1, "max": 0.5, "step": 0.1}}),
        (numpy.linspace(0, 1, 5), {"double_range": {"min": 0.0, "max": 1.0, "step": 0.25}}),
        (numpy.linspace(0, 1, 4), {"values": [0.0, 1 / 3, 2 / 3, 1.0]}),
        (numpy.array([0.5, 0.25]), {"values": [0.5, 0.25]}),
        (numpy.arange(5, 20, 5), {"values": [5, 10, 15]}),
        (numpy.array([True, False]), {"values": [True, False]}),
        (pandas.Series(["both", "long_only"]), {"values": ["both", "long_only"]}),
        (polars.Series([3, 1, 2]), {"values": [3, 1, 2]}),
        ([0.1, 0.2, 0.1 + 0.2], {"values": [0.1, 0.2, 0.1 + 0.2]}),
    ],
)
def test_arrays_are_axes_and_lists_are_taken_as_they_are(
    values: Any, expected: dict[str, Any]
) -> None:
    assert _request.is_swept(values)
    axis = _request.axis("x", values)
    if "values" in expected:
        read = [_convert.from_param_value(value) for value in axis.values.values]
        assert read == expected["values"]
        assert [type(value) for value in read] == [type(value) for value in expected["values"]]
    else:
        steps = axis.double_range
        found = {"min": steps.min_value, "max": steps.max_value, "step": steps.step}
        assert found == expected["double_range"]


def test_one_value_is_none_of_many_and_what_has_no_order_is_refused() -> None:
    for one in (5, 0.5, True, "both", numpy.int64(5), numpy.float64(0.5), numpy.array(5)):
        assert not _request.is_swept(one)  # type: ignore[arg-type]
    fixed, _ = _request.split_params({"x": numpy.int64(5), "y": numpy.bool_(True)})  # type: ignore[dict-item]
    read = _convert.param_values(fixed)
    assert (read["x"].int_value, read["y"].bool_value) == (5, True)
    for unordered in ({1, 2}, {1: 2}):
        with pytest.raises(TypeError, match=r"'x'.*no order"):
            _request.split_params({"x": unordered})
    with pytest.raises(ValueError, match="'x' has no values"):
        _request.axis("x", numpy.array([]))
    with pytest.raises(TypeError, match="'x' must be an int, float, bool or str, not ndarray"):
        _request.axis("x", numpy.ones((2, 2)))


def test_batches_are_joined_with_their_gaps() -> None:
    def batch(values: list[int], validity: bytes) -> result_service_pb2.ExportTrialsResponse:
        ints = result_service_pb2.IntColumn(values=values)
        column = result_service_pb2.Column(name="x", ints=ints, validity=validity)
        return result_service_pb2.ExportTrialsResponse(row_count=len(values), columns=[column])

    trials = tradeforge.Trials([batch([1, 0, 3], b"\x05"), batch([4], b"")])
    assert trials["x"] == [1, None, 3, 4]
    assert repr(trials) == "Trials(4 rows of 1 columns)"


def test_combinations_have_one_score_over_several_series(
    client: tradeforge.Client, bars: tradeforge.Series
) -> None:
    run = client.sweep(
        "rsi_reversion",
        on_each=[bars.subscription, "SYN:DEMO@4h"],
        params={"period": range(5, 20, 5)},
        across="least",
    )
    result = run.wait(timeout=WAIT_SECONDS)
    trials = run.trials(order_by="across desc")
    scores: list[Any] = trials["across_value"]
    values: list[Any] = trials["objective_value"]
    pairs = zip(scores[::2], values[::2], values[1::2], strict=True)
    assert all(score == min(one, other) for score, one, other in pairs)
    assert result.best_trial is not None
    assert result.best_trial.across == scores[0] == max(scores)
    with pytest.raises(ValueError, match="across must be one of"):
        client.sweep("rsi_reversion", on_each=[bars.subscription], params={}, across="means")
