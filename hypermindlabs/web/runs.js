/* The list of runs: filters, which are all in the address, a table, and more of it by cursor. */

import { get } from "./api.js";
import { button, h, icon, put, settled } from "./dom.js";
import { ago, brief, count, money, shortId, span, time } from "./format.js";
import { problem } from "./panes.js";
import { statusChip } from "./run.js";
import { inert, oneLine, shown } from "./text.js";

const LIMIT = 50;
const STATUSES = ["queued", "running", "paused", "completed", "failed", "cancelled"];
const MODES = ["chat", "workflow", "batch", "compare", "replay", "evaluate"];
const WORDS = {
    agent: "agent",
    model: "model",
    tool: "tool it called",
    owner: "owner",
    tag: "tag",
    config: "kind/name@version",
    parent: "run id",
};

// What the viewer was at when a filter changed: the new page goes on there.
const last = { open: false, field: null };

/** Applies a form of filters: at once when it is sent, after this event when a field changed. Goes on in that field. */
export function goOn(form, apply) {
    const later = settled(0, apply);
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        later.cancel();
        last.field = null;
        apply();
    });
    form.addEventListener("change", (event) => {
        if (event.target.type !== "search") {
            last.field = event.target.name;
            later();
        }
    });
    if (last.field) {
        form.elements[last.field]?.focus({ preventScroll: true });
        last.field = null;
    }
}

/** More filters, open if one of them is set or the viewer opened them. */
export function moreFilters(set, ...fields) {
    const details = h(
        "details.more",
        { open: set || last.open },
        h("summary", {}, "More filters"),
        h("div.fields", {}, fields),
    );
    details.addEventListener("toggle", () => {
        last.open = details.open;
    });
    return details;
}

/** A project's choice for a filter bar; "" is every project. */
export function projectChoice(projects, chosen) {
    return h(
        "label",
        {},
        "Project",
        h(
            "select",
            { name: "project_id" },
            h("option", { value: "" }, "all"),
            projects.map((one) =>
                h(
                    "option",
                    { value: one.project_id, selected: one.project_id === chosen },
                    inert(`${one.workspace} / ${one.name}`),
                ),
            ),
        ),
    );
}

