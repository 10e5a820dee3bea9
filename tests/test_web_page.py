"""The web page in a real headless Chromium, against the real service on a real server.

It needs Playwright (PyPI) and a Chromium of the system; CHROMIUM names another one. With HYPERMIND_SCREENSHOT=FILE the
picture of the documentation is made.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import harness
import psycopg
import pytest
import web_service
from conftest import only_with
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from hypermindlabs import Lab, NewEvent, connect, importers
from hypermindlabs.importers.record import record

pytestmark = only_with("wheel18", "a page is a page on any server")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
LARGE = 100_000
LONG_LINE = 5_000_000
EVIL = "<img src=x onerror=\"alert('evil')\"><script>alert('evil')</script>"
RLO, ZERO_WIDTH, ANSI = "\u202e", "\u200b", "\x1b[31mred\x1b[0m"
WIDE, NARROW = {"width": 1280, "height": 860}, {"width": 400, "height": 800}
TITLE = "Orders of 11 March are missing"


# Runs


class Script:
    """Appends events that happened one after the other, some while ago."""

    def __init__(self, lab: Lab, run: UUID, began: datetime) -> None:
        self.lab, self.run, self.now = lab, run, began

    def say(self, after: float, event_type: str, payload: dict[str, Any], **more: Any) -> int:
        self.now += timedelta(seconds=after)
        return self.lab.runs.append(self.run, event_type, payload, occurred_at=self.now, **more)


def failed_run(lab: Lab, project: UUID) -> UUID:
    """An agent looks for lost orders; its last query is refused three times, and it gives up."""
    text = "You find out why orders are missing. Read before you write, and say what you do not know."
    lab.runs.register_config(project, "prompt", "order-detective", {"role": "system", "content": text})
    lab.runs.label_config(project, "prompt", "order-detective", "production", 1)
    lab.runs.register_config(project, "tool", "run_sql", {"timeout_seconds": 30, "database": "warehouse"})
    run = lab.runs.create(
        project,
        "workflow",
        agent="order-detective",
        model="gpt-4o-2024-08-06",
        tags=["nightly", "orders"],
        input={"question": "Why are orders of 2025-03-11 missing from the revenue board?", "priority": 2},
        metadata={"title": TITLE},
        configs={
            "prompt": {"kind": "prompt", "name": "order-detective", "label": "production"},
            "tool:run_sql": {"kind": "tool", "name": "run_sql", "version": 1},
        },
    )
    lab.runs.start(run)
    script = Script(lab, run, datetime.now(UTC) - timedelta(seconds=112))
    script.say(0.0, "stage.entered", {"stage": "diagnose"}, state_delta={"stage": "diagnose", "findings": []})
    ask = "Why are orders of 2025-03-11 missing from the revenue board?"
    script.say(
        0.01,
        "message.added",
        {"role": "user", "content": ask},
        state_delta={"messages": [{"role": "user", "text": ask}]},
    )
    steps = [
        (
            "I look at the tables that the board reads.",
            "list_tables",
            {"schema": "warehouse"},
            "orders_daily, refunds",
            0.3,
        ),
        (
            "orders_daily is loaded from staging. I count both sides for that day.",
            "run_sql",
            {"sql": "select count(*) from staging.orders where day = '2025-03-11'"},
            {"rows": [[48211]]},
            4.1,
        ),
        (
            "Staging has 48,211 orders. Now the warehouse.",
            "run_sql",
            {"sql": "select count(*) from warehouse.orders_daily where day = '2025-03-11'"},
            {"rows": [[0]]},
            2.2,
        ),
        (
            "None arrived. The loader's log should say why.",
            "fetch_task_log",
            {"task": "load_orders", "tail": 40},
            '02:14:07 ERROR duplicate key value violates unique constraint "orders_daily_pkey"\n02:14:07 INFO gave up',
            0.6,
        ),
    ]
    for number, (answer, tool, arguments, result, seconds) in enumerate(steps, 1):
        _turn(script, answer, tool, arguments, result, seconds, [{"op": "add", "path": "/findings/-", "value": answer}])
        script.say(0.01, "metric.recorded", {"name": "progress", "value": number / 8})
    answers = [
        "The load stopped at a duplicate key. To see which orders are there twice I compare all days of staging with "
        "the warehouse; that reads much, but gives the whole list.",
        "It was cancelled after 30 s. I try once more, with the same query.",
        "I try a last time, with the same query: without the list of doubled orders I cannot say what to repair.",
    ]
    for attempt in range(1, 4):
        asked = script.say(0.2, "model.requested", {"gen_ai.request.model": "gpt-4o-2024-08-06"})
        said = script.say(
            1.4,
            "model.responded",
            {
                "content": answers[attempt - 1],
                "gen_ai.response.model": "gpt-4o-2024-08-06",
                "gen_ai.usage.input_tokens": 2900 + attempt * 140,
                "gen_ai.usage.output_tokens": 66,
                "cost": 0.0081,
            },
            parent_seq=asked,
        )
        called = script.say(
            0.01,
            "tool.called",
            {
                "gen_ai.tool.name": "run_sql",
                "gen_ai.tool.call.arguments": {
                    "sql": "select order_id, count(*) from staging.orders "
                    "full join warehouse.orders_daily using (order_id) group by 1"
                },
            },
            parent_seq=said,
        )
        script.say(
            30.0,
            "error.raised",
            {
                "error.type": "statement_timeout",
                "message": "canceling statement due to statement timeout: 30 s are over",
                "gen_ai.tool.name": "run_sql",
                "retryable": attempt < 3,
            },
            parent_seq=called,
        )
        script.say(
            0.01,
            "tool.returned",
            {
                "gen_ai.tool.name": "run_sql",
                "error.type": "statement_timeout",
                "gen_ai.tool.call.result": "the statement was cancelled after 30 s",
            },
            parent_seq=called,
            state_delta=[
                {"op": "add", "path": "/attempts", "value": attempt},
                {"op": "add", "path": "/findings/-", "value": f"attempt {attempt}: cancelled after 30 s"},
                {"op": "add", "path": "/stage", "value": "give up" if attempt == 3 else f"retry {attempt}"},
            ],
        )
    lab.runs.fail(
        run,
        {
            "error.type": "ToolRetriesExhausted",
            "message": "run_sql was cancelled three times after 30 s: "
            "the query reads all days, and nothing narrows it.",
            "error": {"tool": "run_sql", "attempts": 3},
        },
    )
    return run


def _turn(
    script: Script, answer: str, tool: str, arguments: Any, result: Any, seconds: float, delta: list[dict[str, Any]]
) -> None:
    asked = script.say(0.1, "model.requested", {"gen_ai.request.model": "gpt-4o-2024-08-06"})
    said = script.say(
        1.2,
        "model.responded",
        {
            "content": answer,
            "gen_ai.response.model": "gpt-4o-2024-08-06",
            "gen_ai.usage.input_tokens": 1830,
            "gen_ai.usage.output_tokens": 41,
            "cost": 0.0051,
        },
        parent_seq=asked,
        state_delta=delta,
    )
    called = script.say(
        0.01, "tool.called", {"gen_ai.tool.name": tool, "gen_ai.tool.call.arguments": arguments}, parent_seq=said
    )
    script.say(
        seconds, "tool.returned", {"gen_ai.tool.name": tool, "gen_ai.tool.call.result": result}, parent_seq=called
    )


def hostile_run(lab: Lab, project: UUID) -> UUID:
    """What an attacker would put everywhere that takes text, and one line of 5 MB (step 7)."""
    evil = EVIL + RLO + ZERO_WIDTH
    run = lab.runs.create(
        project, "chat", agent=EVIL, model=EVIL, owner=EVIL, tags=[EVIL], input={EVIL: evil}, metadata={"title": evil}
    )
    lab.runs.start(run)
    lab.runs.append(run, "message.added", {"role": "user", "content": f"{EVIL} {ANSI} {RLO}txt.exe{ZERO_WIDTH}"})
    nul = {
        "content": "before\x00after \ud83d",
        EVIL: {"__proto__": EVIL, "constructor": 1},
        "big": 12345678901234567890,
    }
    lab.runs.append(run, "tool.returned", {"gen_ai.tool.name": EVIL, **nul}, state_delta={EVIL: evil, "n": 1})
    lab.runs.append(run, "stage.entered", {"stage": evil}, state_delta={"n": 12345678901234567890})
    for uri in ("javascript:alert('evil')", "https://example.invalid/report"):
        lab.runs.attach(run, EVIL[:90], uri, hashlib.sha256(uri.encode()).digest(), 7, media_type="text/html")
    lab.runs.append(run, "custom.long", {"line": "x" * LONG_LINE})
    lab.runs.append(run, "custom.signs", {"content": "\x1b" * 200_000})
    lab.runs.fail(run, {"error.type": EVIL, "message": f"{EVIL} {ANSI} {RLO}dlrow"})
    return run


def large_run(lab: Lab, project: UUID, events: int = LARGE) -> UUID:
    """A run of so many events, its last but one an error."""
    run = lab.runs.create(project, "batch", agent="mill", metadata={"title": "A long night"})
    lab.runs.start(run)
    began = datetime.now(UTC) - timedelta(hours=9)

    def steps() -> Iterator[NewEvent]:
        for number in range(3, events - 1):
            parent = number - 1 if number % 4 in (0, 1) else None
            kind = ("model.requested", "model.responded", "tool.called", "tool.returned")[(number + 1) % 4]
            # Busy at first, quiet in the middle.
            at = began + timedelta(seconds=0.2 * number if number < events / 2 else 0.4 * number)
            yield NewEvent(kind, {"content": f"row {number} of the mill"}, parent_seq=parent, occurred_at=at)
        yield NewEvent("error.raised", {"error.type": "disk_full", "message": "no space left on device"})

    lab.runs.append_many(run, steps())
    lab.runs.complete(run)
    return run


@dataclass
class Ledger:
    """A served database with runs, and who made them."""

    url: str
    lab: Lab
    dsn: str
    project: UUID
    failed: UUID
    hostile: UUID


@pytest.fixture(scope="module")
def ledger(two_projects: Any) -> Iterator[Ledger]:
    with ExitStack() as stack:
        lab = stack.enter_context(connect(two_projects.dsn_of("alice")))
        url = stack.enter_context(
            web_service.running(two_projects.dsn_of("alice"), poll_seconds=0.1, heartbeat_seconds=1)
        )
        yield Ledger(
            url,
            lab,
            two_projects.dsn,
            two_projects.a,
            failed_run(lab, two_projects.a),
            hostile_run(lab, two_projects.a),
        )


@pytest.fixture(scope="module")
def large(ledger: Ledger) -> UUID:
    return large_run(ledger.lab, ledger.project)


@pytest.fixture(scope="module")
def swe_agent(ledger: Ledger, shared_data: Path) -> UUID:
    """A real SWE-agent run: 17 thoughts, commands and observations on a bug of marshmallow."""
    [path] = (shared_data / "swe_agent").glob("*__function_calling__*1867.traj")
    [draft] = importers.read(path)
    with psycopg.connect(_dsn_of(ledger)) as connection:
        return record(connection, ledger.project, draft)


def _dsn_of(ledger: Ledger) -> str:
    return psycopg.conninfo.make_conninfo(ledger.dsn, user="alice")


# The browser


@dataclass
class Watched:
    """A page and what went wrong in it: dialogs, errors, violations of the policy, requests to elsewhere."""

    page: Page
    base: str
    wrong: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(self.base + path)
        return self.page

    def run(self, run: UUID, query: str = "") -> Page:
        """Opens a run, and waits until the selected step's pane is there."""
        self.open(f"/runs/{run}{query}")
        expect(self.page.locator(".pane[data-seq]")).to_be_visible()
        expect(self.page.locator(".badge")).not_to_have_text("verifying …")
        return self.page

    def check(self) -> None:
        assert [text for text in self.wrong if not any(known in text for known in self.expected)] == []


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.fail("no Chromium here: apt-get install chromium, or name one in CHROMIUM")
    with sync_playwright() as playwright:
        # Without its sandbox, which needs rights that a container seldom has; what it opens is our own.
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def open_browser(browser: Browser, ledger: Ledger) -> Iterator[Callable[..., Watched]]:
    """A function that opens a fresh browser on the ledger (or another address); what went wrong fails the test."""
    contexts: list[BrowserContext] = []
    watched: list[Watched] = []

    def open_one(base: str | None = None, **options: Any) -> Watched:
        context = browser.new_context(**{"viewport": WIDE, "timezone_id": "Europe/Vienna", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        one = Watched(page, base or ledger.url)
        own = urlsplit(one.base).netloc
        context.add_init_script(
            "document.addEventListener('securitypolicyviolation', e => "
            "console.error(`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}`))"
        )
        page.on("dialog", lambda dialog: (one.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: one.wrong.append(f"error: {error}"))
        page.on("console", lambda said: one.wrong.append(said.text) if said.type in ("error", "warning") else None)
        page.on(
            "request",
            lambda sent: (
                None
                if urlsplit(sent.url).netloc == own or sent.url.startswith(("data:", "blob:"))
                else one.wrong.append(f"request: {sent.url}")
            ),
        )
        watched.append(one)
        return one

    yield open_one
    for one in watched:
        one.check()
    for context in contexts:
        context.close()


@pytest.fixture
def web(open_browser: Callable[..., Watched]) -> Watched:
    return open_browser()


def selected(page: Page) -> int:
    row = page.locator('.row[aria-selected="true"]')
    expect(row).to_have_count(1)
    return int(row.get_attribute("data-seq") or 0)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def no_horizontal_scroll(page: Page) -> None:
    wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1], f"the page is {wide[0]} px wide in a window of {wide[1]} px"


# The list


def test_the_list_shows_runs_and_its_filters_stand_in_the_address(web: Watched, ledger: Ledger) -> None:
    page = web.open("/")
    row = page.locator("tbody tr", has_text=TITLE)
    expect(row).to_contain_text("failed")
    expect(row).to_contain_text("order-detective")
    page.get_by_label("Status").select_option("failed")
    expect(page).to_have_url(re.compile(r"\?status=failed$"))
    expect(row).to_be_visible()
    page.get_by_label("Status").select_option("completed")
    expect(page).to_have_url(re.compile("status=completed"))
    expect(row).to_have_count(0)
    page.get_by_text("More filters").click()
    page.get_by_label("Status").select_option("")
    page.get_by_label("Tag").fill("nightly, orders")
    page.get_by_label("Tag").press("Enter")
    expect(page).to_have_url(re.compile(r"tag=nightly&tag=orders"))
    expect(page.locator("tbody tr")).to_have_count(1)
    page.go_back()
    page.go_forward()
    expect(page.get_by_label("Tag")).to_have_value("nightly, orders")
    expect(page.locator("tbody tr")).to_have_count(1)
    press(page, "j", "Enter")
    expect(page).to_have_url(re.compile(f"/runs/{ledger.failed}"))


def test_a_list_goes_on_where_it_stopped(web: Watched, ledger: Ledger) -> None:
    made = [ledger.lab.runs.create(ledger.project, "evaluate", agent="many") for _ in range(53)]
    page = web.open("/?agent=many")
    expect(page.locator("tbody tr")).to_have_count(50)
    page.get_by_role("button", name="More runs").click()
    expect(page.locator("tbody tr")).to_have_count(53)
    hrefs = page.locator("tbody a.main").evaluate_all("links => links.map(link => link.pathname)")
    assert hrefs == [f"/runs/{run}" for run in reversed(made)]


def test_an_empty_ledger_says_what_to_run(
    open_browser: Callable[..., Watched], make_database: Callable[..., str], two_projects: Any
) -> None:
    dsn = psycopg.conninfo.make_conninfo(make_database("empty"), user="alice")
    with web_service.running(dsn) as url:
        page = open_browser(url).open("/")
        expect(page.locator("main")).to_contain_text("hypermindlabs import FILE")
        expect(page.locator("main")).to_contain_text("hypermindlabs demo")


def test_a_refusal_is_shown_with_its_hint(web: Watched) -> None:
    web.expected = ["Failed to load resource"]
    page = web.open("/runs/01900000-0000-7000-8000-000000000000")
    expect(page.get_by_role("alert")).to_contain_text("does not exist")
    expect(page.get_by_role("alert")).to_contain_text("MH001")
    expect(page.get_by_role("alert")).to_contain_text("Check the id")
    web.open("/?config=nonsense")
    expect(page.get_by_role("alert")).to_be_visible()
    web.open("/nowhere")


# A run


def test_a_failed_run_says_first_what_went_wrong(web: Watched, ledger: Ledger) -> None:
    page = web.run(ledger.failed)
    why = page.locator(".failure")
    expect(why).to_contain_text("ToolRetriesExhausted")
    expect(why).to_contain_text("run_sql was cancelled three times after 30 s")
    expect(why).to_contain_text("I try a last time, with the same query")
    expect(why.locator(".calls li")).to_have_count(3)
    expect(why.locator(".calls li").last).to_contain_text("full join warehouse.orders_daily")
    expect(why.locator(".calls .returned").last).to_contain_text("statement_timeout")
    box = why.bounding_box()
    assert box and box["y"] + box["height"] < 860, "what went wrong is not on the first screen"
    last = ledger.lab.runs.get(ledger.failed).last_seq
    assert selected(page) == last
    why.get_by_role("link", name=re.compile("tool.returned|error.raised")).first.click()
    assert selected(page) < last
    expect(page.locator(f'.pane[data-seq="{selected(page)}"]')).to_contain_text("statement_timeout")


def test_panes_follow_the_keys(web: Watched, ledger: Ledger) -> None:
    page = web.run(ledger.failed, "?at=6")
    assert selected(page) == 6
    press(page, "j")
    assert selected(page) == 7
    expect(page.locator('.pane[data-seq="7"]')).to_contain_text("list_tables")
    press(page, "k", "k", "ArrowUp")
    assert selected(page) == 4
    press(page, "2")
    expect(page.locator('.pane[data-seq="4"][data-tab="state"]')).to_contain_text("diagnose")
    press(page, "3", "j", "j")
    expect(page.locator('.pane[data-seq="6"][data-tab="changes"]')).to_contain_text("/findings/-")
    expect(page.locator(".patch .ins")).to_contain_text("I look at the tables")
    press(page, "Home")
    assert selected(page) == 1
    press(page, "]")
    first = selected(page)
    assert ledger.lab.runs.events(ledger.failed, after_seq=first - 1, limit=1)[0].event_type == "error.raised"
    press(page, "]")
    assert selected(page) > first
    press(page, "[")
    assert selected(page) == first


def test_state_and_changes_are_those_of_the_ledger(web: Watched, ledger: Ledger) -> None:
    last = ledger.lab.runs.get(ledger.failed).last_seq
    page = web.run(ledger.failed, f"?at={last}&tab=changes")
    page.get_by_label("Compare with step").fill("3")
    page.get_by_label("Compare with step").press("Enter")
    for operation in ledger.lab.replay.diff(ledger.failed, 3, last):
        expect(page.locator(".patch")).to_contain_text(operation["path"])
    page.get_by_role("tab", name="State").click()
    expect(page.locator('.pane[data-tab="state"] .json')).to_be_visible()
    page.get_by_role("button", name="open all").click()
    shown = page.locator(".pane .json").inner_text()
    for finding in ledger.lab.replay.state_at(ledger.failed)["findings"]:
        assert finding in shown


def test_a_link_restores_the_selection_and_the_pane(web: Watched, ledger: Ledger) -> None:
    page = web.run(ledger.failed, "?at=12&tab=replay")
    assert selected(page) == 12
    expect(page.get_by_role("tab", name="Replay")).to_have_attribute("aria-selected", "true")
    digest = ledger.lab.replay.resolve(ledger.failed, 12).digest.hex()
    expect(page.locator(".pane")).to_contain_text(digest)
    press(page, "j")
    page.wait_for_url(re.compile(r"\?at=13&tab=replay$"))


def test_the_badge_shows_the_hash_and_a_broken_chain_is_loud(web: Watched, ledger: Ledger) -> None:
    page = web.run(ledger.failed)
    found = ledger.lab.replay.verify(ledger.failed)
    assert found.last_hash
    expect(page.locator(".badge.good")).to_contain_text(f"verified · {found.last_hash.hex()[:12]}")
    broken = {"intact": False, "events": 40, "last_seq": 40, "last_hash": None}
    problems = [{"seq": 17, "bad_seq": 17, "object": "run_events", "problem": "the hash does not fit"}]
    page.route("**/verification", lambda route: route.fulfill(json={**broken, "problems": problems}))
    web.run(ledger.failed)
    expect(page.locator(".badge.bad")).to_contain_text("step 17")
    expect(page.locator(".badge.bad")).to_contain_text("the hash does not fit")


def test_a_fork_with_an_edited_state_opens(web: Watched, ledger: Ledger) -> None:
    page = web.run(ledger.failed, "?at=16")
    press(page, "f")
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_label("State, as JSON")
    state = ledger.lab.replay.state_at(ledger.failed, 16)
    assert json.loads(field.input_value()) == state
    field.fill("{broken")
    expect(dialog.get_by_text("This is no JSON")).to_be_visible()
    expect(dialog.get_by_role("button", name="Fork")).to_be_disabled()
    edited = {**state, "stage": "narrow", "limit": 12345678901234567890, "share": 0.10}
    field.fill(json.dumps(edited, indent=2).replace("0.1\n", "0.10\n"))
    expect(dialog.locator(".patch")).to_contain_text("/stage")
    expect(dialog.locator(".patch")).to_contain_text("narrow")
    dialog.get_by_label("Tags").fill("second try")
    dialog.get_by_role("button", name="Fork").click()
    child = dialog.get_by_role("link")
    expect(child).to_be_visible()
    href = child.get_attribute("href") or ""
    child.click()
    page.wait_for_url(re.compile(re.escape(href)))
    made = UUID(href.rsplit("/", 1)[1])
    expect(page.locator(f'[data-run="{made}"]')).to_contain_text("forked from")
    assert ledger.lab.replay.state_at(made, 0) == edited
    assert ledger.lab.runs.get(made).tags == ["second try"]
    with psycopg.connect(_dsn_of(ledger)) as connection:
        [text] = connection.execute("select hypermind.state_at(%s, 0)::text", (made,)).fetchone() or ("",)
    assert "0.10" in text and "12345678901234567890" in text


def test_numbers_keep_their_digits(web: Watched, ledger: Ledger) -> None:
    page = web.run(ledger.hostile, "?at=4")
    page.get_by_role("button", name="open all").first.click()
    expect(page.locator(".pane .json").first).to_contain_text("12345678901234567890")


def test_search_leads_to_the_step(web: Watched, ledger: Ledger) -> None:
    page = web.open("/")
    expect(page.locator("tbody tr").first).to_be_visible()
    press(page, "/")
    page.keyboard.type('duplicate key -"another day"')
    press(page, "Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=duplicate"))
    hit = page.locator(".hits li").first
    expect(hit.locator("mark").first).to_have_text(re.compile("duplicate|key"))
    hits = ledger.lab.runs.search('duplicate key -"another day"')
    assert page.locator(".hits li").count() == len(hits)
    hit.locator("a.main").click()
    page.wait_for_url(re.compile(rf"/runs/{hits[0].run_id}\?at={hits[0].seq}"))
    assert selected(page) == hits[0].seq
    press(page, "g", "s")
    page.wait_for_url(re.compile("/search$"))
    press(page, "Escape", "g", "d")
    page.wait_for_url(re.compile("/dashboard$"))
    press(page, "g", "r")
    page.wait_for_url(re.compile("/$"))


def test_folding_hides_what_hangs_below(web: Watched, ledger: Ledger) -> None:
    page = web.run(ledger.failed, "?at=5")
    row = page.locator('.row[data-seq="5"]')
    expect(row).to_have_attribute("aria-expanded", "true")
    row.locator(".fold").click()
    expect(page.locator('.row[data-seq="6"]')).to_have_count(0)
    expect(page.locator('.row[data-seq="9"]')).to_be_visible()
    press(page, "j")
    assert selected(page) == 9
    page.locator('.row[data-seq="5"] .fold').click()
    expect(page.locator('.row[data-seq="6"]')).to_be_visible()
    page.get_by_label("Show", exact=True).select_option("errors")
    expect(page.locator(".row")).to_have_count(4)


def test_a_live_run_grows_before_the_eyes(web: Watched, ledger: Ledger) -> None:
    run = ledger.lab.runs.create(ledger.project, "chat", agent="live")
    ledger.lab.runs.start(run)
    page = web.run(run, "?at=2")
    expect(page.locator(".live")).to_be_visible()
    for number in range(5):
        ledger.lab.runs.append(
            run, "message.added", {"role": "user", "content": f"word {number}"}, state_delta={"n": number}
        )
    expect(page.locator('.row[data-seq="7"]')).to_contain_text("word 4")
    expect(page.locator('.pane[data-seq="7"]')).to_contain_text("word 4")
    ledger.lab.runs.fail(run, {"error.type": "tired", "message": "enough words"})
    expect(page.locator(".failure")).to_contain_text("enough words")
    expect(page.locator(".live")).to_be_hidden()
    expect(page.locator(".head .status")).to_have_text("failed")


def test_the_slider_goes_through_the_run(web: Watched, ledger: Ledger) -> None:
    page = web.run(ledger.failed, "?at=3")
    slider = page.get_by_role("slider")
    slider.focus()
    press(page, "ArrowRight", "ArrowRight")
    assert selected(page) == 5
    press(page, "End")
    assert selected(page) == ledger.lab.runs.get(ledger.failed).last_seq
    box = slider.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + 10)
    middle = selected(page)
    assert 5 < middle < ledger.lab.runs.get(ledger.failed).last_seq
    assert slider.get_attribute("aria-valuenow") == str(middle)
    page.get_by_role("button", name="First step").click()
    page.get_by_role("button", name="Play").click()
    expect(page.locator('.row[data-seq="3"]')).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="Play").click()


