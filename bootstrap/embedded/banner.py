"""The banner of a stack that is ready."""

import json
import shlex
import shutil
import sys

from bootstrap.embedded.folder import DataFolder
from bootstrap.embedded.stackfile import StackFile
from workflows.operations.create_shipment import CREATE_SHIPMENT


def format_banner(stack: StackFile, folder: DataFolder) -> str:
    """Return the URLs, the key, three curl lines that can be run in this order unchanged, and the export line."""
    lines = [
        "",
        "Orderly is ready.",
        f"  API           {stack.api_url}   (reference: {stack.api_url}/docs)",
        f"  API key       {stack.api_key}",
        f"  Temporal UI   {stack.temporal_ui_url or 'unknown (set ORDERLY_TEMPORAL_UI_URL)'}",
        f"  Sandbox       {stack.sandbox_url}",
        f"  Data, logs    {folder.root}",
        "",
        "Buy a label for the demo order, then void it: create the operation, execute it, undo it.",
        "",
        *format_curl_lines(stack, folder),
        "",
        "The documentation's examples use these variables:",
        "",
        format_export(stack),
        "",
        "Ctrl-C stops the stack. The next start continues with the same data.",
    ]
    return "\n".join(lines)


def format_export(stack: StackFile) -> str:
    """Return the shell line that sets the variables of the documentation's examples."""
    return f"export API={stack.api_url} KEY={stack.api_key} ORDER={stack.demo['order_id']} SANDBOX={stack.sandbox_url}"


def format_curl_lines(stack: StackFile, folder: DataFolder) -> list[str]:
    """Return the three lines; the first saves its response in a file, which the others read the id from."""
    answer = folder.root / "first-operation.json"
    operation = {
        "type": CREATE_SHIPMENT.name,
        "order_id": stack.demo["order_id"],
        "input": {"carrier_account_id": stack.demo["carrier_account_id"], "service": "GROUND"},
    }
    python = "python3" if shutil.which("python3") else sys.executable
    read_id = f'import json; print(json.load(open("{answer}"))["data"]["id"])'
    operation_url = f'"{stack.api_url}/api/operations/$({shlex.quote(python)} -c {shlex.quote(read_id)})'
    key = f'-H "Authorization: Bearer {stack.api_key}"'
    return [
        f'curl -sSw "\\n" -X POST "{stack.api_url}/api/operations" {key} -H "Content-Type: application/json" '
        f"-d {shlex.quote(json.dumps(operation))} | tee {shlex.quote(str(answer))}",
        f'curl -sSw "\\n" -X POST {operation_url}/execute" {key} -H "Prefer: wait=10"',
        f'curl -sSw "\\n" -X POST {operation_url}/undo" {key}',
    ]
