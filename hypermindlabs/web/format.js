/* Numbers, times and durations for people. */

import { h } from "./dom.js";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const whole = new Intl.NumberFormat("en");
const date = new Intl.DateTimeFormat("sv-SE", { year: "numeric", month: "2-digit", day: "2-digit" });
const clock = new Intl.DateTimeFormat("sv-SE", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** The name of the viewer's zone, as times are shown. */
export const zoneName = zone;

/** A count with its thousands. */
export function count(value) {
    return value === null || value === undefined ? "–" : whole.format(value);
}

/** A count in little room: 12.3k, 4.5M. */
export function brief(value) {
    if (value === null || value === undefined) {
        return "";
    }
    for (const [size, unit] of [
        [1e9, "G"],
        [1e6, "M"],
        [1e3, "k"],
    ]) {
        if (Math.abs(value) >= size) {
            const short = value / size;
            return `${short >= 100 ? Math.round(short) : short.toFixed(1).replace(/\.0$/, "")}${unit}`;
        }
    }
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}

/** A cost, which arrives as a text of all its digits; four of them matter here. */
export function money(value) {
    if (value === null || value === undefined) {
        return "–";
    }
    const amount = Number(value);
    if (amount === 0) {
        return "0";
    }
    return Math.abs(amount) >= 100 ? whole.format(Math.round(amount)) : String(Number(amount.toPrecision(3)));
}

/** Seconds, short: 340 ms, 4.2 s, 7m 02s, 1h 04m, 3d 02h. */
export function span(seconds) {
    if (seconds === null || seconds === undefined) {
        return "";
    }
    const sign = seconds < 0 ? "−" : "";
    const value = Math.abs(seconds);
    if (value < 0.0005) {
        return "0 ms";
    }
    if (value < 0.9995) {
        return `${sign}${Math.round(value * 1000)} ms`;
    }
    if (value < 99.95) {
        return `${sign}${value < 9.95 ? value.toFixed(1) : Math.round(value)} s`;
    }
    const two = (number) => String(Math.floor(number)).padStart(2, "0");
    if (value < 3600) {
        return `${sign}${Math.floor(value / 60)}m ${two(value % 60)}s`;
    }
    if (value < 86400) {
        return `${sign}${Math.floor(value / 3600)}h ${two((value % 3600) / 60)}m`;
    }
    return `${sign}${Math.floor(value / 86400)}d ${two((value % 86400) / 3600)}h`;
}

/** Bytes, short. */
export function bytes(value) {
    for (const [size, unit] of [
        [2 ** 30, "GiB"],
        [2 ** 20, "MiB"],
        [2 ** 10, "KiB"],
    ]) {
        if (value >= size) {
            return `${(value / size).toFixed(1)} ${unit}`;
        }
    }
    return `${value} B`;
}

/** The zone's name at a moment: CET in winter, CEST in summer. */
function zoneAt(moment) {
    const parts = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" }).formatToParts(moment);
    return parts.find((part) => part.type === "timeZoneName")?.value ?? zone;
}

/** A moment as text in the viewer's zone, the zone named. */
export function moment(text) {
    const at = new Date(text);
    return `${date.format(at)} ${clock.format(at)} ${zoneAt(at)}`;
}

/** A moment as an element: short beside others of the same day, UTC and the zone in its tooltip. */
export function time(text, { short = false } = {}) {
    if (!text) {
        return h("span.quiet", {}, "–");
    }
    const at = new Date(text);
    const said = short ? `${date.format(at)} ${clock.format(at).slice(0, 5)}` : moment(text);
    return h(
        "time",
        { datetime: text, title: `${text.replace("T", " ").replace("Z", "")} UTC\n${moment(text)} (${zone})` },
        said,
    );
}

/** How long ago, roughly. */
export function ago(text) {
    const seconds = (Date.now() - new Date(text).getTime()) / 1000;
    for (const [size, unit] of [
        [86400 * 365, "y"],
        [86400, "d"],
        [3600, "h"],
        [60, "min"],
    ]) {
        if (seconds >= size) {
            return `${Math.floor(seconds / size)} ${unit} ago`;
        }
    }
    return "just now";
}

/** The end of a run id: ids of one day look alike from the front. */
export function shortId(id) {
    return id.replaceAll("-", "").slice(-8);
}

/** One or many. */
export function plural(number, one, many = `${one}s`) {
    return `${count(number)} ${number === 1 ? one : many}`;
}