def test_a_real_swe_agent_run(web: Watched, ledger: Ledger, swe_agent: UUID) -> None:
    page = web.run(swe_agent)
    events = ledger.lab.runs.events(swe_agent, limit=1000)
    expect(page.locator(".timeline .note")).to_contain_text(f"{len(events)} steps")
    for event in events[:12]:
        assert selected(page) == event.seq
        expect(page.locator(f'.pane[data-seq="{event.seq}"] h3 code')).to_have_text(event.event_type)
        press(page, "j")
    returned = next(event for event in events if event.event_type == "tool.returned" and event.state_delta)
    web.run(swe_agent, f"?at={returned.seq}&tab=changes")
    expect(page.locator(".patch")).to_contain_text("/messages/")
    press(page, "2")
    expect(page.locator('.pane[data-tab="state"] .json')).to_contain_text("messages")
    tools = page.locator(".row .who").all_inner_texts()
    assert tools


# Hostile content


def inert(page: Page) -> None:
    """Nothing on the page is what a payload wrote: no element of it, no link to a script, no character that acts."""
    for selector in ("main img", "main script", "main a[href^='javascript']", "[onerror]"):
        assert page.locator(selector).count() == 0, selector
    raw = page.evaluate("document.documentElement.outerHTML + document.title")
    assert [sign for sign in (RLO, ZERO_WIDTH, "\x1b", "\x00") if sign in raw] == []


