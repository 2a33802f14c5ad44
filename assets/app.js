// Every page works without this file. It starts the components and adds a few conveniences.
import { initAll as initGovuk } from "./govuk-frontend.min.js";
import { initAll as initMoj } from "./moj-frontend.min.js";

const SHORTCUTS_OFF = "avl-shortcuts-off";

function start(scope) {
  initGovuk({ scope });
  initMoj({ scope });
}

function isTyping(element) {
  return element.isContentEditable || /^(input|select|textarea)$/i.test(element.tagName);
}

// "/" goes to the search box. WCAG 2.1.4 asks that a one-letter shortcut can be turned off:
// the switch is on the accessibility page.
function focusSearch(event) {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target) || localStorage.getItem(SHORTCUTS_OFF)) return;
  const search = document.querySelector("[data-avl-search], input[type=search]");
  if (!search) return;
  event.preventDefault();
  search.focus();
}

function offerShortcutSwitch(button) {
  const say = () => {
    const isOff = Boolean(localStorage.getItem(SHORTCUTS_OFF));
    button.textContent = isOff ? "Turn keyboard shortcuts on" : "Turn keyboard shortcuts off";
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    if (localStorage.getItem(SHORTCUTS_OFF)) localStorage.removeItem(SHORTCUTS_OFF);
    else localStorage.setItem(SHORTCUTS_OFF, "yes");
    say();
  });
  say();
}

// Filters apply as they are chosen; without JavaScript the button beside them does the same.
function submitOnChange(event) {
  const form = event.target.closest("form[data-avl-autosubmit]");
  if (form) form.requestSubmit();
}

// A form that is kept has an address of its own once it is sent: the browser's Back then finds what
// was typed, as the links back do.
function leaveByItsAddress(event) {
  const kept = event.target.dataset.avlKeptAt;
  if (kept) history.replaceState(history.state, "", kept);
}

// When the server fails or cannot be reached, htmx leaves what it was to bring up to date as it was:
// old times would pass for present ones. The next answer takes these words away.
const OUT_OF_DATE =
  "This part of the page could not be brought up to date, so what it shows may be old. " +
  "Check that you are connected, then try again or load the page again.";

function liveRegionOf(event) {
  return event.detail.elt.closest("[aria-live]") ?? event.detail.elt;
}

function sayFresh(event) {
  liveRegionOf(event).querySelector("[data-avl-out-of-date]")?.remove();
}

function sayOutOfDate(event) {
  sayFresh(event);
  const words = document.createElement("p");
  words.className = "govuk-body govuk-!-font-weight-bold avl-card avl-card--warning";
  words.dataset.avlOutOfDate = "";
  words.textContent = OUT_OF_DATE;
  liveRegionOf(event).prepend(words);
}

start(document);
document.addEventListener("htmx:beforeOnLoad", sayFresh);
for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, sayOutOfDate);
}
document.addEventListener("keydown", focusSearch);
document.addEventListener("submit", leaveByItsAddress);
document.addEventListener("change", submitOnChange);
document.querySelectorAll("[data-avl-shortcuts]").forEach(offerShortcutSwitch);
document.querySelectorAll("[data-avl-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});
document.addEventListener("htmx:load", (event) => {
  if (event.target !== document.body) start(event.target);
});
