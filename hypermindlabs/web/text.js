/*
 * Text from runs, made inert and visible. It is never trusted: what would act on a terminal, turn the reading
 * direction or hide is replaced by a sign that can be seen.
 */

import { button, h } from "./dom.js";

const UNSAFE_PARTS = [
    // C0 and C1 controls, but tab, line feed, and a carriage return before it.
    String.raw`[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\r(?!\n)`,
    // What turns the reading direction, breaks lines, or cannot be seen: marks, fillers, zero-width characters, tags.
    String.raw`[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f\u2028-\u202e]`,
    String.raw`[\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e0fff}]`,
    // Joiners, but between pictographs.
    String.raw`(?<!\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)\u200d|\u200d(?!\p{Extended_Pictographic})`,
    // No characters at all.
    String.raw`[\ufdd0-\ufdef\ufffe\uffff]|\p{Surrogate}`,
];
const UNSAFE = new RegExp(UNSAFE_PARTS.join("|"), "u");
const UNSAFE_ALL = new RegExp(UNSAFE.source, "gu");
const SIGNS_MOST = 2000;
const CHUNK = 16_384;

const NAMES =
    "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US".split(
        " ",
    );

/** What can be seen in the place of a character that cannot: its name, since few fonts have a picture of it. */
export function sign(character) {
    const code = character.codePointAt(0);
    return `⟨${NAMES[code] ?? (code === 0x7f ? "DEL" : number(code))}⟩`;
}

function number(code) {
    return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** The text with signs in it, as text: for attributes and for where no element fits. */
export function inert(text) {
    return UNSAFE.test(text) ? text.replace(UNSAFE_ALL, sign) : text;
}

/** The text in one inert line. */
export function oneLine(text, most = 200) {
    const cut = text.length > most * 2 ? text.slice(0, most * 2) : text;
    const line = inert(cut.replace(/\s*[\r\n]+\s*/g, " ⏎ ").replace(/\t/g, " "));
    return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

/** The text as nodes: ordinary text, and marked signs for what could not be seen, up to a bound; then plain signs. */
export function shown(text, budget = { left: SIGNS_MOST }) {
    if (!UNSAFE.test(text)) {
        return [text];
    }
    const nodes = [];
    let from = 0;
    for (const match of text.matchAll(UNSAFE_ALL)) {
        if (budget.left <= 0) {
            break;
        }
        budget.left -= 1;
        if (match.index > from) {
            nodes.push(text.slice(from, match.index));
        }
        nodes.push(h("span.sign", { title: `character ${number(match[0].codePointAt(0))}` }, sign(match[0])));
        from = match.index + match[0].length;
    }
    if (from < text.length) {
        nodes.push(inert(text.slice(from)));
    }
    return nodes;
}

/**
 * A long text that stays quick: its beginning, and buttons for more and for all. All of it is put in as blocks that
 * the browser lays out only when they come into view, so that a line of 5 MB costs what can be seen of it.
 */
export function longText(text, { first = 2000, name = "text" } = {}) {
    const place = h("div.text", { dir: "ltr" });
    if (text.length <= first * 1.25) {
        place.append(...shown(text));
        return place;
    }
    const whole = `${name} of ${text.length.toLocaleString("en")} characters`;
    const rest = h("span.more");
    const all = button("show all", {
        onclick: () => {
            place.replaceChildren(...blocks(text), h("span.more", {}, less));
            place.classList.add("whole");
            less.focus();
        },
    });
    const less = button("show less", {
        onclick: () => {
            short();
            all.focus();
        },
    });
    rest.append(h("span.quiet", {}, `… ${whole} `), all);
    const short = () => {
        place.replaceChildren(...shown(text.slice(0, boundary(text, first))), rest);
        place.classList.remove("whole");
    };
    short();
    return place;
}

/** Where to cut near a position: not inside a surrogate pair. */
function boundary(text, at) {
    const code = text.charCodeAt(at - 1);
    return code >= 0xd800 && code < 0xdc00 ? at + 1 : at;
}

function blocks(text) {
    const budget = { left: SIGNS_MOST };
    const made = [];
    for (let from = 0; from < text.length;) {
        let to = Math.min(text.length, from + CHUNK);
        let split = false;
        if (to < text.length) {
            const line = text.lastIndexOf("\n", to);
            split = line <= from;
            to = split ? boundary(text, to) : line + 1;
        }
        // The line feed at the end is the end of the block itself.
        const end = !split && text[to - 1] === "\n" && to < text.length ? to - 1 : to;
        made.push(
            h(
                split ? "div.block.split" : "div.block",
                {},
                h("span", {}, ...shown(text.slice(from, end) || "\u00a0", budget)),
            ),
        );
        from = to;
    }
    return made;
}

/** A snippet of a search: what was found stands between ⟦ and ⟧. */
export function marked(snippet) {
    return snippet.split(/⟦([^⟧]*)⟧/).map((part, place) => (place % 2 ? h("mark", {}, ...shown(part)) : shown(part)));
}