def test_hostile_payloads_are_shown_and_do_nothing(web: Watched, ledger: Ledger) -> None:
    page = web.open("/?status=failed")
    expect(page.locator("tbody")).to_contain_text("<img src=x onerror=")
    inert(page)
    web.run(ledger.hostile)
    expect(page.locator(".failure")).to_contain_text("<script>alert('evil')</script>")
    expect(page.locator(".failure")).to_contain_text("⟨ESC⟩[31mred")
    last = ledger.lab.runs.get(ledger.hostile).last_seq
    press(page, "Home")
    for seq in range(1, last + 1):
        for key, tab in enumerate(("payload", "state", "changes", "artifacts", "lineage", "versions", "replay"), 1):
            press(page, str(key))
            expect(page.locator(f'.pane[data-seq="{seq}"][data-tab="{tab}"]')).to_be_visible()
            inert(page)
        press(page, "j")
    web.run(ledger.hostile, "?at=3")
    expect(page.locator(".pane")).to_contain_text("⟨U+202E⟩txt.exe⟨U+200B⟩")
    web.run(ledger.hostile, "?at=4")
    expect(page.locator(".pane")).to_contain_text("before⟨NUL⟩after ⟨U+D83D⟩")
    web.open("/search?q=evil")
    expect(page.locator(".hits li").first).to_contain_text("onerror")
    inert(page)
    web.open("/dashboard?by=agent")
    expect(page.locator(".figures").first).to_contain_text("<img")
    inert(page)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tab\there,\r\nand there", None),
        ("naïve, 你好, مرحبا, 👩‍💻 🤷🏽‍♂️", None),
        ("\x00\x07\x1b\x7f\x9b\rover", "⟨NUL⟩⟨BEL⟩⟨ESC⟩⟨DEL⟩⟨U+009B⟩⟨CR⟩over"),
        ("a\u200bb\u200db\u202ec\u2066d\ufeff\u00ad", "a⟨U+200B⟩b⟨U+200D⟩b⟨U+202E⟩c⟨U+2066⟩d⟨U+FEFF⟩⟨U+00AD⟩"),
        ("\U000e0041\ufdd0\u2028", "⟨U+E0041⟩⟨U+FDD0⟩⟨U+2028⟩"),
    ],
)
def test_what_cannot_be_seen_is_named(web: Watched, text: str, shown: str | None) -> None:
    page = web.open("/")
    told = page.evaluate("text => import('/static/text.js').then(module => module.inert(text))", text)
    assert told == (text if shown is None else shown)


