/* The dashboard: runs and failures, tokens, cost and latency by day, and by model, tool, agent or status. */

import { get } from "./api.js";
import { h, put } from "./dom.js";
import { brief, count, money, plural, span } from "./format.js";
import { problem } from "./panes.js";
import { plot } from "./plot.js";
import { goOn, projectChoice } from "./runs.js";
import { shown } from "./text.js";

const RANGES = { 7: "7 days", 30: "30 days", 90: "90 days", 365: "a year" };
const GROUPS = { run: ["status", "agent", "model", "project"], event: ["model", "tool", "event_type", "project"] };
const DAY = 86_400_000;

function dayOf(milliseconds) {
    return new Date(milliseconds).toISOString().slice(0, 10);
}

export async function dashboardPage(place, { query, session, navigate, title }) {
    title("Dashboard");
    const basis = query.get("basis") === "event" ? "event" : "run";
    const days = RANGES[query.get("days")] ? Number(query.get("days")) : 30;
    const last = /^\d{4}-\d\d-\d\d$/.test(query.get("to") ?? "")
        ? Date.parse(query.get("to"))
        : Date.parse(dayOf(Date.now()));
    const from = dayOf(last - (days - 1) * DAY);
    const to = dayOf(last + DAY);
    const by = GROUPS[basis].includes(query.get("by")) ? query.get("by") : basis === "run" ? "agent" : "tool";
    const form = h("form.filters", { "aria-label": "What the figures are of" });
    const apply = () => {
        const values = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
        navigate(`/dashboard?${values}`);
    };
    const choice = (name, label, choices, chosen) =>
        h(
            "label",
            {},
            label,
            h(
                "select",
                { name },
                Object.entries(choices).map(([value, text]) =>
                    h("option", { value, selected: value === String(chosen) }, text),
                ),
            ),
        );
    form.append(
        projectChoice(session.projects, query.get("project_id")),
        choice("days", "Range", RANGES, days),
        h(
            "label",
            {},
            "Last day",
            h("input", { name: "to", type: "date", value: query.get("to") ?? "", max: dayOf(Date.now()) }),
        ),
        choice(
            "basis",
            "Counted",
            { run: "whole runs, on the day they started", event: "events, on the day they happened" },
            basis,
        ),
        choice("by", "Table by", Object.fromEntries(GROUPS[basis].map((name) => [name, name.replace("_", " ")])), by),
    );
    const body = h("div.dashboard", {}, h("p.loading", {}, "Adding up …"));
    put(place, h("h1.sr", {}, "Dashboard"), form, body);
    goOn(form, apply);
    try {
        const what = { from, to, project_id: query.get("project_id"), basis };
        const [total, daily, kinds, groups] = await Promise.all([
            get("/rollup", what),
            get("/rollup", { ...what, group_by: "day" }),
            get("/rollup", { ...what, group_by: basis === "run" ? ["day", "status"] : ["day", "event_type"] }),
            get("/rollup", { ...what, group_by: by }),
        ]);
        put(
            body,
            draw(
                { basis, by, from, to: dayOf(last), days, session },
                total.items[0],
                daily.items,
                kinds.items,
                groups.items,
            ),
        );
    } catch (error) {
        put(body, problem(error));
    }
    return { key: () => false, leave: () => {} };
}

