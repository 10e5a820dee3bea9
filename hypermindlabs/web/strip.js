/* The strip above the timeline: how dense the run is over its time, where it failed, and a slider through it. */

import { button, h, icon } from "./dom.js";
import { moment, span } from "./format.js";

const HEIGHT = 34;
const PLAY_MILLISECONDS = 700;

export class Strip {
    /** go: called with the seq that the viewer chose. */
    constructor(events, go) {
        this.events = events;
        this.go = go;
        this.seq = 1;
        this.byTime = true;
        this.playing = 0;
        this.canvas = h("canvas", { "aria-hidden": "true" });
        this.cursor = h("i.cursor");
        this.slider = h(
            "div.slider",
            {
                role: "slider",
                tabindex: 0,
                "aria-label": "Step",
                "aria-valuemin": 1,
                onpointerdown: (event) => this.drag(event),
                onpointermove: (event) => event.buttons & 1 && this.drag(event),
                onkeydown: (event) => this.key(event),
            },
            this.canvas,
            this.cursor,
        );
        this.play = button("Play", { onclick: () => this.toggle() }, icon("play"));
        this.scale = button("time", { title: "The strip's scale: by time or by steps", onclick: () => this.rescale() });
        this.says = h("output.says");
        this.element = h(
            "div.strip",
            {},
            h(
                "div.buttons",
                {},
                button("First step", { onclick: () => this.go(1) }, icon("first")),
                button("Step back", { onclick: () => this.go(this.seq - 1) }, icon("back")),
                this.play,
                button("Step on", { onclick: () => this.go(this.seq + 1) }, icon("on")),
                button("Last step", { onclick: () => this.go(this.events.lastSeq) }, icon("last")),
            ),
            this.slider,
            h("div.side", {}, this.says, this.scale),
        );
        new ResizeObserver(() => this.draw()).observe(this.slider);
    }

    /** Stops playing. */
    stop() {
        clearInterval(this.playing);
        this.playing = 0;
        this.play.setAttribute("aria-pressed", "false");
        this.play.replaceChildren(icon("play"));
    }

    toggle() {
        if (this.playing) {
            this.stop();
            return;
        }
        if (this.seq >= this.events.lastSeq) {
            this.go(1);
        }
        this.play.setAttribute("aria-pressed", "true");
        this.play.replaceChildren(icon("pause"));
        this.playing = setInterval(() => {
            if (this.seq >= this.events.lastSeq) {
                this.stop();
            } else {
                this.go(this.seq + 1);
            }
        }, PLAY_MILLISECONDS);
    }

    rescale() {
        this.byTime = !this.byTime;
        this.draw();
    }

    drag(event) {
        this.slider.setPointerCapture?.(event.pointerId);
        const box = this.slider.getBoundingClientRect();
        this.go(this.events.seqAt(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)), this.byTime));
    }

    key(event) {
        const page = Math.max(2, Math.round(this.events.lastSeq / 20));
        const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: page, PageDown: -page };
        const to =
            event.key in steps
                ? this.seq + steps[event.key]
                : event.key === "Home"
                  ? 1
                  : event.key === "End"
                    ? this.events.lastSeq
                    : null;
        if (to !== null) {
            this.go(Math.min(this.events.lastSeq, Math.max(1, to)));
            event.preventDefault();
            event.stopPropagation();
        }
    }

    /** Follows the selected step. */
    select(seq) {
        this.seq = seq;
        this.place();
    }

    place() {
        const { events, seq } = this;
        this.cursor.style.left = `${(events.shareOf(seq, this.byTime) * 100).toFixed(3)}%`;
        const axis = events.axis();
        const entry = events.get(seq);
        const offset = axis && entry ? (Date.parse(entry.occurred_at) - axis.from) / 1000 : null;
        const inside = offset !== null && offset >= 0 && offset <= (axis.to - axis.from) / 1000 + 0.001;
        const text = `step ${seq.toLocaleString("en")} of ${events.lastSeq.toLocaleString("en")}${inside ? ` · +${span(offset)}` : ""}`;
        this.says.textContent = text;
        this.says.title = entry ? moment(entry.occurred_at) : "";
        this.slider.setAttribute("aria-valuemax", events.lastSeq);
        this.slider.setAttribute("aria-valuenow", seq);
        this.slider.setAttribute("aria-valuetext", text);
    }

    /** Paints the strip. */
    draw() {
        const wide = Math.max(1, Math.round(this.slider.clientWidth));
        if (!this.slider.isConnected || wide < 10) {
            return;
        }
        const timed = this.events.axis() !== null;
        this.scale.hidden = !timed;
        this.scale.textContent = this.byTime ? "by time" : "by steps";
        const sharp = window.devicePixelRatio || 1;
        this.canvas.width = wide * sharp;
        this.canvas.height = HEIGHT * sharp;
        const pen = this.canvas.getContext("2d");
        pen.scale(sharp, sharp);
        const style = getComputedStyle(this.slider);
        pen.fillStyle = style.getPropertyValue("--strip");
        const width = 3;
        const parts = Math.max(1, Math.floor(wide / width));
        const counts = this.events.density(parts, this.byTime);
        const most = counts === null ? 0 : Math.max(...counts, 1e-9);
        if (counts === null) {
            pen.fillRect(0, HEIGHT - 4, wide, 4);
        }
        for (let part = 0; counts !== null && part < parts; part += 1) {
            if (counts[part] > 0) {
                // Its root, so that a quiet hour is still seen beside a busy second.
                const high = Math.max(2, Math.sqrt(counts[part] / most) * (HEIGHT - 10));
                pen.fillRect(part * width, HEIGHT - high, width - 1, high);
            }
        }
        for (const entry of this.events.errors) {
            pen.fillStyle = style.getPropertyValue(entry.event_type === "guardrail.tripped" ? "--warning" : "--bad");
            const at = this.events.shareOf(entry.seq, this.byTime) * (wide - 3);
            pen.fillRect(at, 0, 3, HEIGHT);
        }
        this.place();
    }
}
