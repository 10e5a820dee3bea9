/* One run: its head, why it failed, the strip, the timeline, and the panes that follow the selected step. */

import { get, plain } from "./api.js";
import { button, h, icon, put, settled, tell, throttled } from "./dom.js";
import { Events } from "./events.js";
import { forkDialog } from "./fork.js";
import { count, money, plural, shortId, span, time } from "./format.js";
import { jsonView } from "./json_view.js";
import { Panes, TABS, hash, problem } from "./panes.js";
import { Strip } from "./strip.js";
import { asked, failure } from "./summary.js";
import { inert, shown } from "./text.js";
import { Timeline } from "./timeline.js";

const TOLD_MILLISECONDS = 200;
const RELOAD_MILLISECONDS = 1000;
const PINS = 4;

/** A run's status as a chip. */
export function statusChip(status) {
    return h(`span.status.${status}`, {}, icon(status), status);
}

/** Shows a run in a place of the page; returns the page's keys, and what ends it. */
export async function runPage(place, { id, query, title }) {
    put(place, h("p.loading", {}, "Loading the run …"));
    const { run, request, pins } = await get(`/runs/${id}`);
    run.duration = plain(run.duration);
    if (run.archive_id) {
        return archivedPage(place, run, title);
    }
    const page = new RunPage(run, request ?? {}, pins ?? []);
    title(`${page.name} · ${run.status}`);
    put(place, page.element);
    page.begin(query);
    return page;
}

/** What is left to show of a run whose rows are in an archive, and how to bring them back. */
function archivedPage(place, run, title) {
    const name = inert(run.agent ? `${run.agent}, ${run.mode}` : `Run ${shortId(run.run_id)}`);
    const bringBack = `hypermindlabs restore ${run.run_id}`;
    const facts = [
        ["run", hash(run.run_id, shortId(run.run_id))],
        ["project", [h("bdi", {}, ...shown(run.workspace)), " / ", h("bdi", {}, ...shown(run.project))]],
        ["model", run.model && h("bdi", {}, ...shown(run.model))],
        ["events", count(run.events)],
        ["duration", span(run.duration)],
        ["started", time(run.created_at)],
        ["owner", h("bdi", {}, ...shown(run.owner))],
        ["archive", h("bdi", {}, ...shown(run.location))],
    ];
    title(`${name} · archived`);
    put(
        place,
        h(
            "div.run",
            { data: { run: run.run_id } },
            h(
                "header.head",
                {},
                h("div.title", {}, h("span", {}, statusChip(run.status)), h("h1", {}, h("bdi", {}, name))),
                h(
                    "dl.facts",
                    {},
                    facts
                        .filter(([, value]) => value)
                        .map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value))),
                ),
            ),
            h(
                "section.problem",
                { role: "note" },
                h("p", {}, h("strong", {}, "This run is archived."), " Its events are not in the database any more."),
                h("p", {}, "To read, replay or fork it, whoever operates the ledger brings it back:"),
                h("p", {}, h("code", {}, bringBack)),
            ),
            h("p", {}, h("a", { href: "/" }, "All runs")),
        ),
    );
    return { leave() {} };
}

