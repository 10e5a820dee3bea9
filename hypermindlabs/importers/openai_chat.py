"""OpenAI chat messages with tool calls, one run for each conversation.

Understood: a list of entries as tau-bench writes them (`traj`), entries or JSON lines with `messages` (and `tools`),
and a bare list of messages. Every message is appended to the state's /messages exactly as it stands in the file, by
the event that it became:

    system, user, developer     message.added
    assistant                   model.responded, with one tool.called below it for each call
    tool, function              tool.returned, below its tool.called

What is neither message nor tool is kept in the run's metadata, so that `restore` gives the entry back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .draft import Config, Draft, Json, Script, said, word
from .files import TraceFileError, entries, parse, read_text

FORMAT = "openai_chat"
MESSAGE_KEYS = ("messages", "traj")
SHAPE = "Expected OpenAI chat messages: a list of objects with a role, in a list of entries under 'messages' or 'traj'."


def fits(value: Json) -> bool:
    """Does one entry of a file look like this format?"""
    if isinstance(value, dict):
        return any(isinstance(value.get(key), list) for key in MESSAGE_KEYS) or "role" in value
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict) and "role" in value[0]


def read(path: Path) -> Iterator[Draft]:
    """The runs of a file."""
    text = read_text(path)
    file = str(path)
    found = list(_lines(text, file) if path.suffix == ".jsonl" else entries(text, file))
    if found and all(isinstance(value, dict) and "role" in value for _, value in found):
        found = [(found[0][0], [value for _, value in found])]
    if not found:
        raise TraceFileError(file, 1, "there is no conversation in the file", SHAPE)
    for number, (line, value) in enumerate(found):
        yield _draft(value, path, line, number)


def restore(source: Mapping[str, Json], state: Mapping[str, Json]) -> Json:
    """The entry as it stood in the file, from the run's metadata.source and its last state."""
    messages = state.get("messages", [])
    return messages if source["messages_key"] is None else {**source["fields"], source["messages_key"]: messages}


def _lines(text: str, file: str) -> Iterator[tuple[int, Json]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, parse(line, file, number)


def _draft(entry: Json, path: Path, line: int, number: int) -> Draft:
    key, fields, messages = _split(entry, str(path), line)
    script = Script()
    script.begin()
    _converse(script, messages, str(path), line)
    script.end(*_outcome(fields))
    model = fields.get("model") if isinstance(fields.get("model"), str) else None
    title = _title(path, fields, number)
    return Draft(
        title=title,
        mode="chat",
        steps=script.steps,
        source={
            "format": FORMAT,
            "file": path.name,
            "entry": number,
            **_identity(fields),
            "messages_key": key,
            "fields": fields,
        },
        pins=_pins(path, messages, fields, model),
        input=_input(messages),
        metadata={"title": title},
        model=model,
    )


def _split(entry: Json, file: str, line: int) -> tuple[str | None, dict[str, Json], list[dict[str, Json]]]:
    key = None
    messages = entry
    if isinstance(entry, dict):
        key = next((k for k in MESSAGE_KEYS if isinstance(entry.get(k), list)), None)
        messages = entry[key] if key else None
    if not isinstance(messages, list):
        raise TraceFileError(file, line, "this entry has no list of messages", SHAPE)
    for position, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise TraceFileError(
                file, line, f"message {position} of the entry that starts here is no object with a role", SHAPE
            )
    fields = {k: v for k, v in entry.items() if k != key} if isinstance(entry, dict) else {}
    return key, fields, messages


def _converse(script: Script, messages: Sequence[dict[str, Json]], file: str, line: int) -> None:
    calls: dict[str, int] = {}
    for position, message in enumerate(messages):
        if message["role"] == "assistant":
            _answer(script, message, calls, f"{file}:{line}: message {position}")
        elif message["role"] in ("tool", "function"):
            _result(script, message, calls)
        else:
            script.message("message.added", message, said(message))


def _answer(script: Script, message: dict[str, Json], calls: dict[str, int], where: str) -> None:
    found = _calls(message)
    reason = "tool_calls" if found else "stop"
    payload = {
        "gen_ai.operation.name": "chat",
        "gen_ai.response.finish_reasons": [reason],
        "content": said(message).get("content"),
    }
    parent = script.message("model.responded", message, payload)
    for call_id, name, arguments in found:
        called = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": tool_name(name),
            "gen_ai.tool.call.arguments": arguments,
        }
        if word(call_id) is not None:
            called["gen_ai.tool.call.id"] = call_id
        calls[call_id or name] = script.event("tool.called", called, parent=parent)


