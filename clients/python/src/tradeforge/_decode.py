"""Dataclasses from messages: pure, one function a message."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from tradeforge._convert import enum_name, from_duration, from_param_value, from_timestamp
from tradeforge._inputs import Calendar, ParamInput, Subscription
from tradeforge._rules import Checked, Diagnostic, Function
from tradeforge._stress_wire import robustness_result
from tradeforge._values import (
    AuditEvent,
    BacktestResult,
    CarriedAccount,
    Disposition,
    Failure,
    FailureGroup,
    Fill,
    Front,
    Imported,
    InstrumentResult,
    LedgerEntry,
    Metric,
    Parameter,
    PathSummary,
    Pause,
    Progress,
    Result,
    RuleFact,
    RunInfo,
    RunKind,
    RunOrigin,
    RunState,
    Series,
    SeriesAccount,
    ServerInfo,
    Status,
    Strategy,
    SweepResult,
    Trial,
    TrialState,
    Validation,
    ValidationResult,
    Waiting,
    WaitReason,
    WalkForwardResult,
    Window,
    WindowSeries,
    Worker,
    WorkerState,
)
from tradeforge.v1 import (
    access_service_pb2,
    market_data_service_pb2,
    result_service_pb2,
    run_service_pb2,
    strategy_service_pb2,
    system_service_pb2,
    types_pb2,
)


def run_state(number: types_pb2.RunState.ValueType) -> RunState:
    """Read a run's state."""
    return enum_name(types_pb2.RunState, "RUN_STATE_", number, RunState)


def failure(message: types_pb2.RunError) -> Failure:
    """Read why something failed."""
    return Failure(message.reason, message.message, dict(message.metadata), message.stack_trace)


def subscription(message: types_pb2.Subscription) -> Subscription:
    """Read which bars."""
    return Subscription(
        message.exchange, message.symbol, message.timeframe, data_sha256=message.data_sha256
    )


def params(values: Mapping[str, types_pb2.ParamValue]) -> dict[str, ParamInput]:
    """Read parameters by name; one of a type that is not known here is left out."""
    read = {name: from_param_value(value) for name, value in values.items()}
    return {name: value for name, value in sorted(read.items()) if value is not None}


def trial(message: types_pb2.TrialSummary) -> Trial:
    """Read one trial."""
    has_time = message.HasField("compute_duration")
    return Trial(
        index=message.trial_index,
        state=enum_name(types_pb2.TrialState, "TRIAL_STATE_", message.state, TrialState),
        params=params(message.params),
        metrics=dict(message.metrics),
        objective=message.objective_value if message.HasField("objective_value") else None,
        across=message.across_value if message.HasField("across_value") else None,
        failure=failure(message.error) if message.HasField("error") else None,
        subscription=(
            subscription(message.subscription) if message.HasField("subscription") else None
        ),
        compute_time=from_duration(message.compute_duration) if has_time else None,
    )


def front(message: result_service_pb2.ListParetoTrialsResponse) -> Front:
    """Read a Pareto front."""
    return Front(
        trials=[trial(each) for each in message.trials],
        total=message.total_size,
        hypervolume=message.hypervolume if message.HasField("hypervolume") else None,
    )


def instrument(message: result_service_pb2.InstrumentResult) -> InstrumentResult:
    """Read what one instrument did."""
    return InstrumentResult(message.exchange, message.symbol, dict(message.metrics))


def fill(message: result_service_pb2.Fill) -> Fill:
    """Read one execution of a trade."""
    return Fill(
        from_timestamp(message.time),
        "SELL" if message.side == result_service_pb2.FILL_SIDE_SELL else "BUY",
        message.quantity,
        message.price,
        message.fee,
        message.slippage_cost,
        message.priced_by,
        message.exit_reason or None,
        message.position,
    )


def failure_group(message: types_pb2.FailureGroup) -> FailureGroup:
    """Read trials that failed alike."""
    return FailureGroup(
        message.reason,
        message.message,
        message.count,
        message.sample_trial_index,
        message.stack_trace,
    )


def progress(message: types_pb2.Progress) -> Progress:
    """Read how much is done."""
    return Progress(
        total=message.total,
        completed=message.completed,
        failed=message.failed,
        fraction=message.fraction,
        per_second=message.per_second,
        elapsed=from_duration(message.elapsed) if message.HasField("elapsed") else None,
        remaining=from_duration(message.remaining) if message.HasField("remaining") else None,
        best=trial(message.best_trial) if message.HasField("best_trial") else None,
        queue_position=message.queue_position,
    )