class RunPage {
    constructor(run, request, pins) {
        this.run = run;
        this.request = request;
        const name = request.metadata?.title;
        this.name = inert(
            typeof name === "string" && name
                ? name
                : run.agent
                  ? `${run.agent}, ${run.mode}`
                  : `Run ${shortId(run.run_id)}`,
        );
        this.wide = true;
        this.go = (seq) => this.timeline.select(seq);
        this.events = new Events(
            run.run_id,
            run.last_seq,
            () => this.soon(),
            (error) => this.trouble(error),
        );
        this.timeline = new Timeline(run, this.events, (seq) => this.selected(seq));
        this.strip = new Strip(this.events, this.go);
        this.link = (seq, text) =>
            h(
                "a.step",
                {
                    href: `/runs/${run.run_id}?at=${seq}`,
                    data: { step: seq },
                    onclick: (event) => this.jump(event, seq),
                },
                text,
            );
        this.panes = new Panes(run, pins, request, {
            link: this.link,
            tabChosen: () => this.tellAddress(),
            fork: (seq) => this.fork(seq),
        });
        this.facts = h("dl.facts");
        this.chips = h("div.chips");
        this.badge = h("span.badge", { role: "status" }, "verifying …");
        this.status = h("span", {}, statusChip(run.status));
        this.live = h("span.live", { hidden: true }, "live");
        this.family = h("span.family");
        this.why = h("div");
        this.troubles = h("div.troubles");
        this.pins = pins;
        this.element = h(
            "div.run",
            { data: { run: run.run_id } },
            h(
                "header.head",
                {},
                h(
                    "div.title",
                    {},
                    this.status,
                    h("h1", {}, h("bdi", {}, this.name)),
                    this.live,
                    h("span.grow"),
                    this.badge,
                    button("Fork …", {
                        title: "A new run from the selected step (f)",
                        onclick: () => this.fork(this.timeline.selected),
                    }),
                ),
                this.facts,
                this.chips,
                asked(request, (value) => jsonView(value, { name: "input", depth: 2 })),
            ),
            this.why,
            this.troubles,
            this.strip.element,
            h("div.columns", {}, this.timeline.element, this.panes.element),
        );
        this.tellAddress = settled(150, () => this.writeAddress());
        this.redraw = 0;
        this.again = throttled(RELOAD_MILLISECONDS, () => this.reload());
        this.drawHead();
    }

    drawHead() {
        const { run } = this;
        put(this.status, statusChip(run.status));
        const tokens =
            !run.input_tokens && !run.output_tokens
                ? null
                : `${count(run.input_tokens ?? 0)} in, ${count(run.output_tokens ?? 0)} out`;
        const facts = [
            ["run", hash(run.run_id, shortId(run.run_id))],
            ["project", [h("bdi", {}, ...shown(run.workspace)), " / ", h("bdi", {}, ...shown(run.project))]],
            ["agent", run.agent && h("bdi", {}, ...shown(run.agent))],
            ["model", run.model && h("bdi", {}, ...shown(run.model))],
            ["mode", run.mode],
            ["events", count(run.last_seq)],
            ["tokens", tokens],
            [
                "cost",
                run.cost === null || Number(run.cost) === 0 ? null : h("span", { title: run.cost }, money(run.cost)),
            ],
            ["duration", this.duration()],
            ["started", time(run.created_at)],
            ["owner", h("bdi", {}, ...shown(run.owner))],
        ];
        put(
            this.facts,
            facts
                .filter(([, value]) => value)
                .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
        );
        put(
            this.chips,
            run.tags.map((tag) =>
                h(
                    "a.tag",
                    { href: `/?tag=${encodeURIComponent(tag)}`, title: "runs with this tag" },
                    h("bdi", {}, ...shown(tag)),
                ),
            ),
            run.parent_run_id &&
                h(
                    "a.chip",
                    { href: `/runs/${run.parent_run_id}${run.forked_at_seq ? `?at=${run.forked_at_seq}` : ""}` },
                    icon("fork"),
                    `${run.forked_at_seq === null ? "belongs to" : "forked from"} ${shortId(run.parent_run_id)}`,
                    run.forked_at_seq === null ? null : ` at step ${run.forked_at_seq}`,
                ),
            this.family,
            this.pins.slice(0, PINS).map((pin) =>
                h(
                    "button.chip",
                    {
                        type: "button",
                        title: `${inert(pin.slot)}: ${pin.kind} ${inert(pin.name)}, version ${pin.version}\nSHA-256 ${pin.content_sha256}`,
                        onclick: () => this.panes.choose("versions"),
                    },
                    icon(pin.kind),
                    h("bdi", {}, ...shown(pin.name)),
                    ` v${pin.version}`,
                ),
            ),
            this.pins.length > PINS &&
                h(
                    "button.chip",
                    { type: "button", onclick: () => this.panes.choose("versions") },
                    `${this.pins.length - PINS} more versions`,
                ),
        );
    }

