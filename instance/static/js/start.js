// What scripts add to pages that work without them: busy forms, menus that close, fields that a choice asks for,
// suggestions, the offline page.
const BACK_AFTER_MS = 10000; // a form may answer with a file: then the page stays and its button must come back

function busy(event) {
  const form = event.target;
  const button = event.submitter;
  if (event.defaultPrevented || form.dataset.sending) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "1";
  const words = button?.classList.contains("button") ? button.querySelector("span") : null;
  const before = words?.innerHTML;
  button?.setAttribute("aria-disabled", "true");
  if (words) words.textContent = document.documentElement.dataset.busy;
  const again = () => {
    delete form.dataset.sending;
    button?.removeAttribute("aria-disabled");
    if (words) words.innerHTML = before;
  };
  addEventListener("pageshow", again, { once: true });
  setTimeout(again, BACK_AFTER_MS);
}

function closeMenus(inside) {
  for (const menu of document.querySelectorAll(".more[open]")) {
    if (!menu.contains(inside)) menu.open = false;
  }
}

function openAsked(choice) {
  const asked = choice.checked && document.querySelector(`[data-for="${choice.id}"] > details`);
  if (asked) asked.open = true;
}

document.addEventListener("submit", busy);
document.addEventListener("change", (event) => openAsked(event.target));
for (const choice of document.querySelectorAll("input:checked")) openAsked(choice);
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.activeElement?.closest(".more[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
if (document.querySelector("[data-suggest-url]")) import("./suggest.js");
if (document.querySelector("[data-push]")) import("./push.js");
if (document.querySelector("[data-passkey]")) import("./passkey.js");
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});