def status(message: types_pb2.RunStatus) -> Status:
    """Read how a run stands."""
    return Status(
        run_id=message.run_id,
        kind=enum_name(types_pb2.RunKind, "RUN_KIND_", message.kind, RunKind),
        state=run_state(message.state),
        attempt=message.attempt,
        sequence=message.sequence,
        progress=progress(message.progress),
        failure=failure(message.error) if message.HasField("error") else None,
        is_cancel_requested=message.HasField("cancel"),
        waiting=waiting(message.waiting) if message.HasField("waiting") else None,
        pause=pause(message.pause) if message.HasField("pause") else None,
        create_time=(
            from_timestamp(message.create_time) if message.HasField("create_time") else None
        ),
        start_time=from_timestamp(message.start_time) if message.HasField("start_time") else None,
        end_time=from_timestamp(message.end_time) if message.HasField("end_time") else None,
        pb=message,
    )


def waiting(message: types_pb2.Waiting) -> Waiting:
    """Read what a run waits for."""
    return Waiting(
        reason=enum_name(types_pb2.WaitReason, "WAIT_REASON_", message.reason, WaitReason),
        since=from_timestamp(message.since_time) if message.HasField("since_time") else None,
        message=message.message,
    )


def pause(message: types_pb2.PauseInfo) -> Pause:
    """Read that a run is paused."""
    return Pause(
        since=from_timestamp(message.pause_time) if message.HasField("pause_time") else None,
        reason=message.reason,
        requester=message.requester,
    )


def result(message: types_pb2.RunStatus) -> Result:
    """Read the outcome of a completed run."""
    if message.WhichOneof("result") == "optimization":
        sweep = message.optimization
        return SweepResult(
            run_id=message.run_id,
            completed=sweep.completed,
            failed=sweep.failed,
            infeasible=sweep.infeasible,
            best_trial=trial(sweep.best_trial) if sweep.HasField("best_trial") else None,
            top_trials=tuple(trial(item) for item in sweep.top_trials),
            failures=tuple(failure_group(group) for group in sweep.failures),
            result_sha256=sweep.result_sha256,
            pb=sweep,
        )
    if message.WhichOneof("result") == "validation":
        return validation_result(message.run_id, message.validation)
    if message.WhichOneof("result") == "walk_forward":
        return walk_forward_result(message.run_id, message.walk_forward)
    if message.WhichOneof("result") == "robustness":
        return robustness_result(message.run_id, message.robustness)
    backtest = message.backtest
    return BacktestResult(
        run_id=message.run_id,
        metrics=dict(backtest.metrics),
        trade_count=backtest.trade_count,
        equity_point_count=backtest.equity_point_count,
        rejections=dict(backtest.rejections),
        rule_facts=tuple(rule_fact(fact) for fact in backtest.rule_facts),
        result_sha256=backtest.result_sha256,
        costs=dict(backtest.costs),
        acted_rows=backtest.uses_aux.acted_rows if backtest.HasField("uses_aux") else None,
        stale_rows=backtest.uses_aux.stale_rows if backtest.HasField("uses_aux") else None,
        pb=backtest,
    )


def rule_fact(message: types_pb2.RuleFact) -> RuleFact:
    """Read how often a value of a strategy as text was there."""
    known = {descriptor.name: value for descriptor, value in message.ListFields()}
    return RuleFact(
        name=message.name,
        first_defined_bar=known.get("first_defined_bar"),
        undefined_bars=message.undefined_bars,
        true_bars=known.get("true_bars"),
        instrument=message.instrument,
    )


def path_summary(message: types_pb2.PathSummary) -> PathSummary:
    """Read what choosing the best of other days brought."""
    has_share = message.HasField("share_below_zero")
    return PathSummary(
        path_count=message.path_count,
        split_count=message.split_count,
        chosen_trial_count=message.chosen_trial_count,
        quantiles=tuple(message.quantiles),
        share_below_zero=message.share_below_zero if has_share else None,
    )


