"""SWE-agent trajectories (.traj), one run a file.

The history's messages become the state's /messages, exactly as they are. The trajectory's steps become tool.called
and tool.returned below the answer that asked for them; `environment` in the state holds the open file and the working
directory. Older files note the environment before a step (as JSON in a string), newer ones after it (as an object).
What a step holds is kept in the payloads under `swe_agent`, everything else in the run's metadata, so that `restore`
gives the whole document back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from .draft import Config, Draft, Json, Script, said, word
from .files import TraceFileError, entries, parse, read_text
from .openai_chat import tool_name

FORMAT = "swe_agent"
SHAPE = "Expected a SWE-agent .traj file: an object with the lists 'trajectory' and 'history'."
ASKED = ("action", "state", "thought", "response")


def fits(value: Json) -> bool:
    """Does a document look like this format?"""
    return isinstance(value, dict) and isinstance(value.get("trajectory"), list) and "history" in value


def read(path: Path) -> Iterator[Draft]:
    """The run of a file."""
    for line, document in entries(read_text(path), str(path)):
        yield _draft(document, path, line)


def restore(source: Mapping[str, Json], state: Mapping[str, Json], payloads: Iterable[Mapping[str, Json]]) -> Json:
    """The document as it stood in the file: metadata.source, the last state, and the payloads of all events."""
    steps: list[dict[str, Json]] = [{} for _ in range(source["steps"])]
    for payload in payloads:
        kept = payload.get("swe_agent")
        if kept is not None:
            steps[kept["step"]].update(kept["fields"])
    return {**source["fields"], "trajectory": steps, "history": state.get("messages", [])}


def _draft(document: Json, path: Path, line: int) -> Draft:
    _check(document, str(path), line)
    fields = {k: v for k, v in document.items() if k not in ("trajectory", "history")}
    info = _object(fields.get("info"))
    config = _object(_object(fields.get("replay_config")).get("agent"))
    model = _object(config.get("model")).get("name")
    script = Script()
    script.begin()
    _Conversation(script, document["history"], document["trajectory"]).tell()
    _stats(script, _object(info.get("model_stats")))
    script.end(*_outcome(info))
    return Draft(
        title=path.name,
        mode="workflow",
        steps=script.steps,
        source={
            "format": FORMAT,
            "file": path.name,
            "task_id": _task(path),
            "steps": len(document["trajectory"]),
            "fields": fields,
        },
        pins=_pins(document["history"], fields, config),
        input=_input(document["history"], fields),
        metadata={"title": path.name},
        agent="swe-agent",
        model=model if isinstance(model, str) else None,
    )


def _check(document: Json, file: str, line: int) -> None:
    if not fits(document) or not isinstance(document["history"], list):
        raise TraceFileError(file, line, "this is no SWE-agent trajectory", SHAPE)
    for name in ("trajectory", "history"):
        for position, item in enumerate(document[name]):
            if not isinstance(item, dict) or (name == "history" and not isinstance(item.get("role"), str)):
                raise TraceFileError(file, line, f"{name}[{position}] is no object as SWE-agent writes it", SHAPE)


class _Conversation:
    """Tells history and trajectory as one sequence of events."""

    def __init__(self, script: Script, history: list[dict[str, Json]], trajectory: list[dict[str, Json]]) -> None:
        self.script, self.history, self.trajectory = script, history, trajectory
        self.step_of = _match(history, trajectory)
        self.told = 0
        self.environment: Json = None

    def tell(self) -> None:
        position = 0
        while position < len(self.history):
            if self.history[position]["role"] == "assistant":
                position += self._turn(position)
            else:
                message = self.history[position]
                self.script.message("message.added", message, _brief(message))
                position += 1
        self._unmatched(len(self.trajectory))

    def _turn(self, position: int) -> int:
        """An answer, its action and the observation; says how many messages that were."""
        message = self.history[position]
        index = self.step_of.get(position)
        if index is None:
            self.script.message("model.responded", message, _brief(message))
            return 1
        self._unmatched(index)
        step = self.trajectory[index]
        asked = self._request(index, step)
        answered = self.script.message(
            "model.responded", message, _brief(message), also=self._before(step), parent=asked
        )
        after = self.history[position + 1] if position + 1 < len(self.history) else None
        observed = after if after is not None and after["role"] in ("user", "tool") else None
        self._act(index, step, answered, _tool(step, message), observed)
        return 1 if observed is None else 2

    def _unmatched(self, until: int) -> None:
        """Steps whose answer the history lost."""
        for index in range(self.told, until):
            step = self.trajectory[index]
            asked = self._request(index, step)
            self._act(index, step, asked, _tool(step, {}), None, self._before(step))

    def _request(self, index: int, step: dict[str, Json]) -> int | None:
        """Newer files keep the whole prompt of each step."""
        if "messages" not in step:
            return None
        kept = {"step": index, "fields": {"messages": step["messages"]}}
        return self.script.event("model.requested", {"gen_ai.operation.name": "chat", "swe_agent": kept})

    def _act(
        self,
        index: int,
        step: dict[str, Json],
        parent: int | None,
        tool: str,
        observed: Json,
        before: list[Json] | None = None,
    ) -> None:
        self.told = index + 1
        asked = {"step": index, "fields": {k: step[k] for k in ASKED if k in step}}
        answer = {"step": index, "fields": {k: v for k, v in step.items() if k not in (*ASKED, "messages")}}
        payload = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": tool,
            "gen_ai.tool.call.arguments": step.get("action"),
            "swe_agent": asked,
        }
        called = self.script.event("tool.called", payload, parent=parent, state_delta=before or None)
        result = {"gen_ai.tool.name": tool, "gen_ai.tool.call.result": step.get("observation"), "swe_agent": answer}
        after = self._after(step)
        if observed is not None:
            self.script.message("tool.returned", observed, result, also=after, parent=called)
        else:
            self.script.event("tool.returned", result, parent=called, state_delta=after or None)

    def _before(self, step: dict[str, Json]) -> list[Json]:
        return self._moved(_state(step["state"])) if isinstance(step.get("state"), str) else []

    def _after(self, step: dict[str, Json]) -> list[Json]:
        return self._moved(step["state"]) if isinstance(step.get("state"), dict) else []

    def _moved(self, environment: Json) -> list[Json]:
        if environment == self.environment:
            return []
        self.environment = environment
        return [{"op": "add", "path": "/environment", "value": environment}]


def _match(history: list[dict[str, Json]], trajectory: list[dict[str, Json]]) -> dict[int, int]:
    """Which answer of the history took which step: by the text of the actions, in order."""
    answers = [i for i, message in enumerate(history) if message["role"] == "assistant"]
    actions = [str(history[i].get("action", history[i].get("content"))) for i in answers]
    steps = [str(step.get("action")) for step in trajectory]
    blocks = SequenceMatcher(None, actions, steps, autojunk=False).get_matching_blocks()
    return {answers[block.a + k]: block.b + k for block in blocks for k in range(block.size)}


def _brief(message: dict[str, Json]) -> dict[str, Json]:
    return said(message, ("thought", "action"))


def _state(text: str) -> Json:
    try:
        return parse(text, "state")
    except TraceFileError:
        return text


def _tool(step: dict[str, Json], message: dict[str, Json]) -> str:
    """The called function's name, or the first word of the command."""
    calls = message.get("tool_calls")
    if isinstance(calls, list) and calls and isinstance(calls[0], dict):
        name = _object(calls[0].get("function")).get("name")
        if isinstance(name, str) and name:
            return tool_name(name)
    return tool_name(str(step.get("action") or "none"))


