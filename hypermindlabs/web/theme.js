/*
 * The colour scheme, set before the first paint: the viewer's choice, or else what the system prefers.
 * A classic script in the head, because a module would run after the page was shown once.
 */
(() => {
    "use strict";
    let chosen = null;
    try {
        chosen = localStorage.getItem("hypermind.theme");
    } catch {
        // Storage is switched off: follow the system.
    }
    if (chosen === "light" || chosen === "dark") {
        document.documentElement.dataset.theme = chosen;
    }
})();