def validation_result(run_id: str, message: types_pb2.ValidationResult) -> ValidationResult:
    """Read how much of the best of a search is luck."""
    known = {descriptor.name: value for descriptor, value in message.ListFields()}
    return ValidationResult(
        run_id=run_id,
        sentence=message.sentence,
        trial_count=message.trial_count,
        left_out_count=message.left_out_count,
        days=message.days,
        best_trial=message.best_trial_index,
        spa_p=known.get("spa_p"),
        spa_p_lower=known.get("spa_p_lower"),
        spa_p_upper=known.get("spa_p_upper"),
        reality_check_p=known.get("reality_check_p"),
        permutation_p=known.get("permutation_p"),
        pbo=known.get("pbo"),
        probability_of_loss=known.get("probability_of_loss"),
        psr_2012=known.get("psr_2012"),
        psr_2026=known.get("psr_2026"),
        dsr_2014=known.get("dsr_2014"),
        implied_trials=known.get("implied_trials"),
        min_track_record_days=known.get("min_track_record_days"),
        min_backtest_days=known.get("min_backtest_days"),
        deflated_curve=tuple((point.trials, point.probability) for point in message.deflated_curve),
        discoveries_bh=message.discoveries_bh,
        discoveries_by=message.discoveries_by,
        discoveries_stepm=message.discoveries_stepm,
        discoveries_bonferroni=known.get("discoveries_bonferroni"),
        discoveries_holm=known.get("discoveries_holm"),
        tried_ever=known.get("tried_ever"),
        dsr_ever=known.get("dsr_ever"),
        dsr_implied=known.get("dsr_implied"),
        paths=path_summary(message.paths) if message.HasField("paths") else None,
        result_sha256=message.result_sha256,
        pb=message,
    )


def walk_forward_result(run_id: str, message: types_pb2.WalkForwardResult) -> WalkForwardResult:
    """Read what a walk-forward came to."""
    known = {descriptor.name: value for descriptor, value in message.ListFields()}
    return WalkForwardResult(
        run_id=run_id,
        sentence=message.sentence,
        window_count=message.window_count,
        empty_window_count=message.empty_window_count,
        profitable_window_count=message.profitable_window_count,
        metrics=dict(message.metrics),
        baselines=dict(message.baselines),
        efficiency=known.get("efficiency"),
        rank_correlation=known.get("rank_correlation"),
        rank_correlation_t=known.get("rank_correlation_t"),
        completed=message.completed,
        failed=message.failed,
        result_sha256=message.result_sha256,
        carried=carried(message.carried) if message.HasField("carried") else None,
        series=tuple(series_account(account) for account in message.series),
        pb=message,
    )


def series_name(message: types_pb2.Subscription) -> str:
    """Name the series of a subscription, as a person does."""
    return f"{message.exchange}:{message.symbol}@{message.timeframe}"


def series_account(message: types_pb2.SeriesAccount) -> SeriesAccount:
    """Read what the choices came to on one series."""
    return SeriesAccount(
        series=series_name(message.subscription),
        metrics=dict(message.metrics),
        carried=carried(message.carried) if message.HasField("carried") else None,
    )


def window_series(message: types_pb2.WindowSeries) -> WindowSeries:
    """Read what the choice of a window came to on one series."""
    return WindowSeries(
        series=series_name(message.subscription),
        in_sample_metrics=dict(message.in_sample_metrics),
        out_of_sample_metrics=dict(message.out_of_sample_metrics),
        carried_metrics=dict(message.carried_metrics),
        initial_cash=message.initial_cash,
        result_sha256=message.result_sha256,
    )


def carried(message: types_pb2.CarriedAccount) -> CarriedAccount:
    """Read what a walk-forward chose as one backtest."""
    return CarriedAccount(
        backtest=message.backtest,
        metrics=dict(message.metrics),
        result_sha256=message.result_sha256,
        error=message.error.message,
    )


def window(message: types_pb2.Window) -> Window:
    """Read one window of a walk-forward."""
    known = {descriptor.name: value for descriptor, value in message.ListFields()}

    def span(range_: types_pb2.TimeRange) -> tuple[datetime, datetime]:
        return from_timestamp(range_.start_time), from_timestamp(range_.end_time)

    return Window(
        index=message.window_index,
        in_sample=span(message.in_sample),
        out_of_sample=span(message.out_of_sample),
        selected_trial=known.get("selected_trial"),
        params=params(message.params),
        in_sample_objective=known.get("in_sample_objective"),
        in_sample_metrics=dict(message.in_sample_metrics),
        initial_cash=message.initial_cash,
        out_of_sample_metrics=dict(message.out_of_sample_metrics),
        result_sha256=message.result_sha256,
        carried_metrics=dict(message.carried_metrics),
        baselines=dict(message.baselines),
        rank_correlation=known.get("rank_correlation"),
        out_of_sample_rank=known.get("out_of_sample_rank"),
        returns=tuple(message.returns),
        failures=tuple(failure_group(group) for group in message.failures),
        series=tuple(window_series(own) for own in message.series),
        pb=message,
    )


