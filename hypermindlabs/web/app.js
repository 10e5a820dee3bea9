/* The page's frame: which page an address means, links that load nothing, keys, the session, the colour scheme. */

import { get, onUnauthorized, post, remove } from "./api.js";
import { button, h, icon, put } from "./dom.js";
import { dashboardPage } from "./dashboard.js";
import { zoneName } from "./format.js";
import { problem } from "./panes.js";
import { runPage } from "./run.js";
import { runsPage } from "./runs.js";
import { searchPage } from "./search.js";

const RUN = /^\/runs\/([^/]+)\/?$/;
const KEYS = [
    ["j  k  ↓  ↑", "next and previous step, run or result"],
    ["[  ]", "previous and next error"],
    ["← →", "fold or go to the parent, unfold"],
    ["Home  End", "first and last step"],
    ["Space", "play through the run"],
    ["1 … 7", "payload, state, changes, artifacts, lineage, versions, replay"],
    ["f", "fork from the selected step"],
    ["/", "search"],
    ["g r   g s   g d", "go to runs, search, dashboard"],
    ["t", "light or dark"],
    ["?", "these keys"],
];

const main = document.getElementById("main");
let session = null;
let page = null;
let turn = 0;
let path = "";
let waitsForGo = 0;

const pages = [
    ["/", "Runs", runsPage],
    ["/search", "Search", searchPage],
    ["/dashboard", "Dashboard", dashboardPage],
];

function title(text) {
    document.title = `${text} · hypermindlabs`;
}

/** Goes to an address of the page without loading it again. */
function navigate(address) {
    if (address !== location.pathname + location.search) {
        history.pushState(null, "", address);
    }
    return show();
}

async function show() {
    const query = new URLSearchParams(location.search);
    const run = RUN.exec(location.pathname);
    if (run && page?.arrive && path === location.pathname) {
        page.arrive(query);
        return;
    }
    const mine = (turn += 1);
    page?.leave();
    page = null;
    path = location.pathname;
    document.body.dataset.page = run ? "run" : path.slice(1) || "runs";
    for (const link of document.querySelectorAll("header nav a")) {
        link.toggleAttribute("aria-current", link.getAttribute("href") === path);
    }
    window.scrollTo(0, 0);
    const place = h("div.page");
    put(main, place);
    const context = { query, navigate, title, session };
    try {
        const known = pages.find(([address]) => address === path);
        if (run) {
            context.id = decodeURIComponent(run[1]);
        }
        const made = run ? await runPage(place, context) : known ? await known[2](place, context) : notFound(place);
        if (mine === turn) {
            page = made;
        } else {
            made?.leave();
        }
    } catch (error) {
        if (mine === turn && session) {
            title(error.title ?? "Problem");
            put(place, h("h1.sr", {}, "Problem"), problem(error, show), h("p", {}, h("a", { href: "/" }, "All runs")));
        }
    }
}

function notFound(place) {
    title("Not found");
    put(place, h("h1", {}, "There is no such page"), h("p", {}, h("a", { href: "/" }, "All runs")));
    return null;
}

// The session

async function begin() {
    try {
        session = await get("/session");
    } catch (error) {
        session = null;
        if (error.status === 401) {
            signIn();
        } else {
            put(main, h("h1.sr", {}, "Problem"), problem(error, begin));
        }
        return;
    }
    const who = document.getElementById("who");
    put(
        who,
        h(
            "span",
            {
                title: `PostgreSQL ${session.server_version}, database ${session.database}, schema version ${session.schema_version}\nrole ${session.role}`,
            },
            session.name ?? session.role,
        ),
        session.needs_token && button("Sign out", { onclick: signOut }),
    );
    await show();
}

