// Notifications on this device: asks the browser for a place to knock at, and sends it with the form.
const encoded = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function subscribed(key) {
  if ((await Notification.requestPermission()) !== "granted") throw new Error("refused");
  const worker = await navigator.serviceWorker.ready;
  await (await worker.pushManager.getSubscription())?.unsubscribe(); // it may be of another key
  return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

function enhance(form) {
  const fault = form.querySelector("[data-push-fault]");
  const field = (name) => form.elements.namedItem(name);
  form.addEventListener("submit", async (event) => {
    if (field("endpoint").value) return;
    event.preventDefault();
    fault.hidden = true;
    try {
      const found = await subscribed(form.dataset.push);
      field("p256dh").value = encoded(found.getKey("p256dh"));
      field("auth").value = encoded(found.getKey("auth"));
      field("endpoint").value = found.endpoint;
      form.requestSubmit();
    } catch {
      fault.hidden = false;
    }
  });
  form.hidden = false;
  for (const without of document.querySelectorAll("[data-push-without]")) without.hidden = true;
}

const knows = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
if (knows) document.querySelectorAll("form[data-push]").forEach(enhance);
