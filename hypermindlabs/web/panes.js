/* The panes beside the timeline: each shows one side of the selected step. */

import { Cache, get } from "./api.js";
import { button, copy, h, icon, put, settled } from "./dom.js";
import { patchView, touched } from "./diff.js";
import { bytes, count, shortId, time } from "./format.js";
import { jsonView, kind } from "./json_view.js";
import { contentText } from "./summary.js";
import { inert, longText, shown } from "./text.js";

const SETTLE_MILLISECONDS = 70;
const ARTIFACTS = 200;
const WAIT_MILLISECONDS = 250;

export const TABS = ["payload", "state", "changes", "artifacts", "lineage", "versions", "replay"];
const VIEWS = Object.fromEntries(TABS.map((name) => [name, `show${name[0].toUpperCase()}${name.slice(1)}`]));
const NAMES = {
    payload: "Payload",
    state: "State",
    changes: "Changes",
    artifacts: "Artifacts",
    lineage: "Lineage",
    versions: "Versions",
    replay: "Replay",
};
const SAID = [
    "content",
    "message",
    "reason",
    "gen_ai.tool.call.result",
    "gen_ai.tool.call.arguments",
    "question",
    "text",
];

/** A problem, as the page shows it: what happened, and what to do about it. */
export function problem(error, again = null) {
    return h(
        "div.problem",
        { role: "alert" },
        h(
            "p",
            {},
            icon("error"),
            h("b", {}, error.title || "Something went wrong"),
            error.code && h("code.quiet", {}, ` ${error.code}`),
        ),
        h("p", {}, ...shown(error.detail ?? error.message ?? "")),
        error.hint && h("p.quiet", {}, ...shown(error.hint)),
        again && button("Try again", { onclick: again }),
    );
}

export class Panes {
    /** link: makes a link to a step; tabChosen: called with the name of a tab; fork: opens the dialog. */
    constructor(run, pins, request, { link, tabChosen, fork }) {
        Object.assign(this, { run, pins, request, link, tabChosen, fork });
        this.cache = new Cache(48);
        this.seq = 0;
        this.tab = "payload";
        this.against = null;
        this.turn = 0;
        this.later = settled(SETTLE_MILLISECONDS, () => this.draw());
        this.tabs = Object.fromEntries(
            TABS.map((name) => [
                name,
                h(
                    "button",
                    {
                        type: "button",
                        role: "tab",
                        id: `tab-${name}`,
                        "aria-controls": "pane",
                        onclick: () => this.choose(name),
                    },
                    NAMES[name],
                ),
            ]),
        );
        this.body = h("div.pane", { role: "tabpanel", id: "pane", tabindex: 0 });
        this.element = h(
            "section.panes",
            { "aria-label": "The selected step" },
            h(
                "div.tabs",
                { role: "tablist", "aria-label": "Views of the selected step", onkeydown: (event) => this.key(event) },
                Object.values(this.tabs),
            ),
            this.body,
        );
    }

    key(event) {
        const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (by) {
            const next = TABS[(TABS.indexOf(this.tab) + by + TABS.length) % TABS.length];
            this.choose(next);
            this.tabs[next].focus();
            event.preventDefault();
            event.stopPropagation();
        }
    }

    /** Shows another tab. */
    choose(name) {
        this.tab = TABS.includes(name) ? name : "payload";
        for (const [tab, element] of Object.entries(this.tabs)) {
            element.setAttribute("aria-selected", String(tab === this.tab));
            element.tabIndex = tab === this.tab ? 0 : -1;
        }
        this.body.setAttribute("aria-labelledby", `tab-${this.tab}`);
        this.tabChosen(this.tab);
        this.draw();
    }

    /** Follows the selected step, once the viewer rests on it. */
    select(seq) {
        const first = this.seq === 0;
        this.seq = seq;
        if (first) {
            this.draw();
        } else {
            this.later();
        }
    }

    /** One whole event of the run. */
    event(seq) {
        return this.cache.get(`/runs/${this.run.run_id}/events/${seq}`);
    }

    /** The run's state after a seq; 0 is before its first event. */
    async state(seq) {
        return (await this.cache.get(`/runs/${this.run.run_id}/state`, { seq })).state;
    }

