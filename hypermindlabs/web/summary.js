/* What a person has to know first of a run that failed: the error, where it happened, what came just before. */

import { get } from "./api.js";
import { h, icon, put } from "./dom.js";
import { FAMILIES, severity } from "./events.js";
import { plural } from "./format.js";
import { dump, kind, summary as gist } from "./json_view.js";
import { inert, longText, oneLine, shown } from "./text.js";

const TAIL = 200;
const CALLS = 3;

/** The text that a message's content says: a text, or the texts of its parts. */
export function contentText(value) {
    switch (kind(value ?? null)) {
        case "null":
            return "";
        case "string":
            return value;
        case "array":
            return value.map(contentText).filter(Boolean).join("\n");
        case "object":
            return contentText(value.text ?? value.content ?? value.message ?? value.value ?? dump(value, 0));
        default:
            return dump(value, 0);
    }
}

/** The type and the words of an error, from a payload of whatever form. */
export function errorOf(payload) {
    const inner = payload?.error ?? payload?.exception ?? null;
    const nested = kind(inner) === "object" ? inner : {};
    const type =
        payload?.["error.type"] ??
        nested.type ??
        nested["error.type"] ??
        nested.name ??
        nested.class ??
        nested.code ??
        "";
    const message =
        payload?.message ??
        nested.message ??
        nested.detail ??
        (kind(inner) === "string" ? inner : null) ??
        payload?.reason ??
        payload?.["gen_ai.tool.call.result"] ??
        payload?.content ??
        (inner === null ? "" : dump(inner, 0));
    return { type: contentText(type), message: contentText(message) };
}

/** What a model said in an answer, and the tools it asked for. */
function answerOf(payload) {
    const messages = payload?.["gen_ai.output.messages"];
    return contentText(
        payload?.content ?? (Array.isArray(messages) ? messages.map((m) => m?.content ?? m?.parts ?? null) : null),
    );
}

/**
 * The summary of a run that failed or was cancelled, as an element; null for all others.
 *
 * events: the run's Events, surveyed. event: fetches one whole event. link: makes a link to a step. took: how long it
 * took, to be shown.
 */
