/*
 * The events of one run, as a timeline shows them: fetched in pages as they are needed, kept while there is room.
 * Seqs count from 1 without gaps, so that an event's place is known before it is fetched.
 */

import { get } from "./api.js";

export const PAGE = 200;
const KEPT_PAGES = 500;
const AT_ONCE = 4;
const SAMPLES = 48;
const WHOLE = 1000;
const STEP_ONLY_SECONDS = 0.0002;

/** Event types by what a person filters for. */
export const FAMILIES = {
    model: ["model.requested", "model.responded"],
    tools: ["tool.called", "tool.returned"],
    messages: ["message.added"],
    errors: ["error.raised", "run.failed", "guardrail.tripped"],
    stages: ["stage.entered", "handoff.made"],
    lifecycle: [
        "run.created",
        "run.started",
        "run.paused",
        "run.resumed",
        "run.completed",
        "run.failed",
        "run.cancelled",
        "run.cancel_requested",
    ],
};

const FAILED = new Set(["error.raised", "run.failed"]);
// A preview begins with the type of the error, where the payload names one.
const NAMES_ERROR =
    /^[A-Za-z_][\w.]*(error|exception|timeout|failure|failed|fault|denied|refused|exceeded|limit|exhausted): /i;

/** Whether an event tells of a failure: "error", "warning" (a tool that failed, a guardrail), or "". */
export function severity(entry) {
    if (FAILED.has(entry.event_type)) {
        return "error";
    }
    if (entry.event_type === "guardrail.tripped") {
        return "warning";
    }
    const answers = entry.event_type === "tool.returned" || entry.event_type === "model.responded";
    return answers && entry.preview && NAMES_ERROR.test(entry.preview) ? "warning" : "";
}

/** The events of a run; lastSeq grows while the run is live. */
export class Events {
    /** changed: called when there is more to show. failed: called with a Problem. */
    constructor(runId, lastSeq, changed, failed) {
        this.path = `/runs/${runId}/timeline`;
        this.lastSeq = lastSeq;
        this.changed = changed;
        this.failed = failed;
        this.pages = new Map();
        this.waiting = new Map();
        this.wanted = [];
        this.points = new Map();
        this.errors = [];
        this.moreErrors = false;
        this.times = null;
        this.stopped = new AbortController();
    }

    /** Forgets what is under way. */
    stop() {
        this.stopped.abort();
    }

    /** The event with a seq, if it is here. */
    get(seq) {
        return this.pages.get(Math.floor((seq - 1) / PAGE))?.[(seq - 1) % PAGE];
    }

    /** The event with a seq, fetched if it is not here. */
    async load(seq) {
        const page = Math.floor((seq - 1) / PAGE);
        if (this.get(seq) === undefined) {
            await this.fetchPage(page);
        }
        return this.get(seq);
    }

    /** Sees to it that the events from one seq to another come, the nearest pages first. */
    need(from, to) {
        const first = Math.floor((Math.max(1, from) - 1) / PAGE);
        const last = Math.floor((Math.min(this.lastSeq, to) - 1) / PAGE);
        this.wanted = [];
        for (let page = first; page <= last; page += 1) {
            if (!this.isWhole(page) && !this.waiting.has(page)) {
                this.wanted.push(page);
            }
        }
        this.next();
    }

    isWhole(page) {
        const entries = this.pages.get(page);
        return entries !== undefined && entries.length >= Math.min(PAGE, this.lastSeq - page * PAGE);
    }

    next() {
        while (this.wanted.length && this.waiting.size < AT_ONCE) {
            this.fetchPage(this.wanted.shift()).catch((error) => {
                if (error.name !== "AbortError") {
                    this.failed(error);
                }
            });
        }
    }

    async fetchPage(page) {
        let coming = this.waiting.get(page);
        if (coming === undefined) {
            coming = get(this.path, { after_seq: page * PAGE, limit: PAGE }, this.stopped.signal).then((answer) => {
                this.keep(page, answer.items);
            });
            this.waiting.set(page, coming);
            const done = () => {
                this.waiting.delete(page);
                this.next();
            };
            coming.then(done, done);
        }
        return coming;
    }