function draw(asked, total, daily, kinds, groups) {
    const { basis, by, from, to, days } = asked;
    if (!total || total.events === 0) {
        return h(
            "p.none",
            {},
            `Nothing from ${from} to ${to} (days in UTC). `,
            h("a", { href: "/dashboard?days=365" }, "Look at a year"),
        );
    }
    const names = Array.from({ length: days }, (_, n) => dayOf(Date.parse(from) + n * DAY));
    const on = (rows, value) => {
        const found = new Map(rows.map((row) => [row.day, value(row)]));
        return names.map((day) => found.get(day) ?? null);
    };
    const add = (rows, which, value) => {
        const sums = new Map();
        rows.filter(which).forEach((row) => sums.set(row.day, (sums.get(row.day) ?? 0) + value(row)));
        return names.map((day) => sums.get(day) ?? null);
    };
    const failed = (row) =>
        basis === "run"
            ? row.status === "failed"
            : row.event_type === "error.raised" || row.event_type === "run.failed";
    const many = (row) => (basis === "run" ? row.runs : row.events);
    const bad = kinds.filter(failed).reduce((sum, row) => sum + many(row), 0);
    const open = (row) => basis === "run" && ["queued", "running", "paused"].includes(row.status);
    const tile = (name, value, note) =>
        h("div.tile", {}, h("span.quiet", {}, name), h("b", {}, value), note && h("span.quiet", {}, note));
    return [
        h(
            "p.quiet.basis",
            {},
            basis === "run"
                ? `Whole runs that started from ${from} to ${to}: all that a run used counts on the day it started. Days are UTC.`
                : `Events that happened from ${from} to ${to}, each on its own day. Durations are of model answers and tool results. Days are UTC.`,
        ),
        h(
            "div.tiles",
            {},
            basis === "run" && tile("Runs", count(total.runs)),
            tile(
                basis === "run" ? "Failed" : "Errors",
                count(bad),
                basis === "run" && total.runs ? `${((100 * bad) / total.runs).toFixed(1)} %` : null,
            ),
            tile("Events", brief(total.events)),
            tile(
                "Tokens",
                brief((total.input_tokens ?? 0) + (total.output_tokens ?? 0)),
                `${brief(total.input_tokens ?? 0)} in, ${brief(total.output_tokens ?? 0)} out`,
            ),
            tile("Cost", money(total.cost)),
            tile(
                basis === "run" ? "Duration, median" : "Latency, median",
                span(total.p50) || "–",
                total.p95 === null ? null : `95 % within ${span(total.p95)}`,
            ),
        ),
        h(
            "div.plots",
            {},
            plot({
                title: basis === "run" ? "Runs" : "Events",
                days: names,
                say: brief,
                series: [
                    { name: basis === "run" ? "failed" : "errors", class: "s-bad", values: add(kinds, failed, many) },
                    basis === "run" && { name: "open", class: "s-open", values: add(kinds, open, many) },
                    {
                        name: basis === "run" ? "ended well or cancelled" : "others",
                        class: "s-good",
                        values: add(kinds, (row) => !failed(row) && !open(row), many),
                    },
                ].filter(Boolean),
            }),
            plot({
                title: "Tokens",
                days: names,
                say: brief,
                series: [
                    { name: "in", class: "s-1", values: on(daily, (row) => row.input_tokens) },
                    { name: "out", class: "s-2", values: on(daily, (row) => row.output_tokens) },
                ],
            }),
            plot({
                title: "Cost",
                days: names,
                say: (value) => (value === 0 ? "0" : brief(value)),
                series: [
                    {
                        name: "cost",
                        class: "s-1",
                        values: on(daily, (row) => (row.cost === null ? null : Number(row.cost))),
                    },
                ],
            }),
            plot({
                title: basis === "run" ? "Duration of runs" : "Latency of models and tools",
                days: names,
                stacked: false,
                say: (value) => span(value) || "0",
                series: ["p50", "p90", "p99"].map((name, n) => ({
                    name: `${name.slice(1)} %`,
                    class: `s-${n + 1}`,
                    values: on(daily, (row) => row[name]),
                })),
            }),
        ),
        table(`By ${by.replace("_", " ")}`, by, groups, basis, asked.session),
        table(
            "By day",
            "day",
            [...daily].sort((a, b) => (a.day < b.day ? 1 : -1)),
            basis,
            asked.session,
        ),
        h("p.quiet", {}, `${plural(groups.length, "group")}. Percentiles are right to 4.8 %.`),
    ];
}

function table(title, by, rows, basis, session) {
    const heads = [
        [by.replace("_", " ")],
        basis === "run" && ["Runs", 1],
        ["Events", 1],
        ["Tokens in", 1],
        ["Tokens out", 1],
        ["Cost", 1],
        ["50 %", 1],
        ["90 %", 1],
        ["95 %", 1],
        ["99 %", 1],
    ].filter(Boolean);
    const sorted = by === "day" ? rows : [...rows].sort((a, b) => (b.runs ?? b.events) - (a.runs ?? a.events));
    return h(
        "div.wide-table",
        { tabindex: 0, role: "region", "aria-label": title },
        h(
            "table.figures",
            {},
            h("caption", {}, title),
            h(
                "thead",
                {},
                h(
                    "tr",
                    {},
                    heads.map(([name, number]) => h(number ? "th.number" : "th", { scope: "col" }, name)),
                ),
            ),
            h(
                "tbody",
                {},
                sorted.slice(0, 400).map((row) =>
                    h(
                        "tr",
                        {},
                        h("th", { scope: "row" }, label(by, row, basis, session)),
                        basis === "run" && h("td.number", {}, count(row.runs)),
                        h("td.number", {}, count(row.events)),
                        h("td.number", {}, count(row.input_tokens)),
                        h("td.number", {}, count(row.output_tokens)),
                        h("td.number", { title: row.cost }, money(row.cost)),
                        [row.p50, row.p90, row.p95, row.p99].map((value) => h("td.number", {}, span(value) || "–")),
                    ),
                ),
            ),
        ),
    );
}

function label(by, row, basis, session) {
    if (by === "project") {
        const found = session.projects.find((one) => one.project_id === row.project_id);
        return h(
            "a",
            { href: `/?project_id=${row.project_id}` },
            found ? `${found.workspace} / ${found.name}` : row.project_id,
        );
    }
    const value = row[by];
    if (value === null) {
        return h("i.quiet", {}, "none");
    }
    const words = h("bdi", {}, ...shown(String(value)));
    const filters = { status: "status", agent: "agent", model: "model", tool: "tool" };
    if (by in filters) {
        return h("a", { href: `/?${filters[by]}=${encodeURIComponent(value)}` }, words);
    }
    return by === "day" && basis === "run"
        ? h(
              "a",
              { href: `/?since=${value}T00:00:00.000Z&until=${dayOf(Date.parse(value) + DAY)}T00:00:00.000Z` },
              words,
          )
        : words;
}
