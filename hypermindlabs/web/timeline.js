/*
 * The timeline: a tree of the run's events of which only the rows in view exist. A run of 100,000 events scrolls like
 * one of a hundred.
 */

import { get } from "./api.js";
import { button, h, icon, put } from "./dom.js";
import { Events, FAMILIES, severity } from "./events.js";
import { brief, moment, span } from "./format.js";
import { inert, shown } from "./text.js";

export const ROW = 26;
const BEYOND = 8;
const TALLEST = 10_000_000;
const FOLD_PAGES = 100;
const FILTER_PAGE = 500;
const SIGNS = new Set([
    "run",
    "model",
    "tool",
    "message",
    "stage",
    "error",
    "guardrail",
    "handoff",
    "artifact",
    "metric",
    "token",
    "snapshot",
    "evaluation",
]);

/** The family of an event type: its first word, if the page has a sign for it. */
export function family(type) {
    const word = type.split(".")[0];
    return SIGNS.has(word) ? word : "other";
}

export class Timeline {
    /** chosen: called with a seq when another row is selected. */
    constructor(run, events, chosen) {
        this.run = run;
        this.events = events;
        this.chosen = chosen;
        this.selected = 0;
        this.folded = new Map();
        this.filter = "";
        this.found = null;
        this.rows = new Map();
        this.window = null;
        this.zoomed = false;
        this.inner = h("div.inner", { role: "presentation" });
        this.scroller = h(
            "div.rows",
            {
                role: "tree",
                tabindex: 0,
                "aria-label": "Timeline of the run",
                onscroll: () => this.draw(),
                onclick: (event) => this.click(event),
            },
            this.inner,
        );
        this.choice = h(
            "select",
            { "aria-label": "Show", onchange: () => this.show(this.choice.value) },
            h("option", { value: "" }, "all steps"),
            Object.keys(FAMILIES).map((name) => h("option", { value: name }, name)),
        );
        this.zoom = button("bars: run", {
            title: "What the time bars span: the whole run, or the steps in view",
            onclick: () => {
                this.zoomed = !this.zoomed;
                this.zoom.textContent = this.zoomed ? "bars: view" : "bars: run";
                this.draw(true);
            },
        });
        this.foldAll = button("fold all", { onclick: () => this.toggleAll() });
        this.note = h("span.quiet.note");
        this.head = h(
            "div.bar",
            {},
            h("h2", {}, "Timeline"),
            this.note,
            h("span.grow"),
            this.zoom,
            this.foldAll,
            this.choice,
        );
        this.element = h("section.timeline", { "aria-label": "Timeline" }, this.head, this.scroller);
        new ResizeObserver(() => this.draw(true)).observe(this.scroller);
    }

    // Which row stands where

    /** How many rows there are: all events without those folded away, or those that a filter found. */
    count() {
        if (this.found) {
            return this.found.items.length;
        }
        return this.events.lastSeq - this.hidden().reduce((sum, [from, to]) => sum + to - from + 1, 0);
    }

    /** The ranges of seqs that are folded away, in order and apart. */
    hidden() {
        const ranges = [];
        for (const [owner, end] of [...this.folded].sort((a, b) => a[0] - b[0])) {
            if (!ranges.length || owner > ranges.at(-1)[1]) {
                ranges.push([owner + 1, end]);
            }
        }
        return ranges;
    }

    seqOf(row) {
        if (this.found) {
            return this.found.items[row]?.seq;
        }
        let seq = row + 1;
        for (const [from, to] of this.hidden()) {
            if (seq < from) {
                break;
            }
            seq += to - from + 1;
        }
        return seq;
    }

    rowOf(seq) {
        if (this.found) {
            const row = this.found.items.findIndex((entry) => entry.seq >= seq);
            return row < 0 ? this.found.items.length - 1 : row;
        }
        let row = seq - 1;
        for (const [from, to] of this.hidden()) {
            if (seq < from) {
                break;
            }
            row -= Math.min(seq, to) - from + 1;
        }
        return row;
    }

    entry(row) {
        return this.found ? this.found.items[row] : this.events.get(this.seqOf(row));
    }

    // Scrolling. Beyond what browsers can lay out, a pixel of the scroll bar stands for several.

    heights() {
        const whole = this.count() * ROW;
        const view = this.scroller.clientHeight;
        const laid = Math.min(whole, TALLEST);
        return { whole, view, laid, scale: laid > view ? (whole - view) / (laid - view) : 1 };
    }

    top() {
        return this.scroller.scrollTop * this.heights().scale;
    }

    /** Whether an event's row is in view. */
    sees(seq) {
        const at = this.rowOf(seq) * ROW;
        const top = this.top();
        return at >= top && at + ROW <= top + this.scroller.clientHeight;
    }