def _calls(message: dict[str, Json]) -> list[tuple[str | None, str, Json]]:
    """Tool calls as (id, name, arguments), also the old function_call; what is malformed stays in the message."""
    found = [call for call in message.get("tool_calls") or [] if isinstance(call, dict)]
    single = message.get("function_call")
    result = [(_text(call.get("id")), call["function"]) for call in found if isinstance(call.get("function"), dict)]
    if isinstance(single, dict):
        result.append((None, single))
    return [(call_id, str(f.get("name") or "unnamed"), _arguments(f.get("arguments"))) for call_id, f in result]


def _result(script: Script, message: dict[str, Json], calls: dict[str, int]) -> None:
    call_id, name = _text(message.get("tool_call_id")), _text(message.get("name"))
    payload = {"gen_ai.tool.call.result": message.get("content")}
    if name is not None:
        payload["gen_ai.tool.name"] = tool_name(name)
    if word(call_id) is not None:
        payload["gen_ai.tool.call.id"] = call_id
    parent = calls.get(call_id or name or "")
    script.message("tool.returned", message, payload, parent=parent)


def _arguments(raw: Json) -> Json:
    """Arguments are JSON in a string; an object is easier to read. The string itself stays in the message."""
    if not isinstance(raw, str):
        return raw
    try:
        value = parse(raw, "arguments")
    except TraceFileError:
        return raw
    return value if isinstance(value, dict) else raw


def tool_name(name: str) -> str:
    """A tool's name as the event takes it: one word of at most 100 characters."""
    word = "".join(c if c.isprintable() else " " for c in name).split()
    return word[0][:100] if word else "unnamed"


def config_name(path: Path) -> str:
    """A name for what a file's runs were made with: that of the file, as the database takes it."""
    return "".join(c if c.isprintable() else "_" for c in path.stem)[:100]


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None


def _outcome(fields: Mapping[str, Json]) -> tuple[str, dict[str, Json]]:
    reward = fields.get("reward")
    if isinstance(reward, bool) or not isinstance(reward, int | float):
        return "completed", {}
    if reward >= 1:
        return "completed", {"result": {"reward": reward}}
    return "failed", {
        "result": {"reward": reward},
        "error.type": "task_not_solved",
        "message": f"reward {reward:g}",
    }


def _pins(
    path: Path, messages: Sequence[dict[str, Json]], fields: Mapping[str, Json], model: str | None
) -> dict[str, Config]:
    pins: dict[str, Config] = {}
    system = next((m for m in messages if m["role"] in ("system", "developer")), None)
    if system is not None:
        pins["prompt"] = Config("prompt", f"{config_name(path)}.system", system)
    tools = fields.get("tools")
    for tool in tools if isinstance(tools, list) else []:
        function = tool.get("function", tool) if isinstance(tool, dict) else {}
        name = _text(function.get("name")) if isinstance(function, dict) else None
        if name is not None:
            pins[f"tool:{tool_name(name)}"] = Config("tool", tool_name(name), tool)
    pins["agent"] = Config("agent", config_name(path), {"source": FORMAT, "model": model})
    return pins


def _input(messages: Sequence[dict[str, Json]]) -> dict[str, Json]:
    first = next((m for m in messages if m["role"] == "user"), None)
    return {} if first is None else {"message": first.get("content")}


def _identity(fields: Mapping[str, Json]) -> dict[str, Json]:
    return {k: fields[k] for k in ("task_id", "trial", "id") if isinstance(fields.get(k), str | int)}


def _title(path: Path, fields: Mapping[str, Any], number: int) -> str:
    known = ", ".join(f"{k} {json.dumps(v)}" for k, v in _identity(fields).items())
    return f"{path.name}: {known or f'entry {number}'}"
