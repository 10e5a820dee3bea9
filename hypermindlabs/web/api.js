/*
 * Speaks with the service. Answers are JSON whose numbers keep all their digits; refusals are Problems, which carry
 * what the service said and what to do about it.
 */

const LONG = 262_144;
const exact = typeof JSON.rawJSON === "function";

/** A refusal, or a service that does not answer. title, detail, hint, code and status are for people to read. */
export class Problem extends Error {
    constructor(body, status) {
        super(body.detail || body.title || "The service refused the request.");
        this.name = "Problem";
        this.title = body.title || "Refused";
        this.detail = body.detail || "";
        this.hint = body.hint || "";
        this.code = body.code || "";
        this.status = status;
        this.body = body;
    }
}

let unauthorized = () => {};

/** Says what to do when the service asks for a token. */
export function onUnauthorized(call) {
    unauthorized = call;
}

/** Answers with values that people recorded; in the others numbers are counts and seconds, and stay numbers. */
const RECORDED = /^\/api\/runs\/[^/?]+(\/(events|state|diff|replay-context)\b|$)/;

/** Parses JSON. A number that a float does not hold, digit for digit, stays as it was written. */
export function parse(text) {
    if (!exact || (text.length > LONG && !/\d{16}|\.\d{15}|\.\d*0(?!\d)/.test(text))) {
        return JSON.parse(text);
    }
    return JSON.parse(text, (key, value, context) =>
        typeof value === "number" && String(value) !== context.source ? JSON.rawJSON(context.source) : value,
    );
}

/** Whether a value is a number that kept its digits. */
export function isRaw(value) {
    return exact && value !== null && typeof value === "object" && JSON.isRawJSON(value);
}

/** The number in a field of an answer that may have kept its digits. */
export function plain(value) {
    return isRaw(value) ? Number(value.rawJSON) : value;
}

/** An address below /api with its parameters; what is empty is left out, a list repeats its name. */
export function address(path, parameters = {}) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) {
        for (const one of Array.isArray(value) ? value : [value]) {
            if (one !== null && one !== undefined && one !== "") {
                query.append(name, one);
            }
        }
    }
    const text = query.toString();
    return `/api${path}${text && "?"}${text}`;
}

/** Asks for something. Raises a Problem, or an AbortError when the signal says so. */
export function get(path, parameters = {}, signal = undefined) {
    return send("GET", address(path, parameters), undefined, signal);
}

/** Sends JSON text, written by the caller so that no digit of it is lost. */
export function post(path, text) {
    return send("POST", address(path), text);
}

/** Signs out. */
export function remove(path) {
    return send("DELETE", address(path));
}

async function send(method, url, body, signal) {
    let answer, text;
    try {
        answer = await fetch(url, {
            method,
            body,
            signal,
            headers: body === undefined ? {} : { "content-type": "application/json" },
            credentials: "same-origin",
        });
        text = await answer.text();
    } catch (error) {
        if (error.name === "AbortError") {
            throw error;
        }
        throw new Problem(
            {
                title: "The service does not answer",
                detail: "The page could not reach it.",
                hint: "Look whether `hypermindlabs serve` is still running, then try again.",
            },
            0,
        );
    }
    let value;
    try {
        value = text === "" ? null : RECORDED.test(url) ? parse(text) : JSON.parse(text);
    } catch {
        throw new Problem(
            { title: "The answer is no JSON", detail: `${method} ${url} answered ${answer.status}.` },
            answer.status,
        );
    }
    if (!answer.ok) {
        if (answer.status === 401 && url !== "/api/session") {
            unauthorized();
        }
        throw new Problem(value ?? {}, answer.status);
    }
    return value;
}

/** Keeps the latest answers, by address, so that stepping back and forth asks nothing twice. */
export class Cache {
    constructor(most = 64) {
        this.most = most;
        this.kept = new Map();
    }

    /** The answer that was kept, or a new one. One that failed is forgotten. */
    get(path, parameters = {}) {
        const key = address(path, parameters);
        let answer = this.kept.get(key);
        if (answer === undefined) {
            answer = get(path, parameters);
            answer.catch(() => this.kept.delete(key));
        }
        this.kept.delete(key);
        this.kept.set(key, answer);
        if (this.kept.size > this.most) {
            this.kept.delete(this.kept.keys().next().value);
        }
        return answer;
    }
}
