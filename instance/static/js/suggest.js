// Suggestions that follow the typing. The server answers with a list of submit buttons; arrow keys walk through it.
const PAUSE_MS = 200;
const MIN_CHARS = 3;

function enhance(box) {
  const input = box.querySelector("input");
  const list = box.querySelector("[data-suggest-list]");
  const count = box.querySelector("[data-suggest-count]");
  let timer = 0;
  let asked = null;

  async function ask() {
    asked?.abort();
    asked = new AbortController();
    const body = new FormData();
    body.set(input.name, input.value);
    const token = input.form.elements.namedItem("csrf_token");
    if (token) body.set("csrf_token", token.value);
    try {
      const answer = await fetch(box.dataset.suggestUrl, { method: "POST", body, signal: asked.signal });
      if (!answer.ok) return;
      const page = document.createElement("template");
      page.innerHTML = await answer.text();
      list.replaceChildren(page.content);
      count.textContent = box.dataset.found.replace("{n}", buttons().length);
    } catch (error) {
      if (error.name !== "AbortError") list.replaceChildren(); // no network: the form itself still works
    }
  }

  const buttons = () => [...list.querySelectorAll("button")];

  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (input.value.trim().length < MIN_CHARS) {
      asked?.abort();
      list.replaceChildren();
      count.textContent = "";
      return;
    }
    timer = setTimeout(ask, PAUSE_MS);
  });
  // What was typed while this file was still on its way deserves its suggestions too.
  if (document.activeElement === input) input.dispatchEvent(new Event("input"));

  box.addEventListener("keydown", (event) => {
    const stops = [input, ...buttons()];
    const here = stops.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && here >= 0) {
      event.preventDefault();
      stops[Math.min(Math.max(here + step, 0), stops.length - 1)].focus();
    } else if (event.key === "Escape" && here > 0) {
      input.focus();
    }
  });
}

for (const box of document.querySelectorAll("[data-suggest-url]")) enhance(box);