/** A moment as a field for local times wants it, and back. */
export function localOf(text) {
    if (!text || Number.isNaN(Date.parse(text))) {
        return "";
    }
    const at = new Date(text);
    return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function momentOf(local) {
    return local && !Number.isNaN(Date.parse(local)) ? new Date(local).toISOString() : "";
}

export async function runsPage(place, { query, session, navigate, title }) {
    title("Runs");
    const form = h("form.filters", { role: "search", "aria-label": "Filter the runs" });
    const apply = () => {
        const values = new URLSearchParams();
        for (const [name, value] of new FormData(form)) {
            const text = String(value).trim();
            if (!text || name === "q") {
                continue;
            }
            if (name === "tag") {
                text.split(",")
                    .map((tag) => tag.trim())
                    .filter(Boolean)
                    .forEach((tag) => values.append("tag", tag));
            } else {
                values.set(name, name === "since" || name === "until" ? momentOf(text) : text);
            }
        }
        const words = form.elements.q.value.trim();
        if (words) {
            const search = new URLSearchParams({ q: words });
            for (const name of ["project_id", "model", "tool", "since", "until"]) {
                if (values.get(name)) {
                    search.set(name, values.get(name));
                }
            }
            navigate(`/search?${search}`);
        } else {
            navigate(`/${values.size ? `?${values}` : ""}`);
        }
    };
    const option = (name, choices) =>
        h(
            "label",
            {},
            name[0].toUpperCase() + name.slice(1),
            h(
                "select",
                { name },
                h("option", { value: "" }, "all"),
                choices.map((one) => h("option", { value: one, selected: query.get(name) === one }, one)),
            ),
        );
    const field = (name) =>
        h(
            "label",
            {},
            name[0].toUpperCase() + name.slice(1),
            h("input", {
                name,
                value: name === "tag" ? query.getAll("tag").join(", ") : (query.get(name) ?? ""),
                placeholder: WORDS[name],
                autocomplete: "off",
                spellcheck: "false",
            }),
        );
    const moment = (name, text) =>
        h("label", {}, text, h("input", { name, type: "datetime-local", value: localOf(query.get(name)) }));
    const more = ["agent", "model", "tool", "tag", "owner", "config", "parent", "since", "until"];
    form.append(
        h(
            "label.wide",
            {},
            "Search",
            h("input", {
                name: "q",
                type: "search",
                placeholder: "what was said, in all runs",
                autocomplete: "off",
                "data-search": "",
            }),
        ),
        projectChoice(session.projects, query.get("project_id")),
        option("status", STATUSES),
        option("mode", MODES),
        moreFilters(
            more.some((name) => query.has(name)),
            ["agent", "model", "tool", "tag", "owner", "config", "parent"].map(field),
            moment("since", "Since"),
            moment("until", "Until"),
        ),
        h("button", { type: "submit", class: "sr" }, "Apply"),
    );
    const active = [...query].filter(([name]) => name !== "workspace" || true);
    const chips = h(
        "div.chips",
        { role: "group", "aria-label": "Active filters" },
        active.map(([name, value]) => {
            const without = new URLSearchParams([...query].filter(([one, other]) => one !== name || other !== value));
            const said = name === "project_id" ? nameOf(session.projects, value) : value;
            return h(
                "a.chip",
                { href: `/${without.size ? `?${without}` : ""}`, title: "take this filter away" },
                h("span.quiet", {}, `${name === "project_id" ? "project" : name} `),
                h("bdi", {}, ...shown(said)),
                " ✕",
            );
        }),
        active.length > 1 && h("a", { href: "/" }, "all runs"),
    );
    const body = h("tbody");
    const table = h(
        "table.list",
        { hidden: true },
        h("caption.sr", {}, "Runs, newest first"),
        h(
            "thead",
            {},
            h(
                "tr",
                {},
                [
                    ["Status"],
                    ["Run"],
                    ["Mode"],
                    ["Model"],
                    ["Events", "number"],
                    ["Tokens", "number"],
                    ["Cost", "number"],
                    ["Duration", "number"],
                    ["Started"],
                ].map(([name, as]) => h(as ? `th.${as}` : "th", { scope: "col" }, name)),
            ),
        ),
        body,
    );
    const foot = h("div.foot", { role: "status" }, h("p.loading", {}, "Loading the runs …"));
    put(place, h("h1.sr", {}, "Runs"), form, chips, table, foot);
    goOn(form, apply);

    const load = async (cursor) => {
        put(foot, h("p.loading", {}, "Loading the runs …"));
        try {
            const parameters = Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
            const { items, next_cursor: next } = await get("/runs", { ...parameters, limit: LIMIT, cursor });
            const first = body.childElementCount;
            body.append(...items.map((run) => row(run, session)));
            table.hidden = body.childElementCount === 0;
            if (body.childElementCount === 0) {
                put(
                    foot,
                    query.size
                        ? h("p.none", {}, "No run passes these filters. ", h("a", { href: "/" }, "Show all runs"))
                        : empty(session),
                );
            } else {
                put(
                    foot,
                    next
                        ? button("More runs", { onclick: () => load(next) })
                        : h(
                              "p.quiet",
                              {},
                              `${count(body.childElementCount)} ${body.childElementCount === 1 ? "run" : "runs"}, no more.`,
                          ),
                );
            }
            if (first) {
                body.children[first]?.querySelector("a")?.focus();
            }
        } catch (error) {
            put(
                foot,
                problem(error, () => load(cursor)),
            );
        }
    };
    await load(null);
    return {
        key: (event) => stepLinks(event, body),
        leave: () => {},
    };
}

/** j and k, and the arrows, go from one row's link to the next. */
export function stepLinks(event, body) {
    const by = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    const links = [...body.querySelectorAll("a.main")];
    if (!by || !links.length) {
        return false;
    }
    const at = links.indexOf(document.activeElement);
    const to = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.max(0, Math.min(links.length - 1, at + by))];
    to.focus();
    to.closest("tr, li")?.scrollIntoView({ block: "nearest" });
    return true;
}