    /** How long the run took: by the times of its events, where it was recorded later and quicker. */
    duration() {
        const { duration } = this.run;
        const told = this.told ?? 0;
        if (told > 2 * duration + 1) {
            return h("span", { title: `by the times of its events; recorded within ${span(duration)}` }, span(told));
        }
        return duration < 0 ? null : span(duration);
    }

    begin(query) {
        if (["failed", "cancelled"].includes(this.run.status)) {
            put(this.why, h(`section.failure.${this.run.status}`, {}, h("p.loading", {}, "Looking for the reason …")));
        }
        const at = Number(query.get("at"));
        this.panes.choose(query.get("tab") ?? "payload");
        if (this.run.last_seq > 0) {
            this.timeline.select(Number.isInteger(at) && at > 0 ? at : this.startSeq(), {
                how: at ? "middle" : "near",
            });
        }
        this.timeline.refresh();
        this.survey();
        this.verify();
        this.readFamily();
        if (this.run.ended_at === null) {
            this.follow();
        }
    }

    startSeq() {
        return this.run.status === "failed" ? this.run.last_seq : 1;
    }

    /** Reads what the whole run is like; then, of a failed run, why. */
    async survey() {
        try {
            await this.events.survey();
            const axis = this.events.axis();
            this.told = axis === null ? null : (axis.to - axis.from) / 1000;
            this.drawHead();
            const why = await failure(
                this.run,
                this.events,
                (seq) => this.panes.event(seq),
                this.link,
                this.duration(),
            );
            // What is in view stays there, whatever the summary pushes down.
            const seen = this.timeline.sees(this.timeline.selected);
            put(this.why, why);
            this.timeline.refresh(true);
            this.strip.draw();
            if (seen) {
                this.timeline.reveal(this.timeline.selected);
            }
        } catch (error) {
            this.trouble(error);
        }
    }

    async verify() {
        try {
            const found = await get(`/runs/${this.run.run_id}/verification`);
            this.badge.className = `badge ${found.intact ? "good" : "bad"}`;
            put(
                this.badge,
                icon(found.intact ? "verified" : "error"),
                found.intact ? "verified · " : "The chain is broken: ",
                found.intact
                    ? hash(found.last_hash)
                    : h(
                          "span",
                          {},
                          ...shown(
                              found.problems
                                  .map((one) =>
                                      typeof one === "string"
                                          ? one
                                          : `${(one.bad_seq ?? one.seq) ? `step ${one.bad_seq ?? one.seq}: ` : ""}${one.problem}`,
                                  )
                                  .join("; "),
                          ),
                      ),
            );
            this.badge.title = found.intact
                ? `The hash chain over ${plural(found.events, "event")} was computed again and fits.`
                : "What is recorded is not what was recorded first.";
        } catch (error) {
            if (error.name !== "AbortError") {
                this.badge.className = "badge";
                put(this.badge, "not verified");
                this.badge.title = error.message;
            }
        }
    }

    async readFamily() {
        try {
            const { items } = await get(`/runs/${this.run.run_id}/lineage`);
            const children = items.filter((item) => item.depth === 1);
            put(
                this.family,
                children
                    .slice(0, 3)
                    .map((child) =>
                        h(
                            "a.chip",
                            { href: `/runs/${child.run_id}` },
                            icon("fork"),
                            `child ${shortId(child.run_id)}`,
                            child.forked_at_seq === null ? null : ` from step ${child.forked_at_seq}`,
                        ),
                    ),
                children.length > 3 &&
                    h(
                        "button.chip",
                        { type: "button", onclick: () => this.panes.choose("lineage") },
                        `${children.length - 3} more`,
                    ),
            );
        } catch {
            // The lineage tab says what is wrong.
        }
    }

    /** Another step was selected: the panes and the strip follow, and the address. */
    selected(seq) {
        this.strip.select(seq);
        this.panes.select(seq);
        this.tellAddress();
    }

    writeAddress() {
        if (!this.element.isConnected) {
            return;
        }
        const query = new URLSearchParams();
        query.set("at", this.timeline.selected);
        if (this.panes.tab !== TABS[0]) {
            query.set("tab", this.panes.tab);
        }
        history.replaceState(history.state, "", `${location.pathname}?${query}`);
    }