def test_only_web_addresses_of_artifacts_are_links(web: Watched, ledger: Ledger) -> None:
    page = web.run(ledger.hostile, "?at=6&tab=artifacts")
    links = page.locator(".pane a.uri")
    expect(links).to_have_count(1)
    expect(links).to_have_attribute("href", "https://example.invalid/report")
    expect(links).to_have_attribute("target", "_blank")
    assert "noopener" in (links.get_attribute("rel") or "")
    expect(page.locator(".pane")).to_contain_text("javascript:alert('evil')")


def test_a_line_of_5_mb_stays_quick(web: Watched, ledger: Ledger) -> None:
    seq = next(e.seq for e in ledger.lab.runs.timeline(ledger.hostile) if e.event_type == "custom.long")
    page = web.run(ledger.hostile, "?at=1")
    started = time.monotonic()
    press(page, *["j"] * (seq - 1))
    expect(page.locator(f'.pane[data-seq="{seq}"]')).to_contain_text("5,000,000 characters")
    first = time.monotonic() - started
    started = time.monotonic()
    page.locator(".pane").get_by_role("button", name="show all").first.click()
    expect(page.get_by_role("button", name="show less")).to_have_count(1)
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    everything = time.monotonic() - started
    assert page.evaluate("document.querySelector('.text.whole').textContent.length") >= LONG_LINE
    laid_out = page.locator(".text.whole .block > span").evaluate_all(
        "spans => spans.filter(span => span.checkVisibility({contentVisibilityAuto: true})).length"
    )
    assert 0 < laid_out < 60, f"{laid_out} blocks are laid out, though few are in view"
    print(f"5 MB line: shown in {first:.2f} s, all of it in {everything:.2f} s")
    assert first < 8 and everything < 4
    press(page, "j")
    expect(page.locator(f'.pane[data-seq="{seq + 1}"]')).to_contain_text("⟨ESC⟩⟨ESC⟩⟨ESC⟩")


