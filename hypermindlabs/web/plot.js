/* Plots of figures by day, as SVG: bars that stack, and lines. The table beside them says the same in words. */

import { h, svg } from "./dom.js";

const HIGH = 190;
const LEFT = 46;
const RIGHT = 8;
const TOP = 10;
const BOTTOM = 24;

/** Round numbers for an axis up to a most. */
function ticks(most) {
    const rough = (most || 1) / 4;
    const size = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((n) => n * size).find((n) => n >= rough);
    return Array.from({ length: Math.ceil((most || 1) / step) + 1 }, (_, n) => n * step);
}

/**
 * A plot over days. series: {name, class, values}, a value for each day, null where there is none. stacked: bars on
 * top of each other, else lines. say: how a number is written.
 */
export function plot({ title, days, series, stacked = true, say }) {
    // In a narrow window fewer units, so that its words stay as large as they are elsewhere.
    const wide = Math.min(560, Math.max(320, window.innerWidth - 50));
    const sums = days.map((_, n) =>
        series.reduce((sum, one) => (stacked ? sum + (one.values[n] ?? 0) : Math.max(sum, one.values[n] ?? 0)), 0),
    );
    const scale = ticks(Math.max(...sums, 0));
    const most = scale.at(-1);
    const inner = wide - LEFT - RIGHT;
    const slot = inner / days.length;
    const x = (n) => LEFT + n * slot;
    const y = (value) => TOP + (HIGH - TOP - BOTTOM) * (1 - value / most);
    const root = svg("svg.plot", {
        viewBox: `0 0 ${wide} ${HIGH}`,
        role: "img",
        "aria-label": `${title}, by day. The table below has the figures.`,
    });
    for (const tick of scale) {
        root.append(
            svg("line.grid", { x1: LEFT, x2: wide - RIGHT, y1: y(tick), y2: y(tick) }),
            svg("text.tick", { x: LEFT - 6, y: y(tick) + 3.5, "text-anchor": "end" }, say(tick)),
        );
    }
    const every = Math.max(1, Math.ceil(days.length / (wide / 70)));
    days.forEach((day, n) => {
        if (n % every === 0) {
            root.append(svg("text.tick", { x: x(n) + slot / 2, y: HIGH - 7, "text-anchor": "middle" }, day.slice(5)));
        }
    });
    if (stacked) {
        days.forEach((_, n) => {
            let below = 0;
            for (const one of series) {
                const value = one.values[n] ?? 0;
                if (value > 0) {
                    const bar = Math.min(36, Math.max(1, slot * 0.72));
                    root.append(
                        svg(`rect.${one.class}`, {
                            x: x(n) + (slot - bar) / 2,
                            y: y(below + value),
                            width: bar,
                            height: Math.max(1, y(below) - y(below + value)),
                        }),
                    );
                    below += value;
                }
            }
        });
    } else {
        for (const one of series) {
            let path = "";
            one.values.forEach((value, n) => {
                if (value !== null && value !== undefined) {
                    path += `${n === 0 || one.values[n - 1] === null || one.values[n - 1] === undefined ? "M" : "L"}${(x(n) + slot / 2).toFixed(1)} ${y(value).toFixed(1)}`;
                    root.append(
                        svg(`circle.${one.class}`, {
                            cx: x(n) + slot / 2,
                            cy: y(value),
                            r: days.length > 60 ? 1.5 : 2.5,
                        }),
                    );
                }
            });
            root.append(svg(`path.${one.class}`, { d: path, fill: "none" }));
        }
    }
    const tip = h("output.tip", { hidden: true });
    days.forEach((day, n) => {
        root.append(
            svg("rect.hover", {
                x: x(n),
                y: TOP,
                width: slot,
                height: HIGH - TOP - BOTTOM,
                onpointerenter: () => {
                    tip.hidden = false;
                    tip.replaceChildren(
                        h("b", {}, day),
                        ...series.map((one) =>
                            h(
                                "div",
                                {},
                                h(`i.key.${one.class}`),
                                `${one.name} `,
                                h(
                                    "b",
                                    {},
                                    one.values[n] === null || one.values[n] === undefined ? "–" : say(one.values[n]),
                                ),
                            ),
                        ),
                    );
                    tip.style.left = `${((x(n) + slot / 2) / wide) * 100}%`;
                    tip.dataset.side = n > days.length / 2 ? "left" : "right";
                },
            }),
        );
    });
    return h(
        "figure",
        {
            onpointerleave: () => {
                tip.hidden = true;
            },
        },
        h(
            "figcaption",
            {},
            h("b", {}, title),
            h(
                "span.legend",
                {},
                series.map((one) => h("span", {}, h(`i.key.${one.class}`), one.name)),
            ),
        ),
        h("div.canvas", {}, root, tip),
    );
}