    async draw() {
        this.later.cancel();
        if (this.seq === 0) {
            return;
        }
        const turn = (this.turn += 1);
        // What was there stays for a moment: a quick answer does not flicker.
        const waiting = setTimeout(
            () => turn === this.turn && put(this.body, h("p.loading", {}, "Loading …")),
            WAIT_MILLISECONDS,
        );
        let made;
        try {
            made = await this[VIEWS[this.tab]](this.seq);
        } catch (error) {
            made = problem(error, () => this.draw());
        }
        clearTimeout(waiting);
        if (turn === this.turn) {
            this.body.dataset.seq = this.seq;
            this.body.dataset.tab = this.tab;
            put(this.body, made);
            this.body.scrollTop = 0;
        }
    }

    title(text, seq) {
        return h("h3", {}, text, " ", h("span.quiet", {}, `step ${seq.toLocaleString("en")}`));
    }

    // The tabs

    async showPayload(seq) {
        const event = await this.event(seq);
        const facts = [
            ["happened", time(event.occurred_at)],
            event.recorded_at !== event.occurred_at && ["recorded", time(event.recorded_at)],
            event.parent_seq && ["below", this.link(event.parent_seq, `step ${event.parent_seq}`)],
            event.model && ["model", h("bdi", {}, ...shown(event.model))],
            event.tool && ["tool", h("bdi", {}, ...shown(event.tool))],
            event.input_tokens !== null && ["tokens in", count(event.input_tokens)],
            event.output_tokens !== null && ["tokens out", count(event.output_tokens)],
            event.cost !== null && ["cost", event.cost],
            event.tags?.length && ["tags", event.tags.map((tag) => h("span.tag", {}, h("bdi", {}, ...shown(tag))))],
            event.contract_version !== null && ["contract", `version ${event.contract_version}`],
            ["hash", hash(event.event_hash)],
        ].filter(Boolean);
        const more = event.payload !== null && Object.keys(event.payload).length > 2;
        const said = event.payload && SAID.filter((name) => prose(event.payload[name], more)).slice(0, 2);
        return [
            h("h3", {}, h("code", {}, event.event_type), " ", h("span.quiet", {}, `step ${seq.toLocaleString("en")}`)),
            h(
                "dl.facts",
                {},
                facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
            ),
            event.payload === null
                ? h("p.none", {}, "The payload was erased; its hash still proves the rest of the run.")
                : [
                      said.map((name) =>
                          h(
                              "div.prose",
                              {},
                              h("h4", {}, name),
                              longText(contentText(event.payload[name]), { first: 4000, name: "text" }),
                          ),
                      ),
                      h("h4", {}, "payload"),
                      jsonView(event.payload, { name: "payload", depth: said.length ? 1 : 2 }),
                  ],
            event.state_delta !== null && [
                h("h4", {}, "state delta"),
                jsonView(event.state_delta, { name: "state delta", depth: 1 }),
            ],
        ];
    }

    async showState(seq) {
        const [state, patch] = await Promise.all([this.state(seq), this.patch(seq - 1, seq)]);
        const changed = touched(patch, state);
        return [
            this.title("State after", seq),
            h(
                "p.quiet",
                {},
                changed.length
                    ? `This step changed what is marked: ${changed
                          .slice(0, 4)
                          .map((path) => (path === "" ? "all of it" : inert(path)))
                          .join(", ")}${changed.length > 4 ? " …" : ""}`
                    : "This step changed nothing here.",
            ),
            jsonView(state, { name: "state", changed, depth: 1 }),
        ];
    }

    async patch(from, to) {
        const answer = await this.cache.get(`/runs/${this.run.run_id}/diff`, { from_seq: from, to_seq: to });
        return Array.isArray(answer) ? answer : answer.patch;
    }