def audit_event(message: access_service_pb2.AuditEvent) -> AuditEvent:
    """Read who changed what."""
    return AuditEvent(
        id=message.event_id,
        time=from_timestamp(message.time),
        actor=message.actor,
        token_id=message.token_id,
        address=message.address,
        action=message.action,
        subject=message.subject,
        outcome=message.outcome,
        details=dict(message.details),
        pb=message,
    )


def ledger_entry(message: result_service_pb2.LedgerEntry) -> LedgerEntry:
    """Read what was tried of one strategy."""
    return LedgerEntry(
        exchange=message.exchange,
        symbol=message.symbol,
        strategy=message.strategy,
        configurations=message.configurations,
        trials=message.trials,
        pb=message,
    )


def run_info(message: types_pb2.Run) -> RunInfo:
    """Read a run as it is stored."""
    kind = message.WhichOneof("spec")
    search = message.walk_forward.search if kind == "walk_forward" else message.optimization
    is_search = kind in {"optimization", "walk_forward"}
    alone = message.robustness.base if kind == "robustness" else message.backtest
    base = search.base if is_search else alone
    bars = search.subscription_axis if is_search else ()
    return RunInfo(
        id=message.run_id,
        run_key=message.run_key,
        kind=enum_name(types_pb2.RunKind, "RUN_KIND_", message.kind, RunKind),
        display_name=message.display_name,
        notes=message.notes,
        labels=dict(sorted(message.labels.items())),
        etag=message.etag,
        priority=message.priority,
        deadline=from_timestamp(message.deadline) if message.HasField("deadline") else None,
        compute_budget=(
            from_duration(message.compute_budget) if message.HasField("compute_budget") else None
        ),
        compute_time=from_duration(message.compute_time),
        engine_version=message.engine_version,
        strategy=base.strategy.name,
        strategy_version=base.strategy.version,
        params=params(base.params),
        subscriptions=tuple(subscription(item) for item in bars or base.subscriptions),
        status=status(message.status),
        origin=_origin(message.origin) if message.HasField("origin") else None,
        pb=message,
    )


def _origin(message: types_pb2.RunOrigin) -> RunOrigin:
    return RunOrigin(
        run_id=message.run_id,
        manifest_sha256=message.manifest_sha256,
        version=message.version,
        import_time=from_timestamp(message.import_time),
        recomputed=message.recomputed,
    )


def disposition(message: run_service_pb2.SubmitResponse) -> Disposition:
    """Read how a submission was answered."""
    return enum_name(
        run_service_pb2.SubmitDisposition,
        "SUBMIT_DISPOSITION_",
        message.disposition,
        Disposition,
    )


def estimate(message: run_service_pb2.SubmitResponse) -> timedelta | None:
    """Read how long the work may take; None if the server does not say."""
    if not message.HasField("estimated_duration"):
        return None
    return from_duration(message.estimated_duration)


def validation(message: run_service_pb2.SubmitResponse) -> Validation:
    """Read what a submission would come to."""
    return Validation(
        run_key=message.run_key,
        total=message.total,
        warnings=tuple(message.warnings),
        estimate=estimate(message),
        warmup=message.warmup_bars if message.HasField("warmup_bars") else None,
        bars_per_second=message.bars_per_second if message.HasField("bars_per_second") else None,
        pb=message,
    )


def imported(
    message: market_data_service_pb2.ImportBarsResponse
    | market_data_service_pb2.UploadBarsResponse,
) -> Imported:
    """Read what came of storing bars."""
    return Imported(
        series=series(message.series),
        created=message.created,
        rows_read=message.rows_read,
        warnings=tuple(message.warnings),
        understood=tuple(message.understood),
        preview=message.preview if message.HasField("preview") else None,
    )


def parameter(message: types_pb2.ParamSpec) -> Parameter:
    """Read one parameter of a strategy."""
    minimum: float | None = None
    maximum: float | None = None
    match message.WhichOneof("domain"):
        case "int_domain":
            minimum, maximum = message.int_domain.min_value, message.int_domain.max_value
        case "double_domain":
            minimum, maximum = message.double_domain.min_value, message.double_domain.max_value
        case _:
            pass
    return Parameter(
        name=message.name,
        display_name=message.display_name,
        description=message.description,
        unit=message.unit,
        default=from_param_value(message.default_value),
        minimum=minimum,
        maximum=maximum,
        choices=tuple(message.choice_domain.values),
        pb=message,
    )