    keep(page, entries) {
        const known = this.pages.get(page);
        if (known === undefined || entries.length >= known.length) {
            this.pages.delete(page);
            this.pages.set(page, entries);
        }
        if (this.pages.size > KEPT_PAGES) {
            this.pages.delete(this.pages.keys().next().value);
        }
        const last = entries.at(-1);
        if (last) {
            this.lastSeq = Math.max(this.lastSeq, last.seq);
            // All of the first and the last page, so that the axis begins and ends where the run does.
            const end = page === 0 || last.seq === this.lastSeq;
            (end ? entries : [entries[0], last]).forEach((entry) => this.note(entry));
        }
        this.changed();
    }

    /** An event that has just happened. */
    add(entry) {
        const page = Math.floor((entry.seq - 1) / PAGE);
        const entries = this.pages.get(page) ?? (entry.seq % PAGE === 1 ? [] : undefined);
        if (entries !== undefined && entries.length === (entry.seq - 1) % PAGE) {
            entries.push(entry);
            this.pages.set(page, entries);
        }
        // What it hangs below lasts at least until now.
        const parent = entry.parent_seq && this.get(entry.parent_seq);
        if (parent) {
            parent.duration = (new Date(entry.occurred_at) - new Date(parent.occurred_at)) / 1000;
        }
        this.lastSeq = Math.max(this.lastSeq, entry.seq);
        if (severity(entry) === "error" && !this.errors.some((known) => known.seq === entry.seq)) {
            this.errors.push(entry);
        }
        this.note(entry);
        this.times = null;
    }

    note(entry) {
        this.points.set(entry.seq, { at: Date.parse(entry.occurred_at), run: entry.event_type.startsWith("run.") });
    }

    /** Fetches what an overview of the whole run needs: every event of a short one, samples of a long one, errors. */
    async survey() {
        const { signal } = this.stopped;
        const errors = get(this.path, { after_seq: 0, limit: 1000, type: FAMILIES.errors }, signal).then((answer) => {
            this.errors = answer.items;
            this.errors.forEach((entry) => this.note(entry));
            this.moreErrors = answer.next_cursor !== null && answer.items.length === 1000;
        });
        errors.catch(() => {}); // it is awaited below, unless the rest fails first
        if (this.lastSeq <= WHOLE) {
            const { items } = await get(this.path, { after_seq: 0, limit: WHOLE }, signal);
            for (let page = 0; page * PAGE < items.length; page += 1) {
                this.keep(page, items.slice(page * PAGE, (page + 1) * PAGE));
            }
            items.forEach((entry) => this.note(entry));
        } else {
            const places = Array.from({ length: SAMPLES + 1 }, (_, n) =>
                Math.round((n / SAMPLES) * (this.lastSeq - 1)),
            );
            const sample = async () => {
                while (places.length) {
                    const { items } = await get(this.path, { after_seq: places.shift(), limit: 1 }, signal);
                    items.forEach((entry) => this.note(entry));
                }
            };
            const last = Math.floor((this.lastSeq - 1) / PAGE);
            await Promise.all([this.fetchPage(0), this.fetchPage(last), sample(), sample()]);
        }
        await errors;
        this.times = null;
        this.changed();
    }

    /**
     * The axis of time: from, to (milliseconds), and points [seq, time] that rise in both.
     *
     * Events that say to have happened after one that follows were told late (the lifecycle of an imported run), and
     * so were those of the lifecycle that stand far from all others. null: the run has no times of its own.
     */
    axis() {
        if (this.times === null) {
            this.times = { axis: this.measured() };
        }
        return this.times.axis;
    }