    /** Scrolls to an event: "near" only when it is out of view, "middle" always. */
    reveal(seq, how = "near") {
        if (how === "near" && this.sees(seq)) {
            return;
        }
        const { whole, view, laid, scale } = this.heights();
        this.inner.style.height = `${laid}px`;
        const at = this.rowOf(seq) * ROW;
        const top = this.top();
        let to = at < top ? at - 2 * ROW : at - view + 3 * ROW;
        if (how !== "near" || at < top - view || at > top + 2 * view) {
            to = at - view / 2;
        }
        this.scroller.scrollTop = Math.max(0, Math.min(to, whole - view)) / scale;
    }

    // Drawing

    /** Shows the rows in view. again: also those that stand already. */
    draw(again = false) {
        if (!this.scroller.isConnected) {
            return;
        }
        const { view, laid, scale } = this.heights();
        const rows = this.count();
        this.inner.style.height = `${laid}px`;
        const top = this.scroller.scrollTop * scale;
        const shift = top - this.scroller.scrollTop;
        const first = Math.max(0, Math.floor(top / ROW) - BEYOND);
        const last = Math.min(rows - 1, Math.ceil((top + view) / ROW) + BEYOND);
        if (again || this.look(Math.floor(top / ROW), Math.min(rows - 1, Math.ceil((top + view) / ROW)))) {
            this.drop(() => true);
        }
        this.drop((row) => row < first || row > last);
        if (rows > 0 && !this.found) {
            this.events.need(this.seqOf(first), this.seqOf(last));
        }
        for (let row = first; row <= last; row += 1) {
            const entry = this.entry(row);
            let made = this.rows.get(row);
            if (made === undefined || (entry !== undefined && !made.entry)) {
                made?.element.remove();
                made = { entry, element: this.row(row, entry) };
                this.rows.set(row, made);
                this.inner.append(made.element);
            }
            made.element.style.transform = `translateY(${row * ROW - shift}px)`;
        }
        if (this.found && !this.found.done && last >= rows - 2 * BEYOND) {
            this.findMore();
        }
        this.tellActive();
    }

    /** Fits the bars to the rows in view, if they shall; true when that changed them. */
    look(first, last) {
        const axis = this.zoomed ? this.events.axis() : null;
        let [from, to] = [Infinity, -Infinity];
        for (let row = first; axis && row <= last; row += 1) {
            const entry = this.entry(row);
            const at = entry ? Date.parse(entry.occurred_at) : NaN;
            if (at >= axis.from && at <= axis.to) {
                from = Math.min(from, at);
                to = Math.max(to, at + (entry.duration ?? 0) * 1000);
            }
        }
        const was = this.window;
        this.window = to > from ? { from, to } : null;
        return was?.from !== this.window?.from || was?.to !== this.window?.to;
    }

    drop(which) {
        for (const [row, { element }] of this.rows) {
            if (which(row)) {
                element.remove();
                this.rows.delete(row);
            }
        }
    }

    row(row, entry) {
        const seq = this.seqOf(row);
        const attributes = {
            role: "treeitem",
            id: `step-${seq}`,
            "aria-posinset": seq,
            "aria-setsize": this.events.lastSeq,
            "aria-selected": seq === this.selected ? "true" : "false",
            data: { seq },
        };
        if (entry === undefined) {
            return h("div.row.coming", attributes, h("span.seq", {}, seq), h("span.quiet", {}, "…"));
        }
        const next = this.found ? undefined : this.events.get(seq + 1);
        const parent = this.folded.has(seq) || (next !== undefined && next.depth > entry.depth);
        const bad = severity(entry);
        const kind = family(entry.event_type);
        // The run's own model stands in its head; another one is news.
        const told =
            entry.tool ?? (entry.model !== this.run.model && entry.model !== entry.preview ? entry.model : null);
        return h(
            `div.row.is-${kind}`,
            {
                ...attributes,
                "aria-level": entry.depth + 1,
                "aria-expanded": parent ? String(!this.folded.has(seq)) : null,
                data: { seq, ...(bad ? { bad } : {}) },
                style: { "--depth": this.found ? 0 : Math.min(entry.depth, 16) },
            },
            h("span.seq", {}, seq),
            h(
                "span.type",
                { title: entry.event_type },
                h("span.fold", { "aria-hidden": "true" }, parent ? (this.folded.has(seq) ? "▸" : "▾") : ""),
                icon(bad === "error" ? "error" : kind),
                h("span.name", {}, entry.event_type),
            ),
            h(
                "bdi.says",
                {
                    dir: "ltr",
                    title:
                        [told && inert(told), entry.preview && inert(entry.preview)].filter(Boolean).join("\n") || null,
                },
                told && h("b.who", {}, ...shown(told), " "),
                entry.erased
                    ? h("i.quiet", {}, "erased")
                    : entry.preview === null
                      ? h("i.quiet", {}, entry.payload_bytes > 65536 ? "large payload" : "")
                      : shown(entry.preview),
            ),
            h(
                "span.tokens",
                { title: tokensTitle(entry) },
                entry.input_tokens === null && entry.output_tokens === null
                    ? ""
                    : brief((entry.input_tokens ?? 0) + (entry.output_tokens ?? 0)),
            ),
            ...this.times(entry),
            entry.has_state_delta ? h("span.delta", { title: "changes the state" }, "Δ") : h("span.delta"),
        );
    }