def _stats(script: Script, stats: dict[str, Any]) -> None:
    """What the file says of tokens and cost, it says for the whole run."""
    sent, received, cost = (stats.get(k) for k in ("tokens_sent", "tokens_received", "instance_cost"))
    if any(isinstance(x, int | float) and x > 0 for x in (sent, received, cost)):
        payload = {
            "name": "model_stats",
            "gen_ai.usage.input_tokens": _tokens(sent),
            "gen_ai.usage.output_tokens": _tokens(received),
            "cost": _cost(cost),
        }
        told = {k: v for k, v in payload.items() if v is not None}
        script.event("metric.recorded", {**told, "model_stats": stats})


def _tokens(count: Json) -> int | None:
    return count if type(count) is int and 0 <= count <= 1_000_000_000 else None


def _cost(cost: Json) -> Decimal | None:
    """With 18 decimals at most, as the ledger takes it."""
    if type(cost) not in (int, float) or not 0 <= cost < 1e12:
        return None
    value = Decimal(str(cost))
    return round(value, 18) if value < 1 and value != round(value, 18) else value


def _outcome(info: Mapping[str, Json]) -> tuple[str, dict[str, Json]]:
    status = info.get("exit_status")
    result = {"exit_status": status, "submission": info.get("submission")}
    if isinstance(status, str) and status.startswith("submitted"):
        return "completed", {"result": result}
    kind = word(status) or "no_exit_status"
    return "failed", {"result": result, "error.type": kind, "message": f"exit status: {status}"}


def _pins(history: list[dict[str, Json]], fields: Mapping[str, Json], config: dict[str, Json]) -> dict[str, Config]:
    pins: dict[str, Config] = {}
    system = next((m for m in history if m["role"] == "system"), None)
    if system is not None:
        pins["prompt"] = Config("prompt", "swe-agent.system", {"role": "system", "content": system.get("content")})
    if isinstance(config.get("tools"), dict):
        pins["tools"] = Config("tool", "swe-agent.tools", config["tools"])
    agent = {k: v for k, v in config.items() if k != "tools"}
    pins["agent"] = Config("agent", "swe-agent", {"source": FORMAT, "environment": fields.get("environment"), **agent})
    return pins


def _input(history: list[dict[str, Json]], fields: Mapping[str, Json]) -> dict[str, Json]:
    problem = _object(_object(fields.get("replay_config")).get("problem_statement")).get("text")
    first = next((m.get("content") for m in history if m["role"] == "user"), None)
    return {"message": problem if isinstance(problem, str) else first}


def _task(path: Path) -> str:
    return path.stem.rpartition("--")[2]


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