function nameOf(projects, id) {
    const found = projects.find((one) => one.project_id === id);
    return found ? `${found.workspace} / ${found.name}` : id;
}

function row(run) {
    const tokens =
        run.input_tokens === null && run.output_tokens === null
            ? null
            : (run.input_tokens ?? 0) + (run.output_tokens ?? 0);
    return h(
        "tr",
        { data: { status: run.status } },
        h("td", {}, statusChip(run.status)),
        h(
            "td.name",
            {},
            h(
                "a.main",
                { href: `/runs/${run.run_id}` },
                h(
                    "bdi",
                    {},
                    run.title
                        ? oneLine(run.title, 140)
                        : run.agent
                          ? oneLine(run.agent, 80)
                          : `run ${shortId(run.run_id)}`,
                ),
            ),
            h(
                "div.quiet.under",
                {},
                h("code", {}, shortId(run.run_id)),
                run.title && run.agent && h("span", {}, h("bdi", {}, ...shown(run.agent))),
                h("span", {}, h("bdi", {}, ...shown(run.workspace)), " / ", h("bdi", {}, ...shown(run.project))),
                run.archive_id && h("span", { title: `in ${inert(run.location)}` }, "archived"),
                run.parent_run_id && h("span", {}, icon("fork"), run.forked_at_seq === null ? "child" : "fork"),
                run.tags
                    .slice(0, 4)
                    .map((tag) =>
                        h("a.tag", { href: `/?tag=${encodeURIComponent(tag)}` }, h("bdi", {}, ...shown(tag))),
                    ),
                run.tags.length > 4 && h("span", {}, `+${run.tags.length - 4}`),
            ),
        ),
        h("td", { data: { label: "mode" } }, run.mode),
        h("td.model", { data: { label: "model" } }, run.model ? h("bdi", {}, ...shown(run.model)) : ""),
        h("td.number", { data: { label: "events" } }, count(run.last_seq)),
        h(
            "td.number",
            {
                data: { label: "tokens" },
                title:
                    tokens === null
                        ? "summed when the run ends"
                        : `${count(run.input_tokens)} in, ${count(run.output_tokens)} out`,
            },
            tokens === null ? "–" : brief(tokens),
        ),
        h("td.number", { data: { label: "cost" }, title: run.cost }, money(run.cost)),
        h(
            "td.number",
            { data: { label: "duration" } },
            run.ended_at === null && run.status === "queued" ? "–" : run.duration < 0 ? "–" : span(run.duration),
        ),
        h(
            "td.when",
            { data: { label: "started" } },
            time(run.created_at, { short: true }),
            h("div.quiet.under", {}, ago(run.created_at)),
        ),
    );
}

function empty(session) {
    const projects = session.projects.length;
    return h(
        "div.empty",
        {},
        h("h2", {}, "No runs yet"),
        h(
            "p",
            {},
            projects
                ? "Record one, and it stands here."
                : `The role ${session.role} reads no project yet: the commands below make one.`,
        ),
        h(
            "p",
            {},
            h("code", {}, "hypermindlabs import FILE"),
            h("span.quiet", {}, " records traces: OpenAI chats, SWE-agent trajectories, JSON lines"),
        ),
        h(
            "p",
            {},
            h("code", {}, "hypermindlabs demo"),
            h("span.quiet", {}, " records a sample run and shows what the ledger does with it"),
        ),
    );
}