    async showChanges(seq) {
        const from = this.against ?? seq - 1;
        const [patch, before] = await Promise.all([this.patch(from, seq), this.state(from)]);
        const field = h("input", {
            type: "number",
            min: 0,
            max: this.run.last_seq,
            value: from,
            "aria-label": "Compare with step",
            onchange: () => {
                const value = Math.round(Number(field.value));
                const inside = field.value !== "" && value >= 0 && value <= this.run.last_seq;
                this.against = inside && value !== this.seq - 1 ? value : null;
                this.draw();
            },
        });
        return [
            h(
                "div.bar",
                {},
                h(
                    "h3",
                    {},
                    this.against === null ? "What this step changed " : "Compared ",
                    h("span.quiet", {}, `step ${seq.toLocaleString("en")}`),
                ),
                h("span.grow"),
                h("label", {}, "against step ", field),
                this.against !== null &&
                    button("the step before", {
                        onclick: () => {
                            this.against = null;
                            this.draw();
                        },
                    }),
                button(
                    "Copy the patch",
                    { onclick: (event) => copy(JSON.stringify(patch, null, 2), event.currentTarget) },
                    icon("copy"),
                ),
            ),
            patchView(patch, before),
        ];
    }

    async showArtifacts(seq) {
        const { items, next_cursor: more } = await get(`/runs/${this.run.run_id}/artifacts`, { limit: ARTIFACTS });
        if (items.length === 0) {
            return h("p.none", {}, "This run has no artifacts.");
        }
        return [
            h("h3", {}, "Artifacts"),
            more && h("p.quiet", {}, `The newest ${ARTIFACTS} of them.`),
            h(
                "ul.cards",
                {},
                items.map((item) =>
                    h(
                        "li",
                        { data: item.seq === seq ? { current: "" } : item.seq > seq ? { later: "" } : {} },
                        h(
                            "div",
                            {},
                            h("b", {}, h("bdi", {}, ...shown(item.kind))),
                            " ",
                            h("span.quiet", {}, ...shown(item.media_type), ` · ${bytes(item.size_bytes)} · `),
                            this.link(item.seq, `step ${item.seq}`),
                        ),
                        h("div", {}, uri(item.uri)),
                        h("div.quiet", {}, "SHA-256 ", hash(item.sha256)),
                        item.metadata &&
                            Object.keys(item.metadata).length > 0 &&
                            jsonView(item.metadata, { name: "metadata", depth: 0 }),
                    ),
                ),
            ),
        ];
    }

    async showLineage() {
        const { items } = await get(`/runs/${this.run.run_id}/lineage`);
        const rows = items.map((item) =>
            h(
                "li",
                {
                    data: item.relation === "self" ? { current: "" } : {},
                    style: { "--depth": item.depth - items[0].depth },
                },
                h(`span.status.${item.status}`, {}, icon(item.status), item.status),
                " ",
                item.relation === "self"
                    ? h("b", {}, "this run")
                    : h("a", { href: `/runs/${item.run_id}` }, shortId(item.run_id)),
                h("span.quiet", {}, ` ${item.mode}`),
                item.forked_at_seq !== null &&
                    h(
                        "span.quiet",
                        {},
                        item.relation === "descendant" && item.parent_run_id === this.run.run_id
                            ? [" from ", this.link(item.forked_at_seq, `step ${item.forked_at_seq}`)]
                            : ` from step ${item.forked_at_seq}`,
                    ),
            ),
        );
        return [
            h("h3", {}, "Lineage"),
            items.length === 1 && h("p.none", {}, "This run was made from no other, and none was made from it."),
            h("ul.tree", {}, rows),
        ];
    }

    async showVersions(seq) {
        if (this.pins.length === 0) {
            return h("p.none", {}, "This run pinned no prompt, tool, agent or evaluator.");
        }
        const context = this.cache.get(`/runs/${this.run.run_id}/replay-context`, { seq });
        return [
            h("h3", {}, "Pinned versions"),
            h("p.quiet", {}, "What the run used, whatever the labels point to now."),
            h(
                "ul.cards",
                {},
                this.pins.map((pin) => {
                    const body = h("div");
                    const details = h("details", {}, h("summary", {}, "content"), body);
                    details.addEventListener("toggle", async () => {
                        if (!details.open || body.childElementCount) {
                            return;
                        }
                        try {
                            const found = (await context).configs.find((config) => config.slot === pin.slot);
                            put(body, found ? content(found.content) : h("p.none", {}, "Erased."));
                        } catch (error) {
                            put(body, problem(error));
                        }
                    });
                    return h(
                        "li",
                        {},
                        h(
                            "div",
                            {},
                            h("span.quiet", {}, pin.kind, " "),
                            h("b", {}, h("bdi", {}, ...shown(pin.name))),
                            ` version ${pin.version} `,
                            pin.label && h("span.tag", {}, h("bdi", {}, ...shown(pin.label))),
                        ),
                        h(
                            "div.quiet",
                            {},
                            "slot ",
                            h("bdi", {}, ...shown(pin.slot)),
                            " · SHA-256 ",
                            hash(pin.content_sha256),
                        ),
                        details,
                        h(
                            "a",
                            { href: `/?config=${encodeURIComponent(`${pin.kind}/${pin.name}@${pin.version}`)}` },
                            "runs that used it",
                        ),
                    );
                }),
            ),
        ];
    }

