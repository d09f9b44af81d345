// Keys, and swapping the part of a page that a filter changes. Every page works without it.

const part = () => document.getElementById("part");
const typing = (at) => at.closest("input:not([type=checkbox]), textarea, select") !== null;

let asked = 0;

async function swap(address, remember) {
  const turn = ++asked;
  const focused = document.activeElement;
  const again = focused && focused.name ? [focused.name, focused.value] : null;
  part().setAttribute("aria-busy", "true");
  const answer = await fetch(address, { headers: { "X-Part": "1", Accept: "text/html" } });
  if (turn !== asked) return;
  if (!answer.ok || answer.redirected) {
    location.assign(address); // the session ended, or an error: let the whole page say so
    return;
  }
  part().innerHTML = await answer.text(); // our own template, escaped there
  part().removeAttribute("aria-busy");
  if (remember) history.pushState({ part: true }, "", address);
  if (again) {
    for (const field of document.getElementsByName(again[0])) {
      if (field.value === again[1]) field.focus({ preventScroll: true });
    }
  }
  enliven();
}

function enliven() {
  for (const button of document.querySelectorAll("[data-noscript]")) button.hidden = true;
  for (const button of document.querySelectorAll("[data-help]")) button.hidden = false;
}

// A code handed over in the fragment of a link: into the field, and out of the address.
for (const field of document.querySelectorAll("[data-from-address]")) {
  if (location.hash.length > 1) {
    field.value = location.hash.slice(1);
    history.replaceState(null, "", location.pathname);
  }
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-filters]");
  if (!form || !part()) return;
  const query = new URLSearchParams(new FormData(form));
  swap(`${form.getAttribute("action")}?${query}`, true);
});

document.addEventListener("click", (event) => {
  const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
  const link = event.target.closest("a[data-swap]");
  if (link && plain && part()) {
    event.preventDefault();
    swap(link.getAttribute("href"), true).then(() => window.scrollTo(0, 0));
    return;
  }
  const row = event.target.closest("[data-rows] tbody tr");
  if (row && plain && !event.target.closest("a, button, input") && !String(getSelection())) {
    row.querySelector("[data-row]")?.click();
  }
  if (event.target.closest("[data-help]")) help();
});

window.addEventListener("popstate", () => {
  if (part()) swap(location.pathname + location.search, false);
});

function help() {
  const keys = document.getElementById("keys");
  if (keys && !keys.open) keys.showModal();
}

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return;
  const now = rows.indexOf(document.activeElement);
  const next = rows[Math.max(0, Math.min(rows.length - 1, now < 0 ? 0 : now + by))];
  next.focus();
  next.closest("tr").scrollIntoView({ block: "nearest" });
}

const keys = {
  j: () => step(1),
  k: () => step(-1),
  "/": () => document.querySelector("[data-find]")?.focus(),
  "?": help,
  e: () => document.querySelector("a[data-edit]")?.click(),
  q: () => document.querySelector('nav a[href="/queue"]')?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && typing(event.target)) {
    event.target.blur();
    return;
  }
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const act = keys[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

enliven();
