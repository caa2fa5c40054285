"""What a run looks like in a notebook. Asks nothing of a server: it shows what was seen last."""

from __future__ import annotations

import html

from tradeforge._values import Status, WaitReason
from tradeforge.v1 import run_service_pb2


def run_html(
    run_id: str, url: str, seen: Status | None, answer: run_service_pb2.SubmitResponse | None
) -> str:
    """Link to the run's page, and say how it stood when it was last heard of."""
    facts: list[str] = []
    if seen is not None:
        facts.append(f"<b>{html.escape(seen.state)}</b>")
        facts.append(progress_html(seen))
        if seen.failure:
            facts.append(html.escape(f"{seen.failure.reason}: {seen.failure.message}"))
    elif answer is not None:
        facts.append(f"{answer.total:,} to do")
    if answer is not None:
        facts += [html.escape(warning) for warning in answer.warnings]
    link = f'<a href="{html.escape(url, quote=True)}" target="_blank">run {html.escape(run_id)}</a>'
    return " · ".join([link, *facts])


def progress_html(status: Status) -> str:
    """Draw a bar, and write beside it what it says."""
    share = f"{status.progress.fraction:.4f}"
    return f'<progress value="{share}" max="1"></progress> {html.escape(progress_text(status))}'


def progress_text(status: Status) -> str:
    """Say how far a run is: what is done of how much, how fast, how long it will take, the best."""
    progress = status.progress
    parts = [f"{progress.completed + progress.failed:,}/{progress.total:,}"]
    parts.append(f"{progress.fraction:.0%}")
    waiting = status.waiting
    if waiting is not None and waiting.reason is not WaitReason.QUEUE:
        parts.append(f"waits: {waiting.message}")
    if progress.queue_position:
        parts.append(f"place {progress.queue_position} in the queue")
    if progress.per_second and not status.is_final:
        parts.append(f"{progress.per_second:,.0f}/s")
    if progress.remaining is not None and not status.is_final:
        parts.append(f"{progress.remaining.total_seconds():.0f} s left")
    if progress.failed:
        parts.append(f"{progress.failed:,} failed")
    if progress.best is not None and progress.best.objective is not None:
        params = " ".join(f"{name}={value}" for name, value in progress.best.params.items())
        parts.append(f"best {progress.best.objective:.4g} ({params})")
    return "  ".join(parts)
