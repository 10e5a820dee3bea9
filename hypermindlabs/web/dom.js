/*
 * Builds the page's elements. Text goes in as text and nothing is ever parsed as markup, so that what a run recorded
 * cannot become part of the page.
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. A name may carry classes: h("p.note.quiet", {...}, "text").
 *
 * Attributes: functions are listeners (onclick), `style` is an object set through the object model, `data` fills
 * data-*, true and false set or leave out. Children: text, elements, lists of them; null and false are left out.
 */
export function h(name, attributes = {}, ...children) {
    const [tag, ...classes] = name.split(".");
    return fill(document.createElement(tag || "div"), classes, attributes, children);
}

/** The same for SVG. */
export function svg(name, attributes = {}, ...children) {
    const [tag, ...classes] = name.split(".");
    return fill(document.createElementNS(SVG, tag), classes, attributes, children);
}

function fill(element, classes, attributes, children) {
    if (classes.length) {
        element.setAttribute("class", classes.join(" "));
    }
    for (const [key, value] of Object.entries(attributes)) {
        if (value === null || value === undefined || value === false) {
            continue;
        }
        if (typeof value === "function") {
            element.addEventListener(key.slice(2), value);
        } else if (key === "style") {
            for (const [property, to] of Object.entries(value)) {
                element.style.setProperty(property, String(to));
            }
        } else if (key === "data") {
            Object.assign(element.dataset, value);
        } else {
            element.setAttribute(key, value === true ? "" : String(value));
        }
    }
    element.append(...known(children));
    return element;
}

function known(children) {
    return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Puts other children into an element. */
export function put(element, ...children) {
    element.replaceChildren(...known(children));
    return element;
}

/** One of the page's own signs, by name; it says nothing to a screen reader, the text beside it does. */
export function icon(name) {
    return svg("svg.icon", { "aria-hidden": "true", width: 16, height: 16 }, svg("use", { href: `#i-${name}` }));
}

/** A button; label is what it says, or what it is called when it only shows a sign. */
export function button(label, attributes = {}, ...children) {
    const named = children.length ? { "aria-label": label, title: label } : {};
    return h("button", { type: "button", ...named, ...attributes }, ...(children.length ? children : [label]));
}

/** Copies text; where the browser allows no clipboard (a page without https), by way of a selection. */
export async function copy(text, from) {
    let done = true;
    try {
        await navigator.clipboard.writeText(text);
    } catch {
        const area = h("textarea", { readonly: true, style: { position: "fixed", opacity: "0" } });
        area.value = text;
        document.body.append(area);
        area.select();
        done = document.execCommand("copy");
        area.remove();
        from?.focus();
    }
    tell(done ? "Copied" : "The browser did not allow copying");
}

let hiding = 0;

/** Says something in passing, for eyes and for screen readers. */
export function tell(text) {
    const place = document.getElementById("told");
    place.textContent = text;
    place.dataset.shown = "";
    clearTimeout(hiding);
    hiding = setTimeout(() => delete place.dataset.shown, 2500);
}

/** Calls a function when nothing came after for a while. */
export function settled(milliseconds, call) {
    let timer = 0;
    const later = (...args) => {
        clearTimeout(timer);
        timer = setTimeout(() => call(...args), milliseconds);
    };
    later.cancel = () => clearTimeout(timer);
    return later;
}

/** Calls a function a while after it was asked for, once however often that was. */
export function throttled(milliseconds, call) {
    let timer = 0;
    const soon = () => {
        timer ||= setTimeout(() => {
            timer = 0;
            call();
        }, milliseconds);
    };
    soon.cancel = () => clearTimeout(timer);
    return soon;
}