# Size


def test_a_run_of_100_000_events_scrolls(web: Watched, ledger: Ledger, large: UUID) -> None:
    web.open("/")
    started = time.monotonic()
    page = web.open(f"/runs/{large}")
    expect(page.locator('.row[data-seq="10"]')).to_contain_text("row 10 of the mill")
    opened = time.monotonic() - started
    started = time.monotonic()
    press(page, "End")
    expect(page.locator(f'.row[data-seq="{LARGE - 1}"]')).to_contain_text("disk_full")
    expect(page.locator(f'.row[data-seq="{LARGE}"]')).to_have_attribute("aria-selected", "true")
    reached = time.monotonic() - started
    print(f"{LARGE} events: opened in {opened:.2f} s, last row in {reached:.2f} s")
    assert opened < 6 and reached < 3
    most = 0
    for share in (0.1, 0.5, 0.9, 0.3):
        page.evaluate(
            "share => { const rows = document.querySelector('.rows'); rows.scrollTop = rows.scrollHeight * share; "
            "return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))); }",
            share,
        )
        expect(page.locator(".row.coming")).to_have_count(0)
        most = max(most, page.locator(".row").count())
        seqs = page.locator(".row").evaluate_all(
            "rows => rows.map(row => Number(row.dataset.seq)).sort((a, b) => a - b)"
        )
        assert abs(seqs[len(seqs) // 2] - share * LARGE) < 200
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert most < 100, f"{most} rows exist"
    press(page, "[")
    assert selected(page) == LARGE - 1
    expect(page.locator(f'.pane[data-seq="{LARGE - 1}"]')).to_contain_text("no space left on device")


# Appearance and access


@pytest.mark.parametrize("path", ["/", "/search?q=evil", "/dashboard", "/runs/{failed}", "/runs/{hostile}?at=4"])
def test_a_narrow_window_needs_no_sideways_scrolling(
    open_browser: Callable[..., Watched], ledger: Ledger, path: str
) -> None:
    web = open_browser(viewport=NARROW)
    page = web.open(path.format(failed=ledger.failed, hostile=ledger.hostile))
    expect(page.locator("main .loading")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    no_horizontal_scroll(page)
    if "failed" in path:
        page.get_by_role("tab", name="Changes").click()
        expect(page.locator('.pane[data-tab="changes"]')).to_be_visible()
        no_horizontal_scroll(page)


def test_dark_is_followed_and_can_be_chosen(open_browser: Callable[..., Watched], ledger: Ledger) -> None:
    def ground(page: Page) -> int:
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3]))

    page = open_browser(color_scheme="dark").open("/")
    assert ground(page) < 150
    page.get_by_role("button", name="Light or dark").click()
    assert ground(page) > 600
    page.reload()
    assert ground(page) > 600
    assert ground(open_browser(color_scheme="light").open("/")) > 600


