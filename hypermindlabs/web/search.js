/* Search: words in all runs that the caller reads, with what was found marked, and links to the steps. */

import { get } from "./api.js";
import { button, h, icon, put } from "./dom.js";
import { FAMILIES } from "./events.js";
import { shortId, time } from "./format.js";
import { problem } from "./panes.js";
import { goOn, localOf, momentOf, moreFilters, projectChoice, stepLinks } from "./runs.js";
import { marked, oneLine } from "./text.js";
import { family } from "./timeline.js";

const LIMIT = 30;
const KINDS = ["messages", "model", "tools", "errors"];

export async function searchPage(place, { query, session, navigate, title }) {
    const words = query.get("q") ?? "";
    title(words ? `${oneLine(words, 40)} · Search` : "Search");
    const types = query.getAll("type");
    const kind = KINDS.find((name) => FAMILIES[name].every((type) => types.includes(type))) ?? "";
    const form = h("form.filters", { role: "search", "aria-label": "Search in all runs" });
    const apply = () => {
        const values = new URLSearchParams();
        for (const [name, value] of new FormData(form)) {
            const text = String(value).trim();
            if (text && name === "kind") {
                FAMILIES[text].forEach((type) => values.append("type", type));
            } else if (text) {
                values.set(name, name === "since" || name === "until" ? momentOf(text) : text);
            }
        }
        navigate(`/search${values.size ? `?${values}` : ""}`);
    };
    const field = (name, label, more = {}) =>
        h(
            "label",
            {},
            label,
            h("input", { name, value: query.get(name) ?? "", autocomplete: "off", spellcheck: "false", ...more }),
        );
    form.append(
        h(
            "label.wide",
            {},
            "Search",
            h("input", {
                name: "q",
                type: "search",
                value: words,
                autocomplete: "off",
                placeholder: 'words, "words in this order", one or another, -without',
                "data-search": "",
            }),
        ),
        projectChoice(session.projects, query.get("project_id")),
        h(
            "label",
            {},
            "In",
            h(
                "select",
                { name: "kind" },
                h("option", { value: "" }, "everything"),
                KINDS.map((name) => h("option", { value: name, selected: name === kind }, name)),
            ),
        ),
        h("button", { type: "submit" }, "Search"),
        moreFilters(
            ["model", "tool", "run_id", "since", "until"].some((name) => query.has(name)),
            field("model", "Model"),
            field("tool", "Tool"),
            field("run_id", "Run", { placeholder: "run id" }),
            h(
                "label",
                {},
                "Since",
                h("input", { name: "since", type: "datetime-local", value: localOf(query.get("since")) }),
            ),
            h(
                "label",
                {},
                "Until",
                h("input", { name: "until", type: "datetime-local", value: localOf(query.get("until")) }),
            ),
        ),
    );
    const list = h("ol.hits");
    const foot = h("div.foot", { role: "status" });
    put(place, h("h1.sr", {}, "Search"), form, list, foot);
    goOn(form, apply);
    if (!words && !form.contains(document.activeElement)) {
        form.elements.q.focus();
    }
    if (!words) {
        put(
            foot,
            h(
                "p.none",
                {},
                "Messages, what models answered, what tools returned, and errors are searched. Newest runs come first.",
            ),
        );
    }
    const load = async (cursor) => {
        put(foot, h("p.loading", {}, "Searching …"));
        try {
            const parameters = Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
            const { items, next_cursor: next } = await get("/search", { ...parameters, limit: LIMIT, cursor });
            const first = list.childElementCount;
            list.append(...items.map(hit));
            put(
                foot,
                next
                    ? button("More results", { onclick: () => load(next) })
                    : h(
                          "p.quiet",
                          {},
                          list.childElementCount
                              ? `${list.childElementCount} ${list.childElementCount === 1 ? "result" : "results"}, no more.`
                              : "Nothing has these words.",
                      ),
            );
            if (first) {
                list.children[first]?.querySelector("a")?.focus();
            }
        } catch (error) {
            put(
                foot,
                problem(error, () => load(cursor)),
            );
        }
    };
    if (words) {
        await load(null);
    }
    return { key: (event) => stepLinks(event, list), leave: () => {} };
}

function hit(found) {
    return h(
        `li.is-${family(found.event_type)}`,
        {},
        h(
            "div.where",
            {},
            icon(family(found.event_type)),
            h(
                "a.main",
                { href: `/runs/${found.run_id}?at=${found.seq}` },
                `run ${shortId(found.run_id)}, step ${found.seq}`,
            ),
            h("span.quiet", {}, found.event_type),
            h("span.grow"),
            time(found.occurred_at, { short: true }),
        ),
        found.snippet === null
            ? h("p.quiet", {}, "This text is too large to be shown here: open the step.")
            : h("p.snippet", { dir: "ltr" }, h("bdi", {}, marked(found.snippet))),
        found.truncated && h("p.quiet", {}, "Only the first 100,000 characters of this text are searched."),
    );
}