def checked(message: strategy_service_pb2.CheckStrategyResponse) -> Checked:
    """Read what a strategy as text comes to."""
    return Checked(
        diagnostics=tuple(
            Diagnostic(
                severity="ERROR" if item.severity == 1 else "WARNING",
                code=item.code,
                message=item.message,
                line=item.line,
                column=item.column,
                length=item.length,
                suggestion=item.suggestion,
            )
            for item in message.diagnostics
        ),
        name=message.strategy.display_name,
        params=tuple(item.name for item in message.strategy.params),
        node_count=message.node_count,
        warmup_bars=message.warmup_bars,
        is_leaping=message.speed_class
        in (strategy_service_pb2.SPEED_CLASS_LEAP, strategy_service_pb2.SPEED_CLASS_WALK),
        speed_reason=message.speed_reason,
        timeframes=tuple(message.timeframes),
        rule_sha256=message.rule_sha256,
        speed_class=_speed_class(message.speed_class),
        markets=tuple(message.markets),
        auxes={item.name: tuple(item.columns) for item in message.auxes},
        pb=message,
    )


def _speed_class(value: strategy_service_pb2.SpeedClass.ValueType) -> str:
    name = strategy_service_pb2.SpeedClass.Name(value).removeprefix("SPEED_CLASS_")
    return "" if name == "UNSPECIFIED" else name


def function(message: strategy_service_pb2.FunctionSpec) -> Function:
    """Read one function of the language."""
    return Function(
        name=message.name,
        signature=message.signature,
        description=message.description,
        category=message.category,
        definition=message.definition,
    )


def strategy(message: strategy_service_pb2.Strategy) -> Strategy:
    """Read one strategy."""
    return Strategy(
        name=message.name,
        version=message.version,
        display_name=message.display_name,
        description=message.description,
        params=tuple(parameter(item) for item in message.params),
        metrics=tuple(
            Metric(item.name, item.display_name, item.description, item.unit, pb=item)
            for item in message.metrics
        ),
        warmup=message.warmup_bars if message.HasField("warmup_bars") else None,
        is_saved=message.origin == strategy_service_pb2.STRATEGY_ORIGIN_SAVED,
        source=message.source,
        pb=message,
    )


def series(message: market_data_service_pb2.Series) -> Series:
    """Read one stored version of an instrument's bars."""
    spec = message.spec
    return Series(
        exchange=spec.exchange,
        symbol=spec.symbol,
        timeframe=spec.timeframe,
        price_tick=spec.price_tick,
        quantity_step=spec.quantity_step,
        calendar=enum_name(market_data_service_pb2.Calendar, "CALENDAR_", spec.calendar, Calendar),
        time_zone=spec.time_zone,
        day_start=spec.day_start,
        quote_currency=spec.quote_currency,
        data_sha256=message.data_sha256,
        bar_count=message.bar_count,
        first_bar_time=(
            from_timestamp(message.first_bar_time) if message.HasField("first_bar_time") else None
        ),
        end_time=from_timestamp(message.end_time) if message.HasField("end_time") else None,
        gap_count=message.gap_count,
        size_bytes=message.size_bytes,
        import_time=(
            from_timestamp(message.import_time) if message.HasField("import_time") else None
        ),
        source=message.source,
        is_newest=message.is_newest,
        pb=message,
    )


def worker(message: system_service_pb2.Worker) -> Worker:
    """Read who computes besides the server."""
    return Worker(
        id=message.worker_id,
        name=message.name,
        host=message.host,
        state=enum_name(
            system_service_pb2.WorkerState, "WORKER_STATE_", message.state, WorkerState
        ),
        slots=message.slots,
        busy_slots=message.busy_slots,
        chunks=message.chunks,
        trials=message.trials,
        trials_per_second=message.trials_per_second,
        silent_for=from_duration(message.silent_for),
        version=message.version,
        git_revision=message.git_revision,
        architecture=message.architecture,
        run_ids=list(message.run_ids),
        problem=message.problem,
        pb=message,
    )


def server_info(message: system_service_pb2.GetServerInfoResponse) -> ServerInfo:
    """Read what the server is."""
    limits = message.limits
    return ServerInfo(
        version=message.version,
        git_revision=message.git_revision,
        engine_version=message.engine_version,
        worker_threads=message.worker_threads,
        running_runs=message.running_runs,
        pending_runs=message.pending_runs,
        uptime=from_duration(message.uptime),
        limits={item.name: getattr(limits, item.name) for item in limits.DESCRIPTOR.fields},
        pb=message,
    )
