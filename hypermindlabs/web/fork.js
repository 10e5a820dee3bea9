/* Forks a run from a step: its state there, edited as JSON, what was changed, and a link to the child. */

import { parse, post } from "./api.js";
import { button, h, put, settled } from "./dom.js";
import { compare, patchView } from "./diff.js";
import { shortId } from "./format.js";
import { dump } from "./json_view.js";
import { problem } from "./panes.js";

const COMPARED_MOST = 2_000_000;

/** Where in a text its JSON breaks, in words for people. */
function wrong(text, error) {
    const at = /position (\d+)/.exec(error.message);
    if (!at) {
        return error.message;
    }
    const before = text.slice(0, Number(at[1])).split("\n");
    return `${error.message.split(" in JSON")[0]} (line ${before.length}, column ${before.at(-1).length + 1})`;
}

/** Opens the dialog. state: what the run's state was at the step. done: called with the child's id. */
export function forkDialog(run, seq, state, done) {
    const original = dump(state);
    const field = h("textarea", { id: "fork-state", spellcheck: "false", rows: 16, "aria-describedby": "fork-says" });
    field.value = original;
    const tags = h("input", { id: "fork-tags", placeholder: "tags, with commas between", autocomplete: "off" });
    const says = h("p", { id: "fork-says", role: "status" });
    const changes = h("div.changes");
    const send = h("button.primary", { type: "submit" }, "Fork");
    const answer = h("div.answer");
    const look = () => {
        const text = field.value;
        let value;
        try {
            value = parse(text);
        } catch (error) {
            says.className = "wrong";
            put(says, `This is no JSON: ${wrong(text, error)}`);
            put(changes);
            send.disabled = true;
            return;
        }
        send.disabled = false;
        says.className = "";
        if (text.length + original.length > COMPARED_MOST) {
            put(
                says,
                text === original
                    ? "The state is as it was."
                    : "The state was edited; it is too large to show the difference.",
            );
            put(changes);
            return;
        }
        const patch = compare(state, value);
        put(
            says,
            patch.length
                ? `Changed in ${patch.length === 1 ? "one place" : `${patch.length} places`}:`
                : "The state is as it was: the child begins where this run stood.",
        );
        put(changes, patch.length > 0 && patchView(patch, state));
    };
    const later = settled(200, look);
    field.addEventListener("input", () => {
        send.disabled = true;
        later();
    });
    const dialog = h(
        "dialog.fork",
        { "aria-labelledby": "fork-title", onclose: () => dialog.remove() },
        h(
            "form",
            {
                method: "dialog",
                onsubmit: async (event) => {
                    event.preventDefault();
                    later.cancel();
                    look();
                    if (send.disabled) {
                        return;
                    }
                    send.disabled = true;
                    put(answer, h("p.loading", {}, "Forking …"));
                    const names = tags.value
                        .split(",")
                        .map((tag) => tag.trim())
                        .filter(Boolean);
                    // The text goes as it was typed: every digit of its numbers arrives. Unedited, none is sent.
                    const edited = field.value === original ? "" : `,"state":${field.value}`;
                    const more = names.length ? `,"tags":${JSON.stringify(names)}` : "";
                    try {
                        const child = await post(
                            `/runs/${run.run_id}/forks`,
                            `{"at_seq":${seq}${edited || ',"edit":{}'}${more}}`,
                        );
                        put(
                            answer,
                            h(
                                "p",
                                { role: "status" },
                                "The child is ready, queued for a worker: ",
                                h(
                                    "a",
                                    { href: `/runs/${child.run_id}`, onclick: () => dialog.close() },
                                    `run ${shortId(child.run_id)}`,
                                ),
                            ),
                        );
                        answer.querySelector("a").focus();
                        done(child.run_id);
                    } catch (error) {
                        put(answer, problem(error));
                        send.disabled = false;
                    }
                },
            },
            h("h2", { id: "fork-title" }, `Fork from step ${seq.toLocaleString("en")}`),
            h("p.quiet", {}, "A new run begins with this state and pins the same versions. This run stays as it is."),
            h("label", { for: "fork-state" }, "State, as JSON"),
            field,
            says,
            changes,
            h("label", { for: "fork-tags" }, "Tags"),
            tags,
            answer,
            h(
                "div.bar",
                {},
                button("Put the state back", {
                    onclick: () => {
                        field.value = original;
                        look();
                    },
                }),
                h("span.grow"),
                button("Close", { onclick: () => dialog.close() }),
                send,
            ),
        ),
    );
    document.body.append(dialog);
    dialog.showModal();
    look();
    field.focus();
    field.setSelectionRange(0, 0);
    field.scrollTop = 0;
}