    times(entry) {
        const axis = this.events.axis();
        if (axis === null) {
            return [h("span.took", { title: moment(entry.occurred_at) }, ""), h("span.axis")];
        }
        const at = Date.parse(entry.occurred_at);
        const range = this.window ?? axis;
        const place = Events.place(range, at);
        const title = [
            moment(entry.occurred_at),
            Events.place(axis, at) === null
                ? "outside of the run's time"
                : `+${span((at - axis.from) / 1000)} since the beginning`,
            entry.gap !== null && entry.gap > 0 && `${span(entry.gap)} after the step before`,
            entry.duration !== null && `took ${span(entry.duration)}`,
        ];
        const bar = h("span.axis", { title: title.filter(Boolean).join("\n") });
        if (place !== null) {
            const whole = (range.to - range.from) / 1000;
            const gap = Math.max(0, Math.min(place, (entry.gap ?? 0) / whole));
            if (gap > 0.002) {
                bar.append(h("i.gap", { style: { left: percent(place - gap), width: percent(gap) } }));
            }
            const wide = Math.min(1 - place, (entry.duration ?? 0) / whole);
            bar.append(
                h(entry.duration === null ? "i.dot" : "i.span", {
                    style: { left: percent(place), width: percent(wide) },
                }),
            );
        }
        const took = entry.duration !== null ? span(entry.duration) : "";
        return [h("span.took", { title: title.filter(Boolean).join("\n") }, took), bar];
    }

    /** There is more to show: new pages, new events, another axis. */
    refresh(again = false) {
        const { events } = this;
        this.scroller.classList.toggle("timeless", events.axis() === null);
        const many = events.lastSeq;
        put(
            this.note,
            this.found
                ? `${this.found.items.length.toLocaleString("en")}${this.found.done ? "" : "+"} of ${many.toLocaleString("en")} steps`
                : `${many.toLocaleString("en")} ${many === 1 ? "step" : "steps"}${events.axis() === null ? ", recorded without times of their own" : ""}`,
        );
        this.zoom.hidden = events.axis() === null;
        this.scroller.style.setProperty("--digits", String(many).length);
        this.foldAll.hidden = many > 5000 || this.found !== null;
        this.foldAll.textContent = this.folded.size ? "unfold all" : "fold all";
        this.draw(again);
    }

    /** Events were added: those that a filter finds among them are fetched. */
    goOn() {
        if (this.found) {
            this.found.done = false;
            this.findMore();
        }
        this.refresh(true);
    }

    // Selecting

    /** Selects an event. how: "near" scrolls when it is out of view, "middle" puts it there. */
    select(seq, { how = "near", quiet = false } = {}) {
        const to = Math.min(Math.max(1, seq), Math.max(1, this.events.lastSeq));
        this.unfoldTo(to);
        if (to !== this.selected) {
            const [old, now] = [this.selected, to];
            this.selected = to;
            for (const each of [old, now]) {
                this.rows
                    .get(this.rowOf(each))
                    ?.element.setAttribute(
                        "aria-selected",
                        String(each === now && this.seqOf(this.rowOf(each)) === each),
                    );
            }
            if (!quiet) {
                this.chosen(to);
            }
        }
        this.reveal(to, how);
        this.draw();
    }

    tellActive() {
        const there = this.inner.querySelector(`[id="step-${this.selected}"]`);
        if (there) {
            this.scroller.setAttribute("aria-activedescendant", there.id);
        } else {
            this.scroller.removeAttribute("aria-activedescendant");
        }
    }

    /** Goes so many rows up or down. */
    step(rows) {
        const seq = this.seqOf(Math.max(0, Math.min(this.count() - 1, this.rowOf(this.selected) + rows)));
        if (seq !== undefined) {
            this.select(seq);
        }
    }

