"""The timeline of one operation from all records."""

import json
from datetime import UTC, datetime

from tests.chaos.client_log import ClientLog, Json
from tests.chaos.records import Records

MARGIN = 12.0
"""The timeline includes disturbances from this many seconds before and after an operation's life."""


def timeline(ident: str, client_log: ClientLog, records: Records, acts: list[tuple[float, str]]) -> str:
    """Return client calls, log, effects, runs, workflows, sandbox calls and disturbances, one per line."""
    lines = [(call.at, str(call).split(" ", 1)[1]) for call in client_log.of(ident)]
    for entry in records.logs.get(ident, []):
        step = f" [{entry['step']}]" if entry["step"] else ""
        lines.append((_seconds(entry["at"]), f"log    {entry['event']}{step} by {entry['actor']}: {entry['message']}"))
    references = {effect["reference"] for effect in records.effects.get(ident, [])}
    for request in records.requests:
        if request["reference"] in references:
            fault = f" fault={request['fault']}" if request["fault"] else ""
            lines.append((_seconds(request["at"]), f"sandbox {request['target']} -> {request['status']}{fault}"))
    for run in records.runs.get(ident, []):
        status = records.workflows.get(run["workflow_id"], "ABSENT")
        about = f"run    {run['run']} {run['kind']}"
        lines.append((_seconds(run["created_at"]), f"{about} opened ({run['workflow_id']}: {status})"))
        if run["started_at"]:
            lines.append((_seconds(run["started_at"]), f"{about} recorded as started"))
        if run["closed_at"]:
            lines.append((_seconds(run["closed_at"]), f"{about} closed: {run['result']}"))
    first, last = min(at for at, _ in lines), max(at for at, _ in lines)
    lines += [(at, f"TROUBLE {act}") for at, act in acts if first - MARGIN <= at <= last + MARGIN]
    entries = [f"  {_clock(at)} {text}" for at, text in sorted(lines)]
    return "\n".join([f"operation {ident}", *entries, *_rows(ident, records, references)])


def _rows(ident: str, records: Records, references: set[str]) -> list[str]:
    outside = [record for record in (*records.labels, *records.fulfillments) if record["reference"] in references]
    rows = [
        ("operation", records.operations.get(ident)),
        *(("effect", effect) for effect in records.effects.get(ident, [])),
    ]
    rows += [("outside", record) for record in outside]
    return [f"  {name}: {_short(row)}" for name, row in rows]


def _short(row: Json | None) -> str:
    fields = {
        name: value for name, value in (row or {}).items() if value is not None and name not in ("organization_id",)
    }
    return json.dumps(fields, default=str)[:1500]


def _seconds(text: str) -> float:
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S.%f")[:-3]
