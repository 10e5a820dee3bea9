/*
 * JSON as a tree that opens and closes. Members are built when they are first seen, in portions, so that neither a
 * wide nor a deep value slows the page.
 */

import { isRaw } from "./api.js";
import { button, copy, h } from "./dom.js";
import { longText, oneLine, shown } from "./text.js";

const PORTION = 100;
const OPEN_BYTES = 1500;
const OPEN_MOST = 2000;
const DEEP = 12;

/** What a value is: object, array, string, number, boolean, null. */
export function kind(value) {
    if (value === null) {
        return "null";
    }
    if (isRaw(value)) {
        return "number";
    }
    return Array.isArray(value) ? "array" : typeof value;
}

/** The value as JSON text, every digit of its numbers as recorded. */
export function dump(value, indent = 2) {
    return JSON.stringify(value, null, indent) ?? "null";
}

/** A value in one line. */
export function summary(value, most = 100) {
    switch (kind(value)) {
        case "string":
            return (
                oneLine(JSON.stringify(value.slice(0, most * 2)).slice(0, -1), most - 1) +
                (value.length > most * 2 ? "" : '"')
            );
        case "object":
            return wrap(
                "{",
                "}",
                Object.keys(value),
                most,
                (key, room) => `${oneLine(key, 80)}: ${tiny(value[key], room)}`,
            );
        case "array":
            return wrap("[", "]", value, most, tiny);
        default:
            return isRaw(value) ? value.rawJSON : String(value);
    }
}

function wrap(opening, closing, items, most, say) {
    let text = opening;
    // A single long text may take most of the line.
    const room = Math.max(40, Math.floor(most / Math.max(1, items.length)) - 8);
    for (let place = 0; place < items.length; place += 1) {
        const next = `${place ? ", " : ""}${say(items[place], room)}`;
        if (text.length + next.length > most) {
            return place ? `${text}, …${closing}` : `${text}${next.slice(0, most)}…${closing}`;
        }
        text += next;
    }
    return text + closing;
}

function tiny(value, room) {
    switch (kind(value)) {
        case "string":
            return `"${oneLine(value, room)}"`;
        case "object":
            return Object.keys(value).length ? "{…}" : "{}";
        case "array":
            return value.length ? `[…${value.length}]` : "[]";
        default:
            return isRaw(value) ? value.rawJSON : String(value);
    }
}

/** About how long a value is as text, counted no further than asked. */
function size(value, most) {
    let left = most;
    const stack = [value];
    while (stack.length && left > 0) {
        const one = stack.pop();
        left -= 6;
        if (typeof one === "string") {
            left -= one.length;
        } else if (one && typeof one === "object" && !isRaw(one)) {
            const keys = Object.keys(one);
            left -= keys.length * 8;
            for (let place = 0; place < keys.length && place < most; place += 1) {
                stack.push(one[keys[place]]);
            }
        }
    }
    return most - left;
}

/**
 * A tree of a value, with a bar: copy, open all, close all.
 *
 * changed: JSON pointers of what a step changed; they are marked, and what leads to them is open.
 */
export function jsonView(value, { name = "value", changed = [], depth = 1 } = {}) {
    const marks = new Set(changed);
    const leading = new Set(changed.flatMap(prefixes));
    const context = { marks, leading, open: null };
    const body = h("div.json", { dir: "ltr" });
    const build = (open) => {
        context.open = open;
        context.left = OPEN_MOST;
        body.replaceChildren();
        if (nested && Object.keys(value).length > 0) {
            portion(body, value, Array.isArray(value) ? null : Object.keys(value), 0, "", depth - 1, context);
        } else {
            body.append(node(value, "", depth, context, null));
        }
        context.open = null;
    };
    const nested = ["object", "array"].includes(kind(value));
    build(null);
    const bar = h(
        "div.bar",
        {},
        nested && h("span.quiet", {}, extent(value)),
        h("span.grow"),
        nested && button("open all", { onclick: () => build(true) }),
        nested && button("close", { onclick: () => build(false) }),
        button(`copy`, { "aria-label": `copy ${name}`, onclick: (event) => copy(dump(value), event.currentTarget) }),
    );
    return h("div.jsonview", {}, bar, body);
}

function extent(value) {
    const many = Array.isArray(value) ? value.length : Object.keys(value).length;
    const what = Array.isArray(value) ? ["item", "items"] : ["member", "members"];
    return `${many.toLocaleString("en")} ${what[many === 1 ? 0 : 1]}`;
}

function prefixes(pointer) {
    const parts = pointer.split("/");
    return parts.map((_, place) => parts.slice(0, place).join("/")).slice(1);
}

/** A member name as a token of a JSON pointer. */
export function token(name) {
    return String(name).replaceAll("~", "~0").replaceAll("/", "~1");
}

function node(value, pointer, depth, context, label) {
    context.left -= 1;
    const is = kind(value);
    const changed = context.marks.has(pointer);
    const name = label === null ? null : h("span.key", {}, ...shown(String(label)));
    if (is !== "object" && is !== "array") {
        return h(
            "div.leaf",
            { data: changed ? { changed: "" } : {} },
            name,
            name && h("span.colon", {}, ": "),
            scalar(value, is),
        );
    }
    const keys = is === "array" ? value.length : Object.keys(value);
    const many = is === "array" ? value.length : keys.length;
    if (many === 0) {
        return h(
            "div.leaf",
            { data: changed ? { changed: "" } : {} },
            name,
            name && h("span.colon", {}, ": "),
            h("span.null", {}, is === "array" ? "[]" : "{}"),
        );
    }
    const wanted =
        context.open ??
        (depth > 0 ||
            context.leading.has(pointer) ||
            (changed && many < 20) ||
            size(value, OPEN_BYTES) < OPEN_BYTES / 4);
    const open = wanted && (context.open !== true || (context.left > 0 && pointer.split("/").length < DEEP));
    const members = h("div.members", { role: "group" });
    const details = h("details.node", { open, data: changed ? { changed: "" } : {} });
    const fillIn = () => {
        if (!members.childElementCount) {
            portion(members, value, is === "array" ? null : keys, 0, pointer, depth - 1, context);
        }
    };
    details.append(
        h("summary", {}, name, name && h("span.colon", {}, ": "), h("span.gist", {}, summary(value, 90))),
        members,
    );
    details.addEventListener("toggle", () => details.open && fillIn());
    if (open) {
        fillIn();
    }
    return details;
}

function portion(members, value, keys, from, pointer, depth, context) {
    const many = keys === null ? value.length : keys.length;
    // A portion that leads to a change is shown up to it.
    let to = Math.min(many, from + PORTION);
    for (let place = to; place < many && place < from + 20 * PORTION; place += 1) {
        const at = `${pointer}/${token(keys === null ? place : keys[place])}`;
        if (context.marks.has(at) || context.leading.has(at)) {
            to = place + 1;
        }
    }
    for (let place = from; place < to; place += 1) {
        const key = keys === null ? place : keys[place];
        members.append(node(value[key], `${pointer}/${token(key)}`, depth, context, key));
    }
    if (to < many) {
        const next = button(`${(many - to).toLocaleString("en")} more`, {
            class: "next",
            onclick: () => {
                next.remove();
                portion(members, value, keys, to, pointer, depth, context);
            },
        });
        members.append(next);
    }
}

function scalar(value, is) {
    if (is === "string") {
        const text = longText(value, { first: 1500 });
        text.classList.add("string");
        if (value === "") {
            text.append(h("span.quiet", {}, "empty text"));
        }
        return text;
    }
    return h(`span.${is}`, {}, isRaw(value) ? value.rawJSON : String(value));
}