    click(event) {
        const row = event.target.closest(".row");
        if (!row) {
            return;
        }
        const seq = Number(row.dataset.seq);
        if (event.target.closest(".fold") && row.hasAttribute("aria-expanded")) {
            this.fold(seq);
        } else {
            this.select(seq);
        }
    }

    /** A key of the tree; true when it meant something. */
    key(event) {
        const rows = Math.max(1, Math.floor(this.scroller.clientHeight / ROW) - 2);
        const steps = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: rows, PageUp: -rows };
        if (event.key in steps) {
            this.step(steps[event.key]);
        } else if (event.key === "Home") {
            this.select(this.seqOf(0) ?? 1);
        } else if (event.key === "End") {
            this.select(this.seqOf(this.count() - 1) ?? 1);
        } else if (event.key === "ArrowLeft") {
            this.left();
        } else if (event.key === "ArrowRight" && this.folded.has(this.selected)) {
            this.fold(this.selected);
        } else {
            return false;
        }
        return true;
    }

    left() {
        const entry = this.events.get(this.selected);
        const next = this.events.get(this.selected + 1);
        if (!this.found && entry && next && next.depth > entry.depth && !this.folded.has(this.selected)) {
            this.fold(this.selected);
        } else if (entry?.parent_seq) {
            this.select(entry.parent_seq);
        }
    }

    // Folding

    unfoldTo(seq) {
        let opened = false;
        for (const [owner, end] of this.folded) {
            if (seq > owner && seq <= end) {
                this.folded.delete(owner);
                opened = true;
            }
        }
        if (opened) {
            this.refresh(true);
        }
    }

    /** Folds away what hangs below an event, or shows it again. */
    async fold(seq) {
        if (this.folded.delete(seq)) {
            this.refresh(true);
            return;
        }
        const own = this.events.get(seq);
        let end = seq;
        for (let pages = 0; own && end < this.events.lastSeq && pages < FOLD_PAGES;) {
            let next = this.events.get(end + 1);
            if (next === undefined) {
                pages += 1;
                try {
                    next = await this.events.load(end + 1);
                } catch (error) {
                    this.events.failed(error);
                    return;
                }
            }
            if (next === undefined || next.depth <= own.depth) {
                break;
            }
            end += 1;
        }
        if (end > seq) {
            this.folded.set(seq, end);
            if (this.selected > seq && this.selected <= end) {
                this.select(seq);
            }
            this.refresh(true);
        }
    }

    async toggleAll() {
        if (this.folded.size) {
            this.folded.clear();
        } else {
            for (let seq = 1; seq <= this.events.lastSeq; seq += 1) {
                if (this.events.get(seq) === undefined) {
                    await this.events.load(seq);
                }
            }
            let owner = 0;
            for (let seq = 1; seq <= this.events.lastSeq; seq += 1) {
                const entry = this.events.get(seq);
                if (entry === undefined) {
                    break;
                }
                if (entry.depth === 0) {
                    owner = seq;
                } else if (owner > 0) {
                    this.folded.set(owner, seq);
                }
            }
            const covering = [...this.folded].find(([from, to]) => this.selected > from && this.selected <= to);
            if (covering) {
                this.select(covering[0]);
                this.folded.set(...covering);
            }
        }
        this.refresh(true);
        this.reveal(this.selected);
    }

    // Filtering

    /** Shows the events of one family only; "" shows all. */
    async show(name) {
        this.filter = name;
        this.choice.value = name;
        this.found = name ? { items: [], done: false, asking: false } : null;
        this.scroller.scrollTop = 0;
        this.refresh(true);
        if (name) {
            await this.findMore();
        }
        this.reveal(this.selected, "middle");
        this.draw();
    }

    async findMore() {
        const { found } = this;
        if (!found || found.done || found.asking) {
            return;
        }
        found.asking = true;
        try {
            const { items } = await get(
                this.events.path,
                { after_seq: found.items.at(-1)?.seq ?? 0, limit: FILTER_PAGE, type: FAMILIES[this.filter] },
                this.events.stopped.signal,
            );
            found.items.push(...items);
            found.done = items.length < FILTER_PAGE;
        } catch (error) {
            found.done = true;
            if (error.name !== "AbortError") {
                this.events.failed(error);
            }
        }
        found.asking = false;
        if (this.found === found) {
            this.refresh();
        }
    }
}

function tokensTitle(entry) {
    if (entry.input_tokens === null && entry.output_tokens === null) {
        return null;
    }
    const cost = entry.cost === null ? "" : `, cost ${entry.cost}`;
    return `${(entry.input_tokens ?? 0).toLocaleString("en")} tokens in, ${(entry.output_tokens ?? 0).toLocaleString("en")} out${cost}`;
}

function percent(share) {
    return `${(share * 100).toFixed(3)}%`;
}
