// Web push, where the server has VAPID keys and the browser can: this browser is woken for somebody
// who has no page open.

const PATIENCE = 15000;

/** The server's public key, or nothing where it pushes nothing or the browser cannot. */
export async function offered() {
  if (!("serviceWorker" in navigator) || !("PushManager" in globalThis)) return null;
  const response = await fetch("/api/notifications/vapid-public-key");
  return response.ok ? (await response.json()).data.publicKey : null;
}

/** Ask the reader, subscribe this browser, and tell the server whose it is. */
export async function wake(frontend, publicKey) {
  if ((await Notification.requestPermission()) !== "granted") {
    throw new Error("The browser may not show notifications: allow them for this page.");
  }
  await navigator.serviceWorker.register("/demo/push.js");
  const registration = await ready("/demo/");
  const options = {userVisibleOnly: true, applicationServerKey: bytes(publicKey)};
  await endOther(registration.pushManager, options.applicationServerKey);
  const subscription = await Promise.race([registration.pushManager.subscribe(options), late()]);
  const path = `/api/notifications/subscribe?dialect=${frontend.dialect.name}`;
  await frontend.call("POST", path, subscription.toJSON());
}

/** A subscription belongs to one key for ever, and keeps any other from coming: it is ended. */
async function endOther(pushManager, key) {
  const found = await pushManager.getSubscription();
  const its = new Uint8Array(found?.options.applicationServerKey ?? []);
  if (found && its.join() !== key.join()) await found.unsubscribe();
}

function late() {
  const told = "The browser’s push service does not answer: is this machine on the internet?";
  return new Promise((_, reject) => setTimeout(() => reject(new Error(told)), PATIENCE));
}

/** The registration of a scope, once its worker runs. */
async function ready(scope) {
  const registration = await navigator.serviceWorker.getRegistration(scope);
  const worker = registration.active ?? registration.waiting ?? registration.installing;
  if (worker.state === "activated") return registration;
  return new Promise((resolve) => {
    worker.addEventListener("statechange", () => worker.state === "activated" && resolve(registration));
  });
}

function bytes(base64url) {
  const text = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