def test_times_are_in_the_viewers_zone_and_name_it(open_browser: Callable[..., Watched], ledger: Ledger) -> None:
    created = ledger.lab.runs.get(ledger.failed).created_at
    for zone, name in (("Asia/Kolkata", "GMT+5:30"), ("UTC", "UTC")):
        page = open_browser(timezone_id=zone).run(ledger.failed)
        told = page.locator(".head time")
        local = created.astimezone(UTC) + (timedelta(hours=5.5) if zone != "UTC" else timedelta())
        expect(told).to_have_text(f"{local:%Y-%m-%d %H:%M:%S} {name}")
        assert f"{created.astimezone(UTC):%Y-%m-%d %H:%M:%S}" in (told.get_attribute("title") or "")


NAMELESS = """() => [...document.querySelectorAll('input, select, textarea, button, a, [role=slider], [role=tree]')]
    .filter(e => e.checkVisibility())
    .filter(e => !(e.getAttribute('aria-label') || e.labels?.[0]?.textContent.trim() || e.textContent.trim()))
    .map(e => e.outerHTML)"""

CONTRAST = """() => {
    const numbers = text => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
    const ground = e => {
        for (; e; e = e.parentElement) {
            const c = numbers(getComputedStyle(e).backgroundColor);
            if (c.length === 3 || c[3] === 1) return c;
        }
        return [255, 255, 255];
    };
    const poor = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const e = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !e.checkVisibility({opacityProperty: true})) continue;
        if (e.closest('svg, script, :disabled, .sr')) continue;
        const style = getComputedStyle(e);
        if (!style.color.startsWith('rgb') || Number(style.opacity) < 1 || e.closest('.gist')) continue;
        const [a, b] = [light(numbers(style.color)), light(ground(e))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) poor.add(`${ratio.toFixed(2)} ${e.className} ${walker.currentNode.data.trim().slice(0, 30)}`);
    }
    return [...poor];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/search?q=duplicate",
        "/dashboard",
        "/runs/{hostile}?at=6&tab=artifacts",
        "/runs/{failed}",
        "/runs/{failed}?at=39&tab=changes",
    ],
)
def test_everything_has_a_name_and_can_be_read(
    open_browser: Callable[..., Watched], ledger: Ledger, path: str, scheme: str
) -> None:
    page = open_browser(color_scheme=scheme).open(path.format(failed=ledger.failed, hostile=ledger.hostile))
    expect(page.locator("main .loading")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    assert page.evaluate(NAMELESS) == []
    assert page.evaluate(CONTRAST) == []
    ids = page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
    assert len(ids) == len(set(ids)), "an id stands twice"
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.lang") == "en"


def test_the_focus_goes_from_the_head_to_the_panes(web: Watched, ledger: Ledger) -> None:
    page = web.run(ledger.failed, "?at=5")
    seen: list[str] = []
    for _ in range(90):
        press(page, "Tab")
        seen.append(
            page.evaluate(
                "(e => e.getAttribute('role') === 'tab' ? 'tab' "
                ": e.closest('header.top') ? 'top' : e.closest('.head') ? 'head' "
                ": e.closest('.failure') ? 'why' : e.closest('.strip') ? 'strip' : e.closest('.timeline') ? 'timeline' "
                ": e.closest('.pane') ? 'pane' : e.tagName)(document.activeElement)"
            )
        )
    order = list(dict.fromkeys(seen))
    parts = ["top", "head", "why", "strip", "timeline", "tab", "pane"]
    assert [part for part in order if part in parts] == parts


def test_help_names_the_keys(web: Watched) -> None:
    page = web.open("/")
    expect(page.locator("tbody tr").first).to_be_visible()
    press(page, "?")
    expect(page.get_by_role("dialog")).to_contain_text("next and previous step")
    press(page, "Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


# Who is asking


def test_a_token_signs_in_and_out(
    open_browser: Callable[..., Watched], ledger: Ledger, two_projects: Any, tmp_path: Path
) -> None:
    from hypermindlabs.web_ui import read_tokens

    path = tmp_path / "tokens.toml"
    path.write_text(web_service.token_file())
    path.chmod(0o600)
    with web_service.running(web_service.server_dsn(ledger.dsn), tokens=read_tokens(path)) as url:
        web = open_browser(url)
        web.expected = ["Failed to load resource"]
        page = web.open(f"/runs/{ledger.failed}?at=5")
        page.get_by_label("Token").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("not known")
        page.get_by_label("Token").fill(web_service.SECRETS["carol"])
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator('.pane[data-seq="5"]')).to_be_visible()
        press(page, "f")
        page.get_by_role("dialog").get_by_role("button", name="Fork").click()
        expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
        page.get_by_role("button", name="Close", exact=True).click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("Token")).to_be_visible()
        page.goto(url)
        page.get_by_label("Token").fill(web_service.SECRETS["bob"])
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("main")).to_contain_text("No runs yet")


# The picture


def test_the_picture_of_the_documentation(open_browser: Callable[..., Watched], ledger: Ledger) -> None:
    """HYPERMIND_SCREENSHOT=docs/images/page.png makes it; otherwise the same view is only looked at."""
    page = open_browser(viewport={"width": 1280, "height": 800}, timezone_id="UTC").run(
        ledger.failed, "?at=39&tab=changes"
    )
    expect(page.locator(".failure")).to_be_visible()
    expect(page.locator(".patch")).to_be_visible()
    page.wait_for_load_state("networkidle")
    if target := os.environ.get("HYPERMIND_SCREENSHOT"):
        page.screenshot(path=target)
        assert Path(target).stat().st_size < 300_000


def test_an_archived_run_says_how_to_bring_it_back(web: Watched, ledger: Ledger) -> None:
    oscar = psycopg.conninfo.make_conninfo(ledger.dsn, user="oscar")
    run = harness.archived_run(oscar, ledger.project, date(2011, 3, 1))
    page = web.open("/?until=2012-01-01T00%3A00%3A00Z")
    row = page.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("archived")
    row.locator("a.main").click()
    expect(page).to_have_url(re.compile(f"/runs/{run}"))
    expect(page.locator("main")).to_contain_text("This run is archived.")
    expect(page.locator("main")).to_contain_text("s3://archive/old")
    expect(page.locator("section.problem code")).to_have_text(f"hypermindlabs restore {run}")
    expect(page).to_have_title(re.compile("archived"))
    page.go_back()
    expect(row).to_have_count(1)