    jump(event, seq) {
        if (event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
            event.preventDefault();
            this.timeline.select(seq, { how: "middle" });
        }
    }

    /** Draws once in a frame, however much arrived. */
    soon() {
        if (!this.redraw) {
            this.redraw = requestAnimationFrame(() => {
                this.redraw = 0;
                this.timeline.refresh();
                this.strip.place();
            });
        }
    }

    trouble(error) {
        if (error.name !== "AbortError") {
            put(
                this.troubles,
                problem(error, () => {
                    put(this.troubles);
                    this.survey();
                    this.timeline.draw(true);
                }),
            );
        }
    }

    async fork(seq) {
        try {
            forkDialog(this.run, seq, await this.panes.state(seq), () => this.readFamily());
        } catch (error) {
            this.trouble(error);
        }
    }

    /** Follows a live run: its events as they come, until it ends. */
    follow() {
        const source = new EventSource(`/api/runs/${this.run.run_id}/stream?after_seq=${this.events.lastSeq}`);
        this.source = source;
        this.live.hidden = false;
        let told = 0;
        let following = false;
        source.addEventListener("entry", (event) => {
            const entry = JSON.parse(event.data);
            // Whoever stands at the end goes with it.
            following ||= this.timeline.selected === this.events.lastSeq;
            this.events.add(entry);
            this.run.last_seq = this.events.lastSeq;
            this.soon();
            told ||= setTimeout(() => {
                told = 0;
                this.timeline.goOn();
                this.strip.draw();
                if (following || this.timeline.selected === 0) {
                    this.timeline.select(this.events.lastSeq);
                }
                following = false;
            }, TOLD_MILLISECONDS);
            this.again();
        });
        source.addEventListener("end", (event) => {
            source.close();
            this.live.hidden = true;
            tell(`The run is ${JSON.parse(event.data).status}`);
            this.reload(true);
        });
        source.addEventListener("problem", (event) => {
            source.close();
            this.live.hidden = true;
            const body = JSON.parse(event.data);
            this.trouble({ title: body.title, detail: body.detail, hint: body.hint, code: body.code });
        });
        source.addEventListener("error", () => {
            // The browser connects again by itself, from the last event on.
            this.live.classList.toggle("broken", source.readyState !== EventSource.OPEN);
        });
        source.addEventListener("open", () => this.live.classList.remove("broken"));
    }

    async reload(ended = false) {
        try {
            const { run } = await get(`/runs/${this.run.run_id}`);
            run.last_seq = Math.max(run.last_seq, this.run.last_seq);
            run.duration = plain(run.duration);
            Object.assign(this.run, run);
            this.drawHead();
            if (ended) {
                this.panes.cache.kept.clear();
                await this.survey();
                this.verify();
            }
        } catch (error) {
            this.trouble(error);
        }
    }

    /** A key that nothing else wanted; true when it meant something here. */
    key(event) {
        if (event.key === "[" || event.key === "]") {
            const seq = this.events.nextError(this.timeline.selected, event.key === "]" ? 1 : -1);
            if (seq === null) {
                tell(event.key === "]" ? "No error after this step" : "No error before this step");
            } else {
                this.timeline.select(seq, { how: "middle" });
            }
            return true;
        }
        if (event.key === "f") {
            this.fork(this.timeline.selected);
            return true;
        }
        if (event.key === " ") {
            this.strip.toggle();
            return true;
        }
        if (/^[1-7]$/.test(event.key)) {
            this.panes.choose(TABS[Number(event.key) - 1]);
            return true;
        }
        return this.timeline.key(event);
    }

    /** Another address of the same run: a step was linked. */
    arrive(query) {
        const at = Number(query.get("at"));
        this.panes.choose(query.get("tab") ?? this.panes.tab);
        if (at > 0) {
            this.timeline.select(at, { how: "middle" });
        }
    }

    leave() {
        this.source?.close();
        this.strip.stop();
        this.events.stop();
        this.tellAddress.cancel();
        this.again.cancel();
    }
}
