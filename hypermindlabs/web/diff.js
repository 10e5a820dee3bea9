/*
 * Differences of JSON values: shows a JSON Patch (RFC 6902) with what stood there before, and makes one of two values
 * for the fork dialog.
 */

import { h } from "./dom.js";
import { dump, kind, token } from "./json_view.js";
import { longText, shown } from "./text.js";

const SHOWN_MOST = 200;

/** The parts of a JSON pointer, as member names. */
function parts(pointer) {
    return pointer
        .split("/")
        .slice(1)
        .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function isNested(value) {
    return ["object", "array"].includes(kind(value));
}

/** The value at a pointer; undefined when there is none. */
export function at(value, pointer) {
    for (const part of parts(pointer)) {
        if (!isNested(value) || !Object.hasOwn(value, part)) {
            return undefined;
        }
        value = value[part];
    }
    return value;
}

/** The value after one operation: copied along its path, shared elsewhere. What does not apply changes nothing. */
function applied(value, operation) {
    if (operation.op === "move" || operation.op === "copy") {
        const moved = at(value, operation.from);
        const base = operation.op === "move" ? applied(value, { op: "remove", path: operation.from }) : value;
        return applied(base, { op: "add", path: operation.path, value: moved });
    }
    if (operation.op === "test") {
        return value;
    }
    const step = (here, path) => {
        if (path.length === 0) {
            return operation.op === "remove" ? undefined : operation.value;
        }
        if (!isNested(here)) {
            return here;
        }
        const [name, ...rest] = path;
        const other = Array.isArray(here) ? [...here] : { ...here };
        if (rest.length > 0) {
            if (Object.hasOwn(other, name)) {
                other[name] = step(other[name], rest);
            }
        } else if (Array.isArray(other)) {
            const place = name === "-" ? other.length : Number(name);
            const put = operation.op === "remove" ? [] : [operation.value];
            other.splice(place, operation.op === "add" ? 0 : 1, ...put);
        } else if (operation.op === "remove") {
            delete other[name];
        } else {
            Object.defineProperty(other, name, {
                value: operation.value,
                enumerable: true,
                writable: true,
                configurable: true,
            });
        }
        return other;
    };
    return step(value, parts(operation.path));
}

/** The JSON Patch from one value to another: members by name, arrays by what their ends have in common. */
export function compare(before, after, path = "", patch = []) {
    const is = kind(before);
    if (is !== kind(after) || !isNested(before)) {
        if (is !== kind(after) || dump(before) !== dump(after)) {
            patch.push({ op: "replace", path, value: after });
        }
        return patch;
    }
    if (is === "object") {
        for (const name of Object.keys(before)) {
            const there = `${path}/${token(name)}`;
            if (Object.hasOwn(after, name)) {
                compare(before[name], after[name], there, patch);
            } else {
                patch.push({ op: "remove", path: there });
            }
        }
        for (const name of Object.keys(after)) {
            if (!Object.hasOwn(before, name)) {
                patch.push({ op: "add", path: `${path}/${token(name)}`, value: after[name] });
            }
        }
        return patch;
    }
    const [texts, others] = [before, after].map((list) => list.map((item) => dump(item, 0)));
    let start = 0;
    while (start < texts.length && start < others.length && texts[start] === others[start]) {
        start += 1;
    }
    let end = 0;
    while (end < Math.min(texts.length, others.length) - start && texts.at(-1 - end) === others.at(-1 - end)) {
        end += 1;
    }
    const [gone, come] = [texts.length - start - end, others.length - start - end];
    const both = Math.min(gone, come);
    for (let place = start; place < start + both; place += 1) {
        compare(before[place], after[place], `${path}/${place}`, patch);
    }
    for (let place = start + gone - 1; place >= start + both; place -= 1) {
        patch.push({ op: "remove", path: `${path}/${place}` });
    }
    for (let place = start + both; place < start + come; place += 1) {
        patch.push({ op: "add", path: `${path}/${place}`, value: after[place] });
    }
    return patch;
}

/** The pointers that a patch touched, as they are after it: for marks in the tree of the new state. */
export function touched(patch, after) {
    return patch
        .filter((operation) => operation.op !== "remove" && operation.op !== "test")
        .map(({ path }) => {
            if (!path.endsWith("/-")) {
                return path;
            }
            const list = at(after, path.slice(0, -2));
            return Array.isArray(list) ? `${path.slice(0, -1)}${list.length - 1}` : path;
        });
}

const SIGNS = {
    add: ["+", "added"],
    remove: ["−", "removed"],
    replace: ["~", "changed"],
    move: ["→", "moved"],
    copy: ["=", "copied"],
    test: ["?", "tested"],
};

/** A patch for people: one entry for each operation, before and after. before: the value it applies to, if known. */
export function patchView(patch, before) {
    if (patch.length === 0) {
        return h("p.none", {}, "The state is the same.");
    }
    let state = before;
    const list = h("ol.patch", {});
    for (const operation of patch.slice(0, SHOWN_MOST)) {
        const old = state === undefined ? undefined : at(state, operation.path);
        list.append(entry(operation, old));
        if (state !== undefined) {
            state = applied(state, operation);
        }
    }
    if (patch.length > SHOWN_MOST) {
        list.append(h("li.quiet", {}, `and ${(patch.length - SHOWN_MOST).toLocaleString("en")} more`));
    }
    return list;
}

function entry(operation, old) {
    const [mark, word] = SIGNS[operation.op] ?? ["·", operation.op];
    const head = h(
        "div.where",
        {},
        h(`span.op.${operation.op in SIGNS ? operation.op : "test"}`, { title: word }, mark),
        h("code", {}, ...shown(operation.path === "" ? "(the whole state)" : operation.path)),
        operation.from !== undefined && h("span.quiet", {}, " from ", h("code", {}, ...shown(operation.from))),
        h("span.sr", {}, word),
    );
    const now = operation.value;
    if (operation.op === "replace" && typeof old === "string" && typeof now === "string") {
        return h("li", {}, head, ...textChange(old, now));
    }
    const gone = (operation.op === "remove" || operation.op === "replace") && old !== undefined;
    return h(
        "li",
        {},
        head,
        gone && value(old, "del"),
        operation.op !== "remove" && now !== undefined && value(now, "ins"),
    );
}

function value(what, as) {
    const text = typeof what === "string" ? what : dump(what);
    const view = longText(text, { first: 600 });
    view.classList.add(as);
    if (typeof what === "string") {
        view.classList.add("string");
    }
    return view;
}

/** Two texts: what they begin and end with in common is left plain, and short where it is long. */
function textChange(old, now) {
    if (old.length + now.length > 20_000) {
        return [value(old, "del"), value(now, "ins")];
    }
    let start = 0;
    while (start < old.length && start < now.length && old[start] === now[start]) {
        start += 1;
    }
    let end = 0;
    while (end < Math.min(old.length, now.length) - start && old.at(-1 - end) === now.at(-1 - end)) {
        end += 1;
    }
    if (start + end < 8) {
        return [value(old, "del"), value(now, "ins")];
    }
    const around = (text, tag, as) =>
        h(
            `div.text.string.${as}`,
            { dir: "ltr" },
            start > 80 ? "…" : null,
            ...shown(text.slice(Math.max(0, start - 80), start)),
            h(tag, {}, ...shown(text.slice(start, text.length - end))),
            ...shown(text.slice(text.length - end, text.length - end + 80)),
            end > 80 ? "…" : null,
        );
    return [around(old, "del", "del"), around(now, "ins", "ins")];
}