    async showReplay(seq) {
        const context = await this.cache.get(`/runs/${this.run.run_id}/replay-context`, { seq });
        return [
            this.title("Replay from", seq),
            h(
                "p",
                {},
                "All that is needed to stand at this step again. The digest is the same on every server, and after every dump.",
            ),
            h(
                "dl.facts",
                {},
                [
                    ["digest", hash(context.digest, context.digest)],
                    ["event hash", hash(context.event_hash)],
                    ["mode", context.mode],
                    ["snapshot", context.snapshot_seq === null ? "none" : `step ${context.snapshot_seq}`],
                    [
                        "events folded",
                        context.first_event_seq === null
                            ? "none"
                            : `${context.first_event_seq} to ${context.last_event_seq}`,
                    ],
                ].map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
            ),
            h("p", {}, button("Fork from here …", { class: "primary", onclick: () => this.fork(seq) })),
            h("h4", {}, "in a terminal"),
            command(`hypermindlabs replay ${shortId(this.run.run_id)} --step`),
            command(`hypermindlabs state ${shortId(this.run.run_id)} --at ${seq} --diff`),
            h("h4", {}, "in Python"),
            command(`context = lab.replay.resolve("${this.run.run_id}", ${seq})`),
            h("h4", {}, "input"),
            jsonView(context.input ?? null, { name: "input", depth: 1 }),
            h("h4", {}, `pinned versions (${context.configs.length})`),
            context.configs.length > 0 &&
                h(
                    "ul.plain",
                    {},
                    context.configs.map((config) =>
                        h(
                            "li",
                            {},
                            `${config.kind} `,
                            h("b", {}, h("bdi", {}, ...shown(config.name))),
                            ` version ${config.version} `,
                            hash(config.content_sha256),
                        ),
                    ),
                ),
        ];
    }
}

/** Whether a value is text that reads better as such than as JSON, or that hides among other members. */
function prose(value, among) {
    const text = ["string", "array"].includes(kind(value ?? null)) ? contentText(value) : "";
    return text.length > 60 || text.includes("\n") || (among && text !== "");
}

function content(value) {
    const text = typeof value.content === "string" ? value.content : typeof value.text === "string" ? value.text : null;
    return [
        text !== null && h("div.prose", {}, longText(text, { first: 3000 })),
        jsonView(value, { name: "content", depth: 1 }),
    ];
}

/** A hash or an id: its beginning or another short form, all of it in the tooltip and on the clipboard. */
export function hash(text, short = `${text.slice(0, 12)}…`) {
    return button(
        `Copy ${text}`,
        { class: "hash", onclick: (event) => copy(text, event.currentTarget) },
        h("code", {}, short),
    );
}

/** An artifact's address: a link only where a browser opens it as a page, and then as a stranger's. */
function uri(text) {
    if (text === null) {
        return h("i.quiet", {}, "erased");
    }
    const words = h("bdi", {}, ...shown(text));
    let address = null;
    try {
        address = new URL(text);
    } catch {
        // No address of the web: shown as text.
    }
    if (address && ["http:", "https:"].includes(address.protocol) && inert(text) === text) {
        return h("a.uri", { href: address.href, rel: "noopener noreferrer nofollow", target: "_blank" }, words, " ↗");
    }
    return [
        h("code.uri", {}, words),
        " ",
        button("Copy the address", { onclick: (event) => copy(text, event.currentTarget) }, icon("copy")),
    ];
}

function command(text) {
    return h(
        "p.command",
        {},
        h("code", {}, text),
        button("Copy the command", { onclick: (event) => copy(text, event.currentTarget) }, icon("copy")),
    );
}