export async function failure(run, events, event, link, took) {
    if (run.status !== "failed" && run.status !== "cancelled") {
        return null;
    }
    const tail = (await get(events.path, { after_seq: Math.max(0, run.last_seq - TAIL), limit: TAIL })).items;
    const lastOf = async (types) => {
        const near = tail.filter((entry) => types.includes(entry.event_type));
        if (near.length || run.last_seq <= TAIL) {
            return near;
        }
        const from = Math.max(0, run.last_seq - 20 * TAIL);
        return (await get(events.path, { after_seq: from, limit: 1000, type: types })).items;
    };
    const end = tail.findLast((entry) => entry.event_type === `run.${run.status}`) ?? tail.at(-1);
    const isBefore = (entry) => entry.seq !== end?.seq;
    const cause =
        events.errors.findLast((entry) => severity(entry) === "error" && isBefore(entry)) ??
        tail.findLast((entry) => severity(entry) !== "" && isBefore(entry)) ??
        null;
    const answers = (await lastOf(["model.responded"])).slice(-1);
    const calls = (await lastOf(FAMILIES.tools)).filter((entry) => entry.event_type === "tool.called").slice(-CALLS);
    const [ending, raised, answer, ...called] = await Promise.all([
        end && event(end.seq),
        cause && event(cause.seq),
        answers[0] && event(answers[0].seq),
        ...calls.map(async (entry) => {
            const returned = tail.find(
                (other) => other.event_type === "tool.returned" && other.parent_seq === entry.seq,
            );
            return [await event(entry.seq), returned ?? null];
        }),
    ]);
    const said = errorOf(ending?.payload);
    const earlier = raised ? errorOf(raised.payload) : null;
    const error = said.type || said.message ? said : (earlier ?? said);
    const place = cause ?? tail.findLast((entry) => !entry.event_type.startsWith("run.")) ?? end;
    const others = events.errors.filter((entry) => entry.seq !== end?.seq && entry.seq !== place?.seq);
    return h(
        `section.failure.${run.status}`,
        { "aria-label": run.status === "failed" ? "Why it failed" : "Why it ended" },
        h(
            "div.what",
            {},
            h(
                "h2",
                {},
                icon(run.status === "failed" ? "error" : "cancelled"),
                run.status === "failed" ? "Failed " : "Cancelled ",
                h("span.quiet", {}, took && ["after ", took, ", "], `at step ${run.last_seq.toLocaleString("en")}`),
            ),
            error.type && h("p.error-type", {}, ...shown(oneLine(error.type, 300))),
            h(
                "div.error-message",
                {},
                error.message
                    ? longText(error.message, { first: 500 })
                    : h("span.quiet", {}, "No message was recorded."),
            ),
            h(
                "p.links",
                {},
                place &&
                    place !== end && [
                        h("span.quiet", {}, cause ? "Happened at " : "The step before: "),
                        link(place.seq, `step ${place.seq}, ${place.event_type}`),
                        place.tool && [" ", h("bdi", {}, ...shown(place.tool))],
                        ". ",
                    ],
                end && [h("span.quiet", {}, "Ended at "), link(end.seq, `step ${end.seq}`), "."],
            ),
            raised &&
                earlier.message &&
                earlier.message !== error.message &&
                h(
                    "div.cause",
                    {},
                    h("span.quiet", {}, `At step ${cause.seq}: `),
                    earlier.type && h("b", {}, ...shown(oneLine(earlier.type, 100)), ": "),
                    ...shown(oneLine(earlier.message, 300)),
                ),
            others.length > 0 &&
                h(
                    "p.links",
                    {},
                    h(
                        "span.quiet",
                        {},
                        `${plural(others.length, "other error")}${events.moreErrors ? " or more" : ""}: `,
                    ),
                    others.slice(-8).map((entry) => [link(entry.seq, `step ${entry.seq}`), " "]),
                ),
        ),
        answer &&
            h(
                "div.before",
                {},
                h("h3", {}, "The model said last ", link(answer.seq, `step ${answer.seq}`)),
                h(
                    "div.quote",
                    {},
                    answerOf(answer.payload)
                        ? longText(answerOf(answer.payload), { first: 420 })
                        : h("span.quiet", {}, answers[0].preview ? inert(answers[0].preview) : "Nothing in words."),
                ),
            ),
        called.length > 0 &&
            h(
                "div.before",
                {},
                h("h3", {}, called.length === 1 ? "Last tool call" : `Last ${called.length} tool calls`),
                h(
                    "ol.calls",
                    {},
                    called.map(([one, returned]) => call(one, returned, link)),
                ),
            ),
    );
}

function call(called, returned, link) {
    const asked = called.payload?.["gen_ai.tool.call.arguments"] ?? called.payload?.arguments ?? null;
    const text = kind(asked) === "string" ? oneLine(asked, 160) : asked === null ? "" : gist(asked, 160);
    return h(
        "li",
        {},
        h(
            "div",
            {},
            link(called.seq, `step ${called.seq}`),
            " ",
            h("b", {}, h("bdi", {}, ...shown(called.tool ?? "tool"))),
            " ",
            h("code", {}, h("bdi", {}, text)),
        ),
        returned
            ? h(
                  "div.returned",
                  { data: severity(returned) ? { bad: "" } : {} },
                  "→ ",
                  link(returned.seq, `step ${returned.seq}`),
                  " ",
                  h("bdi", {}, ...(returned.preview === null ? ["…"] : shown(returned.preview))),
              )
            : h("div.returned", { data: { bad: "" } }, "→ never returned"),
    );
}

/** The run's question, in one line that opens. */
export function asked(request, view) {
    const value = request?.input;
    if (!value || Object.keys(value).length === 0) {
        return null;
    }
    const body = h("div.asked-body");
    const details = h(
        "details.asked",
        {},
        h("summary", {}, h("span.quiet", {}, "Asked "), h("bdi", {}, gist(value, 160))),
        body,
    );
    details.addEventListener("toggle", () => details.open && !body.childElementCount && put(body, view(value)));
    return details;
}