    measured() {
        const known = [...this.points].sort((a, b) => a[0] - b[0]);
        const own = known.filter(([, point]) => !point.run);
        const wide = extent(known);
        const narrow = extent(own);
        const used = own.length > 1 && wide.to - wide.from > 10 * Math.max(1, narrow.to - narrow.from) ? own : known;
        let earliest = Infinity;
        const points = [];
        for (const [seq, { at }] of used.reverse()) {
            if (at <= earliest) {
                earliest = at;
                points.push([seq, at]);
            }
        }
        points.reverse();
        if (points.length < 2) {
            return null;
        }
        const [from, to] = [points[0][1], points.at(-1)[1]];
        return (to - from) / 1000 < STEP_ONLY_SECONDS * this.lastSeq ? null : { from, to, points };
    }

    /** Where an event stands on an axis: 0 to 1, or null outside of it. */
    static place(axis, milliseconds) {
        const share = (milliseconds - axis.from) / (axis.to - axis.from);
        return share < -0.001 || share > 1.001 ? null : Math.min(1, Math.max(0, share));
    }

    /** The share of the way through the run at which a seq stands: by time, or by steps where there is no time. */
    shareOf(seq, byTime) {
        const axis = byTime ? this.axis() : null;
        if (axis === null) {
            return this.lastSeq > 1 ? (seq - 1) / (this.lastSeq - 1) : 0;
        }
        const entry = this.get(seq);
        const own = entry && Events.place(axis, Date.parse(entry.occurred_at));
        return own ?? between(axis.points, seq, 0, 1, (at) => (at - axis.from) / (axis.to - axis.from));
    }

    /** The seq that stands at a share of the way. */
    seqAt(share, byTime) {
        const axis = byTime ? this.axis() : null;
        const seq =
            axis === null
                ? 1 + share * (this.lastSeq - 1)
                : between(axis.points, axis.from + share * (axis.to - axis.from), 1, 0, (at) => at);
        return Math.min(this.lastSeq, Math.max(1, Math.round(seq)));
    }

    /** How many events there are in each of so many equal parts of the way; null where that says nothing. */
    density(parts, byTime) {
        const counts = new Float64Array(parts);
        const axis = byTime ? this.axis() : null;
        if (axis === null) {
            return null;
        }
        const scale = parts / (axis.to - axis.from);
        for (let place = 0; place + 1 < axis.points.length; place += 1) {
            const [seq, at] = axis.points[place];
            const [nextSeq, next] = axis.points[place + 1];
            const [left, right] = [(at - axis.from) * scale, (next - axis.from) * scale];
            spread(counts, left, right, nextSeq - seq);
        }
        return counts;
    }

    /** The next event before or after a seq that tells of a failure; null when there is none. */
    nextError(seq, direction) {
        const seqs = this.errors.map((entry) => entry.seq);
        return (direction > 0 ? seqs.find((one) => one > seq) : seqs.findLast((one) => one < seq)) ?? null;
    }
}

function extent(points) {
    let [from, to] = [Infinity, -Infinity];
    for (const [, { at }] of points) {
        from = Math.min(from, at);
        to = Math.max(to, at);
    }
    return { from, to };
}

/** Interpolates between points that rise: given one coordinate, says the other. */
function between(points, value, given, wanted, say) {
    let [low, high] = [0, points.length - 1];
    while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (points[middle][given] <= value) {
            low = middle;
        } else {
            high = middle;
        }
    }
    const [a, b] = [points[low], points[high]];
    const share = b[given] === a[given] ? 0 : Math.min(1, Math.max(0, (value - a[given]) / (b[given] - a[given])));
    return say(a[wanted] + share * (b[wanted] - a[wanted]));
}

function spread(counts, left, right, amount) {
    const last = counts.length - 1;
    if (Math.floor(left) >= Math.floor(right) || right - left < 1) {
        counts[Math.min(last, Math.floor((left + right) / 2))] += amount;
        return;
    }
    for (let place = Math.floor(left); place <= Math.min(last, Math.floor(right)); place += 1) {
        const part = Math.min(place + 1, right) - Math.max(place, left);
        counts[place] += (amount * Math.max(0, part)) / (right - left);
    }
}