function signIn(said = "") {
    page?.leave();
    page = null;
    title("Sign in");
    const field = h("input", {
        id: "token",
        type: "password",
        autocomplete: "current-password",
        required: true,
        "aria-describedby": "token-says",
    });
    const says = h("p", { id: "token-says", role: "alert", class: said ? "wrong" : "" }, said);
    const form = h(
        "form.sign-in",
        {
            onsubmit: async (event) => {
                event.preventDefault();
                try {
                    await post("/session", JSON.stringify({ token: field.value }));
                    await begin();
                } catch (error) {
                    says.className = "wrong";
                    put(
                        says,
                        error.status === 401 ? "This token is not known here." : `${error.title}. ${error.detail}`,
                    );
                    field.select();
                }
            },
        },
        h("h1", {}, "Sign in"),
        h("label", { for: "token" }, "Token"),
        field,
        says,
        h("button.primary", { type: "submit" }, "Sign in"),
        h(
            "p.quiet",
            {},
            "Whoever runs this service gives tokens out. What you see is what your database role may read.",
        ),
    );
    put(document.getElementById("who"));
    put(main, form);
    field.focus();
}

async function signOut() {
    try {
        await remove("/session");
    } finally {
        session = null;
        signIn();
    }
}

onUnauthorized(() => {
    if (session) {
        session = null;
        signIn("The session has ended: sign in again.");
    }
});

// Keys and links

function themeNow() {
    return (
        document.documentElement.dataset.theme ??
        (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")
    );
}

function otherTheme() {
    const to = themeNow() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = to;
    try {
        localStorage.setItem("hypermind.theme", to);
    } catch {
        // It holds until the page is loaded again.
    }
    page?.strip?.draw();
}

function help() {
    const dialog = h(
        "dialog.help",
        { "aria-labelledby": "help-title", onclose: () => dialog.remove() },
        h("h2", { id: "help-title" }, "Keys"),
        h(
            "dl",
            {},
            KEYS.map(([keys, what]) =>
                h(
                    "div",
                    {},
                    h(
                        "dt",
                        {},
                        keys.split(/\s{2,}/).map((key) => [h("kbd", {}, key), " "]),
                    ),
                    h("dd", {}, what),
                ),
            ),
        ),
        h("p.quiet", {}, `Times are shown in the zone ${zoneName}; UTC stands in their tooltips.`),
        h("form", { method: "dialog" }, h("button", { autofocus: true }, "Close")),
    );
    document.body.append(dialog);
    dialog.showModal();
}

document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, dialog, [contenteditable]");
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) {
        return;
    }
    if (typing) {
        if (event.key === "Escape" && event.target.matches("input")) {
            event.target.blur();
        }
        return;
    }
    if (!session) {
        return;
    }
    // Space and Enter belong to what has the focus, the arrows to a pane that scrolls.
    const held = event.target.closest?.("button, a, summary");
    if (held && (event.key === " " || event.key === "Enter")) {
        return;
    }
    const scrolls = event.target.closest?.(".pane, .wide-table");
    if (scrolls && /^(Arrow|Page|Home|End| )/.test(event.key)) {
        return;
    }
    const go = Date.now() - waitsForGo < 1500 ? { r: "/", s: "/search", d: "/dashboard" }[event.key] : null;
    waitsForGo = 0;
    if (go) {
        navigate(go);
    } else if (event.key === "g") {
        waitsForGo = Date.now();
    } else if (event.key === "/") {
        const field = document.querySelector("[data-search]");
        if (field) {
            field.focus();
            field.select();
        } else {
            navigate(page?.run ? `/search?run_id=${page.run.run_id}` : "/search");
        }
    } else if (event.key === "?") {
        help();
    } else if (event.key === "t") {
        otherTheme();
    } else if (!page?.key?.(event)) {
        return;
    }
    event.preventDefault();
});

document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (
        !link ||
        event.defaultPrevented ||
        event.button !== 0 ||
        event.metaKey ||
        event.ctrlKey ||
        event.shiftKey ||
        event.altKey
    ) {
        return;
    }
    if (link.target || link.origin !== location.origin || link.getAttribute("href").startsWith("#")) {
        return;
    }
    event.preventDefault();
    navigate(link.pathname + link.search);
});

window.addEventListener("popstate", show);
document.getElementById("theme").append(icon("theme"));
document.getElementById("theme").addEventListener("click", otherTheme);
document.getElementById("help").addEventListener("click", help);

begin();
